using System.Collections.Immutable;
using Kombo.Core.Runs;

namespace Kombo.Storage.Events;

/// <summary>What a source told by a webhook: that a record has changed, never what it holds.</summary>
/// <param name="EventId">The source's own, by which it is known again when it is delivered twice; 1 to 256 characters.</param>
/// <param name="Model">Of the catalog; null where it is not known.</param>
/// <param name="RemoteId">1 to 512 characters; null where it is not known.</param>
/// <param name="OccurredAt">By the source's clock; null where it does not tell.</param>
public sealed record UpstreamEvent(string EventId, string? Model, string? RemoteId, DateTimeOffset? OccurredAt)
{
    public const int LongestEventId = 256;
    public const int LongestRemoteId = 512;
}

/// <summary>What became of a delivery.</summary>
/// <param name="IsKnown">There is a living integration of that id; else nothing was stored.</param>
/// <param name="New">How many events were not known yet.</param>
public sealed record Received(bool IsKnown, int New);

/// <summary>Events of an integration wait.</summary>
/// <param name="Oldest">Of those that are due, the id of the one that is due longest; it stays the same while that one waits.</param>
/// <param name="Since">When that one was received, or came due again.</param>
public sealed record WaitingEvents(string IntegrationId, long Oldest, DateTimeOffset Since);

/// <summary>Events that tell of one record, or all that tell of none in particular.</summary>
/// <param name="Ids">Of the events.</param>
/// <param name="Attempts">Of the one that was taken most often, this time included.</param>
public sealed record TakenEvents(string? Model, string? RemoteId, ImmutableArray<long> Ids, int Attempts);

/// <summary>How events end.</summary>
public sealed record EventSettlement(ImmutableArray<long> Ids, EventEnd End);

/// <param name="Reason">From <see cref="EventReasons"/>; null: read.</param>
public sealed record EventCount(string? Reason, long Events);

/// <summary>What became of a record that the source has no more.</summary>
public enum RecordRemoval
{
    /// <summary>It is marked deleted.</summary>
    Marked,

    /// <summary>The mirror has no such live record, or data that was requested later.</summary>
    NothingToMark,

    /// <summary>Too many within a day.</summary>
    Held,
}
