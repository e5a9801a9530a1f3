using System.Collections.Concurrent;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>Work on many things, several at a time.</summary>
static class Several
{
    const int AtATime = 24;

    public static Task ForEachAsync(int count, Func<int, CancellationToken, Task> body, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            Partitioner.Create(Enumerable.Range(0, count)).GetDynamicPartitions(),
            new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken },
            async (index, token) => await body(index, token));
}
