namespace Kombo.Connectors.Tests.Manifest;

/// <summary>What is not supported is refused when the file is loaded, by name and place; nothing is ignored silently.</summary>
public sealed class RefusalTests
{
    static readonly TestDefinition Plain = new();

    public static TheoryData<string, TestDefinition, string> Refused => new()
    {
        { "authenticator", Plain with { Authenticator = "{type: OAuthAuthenticator, client_id: x}" }, "source.streams[0].retriever.requester.authenticator (line 17): the component OAuthAuthenticator is not supported as an authenticator; supported are: NoAuth, BasicHttpAuthenticator, BearerAuthenticator, ApiKeyAuthenticator" },
        { "custom code", Plain with { Paginator = "{type: CustomPaginator, class_name: x.Y}" }, "source.streams[0].retriever.paginator (line 22): the component CustomPaginator is not supported as a paginator" },
        { "strategy", Plain with { Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestPath}, pagination_strategy: {type: CustomPaginationStrategy}}" }, "source.streams[0].retriever.paginator.pagination_strategy (line 22): the component CustomPaginationStrategy is not supported as a pagination strategy" },
        { "partition router", Plain with { Retriever = "partition_router: {type: SubstreamPartitionRouter}" }, "partition_router (line 23): the component SubstreamPartitionRouter is not supported as a partition router" },
        { "decoder", Plain with { Retriever = "decoder: {type: XmlDecoder}" }, "decoder (line 23): the component XmlDecoder is not supported as a decoder" },
        { "cursor", Plain with { Cursor = "{type: IncrementingCountCursor, cursor_field: id}" }, "incremental_sync (line 24): the component IncrementingCountCursor is not supported as an incremental sync" },
        { "time windows", Plain with { Cursor = "{type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%s', step: P30D}" }, "incremental_sync.step (line 24): the key \"step\" is not supported here" },
        { "look-back without fixed length", Plain with { Cursor = "{type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%s', lookback_window: P1M}" }, "lookback_window must be a duration" },
        { "date format", Plain with { Cursor = "{type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%A'}" }, "the date format \"%A\" holds letters that are not supported" },
        { "extractor", Plain with { Selector = "extractor2: {}" }, "record_selector.extractor2 (line 21): the key \"extractor2\" is not supported here; did you mean \"extractor\"?" },
        { "normalization", Plain with { Selector = "schema_normalization: Default" }, "schema_normalization \"Default\" is not supported" },
        { "transformation", Plain with { Cursor = "\n      transformations: [{type: AddFields}]" }, "transformations[0] (line 25): the component AddFields is not supported as a transformation" },
        { "method", Plain with { Method = "PUT" }, "http_method \"PUT\" is not supported; supported are: GET, POST" },
        { "body with GET", Plain with { Requester = "request_body_json: {a: 1}" }, "a body needs http_method POST" },
        { "form body", Plain with { Requester = "request_body_data: a=1" }, "the key \"request_body_data\" is not supported here" },
        { "unknown key", Plain with { Requester = "request_parametrs: {}" }, "did you mean \"request_parameters\"?" },
        { "expression", Plain with { Requester = "request_parameters: {a: \"{{ secret.x }}\"}" }, "request_parameters.a (line 18): the name \"secret\" is not known here" },
        { "setting", Plain with { Requester = "request_headers: {a: \"{{ config.tokn }}\"}" }, "config has no \"tokn\"" },
        { "error action", Plain with { Requester = "error_handler: {response_filters: [{http_codes: [401], action: REFRESH_TOKEN_THEN_RETRY}]}" }, "action \"REFRESH_TOKEN_THEN_RETRY\" is not supported" },
        { "error code", Plain with { Requester = "error_handler: {response_filters: [{http_codes: [9999]}]}" }, "an HTTP status from 100 to 599" },
        { "error filter of nothing", Plain with { Requester = "error_handler: {response_filters: [{action: FAIL}]}" }, "a response filter needs" },
        { "error message with an answer's text", Plain with { Requester = "error_handler: {response_filters: [{http_codes: [400], error_message: \"{{ parameters.x }}\"}]}" }, "no $parameters here" },
        { "backoff", Plain with { Requester = "error_handler: {backoff_strategies: [{type: CustomBackoffStrategy}]}" }, "the component CustomBackoffStrategy is not supported as a backoff strategy" },
        { "stop without braces", Plain with { Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestPath}, pagination_strategy: {type: CursorPagination, cursor_value: \"{{ response.n }}\", stop_condition: response.done}}" }, "stop_condition holds no expression: write it in {{ }}" },
        { "next page without token option", Plain with { Paginator = "{type: DefaultPaginator, pagination_strategy: {type: PageIncrement}}" }, "page_token_option is missing" },
        { "address from a number", Plain with { Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestPath}, pagination_strategy: {type: PageIncrement}}" }, "RequestPath needs a CursorPagination" },
        { "page size that is not known", Plain with { Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestPath}, page_size_option: {type: RequestOption, inject_into: header, field_name: n}, pagination_strategy: {type: CursorPagination, cursor_value: \"{{ response.n }}\"}}" }, "page_size is missing" },
        { "place of a token", Plain with { Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: body_data, field_name: n}, pagination_strategy: {type: PageIncrement}}" }, "inject_into \"body_data\" is not supported" },
        { "type of a setting", Plain with { Specification = "x: {type: object}" }, "spec.connection_specification.properties.x.type (line 31): type \"object\" is not supported" },
        { "secret identity", Plain with { Specification = "x: {type: string, airbyte_secret: true, identity: true}" }, "x cannot be both identity and airbyte_secret" },
        { "default that does not fit", Plain with { Specification = "x: {type: boolean, default: maybe}" }, "default must be \"true\" or \"false\"" },
        { "unknown model", Plain with { ModelName = "hris_team", Fields = "name: name" }, "models.hris_team (line 33): \"hris_team\" is not a model; did you mean \"hris_teams\"?" },
        { "model of the other category", Plain with { ModelName = "ats_tags", Fields = "name: name" }, "ats_tags is no HRIS model" },
        { "unknown field", Plain with { Fields = "nam: name" }, "models.hris_teams.fields.nam (line 37): hris_teams has no field \"nam\"; did you mean \"name\"?" },
        { "missing required field", Plain with { ModelName = "hris_absences", Fields = "amount: x" }, "employee_id is not mapped, which each of hris_absences must have" },
        { "value of an enum", Plain with { Fields = "type: {path: t, values: {x: DEPARTMNT}}" }, "\"DEPARTMNT\" is none of the field's values; did you mean \"DEPARTMENT\"?" },
        { "constant of an enum", Plain with { Fields = "type: {const: SQUAD}" }, "\"SQUAD\" is none of the field's values" },
        { "path", Plain with { Fields = "name: a..b" }, "\"a..b\" is no path" },
        { "two sources of a value", Plain with { Fields = "name: {path: a, const: b}" }, "exactly one of path, paths and const is needed" },
        { "format of a text", Plain with { Fields = "name: {path: a, format: '%s'}" }, "format is for dates and times" },
        { "parent without a list", Plain with { Fields = "name: $parent.x" }, "$parent exists only where each explodes a list" },
        { "key of a nested field", Plain with { ModelName = "hris_locations", Fields = "address: {object: {town: x}}" }, "the field has no key \"town\"" },
        { "all of a record as custom fields", Plain with { ModelName = "hris_employees", Fields = "custom_fields: ." }, "a map of the keys to keep is expected here" },
        { "delta without change times", Plain with { Model = "delta: true" }, "delta needs incremental_sync on the stream \"teams\"" },
        { "delta by a secret", Plain with { Model = "delta: \"{{ config.token }}\"", Cursor = "{type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%s'}" }, "delta cannot depend on the secret token" },
        { "a record without a path", Plain with { Model = "record: {missing: deleted}" }, "models.hris_teams.record (line 36): path is missing" },
        { "a record that is not named", Plain with { Model = "record: {path: teams}" }, "path names no record: write the record's id into it as {{ id }}" },
        { "a record by another name", Plain with { Model = "record: {path: \"teams/{{ record.id }}\"}" }, "the name \"record\" is not known here" },
        { "an id outside of a record", Plain with { Requester = "request_parameters: {a: \"{{ id }}\"}" }, "the name \"id\" is not known here" },
        { "a record that is a text", Plain with { Model = "record: \"teams/{{ id }}\"" }, "a map is expected here, with path" },
        { "what a missing record means", Plain with { Model = "record: {path: \"teams/{{ id }}\", missing: gone}" }, "missing \"gone\" is not supported; supported are: deleted, unknown" },
        { "many records in one answer", Plain with { Model = "record: {path: \"teams/{{ id }}\", field_path: [data, '*']}" }, "field_path is a list of keys that lead to the one record" },
        { "an unknown key of a record", Plain with { Model = "record: {path: \"teams/{{ id }}\", pathh: x}" }, "did you mean \"path\"?" },
        { "a part of a record", Plain with { Model = "each: members\n    record: {path: \"teams/{{ id }}\"}" }, "record and each exclude each other" },
        { "unknown stream", Plain with { Model = "", Extra = "  hris_locations: {stream: locations, remoteId: id, fields: {name: name}}" }, "no stream is named \"locations\"" },
        { "unknown key of ours", Plain with { Extra = "webhooks: {}" }, "webhooks (line 38): the key \"webhooks\" is not supported here" },
        { "limits", Plain with { Extra = "limits: {pageBytes: lots}" }, "pageBytes must be a whole number" },
        { "absence within a bound that may move", Plain with { Model = "deletions: absence", Cursor = "{type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%s', start_datetime: \"{{ config.baseUrl }}\"}" }, "models.hris_teams.deletions (line 36): deletions cannot be absence, because start_datetime of the stream \"teams\" is no fixed time: records before it would be taken for deleted when it moves" },
        { "missing list of no list", Plain with { Model = "missing: empty" }, "models.hris_teams.missing (line 36): missing says what a record without the list of each means, and there is no each" },
        { "missing list", Plain with { Model = "each: members\n    missing: gone" }, "missing \"gone\" is not supported; supported are: empty, incomplete" },
        { "share of errors", Plain with { Extra = "limits: {errorShare: 10%}" }, "limits.errorShare (line 38): errorShare must be a number from 0 to 1" },
        { "share of errors above all", Plain with { Extra = "limits: {errorShare: 1.5}" }, "errorShare must be a number from 0 to 1" },
        { "no request at a time", Plain with { Extra = "limits: {concurrency: 0}" }, "limits.concurrency (line 38): concurrency must be at least 1" },
        { "no request a minute", Plain with { Extra = "limits: {requestsPerMinute: 0}" }, "limits.requestsPerMinute (line 38): requestsPerMinute must be at least 1" },
        { "requests a minute", Plain with { Extra = "limits: {requestsPerMinute: 10/s}" }, "requestsPerMinute must be a whole number" },
        { "a header that is none", Plain with { Extra = "limits: {headers: {reset: \"X Reset:\"}}" }, "limits.headers.reset (line 38): reset must be the name of a header" },
        { "an unknown header", Plain with { Extra = "limits: {headers: {remainder: X-Left}}" }, "the key \"remainder\" is not supported here" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void Says_what_and_where(string rule, TestDefinition definition, string expected)
    {
        var (loaded, problems) = ConnectorDefinition.Load(definition.Yaml, "test");
        loaded.ShouldBeNull(rule);
        problems.Select(problem => problem.Message).ShouldContain(message => message.Contains(expected, StringComparison.Ordinal),
            $"{rule}; was: {string.Join('\n', problems.Select(problem => problem.Message))}");
        problems.ShouldAllBe(problem => problem.Reason == "InvalidConnector" && problem.NeedsEdit && problem.Message.StartsWith("connector \"test\": "));
    }

    public static TheoryData<string, string, string> Files => new()
    {
        { "empty", "", "0 YAML documents" },
        { "a list", "- a", "a map is expected" },
        { "broken", "name: [", "line" },
        { "a key twice", "name: a\nname: b", "line 2" },
        { "two documents", "name: a\n---\nname: b", "2 YAML documents" },
        { "no source", "name: a\nlabel: A\ncategory: HRIS\nmodels: {}", "source is missing" },
        { "no category", "name: a\nlabel: A\nsource: {type: DeclarativeSource}\nmodels: {}", "category is missing" },
        { "a bad name", "name: A b\nlabel: A", "name must be at most 40 lower-case letters" },
        { "another kind of source", "name: a\nsource: {type: PythonSource}", "the component PythonSource is not supported as a source" },
        { "a reference to nothing", "name: a\nsource: {type: DeclarativeSource, streams: [{$ref: '#/definitions/x'}]}", "$ref \"#/definitions/x\" points at nothing" },
        { "a reference to itself", "name: a\nsource: {type: DeclarativeSource, definitions: {x: {$ref: '#/definitions/x'}}}", "leads back to itself" },
        { "a reference to a file", "name: a\nsource: {type: DeclarativeSource, streams: [{$ref: 'file.yaml'}]}", "$ref must look like" },
        { "aliases that multiply", "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]", "too large" },
        { "references that multiply", "name: a\nsource:\n  definitions:\n    a: [1,1,1,1,1,1,1,1,1,1]\n" + string.Concat("bcdefg".Select((letter, i) => $"    {letter}: [{string.Join(',', Enumerable.Repeat($"'#/definitions/{"abcdef"[i]}'", 10))}]\n")), "too large" },
        { "too large", new string('#', 1_100_000), "larger than 1 MiB" },
    };

    [Theory, MemberData(nameof(Files))]
    public void A_file_that_is_no_definition_is_refused(string rule, string yaml, string expected)
    {
        var (loaded, problems) = ConnectorDefinition.Load(yaml, "test");
        loaded.ShouldBeNull(rule);
        problems.Select(problem => problem.Message).ShouldContain(message => message.Contains(expected, StringComparison.Ordinal),
            $"{rule}; was: {string.Join('\n', problems.Select(problem => problem.Message))}");
    }

    [Fact]
    public void The_plain_definition_of_these_tests_loads() => Plain.Load().Name.ShouldBe("test");

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var definition = Plain with { Fields = "nam: name", Method = "PUT", Authenticator = "{type: JwtAuthenticator}" };
        ConnectorDefinition.Load(definition.Yaml, "test").Problems.Length.ShouldBe(3);
    }
}
