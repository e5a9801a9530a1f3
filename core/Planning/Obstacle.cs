namespace Kombo.Core.Planning;

enum ObstacleKind
{
    /// <summary>Somebody wants it so.</summary>
    Suspended,

    /// <summary>Only an edit helps.</summary>
    NeedsEdit,

    /// <summary>May heal by itself.</summary>
    NotReady,

    /// <summary>The credentials were refused for too long; a request may still try.</summary>
    CredentialsRefused,
}

/// <summary>What keeps syncs from starting.</summary>
/// <param name="Reason">From <see cref="Resources.Reasons"/>.</param>
sealed record Obstacle(ObstacleKind Kind, string Reason, string Message)
{
    public bool BlocksRequests => Kind != ObstacleKind.CredentialsRefused;
}
