namespace Kombo.Core.Runs;

/// <summary>The values of <see cref="RunProgress.Phase"/>.</summary>
public static class RunPhase
{
    public const string Starting = "Starting";
    public const string Fetching = "Fetching";

    /// <summary>For the source, the database, the lease or the next attempt; <see cref="RunProgress.WaitingFor"/> says which.</summary>
    public const string Waiting = "Waiting";

    /// <summary>A full sync that lets a delta sync go first.</summary>
    public const string Paused = "Paused";
    public const string Deleting = "Deleting";
    public const string Purging = "Purging";
    public const string Validating = "Validating";
    public const string Finished = "Finished";
}
