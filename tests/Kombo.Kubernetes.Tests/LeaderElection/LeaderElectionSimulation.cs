using Kombo.Kubernetes.LeaderElection;
using Kombo.Kubernetes.Models;
using Kombo.Testing;

namespace Kombo.Kubernetes.Tests.LeaderElection;

/// <summary>Several candidates on a bad network: whatever fails, no two of them lead at the same time, and somebody leads in the
/// end. A candidate that lost is replaced by a new one, as a Deployment would.</summary>
public sealed class LeaderElectionSimulation
{
    const int Candidates = 3;
    const int Steps = 1500;
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Never_two_leaders(int seed)
    {
        var random = new Random(seed);
        var (clock, server) = (new ManualClock(), new LockServer());
        using var stop = new CancellationTokenSource();
        var candidates = new Candidate[Candidates];
        var (names, leaders) = (0, new HashSet<string>());
        for (var step = 0; step < Steps; step++)
        {
            for (var index = 0; index < Candidates; index++)
                if (candidates[index] is null || candidates[index].Running.IsCompleted)
                    candidates[index] = new($"candidate-{++names}", server, clock, stop.Token);
            if (step % 50 == 0)
                foreach (var candidate in candidates)
                    candidate.IsCut = step < Steps - 200 && random.Next(3) == 0;
            await Eventually.BecomesAsync(
                () => candidates.Count(candidate => !candidate.Running.IsCompleted) <= clock.PendingTimers,
                TimeSpan.FromSeconds(30));
            clock.Advance(Step);
            var leading = candidates.Where(candidate => candidate.Elector.IsLeader()).ToList();
            leading.Count.ShouldBeLessThanOrEqualTo(1, $"seed {seed}, step {step}");
            leaders.UnionWith(leading.Select(candidate => candidate.Name));
        }
        candidates.Count(candidate => candidate.Elector.IsLeader()).ShouldBe(1, $"seed {seed}");
        leaders.Count.ShouldBeGreaterThan(1, $"seed {seed}: nobody was ever cut while leading");
        await stop.CancelAsync();
    }

    sealed class Candidate
    {
        public Candidate(string name, LockServer server, ManualClock clock, CancellationToken cancellationToken)
        {
            Name = name;
            var way = server.LockOf(name);
            way.Before = (_, _) => IsCut
                ? throw new KubernetesException(new V1Status { Reason = "ConnectionFailed", Message = "cut" })
                : Task.CompletedTask;
            Elector = new(new(way) { Clock = clock });
            Running = Task.Run(() => Elector.RunUntilLeadershipLostAsync(cancellationToken), CancellationToken.None);
        }

        public string Name { get; }
        public LeaderElector Elector { get; }
        public Task Running { get; }
        public bool IsCut { get; set; }
    }
}
