using Kombo.Kubernetes.Configuration;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Kubernetes.Tests.Configuration;

/// <summary>Credentials that change while we run.</summary>
public sealed class CredentialTests : IDisposable
{
    readonly TestFolder folder = new();
    readonly ManualClock clock = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_token_file_is_read_again_each_minute_or_when_refused()
    {
        var credentials = new TokenFileCredentials(folder.Write("token", "one"), clock, NullLogger.Instance);
        (await TokenAsync(credentials)).ShouldBe("one");
        folder.Write("token", "two");
        (await TokenAsync(credentials)).ShouldBe("one");
        (await TokenAsync(credentials, refresh: true)).ShouldBe("two");
        folder.Write("token", "three");
        clock.Advance(TimeSpan.FromMinutes(1));
        (await TokenAsync(credentials)).ShouldBe("three");
    }

    [Fact]
    public async Task While_a_token_cannot_be_read_the_old_one_stays()
    {
        var path = folder.Write("token", "one");
        var credentials = new TokenFileCredentials(path, clock, NullLogger.Instance);
        await TokenAsync(credentials);
        File.Delete(path);
        (await TokenAsync(credentials, refresh: true)).ShouldBe("one");
        folder.Write("token", "");
        (await TokenAsync(credentials, refresh: true)).ShouldBe("one");
    }

    [Fact]
    public async Task A_program_runs_until_its_credential_ends_and_once_more_when_refused()
    {
        using var credentials = Exec("""
            echo run >> runs
            echo "{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"kind\": \"ExecCredential\", \"status\": {\"token\": \"t$(wc -l < runs)\", \"expirationTimestamp\": \"2026-01-05T10:00:00Z\"}}"
            """);
        (await TokenAsync(credentials)).ShouldBe("t1");
        (await TokenAsync(credentials)).ShouldBe("t1");
        (await TokenAsync(credentials, refresh: true)).ShouldBe("t2");
        clock.Advance(TimeSpan.FromMinutes(59));
        (await TokenAsync(credentials)).ShouldBe("t2");
        clock.Advance(TimeSpan.FromSeconds(45)); // not later than half a minute before the end
        (await TokenAsync(credentials)).ShouldBe("t3");
    }

    [Fact]
    public async Task A_program_gets_its_arguments_and_is_told_of_its_cluster()
    {
        using var credentials = Exec(
            """
            [ "$1" = "a b" ] && [ "$2" = '$HOME' ] && [ "$GREETING" = "hello" ] || exit 9
            echo "$KUBERNETES_EXEC_INFO" > info
            echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "t"}}'
            """,
            new ExecClusterInfo { Server = "https://k", TlsServerName = "inner" });
        (await TokenAsync(credentials)).ShouldBe("t");
        File.ReadAllText(Path.Combine(folder.Root, "info")).Trim().ShouldBe(
            """{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false,"cluster":{"server":"https://k","tls-server-name":"inner"}}}""");
    }

    [Theory]
    [InlineData("exit 3", "failed with exit code 3. Install it")]
    [InlineData("echo not json", "is not an ExecCredential in JSON. Install it")]
    [InlineData("""echo '{"kind": "ExecCredentials", "apiVersion": "client.authentication.k8s.io/v1"}'""", "printed kind ExecCredentials")]
    [InlineData("""echo '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1"}'""", "instead of ExecCredential client.authentication.k8s.io/v1")]
    [InlineData("""echo '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1"}'""", "no status")]
    [InlineData("""echo '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {}}'""", "neither a token nor a certificate")]
    [InlineData("""echo '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"clientCertificateData": "x"}}'""", "without its key")]
    public async Task What_a_program_does_wrong_is_named(string script, string problem)
    {
        using var credentials = Exec(script);
        (await Should.ThrowAsync<KubeConfigException>(() => TokenAsync(credentials))).Message.ShouldContain(problem);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named_with_its_hint()
    {
        var plugin = new ExecPlugin(
            new KubeExec { Command = "no-such-program", ApiVersion = "client.authentication.k8s.io/v1", InstallHint = "Install it" },
            cluster: null, TimeSpan.FromSeconds(10), clock);
        (await Should.ThrowAsync<KubeConfigException>(() => plugin.RunAsync(CancellationToken.None)))
            .Message.ShouldSatisfyAllConditions(text => text.ShouldContain("could not be started"), text => text.ShouldContain("Install it"));
    }

    [Fact]
    public async Task A_program_that_does_not_end_is_killed()
    {
        using var credentials = Exec("echo $$ > pid; exec sleep 600");
        var token = TokenAsync(credentials);
        await Eventually.BecomesAsync(() => new FileInfo(Path.Combine(folder.Root, "pid")) is { Exists: true, Length: > 0 }, TimeSpan.FromSeconds(10));
        clock.Advance(TimeSpan.FromSeconds(60));
        (await Should.ThrowAsync<KubeConfigException>(() => token)).Message.ShouldContain("did not end within 60 s");
        var pid = File.ReadAllText(Path.Combine(folder.Root, "pid")).Trim();
        await Eventually.BecomesAsync(
            () => !Directory.Exists($"/proc/{pid}") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z"), TimeSpan.FromSeconds(10));
    }

    ExecCredentials Exec(string script, ExecClusterInfo? cluster = null)
    {
        var program = folder.Write("plugin", $"#!/bin/sh\ncd '{folder.Root}'\n{script}\n", isProgram: true);
        var exec = new KubeExec
        {
            Command = program,
            ApiVersion = "client.authentication.k8s.io/v1",
            Arguments = ["a b", "$HOME"],
            Environment = [new("GREETING", "hello")],
            InstallHint = "Install it",
            ProvideClusterInfo = cluster is not null,
        };
        return new ExecCredentials(new ExecPlugin(exec, cluster, TimeSpan.FromSeconds(60), clock), clock);
    }

    static async Task<string?> TokenAsync(IClusterCredentials credentials, bool refresh = false) =>
        (await credentials.GetAsync(refresh, CancellationToken.None)).Authorization?.Parameter;
}
