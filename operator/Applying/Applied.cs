using Kombo.Core.Planning;

namespace Kombo.Operator.Applying;

/// <summary>What became of a plan's steps.</summary>
abstract record Applied
{
    Applied() // closed: the cases below are all there are
    {
    }

    /// <summary>All is done.</summary>
    public sealed record Done : Applied;

    /// <summary>The Integration's namespace is going away, and it with it.</summary>
    public sealed record Gone : Applied;

    /// <summary>What was decided on is another by now: look again.</summary>
    public sealed record Outdated : Applied;

    /// <summary>Another owner's Job has the name of the run: the slot is skipped.</summary>
    public sealed record NameTaken(StartRun Run, string Message) : Applied;

    /// <summary>The API server refuses the Job; asking again at once would not help.</summary>
    public sealed record Refused(StartRun Run, Problem Problem) : Applied;
}
