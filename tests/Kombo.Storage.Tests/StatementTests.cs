using Kombo.Storage.Statements;
using Kombo.Storage.Tests.Support;

namespace Kombo.Storage.Tests;

/// <summary>The small statements' parameters and rows.</summary>
public sealed class StatementTests(StorageFixture storage) : IClassFixture<StorageFixture>
{
    static readonly CancellationToken None = CancellationToken.None;
    static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Every_type_of_parameter_arrives_and_comes_back()
    {
        var row = await AskAsync<Row>(Statement.Of(
            """
            select @text as text, @flag as is_flag, @small as small, @large as large, @share as share, @at as at, @list as list,
                   extract(epoch from @span)::int as seconds, cardinality(@times) as times
            """,
            new
            {
                Text = "a'b",
                Flag = true,
                Small = 7,
                Large = 1L << 40,
                Share = 0.5,
                At = Noon,
                List = new[] { "x", "y" },
                Span = TimeSpan.FromMinutes(1),
                Times = new DateTimeOffset?[] { Noon, null },
            }));

        row.Text.ShouldBe("a'b");
        row.IsFlag.ShouldBeTrue();
        (row.Small, row.Large, row.Seconds, row.Times).ShouldBe((7, 1L << 40, 60, 2));
        row.Share.ShouldBe(0.5);
        row.At.ShouldBe(Noon);
        row.List.ShouldBe(["x", "y"]);
    }

    [Fact]
    public async Task A_null_needs_no_cast()
    {
        var row = await AskAsync<Nulls>(Statement.Of(
            "select coalesce(@text, 'none') as text, @at is null as no_time, @large as large",
            new { Text = (string?)null, At = (DateTimeOffset?)null, Large = (long?)null }));

        row.ShouldBe(new("none", NoTime: true, Large: null));
    }

    [Fact]
    public async Task Properties_keep_their_value_where_there_is_no_column_or_a_null()
    {
        var row = await AskAsync<Kept>(Statement.Of("select null::text as name, 5 as nobody_has_a_place_for_it"));

        row.Name.ShouldBe("as it was");
        row.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_column_that_is_missing_is_named() =>
        (await Should.ThrowAsync<InvalidOperationException>(() => AskAsync<Nulls>(Statement.Of("select 'a' as text"))))
            .Message.ShouldContain("NoTime");

    [Fact]
    public async Task The_last_statement_that_answers_is_read()
    {
        (await AskAsync<long>(Statement.Of("select 'a' as text; select 5::int; do $$ begin end $$"))).ShouldBe(5);
        await using var connection = await storage.Hand.OpenConnectionAsync();
        (await connection.QueryAsync<long>(Statement.Of("select 1; select 2 where false"), None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_statement_can_be_asked_twice()
    {
        await using var connection = await storage.Hand.OpenConnectionAsync();
        var statement = Statement.Of("select @text", new { Text = "again" });
        for (var time = 0; time < 2; time++)
            (await connection.QuerySingleAsync<string>(statement, None)).ShouldBe("again");
    }

    async Task<T> AskAsync<T>(Statement statement)
    {
        await using var connection = await storage.Hand.OpenConnectionAsync();
        return await connection.QuerySingleAsync<T>(statement, None);
    }

    public sealed record Row(
        string Text, bool IsFlag, int Small, long Large, double Share, DateTimeOffset At, string[] List, int Seconds, int Times);

    public sealed record Nulls(string Text, bool NoTime, long? Large);

    public sealed record Kept
    {
        public string Name { get; init; } = "as it was";
        public int Count { get; init; } = 3;
    }
}
