using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Queueing;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Http;

/// <param name="Address">Relative, with its query.</param>
internal sealed record ApiRequest(HttpMethod Method, string Address, byte[]? Body = null, string ContentType = "application/json")
{
    /// <summary>For messages: without the query, which may hold a continue token or a selector.</summary>
    public override string ToString() => $"{Method} /{Address.Split('?')[0]}";
}

/// <summary>Sends, waits no longer than allowed, repeats what may be repeated, and makes one exception of every failure.</summary>
internal sealed partial class ApiTransport : IDisposable
{
    readonly HttpMessageInvoker invoker;
    readonly KubernetesClientConfiguration configuration;
    readonly KubernetesClientOptions options;
    readonly TokenBucket? bucket;
    readonly ILogger logger;

    public ApiTransport(KubernetesClientConfiguration configuration, KubernetesClientOptions options)
    {
        this.configuration = configuration;
        this.options = options;
        invoker = new HttpMessageInvoker(options.Wrap(new ClusterHandler(configuration)));
        bucket = options.RequestsPerSecond is { } rate ? new TokenBucket(rate, options.Burst, options.Clock) : null;
        logger = options.LoggerFactory.CreateLogger<ApiTransport>();
    }

    public void Dispose() => invoker.Dispose();

    /// <summary>One request with its answer. <paramref name="read"/> gets successful answers only.</summary>
    public async Task<T> SendAsync<T>(
        ApiRequest request, Func<Stream, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AttemptAsync(request, read, cancellationToken);
            }
            catch (KubernetesException failure) when (DelayAfter(request, failure, attempt) is { } delay)
            {
                LogRepeating(request, delay, failure.Message);
                await Task.Delay(delay, options.Clock, cancellationToken);
            }
        }
    }

    /// <summary>An answer that goes on for long: only its beginning is awaited for no longer than a request may take.</summary>
    public async Task<HttpResponseMessage> OpenAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.RequestTimeout, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        return await GuardAsync(request, () => SendCheckedAsync(request, either.Token), cancellationToken);
    }

    /// <summary>Runs what may break off in the middle; cancellation by the caller stays what it is.</summary>
    public static async Task<T> GuardAsync<T>(ApiRequest request, Func<Task<T>> act, CancellationToken cancellationToken)
    {
        try
        {
            return await act();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException exception)
        {
            throw StatusReader.NoAnswer(request.ToString(), "no answer in time", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or KubeConfigException
            or System.Security.Cryptography.CryptographicException or System.Net.Sockets.SocketException)
        {
            throw StatusReader.NoAnswer(request.ToString(), Describe(exception), exception);
        }
        catch (UnauthorizedAccessException exception) // as File says it
        {
            throw StatusReader.NoAnswer(
                request.ToString(),
                $"the client's own credentials cannot be read ({exception.Message}): let its user read the file",
                exception);
        }
        catch (JsonException exception)
        {
            throw StatusReader.Unreadable(request.ToString(), exception.Message);
        }
    }

    async Task<T> AttemptAsync<T>(
        ApiRequest request, Func<Stream, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.RequestTimeout, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        return await GuardAsync(request, async () =>
        {
            using var response = await SendCheckedAsync(request, either.Token);
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            return await read(body, either.Token);
        }, cancellationToken);
    }

    async Task<HttpResponseMessage> SendCheckedAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        if (bucket?.Reserve() is { } wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, options.Clock, cancellationToken);
        using var message = Compose(request);
        var response = await SendCountedAsync(message, cancellationToken);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await StatusReader.ReadAsync(response, request.ToString(), options.Clock, cancellationToken);
    }

    async Task<HttpResponseMessage> SendCountedAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        object code = "<error>";
        try
        {
            var response = await invoker.SendAsync(message, cancellationToken);
            code = (int)response.StatusCode;
            return response;
        }
        finally
        {
            Telemetry.Requests.Add(1, new("code", code), new("method", message.Method.Method));
        }
    }

    HttpRequestMessage Compose(ApiRequest request)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(configuration.Host, request.Address))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.Add("User-Agent", options.UserAgent);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (configuration.Impersonation is { } other)
            AddImpersonation(message.Headers, other);
        if (request.Body is not null)
            message.Content = new ByteArrayContent(request.Body) { Headers = { ContentType = new(request.ContentType) } };
        return message;
    }

    static void AddImpersonation(HttpRequestHeaders headers, Impersonation other)
    {
        headers.Add("Impersonate-User", other.User);
        if (other.Uid is not null)
            headers.Add("Impersonate-Uid", other.Uid);
        foreach (var group in other.Groups)
            headers.Add("Impersonate-Group", group);
        foreach (var (key, value) in other.Extra)
            headers.Add($"Impersonate-Extra-{Uri.EscapeDataString(key)}", value);
    }

    TimeSpan? DelayAfter(ApiRequest request, KubernetesException failure, int attempt) =>
        attempt < options.MaxAttempts
        && RetryRule.Delay(request.Method, failure, attempt, Random.Shared.NextDouble()) is { } delay
        && delay <= options.MaxRetryWait
            ? delay
            : null;

    // The outermost message of a TLS failure says only that there was one.
    static string Describe(Exception exception) =>
        exception.InnerException is { } inner ? $"{exception.Message} ({inner.Message})" : exception.Message;

    [LoggerMessage(2101, LogLevel.Debug, "Repeating {Request} in {Delay}: {Problem}")]
    partial void LogRepeating(ApiRequest request, TimeSpan delay, string problem);
}
