using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Operator.Leadership;
using Kombo.Operator.Metrics;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Hosting;

/// <summary>What the operator needs as a process of its own.</summary>
static class OperatorProcess
{
    /// <summary>A real API server, an election, ports for health and metrics, and logs that fit the place.</summary>
    public static void AddOperatorProcess(this WebApplicationBuilder builder)
    {
        builder.Configuration.AddEnvironmentVariables("KOMBO_");
        builder.Services.AddOptions<OperatorOptions>().BindConfiguration(OperatorOptions.Section);
        builder.Services.AddSingleton(ReadConfiguration);
        builder.Services.AddSingleton(CreateLeadership);
        builder.Services.AddSingleton<IKubernetesClient>(provider => new LeaderOnlyClient(
            provider.GetRequiredService<KubernetesHttpClient>(), provider.GetRequiredService<ILeadership>()));
        builder.Services.AddSingleton(provider => CreateClient(provider, options => options));
        builder.Services.AddHealthChecks()
            .AddCheck<LeaseHealth>(OperatorPorts.Alive, tags: [OperatorPorts.Alive])
            .AddCheck<OperatorHealth>(OperatorPorts.Ready, tags: [OperatorPorts.Ready]);
        builder.Services.AddSingleton(new MetricsExposition(TelemetryExport.Meters));
        builder.Services.AddHostedService<TelemetryExport>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(40));
        builder.AddLogs();
        builder.Listen();
    }

    // Scopes carry the ids of the trace.
    static void AddLogs(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning); // it tells every statement
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning); // and this every probe
        // Read before the options are, which are checked with a log.
        var format = builder.Configuration[$"{OperatorOptions.Section}:{nameof(OperatorOptions.LogFormat)}"];
        if (format == "Json" || (format != "Text" && KubernetesClientConfiguration.IsInCluster()))
            builder.Logging.AddJsonConsole(console =>
                (console.UseUtcTimestamp, console.TimestampFormat, console.IncludeScopes) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ", true));
        else
            builder.Logging.AddSimpleConsole(
                console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "));
    }

    /// <returns>The settings that are wrong, for the one who set them; null if none is.</returns>
    public static string? FindProblem(IServiceProvider services)
    {
        try
        {
            _ = services.GetRequiredService<IOptions<OperatorOptions>>().Value; // checks them
            _ = services.GetRequiredService<ILeadership>(); // the namespace of its Lease may come from elsewhere
            return null;
        }
        catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
        {
            return $"{exception.Message} (set it as KOMBO_{OperatorOptions.Section}__Name in the environment, or as "
                + $"--{OperatorOptions.Section}:Name=value; docs/operator.md lists the settings)";
        }
    }

    static KubernetesClientConfiguration ReadConfiguration(IServiceProvider services) =>
        KubernetesClientConfiguration.BuildDefaultConfig(new()
        {
            KubeConfigPath = services.GetRequiredService<IOptions<OperatorOptions>>().Value.KubeConfig,
            Clock = services.GetRequiredService<TimeProvider>(),
            LoggerFactory = services.GetRequiredService<ILoggerFactory>(),
        });

    static KubernetesHttpClient CreateClient(
        IServiceProvider services, Func<KubernetesClientOptions, KubernetesClientOptions> change) =>
        new(services.GetRequiredService<KubernetesClientConfiguration>(), change(new()
        {
            Json = CustomResources.Json,
            Clock = services.GetRequiredService<TimeProvider>(),
            LoggerFactory = services.GetRequiredService<ILoggerFactory>(),
        }));

    // The lease has a connection of its own, without limit and repetition: a busy operator must not lose it.
    static ILeadership CreateLeadership(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<OperatorOptions>>().Value;
        if (!LeaseSettings.IsWanted(options, KubernetesClientConfiguration.IsInCluster()))
            return new SoleLeader();
        var configuration = services.GetRequiredService<KubernetesClientConfiguration>();
        var client = CreateClient(services, client => client with { MaxAttempts = 1, RequestsPerSecond = null });
        var place = LeaseSettings.NamespaceOf(options, Environment.GetEnvironmentVariable, configuration.Namespace);
        return ActivatorUtilities.CreateInstance<ElectedLeader>(
            services,
            LeaseSettings.ConfigOf(
                options, LeaseSettings.LockOf(client, options, place), services.GetRequiredService<TimeProvider>()));
    }
}
