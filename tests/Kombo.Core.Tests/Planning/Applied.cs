using Kombo.Core.Planning;

namespace Kombo.Core.Tests.Planning;

/// <summary>The cluster after a plan was applied.</summary>
static class Applied
{
    public static Observation To(Observation seen, Plan plan)
    {
        var jobs = seen.Jobs.ToList();
        foreach (var step in plan.Steps)
            if (step is Decision.StartRun { Run: var run })
                jobs.Add(Job(run, seen.Now));
            else if (step is Decision.DeleteJob delete)
                jobs.RemoveAll(job => job.Name == delete.JobName);
        var answered = plan.Steps.OfType<Decision.AnswerRequest>().Select(step => step.RunId).ToHashSet();
        var accepted = plan.Steps.OfType<Decision.AcceptRequest>().ToDictionary(step => step.RunId);
        var started = plan.Steps.OfType<Decision.StartRun>().Count();
        return seen with
        {
            Jobs = [.. jobs],
            ApiRequests =
            [
                .. seen.ApiRequests.Where(request => !answered.Contains(request.RunId))
                    .Select(request => accepted.TryGetValue(request.RunId, out var step)
                        ? new ObservedRequest(request.RunId, step.RunsAs, Accepted: true) : request),
            ],
            Capacity = new(seen.Capacity.Full - started, seen.Capacity.Delta - started),
            Integration = seen.Integration with { Status = plan.Status with { Progress = seen.Integration.Status.Progress } },
        };
    }

    public static ObservedJob Job(StartRun run, DateTimeOffset createdAt) => new()
    {
        Name = run.JobName,
        RunId = run.RunId,
        Type = run.Type,
        Trigger = run.Trigger,
        Token = run.Token,
        Slot = run.Slot,
        Scope = run.Scope,
        CreatedAt = createdAt,
        IsRunning = true,
    };
}
