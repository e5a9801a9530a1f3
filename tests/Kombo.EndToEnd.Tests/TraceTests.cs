using System.Text.Json.Nodes;
using Kombo.EndToEnd.Tests.Cluster;
using Kombo.Testing;
using Kombo.Testing.Otlp;

namespace Kombo.EndToEnd.Tests;

/// <summary>One trace from the reconcile over the Job and the worker to the database, through three processes; and nothing in it that
/// is nobody's business.</summary>
[Collection(ClusterTests.Name)]
[Trait("Level", "e2e")]
public sealed class TraceTests(KomboCluster cluster)
{
    const Need Everything = Need.ControlPlane | Need.Postgres | Need.Sources;
    const string Token = "trace-canary-token";
    const string Title = "Canary of Records";
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    static readonly string[] Fields = ["Timestamp", "EventId", "LogLevel", "Category", "Message"];

    [RequiresFact(Everything)]
    public async Task A_sync_is_one_trace_through_all_processes_and_holds_no_secret_and_no_value()
    {
        await using var source = await SourceProcess.StartScimAsync(50, 2, Token);
        await source.ControlAsync(new { users = new[] { new { id = "user-00007", title = Title } } });
        await using var tenant = await cluster.NewTenantAsync();
        await tenant.KubectlAsync("create", "secret", "generic", "acme-scim", $"--from-literal=token={Token}");
        await tenant.ApplyAsync($$$"""
            apiVersion: kombo.dev/v1alpha1
            kind: Integration
            metadata: {name: acme}
            spec:
              connector: scim
              parameters: {baseUrl: "{{{source.Address}}}scim/v2"}
              credentials: {secretRef: {name: acme-scim}}
              scope: {models: [{name: hris_employees}, {name: hris_teams}]}
            """);
        var status = await tenant.StatusAsync("acme", status => Tenant.Text(status, "full", "lastSyncTime") is not null);
        var run = status["history"]![0]!; // it has one
        var runId = Tenant.Text(run, "runId");
        (await tenant.ScalarAsync<long>(
            $"select count(*) from kombo.hris_employees where integration_id = @integration and job_title = '{Title}'",
            Tenant.Text(status, "integrationId"))).ShouldBe(1, "the canary is in the mirror, and nowhere else");

        var job = await SpanAsync(span => span is { Source: "Kombo.Operator", Name: "create job" } && span["kombo.dev.run.id"] == runId);
        var reconcile = await SpanAsync(span => span.Id == job.ParentId);
        var sync = await SpanAsync(span => span is { Source: "Kombo.Worker", Name: "sync" } && span["kombo.dev.run.id"] == runId);
        var stream = await SpanAsync(span => span is { Name: "read stream" } && span.ParentId == sync.Id);
        var statement = await SpanAsync(span => span is { Source: "Npgsql" } && span.ParentId == stream.Id);
        reconcile.Name.ShouldBe("reconcile integration");
        sync.ParentId.ShouldBe(job.Id, "the worker goes on with the span that made its Job");
        new[] { reconcile, sync, stream, statement }.ShouldAllBe(span => span.TraceId == job.TraceId);
        foreach (var span in new[] { job, sync, stream, statement })
        {
            span["k8s.namespace.name"].ShouldBe(tenant.Name);
            span["k8s.job.name"].ShouldBe(job["k8s.job.name"]);
            span["kombo.dev.run.id"].ShouldBe(runId);
        }
        (reconcile["service.name"], sync["service.name"]).ShouldBe(("kombo-operator", "kombo-worker"));
        (await tenant.KubectlAsync("get", "job", job["k8s.job.name"]!)).ShouldContain(job["k8s.job.name"]!);

        await Eventually.BecomesAsync(() => cluster.Otlp.Everything.Contains("kombo_worker_records", StringComparison.Ordinal), Deadline);
        var told = cluster.Otlp.Everything + cluster.Operator.Output + await cluster.Operator.MetricsAsync()
            + string.Join('\n', tenant.Pods.Select(pod => pod.Output))
            + await tenant.KubectlAsync("get", "events,jobs,pods,integrations", "-o", "yaml");
        told.ShouldContain(runId!);
        foreach (var canary in new[] { Token, Title, "Username=", "Password=" })
            told.ShouldNotContain(canary, Case.Sensitive);

        var logs = Logs(cluster.Operator.Output);
        logs.ShouldAllBe(line => Fields.All(field => line.ContainsKey(field)));
        logs.ShouldContain(line => line.ToJsonString().Contains($"\"TraceId\":\"{job.TraceId}\"", StringComparison.Ordinal));
        foreach (var pod in tenant.Pods)
            Logs(pod.Output).ShouldAllBe(line => Fields.All(field => line.ContainsKey(field)));
    }

    [RequiresFact(Everything)]
    public async Task What_is_told_of_an_object_ends_with_it()
    {
        await using var tenant = await cluster.NewTenantAsync();
        await tenant.ApplyAsync("""
            apiVersion: kombo.dev/v1alpha1
            kind: Integration
            metadata: {name: acme}
            spec: {connector: no-such-connector}
            """);
        await Eventually.BecomesAsync(() => LastOfObjects().Contains(tenant.Name, StringComparison.Ordinal), Deadline);
        await tenant.KubectlAsync("delete", "integration", "acme");
        await Eventually.BecomesAsync(() => !LastOfObjects().Contains(tenant.Name, StringComparison.Ordinal), Deadline);
        (await cluster.Operator.MetricsAsync()).ShouldNotContain($"\"{tenant.Name}\"");
    }

    static IReadOnlyList<JsonObject> Logs(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldNotBeEmpty();
        return [.. lines.Select(line => JsonNode.Parse(line)!.AsObject())]; // each is one, or it throws and shows where
    }

    string LastOfObjects() => cluster.Otlp.Last("kombo_sync_active") ?? "";

    Task<ReceivedSpan> SpanAsync(Func<ReceivedSpan, bool> wanted) =>
        Eventually.GetsAsync(() => Task.FromResult(cluster.Otlp.Spans.FirstOrDefault(wanted)), Deadline);
}
