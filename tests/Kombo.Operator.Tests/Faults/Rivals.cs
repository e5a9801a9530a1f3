using Kombo.Kubernetes.Http;
using Kombo.Testing;
using Kombo.Testing.Faults;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Two operators that compete for the lead, each over a bad line of its own.</summary>
sealed class Rivals : IAsyncDisposable
{
    // The lines are so bad that it takes some attempts.
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    readonly Rival one;
    readonly Rival two;

    Rivals(Rival one, Rival two) => (this.one, this.two) = (one, two);

    public string Tally => string.Join("; ", new[] { one, two }.Select(
        rival => $"{rival.Kept.Lives} lives, {rival.Kept.Losses} lost leases"));

    /// <summary>Returns when one of them leads.</summary>
    /// <param name="setup">For each life anew.</param>
    public static async Task<Rivals> StartAsync(FaultPlane plane, Func<OperatorSetup> setup, int seed)
    {
        var rivals = new Rivals(Rival.Start(plane, setup, seed), Rival.Start(plane, setup, seed + 1));
        await Eventually.BecomesAsync(
            () => rivals.one.Kept.IsLeading || rivals.two.Kept.IsLeading, Deadline, "one of the two leads");
        return rivals;
    }

    /// <summary>Cuts off whoever leads until the other one does.</summary>
    public async Task HandOverAsync()
    {
        var (leader, other) = two.Kept.IsLeading ? (two, one) : (one, two);
        leader.Line.Cut();
        await Eventually.BecomesAsync(() => other.Kept.IsLeading, Deadline, "the other one leads");
        leader.Line.Mend();
    }

    /// <summary>Their lines are good from now on.</summary>
    public void End()
    {
        one.Line.End();
        two.Line.End();
    }

    public async ValueTask DisposeAsync()
    {
        await one.DisposeAsync();
        await two.DisposeAsync();
    }

    sealed record Rival(KeptOperator Kept, RandomFaults Line, KubernetesHttpClient Client) : IAsyncDisposable
    {
        public static Rival Start(FaultPlane plane, Func<OperatorSetup> setup, int seed)
        {
            RandomFaults? line = null;
            // So slow that a lease may be lost by that alone.
            var client = plane.NewClient(inner => line = new RandomFaults(inner, seed) { Slow = 50 });
            return new(KeptOperator.Start(setup, () => client), line!, client); // the client made it
        }

        public async ValueTask DisposeAsync()
        {
            await Kept.DisposeAsync();
            Client.Dispose();
        }
    }
}
