namespace Kombo.Operator.Cluster;

/// <summary>Jobs that were made and deleted again before the informer saw them: no change tells of them, so their
/// Integrations are looked at again.</summary>
sealed class MissedJobs(StartedJobs started, WorkQueues queues, TimeProvider clock)
{
    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(StartedJobs.Trusted, clock, cancellationToken);
            foreach (var owner in started.OwnersOfUnseen())
                queues.Integrations.Add(owner);
        }
    }
}
