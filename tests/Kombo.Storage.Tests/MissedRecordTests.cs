using System.Collections.Immutable;
using Kombo.Core.Records;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Kombo.Storage.Tests;

/// <summary>Models whose paging may pass over a record: deleted is what two complete full syncs in a row have missed.</summary>
public sealed class MissedRecordTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task The_first_miss_is_told_and_the_second_deletes()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(10);

        var first = await here.SyncUnstablyAsync(8);

        first.Result.ShouldBe("Succeeded");
        first.Reason.ShouldBe(Reasons.Succeeded);
        first.Message.ShouldBe("hris_employees: 2 of its records did not come. Its paging may pass over a record, so they are marked "
            + "deleted if the next full sync misses them too");
        first.Counts.ShouldBe(new RunCounts { Read = 8, Unchanged = 8 });
        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.RemoteDeletedAt == null);
        (await MissedAsync(here)).ShouldBe(2);

        var second = await here.SyncUnstablyAsync(7);

        second.Counts!.Deleted.ShouldBe(2);
        second.Message!.ShouldStartWith("hris_employees: 1 of its records did not come.");
        (await DeletedAsync(here)).ShouldBe(["e0009", "e0010"]);
        (await MissedAsync(here)).ShouldBe(1, "what is marked deleted is missed no longer");
        (await here.SyncUnstablyAsync(7)).Counts!.Deleted.ShouldBe(1);
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData(SyncType.Full)]
    [InlineData(SyncType.Delta)]
    public async Task A_record_that_any_sync_meets_again_begins_anew(SyncType type)
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(3);
        await here.SyncUnstablyAsync(2);
        await using (var run = await here.StartAsync(type))
        {
            await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 3));
            await here.FinishUnstablyAsync(run);
        }

        (await MissedAsync(here)).ShouldBe(0);
        (await here.SyncUnstablyAsync(2)).Counts!.Deleted.ShouldBe(0);
        (await here.SyncUnstablyAsync(2)).Counts!.Deleted.ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_came_and_could_not_be_stored_was_met()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(3);
        await here.SyncUnstablyAsync(2);
        await using (var delta = await here.StartAsync(SyncType.Delta))
            await here.WriteAsync(delta, Rows.Employees, [], page => page with
            {
                Errors = [new RecordError("hris_employees", "e0003", "hris_employees.start_date", "is not a date")],
            });

        (await here.SyncUnstablyAsync(2)).Counts!.Deleted.ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Data_older_than_the_full_sync_that_missed_a_record_does_not_say_that_it_lives()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(3);
        var early = await here.NowAsync();
        await here.SyncUnstablyAsync(2);
        await using (var delta = await here.StartAsync(SyncType.Delta))
            await here.WriteAsync(delta, Rows.Employees, Rows.EmployeeRange(3, 1), page => page with { RequestedAt = early });

        (await here.SyncUnstablyAsync(2)).Counts!.Deleted.ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_incomplete_full_sync_is_no_second_miss_and_makes_no_first_one()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(3);
        await here.SyncUnstablyAsync(2);
        (await here.SyncUnstablyAsync(1, "the source answered 403")).Result.ShouldBe("Failed");

        (await MissedAsync(here)).ShouldBe(1);
        (await here.SyncUnstablyAsync(1)).Counts!.Deleted.ShouldBe(1);
        (await DeletedAsync(here)).ShouldBe(["e0003"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Neither_another_attempt_nor_an_heir_of_the_same_pass_nor_a_second_pass_of_the_same_run_is_a_second_miss()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(3);
        var request = here.Request();
        await using (var first = await here.StartAsync(request))
        {
            await here.WriteAsync(first, Rows.Employees, Rows.EmployeeRange(1, 2));
            await DieBeforeTheResultAsync(here, first);
        }

        await using (var second = await here.StartAsync(request))
            await DieBeforeTheResultAsync(here, second);
        await fixture.ExecuteAsync("delete from kombo.sync_seen where sweep_id like @sweep", new { sweep = request.RunId + "/%" });
        await using (var again = await here.StartAsync(request))
        {
            again.Resumed.ShouldBeFalse("the seen set is gone");
            await here.WriteAsync(again, Rows.Employees, Rows.EmployeeRange(1, 2));
            await DieBeforeTheResultAsync(here, again);
        }

        await using (var heir = await here.StartAsync())
            (await here.FinishUnstablyAsync(heir)).Counts!.Deleted.ShouldBe(0);
        (await here.SyncUnstablyAsync(2)).Counts!.Deleted.ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_finish_that_is_repeated_still_deletes_what_was_missed_before()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(4);
        await here.SyncUnstablyAsync(3);
        var request = here.Request();
        await using (var first = await here.StartAsync(request))
        {
            await here.WriteAsync(first, Rows.Employees, Rows.EmployeeRange(1, 2));
            var candidates = new DeletionCandidates(fixture.Transactions(), first);
            var found = await candidates.FindAsync(Rows.Employees, CancellationToken.None);
            (await new MissedRecords(fixture.Transactions(), first).KeepMissedTwiceAsync(found, CancellationToken.None)).Count.ShouldBe(1);
            await fixture.Database.Finisher.ReleaseAsync(first, CancellationToken.None);
        }

        await using var second = await here.StartAsync(request);
        (await here.FinishUnstablyAsync(second)).Counts!.Deleted.ShouldBe(1);
        (await DeletedAsync(here)).ShouldBe(["e0004"]);
        (await MissedAsync(here)).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_a_delta_meets_while_the_misses_are_noted_is_none()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(3);
        await here.SyncUnstablyAsync(2);
        await using var full = await here.StartAsync();
        await here.WriteAsync(full, Rows.Employees, Rows.EmployeeRange(1, 1));
        var found = await new DeletionCandidates(fixture.Transactions(), full).FindAsync(Rows.Employees, CancellationToken.None);
        found.Count.ShouldBe(2);
        await using (var delta = await here.StartAsync(SyncType.Delta))
            await here.WriteAsync(delta, Rows.Employees, Rows.EmployeeRange(2, 2));

        var kept = await new MissedRecords(fixture.Transactions(), full).KeepMissedTwiceAsync(found, CancellationToken.None);

        kept.Count.ShouldBe(0);
        (await MissedAsync(here)).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Another_scope_or_other_parameters_begin_anew()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(3);
        await here.SyncUnstablyAsync(2);
        var other = here.Request() with { Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("filter", "active") };

        await using (var run = await here.StartAsync(other))
        {
            await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 2));
            (await here.FinishUnstablyAsync(run)).Counts!.Deleted.ShouldBe(0);
        }

        await using var again = await here.StartAsync(other with { RunId = other.RunId + "-again" });
        await here.WriteAsync(again, Rows.Employees, Rows.EmployeeRange(1, 2));
        (await here.FinishUnstablyAsync(again)).Counts!.Deleted.ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_row_that_somebody_removed_by_hand_leaves_no_note_behind()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(3);
        await here.SyncUnstablyAsync(2);
        await fixture.ExecuteAsync(
            "delete from kombo.hris_employees where integration_id = @IntegrationId and remote_id = 'e0003'", new { here.IntegrationId });

        await here.SyncUnstablyAsync(2);

        (await MissedAsync(here)).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_model_of_two_streams_is_as_sure_as_the_less_sure_of_them()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 2));
        await here.WriteAsync(run, Rows.Employees, [], page => page with { Stream = "more" });

        var progress = await fixture.Database.Finisher.FinishAsync(run, new FinishRequest
        {
            Streams = [new("hris_employees", [Rows.Employees]), new("more", [Rows.Employees]) { StablePaging = false }],
        }, null, CancellationToken.None);

        progress.Counts!.Deleted.ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_page_that_meets_a_missed_record_waits_for_the_disk_though_it_changes_nothing()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(2);
        await here.SyncUnstablyAsync(1);
        await fixture.ExecuteAsync(NoteCommits);
        var connection = new NpgsqlConnectionStringBuilder(fixture.ConnectionString) { Options = "-c synchronous_commit=on" };
        await using var database = KomboDatabase.Open(connection.ConnectionString, NullLoggerFactory.Instance);
        var there = new Scenario(fixture, here.IntegrationId) { Database = database };
        await using var delta = await there.StartAsync(SyncType.Delta, "meets-it");

        await there.WriteAsync(delta, Rows.Employees, Rows.EmployeeRange(1, 2));
        await there.WriteAsync(delta, Rows.Employees, Rows.EmployeeRange(1, 2));

        (await fixture.ListAsync<string>("select mode from kombo.commits where id = @IntegrationId order by seq", here))
            .ShouldBe(["on", "off"], "a crash must not bring the first miss back");
    }

    // The deletions are done, the result is not written.
    static async Task DieBeforeTheResultAsync(Scenario here, RunHandle run)
    {
        await Should.ThrowAsync<InvalidOperationException>(() => here.FinishUnstablyAsync(run, phase =>
        {
            if (phase == "Validating")
                throw new InvalidOperationException("killed");
        }));
        await here.Database.Finisher.ReleaseAsync(run, CancellationToken.None);
    }

    Task<long> MissedAsync(Scenario here) => fixture.QueryAsync<long>(
        "select count(*) from kombo.missed_records where integration_id = @IntegrationId", new { here.IntegrationId });

    static async Task<IEnumerable<string>> DeletedAsync(Scenario here) =>
        (await here.StoredAsync(Rows.Employees)).Where(row => row.RemoteDeletedAt is not null).Select(row => row.RemoteId);

    // Read when the transaction commits.
    const string NoteCommits = """
        create table kombo.commits (seq bigint generated always as identity, id text, mode text);
        create function kombo.note_commit() returns trigger language plpgsql as $$
        begin
            insert into kombo.commits (id, mode) values (new.integration_id, current_setting('synchronous_commit'));
            return null;
        end $$;
        create constraint trigger note_commit after insert or update on kombo.sync_checkpoints
            deferrable initially deferred for each row execute function kombo.note_commit();
        """;
}
