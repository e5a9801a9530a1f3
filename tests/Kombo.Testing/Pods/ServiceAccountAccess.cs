using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Testing.Pods;

/// <summary>Access to the API server with a service account's own token, so that its rights are the real ones.</summary>
sealed class ServiceAccountAccess(ControlPlaneFixture plane, IKubernetesClient client)
{
    readonly ConcurrentDictionary<(string? Namespace, string Name), Lazy<Task<string>>> kubeconfigs = new();

    /// <returns>A kubeconfig as JSON; null if the pod does not mount a token.</returns>
    public async Task<string?> KubeconfigAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        var name = pod.Spec?.ServiceAccountName ?? "default";
        var account = await client.GetAsync<V1ServiceAccount>(name, pod.Namespace(), cancellationToken)
            ?? throw new NotMountableException($"serviceaccount \"{name}\" not found");
        var mounts = pod.Spec?.AutomountServiceAccountToken ?? account.AutomountServiceAccountToken ?? true;
        return mounts ? await kubeconfigs.GetOrAdd((pod.Namespace(), name), Make).Value : null;
    }

    Lazy<Task<string>> Make((string? Namespace, string Name) account) => new(async () =>
    {
        var token = await plane.KubectlAsync("create", "token", account.Name, "--namespace", account.Namespace!, "--duration", "24h");
        var config = JsonNode.Parse(await plane.KubectlAsync("config", "view", "--raw", "--minify", "--flatten", "--output", "json"))!;
        var user = config["contexts"]![0]!["context"]!["user"]!.GetValue<string>(); // kubectl prints one context of each config
        config["users"] = new JsonArray(new JsonObject
        {
            ["name"] = user,
            ["user"] = new JsonObject { ["token"] = token.Trim() },
        });
        return config.ToJsonString();
    });
}
