using Kombo.Connectors;
using Kombo.Core.Ids;
using Kombo.Core.Models;
using Kombo.Core.Records;
using Kombo.Worker.Runs;

namespace Kombo.Worker.Tests.Runs;

public sealed class PageGroupTests
{
    static readonly Model Teams = ModelCatalog.Default.Get("hris_teams");

    [Fact]
    public void Of_joined_pages_nothing_is_left_out()
    {
        using var group = new PageGroup([Page(1), Page(2), Page(3)]);

        group.Batches.Select(batch => batch.RemoteId(0)).ShouldBe(["t1", "t2", "t3"]);
        group.Errors.Select(error => error.RemoteId).ShouldBe(["bad 1", "bad 2", "bad 3"]);
        (group.Pages, group.Read, group.RequestedAt).ShouldBe((3, 6, 1));
        (group.IsLast, group.NextPageToken, group.Watermark, group.Incomplete, group.Total)
            .ShouldBe((true, null, "2026-01-05", "capped", 3));
    }

    static SourcePage Page(int number)
    {
        using var builder = new RecordBatchBuilder(Teams, new RecordIds("sandbox:x", Teams.Name));
        builder.Begin();
        foreach (var _ in Teams.Fields)
            builder.Values.WriteNull();
        builder.Commit($"t{number}", default);
        return new SourcePage
        {
            Batches = [builder.Build()],
            Errors = [new RecordError(Teams.Name, $"bad {number}", "hris_teams.name", "is no text")],
            Read = 2,
            IsLast = number == 3,
            NextPageToken = number == 3 ? null : $"after {number}",
            Watermark = number == 3 ? "2026-01-05" : null,
            Incomplete = number == 3 ? "capped" : null,
            Total = number,
            RequestedAt = number,
        };
    }
}
