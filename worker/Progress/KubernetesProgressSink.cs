using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;

namespace Kombo.Worker.Progress;

/// <summary>Reports on the Integration's status: <c>status.progress.full</c>, <c>.delta</c> or <c>.purge</c>, as a whole.</summary>
/// <remarks>By JSON Patch, because it can test the uid in the same step: a report on an Integration that was deleted and made
/// again must be refused, and the API server ignores the uid of an apply to the status subresource (seen on 1.20). Each
/// report replaces one of the two parts, so that full and delta workers beside each other do not meet.</remarks>
public sealed class KubernetesProgressSink(IKubernetesClient client, RunRequest request) : IProgressSink
{
    const string ProgressPath = "/status/progress";

    readonly string part = JobNames.Text(request.Type);

    public async Task ReportAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            await ReplaceAsync(progress, cancellationToken);
        }
        catch (KubernetesException refusal) when (refusal.IsNotFound || refusal.IsInvalid)
        {
            throw new InvalidOperationException(
                $"Integration {request.Namespace}/{request.Name} with uid {request.Uid} takes no report, so it is probably gone: {refusal.Message}");
        }
    }

    async Task ReplaceAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            await PatchAsync($"{ProgressPath}/{part}", ToNode(progress), cancellationToken);
        }
        catch (KubernetesException failure) when (failure.IsInvalid)
        {
            // Perhaps the first report of all: there is no progress yet to put it into. Another uid is refused again.
            await PatchAsync(ProgressPath, new JsonObject { [part] = ToNode(progress) }, cancellationToken);
        }
    }

    Task<V1Alpha1Integration> PatchAsync(string path, JsonNode? value, CancellationToken cancellationToken) =>
        client.PatchStatusAsync<V1Alpha1Integration>(
            request.Name,
            request.Namespace,
            V1Patch.Json(new JsonArray(
                new JsonObject { ["op"] = "test", ["path"] = "/metadata/uid", ["value"] = request.Uid },
                new JsonObject { ["op"] = "add", ["path"] = path, ["value"] = value })),
            new PatchOptions(FieldManagers.Worker),
            cancellationToken);

    static JsonNode? ToNode(RunProgress progress) => JsonSerializer.SerializeToNode(progress, RunJson.Default.RunProgress);
}
