using System.Text.RegularExpressions;

namespace Kombo.Core.Tests.Architecture;

/// <summary>docs/correctness.md promises tests.</summary>
public sealed partial class CorrectnessTests
{
    [Fact]
    public void Every_test_that_the_page_names_is_there()
    {
        var classes = Repository.Sources
            .Where(path => path.EndsWith("Tests.cs", StringComparison.Ordinal))
            .ToLookup(path => Path.GetFileNameWithoutExtension(path), Repository.Text);
        var promises = Promise().Matches(Repository.Text("docs/correctness.md"));
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
    [GeneratedRegex("`(?<class>\\w+Tests)`(?:: `(?<test>\\w+)`(?:, `(?<test>\\w+)`)*)?")]
    private static partial Regex Promise();
}
