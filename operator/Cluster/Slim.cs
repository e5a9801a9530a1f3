using Kombo.Crds;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Cluster;

/// <summary>What is kept of an object in a copy. Thousands are held, and most of each is read by nobody.</summary>
static class Slim
{
    /// <summary>Of its metadata only our annotations: <c>kubectl apply</c> leaves the whole object in one.</summary>
    public static V1Alpha1Integration Integration(V1Alpha1Integration integration) => integration with
    {
        Metadata = integration.Metadata with
        {
            Labels = null,
            Annotations = Chosen(integration.Metadata.Annotations, Annotations.IsOwn),
        },
    };

    /// <summary>Without its pod template.</summary>
    public static V1Job Job(V1Job job) => job with
    {
        Metadata = job.Metadata with
        {
            Labels = Chosen(job.Metadata.Labels, key => key is Labels.Schedule or Labels.IntegrationUid),
            Annotations = Chosen(job.Metadata.Annotations, JobAnnotations.IsOwn),
        },
        Spec = new()
        {
            ActiveDeadlineSeconds = job.Spec?.ActiveDeadlineSeconds,
            TtlSecondsAfterFinished = job.Spec?.TtlSecondsAfterFinished,
            Suspend = job.Spec?.Suspend,
        },
    };

    /// <summary>Its status, and whose it is.</summary>
    public static V1Pod Pod(V1Pod pod) => pod with { Spec = null };

    static Dictionary<string, string>? Chosen(IReadOnlyDictionary<string, string>? all, Func<string, bool> isRead)
    {
        var chosen = all?.Where(pair => isRead(pair.Key)).ToDictionary(StringComparer.Ordinal);
        return chosen is { Count: > 0 } ? chosen : null;
    }
}
