using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using static Kombo.Kubernetes.Tests.Informers.ScriptedClient;

namespace Kombo.Kubernetes.Tests.Informers;

public sealed class InformerTests : IAsyncDisposable
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    readonly ManualClock clock = new();
    readonly ScriptedClient client = new();
    readonly CancellationTokenSource stop = new();
    readonly List<string> log = [];
    Task running = Task.CompletedTask;
    Informer<V1ConfigMap>? informer;

    Informer<V1ConfigMap> Informer => informer ?? throw new InvalidOperationException("not started");

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Soon);
        stop.Dispose();
    }

    [Fact]
    public async Task The_first_list_comes_from_the_cache_and_the_watch_follows_it()
    {
        client.List(5, Map("a", 3), Map("b", 4)).Watch().Send(WatchEventType.Modified, Map("a", 6));
        await StartAsync();
        await LogBecomesAsync("+a3 +b4 ~a3>6");
        client.Calls.ShouldBe("list 0, watch 5");
        Informer.HasSynced.ShouldBeTrue();
        Informer.Store.Get(new NamespacedName("n", "a"))!.ResourceVersion().ShouldBe("6");
    }

    [Fact]
    public async Task A_watch_that_ends_goes_on_from_the_last_version_at_once()
    {
        client.List(5);
        client.Watch().Send(WatchEventType.Added, Map("a", 7)).Bookmark(9).End();
        client.Watch().Send(WatchEventType.Deleted, Map("a", 11));
        await StartAsync();
        await LogBecomesAsync("+a7 -a11");
        client.Calls.ShouldBe("list 0, watch 5, watch 9");
    }

    [Fact]
    public async Task What_vanished_while_nobody_watched_is_deleted_by_the_next_list()
    {
        client.List(5, Map("a", 1), Map("b", 2), Map("c", 3));
        client.Watch().Error(Status(410));
        client.List(20, Map("b", 2), Map("c", 15), Map("d", 16));
        await StartAsync();
        await LogBecomesAsync("+a1 +b2 +c3 -a1 ~c3>15 +d16");
        client.Calls.ShouldStartWith("list 0, watch 5, list 5, watch 20");
    }

    [Fact]
    public async Task Gone_may_also_be_the_answer_to_the_request()
    {
        client.List(5).Watch().Fail(Status(410));
        client.List(8);
        await StartAsync();
        await CallsBecomeAsync("list 0, watch 5, list 5, watch 8");
    }

    [Fact]
    public async Task A_list_that_finds_its_version_gone_asks_for_the_newest()
    {
        client.List(5).Watch().Error(Status(410));
        client.ListFails(Status(410)).List(30);
        await StartAsync();
        await CallsBecomeAsync("list 0, watch 5, list 5, list , watch 30");
    }

    [Fact]
    public async Task A_list_that_is_ahead_of_the_server_asks_for_the_newest()
    {
        client.List(5).Watch().Error(Status(410));
        client.ListFails(Status(504) with { Message = "Too large resource version: 5, current: 2" }).List(2);
        await StartAsync();
        await CallsBecomeAsync("list 0, watch 5, list 5, list , watch 2");
    }

    [Fact]
    public async Task A_throttled_watch_waits_as_asked_and_keeps_its_version()
    {
        client.List(5).Watch().Send(WatchEventType.Added, Map("a", 6)).Error(Status(429, retryAfter: 20));
        await StartAsync();
        await WaitsAsync();
        clock.Advance(TimeSpan.FromSeconds(19));
        client.Calls.ShouldBe("list 0, watch 5");
        clock.Advance(TimeSpan.FromSeconds(1));
        await CallsBecomeAsync("list 0, watch 5, watch 6");
    }

    [Fact]
    public async Task Whatever_a_list_or_a_watch_throws_it_waits_and_lists_again()
    {
        client.List(_ => throw new UnauthorizedAccessException("/token")).List(5, Map("a", 3));
        client.Watch().Fail(new InvalidOperationException("nobody thought of it"));
        client.List(8, Map("a", 7));
        await StartAsync();
        await WaitsAsync();
        clock.Advance(TimeSpan.FromSeconds(2));
        await CallsBecomeAsync("list 0, list 0, watch 5");
        await WaitsAsync();
        clock.Advance(TimeSpan.FromSeconds(4));
        await CallsBecomeAsync("list 0, list 0, watch 5, list 5, watch 8");
        await LogBecomesAsync("+a3 ~a3>7");
    }

    [Fact]
    public async Task A_dropped_watch_goes_on_after_a_short_wait()
    {
        client.List(5).Watch().Send(WatchEventType.Added, Map("a", 6)).Fail(new V1Status { Reason = "ConnectionFailed" });
        await StartAsync();
        await WaitsAsync();
        clock.Advance(TimeSpan.FromSeconds(2));
        await CallsBecomeAsync("list 0, watch 5, watch 6");
    }

    [Fact]
    public async Task A_watch_that_ends_at_once_is_not_asked_for_again_at_once()
    {
        client.List(5).Watch().End();
        await StartAsync();
        await WaitsAsync();
        client.Calls.ShouldBe("list 0, watch 5");
        clock.Advance(TimeSpan.FromSeconds(2));
        await CallsBecomeAsync("list 0, watch 5, watch 5");
    }

    [Fact]
    public async Task A_server_that_fails_every_watch_is_listed_in_the_end()
    {
        client.List(5);
        foreach (var _ in Enumerable.Range(0, 5))
            client.Watch().Error(Status(500));
        client.List(9);
        await StartAsync();
        await AdvanceUntilCallsAsync("list 0, watch 5, watch 5, watch 5, watch 5, watch 5, list 5, watch 9");
    }

    [Fact]
    public async Task A_failed_list_is_repeated_later_and_synced_means_listed()
    {
        client.ListFails(Status(403)).ListFails(Status(503)).List(5, Map("a", 1));
        await StartAsync();
        await WaitsAsync();
        Informer.HasSynced.ShouldBeFalse();
        await AdvanceUntilCallsAsync("list 0, list 0, list 0, watch 5");
        Informer.HasSynced.ShouldBeTrue();
    }

    [Fact]
    public async Task Pages_of_a_list_are_one_list()
    {
        client.List(5).Watch().Error(Status(410));
        client.ListFails(Status(410));
        client.List(_ => new(new() { ResourceVersion = "9", Continue = "next" }, [Map("a", 1)]));
        client.List(9, Map("b", 2));
        await StartAsync();
        await LogBecomesAsync("+a1 +b2");
        client.Calls.ShouldStartWith("list 0, watch 5, list 5, list , list next, watch 9");
    }

    [Fact]
    public async Task What_cannot_be_read_is_not_gone()
    {
        client.List(5, Map("a", 1), Map("b", 2)).Watch().Error(Status(410));
        client.List(_ => new(new() { ResourceVersion = "9" }, [Map("b", 3)]) { Undecodable = [new("n", "a")] });
        await StartAsync();
        await LogBecomesAsync("+a1 +b2 ~b2>3");
    }

    [Fact]
    public async Task What_is_deleted_is_gone_whether_it_can_be_read_or_not()
    {
        client.List(5, Map("a", 1), Map("b", 2)).Watch().SendUnreadable(new("n", "a"), 6);
        await StartAsync();
        await LogBecomesAsync("+a1 +b2 -a1");
        Informer.Store.Get(new("n", "a")).ShouldBeNull();
    }

    [Fact]
    public async Task An_object_that_was_made_again_is_another_object()
    {
        client.List(5, Map("a", 1)).Watch().Send(WatchEventType.Modified, Map("a", 9, uid: "other"));
        await StartAsync();
        await LogBecomesAsync("+a1 -a1 +a9");
    }

    [Fact]
    public async Task What_did_not_change_is_not_told_again()
    {
        client.List(5, Map("a", 1)).Watch().Send(WatchEventType.Added, Map("a", 1)).Send(WatchEventType.Added, Map("b", 2));
        await StartAsync();
        await LogBecomesAsync("+a1 +b2");
    }

    [Fact]
    public async Task A_handler_that_fails_stops_nobody()
    {
        client.List(5, Map("a", 1)).Watch().Send(WatchEventType.Added, Map("b", 2));
        await StartAsync(handler: (Action<V1ConfigMap>)(_ => throw new InvalidOperationException()));
        await LogBecomesAsync("+a1 +b2");
    }

    [Fact]
    public async Task Everything_is_listed_again_after_hours()
    {
        client.List(5, Map("a", 1));
        var watch = client.Watch();
        client.List(50);
        await StartAsync();
        await LogBecomesAsync("+a1");
        await CallsBecomeAsync("list 0, watch 5");
        clock.Advance(TimeSpan.FromHours(6));
        watch.End(); // in its own time
        await LogBecomesAsync("+a1 -a1");
    }

    [Fact]
    public async Task Indexes_follow_their_objects()
    {
        static V1ConfigMap Labelled(string name, int version, string? app) => Map(name, version) with
        {
            Metadata = Map(name, version).Metadata with { Labels = app is null ? null : new Dictionary<string, string> { ["app"] = app } },
        };
        client.List(5, Labelled("a", 1, "x"), Labelled("b", 2, "x"), Labelled("c", 3, null));
        client.Watch().Send(WatchEventType.Modified, Labelled("a", 6, "y")).Send(WatchEventType.Deleted, Labelled("b", 7, "x"))
            .Send(WatchEventType.Added, Map("end", 8));
        await StartAsync();
        await LogBecomesAsync("+a1 +b2 +c3 ~a1>6 -b7 +end8");
        Informer.Store.ByIndex("app", "x").ShouldBeEmpty();
        Informer.Store.ByIndex("app", "y").Single().Name().ShouldBe("a");
    }

    async Task StartAsync(InformerHandler<V1ConfigMap>? handler = null)
    {
        informer = new Informer<V1ConfigMap>(
            client,
            new InformerOptions<V1ConfigMap> { Indexers = [Indexers.ByLabel<V1ConfigMap>("app")] },
            clock,
            NullLogger<Informer<V1ConfigMap>>.Instance);
        if (handler is not null)
            informer.AddHandler(handler);
        informer.AddHandler(new InformerHandler<V1ConfigMap>(
            entity => Note($"+{entity.Name()}{entity.ResourceVersion()}"),
            (before, entity) => Note($"~{entity.Name()}{before.ResourceVersion()}>{entity.ResourceVersion()}"),
            entity => Note($"-{entity.Name()}{entity.ResourceVersion()}")));
        running = informer.RunAsync(stop.Token);
        await Task.Yield();
    }

    void Note(string entry)
    {
        lock (log)
            log.Add(entry);
    }

    string Log()
    {
        lock (log)
            return string.Join(' ', log);
    }

    async Task LogBecomesAsync(string expected)
    {
        await Task.WhenAny(Eventually.BecomesAsync(() => Log().Length >= expected.Length, Soon));
        Log().ShouldBe(expected);
    }

    async Task CallsBecomeAsync(string expected)
    {
        await Task.WhenAny(Eventually.BecomesAsync(() => client.Calls.Length >= expected.Length, Soon));
        client.Calls.ShouldBe(expected);
    }

    Task WaitsAsync() => Eventually.BecomesAsync(() => clock.PendingTimers > 0, Soon);

    async Task AdvanceUntilCallsAsync(string expected)
    {
        await Task.WhenAny(Eventually.BecomesAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(60));
                return client.Calls.Length >= expected.Length;
            },
            Soon));
        client.Calls.ShouldBe(expected);
    }
}
