using Kombo.Kubernetes.Events;
using Kombo.Kubernetes.Models;
using Kombo.Kubernetes.Tests.Contract;
using Kombo.Standalone.Cluster;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Kubernetes.Tests.Events;

public sealed class EventRecorderTests : IAsyncDisposable
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    readonly ManualClock clock = new();
    readonly CancellationTokenSource stop = new();
    readonly InMemoryCluster cluster;
    readonly EventRecorder recorder;
    readonly Task running;
    bool breaks;

    public EventRecorderTests()
    {
        cluster = new InMemoryCluster([], new InMemoryClusterOptions { Clock = clock, NewUid = NewUid });
        recorder = new EventRecorder(
            cluster, new EventSource("kombo.dev/test", "me"), clock, NullLogger<EventRecorder>.Instance);
        running = recorder.RunAsync(stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Soon);
        stop.Dispose();
        cluster.Dispose();
    }

    static Widget Regarding(string name = "w", string home = "default") =>
        new() { Metadata = new() { Name = name, NamespaceProperty = home, Uid = $"uid-{name}" } };

    static EventNote Note(string note) => new(EventType.Warning, "SyncFailed", "Sync", note);

    [Fact]
    public async Task An_event_says_who_what_and_why()
    {
        recorder.Publish(Regarding(), Note("the source answered 500"));
        var written = (await EventsAsync(1)).Single();
        written.Regarding!.Kind.ShouldBe("Widget");
        written.Regarding.Uid.ShouldBe("uid-w");
        written.Reason.ShouldBe("SyncFailed");
        written.Action.ShouldBe("Sync");
        written.Type.ShouldBe("Warning");
        written.ReportingController.ShouldBe("kombo.dev/test");
        written.EventTime.ShouldBe(clock.GetUtcNow());
    }

    [Fact]
    public async Task Many_at_once_are_written_at_a_pace_that_leaves_room_for_other_work()
    {
        for (var number = 0; number < 150; number++)
            recorder.Publish(Regarding($"w-{number}"), Note("started"));
        await EventsAsync(100);
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, Soon); // it waits
        (await CountAsync()).ShouldBe(100);
        await Eventually.BecomesAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(40));
                return await CountAsync() == 150;
            },
            Soon);
    }

    [Fact]
    public async Task The_same_event_again_is_counted()
    {
        for (var time = 0; time < 3; time++)
        {
            recorder.Publish(Regarding(), Note("again"));
            clock.Advance(TimeSpan.FromSeconds(1));
        }
        recorder.Publish(Regarding(), Note("end"));
        var written = await EventsAsync(2);
        written.Single(item => item.Note == "again").Series!.Count.ShouldBe(3);
    }

    [Fact]
    public async Task One_object_cannot_flood_the_cluster()
    {
        for (var number = 0; number < 40; number++)
            recorder.Publish(Regarding(), Note($"{number}"));
        recorder.Publish(Regarding("other"), Note("heard"));
        var written = await EventsAsync(26);
        written.Count(item => item.Regarding!.Name == "w").ShouldBe(25);
        written.ShouldContain(item => item.Note == "heard");
    }

    [Fact]
    public async Task A_note_is_cut_between_characters()
    {
        recorder.Publish(Regarding(), Note(new string('x', 1020) + "äöü"));
        var note = (await EventsAsync(1)).Single().Note!;
        System.Text.Encoding.UTF8.GetByteCount(note).ShouldBeLessThanOrEqualTo(1024);
        note.ShouldEndWith("x...");
    }

    [Fact]
    public async Task An_event_that_cannot_be_written_is_dropped()
    {
        recorder.Publish(Regarding(home: "no-such-namespace"), Note("lost"));
        recorder.Publish(Regarding(), Note("next"));
        (await EventsAsync(1)).Single().Note.ShouldBe("next");
    }

    [Fact]
    public async Task An_exception_that_nobody_expects_costs_one_event()
    {
        breaks = true;
        recorder.Publish(Regarding(), Note("lost"));
        recorder.Publish(Regarding(), Note("next"));
        (await EventsAsync(1)).Single().Note.ShouldBe("next");
        running.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task At_the_end_what_waits_is_written_and_nothing_new_is_taken()
    {
        for (var number = 0; number < 120; number++)
            recorder.Publish(Regarding($"w-{number}"), Note("started"));
        await EventsAsync(100);
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, Soon); // it waits
        var completing = recorder.CompleteAsync(TimeSpan.FromMinutes(5));
        recorder.Publish(Regarding("late"), Note("late"));
        await Eventually.BecomesAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(40));
                return completing.IsCompleted;
            },
            Soon);
        (await EventsAsync(120)).ShouldNotContain(item => item.Note == "late");
        await running.WaitAsync(Soon);
    }

    [Fact]
    public async Task At_the_end_nobody_waits_longer_than_is_said()
    {
        for (var number = 0; number < 400; number++)
            recorder.Publish(Regarding($"w-{number}"), Note("started"));
        await EventsAsync(100);
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, Soon); // it waits
        var began = clock.GetUtcNow();
        var completing = recorder.CompleteAsync(TimeSpan.FromSeconds(5));
        await Eventually.BecomesAsync(
            () =>
            {
                if (!completing.IsCompleted)
                    clock.Advance(TimeSpan.FromMilliseconds(250));
                return completing.IsCompleted;
            },
            Soon);
        (clock.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5));
        (await CountAsync()).ShouldBeLessThan(400);
    }

    string NewUid(string kind, NamespacedName name)
    {
        var isBroken = breaks;
        breaks = false;
        return isBroken ? throw new InvalidOperationException("broken") : Guid.NewGuid().ToString();
    }

    async Task<int> CountAsync() =>
        (await cluster.ListAsync<Eventsv1Event>(null, ListOptions.All, CancellationToken.None)).Items.Count;

    async Task<IReadOnlyList<Eventsv1Event>> EventsAsync(int count)
    {
        var list = new List<Eventsv1Event>();
        await Eventually.BecomesAsync(
            async () =>
            {
                list = [.. (await cluster.ListAsync<Eventsv1Event>(null, ListOptions.All, CancellationToken.None)).Items];
                return list.Count >= count;
            },
            Soon);
        list.Count.ShouldBe(count);
        return list;
    }
}
