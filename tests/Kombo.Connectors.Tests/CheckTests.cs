using System.Collections.Immutable;
using Kombo.Core.Models;
using Kombo.Core.Resources;
using Kombo.Core.Scope;

namespace Kombo.Connectors.Tests;

public sealed class CheckTests
{
    static readonly ConnectorDefinition Scim = BuiltInDefinitions.Find("scim")!; // built in
    static readonly ConnectorDefinition Sandbox = BuiltInDefinitions.Find("sandbox")!; // built in

    static IntegrationSpec Spec(params (string Name, string Value)[] parameters) => new()
    {
        Connector = "scim",
        Parameters = parameters.ToImmutableSortedDictionary(pair => pair.Name, pair => pair.Value),
        Credentials = new CredentialsSource(new LocalReference("acme")),
    };

    static readonly IntegrationSpec Good = Spec(("baseUrl", "https://idp.example/scim/v2"));

    public static TheoryData<string, IntegrationSpec, string[]?, string?> Rules => new()
    {
        { "bearer", Good, ["token"], null },
        { "basic", Good, ["username", "password"], null },
        { "more keys than needed", Good, ["token", "other"], null },
        { "Secret not there yet", Good, null, null },
        { "no parameters at all", Good with { Parameters = null }, ["token"], "InvalidSpec: spec.parameters: connector \"scim\" needs \"baseUrl\" (Address of the SCIM service, without /Users); add it" },
        { "mistyped parameter", Spec(("baseURL", "https://a.example")), ["token"], "InvalidSpec: spec.parameters.baseURL: connector \"scim\" has no such parameter; did you mean \"baseUrl\"?\nInvalidSpec: spec.parameters: connector \"scim\" needs \"baseUrl\" (Address of the SCIM service, without /Users); add it" },
        { "unknown parameter", Spec(("baseUrl", "https://a.example"), ("colour", "red")), ["token"], "InvalidSpec: spec.parameters.colour: connector \"scim\" has no such parameter; it has: baseUrl, supportsFilter" },
        { "value of a wrong form", Spec(("baseUrl", "idp.example")), ["token"], "InvalidSpec: spec.parameters.baseUrl: must match ^https?://[^?#]+$ (Address of the SCIM service, without /Users): correct it" },
        { "value of a wrong type", Spec(("baseUrl", "https://a.example"), ("supportsFilter", "maybe")), ["token"], "InvalidSpec: spec.parameters.supportsFilter: must be \"true\" or \"false\"" },
        { "secret among the parameters", Spec(("baseUrl", "https://a.example"), ("token", "x")), ["token"], "InvalidSpec: spec.parameters.token: is a secret; take it out here and put it into the Secret that spec.credentials.secretRef names, under the key \"token\"" },
        { "no Secret named", Good with { Credentials = null }, null, "CredentialsNotFound: spec.credentials.secretRef: connector \"scim\" needs a Secret with the keys either \"token\", or \"username\" and \"password\"; create one and name it here" },
        { "key missing", Good, ["username"], "CredentialsNotFound: Secret \"acme\": connector \"scim\" needs the keys either \"token\", or \"username\" and \"password\"; add what is missing" },
        { "model that the connector lacks", Good with { Scope = new ScopeSpec([new ScopeModelSpec("hris_absences")]) }, ["token"], "InvalidScope: spec.scope.models: connector \"scim\" has no hris_absences; take it out, it has: hris_teams, hris_employees" },
        { "model that nobody has", Good with { Scope = new ScopeSpec([new ScopeModelSpec("hris_dragons")]) }, ["token"], null },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Checks(string rule, IntegrationSpec spec, string[]? keys, string? expected) =>
        string.Join('\n', Scim.Check(spec, keys).Select(problem => $"{problem.Reason}: {problem.Message}")).ShouldBe(expected ?? "", rule);

    [Fact]
    public void A_missing_key_may_still_come_but_a_wrong_parameter_needs_an_edit()
    {
        Scim.Check(Good, []).Single().NeedsEdit.ShouldBeFalse();
        Scim.Check(Spec(), ["token"]).Single().NeedsEdit.ShouldBeTrue();
    }

    static CompiledScope Scope(params string[] models) =>
        CompiledScope.Compile(new ScopeSpec([.. models.Select(model => new ScopeModelSpec(model))]), ModelCatalog.Default).Scope!; // compiles

    [Fact]
    public void Delta_covers_what_is_read_by_change_time_or_cheaply()
    {
        var facts = Sandbox.Facts(new IntegrationSpec(), CompiledScope.Everything(ModelCatalog.Default));
        facts.ShouldSatisfyAllConditions(() => facts.SupportsDelta.ShouldBeTrue(), () => facts.DeltaCoversScope.ShouldBeTrue(), () => facts.Name.ShouldBe("sandbox"));
    }

    [Fact]
    public void A_parameter_can_switch_delta_off()
    {
        var everything = CompiledScope.Everything(ModelCatalog.Default);
        var without = Scim.Facts(Spec(("supportsFilter", "false")), everything);
        (without.SupportsDelta, without.DeltaCoversScope).ShouldBe((false, false));
        Scim.Facts(Good, everything).SupportsDelta.ShouldBeTrue("it is on where nobody says otherwise");
    }

    [Fact]
    public void Cheap_models_alone_make_no_delta()
    {
        var facts = Sandbox.Facts(new IntegrationSpec(), Scope("hris_teams", "hris_locations"));
        (facts.SupportsDelta, facts.DeltaCoversScope).ShouldBe((false, true));
    }

    [Fact]
    public void The_identity_is_the_connector_with_its_identity_parameters()
    {
        Scim.Facts(Good, Scope("hris_teams")).Identity.ShouldBe("scim baseUrl=https://idp.example/scim/v2");
        Scim.Facts(Spec(("baseUrl", "https://idp.example/scim/v2"), ("supportsFilter", "false")), Scope("hris_teams")).Identity
            .ShouldBe("scim baseUrl=https://idp.example/scim/v2");
    }

    [Fact]
    public void A_session_without_what_it_needs_is_refused_by_name()
    {
        var error = Should.Throw<SourceException>(() => TestSession.Open(Scim, "https://idp.example", TestSession.Settings with { Credentials = SourceCredentials.None }));
        error.Kind.ShouldBe(SourceFailure.Configuration);
        error.Message.ShouldContain("either \"token\", or \"username\" and \"password\"");
    }
}
