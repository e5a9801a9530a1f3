namespace Kombo.Demo;

/// <summary>The story from start to end.</summary>
static class Demonstration
{
    /// <returns>0 if everything was so; 1 at the first thing that is not.</returns>
    public static async Task<int> RunAsync(string connection, CancellationToken cancellationToken)
    {
        var story = new Story();
        try
        {
            await using var stage = await Stage.SetAsync(connection, cancellationToken);
            await new FirstSync(stage, story).TellAsync(cancellationToken);
            await new Changes(stage, story).TellAsync(cancellationToken);
            await new Privacy(stage, story).TellAsync(cancellationToken);
            await new Failure(stage, story).TellAsync(cancellationToken);
            await story.StepAsync("Ctrl-C", "kombo up ends by itself and in order", () => stage.StopAsync());
            return story.End();
        }
        catch (CheckException problem)
        {
            return story.Break(problem.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("interrupted");
            return 130;
        }
        catch (Exception exception)
            when (exception is TimeoutException or InvalidOperationException or HttpRequestException or Npgsql.NpgsqlException)
        {
            return story.Break(exception.Message);
        }
    }
}

/// <summary>Something is not so.</summary>
sealed class CheckException(string message) : Exception(message);
