using System.Text.Json;
using Kombo.Sandbox.Faults;

namespace Kombo.Sandbox.Http;

/// <summary>A finished body with its status.</summary>
/// <param name="Truncated">The connection is cut after half of the body.</param>
sealed record Answer(int StatusCode, string ContentType, byte[] Body, int? RetryAfter, bool Truncated) : IResult
{
    static readonly byte[] Html = "<!doctype html><html><body><h1>Please sign in</h1></body></html>"u8.ToArray();

    public static Answer Error(int status, string code) => new(
        status, "application/json", JsonSerializer.SerializeToUtf8Bytes(new { error = new { code } }),
        RetryAfter: null, Truncated: false);

    public static Answer Of(Fault fault) => fault.Body switch
    {
        "html" => new Answer(fault.Status, "text/html", Html, fault.RetryAfter, Truncated: false),
        "empty" => new Answer(fault.Status, "application/json", [], fault.RetryAfter, Truncated: false),
        _ => Error(fault.Status, "told_to_fail") with { RetryAfter = fault.RetryAfter },
    };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = StatusCode;
        response.ContentType = ContentType;
        response.ContentLength = Body.Length;
        if (RetryAfter is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(
            Body.AsMemory(0, Truncated ? Body.Length / 2 : Body.Length), httpContext.RequestAborted);
        if (!Truncated)
            return;
        await response.Body.FlushAsync(httpContext.RequestAborted);
        httpContext.Abort();
    }
}
