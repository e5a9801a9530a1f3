using System.Collections.Immutable;
using System.Globalization;
using Kombo.Core.Models;
using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Storage.Runs;

/// <summary>How a run ended, judged by what was read. Pure.</summary>
/// <param name="Deletable">The models whose vanished records may be marked; empty unless every stream is complete.</param>
/// <param name="Message">Null where all is well.</param>
sealed record RunVerdict(RunResult Result, string Reason, string? Message, ImmutableArray<DeletableModel> Deletable)
{
    const int LongestMessage = 1000;

    /// <param name="states">Of every stream of the request, in its order.</param>
    public static RunVerdict Of(SyncType type, ImmutableArray<StreamModels> streams, ImmutableArray<StreamState> states)
    {
        var incomplete = streams.Zip(states).Where(pair => pair.Second.State != StreamProgress.Complete).ToImmutableArray();
        if (incomplete is [])
            return new(RunResult.Succeeded, Reasons.Succeeded, null, type == SyncType.Full ? Deletions(streams) : []);
        var what = string.Join("; ", incomplete.Select(pair => Describe(pair.First, pair.Second)));
        return incomplete.Length == streams.Length
            ? new(RunResult.Failed, Reasons.Failed, Bounded($"nothing was read completely: {what}"), [])
            : new(RunResult.PartiallyFailed, Reasons.PartiallyFailed, Bounded(
                $"{what}; nothing was deleted in this run. Mend it at the source, or leave the models out of spec.scope"), []);
    }

    /// <summary>The verdict once deletions were held back, by the guard or until they are missed again.</summary>
    public RunVerdict With(DeletionOutcome outcome, string runId)
    {
        ImmutableArray<string> notes =
        [
            .. outcome.Held.Length == 0 ? Array.Empty<string>() : [
                $"{string.Join("; ", outcome.Held.Select(Describe))}. They are held until " +
                $"the annotation kombo.dev/confirmDeletions={runId} releases them"],
            .. outcome.Waiting.Length == 0 ? Array.Empty<string>() : [
                $"{string.Join("; ", outcome.Waiting.Select(Describe))}. Its paging may pass over a record, so they are marked " +
                "deleted if the next full sync misses them too"],
        ];
        return notes is [] ? this : this with
        {
            Reason = outcome.Held.Length == 0 ? Reason : Reasons.DeletionsHeld,
            Message = Bounded(string.Join(". ", notes)),
        };
    }

    // A model that comes from several streams is deleted from only if each of them tells deletions, and is missed as
    // surely as the least of them tells.
    static ImmutableArray<DeletableModel> Deletions(ImmutableArray<StreamModels> streams) =>
    [
        .. streams.SelectMany(stream => stream.Models).Distinct()
            .Where(model => streams.All(stream => stream.Deletions || !stream.Models.Contains(model)))
            .Select(model => new DeletableModel(
                model, streams.All(stream => stream.StablePaging || !stream.Models.Contains(model)))),
    ];

    static string Describe(StreamModels stream, StreamState state) =>
        $"{string.Join(", ", stream.Models.Select(model => model.Name))} (stream \"{stream.Name}\"): " +
        (state.Reason ?? "was not read to its end");

    static string Describe(HeldModel held) => held.CameEmpty
        ? string.Create(CultureInfo.InvariantCulture, $"{held.Model.Name}: none of the {held.Live} live records came")
        : string.Create(CultureInfo.InvariantCulture, $"{held.Model.Name}: {held.Candidates} of {held.Live} live records did not come");

    static string Describe(MissedModel missed) =>
        string.Create(CultureInfo.InvariantCulture, $"{missed.Model.Name}: {missed.Records} of its records did not come");

    static string Bounded(string text) => text.Length <= LongestMessage ? text : text[..(LongestMessage - 1)] + "…";
}

/// <summary>Deletions that the guard keeps back.</summary>
/// <param name="CameEmpty">The source sent not one record of the model.</param>
sealed record HeldModel(Model Model, long Candidates, long Live, bool CameEmpty);

/// <param name="OneMissIsProof">False: only what two full syncs in a row have missed is gone.</param>
sealed record DeletableModel(Model Model, bool OneMissIsProof);

/// <summary>Records that did not come and are left alone until they are missed again.</summary>
sealed record MissedModel(Model Model, long Records);

/// <summary>What was not deleted though it did not come.</summary>
/// <param name="Held">By the guard.</param>
/// <param name="Waiting">Until the next full sync.</param>
sealed record DeletionOutcome(ImmutableArray<HeldModel> Held, ImmutableArray<MissedModel> Waiting)
{
    public static DeletionOutcome None { get; } = new([], []);
}
