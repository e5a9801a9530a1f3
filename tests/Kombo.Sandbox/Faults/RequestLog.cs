namespace Kombo.Sandbox.Faults;

/// <summary>What clients asked for. Safe for many threads.</summary>
sealed class RequestLog
{
    const int Kept = 2_000;

    readonly Lock gate = new();
    readonly Queue<LoggedRequest> newest = new();
    readonly Dictionary<string, int> counts = [];

    public void Add(LoggedRequest request)
    {
        lock (gate)
        {
            newest.Enqueue(request);
            if (newest.Count > Kept)
                newest.Dequeue();
            counts[request.Collection] = counts.GetValueOrDefault(request.Collection) + 1;
        }
    }

    public RequestSummary Summary(int held)
    {
        lock (gate)
            return new RequestSummary(held, counts.Values.Sum(), new Dictionary<string, int>(counts), [.. newest]);
    }

    public void Clear()
    {
        lock (gate)
        {
            newest.Clear();
            counts.Clear();
        }
    }
}

sealed record LoggedRequest(DateTimeOffset At, string Collection, string Query, int Status, int Records);

/// <param name="Held">Requests that wait at this moment; they are not in the log yet.</param>
sealed record RequestSummary(
    int Held, int Total, IReadOnlyDictionary<string, int> ByCollection, IReadOnlyList<LoggedRequest> Newest);
