using System.Collections.Concurrent;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Storage;
using Kombo.Testing;
using Kombo.Testing.Faults;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Whatever the API server, the database and two operators do, and users meanwhile: the same holds in the end
/// and at each moment before. KOMBO_FAULT_SEED repeats what is done in a story, though not what meets it when;
/// KOMBO_FAULT_SEEDS says how many there are, from that one or the first.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class RandomFaultTests(FaultPlane plane, ITestOutputHelper output)
{
    const int Acts = 60;
    const int ActsWithRestarts = 40;
    const int AtATime = 4;
    static readonly TimeSpan TimeToCalm = TimeSpan.FromMinutes(2);

    static IEnumerable<int> Seeds => Enumerable.Range(
        Number("KOMBO_FAULT_SEED") ?? 1, Number("KOMBO_FAULT_SEEDS") ?? (Number("KOMBO_FAULT_SEED") is null ? 4 : 1));

    [RequiresFact(FaultPlane.Needs)]
    public Task With_random_faults_of_the_API_server_every_history_is_explainable() => EachAsync(LiveAloneAsync);

    [RequiresFact(FaultPlane.Needs)]
    public Task With_two_operators_that_take_the_lead_from_each_other_every_history_is_explainable() =>
        EachAsync(LiveInTurnsAsync);

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
        var rows = new PlayedRows(database, server.ConnectionString);
        await using var turmoil = await Turmoil.BeginAsync(plane, rows, seed: 1, "acme", "globex");
        var log = new LogLines();
        await using var kept = KeptOperator.Start(() => SetUp(turmoil, plane.Client, database, log));
        for (var act = 0; act < ActsWithRestarts; act++)
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

    async Task LiveAloneAsync(int seed)
    {
        await using var turmoil = await BeginAsync(seed);
        RandomFaults? faults = null;
        using var client = plane.NewClient(inner => faults = new RandomFaults(inner, seed));
        var log = new LogLines();
        await using var kept = KeptOperator.Start(() => SetUp(turmoil, client, plane.Database, log));
        for (var act = 1; act <= Acts; act++)
        {
            await turmoil.ActAsync();
            if (act % 15 == 0)
                kept.Restart();
        }
        faults!.End(); // the client made them
        output.WriteLine($"seed {seed}: {kept.Lives} lives; {turmoil.Tally}; {faults.Tally}");
        await EndAsync(turmoil, log, faults.Tally);
    }

    async Task LiveInTurnsAsync(int seed)
    {
        await using var turmoil = await BeginAsync(seed);
        RandomFaults? faults = null;
        using var client = plane.NewClient(inner => faults = new RandomFaults(inner, seed));
        var (log, turns) = (new LogLines(), 0);
        await using var rivals = await Rivals.StartAsync(plane, () => SetUp(turmoil, client, plane.Database, log), seed);
        for (var act = 1; act <= Acts; act++)
        {
            await turmoil.ActAsync();
            if (act % 15 != 0)
                continue;
            await rivals.HandOverAsync();
            turns++;
        }
        faults!.End(); // the client made them
        rivals.End();
        output.WriteLine($"seed {seed}: {rivals.Tally}; {turmoil.Tally}; {faults.Tally}");
        await EndAsync(turmoil, log, faults.Tally);
        var lease = await plane.Client.GetAsync<V1Lease>(KeptOperator.Lease, turmoil.Namespace, CancellationToken.None);
        lease!.Spec!.LeaseTransitions!.Value.ShouldBeGreaterThanOrEqualTo(turns, "the lead changed hands");
    }

    Task<Turmoil> BeginAsync(int seed) => Turmoil.BeginAsync(plane, plane.Rows, seed, "acme", "globex");

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
            throw new InvalidOperationException(
                $"{exception.Message}\n{turmoil.Told}\n{faults}\n{turmoil.Chronicle}\n{log}", exception);
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
