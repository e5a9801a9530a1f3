using System.Globalization;

namespace Kombo.Core.Runs;

/// <summary>What became of the records of one model in the pages read so far.</summary>
/// <param name="Mapped">Those that can be stored, each time that one came.</param>
/// <param name="Errors">Those that cannot.</param>
public sealed record ModelErrors(string Model, long Mapped, long Errors)
{
    public long Records => Mapped + Errors;
}

/// <summary>When a stream counts as completely read. Only completely read models may lose records.</summary>
public static class StreamRules
{
    /// <summary>More errors than this share of a model's records make its stream incomplete.</summary>
    public const double DefaultErrorShare = 0.1;

    /// <summary>Up to this many errors a stream is never incomplete for their share alone.</summary>
    const int ToleratedErrors = 5;

    /// <summary>Judges records whose id cannot be read: any record of the mirror may be among them.</summary>
    /// <param name="type">A delta sync concludes nothing from what does not come, so that ids do not matter to it.</param>
    /// <returns>Why the stream is incomplete; null if it is not.</returns>
    public static string? JudgeUnidentified(SyncType type, long records) => type == SyncType.Full && records > 0
        ? "some records have no readable id, so that none can be said to have vanished; see kombo.record_errors, "
            + "and mend them in the source or the id path of the connector"
        : null;

    /// <summary>Judges the record errors of a stream that was read to its end. Each model by itself: a source record that
    /// feeds six of them and cannot be read is one error of each.</summary>
    /// <returns>Why the stream is incomplete, by the worst of its models; null if it is not.</returns>
    public static string? JudgeErrors(IEnumerable<ModelErrors> models, double errorShare)
    {
        var worst = models.Where(model => model.Errors > ToleratedErrors && model.Errors > model.Records * errorShare)
            .MaxBy(model => (double)model.Errors / model.Records);
        return worst is null ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{worst.Errors} of {worst.Records} records could not be stored as {worst.Model}; see kombo.record_errors, "
            + $"and mend them in the source or the connector's mapping");
    }

    /// <summary>Why a stream is incomplete whose list the source refused.</summary>
    /// <param name="detail">The source's answer, safe to show.</param>
    public static string Refused(RunFault fault, string detail) => fault switch
    {
        RunFault.Forbidden => $"{detail}: give the credentials the right to read it",
        RunFault.NotFound => $"{detail}: check spec.parameters",
        _ => detail,
    };
}
