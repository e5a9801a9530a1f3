using Kombo.Core.Models;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

public sealed class ReferenceTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task A_dangling_reference_is_noted_and_heals_when_its_target_comes()
    {
        var here = fixture.NewScenario();
        var worker = new Row("e1", ("manager_id", here.Id("boss")));
        await here.SyncAsync(Rows.Employees, worker, new Row("e2"));
        (await IssuesAsync(here)).ShouldBe([$"hris_employees.manager_id of {here.Id("e1")}: null"]);
        var before = await here.StoredAsync(Rows.Employees);

        await here.SyncAsync(Rows.Employees, worker, new Row("e2"), new Row("boss"));

        (await IssuesAsync(here)).ShouldBeEmpty();
        (await here.StoredAsync(Rows.Employees, "e1")).ChangedAt.ShouldBeGreaterThan(before[0].ChangedAt); // what is served has changed
        (await here.StoredAsync(Rows.Employees, "e2")).ChangedAt.ShouldBe(before[1].ChangedAt);
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_issue_is_forgotten_when_its_row_says_something_else()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, new Row("e1", ("manager_id", here.Id("boss"))), new Row("e2", ("manager_id", here.Id("boss"))), new Row("e3"));
        (await IssuesAsync(here)).Count.ShouldBe(2);

        await here.SyncAsync(Rows.Employees, new Row("e1", ("manager_id", here.Id("e3"))), new Row("e3"));

        (await IssuesAsync(here)).ShouldBeEmpty(); // e1 refers to e3 now, e2 is deleted
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_deleted_target_can_still_be_referred_to()
    {
        var here = fixture.NewScenario();
        var worker = new Row("e1", ("manager_id", here.Id("boss")));
        await here.SyncAsync(Rows.Employees, worker, new Row("boss"));

        await here.SyncAsync(Rows.Employees, worker);

        (await here.StoredAsync(Rows.Employees, "boss")).RemoteDeletedAt.ShouldNotBeNull();
        (await IssuesAsync(here)).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_model_that_never_came_is_noted_once_and_heals_row_by_row()
    {
        var here = fixture.NewScenario();
        Row[] workers =
        [
            new("e1", ("work_location_id", here.Id("berlin", "hris_locations"))),
            new("e2", ("work_location_id", here.Id("rome", "hris_locations"))),
        ];
        await here.SyncAsync(Rows.Employees, workers);
        (await IssuesAsync(here)).ShouldBe(["hris_employees.work_location_id of : null"]);
        var before = await here.StoredAsync(Rows.Employees);

        var locations = ModelCatalog.Default.Get("hris_locations");
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, workers);
        await here.WriteAsync(run, locations, new Row("berlin"));
        await here.FinishAsync(run, Rows.Employees, locations);

        (await IssuesAsync(here)).ShouldBe([$"hris_employees.work_location_id of {here.Id("e2")}: null"]);
        var after = await here.StoredAsync(Rows.Employees);
        after[0].ChangedAt.ShouldBeGreaterThan(before[0].ChangedAt);
        after[1].ChangedAt.ShouldBe(before[1].ChangedAt);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_key_is_kept_and_its_row_does_not_move_when_it_heals()
    {
        var here = fixture.NewScenario();
        var team = new Row("t1");
        var membership = new Row("m1", ("employee_id", here.Id("e1")), ("team_id", here.Id("t1", "hris_teams")));
        await SyncAsync(here, [new Row("e0")], team, membership);
        (await IssuesAsync(here)).ShouldBe([$"hris_join_employees_teams.employee_id of {here.Id("m1", "hris_join_employees_teams")}: kept"]);
        var before = await here.StoredAsync(Rows.Memberships, "m1");

        await SyncAsync(here, [new Row("e0"), new Row("e1")], team, membership);

        (await IssuesAsync(here)).ShouldBeEmpty();
        (await here.StoredAsync(Rows.Memberships, "m1")).ShouldBe(before);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_target_removed_by_hand_is_noticed_by_the_next_sync()
    {
        var here = fixture.NewScenario();
        var worker = new Row("e1", ("manager_id", here.Id("boss")));
        await here.SyncAsync(Rows.Employees, worker, new Row("boss"));
        await fixture.ExecuteAsync(
            "delete from kombo.hris_employees where integration_id = @IntegrationId and remote_id = 'boss'", new { here.IntegrationId });

        await here.SyncAsync(Rows.Employees, worker);

        (await IssuesAsync(here)).ShouldBe([$"hris_employees.manager_id of {here.Id("e1")}: null"]);
    }

    [Fact]
    public void A_record_whose_answer_must_embed_the_target_is_withheld()
    {
        var kinds = Reference.Of(ModelCatalog.Default).ToDictionary(reference => $"{reference.Model}.{reference.Field}", reference => reference.Kind);
        kinds["hris_employees.manager_id"].ShouldBe("null");
        kinds["hris_employments.employee_id"].ShouldBe("kept");
        foreach (var model in ModelCatalog.Default.Models)
            foreach (var relation in model.Relations.Where(relation => relation.Column is not null && !relation.Nullable))
                if (model.Find(relation.Column!)!.Nullable == false)
                    kinds[$"{model.Name}.{relation.Column}"].ShouldBe("withheld");
    }

    static async Task SyncAsync(Scenario here, Row[] employees, Row team, Row membership)
    {
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Memberships, membership); // order of arrival does not matter
        await here.WriteAsync(run, Rows.Employees, employees);
        await here.WriteAsync(run, Rows.Teams, team);
        await here.FinishAsync(run, Rows.Employees, Rows.Teams, Rows.Memberships);
    }

    Task<IReadOnlyList<string>> IssuesAsync(Scenario here) => fixture.ListAsync<string>("""
        select model || '.' || field || ' of ' || id || ': ' || kind from kombo.reference_issues
         where integration_id = @IntegrationId order by 1
        """, new { here.IntegrationId });
}
