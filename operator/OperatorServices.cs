using System.Reflection;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Controllers;
using Kombo.Kubernetes.Events;
using Kombo.Operator.Applying;
using Kombo.Operator.Cluster;
using Kombo.Operator.Database;
using Kombo.Operator.Hosting;
using Kombo.Operator.Jobs;
using Kombo.Operator.Leadership;
using Kombo.Operator.Metrics;
using Kombo.Operator.Observing;
using Kombo.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Kombo.Operator;

/// <summary>Registration of the operator.</summary>
public static class OperatorServices
{
    /// <summary>
    /// The operator as a hosted service. The host brings an <see cref="IKubernetesClient"/>, may bring a
    /// <see cref="KomboDatabase"/> (else the environment names one) or an <see cref="IRegistry"/>, and configures
    /// <see cref="OperatorOptions"/>. Without more it is the only operator there is.
    /// </summary>
    public static IServiceCollection AddKomboOperator(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IDatabaseSource>(provider => provider.GetService<KomboDatabase>() is { } database
            ? new OpenDatabase(database)
            : ActivatorUtilities.CreateInstance<ConfiguredDatabase>(
                provider, (Func<string, string?>)Environment.GetEnvironmentVariable));
        services.TryAddSingleton<IRegistry, DatabaseRegistry>();
        services.TryAddSingleton<ILeadership, SoleLeader>();
        services.AddOptionsWithValidateOnStart<OperatorOptions, OperatorOptionsValidator>();
        services.AddSingleton<IValidateOptions<OperatorOptions>, FormatValidator>();
        services.AddSingleton<IValidateOptions<OperatorOptions>, LeaseValidator>();
        return services
            .AddSingleton<ClusterView>()
            .AddSingleton<WorkQueues>()
            .AddSingleton<RecentWrites>()
            .AddSingleton<CapacityLedger>()
            .AddSingleton<StartedJobs>()
            .AddSingleton<MissedJobs>()
            .AddSingleton<Wiring>()
            .AddSingleton<IObjectReadings, ObjectReadings>()
            .AddSingleton<ConnectorLoader>()
            .AddSingleton<SecretReader>()
            .AddSingleton<Checks>()
            .AddSingleton<DatabaseFacts>()
            .AddSingleton<JobObserver>()
            .AddSingleton<Observer>()
            .AddSingleton<WorkerAccount>()
            .AddSingleton<StatusWriter>()
            .AddSingleton<JobExpiry>()
            .AddSingleton<Finalizer>()
            .AddSingleton<PlanExecutor>()
            .AddSingleton<Effects>()
            .AddSingleton(provider => Template(provider.GetRequiredService<IOptions<OperatorOptions>>().Value))
            .AddSingleton(new EventSource($"{CustomResources.Group}/operator", Instance))
            .AddSingleton<EventRecorder>()
            .AddSingleton<ControllerSurroundings>()
            .AddSingleton<IEntityController<V1Alpha1Integration>, IntegrationReconciler>()
            .AddSingleton<IEntityController<V1Alpha1SyncSchedule>, SyncScheduleReconciler>()
            .AddSingleton(provider => new PlanPreview(
                provider.GetRequiredService<ClusterView>(),
                provider.GetRequiredService<Observer>(),
                provider.GetRequiredService<CapacityLedger>()))
            .AddSingleton<Controllers>()
            .AddSingleton<ClusterIdentity>()
            .AddSingleton<RegistryKeeper>()
            .AddSingleton<ApiInbox>()
            .AddSingleton<MissedDeletions>()
            .AddSingleton<LeaderWork>()
            .AddHostedService<OperatorService>();
    }

    /// <summary>What its workers have in common, by its options.</summary>
    internal static WorkerTemplate Template(OperatorOptions options) => new()
    {
        Image = options.WorkerImage,
        ImagePullPolicy = options.WorkerImagePullPolicy,
        ImagePullSecrets = OperatorOptions.Split(options.WorkerImagePullSecrets),
        Resources = new()
        {
            Requests = Quantities.Parse(options.WorkerRequests),
            Limits = Quantities.Parse(options.WorkerLimits),
        },
        DatabaseSecret = options.DatabaseSecret.Length > 0 ? options.DatabaseSecret : null,
        AllowedHosts = options.AllowedHosts,
        Retention = options.Retention,
        Telemetry = WorkerTelemetry.Variables(Environment.GetEnvironmentVariable),
        Version = Version,
    };

    static string Instance => Environment.GetEnvironmentVariable("POD_NAME") ?? Environment.MachineName;

    internal static string Version =>
        typeof(OperatorServices).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
