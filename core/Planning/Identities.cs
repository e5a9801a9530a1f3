using Kombo.Core.Ids;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>Which source the mirrored ids belong to. Records of two sources under one integration id would be mixed, so
/// a change is refused once anything was mirrored.</summary>
public static class Identities
{
    const string Remedy = "the records of both would be mixed under the same ids. Put it back, or create an "
        + "Integration of another name for the new source and delete this one";

    /// <summary>Sets the integration id as soon as it can be known, and forgets the source of runs that wrote
    /// nothing.</summary>
    internal static Draft Set(Draft draft)
    {
        var status = draft.Status;
        var (id, source) = (draft.Integration.Spec.IntegrationId ?? Derived(draft), draft.Seen.Connector?.Identity);
        return draft with
        {
            Status = NothingIsMirrored(draft)
                ? status with { IntegrationId = id ?? status.IntegrationId, Identity = null }
                : status with { IntegrationId = status.IntegrationId ?? id, Identity = status.Identity ?? source },
        };
    }

    /// <summary>A run begins: from now on the ids belong to this source.</summary>
    internal static Draft Bind(Draft draft) => draft with
    {
        Status = draft.Status with { Identity = draft.Status.Identity ?? draft.Seen.Connector?.Identity },
    };

    /// <summary>Status does not tell whose records the mirror holds: an Integration that was made again under its name has
    /// an empty one.</summary>
    /// <returns>The integration id to ask the registry for; null where status tells, or where no id is known.</returns>
    public static string? Unbound(Observation seen)
    {
        var status = Set(ActiveRuns.Settle(Draft.Of(seen))).Status;
        return status.Identity is null ? status.IntegrationId : null;
    }

    internal static IEnumerable<Problem> Changes(Draft draft)
    {
        var (spec, status) = (draft.Integration.Spec, draft.Status);
        if (status is { Identity: null, IntegrationId: { } mirror } && draft.Seen is { MirroredIdentity: { } old, Connector.Identity: var own }
            && own != old)
            yield return MirrorOfAnother(draft.Integration, mirror, (old, own));
        if (status.Identity is { } bound && draft.Seen.Connector is { } connector && connector.Identity != bound)
            yield return Changed("spec.connector or a parameter that identifies the source", bound, connector.Identity);
        if (status is { Identity: not null, IntegrationId: { } id } && spec.IntegrationId is { } wanted && wanted != id)
            yield return Changed("spec.integrationId", id, wanted);
    }

    static Problem MirrorOfAnother(ObservedIntegration integration, string id, (string Old, string Own) identities) => new(
        Reasons.IdentityChanged,
        $"Integration \"{integration.Namespace}/{integration.Name}\" reads \"{identities.Own}\", but the mirror holds records "
        + $"of \"{identities.Old}\" under its integration id \"{id}\", from an Integration of this name before: the records of "
        + "both would be mixed under the same ids. Create it under another name or with another spec.integrationId, put the "
        + "former source back, or delete what is mirrored under that id first",
        NeedsEdit: true);

    static Problem Changed(string field, string from, string to) =>
        new(Reasons.IdentityChanged, $"{field} changed from \"{from}\" to \"{to}\": {Remedy}", NeedsEdit: true);

    static string? Derived(Draft draft)
    {
        var (name, seen) = (draft.Integration.Name, draft.Seen);
        return seen is { InstallationId: { } installation, Connector: { } connector }
            ? KomboIds.Integration(installation, draft.Integration.Namespace, name, connector.Name) : null;
    }

    // Every run so far is in history and none wrote anything, so a wrong connector or parameter may still be corrected.
    static bool NothingIsMirrored(Draft draft)
    {
        var history = (draft.Status.History ?? []).Where(run => run.Type != JobNames.Text(SyncType.Purge)).ToList();
        var failures = draft.Clock(SyncType.Full).ConsecutiveFailures ?? 0; // before the first full there is no delta
        return draft.Status.Active is null && !draft.HasEverSynced
            && failures <= history.Count(run => run.Type == JobNames.Text(SyncType.Full)) && history.All(WroteNothing);
    }

    static bool WroteNothing(FinishedRun run) => run.Counts is { } counts
        ? counts.New + counts.Changed + counts.Undeleted + counts.Deleted == 0
        : run.Result is nameof(RunResult.AuthenticationFailed) or nameof(RunResult.PermanentError);
}
