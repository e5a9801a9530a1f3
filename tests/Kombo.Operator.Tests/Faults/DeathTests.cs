using System.Collections.Concurrent;
using Kombo.Testing;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>The operator dies at each of its story's calls that write to the API server or the database, before and after it
/// takes effect; another one takes over. Real API server, real database.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class DeathTests(FaultPlane plane, ITestOutputHelper output)
{
    const int AtATime = 14;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);
    static readonly string[] Triggers = ["Initial", "Manual", "Manual", "Schedule"];

    // How often every story has it, and how often it may have it.
    static readonly (string Call, int Certain, int Possible)[] Writes =
    [
        ("create V1ServiceAccount", 1, 1),
        ("create V1RoleBinding", 1, 1),
        ("upsert of the integration", 4, 6),
        ("create V1Job", 4, 4),
        ("patch status of V1Alpha1Integration", 5, 9), // one for two where they come at once
        ("patch V1Job", 3, 4),
        ("acceptance of a request", 1, 1),
        ("answer to a request", 1, 1),
        ("delete V1Job", 1, 1), // the three before it are kept
    ];

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_slot_and_a_token_get_one_job_at_whichever_call_the_operator_dies()
    {
        var deaths = Writes.SelectMany(write => Enumerable.Range(1, write.Possible).SelectMany(at => new[] { "before", "after" }
            .Select(side => (Death: new Death(at, $"{side} {write.Call}"), IsCertain: at <= write.Certain)))).ToList();
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(
            deaths,
            new ParallelOptions { MaxDegreeOfParallelism = AtATime },
            async (life, _) =>
            {
                var (death, isCertain) = life;
                try
                {
                    await LiveAsync(death, isCertain);
                }
                catch (Exception exception)
                {
                    failures.Enqueue($"{death}: {exception.Message}");
                }
            });
        output.WriteLine($"{deaths.Count(life => life.Death.HasCome)} of {deaths.Count} died");
        failures.ShouldBeEmpty();
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task Killed_whenever_it_has_made_a_job_it_makes_none_twice()
    {
        await using var story = await Story.BeginAsync(plane);
        var telling = story.TellAsync();
        for (var made = 0; !telling.IsCompleted; made = story.Chronicle.Jobs.Count)
        {
            await using var running = plane.StartProcess(story.Namespace);
            await Task.WhenAny(
                telling, story.Chronicle.UntilAsync(() => story.Chronicle.Jobs.Count > made, "another Job is made"));
            if (!telling.IsCompleted)
                running.Kill();
        }
        await telling;
        story.ShouldBeRight(Triggers);
    }

    /// <param name="isCertain">It comes, if not before the story is told then with an answer that is on the way.</param>
    async Task LiveAsync(Death death, bool isCertain)
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
            var telling = story.TellAsync();
            await using (await InProcessOperator.StartAsync(setup with { Death = death }))
            {
                await Task.WhenAny(telling, death.Come);
                if (isCertain && !telling.IsFaulted)
                    await Eventually.BecomesAsync(() => death.HasCome, Deadline, "every story has this step");
            }
            await using var successor = death.HasCome ? await InProcessOperator.StartAsync(setup) : null;
            await telling;
            story.ShouldBeRight(Triggers);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{exception.Message}\n{story.Chronicle}\n{log}", exception);
        }
    }
}
