using Kombo.Connectors.Http;

namespace Kombo.Connectors.Tests.Http;

public sealed class LinkHeaderTests
{
    [Theory]
    [InlineData("<https://a/x?p=2>; rel=\"next\"", "https://a/x?p=2")]
    [InlineData("<https://a/x?p=2>; rel=next", "https://a/x?p=2")]
    [InlineData("<https://a/1>; rel=\"first\", <https://a/2>; rel=\"next\", <https://a/9>; rel=\"last\"", "https://a/2")]
    [InlineData("<https://a/x,y>; title=\"a, b; c\"; rel=\"prev next\"", "https://a/x,y")]
    [InlineData("<https://a/2> ; REL = \"Next\"", "https://a/2")]
    [InlineData("<https://a/2>; rel=\"next\", <https://a/3>; rel=\"next\"", "https://a/2")]
    [InlineData("<https://a/1>; rel=\"self\"", null)]
    [InlineData("https://a/1; rel=next", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Finds_the_next_page(string? header, string? expected) =>
        LinkHeader.Parse(header).GetValueOrDefault("next").ShouldBe(expected);
}
