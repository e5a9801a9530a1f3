using System.Net.Http.Headers;
using System.Text.Json;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Http;

/// <summary>Makes the one exception of an answer that is not a success, or of none.</summary>
internal static class StatusReader
{
    const int MaxBody = 64 * 1024;

    public static async Task<KubernetesException> ReadAsync(
        HttpResponseMessage response, string request, TimeProvider clock, CancellationToken cancellationToken)
    {
        var code = (int)response.StatusCode;
        var status = await TryReadBodyAsync(response, cancellationToken)
            ?? new V1Status { Reason = response.ReasonPhrase, Message = $"{request}: the server answered {code}" };
        var seconds = Seconds(response.Headers.RetryAfter, clock) ?? status.Details?.RetryAfterSeconds;
        return new KubernetesException(status with
        {
            Code = code,
            Details = seconds is null ? status.Details : (status.Details ?? new()) with { RetryAfterSeconds = seconds },
        });
    }

    public static KubernetesException NoAnswer(string request, string problem, Exception? inner) => new(
        new V1Status
        {
            Status = "Failure",
            Reason = KubernetesException.ConnectionFailed,
            Message = $"{request}: {problem}",
        },
        inner);

    public static KubernetesException Unreadable(string request, string problem) => new(new V1Status
    {
        Status = "Failure",
        Reason = KubernetesException.Undecodable,
        Message = $"{request}: the answer cannot be read: {problem}",
    });

    static async Task<V1Status?> TryReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/json")
            return null; // a proxy's page, for one
        var buffer = new byte[MaxBody];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(buffer, MaxBody, throwOnEndOfStream: false, cancellationToken);
        try
        {
            var status = KubernetesJson.Default.Deserialize<V1Status>(buffer.AsSpan(0, length));
            return status.Kind == "Status" ? status : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static int? Seconds(RetryConditionHeaderValue? header, TimeProvider clock) => header switch
    {
        { Delta: { } delta } => (int)Math.Ceiling(delta.TotalSeconds),
        { Date: { } date } => (int)Math.Ceiling(Math.Max(0, (date - clock.GetUtcNow()).TotalSeconds)),
        _ => null,
    };
}
