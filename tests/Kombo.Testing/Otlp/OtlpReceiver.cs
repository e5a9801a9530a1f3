using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kombo.Testing.Otlp;

/// <summary>Takes what OpenTelemetry's exporters send (OTLP, http/protobuf), on a free port of the loopback interface.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ConcurrentQueue<ReceivedSpan> spans = new();
    readonly ConcurrentQueue<string> bodies = new();

    OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapPost("/v1/{signal}", ReceiveAsync);
    }

    /// <summary>The spans so far, in the order of their arrival.</summary>
    public IReadOnlyList<ReceivedSpan> Spans => [.. spans];

    /// <summary>Everything that was sent, read as text: whatever is anywhere in it is in here too.</summary>
    public string Everything => string.Join('\n', bodies);

    /// <summary>The last body with that text in it, read as text; null: none so far.</summary>
    public string? Last(string text) => bodies.LastOrDefault(body => body.Contains(text, StringComparison.Ordinal));

    /// <summary>For the environment of a program.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver.app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    async Task ReceiveAsync(HttpContext context, string signal)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        bodies.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
        if (signal == "traces")
            foreach (var span in ReceivedSpan.Read(body.ToArray()))
                spans.Enqueue(span);
        context.Response.ContentType = "application/x-protobuf"; // an empty answer: all is accepted
    }
}
