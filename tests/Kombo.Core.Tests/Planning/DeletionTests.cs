using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

/// <summary>The end of an Integration whose data goes with it.</summary>
public class DeletionTests
{
    internal static ObservationBuilder Doomed => PurgeTests.Acme.WithPolicy("Delete", finalizer: true).Deleted();

    public static TheoryData<string, ObservationBuilderRow, string> Deletions => new()
    {
        { "the policy puts a finalizer on", Row(PurgeTests.Acme.WithPolicy("Delete", finalizer: false)), "add finalizer" },
        { "once", Row(PurgeTests.Acme.WithPolicy("Delete", finalizer: true)), "no steps" },
        { "and takes it off again", Row(PurgeTests.Acme.WithPolicy("Retain", finalizer: true)), "remove finalizer" },
        { "Retain is the default", Row(PurgeTests.Acme.WithPolicy(null, finalizer: true)), "remove finalizer" },
        {
            "deleted: the row is closed and all goes",
            Row(Doomed),
            "close row; start purge Deletion; active purge; event PurgeStarted; Ready=False Deleted; PurgePending=True Purging; no Stalled; wake -"
        },
        {
            "after its syncs are stopped",
            Row(Doomed.Running(Full, "08:00").Running(Delta, "08:50")),
            "close run-full-08:00 Cancelled; delete job-full-08:00; close run-delta-08:50 Cancelled; delete job-delta-08:50; start purge Deletion"
        },
        { "also a purge for another reason", Row(Doomed.Running(Purge, "08:50")), "close run-purge-08:50 Cancelled; delete job-purge-08:50; start purge Deletion" },
        {
            "while it works it is waited for, however long that takes",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Working().Now("16:00")),
            "no steps; no Stalled; PurgePending=True Purging; wake -"
        },
        {
            "also where it was held up before",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Working().Stalled("09:00").Now("16:00")),
            "no steps; no Stalled; wake -"
        },
        {
            "also between two pods: its worker has told of its work",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Progress(Purge, "09:00", null, "09:00").Now("16:00")),
            "no steps; no Stalled; wake -"
        },
        {
            "also while the database is away: it waits for it by itself",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Working().Problem("DatabaseUnavailable", false).Now("16:00")),
            "no steps; no Stalled; wake -"
        },
        {
            "and where its namespace goes: its Job is ended with that",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Working().Terminating()),
            "no steps; wake -"
        },
        {
            "one that does not run yet is looked at again",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Now("09:00:10")),
            "no steps; no Stalled; PurgePending=True Purging; wake 09:00:40"
        },
        {
            "after a minute it is held up",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Now("09:01")),
            "no steps; Stalled=True Progressing; PurgePending=True Progressing; wake 09:01:30"
        },
        {
            "as is one whose pod cannot run",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Working()
                .LastJob(job => job with { FailureReason = "ImagePullFailed", FailureMessage = "no image" }).Stalled("12:00").Now("12:14:50")),
            "no steps; Stalled=True ImagePullFailed; wake 12:15"
        },
        {
            "then the Integration goes",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Ended("09:01").Progress(Purge, "09:00", "Succeeded", "09:01")),
            "delete job-purge-09:00; remove finalizer; event PurgeSucceeded"
        },
        {
            "one that failed leaves it to the operator's own",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Ended("09:01", succeeded: false)),
            "close row; delete job-purge-09:00; remove finalizer; event DataRemains!"
        },
        {
            "so does one whose Job somebody removed",
            Row(Doomed.Active(Purge, "09:00", trigger: "Deletion")),
            "remove finalizer; event DataRemains!"
        },
        {
            "so does one that does not run for too long, and its Job goes with it",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Stalled("12:00").Now("12:15")),
            "close row; delete job-purge-09:00; remove finalizer; event DataRemains!"
        },
        { "in a namespace that goes nothing can start", Row(Doomed.Terminating()), "close row; remove finalizer; event DataRemains!; no start" },
        {
            "without the database it waits",
            Row(Doomed.Problem("DatabaseUnavailable", false).Running(Full, "08:00")),
            "no steps; wake 09:00:30; PurgePending=True DatabaseUnavailable; active full"
        },
        { "a namespace whose Secrets are gone has none to wait for", Row(Doomed.Problem("DatabaseNotConfigured", false)), "no start; remove finalizer; event DataRemains!" },
        {
            "while it runs, a Secret that is gone is no matter: it was mounted before",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Working().Problem("DatabaseNotConfigured", false)),
            "no steps; wake -"
        },
        { "its schedule may be gone before it", Row(Doomed.Problem("DependencyNotReady", Hindered.Syncs)), "close row; start purge Deletion" },
        { "and its connector", Row(Doomed.Problem("ConnectorNotFound", false).Connector(_ => null)), "close row; start purge Deletion" },
        { "what it says need not be right any more", Row(Doomed.Problem("InvalidSpec", true).Problem("InvalidScope", true)), "start purge Deletion" },
        {
            "a Job that the API server refuses is tried again",
            Row(Doomed.Problem("DependencyNotReady", Hindered.AllRuns)),
            "no start; wake 09:00:30; PurgePending=True DependencyNotReady"
        },
        { "but not for ever", Row(Doomed.Problem("DatabaseUnavailable", false).Stalled("09:00").Now("09:15")), "remove finalizer; event DataRemains!" },
        {
            "what stalled it before it was deleted does not count",
            Row(Doomed.Problem("DatabaseUnavailable", false).Stalled("07:00").Now("09:14:50")),
            "no steps; wake 09:15"
        },
        { "nor does it count how long ago it was deleted", Row(Doomed.Problem("DatabaseUnavailable", false).Now("19:00")), "no steps; wake 19:00:30" },
        {
            "without room it waits for its turn, however long",
            Row(Doomed.PurgeCapacity(0).Stalled("07:00").Now("16:00")),
            "no start; no Stalled; PurgePending=True WaitingForCapacity; waits purge 09:00; wake 16:01"
        },
        { "nothing was stored: nothing to wait for", Row(An.Observation().WithPolicy("Delete", finalizer: true).Deleted()), "remove finalizer; no start" },
        {
            "nothing by itself, but one of its name before left something",
            Row(An.Observation().Mirrored("bamboohr companyDomain=acme").Status(status => status with { IntegrationId = "b:1" })
                .WithPolicy("Delete", finalizer: true).Deleted()),
            "start purge Deletion"
        },
        { "the policy changed in the meantime", Row(Doomed.WithPolicy("Retain", finalizer: true)), "remove finalizer; no start" },
        { "another's finalizer is none of ours", Row(Doomed.WithPolicy("Delete", finalizer: false)), "no steps; wake -" },
        { "suspended or not", Row(Doomed.Suspended()), "start purge Deletion" },
    };

    [Theory, MemberData(nameof(Deletions))]
    public void Ends(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);
}
