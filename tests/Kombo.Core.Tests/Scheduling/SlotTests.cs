using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Core.Tests.Planning;

namespace Kombo.Core.Tests.Scheduling;

public class SlotTests
{
    const string Uid = "0b1d7a9e-1f57-4c56-9a44-6a2f5f0c1d11";
    static readonly string Long = new('a', 253);

    [Theory]
    [InlineData("acme", "full", "1772359200", "acme-full-1772359200-0rjo8")]
    [InlineData("acme", "delta", "init", "acme-delta-init-0rjo8")]
    [InlineData("acme.eu.hr", "full", "init", "acme-eu-hr-full-init-0rjo8")]
    [InlineData("an-integration-name-of-36-characters", "full", "init", "an-integration-name-of-36-characters-full-init-0rjo8")]
    [InlineData("an-integration-name-of-37-characters-", "full", "init", "an-integration-name-of-37-characters-full-init-0rjo8")]
    [InlineData("an-integration-name-of-35-character-cut-at-the-dash", "full", "init", "an-integration-name-of-35-character-full-init-0rjo8")]
    public void Job_names(string integration, string type, string slot, string name) =>
        JobNames.For(integration, type, slot, Uid).ShouldBe(name);

    [Fact]
    public void Slots_have_forms_that_cannot_be_taken_for_each_other()
    {
        var time = An.Time("10:00");
        JobNames.Slot(time).ShouldBe("1772359200");
        JobNames.RetrySlot(time).ShouldBe("r1772359200");
        JobNames.TokenSlot("2026-03-01T10:00:00.123Z").ShouldMatch("^m[0-9a-z]{10}$");
        JobNames.ScopeSlot("hris_teams=3:7", time).ShouldMatch("^s[0-9a-z]{10}$");
        JobNames.ConfirmationSlot("run").ShouldMatch("^c[0-9a-z]{10}$");
        JobNames.TokenSlot("a").ShouldNotBe(JobNames.TokenSlot("b"));
        JobNames.ScopeSlot("a", time).ShouldNotBe(JobNames.ScopeSlot("a", time.AddSeconds(1)));
    }

    [Fact]
    public void The_longest_name_is_a_DNS_label()
    {
        foreach (var slot in new[] { JobNames.InitialSlot, JobNames.RetrySlot(An.Time("10:00")), JobNames.TokenSlot(Long) })
            JobNames.For(Long, "default", slot, Uid).ShouldMatch("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$");
        JobNames.For(Long, "full", "init", Uid).ShouldNotBe(JobNames.For(Long, "full", "init", "another"));
    }

    [Theory]
    [InlineData(1, "1m")]
    [InlineData(2, "2m")]
    [InlineData(3, "4m")]
    [InlineData(6, "32m")]
    [InlineData(7, "1h")]
    [InlineData(9, "1h")]
    [InlineData(10, "10h")]
    [InlineData(int.MaxValue, "10h")]
    public void Retry_delays(int failures, string delay) =>
        Durations.Format(RetryDelay.After(failures, EffectiveSchedule.Of(new()), TimeSpan.FromHours(10))).ShouldBe(delay);

    [Fact]
    public void A_retry_waits_no_longer_than_the_frequency() =>
        RetryDelay.After(6, EffectiveSchedule.Of(new()), TimeSpan.FromMinutes(15)).ShouldBe(TimeSpan.FromMinutes(15));

    [Fact]
    public void Many_failures_do_not_overflow() =>
        RetryDelay.After(900, EffectiveSchedule.Of(new SyncScheduleSpec { Retry = new("1s", "24h", 1000) }), TimeSpan.FromHours(100))
            .ShouldBe(TimeSpan.FromHours(24));

    [Fact]
    public void Jitter_is_nothing_unless_asked_for()
    {
        var slot = An.Time("10:00");
        Jitter.Apply(slot, TimeSpan.FromHours(10), 0, (Uid, SyncType.Full)).ShouldBe(slot);
    }

    [Fact]
    public void Jitter_is_the_same_each_time_and_within_its_share()
    {
        var frequency = TimeSpan.FromHours(10);
        var moves = new List<double>();
        for (var i = 0; i < 200; i++)
        {
            var slot = An.Time("10:00").AddSeconds(i);
            var moved = Jitter.Apply(slot, frequency, 5, (Uid, SyncType.Full));
            moved.ShouldBe(Jitter.Apply(slot, frequency, 5, (Uid, SyncType.Full)));
            moved.Millisecond.ShouldBe(0);
            moves.Add((moved - slot) / frequency);
        }

        moves.ShouldAllBe(share => Math.Abs(share) <= 0.05);
        moves.Max().ShouldBeGreaterThan(0.04);
        moves.Min().ShouldBeLessThan(-0.04);
        Jitter.Apply(An.Time("10:00"), frequency, 5, (Uid, SyncType.Delta))
            .ShouldNotBe(Jitter.Apply(An.Time("10:00"), frequency, 5, (Uid, SyncType.Full)));
    }
}
