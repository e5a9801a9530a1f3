using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Sandbox.Company;
using Kombo.Sandbox.Faults;

namespace Kombo.Sandbox.Http;

/// <summary>
/// What a test may do to the HR system. JSON in and out, no token:
/// <code>
/// GET    /control/state                    counts per collection, clock, held requests
/// GET    /control/records/{collection}/{id}    one record
/// POST   /control/records/{collection}         add the record of the body
/// PATCH  /control/records/{collection}/{id}    set fields; moves updated_at
/// DELETE /control/records/{collection}/{id}    delete; an employee's dependents go too
/// POST   /control/extra/{collection}       show this record on the first page as it is: no id, a repeated id, a NUL
/// POST   /control/throttle {count, retryAfter, collection}      the next answers are 429
/// POST   /control/fail {status, count, body, retryAfter, collection}  body: json, html, truncated, cut, empty;
///                                          no count: until cleared
/// POST   /control/limit {requestsPerSecond, headers}   429 with Retry-After beyond it; headers: says how many are left;
///                                          no requestsPerSecond: no limit
/// GET    /control/limit                    answered, refused and most requests at once since then
/// POST   /control/delay {milliseconds}     every page takes this long
/// POST   /control/hold {collection, passes}  pages wait after so many more
/// POST   /control/release                  they go on
/// POST   /control/clear                    no faults, delays, limits, extras or held pages any more
/// GET    /control/requests, DELETE /control/requests
/// POST   /control/clock {offsetSeconds}    the HR system's clock goes before (behind) the machine's
/// </code>
/// </summary>
static class ControlEndpoints
{
    public static void MapControl(this WebApplication app)
    {
        var control = app.MapGroup("/control");
        control.MapGet("/state", (HrSystem system, SandboxClock clock, FaultPlan faults) =>
            new State(system.Counts(), clock.GetUtcNow(), faults.Held));
        MapRecords(control);
        MapFaults(control);
        control.MapGet("/requests", (RequestLog log, FaultPlan faults) => log.Summary(faults.Held));
        control.MapDelete("/requests", (RequestLog log) => log.Clear());
        control.MapPost("/clock", (ClockBody body, SandboxClock clock) =>
            clock.SetOffset(TimeSpan.FromSeconds(body.OffsetSeconds)));
    }

    static void MapRecords(RouteGroupBuilder control)
    {
        control.MapGet("/records/{collection}/{id}", (string collection, string id, HrSystem system) =>
            system.Has(collection) ? Shown(system.Find(collection, id)) : Results.NotFound());
        control.MapPost("/records/{collection}", (string collection, JsonObject body, HrSystem system) =>
            system.Has(collection) ? Shown(system.Add(collection, body)) : Results.NotFound());
        control.MapPost("/extra/{collection}", (string collection, JsonElement body, FaultPlan faults) =>
            faults.AddExtra(collection, JsonSerializer.SerializeToUtf8Bytes(body)));
        control.MapPatch(
            "/records/{collection}/{id}", (string collection, string id, JsonObject body, HrSystem system) =>
            system.Has(collection) ? Shown(system.Change(collection, id, body)) : Results.NotFound());
        control.MapDelete("/records/{collection}/{id}", (string collection, string id, HrSystem system) =>
            system.Has(collection) && system.Delete(collection, id) ? Results.NoContent() : Results.NotFound());
    }

    static void MapFaults(RouteGroupBuilder control)
    {
        control.MapPost("/throttle", (ThrottleBody body, FaultPlan faults) =>
            faults.Set(new Fault(429, "json", body.RetryAfter ?? 1, body.Count ?? 1, body.Collection)));
        control.MapPost("/fail", (FailBody body, FaultPlan faults) =>
            faults.Set(
                new Fault(body.Status ?? 200, body.Body ?? "json", body.RetryAfter, body.Count, body.Collection)));
        control.MapPost("/delay", (DelayBody body, FaultPlan faults) =>
            faults.Delay = TimeSpan.FromMilliseconds(body.Milliseconds));
        control.MapPost(
            "/hold", (HoldBody body, FaultPlan faults) => faults.Set(new Hold(body.Collection, body.Passes ?? 0)));
        control.MapPost("/release", (FaultPlan faults) => faults.Release());
        control.MapPost("/limit", (LimitBody body, RateLimit limit) =>
            limit.Set(body.RequestsPerSecond is { } most ? new RateRule(most, body.Headers ?? false) : null));
        control.MapGet("/limit", (RateLimit limit) => limit.Counts);
        control.MapPost("/clear", (FaultPlan faults, RateLimit limit) =>
        {
            faults.Clear();
            limit.Set(null);
        });
    }

    static IResult Shown(Record? record) =>
        record is null ? Results.NotFound() : Results.Bytes(record.Json, "application/json");

    sealed record State(IReadOnlyDictionary<string, int> Counts, DateTimeOffset Now, int Held);

    sealed record ThrottleBody(int? Count, int? RetryAfter, string? Collection);

    sealed record FailBody(int? Status, int? Count, string? Body, int? RetryAfter, string? Collection);

    sealed record LimitBody(int? RequestsPerSecond, bool? Headers);

    sealed record DelayBody(int Milliseconds);

    sealed record HoldBody(string? Collection, int? Passes);

    sealed record ClockBody(double OffsetSeconds);
}
