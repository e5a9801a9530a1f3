using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Kombo.Connectors.Expressions;

namespace Kombo.Connectors.Http;

enum Injection
{
    Parameter,
    Header,
    Body,
}

/// <summary>Where a value goes in a request.</summary>
/// <param name="Path">One name; in a body also nested keys.</param>
sealed record RequestOption(Injection Into, ImmutableArray<string> Path)
{
    public string Name => Path[0];
}

/// <summary>A request that is being put together.</summary>
/// <param name="url">Absolute; its own query is kept.</param>
sealed class RequestDraft(Uri url, HttpMethod method)
{
    readonly List<KeyValuePair<string, string>> query = [];
    readonly List<KeyValuePair<string, string>> headers = [];
    JsonObject? body;

    public void SetBody(JsonNode? node) => body = node as JsonObject;

    /// <summary>Replaces a value of that name; nothing is set for null or undefined.</summary>
    public void Set(RequestOption option, in Value value)
    {
        if (value.IsNothing)
            return;
        switch (option.Into)
        {
            case Injection.Parameter:
                Replace(query, option.Name, value.ToString());
                break;
            case Injection.Header:
                Replace(headers, option.Name, value.ToString());
                break;
            default:
                SetInBody(option.Path, value);
                break;
        }
    }

    /// <exception cref="SourceException">A header value holds characters that HTTP does not allow.</exception>
    public HttpRequestMessage Build()
    {
        var request = new HttpRequestMessage(method, WithQuery());
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value) || value.Any(char.IsControl))
                throw new SourceException(SourceFailure.Configuration,
                    $"the header {name} cannot be sent: its value, made of parameters and credentials, "
                    + "holds characters that HTTP does not allow");
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return request;
    }

    static void Replace(List<KeyValuePair<string, string>> pairs, string name, string value)
    {
        pairs.RemoveAll(pair => pair.Key == name);
        pairs.Add(KeyValuePair.Create(name, value));
    }

    void SetInBody(ImmutableArray<string> path, in Value value)
    {
        var at = body ??= [];
        foreach (var key in path[..^1])
        {
            if (at[key] is not JsonObject next)
                at[key] = next = [];
            at = next;
        }

        at[path[^1]] = ToNode(value);
    }

    public static JsonNode? ToNode(in Value value) => value.Kind switch
    {
        ValueKind.Undefined or ValueKind.Null => null,
        ValueKind.Boolean => JsonValue.Create(value.Boolean),
        ValueKind.Number => JsonNode.Parse(value.Number.ToString(CultureInfo.InvariantCulture)),
        ValueKind.Json => JsonNode.Parse(value.ToString()),
        _ => JsonValue.Create(value.ToString()),
    };

    Uri WithQuery()
    {
        if (query.Count == 0)
            return url;
        var names = query.Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        var own = QueryText.Split(url.Query).Where(pair => !names.Contains(QueryText.Name(pair)));
        var added = query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}");
        return new UriBuilder(url) { Query = string.Join('&', own.Concat(added)) }.Uri;
    }
}

/// <summary>The pieces of a query string, as they are written.</summary>
static class QueryText
{
    public static IEnumerable<string> Split(string query) => query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries);

    public static string Name(string pair) => Uri.UnescapeDataString(pair.Split('=', 2)[0].Replace('+', ' '));

    /// <summary>The address without one of its parameters, so that a credential in it is not kept.</summary>
    public static Uri Without(Uri url, string name) =>
        new UriBuilder(url) { Query = string.Join('&', Split(url.Query).Where(pair => Name(pair) != name)) }.Uri;
}
