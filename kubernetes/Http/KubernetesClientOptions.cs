using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Kubernetes.Http;

/// <summary>How the client behaves, whatever the cluster.</summary>
public sealed record KubernetesClientOptions
{
    public KubernetesJson Json { get; init; } = KubernetesJson.Default;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    public string UserAgent { get; init; } = "kombo-operator/"
        + typeof(KubernetesClientOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

    /// <summary>For one attempt, answer included; not for watches.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait that is granted to a server that asks for one; a longer one is an error for the caller.</summary>
    public TimeSpan MaxRetryWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts of one request that may be repeated without harm.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Null: no limit on this side; the server's own priority and fairness rules decide.</summary>
    public double? RequestsPerSecond { get; init; }

    public int Burst { get; init; } = 100;

    /// <summary>A longer line of a watch ends it: list again.</summary>
    public int MaxWatchLineBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Puts a handler around the connection, such as one that injects faults.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> Wrap { get; init; } = handler => handler;
}
