using Kombo.EndToEnd.Tests.Cluster;
using Kombo.Testing;

namespace Kombo.EndToEnd.Tests;

/// <summary>Secrets that are planted wherever one can be, and looked for in everything that Kombo tells.</summary>
[Collection(ClusterTests.Name)]
[Trait("Level", "e2e")]
public sealed class CanaryTests(KomboCluster cluster)
{
    const Need Everything = Need.ControlPlane | Need.Postgres | Need.Sources;
    const string InHeader = "canary-of-the-header";
    const string InAddress = "canary-of-the-address";
    const string InBody = "canary-of-an-error-body";
    const string InAnswer = "canary-of-an-answered-header";

    [RequiresFact(Everything)]
    public async Task No_secret_of_a_source_is_told_by_logs_objects_traces_metrics_or_tables()
    {
        await using var source = await SourceProcess.StartJsonServerAsync(20, 2, InHeader);
        await using var tenant = await cluster.NewTenantAsync();
        await ConnectAsync(tenant, source.Address.GetLeftPart(UriPartial.Authority));
        var first = await tenant.StatusAsync("people", status => Tenant.Text(status, "full", "lastSyncTime") is not null);
        (await source.RequestsAsync()).ShouldContain(
            request => request.Url.Contains(InAddress, StringComparison.Ordinal), "the canary was sent");

        await source.ControlAsync(new
        {
            faults = new[]
            {
                new
                {
                    kind = "status",
                    status = 400,
                    times = 100,
                    body = $"bad api_key {InAddress}, bad token {InHeader}: {InBody}",
                    headers = new Dictionary<string, string> { ["x-debug"] = InAnswer, ["location"] = $"/?key={InAddress}" },
                },
            },
        });
        var failed = await tenant.SyncAsync("people", "full", TimeSpan.FromMinutes(6));
        Tenant.Text(failed, "lastRequest", "result").ShouldBe("Failed");
        Tenant.Text(Tenant.Condition(failed, "SyncSucceeded"), "message")!.ShouldContain("400", Case.Sensitive, "it says what it may");

        var told = string.Join('\n', [
            cluster.Otlp.Everything,
            cluster.Operator.Output,
            await cluster.Operator.MetricsAsync(),
            .. tenant.Pods.Select(pod => pod.Output),
            await tenant.KubectlAsync("get", "events,jobs,pods,integrations,configmaps", "-o", "yaml"),
            await tenant.KubectlAsync("describe", "integrations,jobs,pods"),
            await RowsAsync(tenant),
        ]);
        told.ShouldContain(Tenant.Text(first, "history") is null ? "" : Tenant.Text(first["history"]![0], "runId")!);
        foreach (var canary in new[] { InHeader, InAddress, InBody, InAnswer, "Password=" })
            told.ShouldNotContain(canary, Case.Sensitive);
    }

    // All but the mirror itself and the keys of its tables.
    static Task<string> RowsAsync(Tenant tenant) => tenant.ScalarAsync<string>("""
        select coalesce((select string_agg(r::text, ' ') from kombo.sync_runs r), '')
            || coalesce((select string_agg(r::text, ' ') from kombo.record_errors r), '')
            || coalesce((select string_agg(r::text, ' ') from kombo.sync_checkpoints r), '')
            || coalesce((select string_agg(r::text, ' ') from kombo.webhook_outbox r), '')
            || coalesce((select string_agg(r::text, ' ') from kombo.integrations r), '')
        """);

    static async Task ConnectAsync(Tenant tenant, string address)
    {
        var sample = await File.ReadAllTextAsync(RepositoryRoot.Combine("connectors", "samples", "json-server.yaml"));
        var connector = sample
            .Replace("_sort: id", "_sort: id\n          api_key: \"{{ config.apiKey }}\"", StringComparison.Ordinal)
            .Replace("      properties:\n", "      properties:\n        apiKey: {type: string, airbyte_secret: true}\n", StringComparison.Ordinal);
        connector.ShouldContain("api_key");
        connector.ShouldContain("apiKey: {");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, connector);
        await tenant.KubectlAsync("create", "configmap", "connectors", $"--from-file=people.yaml={file}");
        File.Delete(file);
        await tenant.KubectlAsync(
            "create", "secret", "generic", "people", $"--from-literal=token={InHeader}", $"--from-literal=apiKey={InAddress}");
        await tenant.ApplyAsync($$$"""
            apiVersion: kombo.dev/v1alpha1
            kind: Integration
            metadata: {name: people}
            spec:
              connectorFrom: {configMapKeyRef: {name: connectors, key: people.yaml}}
              credentials: {secretRef: {name: people}}
              parameters: {baseUrl: "{{{address}}}"}
            """);
    }
}
