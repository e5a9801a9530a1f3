using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Kombo.Core.Models;

namespace Kombo.Connectors;

/// <summary>How a stream is read in a sync of some type.</summary>
public enum ReadMode
{
    /// <summary>Everything; what does not come is gone.</summary>
    Full,

    /// <summary>Only what changed since the watermark.</summary>
    Delta,

    /// <summary>Everything, in a delta sync: small enough to be read again; nothing is concluded from what does not come.</summary>
    Cheap,
}

/// <summary>How deletions at the source become known.</summary>
public enum Deletions
{
    /// <summary>A record that a complete full read does not return is gone.</summary>
    ByAbsence,

    /// <summary>Never: the source leaves out records that live on.</summary>
    Unknown,
}

/// <summary>One list of the source, as a session reads it.</summary>
/// <param name="Name">As in the manifest.</param>
/// <param name="Models">Those in scope that it feeds, at least one.</param>
/// <param name="StablePaging">False: records may be missed when the list changes while it is read (page numbers, offsets).</param>
[SuppressMessage("Naming", "CA1711", Justification = "Stream is the manifest's word for one list of a source")]
public sealed record SourceStream(
    string Name, ImmutableArray<Model> Models, ReadMode ReadMode, bool StablePaging, Deletions Deletions)
{
    /// <summary>The stream has a change time, so that a complete read yields a watermark.</summary>
    public bool HasCursor { get; init; }

    public bool Equals(SourceStream? other) => other is not null && other.Name == Name && other.ReadMode == ReadMode;

    public override int GetHashCode() => HashCode.Combine(Name, ReadMode);
}

/// <summary>Where reading begins.</summary>
/// <param name="Watermark">From the last page of an earlier read; null where there was none, or it is none of ours: a delta
/// reads everything. Other reads pass it on.</param>
/// <param name="PageToken">From the page after which to go on; null for the first.</param>
public sealed record ReadFrom(string? Watermark, string? PageToken)
{
    public static ReadFrom Start { get; } = new(null, null);
}
