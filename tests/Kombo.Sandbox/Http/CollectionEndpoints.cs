using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kombo.Sandbox.Company;
using Kombo.Sandbox.Faults;

namespace Kombo.Sandbox.Http;

/// <summary>The API of the HR system: one paged list per collection.</summary>
static class CollectionEndpoints
{
    const int MaxPageSize = 500;

    public static void MapCollections(this WebApplication app)
    {
        app.MapGet("/v1/{collection}", ListAsync);
        app.MapGet("/v1/{collection}/{id}", FindAsync);
    }

    // Logged, held and failed under "collection/id".
    static async Task<IResult> FindAsync(
        string collection, string id, HttpContext http, HrSystem system, FaultPlan faults, RequestLog log, SandboxClock clock,
        SandboxOptions options)
    {
        var name = $"{collection}/{id}";
        var answer = await ReadAsync(name, http, options, faults, () => system.Has(collection) ? system.Find(collection, id) : null);
        log.Add(new LoggedRequest(clock.GetUtcNow(), name, "", answer.StatusCode, answer.StatusCode == 200 ? 1 : 0));
        return answer;
    }

    static async Task<Answer> ReadAsync(
        string name, HttpContext http, SandboxOptions options, FaultPlan faults, Func<Record?> find)
    {
        if (!IsAuthorized(http, options))
            return Answer.Error(401, "unauthorized");
        var record = find(); // before it is held: the answer is as old as the request
        await faults.PassAsync(name, http.RequestAborted);
        if (faults.Take(name) is { } fault)
            return Answer.Of(fault);
        return record is null
            ? Answer.Error(404, "not_found")
            : new Answer(200, "application/json", record.Json, RetryAfter: null, Truncated: false);
    }

    static async Task<IResult> ListAsync(
        string collection, HttpContext http, HrSystem system, FaultPlan faults, RequestLog log, SandboxClock clock,
        SandboxOptions options)
    {
        http.Response.Headers.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        var (answer, records) = await AnswerAsync(collection, http, system, faults, options);
        log.Add(new LoggedRequest(
            clock.GetUtcNow(), collection, http.Request.QueryString.Value ?? "", answer.StatusCode, records));
        return answer;
    }

    static async Task<(Answer Answer, int Records)> AnswerAsync(
        string collection, HttpContext http, HrSystem system, FaultPlan faults, SandboxOptions options)
    {
        if (!IsAuthorized(http, options))
            return (Answer.Error(401, "unauthorized"), 0);
        if (!system.Has(collection))
            return (Answer.Error(404, "not_found"), 0);
        if (PageRequest.Parse(collection, http.Request.Query) is not { } request)
            return (Answer.Error(400, "bad_request"), 0);
        await faults.PassAsync(collection, http.RequestAborted);
        if (faults.Delay > TimeSpan.Zero)
            await Task.Delay(faults.Delay, http.RequestAborted);
        var fault = faults.Take(collection);
        if (fault is { Body: not ("truncated" or "cut") })
            return (Answer.Of(fault), 0);
        var page = system.Read(collection, request.After, request.UpdatedSince, request.Limit);
        var extras = request.After is null ? faults.ExtrasOf(collection) : [];
        var body = PageWriter.Write(page, extras, request);
        if (fault is { Body: "cut" })
            return (new Answer(200, "application/json", body[..(body.Length / 2)], RetryAfter: null, Truncated: false), 0);
        return (new Answer(200, "application/json", body, RetryAfter: null, Truncated: fault is not null), page.Records.Count);
    }

    static bool IsAuthorized(HttpContext http, SandboxOptions options) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()),
        Encoding.UTF8.GetBytes($"Bearer {options.Token}"));

    /// <param name="After">Id of the last record of the previous page; null on the first.</param>
    internal sealed record PageRequest(int Limit, string? After, DateTimeOffset? UpdatedSince)
    {
        /// <returns>Null if the query is not understood.</returns>
        public static PageRequest? Parse(string collection, IQueryCollection query)
        {
            var limit = 100;
            DateTimeOffset? since = null;
            if (query.TryGetValue("limit", out var size)
                && (!int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxPageSize))
                return null;
            if (query.TryGetValue("updated_since", out var time))
            {
                if (!Vocabulary.Dated.Contains(collection)
                    || !DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
                    return null;
                since = parsed;
            }

            return !query.TryGetValue("cursor", out var cursor) ? new PageRequest(limit, After: null, since)
                : ReadCursor(cursor.ToString()) is { } after ? new PageRequest(limit, after, since)
                : null;
        }

        public static string Cursor(string lastId) =>
            Convert.ToBase64String(Encoding.UTF8.GetBytes(lastId)).TrimEnd('=');

        static string? ReadCursor(string cursor)
        {
            var padded = cursor.PadRight((cursor.Length + 3) / 4 * 4, '=');
            var bytes = new byte[padded.Length];
            return Convert.TryFromBase64String(padded, bytes, out var length)
                ? Encoding.UTF8.GetString(bytes, 0, length)
                : null;
        }
    }
}
