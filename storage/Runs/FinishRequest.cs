using System.Collections.Immutable;
using Kombo.Core.Models;

namespace Kombo.Storage.Runs;

/// <summary>What a run was to read, told at its end.</summary>
public sealed record FinishRequest
{
    /// <summary>Every stream of the run, whether or not a page of it was written.</summary>
    public required ImmutableArray<StreamModels> Streams { get; init; }
}

/// <param name="Models">The models in scope that come from this stream.</param>
public sealed record StreamModels(string Name, ImmutableArray<Model> Models)
{
    /// <summary>A record that vanished from this stream was deleted at the source.</summary>
    public bool Deletions { get; init; } = true;

    /// <summary>False: a record may be passed over while the list is read, so that one miss does not prove a deletion.</summary>
    public bool StablePaging { get; init; } = true;
}
