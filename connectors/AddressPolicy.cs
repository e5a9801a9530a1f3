using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;

namespace Kombo.Connectors;

/// <summary>Which addresses connectors may reach: public ones by https, and the operator's exceptions (any scheme).</summary>
public sealed class AddressPolicy
{
    readonly FrozenSet<string> hosts;
    readonly ImmutableArray<IPNetwork> networks;

    AddressPolicy(IEnumerable<string> hosts, IEnumerable<IPNetwork> networks) =>
        (this.hosts, this.networks) = (hosts.ToFrozenSet(StringComparer.OrdinalIgnoreCase), [.. networks]);

    /// <summary>No exceptions.</summary>
    public static AddressPolicy PublicOnly { get; } = new([], []);

    /// <summary>Loopback is reachable too: for tests and demonstrations.</summary>
    public static AddressPolicy Loopback { get; } = Parse("localhost,127.0.0.0/8,::1/128");

    /// <param name="text">Comma-separated host names, addresses and CIDRs, as in <c>KOMBO_ALLOWED_HOSTS</c>; null or empty for
    /// none. A host name stands for itself alone, not for names below it.</param>
    /// <exception cref="FormatException">Names the entry that is none of these.</exception>
    public static AddressPolicy Parse(string? text)
    {
        var hosts = new List<string>();
        var networks = new List<IPNetwork>();
        foreach (var entry in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            if (IPAddress.TryParse(entry, out var address))
                networks.Add(new IPNetwork(Plain(address), Plain(address).GetAddressBytes().Length * 8));
            else if (entry.Contains('/') && IPNetwork.TryParse(entry, out var network))
                networks.Add(network);
            else if (Uri.CheckHostName(entry) == UriHostNameType.Dns)
                hosts.Add(entry.TrimEnd('.'));
            else
                throw new FormatException($"\"{entry}\" is neither a host name nor an address nor a CIDR such as 10.0.0.0/8");
        return new AddressPolicy(hosts, networks);
    }

    /// <summary>The operator allows it by name or by address.</summary>
    internal bool Allows(string host, IPAddress address) =>
        hosts.Contains(host.TrimEnd('.')) || networks.Any(network => network.Contains(Plain(address)));

    /// <summary>An IPv4 address in IPv6 dress is that IPv4 address.</summary>
    internal static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
