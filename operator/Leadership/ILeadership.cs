namespace Kombo.Operator.Leadership;

/// <summary>Whether this process may write. Several may watch; one acts.</summary>
interface ILeadership
{
    /// <summary>Cheap: asked before each write.</summary>
    bool IsLeader { get; }

    /// <summary>The lead was had, and what renews it hangs.</summary>
    bool IsOverrun { get; }

    /// <summary>Cancelled when the lead was had and is lost: everything must end at once, this process too.</summary>
    CancellationToken Lost { get; }

    /// <summary>Waits for the lead, which is then held until it is lost or given back.</summary>
    Task AcquireAsync(CancellationToken cancellationToken);

    /// <summary>Gives the lead back, after all work has stopped.</summary>
    Task ReleaseAsync();
}

/// <summary>The only operator there is, as in standalone mode.</summary>
sealed class SoleLeader : ILeadership
{
    public bool IsLeader => true;

    public bool IsOverrun => false;

    public CancellationToken Lost => CancellationToken.None;

    public Task AcquireAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReleaseAsync() => Task.CompletedTask;
}
