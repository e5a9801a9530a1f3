using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Kombo.Standalone.State;

namespace Kombo.Standalone.Control;

/// <summary>Asks a running <c>kombo up</c>.</summary>
internal sealed class ControlClient : IDisposable
{
    readonly DataFolder folder;
    readonly HttpClient http;

    public ControlClient(DataFolder folder)
    {
        this.folder = folder;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(folder.SocketPath), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        http = new HttpClient(handler) { BaseAddress = new Uri("http://kombo"), Timeout = Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => http.Dispose();

    public async Task<ObjectList> ListAsync(ControlKind kind, string? space, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(Get($"/objects/{kind.Plural}{Query(space)}"), cancellationToken);
        // our own server
        var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!.AsObject();
        return new ObjectList([.. json["items"]!.AsArray().Select(item => item!.AsObject())], (string)json["version"]!);
    }

    public async IAsyncEnumerable<ObjectChange> WatchAsync(
        ControlKind kind, string? space, string version, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var separator = space is null ? "?" : "&";
        var address = $"/objects/{kind.Plural}/watch{Query(space)}{separator}version={Uri.EscapeDataString(version)}";
        using var answer = await SendAsync(Get(address), cancellationToken);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            var json = JsonNode.Parse(line)!.AsObject(); // our own server
            yield return new ObjectChange((bool)json["deleted"]!, json["object"]!.AsObject());
        }
    }

    /// <returns>The request's token.</returns>
    public async Task<string> RequestSyncAsync(
        string space, string name, string type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{PathOf(space, name)}/sync")
        {
            Content = JsonContent.Create(new SyncRequestBody(type), ControlJson.Default.SyncRequestBody),
        };
        using var answer = await SendAsync(request, cancellationToken);
        return (await answer.Content
            .ReadFromJsonAsync(ControlJson.Default.SyncRequestAnswer, cancellationToken))!.Token;
    }

    /// <returns>Whether the event was new.</returns>
    public async Task<bool> TellAsync(string space, string name, EventBody body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{PathOf(space, name)}/events")
        {
            Content = JsonContent.Create(body, ControlJson.Default.EventBody),
        };
        using var answer = await SendAsync(request, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync(ControlJson.Default.EventAnswer, cancellationToken))!.IsNew;
    }

    public async Task<string> ExplainAsync(string space, string name, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(Get($"{PathOf(space, name)}/explanation"), cancellationToken);
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<string>> ProblemsAsync(CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(Get("/problems"), cancellationToken);
        return await answer.Content.ReadFromJsonAsync(ControlJson.Default.IReadOnlyListString, cancellationToken) ?? [];
    }

    static HttpRequestMessage Get(string address) => new(HttpMethod.Get, address);

    static string Query(string? space) => space is null ? "" : $"?space={Uri.EscapeDataString(space)}";

    static string PathOf(string space, string name) =>
        $"/integrations/{Uri.EscapeDataString(space)}/{Uri.EscapeDataString(name)}";

    async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new ControlException(
                $"no kombo up is running with the data folder {folder.Path}; start it (make run, or kombo up), "
                + "or name its folder with --data",
                exception);
        }

        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw new ControlException(answer.StatusCode == HttpStatusCode.NotFound
                ? await answer.Content.ReadAsStringAsync(cancellationToken)
                : $"kombo up answered {(int)answer.StatusCode}; its own output says why");
    }
}

/// <summary>The running <c>kombo up</c> cannot be reached or refuses; the message is for the user.</summary>
internal sealed class ControlException(string message, Exception? innerException = null)
    : Exception(message, innerException);
