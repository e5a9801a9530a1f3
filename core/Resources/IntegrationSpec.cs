using System.Collections.Immutable;

namespace Kombo.Core.Resources;

/// <summary>Spec of an Integration as written by its user; unchecked. Absent parts are null: defaults are applied where
/// the value is used, so that nothing is written back.</summary>
public sealed record IntegrationSpec
{
    /// <summary>Name of a built-in connector definition; or <see cref="ConnectorFrom"/>, exactly one of them.</summary>
    public string? Connector { get; init; }
    public ConnectorSource? ConnectorFrom { get; init; }

    /// <summary>What the definition asks for (company domain, base URL, …), never secrets.</summary>
    public ImmutableSortedDictionary<string, string>? Parameters { get; init; }

    /// <summary>Fixed id for the API; immutable. Null: derived.</summary>
    public string? IntegrationId { get; init; }
    public CredentialsSource? Credentials { get; init; }

    /// <summary>Null: the SyncSchedule <c>default</c> of the namespace, else the built-in defaults.</summary>
    public LocalReference? ScheduleRef { get; init; }
    public SyncOverrides? Sync { get; init; }

    /// <summary>Null: every model, all fields but the sensitive ones.</summary>
    public ScopeSpec? Scope { get; init; }
    public UpstreamWebhooksSpec? UpstreamWebhooks { get; init; }
    public DeletionGuardSpec? DeletionGuard { get; init; }

    /// <summary>Retain (default) or Delete.</summary>
    public string? DeletionPolicy { get; init; }
    public EndUserSpec? EndUser { get; init; }
    public bool? Suspend { get; init; }
    public JobTemplateSpec? JobTemplate { get; init; }
}

public sealed record ConnectorSource(KeyReference? ConfigMapKeyRef);

public sealed record KeyReference(string Name, string Key);

public sealed record LocalReference(string Name);

public sealed record CredentialsSource(LocalReference? SecretRef);

/// <summary>Frequencies that beat every variant of the schedule.</summary>
public sealed record SyncOverrides(FrequencyOverride? Full, FrequencyOverride? Delta);

public sealed record FrequencyOverride(string? Frequency);

public sealed record UpstreamWebhooksSpec(bool? Enabled);

public sealed record DeletionGuardSpec(int? MaxPercent, int? MinRecords, bool? ConfirmBySecondRun);

public sealed record EndUserSpec(string? OrganizationName, string? OriginId, string? CreatorEmail);

/// <summary>Which models and fields may reach the mirror.</summary>
public sealed record ScopeSpec(ImmutableArray<ScopeModelSpec>? Models);

/// <summary>One model in scope. None of the lists: all fields but the sensitive ones.</summary>
public sealed record ScopeModelSpec(string Name)
{
    /// <summary>Exactly these fields.</summary>
    public ImmutableArray<string>? Include { get; init; }

    /// <summary>All non-sensitive fields but these.</summary>
    public ImmutableArray<string>? Exclude { get; init; }

    /// <summary>These sensitive fields as well.</summary>
    public ImmutableArray<string>? IncludeSensitive { get; init; }

    /// <summary>Store, of the source record, the paths that fields in scope are mapped from.</summary>
    public bool? RemoteData { get; init; }
}

/// <summary>Added to the worker's Job and pod.</summary>
public sealed record JobTemplateSpec
{
    public JobMetadataSpec? Metadata { get; init; }
    public ResourcesSpec? Resources { get; init; }
    public ImmutableSortedDictionary<string, string>? NodeSelector { get; init; }
    public ImmutableArray<TolerationSpec>? Tolerations { get; init; }
    public string? PriorityClassName { get; init; }
}

public sealed record JobMetadataSpec(
    ImmutableSortedDictionary<string, string>? Labels, ImmutableSortedDictionary<string, string>? Annotations);

/// <summary>Kubernetes quantities by resource name.</summary>
public sealed record ResourcesSpec(
    ImmutableSortedDictionary<string, string>? Requests, ImmutableSortedDictionary<string, string>? Limits);

public sealed record TolerationSpec
{
    public string? Key { get; init; }
    public string? Operator { get; init; }
    public string? Value { get; init; }
    public string? Effect { get; init; }
    public long? TolerationSeconds { get; init; }
}
