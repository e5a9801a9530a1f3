using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;

namespace Kombo.Core.Scheduling;

/// <summary>What is wrong with an Integration by itself. Scope and connector have checks of their own.</summary>
public static class SpecRules
{
    const int LongestId = 128;

    public static ImmutableArray<Problem> Check(IntegrationSpec spec)
    {
        var found = new ProblemList(Reasons.InvalidSpec, "");
        CheckConnector(found, spec);
        if (spec.Credentials is not null && string.IsNullOrEmpty(spec.Credentials.SecretRef?.Name))
            found.Add("spec.credentials.secretRef.name", "is missing: name the Secret, or leave credentials out");
        if (spec.ScheduleRef is { Name: null or "" })
            found.Add("spec.scheduleRef.name", "is missing: name the SyncSchedule, or leave scheduleRef out");
        if (spec.IntegrationId is { } id && (id.Length is 0 or > LongestId || id.Any(c => c is <= ' ' or > '~')))
            found.Add("spec.integrationId", $"must be 1 to {LongestId} printable ASCII characters without spaces");
        found.Duration("spec.sync.full.frequency", spec.Sync?.Full?.Frequency, DurationBounds.Frequency);
        found.Duration("spec.sync.delta.frequency", spec.Sync?.Delta?.Frequency, DurationBounds.Frequency);
        found.Range("spec.deletionGuard.maxPercent", spec.DeletionGuard?.MaxPercent, 0, 100);
        found.Range("spec.deletionGuard.minRecords", spec.DeletionGuard?.MinRecords, 0, 1_000_000_000);
        found.OneOf("spec.deletionPolicy", spec.DeletionPolicy, "Retain", "Delete");
        return found.ToImmutable();
    }

    static void CheckConnector(ProblemList found, IntegrationSpec spec)
    {
        var hasName = !string.IsNullOrEmpty(spec.Connector);
        if (hasName && spec.ConnectorFrom is not null)
            found.Add("spec", "has both connector and connectorFrom: keep one of them");
        else if (!hasName && spec.ConnectorFrom is null)
            found.Add("spec.connector",
                "is missing: name a built-in connector, or a ConfigMap in connectorFrom.configMapKeyRef");
        else if (spec.ConnectorFrom is { } from && from.ConfigMapKeyRef is not { Name.Length: > 0, Key.Length: > 0 })
            found.Add("spec.connectorFrom.configMapKeyRef", "must have the name of the ConfigMap and the key in it");
    }
}
