using System.Collections.Immutable;
using Kombo.Connectors.Http;
using Kombo.Connectors.Manifest;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Paging;
using Kombo.Connectors.Reading;
using Kombo.Core.Models;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scope;

namespace Kombo.Connectors;

/// <summary>A connector: how to read a kind of source and how its records become records of the catalog's models.</summary>
public sealed class ConnectorDefinition
{
    internal ConnectorDefinition(string name, string label, string category) => (Name, Label, Category) = (name, label, category);

    /// <summary>Also the tool in ids, e.g. <c>bamboohr</c>.</summary>
    public string Name { get; }

    public string Label { get; }

    /// <summary>HRIS or ATS.</summary>
    public string Category { get; }

    /// <summary>Of the file's text.</summary>
    public string Hash { get; internal init; } = "";

    public ImmutableArray<ModelDefinition> Models { get; internal init; } = [];

    public ImmutableArray<ParameterDefinition> Parameters =>
    [
        .. Specification.Properties.Select(property => new ParameterDefinition(
            property.Name, property.IsSecret, property.IsIdentity, Specification.Required.Contains(property.Name), property.Title)),
    ];

    /// <summary>What it says of the rate of requests.</summary>
    public RateLimits Rate => new(Limits.Concurrency ?? RateLimits.Default.Concurrency, Limits.RequestsPerMinute);

    internal Specification Specification { get; init; } = Specification.Empty;
    internal ImmutableArray<StreamPlan> Streams { get; init; } = [];

    /// <summary>In the order of <see cref="Models"/>.</summary>
    internal ImmutableArray<ModelMapping> Mappings { get; init; } = [];
    internal DefinitionLimits Limits { get; init; } = DefinitionLimits.None;

    /// <param name="yaml">The file's text.</param>
    /// <param name="name">How messages call it, e.g. <c>sandbox</c> or <c>ConfigMap acme-connector, key connector.yaml</c>.</param>
    /// <returns>The definition, or null and all that is wrong with the file.</returns>
    public static (ConnectorDefinition? Definition, ImmutableArray<Problem> Problems) Load(string yaml, string name) =>
        DefinitionReader.Read(yaml, name, ModelCatalog.Default);

    /// <summary>What is wrong with an Integration that uses this definition; empty when a sync can start.</summary>
    /// <param name="credentialKeys">Keys of the Secret; null while the Secret is not there (which the caller reports).</param>
    public ImmutableArray<Problem> Check(IntegrationSpec spec, IReadOnlyCollection<string>? credentialKeys) =>
        [.. Specification.Check(spec, Name, credentialKeys), .. CheckScope(spec.Scope)];

    public ConnectorFacts Facts(IntegrationSpec spec, CompiledScope scope)
    {
        var config = NewSettings(spec.Parameters, _ => null);
        var inScope = Models.Where(model => scope.Includes(model.Model)).ToArray();
        return new ConnectorFacts(
            Name,
            SupportsDelta: inScope.Any(model => model.HasDelta(config)),
            DeltaCoversScope: inScope.All(model => model.Cheap || model.HasDelta(config)),
            Identity: Identity(config),
            scope.Fingerprint(Models.Select(model => model.Model)));
    }

    internal Settings NewSettings(ImmutableSortedDictionary<string, string>? parameters, Func<string, string?> secret) =>
        new(Specification, parameters, secret);

    /// <summary>The session's own limits, lowered where the definition asks for it; the share of errors is its own to say.</summary>
    internal SourceLimits Limited(SourceLimits limits) => limits with
    {
        PageBytes = Math.Min(limits.PageBytes, Limits.PageBytes ?? int.MaxValue),
        RecordBytes = Math.Min(limits.RecordBytes, Limits.RecordBytes ?? int.MaxValue),
        Pages = Math.Min(limits.Pages, Limits.Pages ?? int.MaxValue),
        ErrorShare = Limits.ErrorShare ?? limits.ErrorShare,
        RateHeaders = Limits.RateHeaders,
    };

    internal ImmutableArray<Problem> CheckSettings(
        ImmutableSortedDictionary<string, string> parameters, IReadOnlyCollection<string> credentialKeys) =>
    [
        .. Specification.Check(
            new IntegrationSpec { Parameters = parameters, Credentials = new CredentialsSource(new LocalReference("credentials")) },
            Name, credentialKeys),
    ];

    string Identity(Settings config) => string.Join(' ', Specification.Properties
        .Where(property => property.IsIdentity)
        .OrderBy(property => property.Name, StringComparer.Ordinal)
        .Select(property => $"{property.Name}={config.Find(property.Name)}")
        .Prepend(Name));

    IEnumerable<Problem> CheckScope(ScopeSpec? scope)
    {
        var provided = Models.Select(model => model.Model.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var model in scope?.Models ?? [])
            if (ModelCatalog.Default.Find(model.Name) is not null && !provided.Contains(model.Name))
                yield return new Problem(Reasons.InvalidScope,
                    $"spec.scope.models: connector \"{Name}\" has no {model.Name}; take it out, it has: "
                    + string.Join(", ", Models.Where(one => one.Model.Kind != ModelKind.Join).Select(one => one.Model.Name)),
                    NeedsEdit: true);
    }
}

/// <summary>What a definition lowers of a session's limits, the share of errors that it bears, and the rate at which its source
/// may be asked; null: it does not say.</summary>
sealed record DefinitionLimits
{
    public static DefinitionLimits None { get; } = new();

    public int? PageBytes { get; init; }
    public int? RecordBytes { get; init; }
    public int? Pages { get; init; }
    public double? ErrorShare { get; init; }
    public int? Concurrency { get; init; }
    public int? RequestsPerMinute { get; init; }
    public RateHeaderNames RateHeaders { get; init; } = RateHeaderNames.Common;
}
