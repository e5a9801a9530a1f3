using Kombo.Core.Planning;

namespace Kombo.Operator.Cluster;

/// <summary>How many more syncs may start. Pure.</summary>
static class CapacityRule
{
    /// <summary>A fifth of each limit is kept for delta syncs, which are short and are waited for. As many webhook runs may go on
    /// beside all syncs, at least one: a full sync that takes hours must not hold them up.</summary>
    const int Share = 5;

    /// <param name="Limit">Most syncs at a time.</param>
    /// <param name="Running">Those that run now.</param>
    public readonly record struct Pool(int Limit, (int Full, int Delta) Running)
    {
        /// <summary>Webhook runs that go on now.</summary>
        public int Webhooks { get; init; }
    }

    public static Capacity Free(params ReadOnlySpan<Pool> pools)
    {
        var free = Capacity.Unlimited;
        foreach (var pool in pools)
        {
            var (limit, running) = pool;
            var all = Math.Max(0, limit - running.Full - running.Delta);
            var full = Math.Max(0, limit - (limit / Share) - running.Full);
            free = new(Math.Min(free.Full, Math.Min(all, full)), Math.Min(free.Delta, all))
            {
                Webhook = Math.Min(free.Webhook, Math.Max(0, Math.Max(1, limit / Share) - pool.Webhooks)),
            };
        }
        return free;
    }
}
