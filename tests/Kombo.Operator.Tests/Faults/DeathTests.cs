using System.Collections.Concurrent;
using Kombo.Testing;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>The operator dies at its nth call of API server or database, for every n that its story has; another one takes
/// over. Real API server, real database.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class DeathTests(FaultPlane plane, ITestOutputHelper output)
{
    const int AtATime = 14;
    static readonly string[] Triggers = ["Initial", "Manual", "Manual", "Schedule"];

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_slot_and_a_token_get_one_job_at_whichever_call_the_operator_dies()
    {
        var whole = new Death(at: 0);
        await LiveAsync(whole);
        output.WriteLine($"the story has {whole.Steps} steps:\n{string.Join('\n', whole.Log)}");
        whole.Steps.ShouldBeGreaterThan(50);

        var (failures, died) = (new ConcurrentQueue<string>(), 0);
        await Parallel.ForEachAsync(
            Enumerable.Range(1, whole.Steps),
            new ParallelOptions { MaxDegreeOfParallelism = AtATime },
            async (at, _) =>
            {
                var death = new Death(at);
                try
                {
                    await LiveAsync(death);
                }
                catch (Exception exception)
                {
                    failures.Enqueue($"dead at step {at}, {death.Log.LastOrDefault()}: {exception.Message}");
                }
                if (death.HasCome)
                    Interlocked.Increment(ref died);
            });

        output.WriteLine($"{died} of {whole.Steps} died");
        failures.ShouldBeEmpty();
        died.ShouldBeGreaterThan(whole.Steps * 3 / 4, "what is done twice may vary, the story does not");
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

    async Task LiveAsync(Death death)
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
                await Task.WhenAny(telling, death.Come);
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
