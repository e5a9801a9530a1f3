using System.Globalization;
using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Kubernetes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Kombo.Standalone.Control;

/// <summary>What other terminals may ask of <c>kombo up</c>, as HTTP over a socket in its data folder. Whoever may
/// enter the folder may ask; Secrets are not among the answers.</summary>
internal static class ControlServer
{
    public static void MapControl(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/objects/{kind}", ListAsync);
        routes.MapGet("/objects/{kind}/watch", WatchAsync);
        routes.MapPost("/integrations/{space}/{name}/sync", RequestSyncAsync);
        routes.MapGet("/integrations/{space}/{name}/explanation", ExplainAsync);
        routes.MapPost("/integrations/{space}/{name}/events", TellAsync);
        routes.MapGet("/problems", (IControlSource source) => source.Problems);
    }

    static async Task<IResult> ListAsync(
        string kind, string? space, IKubernetesClient client, CancellationToken cancellationToken)
    {
        if (ControlKind.Find(kind) is not { } known)
            return Results.NotFound();
        var list = await known.ListAsync(client, space, cancellationToken);
        return Results.Text(
            new JsonObject { ["version"] = list.Version, ["items"] = new JsonArray([.. list.Items]) }.ToJsonString(),
            "application/json");
    }

    static async Task WatchAsync(
        string kind, string? space, string version, IKubernetesClient client, IHostApplicationLifetime lifetime,
        HttpContext http)
    {
        if (ControlKind.Find(kind) is not { } known)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        // Open watches would hold up the end of the process.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted, lifetime.ApplicationStopping);
        http.Response.ContentType = "application/x-ndjson";
        try
        {
            await http.Response.StartAsync(end.Token);
            await foreach (var change in known.WatchAsync(client, space, version, end.Token))
            {
                var line = new JsonObject { ["deleted"] = change.Deleted, ["object"] = change.Object };
                await http.Response.WriteAsync(line.ToJsonString() + "\n", end.Token);
                await http.Response.Body.FlushAsync(end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The one who watches has gone, or everything ends.
        }
    }

    static async Task<IResult> RequestSyncAsync(
        string space, string name, SyncRequestBody body, IKubernetesClient client, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var token = clock.GetUtcNow().UtcDateTime.ToString(
            "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        var annotations = new JsonObject { [Annotations.RequestedAt] = token, [Annotations.RequestedSync] = body.Type };
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } };
        try
        {
            await client.PatchAsync<V1Alpha1Integration>(
                name, space, V1Patch.Merge(patch), new PatchOptions("kombo-cli"), cancellationToken);
            return Results.Json(new SyncRequestAnswer(token), ControlJson.Default.SyncRequestAnswer);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return NoSuchIntegration(space, name);
        }
    }

    static async Task<IResult> ExplainAsync(
        string space, string name, IControlSource source, CancellationToken cancellationToken) =>
        await source.ExplainAsync(space, name, cancellationToken) is { } text
            ? Results.Text(text)
            : NoSuchIntegration(space, name);

    static async Task<IResult> TellAsync(
        string space, string name, EventBody body, IControlSource source, CancellationToken cancellationToken) =>
        await source.TellAsync(space, name, body, cancellationToken) is { } isNew
            ? Results.Json(new EventAnswer(isNew), ControlJson.Default.EventAnswer)
            : NoSuchIntegration(space, name);

    static IResult NoSuchIntegration(string space, string name) =>
        Results.Text(
            $"there is no Integration \"{name}\" in the namespace \"{space}\"; see: kombo get -A", statusCode: 404);
}

/// <summary>What the control surface needs beside the cluster.</summary>
internal interface IControlSource
{
    /// <summary>What is wrong with the manifests at present.</summary>
    IReadOnlyList<string> Problems { get; }

    /// <returns>What happens next and why; null if there is no such Integration.</returns>
    Task<string?> ExplainAsync(string space, string name, CancellationToken cancellationToken);

    /// <summary>Stores an event as if the source had sent it.</summary>
    /// <returns>Whether it was new; null if there is no such Integration, or it was never looked at.</returns>
    Task<bool?> TellAsync(string space, string name, EventBody body, CancellationToken cancellationToken);
}

/// <param name="Id">By which it is known again when it is sent twice; null: it is a new one.</param>
/// <param name="RemoteId">Null: it is not told of which record.</param>
internal sealed record EventBody(string? Id, string? Model, string? RemoteId);

internal sealed record EventAnswer(bool IsNew);

/// <param name="Type">full, delta or default.</param>
internal sealed record SyncRequestBody(string Type);

/// <param name="Token">What the status will answer to.</param>
internal sealed record SyncRequestAnswer(string Token);
