using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;

namespace Kombo.Connectors.Manifest;

/// <summary>What is wrong with a definition file; reading goes on after each, so that all are found at once.</summary>
/// <param name="name">How messages call the file.</param>
sealed class ProblemList(string name)
{
    const int Most = 20;
    readonly List<Problem> problems = [];

    public bool IsEmpty => problems.Count == 0;

    public ImmutableArray<Problem> All => [.. problems];

    public void Add(YamlNode at, string message) => Add($"{at.Place}: {message}");

    public void Add(string message)
    {
        var problem = new Problem(Reasons.InvalidConnector, $"connector \"{name}\": {message}", NeedsEdit: true);
        if (problems.Count < Most && !problems.Contains(problem)) // records are compared by value
            problems.Add(problem);
    }
}
