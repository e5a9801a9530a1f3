using Kombo.Core.Models;
using Kombo.Core.Resources;
using Kombo.Core.Scope;

namespace Kombo.Core.Tests.Scope;

public class CompiledScopeTests
{
    static readonly ModelCatalog Catalog = ModelCatalog.Default;

    [Fact]
    public void Without_models_everything_but_the_sensitive_fields_is_in()
    {
        var scope = Compile(null);
        foreach (var model in Catalog.Models)
        {
            scope.Includes(model).ShouldBeTrue(model.Name);
            scope.RemoteData(model).ShouldBeFalse(model.Name);
            for (var i = 0; i < model.Fields.Length; i++)
                scope.Includes(model, i).ShouldBe(!model.Fields[i].Sensitive, $"{model}.{model.Fields[i].Name}");
        }
    }

    [Fact]
    public void The_sensitive_fields_are_those_of_employees_and_no_others() =>
        Catalog.Models.SelectMany(model => model.Fields.Where(field => field.Sensitive), (model, field) => $"{model}.{field.Name}")
            .Order(StringComparer.Ordinal).ShouldBe(
            [
                "hris_employees.bank_accounts", "hris_employees.date_of_birth", "hris_employees.ethnicity",
                "hris_employees.gender", "hris_employees.home_address", "hris_employees.marital_status",
                "hris_employees.mobile_phone_number", "hris_employees.nationality", "hris_employees.personal_email",
                "hris_employees.ssn", "hris_employees.tax_id",
            ]);

    [Fact]
    public void Named_models_leave_the_others_out()
    {
        var scope = Compile(Named("hris_employees"));
        Models(scope).ShouldBe(["hris_employees"]);
        scope.Includes(Catalog.Get("hris_teams"), 0).ShouldBeFalse();
    }

    [Fact]
    public void A_join_is_in_when_all_that_it_links_are()
    {
        Models(Compile(Named("hris_employees"), Named("hris_teams")))
            .ShouldBe(["hris_employees", "hris_join_employees_teams", "hris_teams"]);
        Models(Compile(Named("ats_users"), Named("ats_roles"))).ShouldBe(["ats_join_users_roles", "ats_roles", "ats_users"]);
        Models(Compile(Named("ats_users"), Named("ats_roles"), Named("ats_jobs")))
            .ShouldContain("ats_join_user_job_role_assignments");
    }

    [Fact]
    public void Embedded_models_are_in_when_named()
    {
        Models(Compile(Named("ats_jobs"))).ShouldBe(["ats_jobs"]);
        Models(Compile(Named("ats_jobs"), Named("ats_screening_questions")))
            .ShouldBe(["ats_jobs", "ats_join_jobs_screening_questions", "ats_screening_questions"]);
    }

    [Fact]
    public void Include_means_exactly_these() =>
        Fields(Compile(Named("hris_employees") with { Include = ["first_name", "last_name"] }), "hris_employees")
            .ShouldBe(["first_name", "last_name"]);

    [Fact]
    public void Exclude_means_all_but_these_and_the_sensitive()
    {
        var fields = Fields(Compile(Named("hris_employees") with { Exclude = ["avatar", "ssn"] }), "hris_employees");
        fields.ShouldNotContain("avatar");
        fields.ShouldNotContain("ssn");
        fields.ShouldContain("first_name");
        fields.Length.ShouldBe(28 - 11 - 1);
    }

    [Fact]
    public void Include_sensitive_adds_to_the_others()
    {
        Fields(Compile(Named("hris_employees") with { Include = ["last_name"], IncludeSensitive = ["date_of_birth"] }),
            "hris_employees").ShouldBe(["last_name", "date_of_birth"]);
        Fields(Compile(Named("hris_employees") with { IncludeSensitive = ["ssn"] }), "hris_employees").Length.ShouldBe(28 - 10);
    }

    [Fact]
    public void Remote_data_is_asked_for_per_model()
    {
        var scope = Compile(Named("hris_employees") with { RemoteData = true }, Named("hris_teams"));
        scope.RemoteData(Catalog.Get("hris_employees")).ShouldBeTrue();
        scope.RemoteData(Catalog.Get("hris_teams")).ShouldBeFalse();
    }

    public static TheoryData<ScopeModelSpec[], string[]> Wrong => new()
    {
        { [], ["spec.scope.models: is empty, so nothing would be synced: name at least one model, or leave models out for all"] },
        { [Named("hris_employes")], ["spec.scope.models: \"hris_employes\" is not a model; did you mean \"hris_employees\"?"] },
        { [Named("payroll")], ["spec.scope.models: \"payroll\" is not a model"] },
        {
            [Named("hris_teams"), Named("hris_teams")],
            ["spec.scope.models: \"hris_teams\" is named twice: put its settings into one entry"]
        },
        {
            [Named("hris_join_employees_teams")],
            ["spec.scope.models: \"hris_join_employees_teams\" cannot be named: it is in scope when hris_employees and hris_teams "
                + "are; leave it out"]
        },
        {
            [Named("hris_employees") with { Include = ["firstName"] }],
            ["spec.scope.models[hris_employees].include: hris_employees has no field \"firstName\"; did you mean \"first_name\"?"]
        },
        {
            [Named("hris_employees") with { Include = ["avatar"], Exclude = ["ssn"] }],
            ["spec.scope.models[hris_employees]: has both include and exclude: keep one of them"]
        },
        {
            [Named("hris_employees") with { Include = ["ssn"] }],
            ["spec.scope.models[hris_employees].include: ssn is a sensitive field: name it in includeSensitive instead"]
        },
        {
            [Named("hris_employees") with { IncludeSensitive = ["avatar"] }],
            ["spec.scope.models[hris_employees].includeSensitive: avatar is not a sensitive field: take it out here (it is in "
                + "unless include or exclude leave it out)"]
        },
        {
            [Named("hris_employees") with { Exclude = ["ssn"], IncludeSensitive = ["ssn"] }],
            ["spec.scope.models[hris_employees].exclude: ssn is in includeSensitive as well: keep it in one of the two"]
        },
        {
            [Named("hris_absences") with { Exclude = ["employee_id"] }],
            ["spec.scope.models[hris_absences].exclude: employee_id cannot be left out, because each of hris_absences must say its "
                + "hris_employees: take it out of exclude, or leave hris_absences out"]
        },
        {
            [Named("hris_absences") with { Include = ["status"] }],
            ["spec.scope.models[hris_absences].include: employee_id cannot be left out, because each of hris_absences must say its "
                + "hris_employees: add it to include, or leave hris_absences out"]
        },
        {
            [Named("hris_team"), Named("hris_employees") with { Exclude = ["avatr"] }],
            [
                "spec.scope.models: \"hris_team\" is not a model; did you mean \"hris_teams\"?",
                "spec.scope.models[hris_employees].exclude: hris_employees has no field \"avatr\"; did you mean \"avatar\"?",
            ]
        },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void All_that_is_wrong_is_told_at_once(ScopeModelSpec[] models, string[] messages)
    {
        var result = CompiledScope.Compile(new ScopeSpec([.. models]), Catalog);
        result.Scope.ShouldBeNull();
        result.Problems.Select(problem => problem.Message).ShouldBe(messages);
        result.Problems.ShouldAllBe(problem => problem.NeedsEdit && problem.Reason == Reasons.InvalidScope);
    }

    internal static ScopeModelSpec Named(string name) => new(name);

    internal static CompiledScope Compile(params ScopeModelSpec[]? models)
    {
        var result = CompiledScope.Compile(models is null ? null : new ScopeSpec([.. models]), Catalog);
        result.Problems.ShouldBeEmpty();
        return result.Scope.ShouldNotBeNull();
    }

    static string[] Models(CompiledScope scope) =>
        [.. Catalog.Models.Where(model => scope.Includes(model)).Select(model => model.Name).Order(StringComparer.Ordinal)];

    static string[] Fields(CompiledScope scope, string name)
    {
        var model = Catalog.Get(name);
        return [.. Enumerable.Range(0, model.Fields.Length).Where(i => scope.Includes(model, i)).Select(i => model.Fields[i].Name)];
    }
}
