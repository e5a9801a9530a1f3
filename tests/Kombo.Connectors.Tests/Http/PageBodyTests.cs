using Kombo.Connectors.Http;

namespace Kombo.Connectors.Tests.Http;

/// <summary>The largest page and its buffers.</summary>
public sealed class PageBodyTests
{
    const int Limit = 8 * 1024 * 1024;

    [Theory]
    [InlineData(Limit - 1, true)]
    [InlineData(Limit, true)]
    [InlineData(Limit + 1, false)]
    [InlineData(3 * Limit, false)]
    public async Task A_page_is_read_up_to_its_limit(int length, bool isRead)
    {
        using var body = await PageBody.ReadAsync(new MemoryStream(new byte[length]), Limit, CancellationToken.None);
        (body is not null).ShouldBe(isRead);
        if (body is not null)
            body.Bytes.Length.ShouldBe(length);
    }

    [Fact]
    public void No_buffer_is_larger_than_the_limit()
    {
        const int large = 4 * Limit; // so that no other test has left buffers of that size in the pool
        var stream = new MemoryStream(new byte[large + 1]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var read = PageBody.ReadAsync(stream, large, CancellationToken.None);

        read.IsCompletedSuccessfully.ShouldBeTrue("a stream in memory is read at once, on this thread");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(large / 4 * 9, "buffers of 64 KiB and twice as much each time, up to the limit");
    }
}
