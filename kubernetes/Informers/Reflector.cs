using Kombo.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Informers;

/// <summary>Receives what a reflector learns.</summary>
internal interface IReflectorTarget<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The whole truth for a namespace (null: all): what is not in it is gone.</summary>
    void Replace(string? namespaceName, KubernetesList<T> list);

    void Apply(WatchEvent<T> change);
}

/// <summary>Keeps a copy of a collection: lists, then watches, and lists again when the watch cannot go on.</summary>
/// <remarks>The rules are client-go's (tools/cache/reflector.go); the Kubernetes API concepts page describes the protocol.</remarks>
internal sealed partial class Reflector<T>(
    IKubernetesClient client, string? namespaceName, InformerOptions<T> options, ReflectorSurroundings<T> surroundings)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);
    static readonly TimeSpan MaxWaitForbidden = TimeSpan.FromMinutes(1);
    static readonly KeyValuePair<string, object?> Resource = new("resource", KubernetesEntityAttribute.Of<T>().PluralName);

    readonly IReflectorTarget<T> target = surroundings.Target;
    readonly TimeProvider clock = surroundings.Clock;
    readonly ILogger logger = surroundings.Logger;
    readonly Backoff listBackoff = new(surroundings.Clock);
    readonly Backoff watchBackoff = new(surroundings.Clock);
    readonly Backoff faultBackoff = new(surroundings.Clock);

    // "0": whatever the server has in its cache will do. "": the newest, read from its store.
    string version = "0";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await ListUntilDoneAsync(cancellationToken);
                await WatchUntilLostAsync(cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // Whatever it was: without it the copy would stand still and look whole. The next list puts it right.
                var wait = faultBackoff.Next(atLeast: null, MaxWait);
                LogUnexpected(exception, KubernetesEntityAttribute.Of<T>().PluralName, wait);
                await Task.Delay(wait, clock, cancellationToken);
            }
        }
    }

    async Task ListUntilDoneAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var list = await ListAsync(cancellationToken);
                target.Replace(namespaceName, list);
                version = list.Metadata.ResourceVersion ?? "";
                Telemetry.WatchLists.Add(1, Resource);
                return;
            }
            catch (KubernetesException exception) when (version.Length > 0 && (exception.IsGone || exception.IsTooLargeResourceVersion))
            {
                version = ""; // at once: this is not a fault
            }
            catch (KubernetesException exception)
            {
                await WaitAsync(listBackoff, "list", exception, cancellationToken);
            }
        }
    }

    async Task<KubernetesList<T>> ListAsync(CancellationToken cancellationToken)
    {
        // The server's cache does not page.
        var request = new ListOptions(
            options.LabelSelector, options.FieldSelector, version.Length == 0 ? options.PageSize : null, ResourceVersion: version);
        var page = await client.ListAsync<T>(namespaceName, request, cancellationToken);
        if (string.IsNullOrEmpty(page.Metadata.Continue))
            return page;
        List<T> items = [.. page.Items];
        List<NamespacedName> undecodable = [.. page.Undecodable];
        while (page.Metadata.Continue is { Length: > 0 } next)
        {
            page = await client.ListAsync<T>(namespaceName, request with { Continue = next, ResourceVersion = null }, cancellationToken);
            items.AddRange(page.Items);
            undecodable.AddRange(page.Undecodable);
        }
        return new KubernetesList<T>(page.Metadata, items) { Undecodable = undecodable };
    }

    async Task WatchUntilLostAsync(CancellationToken cancellationToken)
    {
        var listedAt = clock.GetTimestamp();
        var listAgainAfter = options.ListAgainAfter * (0.75 + Random.Shared.NextDouble() / 2); // not all at once
        var serverErrors = 0;
        while (clock.GetElapsedTime(listedAt) < listAgainAfter)
        {
            try
            {
                await WatchOnceAsync(cancellationToken);
                serverErrors = 0;
            }
            catch (KubernetesException exception)
            {
                serverErrors = exception.Code == 500 ? serverErrors + 1 : 0;
                var remedy = WatchFailure.Remedy(exception, serverErrors);
                Telemetry.WatchRestarts.Add(1, Resource, new("reason", remedy.ToString()));
                if (remedy != WatchRemedy.List)
                    await WaitAsync(watchBackoff, "watch", exception, cancellationToken);
                if (remedy != WatchRemedy.WaitAndWatch)
                    return;
            }
        }
    }

    async Task WatchOnceAsync(CancellationToken cancellationToken)
    {
        // Spread over time, so that not all watches of a cluster come back at once.
        var timeout = TimeSpan.FromMinutes(5 * (1 + Random.Shared.NextDouble()));
        var (begun, changes) = (clock.GetTimestamp(), 0);
        var request = new WatchOptions(options.LabelSelector, options.FieldSelector, version, timeout);
        await foreach (var change in client.WatchAsync<T>(namespaceName, request, cancellationToken))
        {
            if (change.Type == WatchEventType.Error)
                throw new KubernetesException(change.Status ?? new V1Status());
            changes++;
            Telemetry.WatchEvents.Add(1, Resource);
            if (change.Type != WatchEventType.Bookmark)
                target.Apply(change);
            version = change.ResourceVersion ?? version;
        }
        if (changes == 0 && clock.GetElapsedTime(begun) < TimeSpan.FromSeconds(1))
            throw new KubernetesException(new V1Status
            {
                Reason = KubernetesException.ConnectionFailed,
                Message = $"the watch of {KubernetesEntityAttribute.Of<T>().PluralName} ended at once and without an event",
            });
    }

    async Task WaitAsync(Backoff backoff, string verb, KubernetesException exception, CancellationToken cancellationToken)
    {
        var wait = backoff.Next(exception.RetryAfter, exception.IsForbidden ? MaxWaitForbidden : MaxWait);
        if (exception.IsNotFound)
            LogNotServed(KubernetesEntityAttribute.Of<T>().PluralName, KubernetesEntityAttribute.Of<T>().GroupVersion, wait);
        else if (exception.IsForbidden)
            LogForbidden(verb, KubernetesEntityAttribute.Of<T>().PluralName, namespaceName ?? "every namespace", wait);
        else
            LogFailed(verb, KubernetesEntityAttribute.Of<T>().PluralName, wait, exception.Message);
        await Task.Delay(wait, clock, cancellationToken);
    }

    [LoggerMessage(2301, LogLevel.Warning, "Could not {Verb} {Kind}, trying again in {Wait}: {Problem}")]
    partial void LogFailed(string verb, string kind, TimeSpan wait, string problem);

    [LoggerMessage(2302, LogLevel.Error,
        "Not allowed to {Verb} {Kind} in {Namespace}: grant the verb to the service account; trying again in {Wait}")]
    partial void LogForbidden(string verb, string kind, string @namespace, TimeSpan wait);

    [LoggerMessage(2304, LogLevel.Warning,
        "The API server serves no {Kind} of {Version}: apply the CustomResourceDefinition; trying again in {Wait}")]
    partial void LogNotServed(string kind, string version, TimeSpan wait);

    [LoggerMessage(2303, LogLevel.Error, "Following {Kind} failed unexpectedly, listing again in {Wait}")]
    partial void LogUnexpected(Exception exception, string kind, TimeSpan wait);
}

/// <summary>What every reflector of one informer shares.</summary>
internal sealed record ReflectorSurroundings<T>(IReflectorTarget<T> Target, TimeProvider Clock, ILogger Logger)
    where T : class, IKubernetesObject<V1ObjectMeta>;
