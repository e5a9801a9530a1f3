using System.Collections.Concurrent;
using Kombo.Kubernetes;
using Kombo.Storage;
using Kombo.Testing;
using Kombo.Testing.Faults;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Whatever the API server, the database and two operators do, and users meanwhile: the same holds in the end
/// and at each moment before. KOMBO_FAULT_SEED repeats one seed, KOMBO_FAULT_SEEDS says how many there are.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class RandomFaultTests(FaultPlane plane, ITestOutputHelper output)
{
    const int Acts = 60;
    const int AtATime = 4;
    static readonly TimeSpan TimeToCalm = TimeSpan.FromMinutes(2);

    static int[] Seeds => Number("KOMBO_FAULT_SEED") is { } one
        ? [one] : [.. Enumerable.Range(1, Number("KOMBO_FAULT_SEEDS") ?? 4)];

    [RequiresFact(FaultPlane.Needs)]
    public Task With_random_faults_of_the_API_server_every_history_is_explainable() => EachAsync(
        async seed =>
        {
            await using var turmoil = await Turmoil.BeginAsync(plane, plane.Database, seed, "acme", "globex");
            await LiveAsync(turmoil, seed, isElected: false);
        });

    [RequiresFact(FaultPlane.Needs)]
    public Task With_two_operators_whose_leases_expire_every_history_is_explainable() => EachAsync(
        async seed =>
        {
            await using var turmoil = await Turmoil.BeginAsync(plane, plane.Database, seed, "acme", "globex");
            await LiveAsync(turmoil, seed, isElected: true);
        });

    [RequiresFact(FaultPlane.Needs)]
    public async Task When_API_server_and_database_restart_every_history_is_explainable()
    {
        if (!plane.Cluster.CanRestart)
        {
            output.WriteLine("not run: KOMBO_TEST_KUBECONFIG is set, and that cluster is not ours to restart");
            return;
        }
        await using var server = await PostgresServer.StartNewAsync();
        await using var database = KomboDatabase.Open(server.ConnectionString, NullLoggerFactory.Instance);
        await database.MigrateAsync(CancellationToken.None);
        await using var turmoil = await Turmoil.BeginAsync(plane, database, seed: 1, "acme", "globex");
        var log = new LogLines();
        await using var kept = KeptOperator.Start(() => SetUp(turmoil, plane.Client, database, log));
        for (var act = 0; act < Acts; act++)
        {
            await (act % 20 == 10 ? plane.Cluster.RestartApiServerAsync() : Task.CompletedTask);
            if (act % 20 == 0)
                await RestartAsync(server, turmoil);
            await turmoil.ActAsync();
        }
        await EndAsync(turmoil, log, "");
    }

    // What users do meanwhile goes on where it does not need the database.
    static async Task RestartAsync(PostgresServer server, Turmoil turmoil)
    {
        await server.StopAsync();
        await turmoil.RequestAllAsync();
        await server.StartAsync();
    }

    async Task LiveAsync(Turmoil turmoil, int seed, bool isElected)
    {
        RandomFaults? faults = null, leaseFaults = null;
        using var client = plane.NewClient(inner => faults = new RandomFaults(inner, seed));
        using var leases = plane.NewClient(inner => leaseFaults = new RandomFaults(inner, seed) { Slow = 50 });
        var log = new LogLines();
        Func<OperatorSetup> setup = () => SetUp(turmoil, client, plane.Database, log);
        await using var one = KeptOperator.Start(setup, isElected ? () => leases : null);
        var losses = 0;
        await using (var two = isElected ? KeptOperator.Start(setup, () => leases) : null)
        {
            for (var act = 0; act < Acts; act++)
            {
                await turmoil.ActAsync();
                if (act % 15 == 14)
                    one.Restart();
            }
            losses = one.Losses + (two?.Losses ?? 0);
        }
        faults!.End();
        leaseFaults!.End();
        output.WriteLine($"seed {seed}: {one.Lives} lives, {losses} lost leases; {faults.Tally}");
        await EndAsync(turmoil, log, faults.Tally);
    }

    static OperatorSetup SetUp(Turmoil turmoil, IKubernetesClient client, KomboDatabase database, LogLines log) => new()
    {
        Namespaces = turmoil.Namespace,
        Client = client,
        Database = database,
        Log = log,
        Configure = options => options.JobTimeToLive = TimeSpan.FromSeconds(1), // removed under the operator's eyes
    };

    static async Task EndAsync(Turmoil turmoil, LogLines log, string faults)
    {
        try
        {
            await turmoil.CalmAsync(TimeToCalm);
            turmoil.Check().ShouldBeEmpty();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{exception.Message}\n{faults}\n{turmoil.Chronicle}\n{log}", exception);
        }
    }

    static async Task EachAsync(Func<int, Task> live)
    {
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(
            Seeds,
            new ParallelOptions { MaxDegreeOfParallelism = AtATime },
            async (seed, _) =>
            {
                try
                {
                    await live(seed);
                }
                catch (Exception exception)
                {
                    failures.Enqueue($"KOMBO_FAULT_SEED={seed}: {exception.Message}");
                }
            });
        failures.ShouldBeEmpty();
    }

    static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : null;
}
