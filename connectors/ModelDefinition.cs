using Kombo.Connectors.Expressions;
using Kombo.Connectors.Paging;
using Kombo.Core.Models;

namespace Kombo.Connectors;

/// <summary>How a definition provides one model.</summary>
/// <param name="Stream">The stream that its records are mapped from.</param>
/// <param name="Delta">Changes can be read by change time, though a parameter may switch that off.</param>
/// <param name="Cheap">Small enough to be read whole in each delta sync.</param>
/// <param name="StablePaging">No record can be missed when the list changes while it is read.</param>
public sealed record ModelDefinition(
    Model Model, string Stream, bool Delta, bool Cheap, Deletions Deletions, bool StablePaging)
{
    /// <summary>The condition on parameters under which delta is possible; null: always.</summary>
    internal Template? DeltaWhen { get; init; }

    /// <summary>One record can be read by its remote id.</summary>
    public bool ReadsRecords => Record is not null;

    /// <summary>How one record is read by its remote id; null: it cannot be.</summary>
    internal RecordPlan? Record { get; init; }

    internal bool HasDelta(ValueMap config) =>
        Delta && DeltaWhen?.IsTrue(new EvaluationScope { Config = config }) != false;
}

/// <summary>One thing that a definition asks for.</summary>
/// <param name="IsSecret">It comes from the credentials Secret, under its name; else from <c>spec.parameters</c>.</param>
/// <param name="IsIdentity">Another value means another company's data.</param>
public sealed record ParameterDefinition(string Name, bool IsSecret, bool IsIdentity, bool IsRequired, string? Title);
