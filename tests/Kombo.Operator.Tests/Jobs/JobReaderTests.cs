using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;
using Kombo.Operator.Tests.Support;

namespace Kombo.Operator.Tests.Jobs;

public sealed class JobReaderTests
{
    [Fact]
    public void A_job_tells_what_it_was_made_for()
    {
        var run = An.Run with { Token = "now!", Type = SyncType.Delta, Trigger = Triggers.Manual };
        JobReader.Read(An.Job(run: run), []).ShouldBe(new ObservedJob
        {
            Name = run.JobName,
            RunId = run.RunId,
            Type = SyncType.Delta,
            Trigger = Triggers.Manual,
            Token = "now!",
            Slot = run.Slot,
            Scope = run.Scope,
            CreatedAt = An.Morning,
        });
    }

    [Fact]
    public void A_job_of_somebody_else_tells_nothing() =>
        JobReader.Read(new V1Job { Metadata = new() { Name = "backup" } }, []).ShouldBeNull();

    [Fact]
    public void A_succeeded_job_ended_when_it_completed() =>
        JobReader.Read(An.Job().Ended("Complete"), []).ShouldNotBeNull().ShouldSatisfyAllConditions(
            job => job.Succeeded.ShouldBe(true),
            job => job.FinishedAt.ShouldBe(An.Morning.AddMinutes(5)),
            job => job.FailureReason.ShouldBeNull());

    [Fact]
    public void The_workers_last_word_is_read_from_its_pod()
    {
        var word = System.Text.Encoding.UTF8.GetString(
            TerminationMessage.Write(new() { RunId = An.Run.RunId, Result = "Succeeded" }));
        JobReader.Read(An.Job().Ended("Complete"), [An.EndedPod(0, word)])!.Reported!.Result.ShouldBe("Succeeded");
    }

    [Theory]
    [InlineData("{\"runId\":\"another\",\"result\":\"Succeeded\"}")]
    [InlineData("{\"runId\":\"2gVnZzGr9hAnV")]
    [InlineData("Segmentation fault")]
    [InlineData("")]
    [InlineData(null)]
    public void Other_words_are_no_report(string? message) =>
        JobReader.Read(An.Job().Ended("Complete"), [An.EndedPod(0, message)])!.Reported.ShouldBeNull();

    [Fact]
    public void The_newest_pod_speaks_for_the_job()
    {
        var old = An.EndedPod(1, """{"runId":"2gVnZzGr9hAnVvfnVbTVsL6n","result":"Failed"}""");
        var young = An.EndedPod(0, """{"runId":"2gVnZzGr9hAnVvfnVbTVsL6n","result":"Succeeded"}""");
        young = young with { Metadata = young.Metadata with { CreationTimestamp = An.Morning.AddMinutes(1) } };
        JobReader.Read(An.Job().Ended("Complete"), [old, young])!.Reported!.Result.ShouldBe("Succeeded");
    }

    public static TheoryData<string, V1Job, V1Pod?, string?, string> Failures => new()
    {
        {
            "deadline", An.Job().Ended("Failed", "DeadlineExceeded"), null, "DeadlineExceeded",
            "259200 s: raise spec.activeDeadline"
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
        { "exit code 1", An.Job().Ended("Failed", "BackoffLimitExceeded"), An.EndedPod(1), "Failed", "exit code 1" },
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

    [Theory, MemberData(nameof(Failures))]
    public void A_failure_says_why_and_what_to_do(string rule, V1Job job, V1Pod? pod, string? reason, string words)
    {
        var observed = JobReader.Read(job, pod is null ? [] : [pod]).ShouldNotBeNull();
        observed.FailureReason.ShouldBe(reason, rule);
        (observed.FailureMessage ?? "").ShouldContain(words);
    }
}
