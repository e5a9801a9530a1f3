using System.Net;
using System.Text;
using Kombo.Connectors.Expressions;
using Kombo.Core.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Connectors.Http;

/// <summary>Makes requests of one session: checked addresses, limits, retries.</summary>
sealed class SourceClient : IDisposable
{
    const int MostRedirects = 5;
    const int LargestErrorBody = 64 * 1024;
    readonly SourceSettings settings;
    readonly TimeProvider clock;
    readonly ValueMap config;
    readonly HttpClient http;
    readonly RetryPolicy retries;
    readonly RequestGate gate;

    public SourceClient(SourceSettings settings, ValueMap config, TimeProvider clock, ILogger logger)
    {
        (this.settings, this.config, this.clock) = (settings, config, clock);
        var guard = new AddressGuard(settings.AllowedHosts, Dns.GetHostAddressesAsync);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = guard.ConnectAsync,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            UseProxy = false, // a proxy would look the names up itself
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        retries = new RetryPolicy(settings, clock, logger);
        gate = new RequestGate(settings, clock);
    }

    /// <exception cref="SourceException">No usable answer came.</exception>
    public async Task<Answer> FetchAsync(PageRequest request, CancellationToken cancellationToken)
    {
        var attempt = await retries.RunAsync(
            request, (number, token) => gate.PassAsync(passed => TryAsync(request, number, passed), token), cancellationToken);
        return attempt.Answer ?? throw new SourceException(attempt.Kind, $"stream \"{request.Stream}\": {attempt.Reason}")
        {
            Status = attempt.Status,
        };
    }

    public void Dispose() => http.Dispose();

    async Task<Attempt> TryAsync(PageRequest request, int number, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.Limits.PageTimeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var requestedAt = clock.GetTimestamp();
            using var response = await SendAsync(request, both.Token);
            return await JudgeAsync(request, response, new Try(number, requestedAt), both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unavailable($"the source did not answer within {settings.Limits.PageTimeout.TotalSeconds:0} s");
        }
        catch (HttpRequestException error) when (error.InnerException is SourceException refused)
        {
            return new Attempt { Kind = refused.Kind, Reason = refused.Message };
        }
        catch (HttpRequestException error)
        {
            return Unavailable($"the source cannot be reached ({error.HttpRequestError})");
        }
        catch (IOException)
        {
            return Unavailable("the connection to the source broke off");
        }
        catch (InvalidDataException)
        {
            return Unreadable("the source answered with data that cannot be decompressed", status: null);
        }
    }

    static Attempt Unreadable(string reason, int? status) => new()
    {
        Kind = SourceFailure.Unreadable,
        Reason = reason,
        Status = status,
        CanRetry = true,
    };

    static Attempt Unavailable(string reason) => new() { Kind = SourceFailure.Unavailable, Reason = reason, CanRetry = true };

    // Redirects are followed only where they stay on the origin, which is the only place that credentials may go.
    async Task<HttpResponseMessage> SendAsync(PageRequest request, CancellationToken cancellationToken)
    {
        Uri? redirected = null;
        for (var hop = 0; ; hop++)
        {
            using var message = request.Build();
            var origin = message.RequestUri;
            message.RequestUri = redirected ?? origin;
            var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!IsRedirect(response, message.Method) || response.Headers.Location is not { } location)
                return response;
            response.Dispose();
            redirected = new Uri(message.RequestUri!, location); // not null: it was just set
            if (!Origin.AreSame(redirected, origin!) || hop == MostRedirects)
                throw new HttpRequestException(HttpRequestError.Unknown, null, new SourceException(
                    SourceFailure.BlockedAddress,
                    "the source redirects to another address, which is not followed; correct the parameters"));
        }
    }

    static bool IsRedirect(HttpResponseMessage response, HttpMethod method) =>
        (int)response.StatusCode is 307 or 308 || ((int)response.StatusCode is 301 or 302 or 303 && method == HttpMethod.Get);

    async Task<Attempt> JudgeAsync(PageRequest request, HttpResponseMessage response, Try current, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var headers = new HeaderView(response.Headers, response.Content.Headers);
        var limit = response.IsSuccessStatusCode ? settings.Limits.PageBytes : LargestErrorBody;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var body = await PageBody.ReadAsync(stream, limit, cancellationToken);
        if (body is null && response.IsSuccessStatusCode)
            return Unreadable($"a page is larger than {limit / 1024 / 1024} MiB; let the definition ask for smaller ones", status) with
            {
                CanRetry = false,
            };
        Attempt? attempt = null;
        try
        {
            var unreadable = body is null ? "a body that is too large" : body.TryParse(settings.Limits.Depth);
            attempt = Judge(request.Errors, new Received(status, headers, body, unreadable, response.Headers.Date), current);
            return attempt with { Rate = Rate(attempt, status, headers, response.Headers.Date) };
        }
        finally
        {
            if (attempt?.Answer is null)
                body?.Dispose();
        }
    }

    Attempt Judge(ErrorRules rules, Received received, Try current)
    {
        var (status, headers, body, unreadable, date) = received;
        var scope = new EvaluationScope
        {
            Config = config,
            Headers = headers,
            Response = body?.Json?.RootElement ?? default,
            Now = clock.GetUtcNow(),
        };
        var rule = Verdicts.Rule(rules, status, rules.NeedBody ? Text(body) : null, scope);
        var action = rule?.Action ?? Verdicts.Action(status, headers.Text("retry-after") is not null);
        var delay = Verdicts.Delay(rule?.Waits ?? rules.Waits, headers, current.Number, scope.Now);
        if (action == ErrorAction.Ignore || (action == ErrorAction.Success && unreadable is null))
            return new Attempt
            {
                Answer = new Answer(body ?? PageBody.Empty, headers)
                {
                    Status = status,
                    IsIgnored = action == ErrorAction.Ignore,
                    RequestedAt = current.RequestedAt,
                    AskedAt = (date ?? scope.Now) - clock.GetElapsedTime(current.RequestedAt),
                },
            };
        if (action == ErrorAction.Success)
            return Unreadable($"the source answered {status} with {unreadable}", status);
        return new Attempt
        {
            Kind = action == ErrorAction.RateLimited ? SourceFailure.RateLimited : Kind(rule, status),
            Reason = rule?.Message ?? (action == ErrorAction.RateLimited ? Verdicts.Words(429) : Verdicts.Words(status)),
            Status = status,
            CanRetry = action is ErrorAction.Retry or ErrorAction.RateLimited,
            Delay = delay,
        };
    }

    // Also where a rule of the definition makes something else of it: the source has refused for the rate.
    RateSignal Rate(Attempt attempt, int status, HeaderView headers, DateTimeOffset? date)
    {
        var isLimited = attempt.IsRateLimited
            || Verdicts.Action(status, headers.Text("retry-after") is not null) == ErrorAction.RateLimited;
        var outcome = isLimited ? RateOutcome.Limited : RateOutcome.Answered;
        return RateHeaders.Read(outcome, headers, settings.Limits.RateHeaders, date ?? clock.GetUtcNow()) with
        {
            Wait = isLimited ? attempt.Delay : null,
        };
    }

    static string? Text(PageBody? body) =>
        body is null ? null : Encoding.UTF8.GetString(body.Bytes[..Math.Min(body.Bytes.Length, LargestErrorBody)]);

    static SourceFailure Kind(ErrorRule? rule, int status) =>
        rule is { IsConfiguration: true } && status is not (401 or 403 or 404) ? SourceFailure.Configuration
        : status is >= 200 and < 300 ? SourceFailure.Unavailable
        : Verdicts.Kind(status);

    readonly record struct Try(int Number, long RequestedAt);

    sealed record Received(int Status, HeaderView Headers, PageBody? Body, string? Unreadable, DateTimeOffset? Date);
}
