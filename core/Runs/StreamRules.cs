using System.Collections.Immutable;
using System.Globalization;

namespace Kombo.Core.Runs;

/// <summary>What became of one stream of the source.</summary>
/// <param name="Models">Those in scope that are read from it.</param>
/// <param name="Incomplete">Why it does not count as completely read, with the remedy; null if it does.</param>
public sealed record StreamSummary(string Stream, ImmutableArray<string> Models, string? Incomplete);

/// <summary>When a stream counts as completely read. Only completely read models may lose records.</summary>
public static class StreamRules
{
    /// <summary>More errors than this share of the records read make a stream incomplete.</summary>
    public const double DefaultErrorShare = 0.1;

    /// <summary>Up to this many errors a stream is never incomplete for their share alone.</summary>
    const int ToleratedErrors = 5;

    /// <summary>Judges the record errors of a stream so far.</summary>
    /// <param name="read">Records, those with errors included.</param>
    /// <param name="unidentified">Errors of records whose id cannot be read: a record that is in the mirror may be among
    /// them, so that nothing can be said to have vanished.</param>
    /// <returns>Why the stream is incomplete; null if it is not.</returns>
    public static string? JudgeErrors(long read, long errors, long unidentified, double errorShare) => (read, errors, unidentified) switch
    {
        (_, _, > 0) => Say($"{unidentified} of {read} records have no readable id; see kombo.record_errors, and mend them in the source or the id path of the connector"),
        (_, > ToleratedErrors, _) when errors > read * errorShare =>
            Say($"{errors} of {read} records could not be stored; see kombo.record_errors, and mend them in the source or the connector's mapping"),
        _ => null,
    };

    /// <summary>Why a stream is incomplete whose list the source refused.</summary>
    /// <param name="detail">The source's answer, safe to show.</param>
    public static string Refused(RunFault fault, string detail) => fault switch
    {
        RunFault.Forbidden => $"{detail}; give the credentials the right to read it, or leave the model out of spec.scope",
        RunFault.NotFound => $"{detail}; check spec.parameters, or leave the model out of spec.scope",
        _ => detail,
    };

    static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
