using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>Whose run a Job is. The purge of a deletion has no owner reference: foreground deletion removes what an object
/// owns before the object, also what it comes to own meanwhile (Kubernetes: garbage collection). Labels say whose it is.</summary>
static class JobOwner
{
    /// <summary>Uid of the Integration; null where nothing says.</summary>
    public static string? UidOf(V1Job job) =>
        job.GetController() is { } owner ? owner.Uid : job.GetLabel(Labels.IntegrationUid);

    /// <summary>Name of the Integration in the Job's namespace; null where nothing says.</summary>
    public static string? NameOf(V1Job job) => job.GetController() switch
    {
        { Kind: "Integration" } owner => owner.Name,
        null when job.GetLabel(Labels.IntegrationUid) is not null => job.GetAnnotation(JobAnnotations.Integration),
        _ => null,
    };
}
