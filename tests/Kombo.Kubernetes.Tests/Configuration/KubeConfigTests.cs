using Kombo.Kubernetes.Configuration;

namespace Kombo.Kubernetes.Tests.Configuration;

public sealed class KubeConfigTests : IDisposable
{
    readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    static string File(string name, string? current = "c", string user = "", string cluster = "") => $$"""
        apiVersion: v1
        kind: Config
        {{(current is null ? "" : $"current-context: {current}")}}
        contexts: [{name: c, context: {cluster: k, user: u, namespace: from-{{name}} } }]
        clusters: [{name: k, cluster: {server: "https://{{name}}:6443"{{cluster}} } }]
        users: [{name: u, user: { {{user}} } }]
        """;

    KubernetesClientConfiguration Build(ConfigurationRequest? request = null) =>
        KubernetesClientConfiguration.Build(request ?? new ConfigurationRequest(), folder.Sources);

    [Fact]
    public void An_explicit_file_beats_everything()
    {
        folder.Set("KUBECONFIG", folder.Write("listed", File("listed")));
        Build(new ConfigurationRequest { KubeConfigPath = folder.Write("explicit", File("explicit")) }).Host.Host.ShouldBe("explicit");
    }

    [Fact]
    public void The_list_beats_the_pod_and_the_pod_beats_home()
    {
        folder.Write("home/.kube/config", File("home"));
        Build().Host.Host.ShouldBe("home");
        InPod();
        Build().Host.ToString().ShouldBe("https://[fd00::1]:8443/");
        folder.Set("KUBECONFIG", folder.Write("listed", File("listed")));
        Build().Host.Host.ShouldBe("listed");
    }

    [Fact]
    public void Nothing_at_all_says_what_can_be_done() =>
        Should.Throw<KubeConfigException>(() => Build()).Message.ShouldContain("set KUBECONFIG");

    [Fact]
    public void In_a_list_the_first_value_of_each_name_wins_and_missing_files_do_not_matter()
    {
        var first = folder.Write("first", """
            contexts: [{name: mine, context: {cluster: k}}]
            clusters: [{name: k, cluster: {server: "https://first"}}]
            """);
        var second = folder.Write("second", """
            current-context: mine
            contexts: [{name: mine, context: {cluster: other}}, {name: theirs, context: {cluster: other}}]
            clusters: [{name: k, cluster: {server: "https://second"}}, {name: other, cluster: {server: "https://other/prefix"}}]
            """);
        folder.Set("KUBECONFIG", $"{folder.Root}/missing:{first}::{second}");
        Build().Host.Host.ShouldBe("first");
        Build(new ConfigurationRequest { Context = "theirs" }).Host.ToString().ShouldBe("https://other/prefix/");
    }

    [Fact]
    public void A_list_of_nothing_is_an_error()
    {
        folder.Set("KUBECONFIG", $"{folder.Root}/missing");
        Should.Throw<KubeConfigException>(() => Build()).Message.ShouldContain("KUBECONFIG");
    }

    [Fact]
    public void Json_is_yaml() => Read("""
        {"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k"}}], "clusters": [{"name": "k", "cluster": {"server": "https://json"}}]}
        """).Host.Host.ShouldBe("json");

    [Theory]
    [InlineData("current-context: [", "is not valid YAML near line 2")]
    [InlineData("- a", "is not a mapping")]
    [InlineData("kind: Config", "no current-context")]
    [InlineData("current-context: c", "no context \"c\"")]
    [InlineData("current-context: c\ncontexts: [{name: c, context: {cluster: k}}]", "cluster \"k\", which is not there")]
    [InlineData("contexts: [{context: {}}]", "an entry of contexts has no name")]
    public void What_is_wrong_is_named(string text, string problem) =>
        Should.Throw<KubeConfigException>(() => Read(text)).Message.ShouldContain(problem);

    [Theory]
    [InlineData("auth-provider: {name: gcp}", "", "auth-provider \"gcp\"")]
    [InlineData("client-certificate-data: eA==", "", "without its key")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1}", "", "no command")]
    [InlineData("", ", insecure-skip-tls-verify: true, certificate-authority-data: eA==", "keep one")]
    [InlineData("", ", tls-server-name: api.example, proxy-url: http://proxy:3128", "tls-server-name and proxy-url")]
    public void What_cannot_be_used_is_named(string user, string cluster, string problem) =>
        Should.Throw<KubeConfigException>(() => Read(File("k", user: user, cluster: cluster))).Message.ShouldContain(problem);

    [Fact]
    public void A_broken_file_is_never_quoted() =>
        Should.Throw<KubeConfigException>(() => Read("users: [{name: u, user: {token: hunter2\"}")).ToString().ShouldNotContain("hunter2");

    [Theory]
    [InlineData("token: abc", "Bearer abc")]
    [InlineData("username: joe, password: secret", "Basic am9lOnNlY3JldA==")]
    [InlineData("tokenFile: tokens/mine", "Bearer from-file")]
    [InlineData("tokenFile: tokens/mine, token: abc", "Bearer from-file")]
    [InlineData("", null)]
    public async Task A_user_becomes_a_header(string user, string? header)
    {
        folder.Write("tokens/mine", "from-file\n"); // relative to the file that names it
        var credential = await Read(File("k", user: user)).Credentials.GetAsync(refresh: false, CancellationToken.None);
        credential.Authorization?.ToString().ShouldBe(header);
        (credential.Authorization is null).ShouldBe(header is null);
    }

    [Fact]
    public void The_rest_of_a_cluster_and_a_user_is_taken_over()
    {
        var config = Read(File(
            "k",
            user: "as: jane, as-uid: \"7\", as-groups: [a, b], as-user-extra: {scope: [x, y]}",
            cluster: ", proxy-url: \"http://proxy:8080\""));
        config.Namespace.ShouldBe("from-k");
        Read(File("k", cluster: ", tls-server-name: inner")).TlsServerName.ShouldBe("inner");
        config.ProxyUrl!.Host.ShouldBe("proxy");
        config.Impersonation!.User.ShouldBe("jane");
        config.Impersonation.Uid.ShouldBe("7");
        config.Impersonation.Groups.ShouldBe(["a", "b"]);
        config.Impersonation.Extra.ShouldBe([new("scope", "x"), new("scope", "y")]);
    }

    [Fact]
    public void A_pod_knows_its_namespace()
    {
        InPod();
        Build().Namespace.ShouldBe("home-of-the-pod");
    }

    KubernetesClientConfiguration Read(string text) => Build(new ConfigurationRequest { KubeConfigPath = folder.Write("config", text) });

    void InPod()
    {
        folder.Set("KUBERNETES_SERVICE_HOST", "fd00::1");
        folder.Set("KUBERNETES_SERVICE_PORT", "8443");
        folder.Write("serviceaccount/token", "t");
        folder.Write("serviceaccount/namespace", "home-of-the-pod\n");
    }
}
