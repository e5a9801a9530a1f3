using Kombo.Kubernetes;
using Kombo.Operator.Database;
using Kombo.Operator.Leadership;
using Kombo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kombo.Operator.Tests.Faults;

/// <summary>How an operator is started.</summary>
sealed record OperatorSetup
{
    /// <summary>Comma-separated.</summary>
    public required string Namespaces { get; init; }

    public required IKubernetesClient Client { get; init; }
    public required KomboDatabase Database { get; init; }
    public Death Death { get; init; } = new(at: 0);
    public ILeadership Leadership { get; init; } = new SoleLeader();
    public Action<OperatorOptions> Configure { get; init; } = _ => { };
    public LogLines Log { get; init; } = new();
}

/// <summary>The whole operator as its process has it, but in this process, so that it can die at any call.</summary>
sealed class InProcessOperator : IAsyncDisposable
{
    readonly ServiceProvider provider;
    readonly IHostedService service;

    InProcessOperator(ServiceProvider provider) =>
        (this.provider, service) = (provider, provider.GetServices<IHostedService>().Single());

    public T Get<T>() where T : notnull => provider.GetRequiredService<T>();

    public static async Task<InProcessOperator> StartAsync(OperatorSetup setup)
    {
        var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(setup.Log))
            .AddSingleton<IKubernetesClient>(
                new LeaderOnlyClient(new MortalClient(setup.Client, setup.Death), setup.Leadership))
            .AddSingleton<IRegistry>(provider => new MortalRegistry(
                new DatabaseRegistry(
                    new OpenDatabase(setup.Database), setup.Leadership, provider.GetRequiredService<TimeProvider>()),
                setup.Death))
            .AddSingleton(setup.Leadership)
            .AddKomboOperator()
            .Configure<OperatorOptions>(options =>
                (options.WorkerImage, options.Namespaces) = ("kombo-worker:test", setup.Namespaces))
            .Configure(setup.Configure);
        var started = new InProcessOperator(services.BuildServiceProvider(
            new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }));
        await started.service.StartAsync(CancellationToken.None);
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        await service.StopAsync(CancellationToken.None);
        await provider.DisposeAsync();
    }
}
