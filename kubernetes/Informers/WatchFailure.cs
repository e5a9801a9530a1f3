namespace Kombo.Kubernetes.Informers;

/// <summary>What to do after a watch failed. Pure.</summary>
internal enum WatchRemedy
{
    /// <summary>The version is too old: list at once.</summary>
    List,

    /// <summary>Wait, then go on from the same version.</summary>
    WaitAndWatch,

    /// <summary>Wait, then list.</summary>
    WaitAndList,
}

internal static class WatchFailure
{
    // A server that keeps answering 500 to a watch may answer a list.
    const int MaxServerErrors = 5;

    /// <param name="serverErrors">Errors 500 in a row, this one included.</param>
    public static WatchRemedy Remedy(KubernetesException failure, int serverErrors) => failure switch
    {
        { IsGone: true } => WatchRemedy.List,
        { IsTooManyRequests: true } or { IsConnectionFailure: true } or { Code: 503 or 504 or 502 } => WatchRemedy.WaitAndWatch,
        { Code: 500 } when serverErrors < MaxServerErrors => WatchRemedy.WaitAndWatch,
        _ => WatchRemedy.WaitAndList,
    };
}
