using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Operator.Applying;

namespace Kombo.Operator;

/// <summary>Puts what the API server answered to a start into the observation, for the planner to decide.
/// Pure.</summary>
static class Refusals
{
    public static Observation Add(Observation seen, Problem problem) =>
        seen with { Problems = seen.Problems.Add(problem) };

    public static Observation Add(Observation seen, Applied applied) => applied switch
    {
        // As if the run had begun and failed at once: its slot is over, and the next one has another name.
        Applied.NameTaken(var run, var message) => seen with
        {
            Jobs = seen.Jobs.Add(new ObservedJob
            {
                Name = run.JobName,
                RunId = run.RunId,
                Type = run.Type,
                Trigger = run.Trigger,
                Token = run.Token,
                Slot = run.Slot,
                Scope = run.Scope,
                CreatedAt = seen.Now,
                Succeeded = false,
                FinishedAt = seen.Now,
                FailureReason = Reasons.JobNameConflict,
                FailureMessage = message,
            }),
        },
        Applied.Refused(_, var problem) => Add(seen, problem),
        _ => seen,
    };
}
