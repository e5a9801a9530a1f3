using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;

namespace Kombo.Core.Tests.Planning;

public class ExplanationTests
{
    const string Ask = """
        To sync now: kombo sync acme, or kubectl annotate integration acme -n hr --overwrite kombo.dev/requestedAt="$(date -u +%FT%T.%NZ)".
        """;

    static ObservationBuilder Acme => An.Observation().Every("10h", "30m").Synced("08:00", "08:45");

    [Fact]
    public void A_new_Integration() => Explain(An.Observation()).ShouldBe($"""
        A full sync starts now, because the Integration was never synced (Job acme-full-init-0rjo8).
        The next full sync is due 10h (spec.sync.full.frequency) after this one ends.
        No delta syncs: the connector cannot ask the source for changes only.
        The next purge run is due at 2026-03-03T01:56:35Z, in 40h56m35s.
        {Ask}
        """);

    [Fact]
    public void Waiting_for_its_slots() => Explain(Acme).ShouldBe($"""
        The next full sync is due at 2026-03-01T18:00:00Z, in 9h: 10h (spec.sync.full.frequency) after the last one ended at 2026-03-01T08:00:00Z.
        The next delta sync is due at 2026-03-01T09:15:00Z, in 15m: 30m (spec.sync.delta.frequency) after the last one ended at 2026-03-01T08:45:00Z.
        {Ask}
        """);

    [Fact]
    public void Running_and_asked_for_again() => Explain(Acme.Running(Full, "08:55").Token("t1")).ShouldBe($"""
        A full sync is running since 2026-03-01T08:55:00Z (Schedule, Job job-full-08:55).
        The next full sync is due 10h (spec.sync.full.frequency) after this one ends.
        The next delta sync is due at 2026-03-01T09:15:00Z, in 15m: 30m (spec.sync.delta.frequency) after the last one ended at 2026-03-01T08:45:00Z.
        Request t1 (full) waits: SyncInProgress.
        {Ask}
        """);

    [Fact]
    public void Failing() => Explain(An.Observation().Synced("08:00").Failing(Full, 3, "09:04")).ShouldBe($"""
        The last 3 full syncs failed (Failed); the next attempt is at 2026-03-01T09:04:00Z, in 4m.
        No delta syncs: the connector cannot ask the source for changes only.
        {Ask}
        """);

    [Fact]
    public void Failed_once() => Explain(An.Observation().Synced("08:00").Failing(Full, 1, "09:01")).ShouldBe($"""
        The last full sync failed (Failed); the next attempt is at 2026-03-01T09:01:00Z, in 1m.
        No delta syncs: the connector cannot ask the source for changes only.
        {Ask}
        """);

    [Fact]
    public void Suspended() => Explain(An.Observation().Synced("08:00").Suspended()).ShouldBe("""
        Suspended: spec.suspend is true: no sync starts; set it to false to go on.
        The next full sync is due at 2026-03-01T18:00:00Z, in 9h: 10h (spec.sync.full.frequency) after the last one ended at 2026-03-01T08:00:00Z.
        No delta syncs: the connector cannot ask the source for changes only.
        """);

    [Fact]
    public void In_need_of_an_edit() => Explain(An.Observation().Problem("InvalidScope", true)).ShouldBe("""
        No sync starts until this is edited: InvalidScope in words.
        The first full sync starts as soon as nothing stands in its way.
        No delta syncs: the connector cannot ask the source for changes only.
        """);

    static string Explain(ObservationBuilder seen) => SyncPlanner.Decide(seen.Build()).Explanation;
}
