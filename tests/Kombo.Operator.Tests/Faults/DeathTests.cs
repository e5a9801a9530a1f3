using System.Collections.Concurrent;
using Kombo.Testing;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>The operator dies at each of a tale's calls that write to the API server or the database, before and after it
/// takes effect; another one takes over. Real API server, real database.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class DeathTests(FaultPlane plane, ITestOutputHelper output)
{
    const int AtATime = 18; // they mostly wait
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [RequiresFact(FaultPlane.Needs)]
    public Task A_slot_and_a_token_get_one_job_at_whichever_call_the_operator_dies() => DieAsync(Tales.Life);

    [RequiresFact(FaultPlane.Needs)]
    public Task A_failure_events_and_a_pause_go_on_at_whichever_call_the_operator_dies() => DieAsync(Tales.Trouble);

    [RequiresFact(FaultPlane.Needs)]
    public Task A_narrower_scope_and_a_deletion_purge_once_at_whichever_call_the_operator_dies() => DieAsync(Tales.End);

    [RequiresFact(FaultPlane.Needs)]
    public async Task Killed_whenever_it_has_made_a_job_it_makes_none_twice()
    {
        await using var story = await Story.BeginAsync(plane);
        var telling = Tales.Life.TellAsync(story);
        for (var made = 0; !telling.IsCompleted; made = story.Chronicle.Jobs.Count)
        {
            await using var running = plane.StartProcess(story.Namespace);
            await Task.WhenAny(
                telling, story.Chronicle.UntilAsync(() => story.Chronicle.Jobs.Count > made, "another Job is made"));
            if (!telling.IsCompleted)
                running.Kill();
        }
        await telling;
        await Tales.Life.ShouldBeRightAsync(story);
    }

    /// <summary>One life that has all of the tale, and one for each end.</summary>
    async Task DieAsync(Tale tale)
    {
        var whole = new Death(at: 0);
        List<(Death Death, Func<bool> IsOver)> lives = [(whole, () => !tale.Miscounted(whole).Any()), .. Deaths(tale)];
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(
            lives,
            new ParallelOptions { MaxDegreeOfParallelism = AtATime },
            async (life, _) =>
            {
                try
                {
                    await LiveAsync(tale, life.Death, life.IsOver);
                }
                catch (Exception exception)
                {
                    failures.Enqueue($"{life.Death}: {exception.Message}");
                }
            });
        output.WriteLine($"{lives.Count(life => life.Death.HasCome)} of {lives.Count} died");
        failures.ShouldBeEmpty();
    }

    static IEnumerable<(Death Death, Func<bool> IsOver)> Deaths(Tale tale)
    {
        foreach (var write in tale.Writes.Where(write => !write.IsTriedElsewhere))
            for (var at = 1; at <= write.Possible; at++)
                foreach (var side in new[] { "before", "after" })
                {
                    var (death, isCertain) = (new Death(at, $"{side} {write.Call}"), at <= write.Certain);
                    yield return (death, () => death.HasCome || !isCertain);
                }
    }

    /// <param name="isOver">Becomes true, if not before the story is told then with an answer that is on the way.</param>
    async Task LiveAsync(Tale tale, Death death, Func<bool> isOver)
    {
        await using var story = await Story.BeginAsync(plane);
        var log = new LogLines();
        var setup = new OperatorSetup
        {
            Namespaces = story.Namespace,
            Client = plane.Client,
            Database = plane.Database,
            Log = log,
        };
        try
        {
            var telling = tale.TellAsync(story);
            await using (await InProcessOperator.StartAsync(setup with { Death = death }))
            {
                await Task.WhenAny(telling, death.Come);
                if (!telling.IsFaulted)
                    await Eventually.BecomesAsync(isOver, Deadline, "the story has what its table says");
            }
            await using var successor = death.HasCome ? await InProcessOperator.StartAsync(setup) : null;
            await telling;
            await tale.ShouldBeRightAsync(story);
            tale.Unknown(death).Concat(tale.Unknown(setup.Death)).ShouldBeEmpty("the tale names each kind of write");
        }
        catch (Exception exception)
        {
            var miscounted = string.Join("; ", tale.Miscounted(death));
            throw new InvalidOperationException($"{exception.Message}\n{miscounted}\n{story.Chronicle}\n{log}", exception);
        }
    }
}
