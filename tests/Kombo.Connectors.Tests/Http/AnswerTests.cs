using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Kombo.Connectors.Tests.Http;

/// <summary>Answers that are no page of records: none of them may look like an empty list.</summary>
public sealed class AnswerTests
{
    static readonly TestDefinition Plain = new();

    public static TheoryData<string, Func<HttpContext, Task>, string> Unreadable => new()
    {
        { "HTML", TestSource.Text("<!doctype html><h1>Sign in</h1>", "text/html"), "HTML or XML instead of JSON" },
        { "XML", TestSource.Text("\n<users/>", "application/xml"), "HTML or XML instead of JSON" },
        { "truncated", TestSource.Json("""{"data":[{"id":1,"na"""), "no whole JSON" },
        { "empty", TestSource.Json(""), "an empty body" },
        { "no list", TestSource.Json("""{"items":[]}"""), "no list at data" },
        { "null for a list", TestSource.Json("""{"data":null}"""), "no list at data" },
        { "a text for a list", TestSource.Json("""{"data":"none"}"""), "no list at data" },
        { "an error object", TestSource.Json("""{"error":"nope"}"""), "no list at data" },
        { "too deep", TestSource.Json(string.Concat(Enumerable.Repeat("""{"data":[""", 40)) + string.Concat(Enumerable.Repeat("]}", 40))), "no whole JSON" },
    };

    [Theory, MemberData(nameof(Unreadable))]
    public async Task Is_a_failure(string name, Func<HttpContext, Task> answer, string reason)
    {
        await using var source = await TestSource.StartAsync(answer);
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        var error = await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        error.Kind.ShouldBe(SourceFailure.Unreadable, name);
        error.Message.ShouldContain(reason);
    }

    [Fact]
    public async Task A_source_that_says_itself_that_there_is_nothing_needs_no_list()
    {
        var definition = Plain with { Model = "total: \"{{ response.totalResults }}\"" };
        await using var source = await TestSource.StartAsync(TestSource.Json("""{"totalResults":0}"""));
        await using var session = TestSession.Open(definition.Load(), source.Url);
        (await session.ReadAllAsync()).ShouldSatisfyAllConditions(
            all => all.Read.ShouldBe(0), all => all.Total.ShouldBe(0), all => all.Incomplete.ShouldBeNull());
    }

    [Fact]
    public async Task An_empty_list_is_a_page_without_records()
    {
        await using var source = await TestSource.StartAsync(TestSource.Json("""{"data":[]}"""));
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        (await session.ReadAllAsync()).Pages.ShouldBe(1);
    }

    [Fact]
    public async Task A_byte_order_mark_is_passed_over()
    {
        await using var source = await TestSource.StartAsync(TestSource.Json("\uFEFF{\"data\":[{\"id\":1}]}"));
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        (await session.ReadAllAsync()).Ids.ShouldBe("1");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Bytes_are_counted_after_decompression(string encoding)
    {
        var body = Encoding.UTF8.GetBytes("""{"data":[{"id":1,"name":"%"}]}""".Replace("%", new string('a', 3_000_000)));
        await using var source = await TestSource.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            await using Stream compressed = encoding == "br"
                ? new BrotliStream(context.Response.Body, CompressionLevel.Fastest)
                : new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await compressed.WriteAsync(body);
        });
        await using var wide = TestSession.Open(Plain.Load(), source.Url);
        (await wide.ReadAllAsync()).Ids.ShouldBe("1");
        await using var narrow = TestSession.Open((Plain with { Extra = "limits: {pageBytes: 2097152}" }).Load(), source.Url);
        var error = await Should.ThrowAsync<SourceException>(() => narrow.ReadAllAsync());
        error.Message.ShouldContain("larger than 2 MiB");
        source.Asked.Count.ShouldBe(2, "a page that is too large is not asked for again");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_body_that_is_not_compressed_as_it_says_is_unreadable(string encoding)
    {
        await using var source = await TestSource.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            await context.Response.WriteAsync("plain");
        });
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        (await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync())).Kind.ShouldBe(SourceFailure.Unreadable);
    }
}
