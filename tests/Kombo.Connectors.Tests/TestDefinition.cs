namespace Kombo.Connectors.Tests;

/// <summary>A small definition of teams and employees, of which a test states only what matters to it. Pieces are YAML in
/// flow style, so that they fit on a line.</summary>
public sealed record TestDefinition
{
    public string Authenticator { get; init; } = "{type: NoAuth}";
    public string Paginator { get; init; } = "{type: NoPagination}";
    public string Method { get; init; } = "GET";
    public string Requester { get; init; } = "";
    public string Rows { get; init; } = "[data]";
    public string Selector { get; init; } = "";
    public string? Cursor { get; init; }
    public string Retriever { get; init; } = "";
    public string Specification { get; init; } = "";
    public string Model { get; init; } = "";
    public string Fields { get; init; } = "name: name";
    public string ModelName { get; init; } = "hris_teams";
    public string Extra { get; init; } = "";

    public string Yaml => $$$"""
        name: test
        label: Test
        category: HRIS
        source:
          type: DeclarativeSource
          version: 1.0.0
          streams:
            - type: DeclarativeStream
              name: teams
              retriever:
                type: SimpleRetriever
                requester:
                  type: HttpRequester
                  url_base: "{{ config.baseUrl }}"
                  path: teams
                  http_method: {{{Method}}}
                  authenticator: {{{Authenticator}}}
                  {{{Requester}}}
                record_selector:
                  extractor: {type: DpathExtractor, field_path: {{{Rows}}}}
                  {{{Selector}}}
                paginator: {{{Paginator}}}
                {{{Retriever}}}
              {{{(Cursor is null ? "" : $"incremental_sync: {Cursor}")}}}
          spec:
            connection_specification:
              required: [baseUrl]
              properties:
                baseUrl: {type: string, identity: true}
                token: {type: string, airbyte_secret: true}
                {{{Specification}}}
        models:
          {{{ModelName}}}:
            stream: teams
            remoteId: id
            {{{Model}}}
            fields: { {{{Fields}}} }
        {{{Extra}}}
        """;

    public ConnectorDefinition Load()
    {
        var (definition, problems) = ConnectorDefinition.Load(Yaml, "test");
        return definition ?? throw new InvalidOperationException(string.Join("\n", problems.Select(problem => problem.Message)));
    }

    public override string ToString() => "a definition";
}
