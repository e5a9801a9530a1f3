using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;

namespace Kombo.Core.Tests.Planning;

public class ScheduleTests
{
    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        // The examples of the product's own description.
        {
            "2:00 PM + 10h is midnight",
            Row(An.Observation().Synced("04:00").Running(Full, "13:40").Ended("14:00").Now("14:00")),
            "full last 14:00; full due 00:00+1; wake 00:00+1; Synchronizing=False WaitingForSchedule; no start"
        },
        { "manual sync at 2:00 PM moves 8:00 PM to midnight",
            Row(An.Observation().Synced("10:00").Running(Full, "13:55", "t", "Manual").Ended("14:00").Now("14:00")),
            "full due 00:00+1; wake 00:00+1" },
        { "before the manual sync it is due at 8:00 PM", Row(An.Observation().Synced("10:00").Now("13:00")),
            "full due 20:00; wake 20:00; no steps; reason WaitingForSchedule" },

        // First sync.
        { "a new Integration is synced at once", Row(An.Observation()),
            "start full Initial; active full; reason SyncInProgress; Ready=True Succeeded; wake 01:56:35+2" },
        {
            "or after one frequency where the schedule says so",
            Row(An.Observation().Schedule(new() { FirstSync = "AtNextSlot" })),
            "no start; full due 18:00; wake 18:00"
        },
        { "and then by that slot", Row(An.Observation().Schedule(new() { FirstSync = "AtNextSlot" }).Now("18:00")
            .Clock(Full, clock => clock with { NextSyncTime = An.Time("18:00") })), "start full Initial 18:00" },
        {
            "no delta before the first full",
            Row(An.Observation().Every("10h", "30m").Active(Full, "09:00").Job(Full, "09:00").Now("12:00")),
            "no start; delta due -; wake -"
        },
        {
            "the first delta is due one delta frequency after the first full",
            Row(An.Observation().Every("10h", "30m").Running(Full, "09:00").Ended("09:20").Now("09:20")),
            "full due 19:20; delta due 09:50; wake 09:50"
        },
        { "a later full does not move the delta", Row(An.Observation().Every("10h", "30m").Synced("00:00", "09:50")
            .Running(Full, "10:00").Ended("10:15").Now("10:15")), "full due 20:15; delta due 10:20; wake 10:20" },
        {
            "a first full that failed brings no delta",
            Row(An.Observation().Every("10h", "30m").Running(Full, "09:00").Ended("09:20", false).Now("09:20")),
            "full due 09:21; delta due -; wake 09:21"
        },

        // Due times.
        {
            "a slot has come",
            Row(An.Observation().Synced("10:00").Now("20:00")),
            "start full Schedule 20:00; full slot 20:00; full attempt 20:00"
        },
        {
            "one second before it has not",
            Row(An.Observation().Synced("10:00").Now("19:59:59")),
            "no start; wake 20:00"
        },
        {
            "down for hours runs once",
            Row(An.Observation().Synced("00:00").Now("09:10+1")),
            "start full Schedule 10:00"
        },
        {
            "and counts from that one's end",
            Row(An.Observation().Synced("00:00").Running(Full, "09:10+1").Ended("09:30+1").Now("09:30+1")),
            "full due 19:30+1; no start"
        },
        {
            "a completion within a second counts as the next second",
            Row(An.Observation().Running(Full, "13:00").Ended("14:00:00.250").Now("14:00:01")),
            "full last 14:00:01; full due 00:00:01+1"
        },
        {
            "the worker's word on the end beats the Job's",
            Row(An.Observation().Running(Full, "13:00").Progress(Full, "13:00", "Succeeded", "13:59").Ended("14:00")
                .Now("14:00:01")),
            "full last 13:59; full due 23:59"
        },

        // Frequencies.
        {
            "a shorter frequency moves the slot",
            Row(An.Observation().Synced("10:00").Every("4h").Now("11:00")),
            "full due 14:00; wake 14:00; effective 4h -"
        },
        {
            "into the past: it is due",
            Row(An.Observation().Synced("10:00").Every("4h").Now("15:00")),
            "start full Schedule 14:00"
        },
        {
            "a longer one moves it too",
            Row(An.Observation().Synced("10:00").Every("12h").Now("20:00")),
            "no start; full due 22:00"
        },
        { "the same one leaves a moved slot alone", Row(An.Observation().Synced("10:00").Now("11:00")
            .Clock(Full, clock => clock with { NextSyncTime = An.Time("12:34") })), "full due 12:34" },
        {
            "a delta becomes possible",
            Row(An.Observation().Synced("10:00").Every("10h", "30m").Now("10:10")),
            "delta due 10:30; wake 10:30"
        },
        {
            "a delta that comes back counts from the full, which brought all that it would have",
            Row(An.Observation().Every("10h", "30m").Synced("10:00", "05:00").Now("10:10")
                .Clock(Delta, clock => clock with { NextSyncTime = null })),
            "delta due 10:30; wake 10:30; delta last 05:00"
        },
        {
            "or from the last delta, if that is later",
            Row(An.Observation().Every("10h", "30m").Synced("05:00", "10:00").Now("10:10")
                .Clock(Delta, clock => clock with { NextSyncTime = null })),
            "delta due 10:30; wake 10:30"
        },
        {
            "a full between two deltas moves no stored slot",
            Row(An.Observation().Every("10h", "4h").Synced("10:00", "09:00").Every("10h", "2h").Now("10:10")),
            "delta due 11:00; wake 11:00"
        },
        {
            "a delta is no longer possible",
            Row(An.Observation().Every("10h", "30m").Synced("10:00", "10:15")
                .Connector(facts => facts with { SupportsDelta = false }).Now("11:00")),
            "no start; delta due -; wake 20:00"
        },
        {
            "full and delta have clocks of their own",
            Row(An.Observation().Every("10h", "30m").Synced("10:00", "10:15").Now("10:45")),
            "start delta Schedule 10:45; full due 20:00"
        },
        {
            "webhooks fall silent: look again then",
            Row(An.Observation().Every(null).SupportsDelta().Webhook("12:00").Synced("14:00", "14:00").Now("14:01")),
            "wake 17:00; effective 24h 3h"
        },
        {
            "a silence that begins sooner wakes",
            Row(An.Observation().Every(null).SupportsDelta().Webhook("15:00").Synced("14:00+1", "14:00+1")
                .Now("14:01+1")),
            "wake 15:00+1; effective 24h 3h"
        },
        {
            "and the delta is due by the shorter frequency",
            Row(An.Observation().Every(null).SupportsDelta().Webhook("15:00").Synced("14:00+1", "14:00+1")
                .Now("15:00+1")),
            "start delta Schedule 14:15+1; effective 24h 15m"
        },

        // What runs beside what.
        {
            "a full that runs is not started again",
            Row(An.Observation().Synced("00:00").Running(Full, "10:00").Now("23:00")),
            "no steps; wake -; reason SyncInProgress"
        },
        {
            "a delta starts beside a full",
            Row(An.Observation().Every("10h", "30m").Synced("00:00", "10:00").Running(Full, "10:00").Now("10:30")),
            "start delta Schedule 10:30; active full delta"
        },
        {
            "a full starts beside a delta",
            Row(An.Observation().Every("10h", "30m").Synced("00:00", "09:00").Running(Delta, "09:59").Now("10:00")),
            "start full Schedule 10:00; active full delta"
        },
        { "both are due: both start", Row(An.Observation().Every("10h", "30m").Synced("00:00", "00:00").Now("10:00")),
            "start full Schedule 10:00; start delta Schedule 00:30" },
        {
            "never two of one type, known to status or not",
            Row(An.Observation().Synced("00:00").Active(Full, "09:00").Job(Full, "08:00").Job(Full, "09:00")
                .Now("10:00")),
            "no start"
        },

        // Suspension and deletion.
        {
            "suspended starts nothing",
            Row(An.Observation().Synced("00:00").Suspended().Now("12:00")),
            "no steps; wake -; Ready=True Suspended; Synchronizing=False Suspended; no Stalled; full due 10:00; next -"
        },
        { "not even a first sync", Row(An.Observation().Suspended()), "no steps; wake -" },
        {
            "a suspended schedule suspends",
            Row(An.Observation().Schedule(new() { Suspend = true })),
            "no steps; Ready=True Suspended"
        },
        {
            "suspension kills nothing",
            Row(An.Observation().Synced("00:00").Running(Full, "10:00").Suspended().Now("10:05")),
            "no steps; Synchronizing=True SyncInProgress; active full"
        },
        {
            "and the end of a run counts",
            Row(An.Observation().Synced("00:00").Running(Full, "10:00").Ended("10:05").Suspended().Now("10:05")),
            "full due 20:05"
        },
        {
            "resumed after its slot: runs once",
            Row(An.Observation().Synced("00:00").Now("23:00")),
            "start full Schedule 10:00"
        },
        {
            "deleted: nothing, and whoever holds it up with a finalizer reads so",
            Row(An.Observation().Synced("00:00").Deleted().Now("12:00")),
            "no steps; wake -; reason Deleted; Ready=False Deleted; no SyncSucceeded"
        },

        // Capacity.
        { "no capacity: waits", Row(An.Observation().Synced("00:00").Capacity(0, 0).Now("10:00")),
            "no start; Synchronizing=False WaitingForCapacity; wake 10:01; full due 10:00; Ready=True Succeeded" },
        {
            "a share is the deltas' own",
            Row(An.Observation().Every("10h", "30m").Synced("00:00", "09:00").Capacity(0, 1).Now("10:00")),
            "start delta Schedule 09:30; full due 10:00"
        },
        {
            "two starts need room for two",
            Row(An.Observation().Every("10h", "30m").Synced("00:00", "09:00").Capacity(1, 1).Now("10:00")),
            "start full Schedule 10:00; delta due 09:30; wake 10:01"
        },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);

    [Fact]
    public void What_follows_a_start_is_nothing_until_the_run_ends()
    {
        var plan = SyncPlanner.Decide(An.Observation().Build());
        var start = plan.Steps.OfType<Decision.StartRun>().ShouldHaveSingleItem().Run;
        start.JobName.ShouldMatch("^acme-full-init-[0-9a-z]{5}$");
        start.IntegrationId.ShouldStartWith("bamboohr:");
        start.ActiveDeadline.ShouldBe(TimeSpan.FromHours(72));
        start.Scope.ShouldBe("hris_teams=3:7");
        plan.Status.Identity.ShouldBe("bamboohr companyDomain=acme");
    }

    internal static ObservationBuilderRow Row(ObservationBuilder builder) => new(builder);
}

/// <summary>Public, so that it can stand in a row.</summary>
public sealed class ObservationBuilderRow
{
    readonly ObservationBuilder builder;

    internal ObservationBuilderRow(ObservationBuilder builder) => this.builder = builder;

    internal Observation Build() => builder.Build();

    public override string ToString() => "…";
}
