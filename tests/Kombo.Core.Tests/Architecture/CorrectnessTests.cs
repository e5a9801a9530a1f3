using System.Text.RegularExpressions;

namespace Kombo.Core.Tests.Architecture;

/// <summary>docs/correctness.md and docs/operator-rules.md promise tests.</summary>
public sealed partial class CorrectnessTests
{
    [Theory]
    [InlineData("docs/correctness.md")]
    [InlineData("docs/operator-rules.md")]
    public void Every_test_that_the_page_names_is_there(string page)
    {
        // A class may have parts: LeaderElectorTests.Holding.cs
        var classes = Repository.Sources
            .Where(path => path.StartsWith("tests/", StringComparison.Ordinal))
            .ToLookup(path => Path.GetFileName(path).Split('.')[0], Repository.Text);
        var promises = Promise().Matches(Repository.Text(page));
        promises.Count.ShouldBeGreaterThan(30, "the page or its form is another one");
        foreach (Match promise in promises)
        {
            var name = promise.Groups["class"].Value;
            classes.Contains(name).ShouldBeTrue($"there is no class {name}");
            foreach (Capture test in promise.Groups["test"].Captures)
                classes[name].Any(text => text.Contains($" {test.Value}(", StringComparison.Ordinal))
                    .ShouldBeTrue($"{name} has no test {test.Value}");
        }
    }

    // `SomeTests`: `One_test`, `Another_test`
    [GeneratedRegex("`(?<class>\\w+(?:Tests|Contract|Simulation))`(?:: `(?<test>\\w+)`(?:, `(?<test>\\w+)`)*)?")]
    private static partial Regex Promise();
}
