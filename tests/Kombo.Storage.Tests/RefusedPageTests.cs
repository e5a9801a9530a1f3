using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

/// <summary>The server refuses to write a page, for no reason that lies in a record.</summary>
public sealed class RefusedPageTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task A_refusal_of_the_server_quotes_no_value()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        fixture.ConnectionString.ShouldContain("Include Error Detail=True");
        await fixture.ExecuteAsync(RefuseCanary("hris_teams", "name"));

        var refusal = await Should.ThrowAsync<Npgsql.PostgresException>(
            here.WriteAsync(run, Rows.Teams, new Row("t1", ("name", "canary"))));

        await fixture.ExecuteAsync("drop trigger refuse_it on kombo.hris_teams");
        refusal.ToString().ShouldNotContain("canary");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_page_that_is_refused_moves_no_checkpoint()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, [Rows.Employee(1, "Ada")], page => page with { IsLast = false, NextPageToken = "2" });
        await fixture.ExecuteAsync(RefuseCanary("hris_employees", "first_name"));

        await Should.ThrowAsync<Npgsql.PostgresException>(here.WriteAsync(
            run, Rows.Employees, [Rows.Employee(2, "canary")], page => page with { IsLast = false, NextPageToken = "3" }));

        await fixture.ExecuteAsync("drop trigger refuse_it on kombo.hris_employees");
        run.Stream("hris_employees").PageToken.ShouldBe("2");
        (await fixture.QueryAsync<string>(
            "select page_token || ', read ' || read from kombo.sync_checkpoints where integration_id = @IntegrationId", here))
            .ShouldBe("2, read 1");
    }

    static string RefuseCanary(string table, string column) => $$"""
        create or replace function kombo.refuse_it() returns trigger language plpgsql as $$
        begin
            raise exception using message = 'not this one', detail = 'canary';
        end $$;
        create trigger refuse_it before insert or update on kombo.{{table}} for each row
        when (new.{{column}} = 'canary') execute function kombo.refuse_it();
        """;
}
