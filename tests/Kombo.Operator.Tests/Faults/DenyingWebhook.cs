using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kombo.Operator.Tests.Faults;

/// <summary>An admission webhook that denies every Job of one namespace, and names no code, as most do.</summary>
sealed class DenyingWebhook : IAsyncDisposable
{
    readonly WebApplication server;
    readonly FaultPlane plane;
    readonly string name;

    DenyingWebhook(WebApplication server, FaultPlane plane, string name) =>
        (this.server, this.plane, this.name) = (server, plane, name);

    public static async Task<DenyingWebhook> StartAsync(FaultPlane plane, string space, string reason)
    {
        var certificate = Certificate();
        var server = Serve(certificate, reason);
        await server.StartAsync();
        var address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(); // started
        var name = $"deny-{space}";
        var file = Path.Combine(Path.GetTempPath(), $"kombo-{Guid.NewGuid():N}.json");
        try
        {
            await plane.Cluster.KubectlAsync("label", "namespace", space, $"test.kombo.dev/webhook={name}");
            await File.WriteAllTextAsync(file, Configuration(name, address, certificate).ToJsonString());
            await plane.Cluster.KubectlAsync("create", "-f", file);
        }
        finally
        {
            File.Delete(file);
        }
        var webhook = new DenyingWebhook(server, plane, name);
        await Testing.Eventually.BecomesAsync(() => webhook.DeniesAsync(space), TimeSpan.FromMinutes(1));
        return webhook;
    }

    public Task RemoveAsync() => plane.Cluster.KubectlAsync(
        "delete", "validatingwebhookconfiguration", name, "--ignore-not-found");

    public async ValueTask DisposeAsync()
    {
        await RemoveAsync();
        await server.DisposeAsync();
    }

    // The API server knows of it some moments after it is stored.
    async Task<bool> DeniesAsync(string space)
    {
        try
        {
            await plane.Cluster.KubectlAsync("create", "job", "probe", "--image=busybox", "-n", space, "--dry-run=server");
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    static WebApplication Serve(X509Certificate2 certificate, string reason)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0,
            listen => listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = certificate })));
        var server = builder.Build();
        server.Run(async context =>
        {
            var review = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(
                new JsonObject
                {
                    ["apiVersion"] = "admission.k8s.io/v1",
                    ["kind"] = "AdmissionReview",
                    ["response"] = new JsonObject
                    {
                        ["uid"] = review!["request"]!["uid"]!.GetValue<string>(), // of every review
                        ["allowed"] = false,
                        ["status"] = new JsonObject { ["message"] = reason },
                    },
                }.ToJsonString(), context.RequestAborted);
        });
        return server;
    }

    // Where this test dies, what is left refuses nothing.
    static JsonObject Configuration(string name, string address, X509Certificate2 certificate) => new()
    {
        ["apiVersion"] = "admissionregistration.k8s.io/v1",
        ["kind"] = "ValidatingWebhookConfiguration",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["webhooks"] = new JsonArray(new JsonObject
        {
            ["name"] = "jobs.test.kombo.dev",
            ["failurePolicy"] = "Ignore",
            ["sideEffects"] = "None",
            ["admissionReviewVersions"] = new JsonArray("v1"),
            ["timeoutSeconds"] = 10,
            ["clientConfig"] = new JsonObject
            {
                ["url"] = address,
                ["caBundle"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())),
            },
            ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["test.kombo.dev/webhook"] = name } },
            ["rules"] = new JsonArray(new JsonObject
            {
                ["apiGroups"] = new JsonArray("batch"),
                ["apiVersions"] = new JsonArray("v1"),
                ["operations"] = new JsonArray("CREATE"),
                ["resources"] = new JsonArray("jobs"),
            }),
        }),
    };

    static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
    }
}
