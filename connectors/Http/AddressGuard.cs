using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Kombo.Connectors.Http;

/// <summary>Opens connections only to addresses that may be reached. A name is resolved here, each of its addresses is
/// checked, and exactly those are connected to, so that a name cannot change its mind in between.</summary>
/// <param name="resolve">Looks a host name up.</param>
sealed class AddressGuard(AddressPolicy policy, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
{
    // Source: IANA IPv4 Special-Purpose Address Registry, and the multicast and reserved ranges.
    static readonly ImmutableArray<IPNetwork> NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/4", "240.0.0.0/4",
            // Inside IPv6's global unicast: Teredo and 6to4, which wrap IPv4 addresses, and documentation.
            "2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    public static bool IsPublic(IPAddress address)
    {
        var plain = AddressPolicy.Plain(address);
        return (plain.AddressFamily == AddressFamily.InterNetwork || GlobalUnicast.Contains(plain))
            && !NotPublic.Any(network => network.Contains(plain));
    }

    /// <returns>Why the address may not be reached; null if it may.</returns>
    public string? Refusal(string scheme, string host, IPAddress address)
    {
        if (policy.Allows(host, address))
            return null;
        if (!IsPublic(address))
            return $"{host} has an address that is not public; the operator's list of allowed hosts can permit it";
        return scheme == Uri.UriSchemeHttps
            ? null
            : $"{host} would be reached without encryption; use https, or have the operator's list of allowed hosts permit it";
    }

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var scheme = context.InitialRequestMessage.RequestUri?.Scheme ?? Uri.UriSchemeHttp;
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellationToken);
        foreach (var address in addresses)
            if (Refusal(scheme, host, address) is { } refusal)
                throw new SourceException(SourceFailure.BlockedAddress, refusal);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
