using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Storage.Tests;

/// <summary>One budget of requests for all runs of an Integration.</summary>
public sealed class RateBudgetTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    static readonly RateLimits One = new(Concurrency: 1, PerMinute: null);
    static readonly RateSignal Answered = new(RateOutcome.Answered);

    [RequiresTheory(Need.Postgres)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task However_many_race_no_more_ask_than_may(int most)
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await using var delta = await here.StartAsync(SyncType.Delta);
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        var limits = new RateLimits(most, PerMinute: null);
        var (inside, highest, asked) = (0, 0, 0);

        await Task.WhenAll(new[] { full, delta, webhook }.Select(run => Task.Run(async () =>
        {
            await using var database = KomboDatabase.Open(fixture.ConnectionString, NullLoggerFactory.Instance);
            for (var requests = 0; requests < 30;)
            {
                if (!(await database.Rates.AskAsync(run, limits, CancellationToken.None)).IsNow)
                {
                    await Task.Yield();
                    continue;
                }

                InterlockedMax(ref highest, Interlocked.Increment(ref inside));
                Interlocked.Increment(ref asked);
                requests++;
                await Task.Yield();
                Interlocked.Decrement(ref inside);
                await database.Rates.ReportAsync(run, limits, Answered, CancellationToken.None);
            }
        })));

        highest.ShouldBeInRange(1, most);
        asked.ShouldBe(90);
        (await AskersAsync(here)).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task The_place_of_a_killed_worker_comes_back_when_its_lease_ends()
    {
        var here = fixture.NewScenario();
        await using var killed = await here.StartAsync();
        await using var delta = await here.StartAsync(SyncType.Delta);
        (await AskAsync(killed)).IsNow.ShouldBeTrue();
        (await AskAsync(delta)).IsNow.ShouldBeFalse();

        await fixture.ExecuteAsync(
            "update kombo.sync_leases set expires_at = clock_timestamp() where integration_id = @IntegrationId and type = 'full'",
            new { here.IntegrationId });

        (await AskAsync(delta)).IsNow.ShouldBeTrue();
        await using var successor = await here.StartAsync();
        (await AskAsync(successor)).IsNow.ShouldBeFalse("what the killed one held is not its successor's");
        await Should.ThrowAsync<LeaseLostException>(AskAsync(killed));
        await Should.ThrowAsync<LeaseLostException>(fixture.Database.Rates.ReportAsync(killed, One, Answered, CancellationToken.None));
        killed.Lost.IsCancellationRequested.ShouldBeTrue();
        await ReportAsync(delta, Answered);
        (await AskAsync(successor)).IsNow.ShouldBeTrue();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_run_that_has_ended_holds_nothing()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await using var delta = await here.StartAsync(SyncType.Delta);
        (await AskAsync(full)).IsNow.ShouldBeTrue();
        await fixture.Database.Finisher.ReleaseAsync(full, CancellationToken.None);
        (await AskAsync(delta)).IsNow.ShouldBeTrue();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_full_lets_those_ask_first_that_wait()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await using var delta = await here.StartAsync(SyncType.Delta);
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        (await AskAsync(delta)).IsNow.ShouldBeTrue();
        (await AskAsync(full)).IsNow.ShouldBeFalse();
        (await AskAsync(webhook)).IsNow.ShouldBeFalse();
        await ReportAsync(delta, Answered);

        (await AskAsync(full)).IsNow.ShouldBeFalse();
        (await AskAsync(webhook)).IsNow.ShouldBeTrue();
        await ReportAsync(webhook, Answered);
        (await AskAsync(full)).IsNow.ShouldBeTrue();
        (await AskersAsync(here)).ShouldBe(["full True"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_full_that_has_waited_for_a_minute_stands_back_for_nobody()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        (await AskAsync(full)).IsNow.ShouldBeTrue();
        (await AskAsync(webhook)).IsNow.ShouldBeFalse();
        await ReportAsync(full, Answered);
        (await AskAsync(full)).IsNow.ShouldBeFalse();
        await fixture.ExecuteAsync(
            "update kombo.rate_askers set since = since - interval '1 minute' where integration_id = @IntegrationId and type = 'full'",
            new { here.IntegrationId });

        (await AskAsync(full)).IsNow.ShouldBeTrue();
    }

    [RequiresFact(Need.Postgres)]
    public async Task Times_are_the_databases_whatever_the_workers_clock_says()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await using var delta = await here.StartAsync(SyncType.Delta);
        await using var ahead = KomboDatabase.Open(
            fixture.ConnectionString, NullLoggerFactory.Instance, new ManualClock(new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        await ReportAsync(full, new(RateOutcome.Limited) { Wait = TimeSpan.FromMinutes(10) });

        var turn = await ahead.Rates.AskAsync(delta, One, CancellationToken.None);

        turn.Wait.ShouldBeInRange(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
        turn.Reason.ShouldBe("the source limits the rate of requests");
        await fixture.ExecuteAsync(
            "update kombo.rate_budgets set blocked_until = clock_timestamp() where integration_id = @IntegrationId", new { here.IntegrationId });
        (await ahead.Rates.AskAsync(delta, One, CancellationToken.None)).IsNow.ShouldBeTrue();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_page_that_is_being_written_holds_up_no_request()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await using var writer = await fixture.Hand.OpenConnectionAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await using (var command = writer.CreateCommand())
        {
            command.Transaction = transaction;
            command.CommandText = $"select kombo.take_tick('{here.IntegrationId}'); select from kombo.sync_leases for update";
            await command.ExecuteNonQueryAsync();
        }

        (await AskAsync(full)).IsNow.ShouldBeTrue();
        await ReportAsync(full, Answered);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_was_never_limited_is_free_and_leaves_no_row()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        (await IsFreeAsync(full)).ShouldBeTrue();
        (await BudgetsAsync(here)).ShouldBe(0);

        await fixture.Database.Rates.ReportAsync(
            webhook, RateLimits.Default, new(RateOutcome.Limited) { PerSecond = 8 }, CancellationToken.None);

        (await IsFreeAsync(full)).ShouldBeFalse("what one was told counts for the others");
        (await fixture.QueryAsync<string>(
            "select concurrency || ' ' || per_second from kombo.rate_budgets where integration_id = @IntegrationId", new { here.IntegrationId }))
            .ShouldBe("1.5 4");
        (await BudgetsAsync(here)).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Whoever_hangs_with_the_lock_is_not_waited_for_long()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await ReportAsync(full, Answered);
        await using var hanging = await fixture.Hand.OpenConnectionAsync();
        await using var transaction = await hanging.BeginTransactionAsync();
        await using (var command = hanging.CreateCommand())
        {
            command.Transaction = transaction;
            command.CommandText = "select from kombo.rate_budgets for update";
            await command.ExecuteNonQueryAsync();
        }

        (await Should.ThrowAsync<Npgsql.PostgresException>(AskAsync(full))).SqlState.ShouldBe(Npgsql.PostgresErrorCodes.LockNotAvailable);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Times_of_a_clock_that_was_set_back_hold_up_nothing()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await ReportAsync(full, Answered);
        await fixture.ExecuteAsync(
            "update kombo.rate_budgets set blocked_until = now() + interval '3 hours' where integration_id = @IntegrationId", new { here.IntegrationId });

        (await AskAsync(full)).Wait.ShouldBeInRange(TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
    }

    [RequiresFact(Need.Postgres)]
    public async Task Whoever_waits_writes_nothing_while_it_waits()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await ReportAsync(full, new(RateOutcome.Limited) { Wait = TimeSpan.FromMinutes(5) });
        (await AskAsync(full)).IsNow.ShouldBeFalse();
        var before = await WrittenAsync(here);

        (await AskAsync(full)).IsNow.ShouldBeFalse();

        (await WrittenAsync(here)).ShouldBe(before);
    }

    Task<string> WrittenAsync(Scenario here) => fixture.QueryAsync<string>(
        "select string_agg(a.xmin::text, ' ') from kombo.rate_askers a where a.integration_id = @IntegrationId", new { here.IntegrationId });

    Task<RateTurn> AskAsync(RunHandle run) => fixture.Database.Rates.AskAsync(run, One, CancellationToken.None);

    Task<bool> ReportAsync(RunHandle run, RateSignal signal) => fixture.Database.Rates.ReportAsync(run, One, signal, CancellationToken.None);

    Task<bool> IsFreeAsync(RunHandle run) => fixture.Database.Rates.IsFreeAsync(run, RateLimits.Default, CancellationToken.None);

    Task<long> BudgetsAsync(Scenario here) => fixture.QueryAsync<long>(
        "select count(*) from kombo.rate_budgets where integration_id = @IntegrationId", new { here.IntegrationId });

    Task<IReadOnlyList<string>> AskersAsync(Scenario here) => fixture.ListAsync<string>(
        "select type || ' ' || case when asking then 'True' else 'False' end from kombo.rate_askers where integration_id = @IntegrationId order by type",
        new { here.IntegrationId });

    static void InterlockedMax(ref int highest, int value)
    {
        for (var seen = Volatile.Read(ref highest); value > seen; seen = Volatile.Read(ref highest))
            if (Interlocked.CompareExchange(ref highest, value, seen) == seen)
                return;
    }
}
