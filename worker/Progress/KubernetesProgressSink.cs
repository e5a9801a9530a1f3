using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Progress;

/// <summary>Reports on the Integration's status by server-side apply.</summary>
/// <remarks>Each sync type has a field manager of its own, because an apply takes away what the same manager owned and does
/// not send again: a delta worker would wipe the progress of the full worker beside it. The uid makes the API server refuse
/// a report on an Integration that was deleted and made again.</remarks>
public sealed partial class KubernetesProgressSink(IKubernetesClient client, RunRequest request, ILogger<KubernetesProgressSink> logger)
    : IProgressSink
{
    bool refused;

    public async Task ReportAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        if (refused)
            return;
        try
        {
            await client.PatchStatusAsync<V1Alpha1Integration>(
                request.Name, request.Namespace, V1Patch.Apply(Body(request, progress)),
                new PatchOptions(FieldManager(request.Type), Force: true), cancellationToken);
        }
        catch (KubernetesException refusal) when (refusal.IsNotFound || refusal.IsConflict || refusal.IsInvalid)
        {
            refused = true; // its Integration is gone, or another one has its name
            LogRefused(request.Namespace, request.Name, request.Uid, refusal.Message);
        }
    }

    internal static string FieldManager(SyncType type) => $"{FieldManagers.Worker}-{Key(type)}";

    internal static JsonObject Body(RunRequest request, RunProgress progress) => new()
    {
        ["apiVersion"] = KubernetesEntityAttribute.Of<V1Alpha1Integration>().GroupVersion,
        ["kind"] = KubernetesEntityAttribute.Of<V1Alpha1Integration>().Kind,
        ["metadata"] = new JsonObject { ["name"] = request.Name, ["namespace"] = request.Namespace, ["uid"] = request.Uid },
        ["status"] = new JsonObject
        {
            ["progress"] = new JsonObject
            {
                [Key(request.Type)] = JsonSerializer.SerializeToNode(progress, RunJson.Default.RunProgress),
            },
        },
    };

    static string Key(SyncType type) => type == SyncType.Delta ? "delta" : "full";

    [LoggerMessage(5151, LogLevel.Warning,
        "Integration {Namespace}/{Name} with uid {Uid} takes no more reports, so none are sent: {Problem}")]
    partial void LogRefused(string @namespace, string name, string uid, string problem);
}
