using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Kombo.Connectors.Http;
using Kombo.Connectors.Paging;
using Kombo.Core.Models;
using Kombo.Core.Planning;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads a definition file: our own keys around an Airbyte manifest.</summary>
static partial class DefinitionReader
{
    /// <returns>The definition, or null and all that is wrong with the file.</returns>
    public static (ConnectorDefinition? Definition, ImmutableArray<Problem> Problems) Read(
        string yaml, string name, ModelCatalog catalog)
    {
        var problems = new ProblemList(name);
        var definition = YamlReader.Read(yaml, problems) is { } root ? Read(root, HashOf(yaml), problems, catalog) : null;
        return problems.IsEmpty ? (definition, []) : (null, problems.All);
    }

    static string HashOf(string yaml) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(yaml)));

    static ConnectorDefinition Read(YamlMap root, string hash, ProblemList problems, ModelCatalog catalog)
    {
        var plain = new ReadContext(problems, []);
        var file = new Component(root, plain, Parameters.None);
        var name = file.RequiredText("name");
        if (name.Length > 0 && !Names().IsMatch(name))
            problems.Add(file.Find("name") ?? root, "name must be at most 40 lower-case letters, digits and hyphens");
        var (specification, streams) = Source(file, problems);
        var context = plain with { Settings = [.. specification.Properties.Select(property => property.Name)] };
        var models = new ModelReader(catalog, streams, specification, context).Read(file);
        var category = file.OneOf("category", "HRIS", "ATS") ?? Missing(file, "category");
        var definition = new ConnectorDefinition(name, file.RequiredText("label"), category)
        {
            Hash = hash,
            Specification = specification,
            Streams = streams,
            Models = [.. models.Select(model => model.Definition)],
            Mappings = [.. models.Select(model => model.Mapping)],
            Limits = Limits(file),
        };
        file.Close();
        CheckCategory(file, definition);
        return definition;
    }

    static string Missing(Component file, string key)
    {
        if (file.Find(key) is null)
            file.Refuse(file.Node, $"{key} is missing");
        return "";
    }

    static (Specification, ImmutableArray<StreamPlan>) Source(Component file, ProblemList problems)
    {
        if (file.Find("source") is not YamlMap source)
        {
            file.Refuse(file.Node, "source is missing: an Airbyte low-code manifest");
            return (Specification.Empty, []);
        }

        return SourceReader.Read(new References(source, problems).Resolve(), problems);
    }

    static DefinitionLimits Limits(Component file)
    {
        if (file.Child("limits") is not { } limits)
            return DefinitionLimits.None;
        var read = new DefinitionLimits
        {
            PageBytes = limits.Number("pageBytes"),
            RecordBytes = limits.Number("recordBytes"),
            Pages = limits.Number("pages"),
            ErrorShare = limits.Share("errorShare"),
            Concurrency = AtLeastOne(limits, "concurrency"),
            RequestsPerMinute = AtLeastOne(limits, "requestsPerMinute"),
            RateHeaders = limits.Child("headers") is { } headers ? Headers(headers) : RateHeaderNames.Common,
        };
        limits.Close();
        return read;
    }

    static int? AtLeastOne(Component limits, string key)
    {
        var number = limits.Number(key);
        if (number == 0)
            limits.Refuse(limits.Find(key) ?? limits.Node, $"{key} must be at least 1");
        return number == 0 ? null : number;
    }

    static RateHeaderNames Headers(Component headers)
    {
        var names = new RateHeaderNames(Header(headers, "remaining"), Header(headers, "reset"));
        headers.Close();
        return names;
    }

    static string? Header(Component headers, string key)
    {
        var name = headers.Text(key);
        if (name is not null && !HeaderNames().IsMatch(name))
            headers.Refuse(headers.Find(key) ?? headers.Node, $"{key} must be the name of a header");
        return name;
    }

    static void CheckCategory(Component file, ConnectorDefinition definition)
    {
        foreach (var model in definition.Models.Where(model => model.Model.Category != definition.Category))
            file.Refuse(
                file.Find("models") ?? file.Node,
                $"{model.Model.Name} is no {definition.Category} model: take it out, or correct category");
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,100}$")]
    private static partial Regex HeaderNames();

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
    private static partial Regex Names();
}

static class Parameters
{
    public static ImmutableDictionary<string, YamlNode> None { get; } = ImmutableDictionary<string, YamlNode>.Empty;
}
