using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Hosting;

/// <summary>What the operator needs as a process of its own.</summary>
static class OperatorProcess
{
    const string Ready = "ready";

    /// <summary>A real API server, health checks, and logs that fit the place.</summary>
    public static void AddOperatorProcess(this WebApplicationBuilder builder)
    {
        builder.Configuration.AddEnvironmentVariables("KOMBO_");
        builder.Services.AddOptions<OperatorOptions>().BindConfiguration(OperatorOptions.Section);
        builder.Services.AddSingleton<IKubernetesClient>(CreateClient);
        builder.Services.AddHealthChecks().AddCheck<OperatorHealth>(Ready, tags: [Ready]);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Logging.ClearProviders();
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning); // it tells every statement
        if (KubernetesClientConfiguration.IsInCluster())
            builder.Logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
        else
            builder.Logging.AddSimpleConsole(
                console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(
            kestrel.ApplicationServices.GetRequiredService<IOptions<OperatorOptions>>().Value.HealthPort));
    }

    /// <returns>The settings that are wrong, for the one who set them; null if none is.</returns>
    public static string? FindProblem(IServiceProvider services)
    {
        try
        {
            _ = services.GetRequiredService<IOptions<OperatorOptions>>().Value; // checks them
            return null;
        }
        catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
        {
            return $"{exception.Message} (set it as KOMBO_{OperatorOptions.Section}__Name in the environment, or as "
                + $"--{OperatorOptions.Section}:Name=value; docs/operator.md lists the settings)";
        }
    }

    /// <summary>Alive: the process answers. Ready: it knows the cluster.</summary>
    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/healthz", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/readyz", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready) });
    }

    static KubernetesHttpClient CreateClient(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<OperatorOptions>>().Value;
        var clock = services.GetRequiredService<TimeProvider>();
        var loggers = services.GetRequiredService<ILoggerFactory>();
        var configuration = KubernetesClientConfiguration.BuildDefaultConfig(
            new() { KubeConfigPath = options.KubeConfig, Clock = clock, LoggerFactory = loggers });
        return new(configuration, new() { Json = CustomResources.Json, Clock = clock, LoggerFactory = loggers });
    }
}
