using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;
using Kombo.Testing;

namespace Kombo.Kubernetes.Tests.Http;

/// <summary>Watches as they come over the wire.</summary>
public sealed class WatchTests : IDisposable
{
    readonly ManualClock clock = new();
    readonly ScriptedHandler server = new();
    readonly SlowStream body = new();
    readonly KubernetesHttpClient client;
    readonly List<string> seen = [];

    public WatchTests()
    {
        client = new KubernetesHttpClient(
            new KubernetesClientConfiguration(new Uri("http://cluster.test/")),
            new KubernetesClientOptions { Clock = clock, Wrap = _ => server, MaxWatchLineBytes = 100_000 });
        server.ThenStream(body);
    }

    public void Dispose()
    {
        client.Dispose();
        body.Dispose();
    }

    [Fact]
    public async Task Events_are_told_apart_however_they_are_cut()
    {
        var text = Line("ADDED", "a", 1) + Line("MODIFIED", "a", 2)
            + """{"type":"BOOKMARK","object":{"kind":"ConfigMap","metadata":{"resourceVersion":"3"}}}""" + "\n"
            + """{"object":{"metadata":{"name":"a","resourceVersion":"4"}},"type":"DELETED"}""" + "\n\n"
            + """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}""" + "\n";
        foreach (var letter in text)
            body.Send(letter.ToString());
        body.End();
        await WatchAsync();
        seen.ShouldBe(["Added a 1", "Modified a 2", "Bookmark  3", "Deleted a 4", "Error  Expired"]);
    }

    [Fact]
    public async Task An_event_is_there_before_the_next_one_comes()
    {
        body.Send(Line("ADDED", "a", 1));
        var watch = WatchAsync();
        await Eventually.BecomesAsync(() => seen.Count == 1, TimeSpan.FromSeconds(10));
        body.Send(Line("ADDED", "b", 2)).End();
        await watch;
        seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_object_that_cannot_be_read_moves_the_version_and_nothing_else()
    {
        body.Send("""{"type":"ADDED","object":{"metadata":{"name":"bad","resourceVersion":"5"},"data":[1]}}""" + "\n")
            .Send(Line("ADDED", "a", 6)).End();
        await WatchAsync();
        seen.ShouldBe(["Bookmark  5", "Added a 6"]);
    }

    [Fact]
    public async Task To_be_gone_an_object_needs_no_more_than_a_name()
    {
        body.Send("""{"type":"DELETED","object":{"metadata":{"namespace":"n","name":"bad","resourceVersion":"5"},"data":[1]}}""" + "\n")
            .End();
        await WatchAsync();
        seen.ShouldBe(["Deleted n/bad 5"]);
    }

    [Fact]
    public async Task A_watch_that_breaks_off_is_told_from_one_that_ends()
    {
        body.Send(Line("ADDED", "a", 1)).Send("""{"type":"ADD""").End();
        (await Should.ThrowAsync<KubernetesException>(WatchAsync)).IsConnectionFailure.ShouldBeTrue();
        seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_is_reset_is_a_connection_failure()
    {
        body.Send(Line("ADDED", "a", 1)).End(new IOException("reset"));
        (await Should.ThrowAsync<KubernetesException>(WatchAsync)).IsConnectionFailure.ShouldBeTrue();
    }

    [Fact]
    public async Task A_line_without_end_is_not_kept()
    {
        body.Send(new string(' ', 200_000));
        (await Should.ThrowAsync<KubernetesException>(WatchAsync)).Status.Reason.ShouldBe("Undecodable");
    }

    [Fact]
    public async Task A_silent_watch_is_left_a_little_after_its_time()
    {
        var watch = WatchAsync();
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, TimeSpan.FromSeconds(10));
        clock.Advance(TimeSpan.FromMinutes(5));
        watch.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(15));
        (await Should.ThrowAsync<KubernetesException>(() => watch)).IsConnectionFailure.ShouldBeTrue();
    }

    static string Line(string type, string name, int version) =>
        $$$$"""{"type":"{{{{type}}}}","object":{"metadata":{"name":"{{{{name}}}}","resourceVersion":"{{{{version}}}}"}}}""" + "\n";

    async Task WatchAsync()
    {
        var options = new WatchOptions(ResourceVersion: "0", Timeout: TimeSpan.FromMinutes(5));
        await foreach (var change in client.WatchAsync<V1ConfigMap>("n", options, CancellationToken.None))
            seen.Add(
                $"{change.Type} {change.Entity?.Name() ?? change.Unreadable?.ToString()} {change.ResourceVersion ?? change.Status?.Reason}");
    }
}
