using System.Collections.Immutable;

namespace Kombo.Operator.Tests.Faults;

/// <summary>What happens to one Integration, and what the operator writes for it.</summary>
sealed record Tale
{
    /// <summary>Plays users, the API, workers and sources, from the beginning to the end.</summary>
    public required Func<Story, Task> TellAsync { get; init; }

    /// <summary>What must hold of this one in the end.</summary>
    public required Func<Story, Task> ShouldBeRightAsync { get; init; }

    /// <summary>All of them but Events, which nothing depends on.</summary>
    public required ImmutableArray<Write> Writes { get; init; }

    /// <returns>Steps of an operator that are no write of this tale.</returns>
    public IEnumerable<string> Unknown(Death death) => death.Log.Where(
        step => !step.Contains("Eventsv1Event", StringComparison.Ordinal) && !Writes.Any(write => write.Is(step)));

    /// <returns>What an operator that lived on did too rarely or too often, in words.</returns>
    public IEnumerable<string> Miscounted(Death death)
    {
        foreach (var write in Writes)
        {
            var count = death.Log.Count(step => step.StartsWith($"after {write.Call}", StringComparison.Ordinal));
            if (count < write.Certain || (count > write.Possible && !write.Repeats))
                yield return $"{write.Call}: {count} times, not {write.Certain} to {write.Possible}";
        }
    }
}

/// <param name="Call">How it begins.</param>
/// <param name="Certain">How often every telling has it.</param>
/// <param name="Possible">How often one may have it.</param>
sealed record Write(string Call, int Certain, int Possible)
{
    /// <summary>It may come more often, with each look; those are like the ones before.</summary>
    public bool Repeats { get; init; }

    /// <summary>Another tale has the operator die at it.</summary>
    public bool IsTriedElsewhere { get; init; }

    public bool Is(string step) => step.StartsWith($"before {Call}", StringComparison.Ordinal)
        || step.StartsWith($"after {Call}", StringComparison.Ordinal);
}
