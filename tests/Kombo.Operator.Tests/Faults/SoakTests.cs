using System.Globalization;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Cluster;
using Kombo.Testing;
using Kombo.Testing.Faults;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>The operator's copies at length: objects are made, edited, annotated and deleted at random while watches end in
/// every way there is. KOMBO_SOAK_SECONDS says for how long, KOMBO_FAULT_SEED with which luck.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class SoakTests(FaultPlane plane, ITestOutputHelper output)
{
    const int Seconds = 12;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    // Mostly those after which nobody waits, so that there are many.
    static readonly WatchEnd[] Ends =
        [WatchEnd.Clean, WatchEnd.Expired, WatchEnd.Forgotten, WatchEnd.Forgotten, WatchEnd.Forgotten, WatchEnd.Reset];

    static readonly string[] Names = ["acme", "globex", "initech", "umbrella", "hooli", "stark"];

    [RequiresFact(FaultPlane.Needs)]
    public async Task In_the_end_the_copies_are_what_a_list_shows_and_every_history_is_explainable()
    {
        var wanted = Number("KOMBO_SOAK_SECONDS");
        var seconds = wanted ?? Seconds;
        var seed = Number("KOMBO_FAULT_SEED") ?? (wanted is null ? 1 : Random.Shared.Next(10_000));
        output.WriteLine($"{seconds} s with KOMBO_FAULT_SEED={seed}");
        RandomFaults? faults = null;
        using var client = plane.NewClient(inner => faults = new RandomFaults(inner, seed) { Ends = Ends });
        await using var turmoil = await Turmoil.BeginAsync(plane, plane.Rows, seed, Names);
        var log = new LogLines();
        var setup = new OperatorSetup
        {
            Namespaces = turmoil.Namespace,
            Client = client,
            Database = plane.Database,
            Log = log,
            Configure = options => options.JobTimeToLive = TimeSpan.FromSeconds(1), // so that Jobs go all the time
        };
        await using var running = await InProcessOperator.StartAsync(setup);
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var acts = 0;
        for (; !time.IsCancellationRequested; acts++)
            await turmoil.ActAsync();
        faults!.End();
        output.WriteLine($"{acts} acts; {turmoil.Tally}; {faults.Tally}");
        try
        {
            await turmoil.CalmAsync(Deadline);
            var view = running.Get<ClusterView>();
            await ShouldBeAsListedAsync(view.Integrations, turmoil.Namespace);
            await ShouldBeAsListedAsync(view.Schedules, turmoil.Namespace);
            await ShouldBeAsListedAsync(view.Jobs, turmoil.Namespace);
            await ShouldBeAsListedAsync(view.Pods, turmoil.Namespace);
            turmoil.Check().ShouldBeEmpty();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"KOMBO_FAULT_SEED={seed}: {exception.Message}\n{turmoil.Told}\n{turmoil.Chronicle}\n{log}", exception);
        }
    }

    // A watch that has just begun may still have to end in silence, so it may take a moment.
    async Task ShouldBeAsListedAsync<T>(Informer<T> informer, string space)
        where T : class, IKubernetesObject<V1ObjectMeta> => await Eventually.BecomesAsync(
            async () =>
            {
                var list = await plane.Client.ListAsync<T>(space, ListOptions.All, CancellationToken.None);
                return list.Items.Select(Version).Order().SequenceEqual(informer.Store.List().Select(Version).Order());
            },
            Deadline,
            $"the copies of {typeof(T).Name} are what a list shows");

    static string Version(IKubernetesObject<V1ObjectMeta> entity) =>
        $"{NamespacedName.Of(entity)} {entity.Uid()} {entity.ResourceVersion()}";

    static int? Number(string variable) => int.TryParse(
        Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
