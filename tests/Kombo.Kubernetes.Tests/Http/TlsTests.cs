using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;
using Kombo.Kubernetes.Tests.Configuration;
using Kombo.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Tests.Http;

/// <summary>Certificates, names and tokens against a server that speaks TLS.</summary>
public sealed class TlsTests : IAsyncLifetime, IDisposable
{
    readonly TestFolder folder = new();
    readonly ManualClock clock = new();
    readonly TestAuthority authority = new("trusted");
    readonly ConcurrentQueue<string> seen = new();
    readonly ConcurrentQueue<string> asked = new(); // names in handshakes
    WebApplication? server;
    Func<HttpContext, int> answer = _ => 200;

    int Port => new Uri(server!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port; // started

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var certificate = authority.Issue("kubernetes.default", "127.0.0.1");
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificateSelector = (_, name) =>
            {
                asked.Enqueue(name ?? "");
                return certificate;
            },
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            ClientCertificateValidation = (_, _, _) => true,
        })));
        server = builder.Build();
        server.Run(async context =>
        {
            seen.Enqueue($"{context.Request.Protocol} {context.Request.Host.Host} {context.Connection.ClientCertificate?.Subject} {context.Request.Headers.Authorization}".Replace("  ", " ").TrimEnd());
            context.Response.StatusCode = answer(context);
            await context.Response.WriteAsJsonAsync(new { kind = "ConfigMap", metadata = new { name = "a" } });
        });
        await server.StartAsync();
    }

    public async Task DisposeAsync() => await server!.DisposeAsync();

    public void Dispose()
    {
        folder.Dispose();
        authority.Dispose();
    }

    [Fact]
    public async Task A_server_of_the_given_authority_is_trusted()
    {
        await GetAsync(Config("certificate-authority-data: " + authority.Base64));
        seen.Single().ShouldBe("HTTP/2 127.0.0.1");
    }

    [Fact]
    public async Task A_server_of_another_authority_is_not()
    {
        using var other = new TestAuthority("other");
        var failure = await Should.ThrowAsync<KubernetesException>(() => GetAsync(Config("certificate-authority-data: " + other.Base64)));
        failure.IsConnectionFailure.ShouldBeTrue();
        seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_of_another_name_is_not() => await Should.ThrowAsync<KubernetesException>(
        () => GetAsync(Config("certificate-authority-data: " + authority.Base64, host: "localhost")));

    [Fact]
    public async Task Another_name_can_be_asked_for_in_the_handshake_only()
    {
        var config = Config("certificate-authority-data: " + authority.Base64 + ", tls-server-name: kubernetes.default", host: "localhost");
        await GetAsync(config);
        asked.Single().ShouldBe("kubernetes.default");
        seen.Single().ShouldBe("HTTP/1.1 localhost"); // the Host header stays the server's
        await Should.ThrowAsync<KubernetesException>(
            () => GetAsync(Config("certificate-authority-data: " + authority.Base64 + ", tls-server-name: wrong.default")));
    }

    [Fact]
    public async Task Whoever_asks_for_it_need_not_verify() =>
        await GetAsync(Config("insecure-skip-tls-verify: true", host: "localhost"));

    [Fact]
    public async Task A_client_certificate_is_shown_and_a_new_one_as_well()
    {
        WriteClient("first");
        using var client = Client(Config(
            "certificate-authority-data: " + authority.Base64, user: "client-certificate: c.crt, client-key: c.key"));
        await GetAsync(client);
        WriteClient("second");
        clock.Advance(TimeSpan.FromMinutes(5));
        await GetAsync(client);
        seen.ShouldBe(["HTTP/2 127.0.0.1 CN=first", "HTTP/2 127.0.0.1 CN=second"]);
    }

    [Fact]
    public async Task An_authority_that_is_replaced_is_followed()
    {
        using var other = new TestAuthority("other");
        folder.Write("ca.crt", other.Pem);
        using var client = Client(Config("certificate-authority: ca.crt"));
        await Should.ThrowAsync<KubernetesException>(() => GetAsync(client));
        folder.Write("ca.crt", authority.Pem);
        clock.Advance(TimeSpan.FromMinutes(5));
        await GetAsync(client);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_read_again_once()
    {
        folder.Write("token", "old");
        using var client = Client(Config("certificate-authority-data: " + authority.Base64, user: "tokenFile: token"));
        await GetAsync(client);
        folder.Write("token", "new");
        answer = context => context.Request.Headers.Authorization == "Bearer new" ? 200 : 401;
        await GetAsync(client);
        seen.Select(line => line.Split(' ')[^1]).ShouldBe(["old", "old", "new"]);
        answer = _ => 401;
        (await Should.ThrowAsync<KubernetesException>(() => GetAsync(client))).IsUnauthorized.ShouldBeTrue();
        seen.Count.ShouldBe(5);
    }

    string Config(string cluster, string user = "", string host = "127.0.0.1") => folder.Write("config", $$"""
        current-context: c
        contexts: [{name: c, context: {cluster: k, user: u} }]
        clusters: [{name: k, cluster: {server: "https://{{host}}:{{Port}}", {{cluster}} } }]
        users: [{name: u, user: { {{user}} } }]
        """);

    KubernetesHttpClient Client(string config) => new(
        KubernetesClientConfiguration.BuildDefaultConfig(new ConfigurationRequest { KubeConfigPath = config, Clock = clock }),
        new KubernetesClientOptions { MaxAttempts = 1 });

    async Task GetAsync(string config)
    {
        using var client = Client(config);
        await GetAsync(client);
    }

    static async Task GetAsync(KubernetesHttpClient client) =>
        (await client.GetAsync<V1ConfigMap>("a", "n", CancellationToken.None)).ShouldNotBeNull();

    void WriteClient(string name)
    {
        using var certificate = authority.Issue(name);
        folder.Write("c.crt", certificate.ExportCertificatePem());
        folder.Write("c.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }
}

/// <summary>A certificate authority of one test.</summary>
public sealed class TestAuthority : IDisposable
{
    readonly X509Certificate2 root;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(10));
    }

    public string Pem => root.ExportCertificatePem();

    public string Base64 => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(Pem));

    public void Dispose() => root.Dispose();

    public X509Certificate2 Issue(string name, string? address = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (address is not null)
            names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(
            root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
