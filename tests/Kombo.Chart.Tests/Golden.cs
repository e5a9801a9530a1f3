using Kombo.Testing;

namespace Kombo.Chart.Tests;

/// <summary>Files that say what comes out. UPDATE_GOLDEN=1 writes them anew, never in continuous integration.</summary>
static class Golden
{
    public static bool IsUpdate => Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1" && !Requirements.IsCi;

    public static async Task MatchesAsync(string actual, string file)
    {
        if (IsUpdate)
            await File.WriteAllTextAsync(file, actual);
        (File.Exists(file) ? await File.ReadAllTextAsync(file) : "").ShouldBe(
            actual, $"{Path.GetRelativePath(RepositoryRoot.Path, file)}; UPDATE_GOLDEN=1 writes it anew if the change is right");
    }
}
