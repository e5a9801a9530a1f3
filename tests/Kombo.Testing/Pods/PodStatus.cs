using System.Text.Json.Nodes;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Testing.Pods;

/// <summary>What a kubelet writes into a pod's status, as merge patches.</summary>
static class PodStatus
{
    public static JsonObject Waiting(V1Pod pod, DateTimeOffset startTime, string reason, string? message) =>
        Status(pod, "Pending", startTime, new JsonObject { ["waiting"] = new JsonObject { ["reason"] = reason, ["message"] = message } });

    public static JsonObject Running(V1Pod pod, DateTimeOffset startTime, DateTimeOffset startedAt) =>
        Status(pod, "Running", startTime, new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Text(startedAt) } });

    public static JsonObject Terminated(V1Pod pod, DateTimeOffset startTime, V1ContainerStateTerminated end) => Status(
        pod, end.ExitCode == 0 ? "Succeeded" : "Failed", startTime, new JsonObject
        {
            ["running"] = null,
            ["waiting"] = null,
            ["terminated"] = new JsonObject
            {
                ["exitCode"] = end.ExitCode,
                ["signal"] = end.Signal,
                ["reason"] = end.Reason,
                ["message"] = end.Message,
                ["startedAt"] = end.StartedAt is { } started ? Text(started) : null,
                ["finishedAt"] = end.FinishedAt is { } finished ? Text(finished) : null,
            },
        });

    static JsonObject Status(V1Pod pod, string phase, DateTimeOffset startTime, JsonObject state)
    {
        var container = pod.Spec!.Containers![0]; // the API server refuses a pod without
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = pod.Uid() },
            ["status"] = new JsonObject
            {
                ["phase"] = phase,
                ["startTime"] = Text(startTime),
                ["containerStatuses"] = new JsonArray(new JsonObject
                {
                    ["name"] = container.Name,
                    ["image"] = container.Image ?? "",
                    ["imageID"] = "",
                    ["ready"] = phase == "Running",
                    ["started"] = phase == "Running",
                    ["restartCount"] = 0,
                    ["state"] = state,
                }),
            },
        };
    }

    // The API server keeps seconds.
    static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
