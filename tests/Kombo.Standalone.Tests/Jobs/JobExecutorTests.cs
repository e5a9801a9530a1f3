using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Kombo.Standalone.Jobs;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Standalone.Tests.Jobs;

public sealed class JobExecutorTests : IAsyncLifetime, IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    readonly ManualClock clock = new();
    readonly TestCluster cluster;
    readonly ScriptedWorker worker = new();
    readonly CancellationTokenSource stopping = new();
    readonly CancellationTokenSource informing = new();
    readonly JobExecutor executor;
    readonly Task following;

    public JobExecutorTests()
    {
        cluster = new TestCluster(); // with timers of its own, which the manual clock need not count
        executor = new JobExecutor(
            worker.RunAsync, new JobRecorder(cluster.Client, clock), clock, NullLogger<JobExecutor>.Instance);
        var informer = Informer();
        executor.Follow(informer, stopping.Token);
        following = informer.RunAsync(informing.Token);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        worker.EndAll();
        await executor.WhenIdleAsync();
        await informing.CancelAsync();
        await following;
        stopping.Dispose();
        informing.Dispose();
        cluster.Dispose();
    }

    [Fact]
    public async Task A_job_runs_and_its_pod_tells_the_workers_last_word()
    {
        executor.Open();
        await CreateAsync();
        (await worker.NextAsync()).End(WorkerExitCode.Done, "Succeeded");

        await JobAsync(
            job => job.Status?.Conditions?.Any(condition => condition is { Type: "Complete", Status: "True" }) == true);
        var pod = (await PodsAsync()).ShouldHaveSingleItem();
        pod.Status!.Phase.ShouldBe("Succeeded");
        TerminationMessage.Read(pod.Status.ContainerStatuses![0].State!.Terminated!.Message)!.Result.ShouldBe(
            "Succeeded");
    }

    [Fact]
    public async Task A_failed_attempt_is_repeated_after_its_delay_and_counts()
    {
        executor.Open();
        await CreateAsync();
        (await worker.NextAsync()).End(WorkerExitCode.TryAgain, result: null);
        await JobAsync(job => job.Status?.Failed == 1);
        worker.Started.ShouldBe(1);

        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, Deadline);
        clock.Advance(TimeSpan.FromSeconds(10));
        (await worker.NextAsync()).End(WorkerExitCode.Done, "Succeeded");

        await JobAsync(job => job.Status?.Succeeded == 1);
        (await PodsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_no_retry_mends_fails_the_job_at_once()
    {
        executor.Open();
        await CreateAsync();
        (await worker.NextAsync()).End(WorkerExitCode.BadCredentials, "AuthenticationFailed");

        var job = await JobAsync(job => job.Status?.Conditions is not null);
        job.Status!.Conditions!.Single().Reason.ShouldBe("PodFailurePolicy");
        worker.Started.ShouldBe(1);
    }

    [Fact]
    public async Task The_deadline_stops_the_worker_and_fails_the_job()
    {
        executor.Open();
        await CreateAsync(AttemptRuleTests.Spec with { ActiveDeadlineSeconds = 60 });
        var attempt = await worker.NextAsync();
        clock.Advance(TimeSpan.FromSeconds(60));
        await attempt.StopAsked.WaitAsync(Deadline);
        attempt.End(WorkerExitCode.Stopped, result: null);

        var job = await JobAsync(job => job.Status?.Conditions is not null);
        job.Status!.Conditions!.Single().Reason.ShouldBe("DeadlineExceeded");
    }

    [Fact]
    public async Task Deleting_the_job_stops_its_worker()
    {
        executor.Open();
        await CreateAsync();
        var attempt = await worker.NextAsync();
        await cluster.Client.DeleteAsync<V1Job>("run", "default", DeleteOptions.Background, CancellationToken.None);

        await attempt.StopAsked.WaitAsync(Deadline);
        attempt.End(WorkerExitCode.Stopped, result: null);
        await Eventually.BecomesAsync(() => !executor.IsBusy, Deadline);
    }

    [Fact]
    public async Task The_end_of_the_process_leaves_the_job_active_for_the_next_one()
    {
        executor.Open();
        await CreateAsync();
        var attempt = await worker.NextAsync();
        await stopping.CancelAsync();
        await attempt.StopAsked.WaitAsync(Deadline);
        attempt.End(WorkerExitCode.Stopped, result: null);
        await executor.WhenIdleAsync();

        var job = await cluster.Client.GetAsync<V1Job>("run", "default", CancellationToken.None);
        job!.Status!.Conditions.ShouldBeNull();
        job.Status.Active.ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_starts_before_what_it_mounts_is_there()
    {
        await CreateAsync();
        await Eventually.BecomesAsync(() => executor.IsBusy, Deadline);
        worker.Started.ShouldBe(0);

        executor.Open();
        (await worker.NextAsync()).End(WorkerExitCode.Done, "Succeeded");
        await JobAsync(job => job.Status?.Succeeded == 1);
    }

    [Fact]
    public async Task A_suspended_job_and_a_finished_one_are_left_alone()
    {
        executor.Open();
        await CreateAsync(AttemptRuleTests.Spec with { Suspend = true }, "suspended");
        await CreateAsync();
        (await worker.NextAsync()).End(WorkerExitCode.Done, "Succeeded");
        await JobAsync(job => job.Status?.Succeeded == 1);
        await Eventually.BecomesAsync(() => !executor.IsBusy, Deadline);

        var labels = new JsonObject { ["labels"] = new JsonObject { ["touched"] = "yes" } };
        await cluster.Client.PatchAsync<V1Job>(
            "run", "default", V1Patch.Merge(new JsonObject { ["metadata"] = labels }), PatchOptions.None, CancellationToken.None);
        await CreateAsync(name: "last");
        (await worker.NextAsync()).End(WorkerExitCode.Done, "Succeeded");
        await JobAsync(job => job.Status?.Succeeded == 1, "last");

        worker.Started.ShouldBe(2);
    }

    [Fact]
    public async Task The_next_process_goes_on_counting_the_attempts()
    {
        executor.Open();
        await CreateAsync();
        (await worker.NextAsync()).End(WorkerExitCode.TryAgain, result: null);
        await JobAsync(job => job.Status?.Failed == 1);
        await stopping.CancelAsync();
        await executor.WhenIdleAsync();

        var next = new JobExecutor(
            worker.RunAsync, new JobRecorder(cluster.Client, clock), clock, NullLogger<JobExecutor>.Instance);
        var informer = Informer();
        next.Follow(informer, CancellationToken.None);
        next.Open();
        var informed = informer.RunAsync(informing.Token);
        (await worker.NextAsync()).End(WorkerExitCode.TryAgain, result: null);

        await JobAsync(job => job.Status?.Failed == 2);
        (await PodsAsync()).Select(pod => pod.Name()).ShouldBe(["run-1", "run-2"]);
        await cluster.Client.DeleteAsync<V1Job>("run", "default", DeleteOptions.Background, CancellationToken.None);
        await next.WhenIdleAsync().WaitAsync(Deadline);
        await informing.CancelAsync();
        await informed;
    }

    Informer<V1Job> Informer() => new(
        cluster.Client, new InformerOptions<V1Job>(), TimeProvider.System, NullLogger<Informer<V1Job>>.Instance);

    Task<V1Job> CreateAsync(V1JobSpec? spec = null, string name = "run") => cluster.Client.CreateAsync(
        new V1Job
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
            Spec = spec ?? AttemptRuleTests.Spec,
        },
        CancellationToken.None);

    async Task<V1Job> JobAsync(Predicate<V1Job> condition, string name = "run") => await Eventually.GetsAsync(
        async () =>
        {
            var job = await cluster.Client.GetAsync<V1Job>(name, "default", CancellationToken.None);
            return job is not null && condition(job) ? job : null;
        },
        Deadline);

    async Task<IReadOnlyList<V1Pod>> PodsAsync() =>
        (await cluster.Client.ListAsync<V1Pod>("default", ListOptions.All, CancellationToken.None)).Items;
}
