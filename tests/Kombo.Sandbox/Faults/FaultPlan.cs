namespace Kombo.Sandbox.Faults;

/// <summary>What goes wrong on request: throttling, failures, slowness, held pages. Safe for many threads.</summary>
sealed class FaultPlan
{
    readonly Lock gate = new();
    readonly Dictionary<string, List<byte[]>> extras = [];
    Fault? fault;
    Hold? hold;

    /// <summary>How long every answer takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>The next requests (all, if the count is null) are answered like this.</summary>
    public void Set(Fault value)
    {
        lock (gate)
            fault = value;
    }

    /// <summary>From now on pages wait, after a number that still pass, until they are released.</summary>
    public void Set(Hold value)
    {
        lock (gate)
        {
            hold?.Release();
            hold = value;
        }
    }

    /// <summary>Records, valid or not, that the first page of a collection shows after its own.</summary>
    public void AddExtra(string collection, byte[] json)
    {
        lock (gate)
        {
            if (!extras.TryGetValue(collection, out var list))
                extras[collection] = list = [];
            list.Add(json);
        }
    }

    public IReadOnlyList<byte[]> ExtrasOf(string collection)
    {
        lock (gate)
            return extras.TryGetValue(collection, out var list) ? [.. list] : [];
    }

    /// <returns>How to answer this request; null: properly.</returns>
    public Fault? Take(string collection)
    {
        lock (gate)
        {
            if (fault is null || (fault.Collection is not null && fault.Collection != collection))
                return null;
            var taken = fault;
            fault = taken.Count switch
            {
                null => taken,
                <= 1 => null,
                { } count => taken with { Count = count - 1 },
            };
            return taken;
        }
    }

    /// <summary>Waits here while pages are held.</summary>
    public Task PassAsync(string collection, CancellationToken cancellationToken)
    {
        lock (gate)
            return hold is null ? Task.CompletedTask : hold.PassAsync(collection, cancellationToken);
    }

    /// <summary>How many requests are waiting.</summary>
    public int Held
    {
        get
        {
            lock (gate)
                return hold?.Waiting ?? 0;
        }
    }

    public void Release()
    {
        lock (gate)
        {
            hold?.Release();
            hold = null;
        }
    }

    /// <summary>Everything works again.</summary>
    public void Clear()
    {
        lock (gate)
        {
            fault = null;
            extras.Clear();
            Delay = TimeSpan.Zero;
        }

        Release();
    }
}

/// <param name="Status">Of the answer; 200 with <paramref name="Body"/> html or cut is a lie of the kind that
/// proxies tell.</param>
/// <param name="Body">json (an error object), html, truncated (the connection breaks in the middle of the real page),
/// cut (half of it, as if whole) or empty.</param>
/// <param name="RetryAfter">Seconds for the header; null: none.</param>
/// <param name="Count">Null: until cleared.</param>
/// <param name="Collection">Null: all.</param>
sealed record Fault(int Status, string Body, int? RetryAfter, int? Count, string? Collection);
