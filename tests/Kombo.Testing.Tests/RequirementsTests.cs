using Xunit.Abstractions;

namespace Kombo.Testing;

public sealed class RequirementsTests(ITestOutputHelper output)
{
    [Fact]
    public void What_is_missing_says_how_to_get_it()
    {
        foreach (var need in Enum.GetValues<Need>())
        {
            if (Requirements.Missing(need) is { } reason)
            {
                output.WriteLine(reason);
                reason.ShouldContain("run build/");
            }
        }
        Requirements.Missing(Need.None).ShouldBeNull();
    }

    [Fact]
    public void Nothing_is_skipped_in_continuous_integration() =>
        Enum.GetValues<Need>().ShouldAllBe(need => !Requirements.IsCi || Requirements.SkipReason(need) == null);
}
