using System.Globalization;
using Kombo.Sandbox.Faults;

namespace Kombo.Sandbox.Http;

/// <summary>Refuses requests for collections beyond the limit that a test has set: 429 with Retry-After.</summary>
static class RateLimiting
{
    public static void UseRateLimit(this WebApplication app) => app.Use(async (http, next) =>
    {
        if (!http.Request.Path.StartsWithSegments("/v1"))
        {
            await next(http);
            return;
        }

        var limit = http.RequestServices.GetRequiredService<RateLimit>();
        try
        {
            if (Tell(limit.Enter(), http.Response))
                await Answer.Error(429, "too_many_requests").ExecuteAsync(http);
            else
                await next(http);
        }
        finally
        {
            limit.Leave();
        }
    });

    /// <returns>The request is refused.</returns>
    static bool Tell(RateAnswer? answer, HttpResponse response)
    {
        if (answer is { Rule: { Headers: true } rule })
        {
            response.Headers["X-RateLimit-Limit"] = Text(rule.RequestsPerSecond);
            response.Headers["X-RateLimit-Remaining"] = Text(answer.Remaining);
            response.Headers["X-RateLimit-Reset"] = "1";
        }

        if (answer is { IsRefused: true })
            response.Headers.RetryAfter = "1";
        return answer is { IsRefused: true };
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
