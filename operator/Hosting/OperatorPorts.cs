using Kombo.Operator.Metrics;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Hosting;

/// <summary>Two ports: health is for the kubelet, metrics are for Prometheus, and a NetworkPolicy can tell them apart.</summary>
static partial class OperatorPorts
{
    public const string Alive = "alive";
    public const string Ready = "ready";

    const string MetricsPath = "/metrics";
    const string Listener = "kombo.listener";

    /// <summary>Listens; what is bound is known after the start.</summary>
    public static void Listen(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var options = kestrel.ApplicationServices.GetRequiredService<IOptions<OperatorOptions>>().Value;
            var ports = kestrel.ApplicationServices.GetRequiredService<BoundPorts>();
            kestrel.ListenAnyIP(options.HealthPort, listen => Mark(ports.Health = listen, nameof(ports.Health)));
            kestrel.ListenAnyIP(options.MetricsPort, listen => Mark(ports.Metrics = listen, nameof(ports.Metrics)));
        });
        builder.Services.AddSingleton<BoundPorts>();
    }

    /// <summary>/healthz and /readyz on the one, /metrics on the other.</summary>
    public static void MapPorts(this WebApplication app)
    {
        var (ports, exposition) = (app.Services.GetRequiredService<BoundPorts>(), app.Services.GetRequiredService<MetricsExposition>());
        app.Use(OnItsOwnPort);
        app.MapHealthChecks("/healthz", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Alive) });
        app.MapHealthChecks("/readyz", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready) });
        app.MapGet(MetricsPath, (HttpContext context) =>
        {
            context.Response.ContentType = MetricsExposition.ContentType;
            return context.Response.WriteAsync(exposition.Read());
        });
        app.Lifetime.ApplicationStarted.Register(
            () => LogPorts(app.Logger, ports.Health?.IPEndPoint?.Port, ports.Metrics?.IPEndPoint?.Port));
    }

    static Task OnItsOwnPort(HttpContext context, RequestDelegate next)
    {
        var listener = context.Features.Get<IConnectionItemsFeature>()?.Items[Listener] as string;
        var wanted = context.Request.Path == MetricsPath ? nameof(BoundPorts.Metrics) : nameof(BoundPorts.Health);
        if (listener == wanted)
            return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    static void Mark(ListenOptions listen, string name) => listen.Use(next => connection =>
    {
        connection.Items[Listener] = name;
        return next(connection);
    });

    [LoggerMessage(1601, LogLevel.Information, "Health on port {Health}, metrics on port {Metrics}")]
    static partial void LogPorts(ILogger logger, int? health, int? metrics);
}

/// <summary>Known once the server listens.</summary>
sealed class BoundPorts
{
    public ListenOptions? Health { get; set; }
    public ListenOptions? Metrics { get; set; }
}
