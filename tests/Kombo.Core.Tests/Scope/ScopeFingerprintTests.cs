using Kombo.Core.Models;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Scope;
using static Kombo.Core.Tests.Scope.CompiledScopeTests;

namespace Kombo.Core.Tests.Scope;

public class ScopeFingerprintTests
{
    static readonly Model Employees = ModelCatalog.Default.Get("hris_employees");
    static readonly Model Teams = ModelCatalog.Default.Get("hris_teams");

    static readonly ModelCatalog Three = new([Employees, Teams, ModelCatalog.Default.Get("ats_jobs")]);

    [Fact]
    public void Is_sorted_bitmaps_of_the_provided_models_in_scope_and_names_what_is_out()
    {
        var spec = new ScopeSpec([Named("hris_teams"), Named("hris_employees") with { Include = ["employee_number"], RemoteData = true }]);
        var scope = CompiledScope.Compile(spec, Three).Scope!;
        scope.Fingerprint([Teams, Employees]).Text.ShouldBe("ats_jobs=-;hris_employees=28:1+;hris_teams=3:7");
        scope.Fingerprint([Teams]).Text.ShouldBe("ats_jobs=-;hris_teams=3:7", "the connector has no employees");
        scope.Fingerprint([]).Text.ShouldBe("ats_jobs=-");
    }

    [Fact]
    public void Stays_small_with_all_models_and_with_one()
    {
        Compile(null).Fingerprint(ModelCatalog.Default.Models).Text.Length.ShouldBeLessThan(1500);
        Compile(Named("hris_teams")).Fingerprint(ModelCatalog.Default.Models).Text.Length.ShouldBeLessThan(1500);
    }

    public static TheoryData<string, ScopeModelSpec[], ScopeModelSpec[], bool> Pairs => new()
    {
        { "equal", [Named("hris_teams")], [Named("hris_teams")], true },
        { "a model less", [Named("hris_teams"), Named("hris_employees")], [Named("hris_teams")], true },
        { "a model more", [Named("hris_teams")], [Named("hris_teams"), Named("hris_employees")], false },
        { "a field less", [Named("hris_teams")], [Named("hris_teams") with { Exclude = ["type"] }], true },
        { "a field more", [Named("hris_teams") with { Exclude = ["type"] }], [Named("hris_teams")], false },
        { "a field for another", [Named("hris_teams") with { Include = ["name"] }], [Named("hris_teams") with { Include = ["type"] }], false },
        { "a sensitive field more", [Named("hris_employees")], [Named("hris_employees") with { IncludeSensitive = ["ssn"] }], false },
        { "source records more", [Named("hris_teams")], [Named("hris_teams") with { RemoteData = true }], false },
        { "source records less", [Named("hris_teams") with { RemoteData = true }], [Named("hris_teams")], true },
        {
            "wider here, narrower there", [Named("hris_teams") with { Exclude = ["type"] }, Named("hris_employees")],
            [Named("hris_teams")], false
        },
    };

    [Theory, MemberData(nameof(Pairs))]
    public void Covers_what_is_not_wider(string change, ScopeModelSpec[] synced, ScopeModelSpec[] wanted, bool covers) =>
        Compile(synced).Fingerprint([Employees, Teams])
            .Covers(Compile(wanted).Fingerprint([Employees, Teams])).ShouldBe(covers, change);

    [Theory, MemberData(nameof(Pairs))]
    public void Forbids_what_is_wider(string change, ScopeModelSpec[] of, ScopeModelSpec[] stored, bool covers) =>
        Compile(of).Fingerprint([Employees, Teams])
            .Forbids(Compile(stored).Fingerprint([Employees, Teams])).ShouldBe(!covers, change);

    /// <summary>Scopes of one catalog and of a later one, and what the one says of the other.</summary>
    public static TheoryData<string, string, string, bool, bool> Catalogs => new()
    {
        // of a purge or of the spec; of what may be stored or wanted; forbids; covers
        { "a later one has a field more: nothing is forbidden", "hris_teams=3:7", "hris_teams=4:f", false, false },
        { "and the other way round", "hris_teams=4:f", "hris_teams=3:7", false, true },
        { "the field is out of scope", "hris_teams=4:7", "hris_teams=3:7", false, true },
        { "a field less is forbidden, whatever is new", "hris_teams=4:e", "hris_teams=3:7", true, false },
        { "so it is by an earlier one", "hris_teams=3:3", "hris_teams=4:f", true, false },
        { "of a field that is gone nothing is said", "hris_teams=3-2:5", "hris_teams=3:7", false, false },
        { "nor of one that was gone before", "hris_teams=3:5", "hris_teams=3-2:5", false, true },
        { "one that came after it is known", "hris_teams=4-2:5", "hris_teams=4:d", true, false },
        { "a model more", "hris_teams=3:7", "ats_tags=2:3;hris_teams=3:7", false, false },
        { "a model that is kept out is so with all fields it will have", "ats_tags=-;hris_teams=3:7", "ats_tags=9:100", true, false },
        { "also with none", "ats_tags=-", "ats_tags=2:0", true, false },
        { "what is kept out in both", "ats_tags=-", "ats_tags=-;hris_teams=-", false, true },
        { "what may be anything", "hris_teams=3:7", "*", true, false },
        { "what a later version wrote", "hris_teams=3:7", "hris_teams=~7", true, false },
    };

    [Theory, MemberData(nameof(Catalogs))]
    public void Is_compared_by_what_both_catalogs_know(string rule, string one, string other, bool forbids, bool covers)
    {
        var (mine, theirs) = (new ScopeFingerprint(one), new ScopeFingerprint(other));
        mine.Forbids(theirs).ShouldBe(forbids, rule);
        mine.Covers(theirs).ShouldBe(covers, rule);
    }

    [Theory]
    [InlineData("hris_teams=3:7", "hris_teams=3:1", "hris_teams=3:7", "hris_teams=3:1", "hris_teams=3:1")]
    [InlineData("hris_teams=3:7", "hris_teams=4:9", "hris_teams=4:f", "hris_teams=3:1", "hris_teams=3:1")]
    [InlineData("hris_teams=4:f", "hris_teams=3:1", "hris_teams=4:f", "hris_teams=3:1", "hris_teams=4:9")]
    [InlineData("hris_teams=3:7+", "hris_teams=-", "hris_teams=3:7+", "", "")]
    [InlineData("hris_teams=3:7+", "hris_teams=3:7", "hris_teams=3:7+", "hris_teams=3:7", "hris_teams=3:7")]
    [InlineData("ats_tags=2:3;hris_teams=3:7", "hris_teams=3:1", "ats_tags=2:3;hris_teams=3:7", "hris_teams=3:1", "ats_tags=2:3;hris_teams=3:1")]
    [InlineData("hris_teams=4-2:d", "hris_teams=3:3", "hris_teams=4:f", "hris_teams=3-2:1", "hris_teams=4-2:9")]
    [InlineData("*", "hris_teams=3:7", "*", "", "hris_teams=3:7")]
    [InlineData("*", "", "*", "", "")]
    public void Is_put_together(string one, string other, string union, string both, string without)
    {
        var (mine, theirs) = (new ScopeFingerprint(one), new ScopeFingerprint(other));
        mine.Union(theirs).Text.ShouldBe(union);
        mine.Intersect(theirs).Text.ShouldBe(both);
        mine.Without(theirs).Text.ShouldBe(without);
    }

    [Fact]
    public void A_field_that_a_later_catalog_has_in_between_changes_nothing_for_the_others()
    {
        var more = new Field("cost_center", FieldType.Text) { Nullable = true };
        var later = Teams with { Fields = Teams.Fields.Insert(1, more), Numbers = Teams.Numbers.Add("cost_center") };
        ScopeFingerprint Of(Model teams, ScopeModelSpec spec) =>
            CompiledScope.Compile(new([spec]), new([teams])).Scope!.Fingerprint([teams]);
        var stored = Of(Teams, Named("hris_teams"));

        Of(later, Named("hris_teams")).Text.ShouldBe("hris_teams=4:f");
        Of(later, Named("hris_teams")).Forbids(stored).ShouldBeFalse();
        Of(later, Named("hris_teams") with { Exclude = ["cost_center"] }).Covers(stored).ShouldBeTrue();
        Of(later, Named("hris_teams") with { Exclude = ["type"] }).Forbids(stored).ShouldBeTrue();
        var without = later with { Fields = later.Fields.RemoveAt(2) };
        Of(without, Named("hris_teams")).Text.ShouldBe("hris_teams=4-2:d");
        Of(without, Named("hris_teams")).Forbids(stored).ShouldBeFalse();
    }

    [Theory]
    [InlineData("garbage", "hris_teams=3:7")]
    [InlineData("hris_teams=3:x", "hris_teams=3:1")]
    [InlineData("hris_teams=3:7;hris_teams=3:7", "hris_teams=3:1")]
    [InlineData("hris_teams=99999:1", "hris_teams=3:1")]
    [InlineData("", "hris_teams=3:7")]
    public void What_cannot_be_read_covers_nothing(string synced, string wanted) =>
        new ScopeFingerprint(synced).Covers(new ScopeFingerprint(wanted)).ShouldBeFalse();
}
