using System.Text.Json;
using Kombo.Connectors.Expressions;

namespace Kombo.Connectors.Tests.Expressions;

public sealed class ExpressionTests
{
    const Roots All = Roots.Config | Roots.Response | Roots.Record | Roots.Parent | Roots.LastRecord | Roots.LastPageSize
        | Roots.NextPageToken | Roots.StreamInterval | Roots.Headers;

    static readonly ExpressionNames Names = new(All, ["domain", "flag"], TestParameters.Of(("path", "people")));

    static readonly JsonElement Record = JsonDocument.Parse("""
        {
          "id": 7, "big": 12345678901234567890123, "name": "Ada", "empty": "", "none": null, "yes": true, "no": false, "price": 1.50,
          "list": ["a", "b"], "people": [{"id": "p1"}, {"id": "p2"}], "a.b": {"c:d": "odd"}, "paging": {}
        }
        """).RootElement;

    static EvaluationScope Scope => new()
    {
        Config = new TestMap(("domain", Value.Of("acme")), ("flag", Value.Of(true))),
        Record = Record,
        Response = Record,
        Parent = JsonDocument.Parse("""{"id": "g1"}""").RootElement,
        LastPageSize = 3,
        StreamInterval = new TestMap(("start_time", Value.Of("2026-01-01"))),
        Now = new DateTimeOffset(2026, 1, 5, 9, 0, 0, 500, TimeSpan.Zero),
    };

    public static TheoryData<string, string> Values => new()
    {
        { "plain text", "plain text" },
        { "", "" },
        { "{{ 'a' }}", "a" },
        { "{{ \"it's\" }}", "it's" },
        { "{{ 'it\\'s' }}", "it's" },
        { "{{ 'has }} inside' }}", "has }} inside" },
        { "https://{{ config.domain }}.example/{{ config['domain'] }}", "https://acme.example/acme" },
        { "{{ parameters.path }}/{{ parameters['path'] }}", "people/people" },
        { "{{ record.id }}", "7" },
        { "{{ record.big }}", "12345678901234567890123" },
        { "{{ record.price }}", "1.50" },
        { "{{ record['a.b']['c:d'] }}", "odd" },
        { "{{ record.list[0] }}{{ record.list[-1] }}{{ record.list[2] }}", "ab" },
        { "{{ record.people[1].id }}", "p2" },
        { "{{ record.missing.deep.deeper }}", "" },
        { "{{ record.name.x }}", "" },
        { "{{ record.none }}", "" },
        { "{{ record.yes }} {{ record.no }}", "true false" },
        { "{{ parent.id }}:{{ record.id }}", "g1:7" },
        { "{{ 1 + 2 * 3 }}", "7" },
        { "{{ (1 + 2) * 3 }}", "9" },
        { "{{ 7 // 2 }} {{ 7 % 4 }} {{ -3 + 1 }} {{ 2 - 5 }}", "3 3 -2 -3" },
        { "{{ 'a' + 'b' }}", "ab" },
        { "{{ 'n' ~ 1 ~ true }}", "n1true" },
        { "{{ 1 < 2 }} {{ 2 <= 2 }} {{ 'a' > 'b' }} {{ 2 >= 3 }}", "true true false false" },
        { "{{ record.id == 7 }} {{ record.id == '7' }} {{ record.name != 'Ada' }}", "true false false" },
        { "{{ record.none == none }} {{ record.missing == null }}", "true true" },
        { "{{ 'a' in record.list }} {{ 'z' in record.list }} {{ 'name' in record }} {{ 'd' in 'Ada' }}", "true false true true" },
        { "{{ 'next' not in response['paging'] }}", "true" },
        { "{{ record.name in ['Ada', 'Bo'] }}", "true" },
        { "{{ not record.empty and record.name }}", "Ada" },
        { "{{ record.empty or 'fallback' }}", "fallback" },
        { "{{ false or false }} {{ true and not false }}", "false true" },
        { "{{ 'yes' if record.yes else 'no' }} {{ 'yes' if record.no else 'no' }}", "yes no" },
        { "{{ 'x' if record.no }}", "" },
        { "{{ 'a' if record.no else 'b' if record.no else 'c' }}", "c" },
        { "{{ record.missing is defined }} {{ record.none is defined }} {{ record.none is none }} {{ record.id is not none }}", "false true true true" },
        { "{{ record.missing | default('d') }} {{ record.none | default('d') }} {{ record.empty | default('d', true) }}", "d d d" },
        { "{{ record.empty | default('d') }}", "" },
        { "{{ '12' | int + 1 }} {{ 'x' | int }} {{ 'x' | int(5) }} {{ 3.9 | int }}", "13 0 5 3" },
        { "{{ 'Ada' | lower }} {{ 'Ada' | upper }} {{ ' a ' | trim }}", "ada ADA a" },
        { "{{ record.list | join(', ') }} {{ record.list | length }} {{ record.list | first }} {{ record.list | last }}", "a, b 2 a b" },
        { "{{ 'a-b' | replace('-', '_') }}", "a_b" },
        { "{{ ('u' ~ ':' ~ 'p') | base64encode }}", "dTpw" },
        { "{{ record.get('name') }} {{ record.get('nothing', 'd') }}", "Ada d" },
        { "{{ now_utc() }}", "2026-01-05T09:00:00.5Z" },
        { "{{ now_utc().strftime('%Y-%m-%d') }}", "2026-01-05" },
        { "{{ format_datetime('2026-01-05T10:00:00+01:00', '%s') }}", "1767603600" },
        { "{{ last_page_size + 1 }}", "4" },
        { "{{ stream_interval.start_time }} {{ stream_interval['end_time'] }}", "2026-01-01 " },
        { "{{ next_page_token }}", "" },
    };

    [Theory, MemberData(nameof(Values))]
    public void Evaluates(string template, string expected) =>
        Template.Compile(template, Names).Text(Scope).ShouldBe(expected);

    public static TheoryData<string, string> Refused => new()
    {
        { "{{ secret }}", "the name \"secret\" is not known here" },
        { "{{ config.nothing }}", "config has no \"nothing\"" },
        { "{{ config[record.name] }}", "config has no" },
        { "{{ parameters.nothing }}", "no $parameters here hold a \"nothing\"" },
        { "{{ stream_slice.x }}", "the name \"stream_slice\" is not known here" },
        { "{{ open('/etc/passwd') }}", "the function \"open\" is not supported" },
        { "{{ record.__class__() }}", "the method \"__class__\" is not supported" },
        { "{{ record | tojson }}", "the filter \"tojson\" is not supported" },
        { "{{ 'a' | replace('b') }}", "wrong number of arguments" },
        { "{{ record.id is odd }}", "\"is odd\" is not supported" },
        { "{% if record %}x{% endif %}", "statements" },
        { "{{ record.id", "does not end" },
        { "{{ 'open }}", "does not end" },
        { "{{ record. }}", "a name is missing" },
        { "{{ 1 + }}", "a value is missing" },
        { "{{ (1 }}", "\")\" is missing" },
        { "{{ 1 2 }}", "not expected" },
        { "{{ a ; b }}", "\";\" is not understood" },
        { "{{ 'x' if }}", "a value is missing" },
        { "{{ " + new string('(', 60) + "1" + new string(')', 60) + " }}", "nested too deeply" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void Refuses_when_it_is_compiled(string template, string message) =>
        Should.Throw<ExpressionException>(() => Template.Compile(template, Names)).Message.ShouldContain(message);

    [Theory]
    [InlineData("{{ record.name + 1 }}")]
    [InlineData("{{ record.name < 1 }}")]
    [InlineData("{{ 1 // 0 }}")]
    [InlineData("{{ record.name | join }}")]
    [InlineData("{{ config }}")]
    public void Says_without_quoting_values_what_cannot_be_computed(string template)
    {
        var compiled = Template.Compile(template, Names);
        Should.Throw<ExpressionException>(() => compiled.Text(Scope)).Message.ShouldNotContain("Ada");
    }

    [Fact]
    public void A_name_that_exists_elsewhere_is_refused_where_it_has_no_value() =>
        Should.Throw<ExpressionException>(() => Template.Compile("{{ response.next }}", Names with { Allowed = Roots.Config }))
            .Message.ShouldContain("known are: config, parameters");

    [Fact]
    public void An_id_is_made_of_all_its_parts_or_not_at_all()
    {
        Template.Compile("{{ parent.id }}:{{ record.id }}", Names).WholeText(Scope).ShouldBe("g1:7");
        Template.Compile("{{ parent.id }}:{{ record.missing }}", Names).WholeText(Scope).ShouldBeNull();
    }

    [Fact]
    public void A_text_of_which_nothing_is_there_is_nothing()
    {
        Template.Compile("{{ record.missing }} {{ record.name }}", Names).TextIfAny(Scope).ShouldBe("Ada");
        Template.Compile("{{ record.missing }} {{ record.none }}", Names).TextIfAny(Scope).ShouldBeNull();
    }

    [Fact]
    public void What_it_reads_of_a_record_is_known()
    {
        var template = Template.Compile("{{ record.a.b ~ record['c'] if record.get('d') else record.list[0] }}", Names);
        template.RecordPaths.Select(path => string.Join('.', path)).ShouldBe(["a.b", "c", "", "list"], ignoreOrder: true);
    }
}
