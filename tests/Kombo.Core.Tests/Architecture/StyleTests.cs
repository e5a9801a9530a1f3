using System.Text.RegularExpressions;

namespace Kombo.Core.Tests.Architecture;

public partial class StyleTests
{
    const int LongestFile = 300;

    [Fact]
    public void Files_are_short() => Repository.Sources
        .Select(path => (path, Lines: Repository.Text(path).AsSpan().Count('\n')))
        .Where(file => file.Lines > LongestFile).ShouldBeEmpty($"files of more than {LongestFile} lines: split them");

    [Fact]
    public void Folders_and_files_are_named_after_what_is_in_them() => Repository.Sources
        .Where(path => VagueName().IsMatch(path)).ShouldBeEmpty("no Utils, Helpers, Common, Managers or Misc");

    [Fact]
    public void Namespaces_are_folders()
    {
        foreach (var path in Repository.Sources.Where(path => !path.StartsWith("tests/", StringComparison.Ordinal)))
            if (Namespace().Match(Repository.Text(path)) is { Success: true } match)
                match.Groups[1].Value.ShouldBe(Expected(path), path);
    }

    [Fact]
    public void Tests_do_not_sleep() => Repository.Sources
        .Where(path => path.Contains(".Tests/", StringComparison.Ordinal) && Sleep().IsMatch(Repository.Text(path)))
        .ShouldBeEmpty("wait for a condition with a deadline, or move a clock by hand");

    [Fact]
    public void Code_carries_no_notes_to_self() => Repository.Sources
        .Where(path => Note().IsMatch(Repository.Text(path))).ShouldBeEmpty();

    static string Expected(string path)
    {
        var (name, file) = Repository.Projects
            .Where(project => path.StartsWith(Path.GetDirectoryName(project.Value)!.Replace('\\', '/') + "/", StringComparison.Ordinal)) // each is in a folder
            .MaxBy(project => project.Value.Length);
        var folders = path[(Path.GetDirectoryName(file)!.Length + 1)..].Split('/')[..^1];
        return string.Join('.', [name, .. folders]);
    }

    [GeneratedRegex("(^|/)(Utils?|Utilities|Helpers?|Common|Managers?|Misc)(/|\\.cs$)")]
    private static partial Regex VagueName();

    [GeneratedRegex("^namespace ([\\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    // By a clock that the test moves, or until it is cancelled.
    [GeneratedRegex("Thread\\.Sleep|Task\\.Delay\\((?![^;]*([cC]lock|Timeout\\.Infinite))")]
    private static partial Regex Sleep();

    [GeneratedRegex("//.*\\b(TO" + "DO|FIX" + "ME)\\b")]
    private static partial Regex Note();
}
