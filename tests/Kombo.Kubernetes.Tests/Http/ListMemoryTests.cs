using System.Text;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests.Http;

[Collection(nameof(ListMemoryTests)), CollectionDefinition(nameof(ListMemoryTests), DisableParallelization = true)]
public sealed class ListMemoryTests
{
    const int Objects = 5000;

    [Fact]
    public async Task Five_thousand_jobs_fit_into_thirty_megabytes()
    {
        using var server = new ScriptedHandler().ThenStream(new MemoryStream(Encoding.UTF8.GetBytes(List())));
        using var client = new KubernetesHttpClient(
            new KubernetesClientConfiguration(new Uri("http://cluster.test/")), new KubernetesClientOptions { Wrap = _ => server });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var list = await client.ListAsync<V1Job>(null, ListOptions.All, CancellationToken.None);
        var used = GC.GetTotalMemory(forceFullCollection: true) - before;
        list.Items.Count.ShouldBe(Objects);
        used.ShouldBeLessThan(30 * 1024 * 1024);
    }

    static string List()
    {
        var items = Enumerable.Range(0, Objects).Select(number => $$$"""
            {"metadata": {"name": "integration-{{{number}}}-full-1767603600-abcde", "namespace": "tenants", "uid": "0190a5e6-0000-7000-8000-{{{number:d12}}}",
              "resourceVersion": "{{{number}}}", "generation": 1, "creationTimestamp": "2026-01-05T09:00:00Z",
              "labels": {"app.kubernetes.io/managed-by": "kombo-operator", "kombo.dev/integration": "integration-{{{number}}}"},
              "annotations": {"kombo.dev/run-id": "r{{{number}}}", "kombo.dev/trigger": "Schedule"},
              "ownerReferences": [{"apiVersion": "kombo.dev/v1alpha1", "kind": "Integration", "name": "i{{{number}}}", "uid": "u{{{number}}}", "controller": true}],
              "managedFields": [{"manager": "m", "fieldsV1": {"f:spec": {{{Padding}}} } }]},
             "spec": {"backoffLimit": 2, "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "worker", "image": "kombo/worker:1",
               "env": [{"name": "A", "value": "{{{number}}}"}, {"name": "B", "value": "b"}], "resources": {"requests": {"cpu": "100m", "memory": "128Mi"} } }] } } },
             "status": {"active": 1, "startTime": "2026-01-05T09:00:00Z"}}
            """);
        return $$"""{"metadata": {"resourceVersion": "1"}, "items": [{{string.Join(',', items)}}]}""";
    }

    // What a real server keeps there of each object.
    static string Padding { get; } =
        "{" + string.Join(',', Enumerable.Range(0, 100).Select(number => $"\"f:field{number}\": null")) + "}";
}
