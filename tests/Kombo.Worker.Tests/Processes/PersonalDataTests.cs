using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <summary>Values of records are in the tables of their models and nowhere else, whatever goes wrong with them.</summary>
public sealed class PersonalDataTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    const string Canary = "c4nary";
    const string Sensitive = "s3nsitive";

    [RequiresFact(Need.Postgres)]
    public async Task Values_that_cannot_be_stored_are_in_no_log_no_result_and_no_table_beside_the_mirror()
    {
        await world.ResetAsync();
        await AddAsync(new { id = "x-1", first_name = Canary + "\0", updated_at = "2026-01-01T00:00:00.000Z" });
        await AddAsync(new { id = "x-2", start_date = Canary, updated_at = "2026-01-01T00:00:00.000Z" });
        await AddAsync(new { id = "x-3", weekly_hours = Canary, updated_at = "2026-01-01T00:00:00.000Z" });
        await AddAsync(new { id = "x-4", updated_at = Canary });
        await AddAsync(new { first_name = Canary, updated_at = "2026-01-01T00:00:00.000Z" });
        await AddAsync(new { id = "x-5", last_name = Canary, ssn = Sensitive, nationality = Sensitive, updated_at = "2026-01-01T00:00:00.000Z" });
        await AddAsync(new { id = "x-5", last_name = Canary, ssn = Sensitive, updated_at = "2026-01-01T00:00:00.000Z" });
        var request = world.Request();

        var end = await world.SyncAsync(request);

        end.ExitCode.ShouldBe(0, end.Output);
        end.Word!.Counts!.Errors.ShouldBe(5, "that one comes twice is no error");
        end.Output.ShouldNotContain(Canary);
        end.Output.ShouldNotContain(Sensitive);
        end.Word.ToString().ShouldNotContain(Canary);
        (await HoldingAsync(Canary)).ShouldBe("hris_employees");
        (await HoldingAsync(Sensitive)).ShouldBeEmpty("sensitive fields are out of scope by default");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_value_that_the_database_refuses_is_a_record_error_in_no_log_and_no_result()
    {
        await world.ResetAsync();
        await AddAsync(new { id = "x-6", last_name = Canary, updated_at = "2026-01-01T00:00:00.000Z" });
        await ChangeTableAsync($"add constraint refused check (last_name <> '{Canary}')  not valid");
        var request = world.Request();

        var end = await world.SyncAsync(request);

        await ChangeTableAsync("drop constraint refused");
        end.ExitCode.ShouldBe(0, end.Output);
        (end.Word!.Result, end.Word.Counts!.Errors).ShouldBe(("Succeeded", 1));
        (await world.QueryAsync<string>("select reason from kombo.record_errors where remote_id = 'x-6'"))
            .ShouldBe("was refused by the database (SQLSTATE 23514, constraint refused)");
        (await world.QueryAsync<long>($"select count(*) from kombo.record_errors e where e::text like '%{Canary}%'")).ShouldBe(0);
        end.Output.ShouldNotContain(Canary);
        end.Word.ToString().ShouldNotContain(Canary);
    }

    Task AddAsync(object employee) => world.Sandbox.ControlAsync("extra/employees", employee);

    Task<int> ChangeTableAsync(string act) =>
        world.QueryAsync<int>($"with x as (select 1) select 1; alter table kombo.hris_employees {act}");

    /// <summary>The tables that hold the text in whatever column.</summary>
    Task<string> HoldingAsync(string text) => world.QueryAsync<string>($"""
        select coalesce(string_agg(c.relname, ', ' order by c.relname), '')
          from pg_class c
         where c.relnamespace = 'kombo'::regnamespace and c.relkind = 'r'
           and query_to_xml(format('select 1 from kombo.%I t where t::text like %L', c.relname, '%{text}%'), true, true, '')::text like '%<row%'
        """);
}
