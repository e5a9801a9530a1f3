using System.Text.RegularExpressions;

namespace Kombo.Connectors.Http;

/// <summary>Reads the <c>Link</c> header. Source: RFC 8288, section 3.</summary>
static partial class LinkHeader
{
    /// <summary>Addresses by relation in lower case; the first of each relation counts.</summary>
    public static Dictionary<string, string> Parse(string? header)
    {
        var links = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match link in Link().Matches(header ?? ""))
            foreach (Match parameter in Parameter().Matches(link.Groups["parameters"].Value))
                if (parameter.Groups["name"].Value.Equals("rel", StringComparison.OrdinalIgnoreCase))
                    foreach (var relation in Plain(parameter.Groups["value"].Value).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                        links.TryAdd(relation, link.Groups["url"].Value);
        return links;
    }

    static string Plain(string value) => value.Trim('"');

    [GeneratedRegex("""<(?<url>[^<>]*)>(?<parameters>(?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:"[^"]*"|[^\s";,]*))?)*)""")]
    private static partial Regex Link();

    [GeneratedRegex("""(?<name>[^\s=;,]+)\s*=\s*(?<value>"[^"]*"|[^\s";,]*)""")]
    private static partial Regex Parameter();
}
