namespace Kombo.Core.Runs;

/// <summary>What a run says of itself.</summary>
public static class RunRules
{
    /// <summary>Longest message in status, in characters; UTF-8 takes up to three bytes for each of ours.</summary>
    const int MessageLimit = 1000;

    /// <summary>0 to 99 while a run goes on; null where nothing is known.</summary>
    /// <param name="done">Streams that are finished.</param>
    /// <param name="streams">All of them.</param>
    /// <param name="read">Records of the current stream.</param>
    /// <param name="total">What the source says the current stream holds; null if it does not say.</param>
    public static int? Percent(int done, int streams, long read, long? total)
    {
        if (streams == 0 || (done == 0 && total is not > 0))
            return null;
        var current = total is > 0 ? Math.Min(1.0, (double)read / total.Value) : 0;
        return Math.Min(99, (int)Math.Floor((Math.Min(done, streams) + (done < streams ? current : 0)) * 100 / streams));
    }

    /// <summary>The last report of a run that is closed: its stored result, and where it stood.</summary>
    /// <param name="last">What this attempt reported before.</param>
    public static RunProgress Close(RunProgress stored, RunResult result, RunProgress last) =>
        result.MovesClock()
            ? stored with { Percent = 100, Pages = last.Pages }
            : stored with { Percent = last.Percent, Pages = last.Pages, Model = last.Model };

    /// <summary>A message that fits into status.</summary>
    public static string Cut(string message) =>
        message.Length <= MessageLimit ? message : string.Concat(message.AsSpan(0, MessageLimit - 1), "…");
}
