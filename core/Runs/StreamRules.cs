using System.Globalization;

namespace Kombo.Core.Runs;

/// <param name="Read">Records, those with errors included.</param>
/// <param name="Errors">Records that could not be stored.</param>
/// <param name="Unidentified">Of these, the ones whose id cannot be read: any record of the mirror may be among them.</param>
/// <param name="IsLast">The stream is read to its end, so that shares can be judged.</param>
public sealed record StreamErrors(long Read, long Errors, long Unidentified, bool IsLast);

/// <summary>When a stream counts as completely read. Only completely read models may lose records.</summary>
public static class StreamRules
{
    /// <summary>More errors than this share of the records read make a stream incomplete.</summary>
    public const double DefaultErrorShare = 0.1;

    /// <summary>Up to this many errors a stream is never incomplete for their share alone.</summary>
    const int ToleratedErrors = 5;

    /// <summary>Judges the record errors of a stream.</summary>
    /// <param name="type">A delta sync concludes nothing from what does not come, so that ids do not matter to it.</param>
    /// <param name="seen">So far.</param>
    /// <returns>Why the stream is incomplete; null if it is not.</returns>
    public static string? JudgeErrors(SyncType type, StreamErrors seen, double errorShare) => seen switch
    {
        { Unidentified: > 0 } when type == SyncType.Full =>
            "some records have no readable id, so that none can be said to have vanished; see kombo.record_errors, "
            + "and mend them in the source or the id path of the connector",
        { IsLast: true, Errors: > ToleratedErrors } when seen.Errors > seen.Read * errorShare => string.Create(
            CultureInfo.InvariantCulture,
            $"{seen.Errors} of {seen.Read} records could not be stored; see kombo.record_errors, and mend them in the source or the connector's mapping"),
        _ => null,
    };

    /// <summary>Why a stream is incomplete whose list the source refused.</summary>
    /// <param name="detail">The source's answer, safe to show.</param>
    public static string Refused(RunFault fault, string detail) => fault switch
    {
        RunFault.Forbidden => $"{detail}: give the credentials the right to read it",
        RunFault.NotFound => $"{detail}: check spec.parameters",
        _ => detail,
    };
}
