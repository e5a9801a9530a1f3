namespace Kombo.Storage.Registry;

/// <summary>What the registry says of an integration; the API shows it.</summary>
public sealed record IntegrationRow
{
    public required string IntegrationId { get; init; }
    public required string Namespace { get; init; }
    public required string Name { get; init; }

    /// <summary>Of the Integration object.</summary>
    public required string Uid { get; init; }

    /// <summary>The cluster that it is in; null: not known, or the row is older than this field.</summary>
    public string? Cluster { get; init; }

    /// <summary>The connector's name, e.g. <c>bamboohr</c>.</summary>
    public required string Connector { get; init; }

    /// <summary>The source that is mirrored under this id: the connector's name and the parameters that identify it, as one
    /// text. Null: none yet. Once there are records of it, another one is not taken for it.</summary>
    public string? Identity { get; init; }

    /// <summary>HRIS or ATS; null while the connector is not known.</summary>
    public string? Category { get; init; }

    public string? EndUserOrganizationName { get; init; }
    public string? EndUserOriginId { get; init; }
    public string? EndUserCreatorEmail { get; init; }

    /// <summary>ACTIVE, INACTIVE or INVALID.</summary>
    public required string State { get; init; }

    /// <summary>Retain or Delete: what becomes of the mirrored data when the Integration is deleted.</summary>
    public string DeletionPolicy { get; init; } = "Retain";

    /// <summary>When the Integration object was created.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When all that was mirrored was removed; null while data may be there.</summary>
    public DateTimeOffset? PurgedAt { get; init; }

    /// <summary>When it was deleted while its data was retained; null while it exists.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
}
