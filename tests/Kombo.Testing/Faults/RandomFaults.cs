using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Kombo.Testing.Faults;

/// <summary>
/// An API server on a bad day, as its clients see it: conflicts, expired versions, too many requests, errors, lost and
/// slow answers, lists from a cache that is behind, and watches that end, break off, fall silent or expire. The same seed
/// and the same requests make the same faults.
/// </summary>
public sealed class RandomFaults(HttpMessageHandler inner, int seed) : DelegatingHandler(inner)
{
    const int Remembered = 20;

    readonly Lock gate = new();
    readonly Random random = new(seed);
    readonly ConcurrentDictionary<string, ConcurrentQueue<byte[]>> lists = new();
    readonly ConcurrentDictionary<string, int> tally = new();
    volatile bool isOn = true;
    volatile bool isCut;

    /// <summary>Of a hundred requests, so many are answered late.</summary>
    public int Slow { get; init; } = 4;

    /// <summary>How watches end.</summary>
    public IReadOnlyList<WatchEnd> Ends { get; init; } = Enum.GetValues<WatchEnd>();

    /// <summary>No more faults: what follows is a good day.</summary>
    public void End() => isOn = false;

    /// <summary>No request gets through until <see cref="Mend"/>; the bad day goes on.</summary>
    public void Cut() => isCut = true;

    public void Mend() => isCut = false;

    /// <summary>How often each was made.</summary>
    public string Tally => string.Join(", ", tally.OrderBy(entry => entry.Key).Select(entry => $"{entry.Value} {entry.Key}"));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (isCut)
            throw Lost("request while cut off");
        if (!isOn)
            return await base.SendAsync(request, cancellationToken);
        var query = request.RequestUri!.Query; // every request has an address
        if (query.Contains("watch=true", StringComparison.Ordinal) || query.Contains("watch=1", StringComparison.Ordinal))
            return await WatchAsync(request, cancellationToken);
        if (Roll(100) < Slow)
            return await DelayAsync(request, cancellationToken);
        return Roll(100) switch
        {
            < 2 => Refuse(request, 429, "TooManyRequests"),
            < 3 => Refuse(request, 500, "InternalError"),
            < 5 => Refuse(request, 503, "ServiceUnavailable"),
            < 7 => throw Lost("request lost"),
            < 10 => await LoseAnswerAsync(request, cancellationToken),
            < 14 when request.Method == HttpMethod.Patch => Refuse(request, 409, "Conflict"),
            < 40 when IsCacheList(request) => await StaleAsync(request, cancellationToken),
            < 20 when IsList(request) && query.Contains("resourceVersion=", StringComparison.Ordinal) =>
                Refuse(request, 410, "Expired"),
            _ => await RememberAsync(request, cancellationToken),
        };
    }

    async Task<HttpResponseMessage> WatchAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var roll = Roll(100);
        if (roll < 5)
            return Refuse(request, 410, "Expired");
        if (roll < 8)
            throw Lost("watch refused");
        var response = await base.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
            return response;
        var end = Ends[Roll(Ends.Count)];
        Count($"watches ended by {end}");
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var lasts = TimeSpan.FromMilliseconds(200 + Roll(4000));
        response.Content = new StreamContent(new EndingStream(stream, end, lasts));
        return response;
    }

    async Task<HttpResponseMessage> LoseAnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (await base.SendAsync(request, cancellationToken))
            throw Lost("answer lost");
    }

    async Task<HttpResponseMessage> DelayAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Count("slow");
        await Task.Delay(TimeSpan.FromMilliseconds(Roll(2500)), TimeProvider.System, cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }

    // As a server whose cache has not seen the last changes: the version "0" asks for no more.
    async Task<HttpResponseMessage> StaleAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!lists.TryGetValue(request.RequestUri!.PathAndQuery, out var known) || known.IsEmpty)
            return await RememberAsync(request, cancellationToken);
        var bodies = known.ToArray();
        Count("stale list");
        return Answer(request, HttpStatusCode.OK, bodies[Roll(bodies.Length)]);
    }

    async Task<HttpResponseMessage> RememberAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (!IsCacheList(request) || !response.IsSuccessStatusCode)
            return response;
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var known = lists.GetOrAdd(request.RequestUri!.PathAndQuery, _ => new());
        known.Enqueue(body);
        if (known.Count > Remembered)
            known.TryDequeue(out _);
        response.Dispose();
        return Answer(request, HttpStatusCode.OK, body);
    }

    HttpResponseMessage Refuse(HttpRequestMessage request, int code, string reason)
    {
        Count($"{code}");
        return Answer(request, (HttpStatusCode)code, Encoding.UTF8.GetBytes(StatusOf(code, reason)));
    }

    internal static string StatusOf(int code, string reason) => $$"""
        {"kind":"Status","apiVersion":"v1","status":"Failure","code":{{code}},"reason":"{{reason}}","message":"a fault of the test"}
        """;

    static HttpResponseMessage Answer(HttpRequestMessage request, HttpStatusCode code, byte[] body) => new(code)
    {
        RequestMessage = request,
        Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
    };

    static bool IsList(HttpRequestMessage request) => request.Method == HttpMethod.Get
        && request.RequestUri!.AbsolutePath.Split('/')[^1] is "integrations" or "syncschedules" or "jobs" or "pods";

    static bool IsCacheList(HttpRequestMessage request) =>
        IsList(request) && request.RequestUri!.Query.Contains("resourceVersion=0", StringComparison.Ordinal);

    HttpRequestException Lost(string what)
    {
        Count(what);
        return new HttpRequestException($"a fault of the test: {what}");
    }

    void Count(string what) => tally.AddOrUpdate(what, 1, (_, count) => count + 1);

    int Roll(int below)
    {
        lock (gate)
            return random.Next(below);
    }
}
