using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kombo.Operator.Tests.Faults;
using Kombo.Operator.Tests.Process;
using Kombo.Storage;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Operator.Tests.Metrics;

/// <summary>The shipped rules, read by Prometheus' own tool; and a real Prometheus that scrapes a running operator and evaluates
/// them.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed partial class PrometheusTests(ControlPlaneFixture cluster, PostgresFixture postgres)
    : IClassFixture<ControlPlaneFixture>, IClassFixture<PostgresFixture>, IDisposable
{
    const string Canary = "canary-value-of-a-secret";
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    static readonly string Rules = RepositoryRoot.Combine("charts", "kombo", "files", "prometheus-rules.yaml");

    // Shown only after something that does not happen here.
    static readonly string[] Rare = ["kombo_sync_missed_total", "kombo_reconcile_panics_total", "kombo_events_dropped_total",
        "kombo_undecodable_objects_total", "kombo_watch_restarts_total", "kombo_reconcile_errors_total"];

    readonly string folder = Directory.CreateTempSubdirectory("kombo-prometheus-").FullName;
    readonly HttpClient http = new();

    public void Dispose()
    {
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [RequiresFact(Need.Prometheus)]
    public async Task The_rules_are_valid_and_fire_when_they_should()
    {
        File.Copy(Rules, Path.Combine(folder, "rules.yaml"));
        File.Copy(
            RepositoryRoot.Combine("tests", "Kombo.Operator.Tests", "Metrics", "rules.test.yaml"),
            Path.Combine(folder, "rules.test.yaml"));
        (await PromtoolAsync("check", "rules", "rules.yaml")).ShouldContain("SUCCESS");
        (await PromtoolAsync("test", "rules", "rules.test.yaml")).ShouldContain("SUCCESS");
    }

    [RequiresFact(Need.Prometheus | Need.ControlPlane | Need.Postgres)]
    public async Task A_prometheus_scrapes_a_running_operator_and_evaluates_the_rules()
    {
        var name = $"prom-{Guid.NewGuid():N}"[..13];
        await PrepareAsync(name);
        await using var running = await StartOperatorAsync(name);
        await cluster.KubectlAsync("apply", "-n", name, "--validate=false",
            "-f", RepositoryRoot.Combine("crds", "samples", "valid", "schedule-full.yaml"),
            "-f", RepositoryRoot.Combine("crds", "samples", "valid", "integration-small.yaml"));
        await cluster.KubectlAsync("patch", "syncschedule", "standard", "-n", name, "--type=merge", "-p", """{"spec":{"suspend":true}}""");
        await using var prometheus = await StartPrometheusAsync((await running.PortsAsync()).Metrics);

        await UntilAsync($$"""kombo_resource_suspended{kind="SyncSchedule",namespace="{{name}}",name="standard"} == 1""");
        await UntilAsync($$"""kombo_resource_condition{kind="Integration",namespace="{{name}}",name="acme",type="Ready",status="False"} == 1""");
        await UntilAsync("""sum(rate(rest_client_requests_total{code="200",method="GET"}[1m])) >= 0""");
        await UntilAsync("histogram_quantile(0.99, sum by (le, controller) (kombo_reconcile_duration_seconds_bucket)) > 0");
        var alert = await Eventually.GetsAsync(
            async () => (await GetAsync("api/v1/alerts"))["data"]!["alerts"]!.AsArray()
                .FirstOrDefault(alert => alert!["labels"]!["alertname"]!.GetValue<string>() == "KomboIntegrationNotReady"),
            Deadline);
        alert["labels"]!["name"]!.GetValue<string>().ShouldBe("acme");
        alert["annotations"]!["summary"]!.GetValue<string>().ShouldContain($"{name}/acme");
        var rules = (await GetAsync("api/v1/rules"))["data"]!["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).ToList();
        rules.ShouldNotBeEmpty();
        rules.ShouldAllBe(rule => rule!["health"]!.GetValue<string>() == "ok");

        await cluster.KubectlAsync("delete", "integration", "acme", "-n", name);
        await UntilAsync($$"""absent(kombo_resource_condition{kind="Integration",namespace="{{name}}"})""");
        await CheckTextAsync(await running.MetricsAsync(), running.Process.Output);
        await cluster.KubectlAsync("delete", "namespace", name, "--wait=false");
    }

    [Fact]
    public void The_rules_and_the_dashboard_use_no_name_that_is_not_documented()
    {
        var known = Documented();
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(Rules)!)) // it has a folder
            foreach (Match used in Metric().Matches(File.ReadAllText(file)))
                known.ShouldContain(Family(used.Value), $"{Path.GetFileName(file)} uses {used.Value}");
    }

    // What the operator shows is in the table and the other way round; a Secret is nowhere.
    async Task CheckTextAsync(string text, string log)
    {
        var shown = text.Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2]).Where(family => Metric().IsMatch(family)).ToHashSet();
        var documented = Documented().Where(name => !name.StartsWith("kombo_worker", StringComparison.Ordinal)).ToList();
        shown.Except(documented).ShouldBeEmpty();
        documented.Except(shown).Except(Rare).Except(Rare2).ShouldBeEmpty();
        text.Split('\n').Count(line => line.StartsWith("# HELP ", StringComparison.Ordinal))
            .ShouldBeGreaterThanOrEqualTo(shown.Count, "each says what it is");
        text.ShouldNotContain(Canary);
        log.ShouldNotContain(Canary);
        // The runtime's own names are not ours to choose.
        var own = string.Join('\n', text.Split('\n').Where(line => !line.Contains("dotnet_", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(Path.Combine(folder, "metrics.txt"), own);
        await ChildProcess.RunAsync(new()
        {
            Program = "sh",
            Arguments = ["-c", $"'{Path.Combine(Requirements.PrometheusFolder(), "promtool")}' check metrics < '{folder}/metrics.txt'"],
        }, Deadline);
    }

    // No sync runs here, and there is one operator.
    static readonly string[] Rare2 = ["kombo_sync_runs_total", "kombo_sync_duration_seconds", "kombo_sync_start_delay_seconds",
        "kombo_sync_requests_total", "kombo_sync_last_success_timestamp_seconds", "kombo_sync_next_timestamp_seconds",
        "workqueue_retries_total", "kombo_watch_events_total"];

    static List<string> Documented() =>
        [.. File.ReadLines(RepositoryRoot.Combine("docs", "operations.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Metric().Matches(line.Split('|')[1])).Select(match => match.Value).Distinct()];

    static string Family(string series) => Suffix().Replace(series, "");

    async Task PrepareAsync(string name)
    {
        await cluster.KubectlAsync("apply", "--validate=false",
            "-f", RepositoryRoot.Combine("crds", "integrations.yaml"),
            "-f", RepositoryRoot.Combine("crds", "syncschedules.yaml"),
            "-f", RepositoryRoot.Combine("operator", "rbac.yaml"));
        await cluster.KubectlAsync(
            "wait", "--for=condition=Established", "crd/integrations.kombo.dev", "crd/syncschedules.kombo.dev");
        await cluster.KubectlAsync("create", "namespace", name);
        await cluster.KubectlAsync("create", "secret", "generic", "other", "-n", name, $"--from-literal=token={Canary}");
    }

    async Task<RunningOperator> StartOperatorAsync(string name)
    {
        var connection = await postgres.CreateDatabaseAsync();
        await using (var database = KomboDatabase.Open(connection, NullLoggerFactory.Instance))
            await database.MigrateAsync(CancellationToken.None);
        var process = ChildProcess.Start(BuiltProgram.Operator.With() with
        {
            WorkingFolder = folder,
            Environment = ImmutableDictionary<string, string?>.Empty
                .Add("KUBECONFIG", cluster.KubeconfigPath)
                .Add("KOMBO_DATABASE_CONNECTION", connection)
                .Add("KOMBO_Operator__WorkerImage", "kombo-worker:test")
                .Add("KOMBO_Operator__Namespaces", name)
                .Add("KOMBO_Operator__LeaderElection", "true")
                .Add("KOMBO_Operator__LeaseNamespace", name)
                .Add("KOMBO_Operator__HealthPort", "0")
                .Add("KOMBO_Operator__MetricsPort", "0"),
        });
        await process.WaitForLineAsync("Leading:", Deadline);
        return new(process);
    }

    async Task<ChildProcess> StartPrometheusAsync(int target)
    {
        File.Copy(Rules, Path.Combine(folder, "rules.yaml"));
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: [rules.yaml]
            scrape_configs:
              - job_name: kombo-operator
                honor_labels: true
                static_configs: [{targets: ["127.0.0.1:{{target}}"]}]
            """);
        var process = ChildProcess.Start(new ChildProcessStart
        {
            Program = Path.Combine(Requirements.PrometheusFolder(), "prometheus"),
            Arguments = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0", "--log.level=info"],
            WorkingFolder = folder,
        });
        var line = await process.WaitForLineAsync("Listening on", Deadline);
        http.BaseAddress = new($"http://{Address().Match(line).Groups[1].Value}/");
        // It listens before it answers: 503 until its storage is open.
        await Eventually.BecomesAsync(IsReadyAsync, Deadline, "Prometheus is ready");
        return process;
    }

    async Task<bool> IsReadyAsync()
    {
        using var answer = await http.GetAsync("-/ready");
        return answer.IsSuccessStatusCode;
    }

    Task<string> PromtoolAsync(params string[] arguments) => ChildProcess.RunAsync(
        new ChildProcessStart
        {
            Program = Path.Combine(Requirements.PrometheusFolder(), "promtool"),
            Arguments = [.. arguments],
            WorkingFolder = folder,
        },
        Deadline);

    Task UntilAsync(string expression) => Eventually.BecomesAsync(
        async () => (await GetAsync($"api/v1/query?query={Uri.EscapeDataString(expression)}"))["data"]!["result"]!.AsArray().Count > 0,
        Deadline,
        expression);

    async Task<JsonNode> GetAsync(string address) =>
        JsonNode.Parse(await http.GetStringAsync(address)) ?? throw new JsonException("null");

    [GeneratedRegex(@"\b(kombo_(sync|reconcile|watch|resource|worker|events|undecodable)|workqueue|rest_client|leader_election)_[a-z_]+\b")]
    private static partial Regex Metric();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"address=(\S+)")]
    private static partial Regex Address();
}
