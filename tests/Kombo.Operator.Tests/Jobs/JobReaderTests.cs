using System.Globalization;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;
using Kombo.Operator.Tests.Support;

namespace Kombo.Operator.Tests.Jobs;

public sealed class JobReaderTests
{
    static readonly StartPatience Patience = new(An.Morning.AddMinutes(1), TimeSpan.FromMinutes(2));

    [Fact]
    public void A_job_tells_what_it_was_made_for()
    {
        var run = An.Run with { Token = "now!", Type = SyncType.Delta, Trigger = Triggers.Manual };
        JobReader.Read(An.Job(run: run), [], Patience).ShouldBe(new ObservedJob
        {
            Name = run.JobName,
            RunId = run.RunId,
            Type = SyncType.Delta,
            Trigger = Triggers.Manual,
            Token = "now!",
            Slot = run.Slot,
            Scope = run.Scope,
            CreatedAt = An.Morning,
            StartsBy = An.Morning.AddMinutes(2),
        });
    }

    [Fact]
    public void A_job_of_somebody_else_tells_nothing() =>
        JobReader.Read(new V1Job { Metadata = new() { Name = "backup" } }, [], Patience).ShouldBeNull();

    [Fact]
    public void A_succeeded_job_ended_when_it_completed() =>
        JobReader.Read(An.Job().Ended("Complete"), [], Patience).ShouldNotBeNull().ShouldSatisfyAllConditions(
            job => job.Succeeded.ShouldBe(true),
            job => job.FinishedAt.ShouldBe(An.Morning.AddMinutes(5)),
            job => job.FailureReason.ShouldBeNull());

    [Fact]
    public void The_workers_last_word_is_read_from_its_pod()
    {
        var word = System.Text.Encoding.UTF8.GetString(
            TerminationMessage.Write(new() { RunId = An.Run.RunId, Result = "Succeeded" }));
        JobReader.Read(An.Job().Ended("Complete"), [An.EndedPod(0, word)], Patience)!.Reported!.Result.ShouldBe("Succeeded");
    }

    [Theory]
    [InlineData("{\"runId\":\"another\",\"result\":\"Succeeded\"}")]
    [InlineData("{\"runId\":\"2gVnZzGr9hAnV")]
    [InlineData("Segmentation fault")]
    [InlineData("")]
    [InlineData(null)]
    public void Other_words_are_no_report(string? message) =>
        JobReader.Read(An.Job().Ended("Complete"), [An.EndedPod(0, message)], Patience)!.Reported.ShouldBeNull();

    [Fact]
    public void The_newest_pod_speaks_for_the_job()
    {
        var old = An.EndedPod(1, """{"runId":"2gVnZzGr9hAnVvfnVbTVsL6n","result":"Failed"}""");
        var young = An.EndedPod(0, """{"runId":"2gVnZzGr9hAnVvfnVbTVsL6n","result":"Succeeded"}""");
        young = young with { Metadata = young.Metadata with { CreationTimestamp = An.Morning.AddMinutes(1) } };
        JobReader.Read(An.Job().Ended("Complete"), [old, young], Patience)!.Reported!.Result.ShouldBe("Succeeded");
    }

    public static TheoryData<string, V1Job, V1Pod?, string?, string> Failures => new()
    {
        {
            "deadline", An.Job().Ended("Failed", "DeadlineExceeded").With(failed: 1), null, "DeadlineExceeded",
            "259200 s: raise spec.activeDeadline of the SyncSchedule. Its worker never reported"
        },
        {
            "deadline of a Job that may never have had a pod", An.Job().Ended("Failed", "DeadlineExceeded"), null, "DeadlineExceeded",
            "kubectl describe job acme-full-init-ab12c -n hr says whether a pod of it came; if none did, it is usually a quota"
        },
        {
            "deadline of a pod that hung", An.Job().Ended("Failed", "DeadlineExceeded"), An.PendingPod(), "DeadlineExceeded",
            "pod \"acme-pod\" has not started in 2m"
        },
        {
            "deadline of a pod that never began", An.Job().Ended("Failed", "DeadlineExceeded"),
            An.Pod(new() { Waiting = new() { Reason = "ErrImagePull", Message = "denied" } }), "DeadlineExceeded", "(denied)"
        },
        {
            "no connection left", An.Job().Ended("Failed", "BackoffLimitExceeded"),
            An.EndedPod(1, """{"runId":"2gVnZzGr9hAnVvfnVbTVsL6n","reason":"TooManyConnections","message":"a pooler"}"""),
            "TooManyConnections", "a pooler"
        },
        { "exit code 1", An.Job().Ended("Failed", "BackoffLimitExceeded"), An.EndedPod(1), "Failed", "exit code 1: kubectl logs acme-pod -n hr says more" },
        {
            "exit code 1 with the worker's word", An.Job().Ended("Failed", "BackoffLimitExceeded"),
            An.EndedPod(1, """{"runId":"2gVnZzGr9hAnVvfnVbTVsL6n","reason":"ConnectionFailed","message":"GET /users was answered with 500"}"""),
            "ConnectionFailed", "GET /users"
        },
        {
            "an environment without a run", An.Job().Ended("Failed", "PodFailurePolicy"),
            An.EndedPod(3, """{"runId":"","result":"PermanentError","reason":"InvalidSpec","message":"variable KOMBO_RUN is not set"}"""),
            "InvalidSpec", "KOMBO_RUN"
        },
        { "exit code 2", An.Job().Ended("Failed", "PodFailurePolicy"), An.EndedPod(2), "AuthenticationFailed", "credentials" },
        { "exit code 3", An.Job().Ended("Failed", "PodFailurePolicy"), An.EndedPod(3), "PermanentError", "configuration" },
        { "memory", An.Job().Ended("Failed", "BackoffLimitExceeded"), An.EndedPod(137, reason: "OOMKilled"), "OutOfMemory", "limits.memory" },
        { "no pod left", An.Job().Ended("Failed", "BackoffLimitExceeded"), null, "Failed", "BackoffLimitExceeded" },
        { "evicted", An.Job().Ended("Failed", "BackoffLimitExceeded"), An.Pod(new()) with { Status = new() { Phase = "Failed", Reason = "Evicted", Message = "disk" } }, "Evicted", "disk: give spec.jobTemplate.resources" },
        { "no image", An.Job(), An.Pod(new() { Waiting = new() { Reason = "ImagePullBackOff", Message = "not found" } }), "ImagePullFailed", "(not found): check the operator's settings WorkerImage" },
        { "no secret", An.Job(), An.Pod(new() { Waiting = new() { Reason = "CreateContainerConfigError" } }), "ContainerCannotStart", "(CreateContainerConfigError): check the Secrets" },
        { "no node", An.Job(), An.Pod(new()) with { Status = new() { Conditions = [new() { Type = "PodScheduled", Status = "False", Message = "0/3 nodes" }] } }, "Unschedulable", "(0/3 nodes): lower spec.jobTemplate.resources.requests" },
        { "all well", An.Job(), An.Pod(new() { Running = new() }), null, "" },
    };

    public static TheoryData<string, V1Job, V1Pod?, string, string?> Waits => new()
    {
        { "it may come", An.Job(), null, "09:01:59", null },
        { "it should have come", An.Job(), null, "09:02", "NoPod" },
        { "what began late may come late", An.Job().With(started: An.Morning.AddMinutes(5)), null, "09:06", null },
        { "and no later", An.Job().With(started: An.Morning.AddMinutes(5)), null, "09:07", "NoPod" },
        { "the API server's clock is ahead", An.Job(), null, "08:30", null },
        { "the informer's copy lacks the pod that the Job counts", An.Job().With(active: 1), null, "11:00", null },
        { "the pod before it failed, and the next one comes later", An.Job().With(failed: 1), null, "11:00", null },
        { "its pod succeeded and is gone", An.Job().With(succeeded: 1), null, "11:00", null },
        { "it has failed", An.Job().With(failed: 0).Ended("Failed", "BackoffLimitExceeded"), null, "11:00", "Failed" },
        { "a pod may begin", An.Job(), An.PendingPod(), "09:01:59", null },
        { "a pod should have begun", An.Job(), An.PendingPod(), "09:02", "PodNotStarted" },
        { "a pod that runs", An.Job(), An.Pod(new() { Running = new() }).In("Running"), "11:00", null },
        { "a pod that ended", An.Job(), An.EndedPod(1).In("Failed"), "11:00", null },
        {
            "a reason of its own says more", An.Job(),
            An.Pod(new() { Waiting = new() { Reason = "ImagePullBackOff" } }).In("Pending"), "11:00", "ImagePullFailed"
        },
    };

    [Theory, MemberData(nameof(Waits))]
    public void A_pod_that_does_not_come_or_start_in_time_is_told(string rule, V1Job job, V1Pod? pod, string now, string? reason)
    {
        var time = An.Morning.Date.Add(TimeSpan.Parse(now, CultureInfo.InvariantCulture));
        var patience = Patience with { Now = new(time, TimeSpan.Zero) };
        JobReader.Read(job, pod is null ? [] : [pod], patience)!.FailureReason.ShouldBe(reason, rule);
    }

    [Theory]
    [InlineData("10:59", null)] // by the operator's own clock it began just now, however old the API server makes it
    [InlineData("10:58", "NoPod")]
    [InlineData("12:00", "NoPod")] // which no clock can have said that was right
    public void What_the_operator_has_begun_just_now_is_young(string began, string? reason)
    {
        var start = An.Morning.Date.Add(TimeSpan.Parse(began, CultureInfo.InvariantCulture));
        var run = new ActiveRun
        {
            RunId = An.Run.RunId,
            JobName = An.Run.JobName,
            Trigger = An.Run.Trigger,
            StartTime = new(start, TimeSpan.Zero),
        };
        var patience = Patience with { Now = An.Morning.AddHours(2), Status = new() { Active = new(run, null) } };
        JobReader.Read(An.Job(), [], patience)!.FailureReason.ShouldBe(reason);
        patience = patience with { Status = new() { Active = new(run with { RunId = "another" }, null) } };
        JobReader.Read(An.Job(), [], patience)!.FailureReason.ShouldBe("NoPod");
    }

    [Fact]
    public void What_is_said_of_them_names_the_command_and_the_usual_causes()
    {
        var late = Patience with { Now = An.Morning.AddHours(2) };
        JobReader.Read(An.Job(), [], late)!.FailureMessage.ShouldBe(
            "no pod of Job \"acme-full-init-ab12c\" in namespace \"hr\" has been made in 2m: kubectl describe job "
            + "acme-full-init-ab12c -n hr says why; usually it is a quota, a LimitRange or an admission policy of the namespace, or "
            + "a service account that is gone");
        JobReader.Read(An.Job().Suspended(), [], late)!.FailureMessage.ShouldBe(
            "Job \"acme-full-init-ab12c\" is suspended and has no pod: whoever suspended it, a queue of Jobs for example, has to "
            + "let it go on; see kubectl describe job acme-full-init-ab12c -n hr");
        JobReader.Read(An.Job(), [An.PendingPod()], late)!.FailureMessage.ShouldBe(
            "pod \"acme-pod\" has not started in 2m: kubectl describe pod acme-pod -n hr says why; usually a volume whose Secret "
            + "or ConfigMap is gone, a node that hangs or a large image that is still pulled");
    }

    [Fact]
    public void A_deadline_that_a_worker_worked_up_to_is_too_short()
    {
        var job = An.Job().Ended("Failed", "DeadlineExceeded").With(failed: 1);
        var reported = Patience with
        {
            Status = new() { Progress = new(new RunProgress { RunId = An.Run.RunId, Phase = "Fetching" }, null) },
        };
        JobReader.Read(job, [], reported)!.FailureMessage.ShouldBe(
            "Job \"acme-full-init-ab12c\" ran longer than 259200 s: raise spec.activeDeadline of the SyncSchedule");
        var purge = An.Job(run: An.Run with { Type = SyncType.Purge }).Ended("Failed", "DeadlineExceeded").With(failed: 1);
        JobReader.Read(purge, [], Patience)!.FailureMessage!.ShouldContain(
            "after 259200 s, the longest that a purge run may take; the next one goes on with what is left. Its worker never");
    }

    [Theory, MemberData(nameof(Failures))]
    public void A_failure_says_why_and_what_to_do(string rule, V1Job job, V1Pod? pod, string? reason, string words)
    {
        var observed = JobReader.Read(job, pod is null ? [] : [pod], Patience).ShouldNotBeNull();
        observed.FailureReason.ShouldBe(reason, rule);
        (observed.FailureMessage ?? "").ShouldContain(words);
    }
}
