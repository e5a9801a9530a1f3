using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator;
using Kombo.Standalone.Cluster;
using Kombo.Standalone.Control;
using Kombo.Standalone.Jobs;
using Kombo.Standalone.Manifests;
using Kombo.Standalone.Rendering;
using Kombo.Standalone.State;
using Kombo.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.Hosting;

/// <summary>Cluster, operator, workers and control surface in one process.</summary>
internal sealed class StandaloneHost : IAsyncDisposable
{
    // A worker finishes the page that it is writing, whose transaction may take 20 s.
    static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(45);

    readonly WebApplication app;
    readonly KomboDatabase database;

    StandaloneHost(WebApplication app, KomboDatabase database) => (this.app, this.database) = (app, database);

    /// <exception cref="StandaloneException">Something outside is missing or wrong.</exception>
    public static async Task<StandaloneHost> StartAsync(
        StandaloneSettings settings, CancellationToken cancellationToken)
    {
        var view = ProgressViews.Create();
        var loggers = LoggerFactory.Create(logging => AddLogging(logging, view, settings));
        var database = await DatabaseStart.OpenAsync(settings.ConnectionString, loggers, cancellationToken);
        var app = Build(settings, view, database);
        File.Delete(settings.Data.SocketPath); // left by a process that was killed; the lock says that it is gone
        await app.StartAsync(cancellationToken);
        File.SetUnixFileMode(settings.Data.SocketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        view.WriteLine(
            $"kombo is up: manifests in {settings.ManifestsPath}, state in {settings.Data.Path}; Ctrl-C stops it");
        return new StandaloneHost(app, database);
    }

    /// <summary>Until cancelled or asked to stop; then running syncs are left with a checkpoint.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await app.WaitForShutdownAsync(cancellationToken);
        await app.StopAsync(CancellationToken.None); // has a limit of its own
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await database.DisposeAsync();
    }

    static WebApplication Build(StandaloneSettings settings, IProgressView view, KomboDatabase database)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        AddLogging(builder.Logging, view, settings);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(settings.Data.SocketPath));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.Configure<OperatorOptions>(options =>
        {
            options.Cluster = $"{Environment.MachineName}:{settings.Data.Path}"; // its objects' uids outlive the process
            options.WorkerImage = "in-process";
            options.DatabaseSecret = ""; // workers share this process' connections
            options.AllowedHosts = settings.AllowedHosts;
        });
        AddParts(builder.Services.AddSingleton(settings).AddSingleton(view).AddSingleton(database));
        var app = builder.Build();
        app.MapControl();
        return app;
    }

    // Hosted services start in this order and stop in reverse: the last thing done is to write the state.
    static void AddParts(IServiceCollection services) => services
        .AddSingleton(TimeProvider.System)
        .AddSingleton<InMemoryCluster>(provider => new InMemoryCluster(
            KomboKinds.All,
            new InMemoryClusterOptions
            {
                Json = CustomResources.Json,
                Clock = provider.GetRequiredService<TimeProvider>(),
            }))
        .AddSingleton<IKubernetesClient>(provider => provider.GetRequiredService<InMemoryCluster>())
        .AddSingleton<ClusterInformers>()
        .AddSingleton<AppliedManifests>()
        .AddSingleton(provider => new StateFolder(
            provider.GetRequiredService<StandaloneSettings>().Data.StatePath,
            provider.GetRequiredService<ILogger<StateFolder>>()))
        .AddSingleton<StateKeeper>()
        .AddSingleton(provider => new ManifestFolder(provider.GetRequiredService<StandaloneSettings>().ManifestsPath))
        .AddSingleton(provider => new ManifestApplier(
            provider.GetRequiredService<IKubernetesClient>(),
            provider.GetRequiredService<InMemoryCluster>().EnsureNamespace))
        .AddSingleton<ManifestWatcher>()
        .AddSingleton<JobRecorder>()
        .AddSingleton<WorkerRun>()
        .AddSingleton<RunWorker>(provider => provider.GetRequiredService<WorkerRun>().ExecuteAsync)
        .AddSingleton<JobExecutor>()
        .AddSingleton<IControlSource, ControlSource>()
        .AddHostedService<StateService>()
        .AddKomboOperator()
        .AddHostedService<WorkService>();

    static void AddLogging(ILoggingBuilder logging, IProgressView view, StandaloneSettings settings) => logging
        .SetMinimumLevel(settings.Verbose ? LogLevel.Information : LogLevel.Warning)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddFilter("Npgsql", LogLevel.Warning)
        .AddFilter("Kombo.Standalone", LogLevel.Information)
        .AddProvider(new ViewLoggerProvider(view));
}
