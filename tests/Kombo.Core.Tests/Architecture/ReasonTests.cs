using System.Reflection;
using System.Text.RegularExpressions;
using Kombo.Core.Resources;

namespace Kombo.Core.Tests.Architecture;

/// <summary>Reasons are API: what somebody may meet in a condition or an Event is on the page that explains it.</summary>
public sealed partial class ReasonTests
{
    static readonly string Page = Repository.Text("docs/integration.md");

    [Fact]
    public void Every_reason_is_documented()
    {
        var reasons = typeof(Reasons).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);
        reasons.Where(reason => !IsNamed(reason)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_condition_type_is_documented_or_told_not_to_be_set()
    {
        var types = typeof(ConditionTypes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);
        var deviations = Repository.Text("docs/decisions/0011-where-kombo-differs.md");
        types.Where(type => !Page.Contains($"| {type} |", StringComparison.Ordinal) && !deviations.Contains($"{type} is never set", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Every_reason_of_an_Event_is_documented()
    {
        var told = Directory.EnumerateFiles(Path.Combine(Repository.Root, "core", "Planning"), "*.cs")
            .SelectMany(file => Told().Matches(File.ReadAllText(file)))
            .SelectMany(note => Name().Matches(note.Value)).Select(name => name.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        told.Count.ShouldBeGreaterThan(15, "the pattern finds them");
        told.Where(reason => !IsNamed(reason)).ShouldBeEmpty();
    }

    static bool IsNamed(string reason) => Regex.IsMatch(Page, $@"\b{reason}\b");

    // .Note(warning, "Reason" or a choice of two; and (warning, "Reason") where it is chosen before.
    [GeneratedRegex("""\.Note\([^,]+, [^,]*|\((?:true|false|!?\w+(?:\.\w+)*), [^()]*?"[A-Z]\w+"[^()]*?\)""")]
    private static partial Regex Told();

    [GeneratedRegex("\"([A-Z][a-z]+[A-Za-z]*)\"")]
    private static partial Regex Name();
}
