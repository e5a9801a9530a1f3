using Kombo.Core.Models;
using Kombo.Core.Runs;
using Kombo.Core.Scope;

namespace Kombo.Storage.Purging;

/// <summary>What a purge run removes.</summary>
public sealed record PurgeOrder
{
    /// <summary>What may stay; null: not known, and nothing goes for its sake.</summary>
    public CompiledScope? Scope { get; init; }

    /// <summary>Models of which less may stay than is stored, so that their source records must be cut anew.</summary>
    public required Predicate<Model> IsNarrowed { get; init; }

    /// <summary>All of the integration, whatever its scope.</summary>
    public bool Everything { get; init; }
    public required RetentionBounds Retention { get; init; }
}

/// <summary>What a step of a purge did.</summary>
/// <param name="Cleared">Records that lost values for the scope's sake.</param>
/// <param name="Removed">Records that went altogether.</param>
/// <param name="Anonymized">Deleted records that lost their values.</param>
/// <param name="Pruned">Rows of bookkeeping.</param>
public readonly record struct PurgeStep(long Cleared = 0, long Removed = 0, long Anonymized = 0, long Pruned = 0);
