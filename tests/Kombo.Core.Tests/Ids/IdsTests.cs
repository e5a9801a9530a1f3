using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Kombo.Core.Ids;

namespace Kombo.Core.Tests.Ids;

public class IdsTests
{
    const string Pattern = "^[1-9A-HJ-NP-Za-km-z]{24}$";

    /// <summary>Ids are stored and given to clients: these texts never change.</summary>
    [Fact]
    public void Ids_are_stable_for_ever()
    {
        KomboIds.Record("bamboohr:x", "hris_employees", "42").ShouldBe("pGYxAcvjAon3K6pYCeHf8xS9");
        KomboIds.Integration("inst", "hr", "acme", "bamboohr").ShouldBe("bamboohr:XQaBwtqvu96T1XhNgr8f238w");
        KomboIds.Run("uid", "full", "init").ShouldBe("H6otg6V7Fju7zBcPYsx6fm3T");
    }

    [Fact]
    public void Ids_are_24_Base58_characters()
    {
        KomboIds.Record("a", "b", "c").ShouldMatch(Pattern);
        KomboIds.Run("a", "b", "c").ShouldMatch(Pattern);
        KomboIds.Integration("a", "b", "c", "scim").ShouldMatch("^scim:" + Pattern[1..]);
    }

    [Fact]
    public void What_differs_in_any_part_has_another_id()
    {
        string[] ids =
        [
            KomboIds.Record("a", "bc", "d"), KomboIds.Record("ab", "c", "d"), KomboIds.Record("a", "b", "cd"), KomboIds.Record("a", "bc", ""),
            KomboIds.Run("a", "bc", "d"), KomboIds.Integration("a", "bc", "d", ""), KomboIds.Integration("a", "bc", "d", "x")[2..],
        ];
        ids[..6].ShouldBeUnique();
        ids[6].ShouldBe(ids[5][1..], "the connector is the prefix, not part of the hash");
    }

    [Fact]
    public void Record_ids_with_the_prefix_encoded_once_are_the_same()
    {
        var ids = new RecordIds("bamboohr:x", "hris_employees");
        Prop.ForAll<NonNull<string>>(remoteId =>
        {
            var text = new string(remoteId.Get.Where(c => !char.IsSurrogate(c)).ToArray());
            ids.Of(text).ShouldBe(KomboIds.Record("bamboohr:x", "hris_employees", text));
        }).QuickCheckThrowOnFailure();
        ids.Of(new string('ä', 500)).ShouldBe(KomboIds.Record("bamboohr:x", "hris_employees", new string('ä', 500)));
        Span<byte> ascii = stackalloc byte[24];
        ids.Write("42", ascii);
        Encoding.ASCII.GetString(ascii).ShouldBe(ids.Of("42"));
    }
}
