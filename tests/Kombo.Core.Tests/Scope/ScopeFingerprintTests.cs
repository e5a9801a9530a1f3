using Kombo.Core.Models;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using static Kombo.Core.Tests.Scope.CompiledScopeTests;

namespace Kombo.Core.Tests.Scope;

public class ScopeFingerprintTests
{
    static readonly Model Employees = ModelCatalog.Default.Get("hris_employees");
    static readonly Model Teams = ModelCatalog.Default.Get("hris_teams");

    [Fact]
    public void Is_sorted_bitmaps_of_the_provided_models_in_scope()
    {
        var scope = Compile(Named("hris_teams"), Named("hris_employees") with { Include = ["employee_number"], RemoteData = true });
        scope.Fingerprint([Teams, Employees]).Text.ShouldBe("hris_employees=28:0000001+;hris_teams=3:7");
        scope.Fingerprint([Teams]).Text.ShouldBe("hris_teams=3:7");
        scope.Fingerprint([ModelCatalog.Default.Get("ats_jobs")]).Text.ShouldBe("");
    }

    [Fact]
    public void Stays_small_with_all_models() => Compile(null).Fingerprint(ModelCatalog.Default.Models).Text.Length.ShouldBeLessThan(1500);

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

    [Theory]
    [InlineData("garbage", "hris_teams=3:7")]
    [InlineData("hris_teams=3:x", "hris_teams=3:1")]
    [InlineData("hris_teams=3:7;hris_teams=3:7", "hris_teams=3:1")]
    [InlineData("hris_teams=4:f", "hris_teams=3:7")]
    [InlineData("", "hris_teams=3:7")]
    public void What_cannot_be_compared_covers_nothing(string synced, string wanted) =>
        new ScopeFingerprint(synced).Covers(new ScopeFingerprint(wanted)).ShouldBeFalse();
}
