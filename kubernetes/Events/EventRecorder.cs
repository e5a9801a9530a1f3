using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Kombo.Kubernetes.Models;
using Kombo.Kubernetes.Queueing;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Events;

/// <summary>
/// Writes events in the background. Nothing may depend on them: they are merged, limited per object, written no faster than
/// 25 a second after the first hundred, dropped when the server is away, and deleted by it after an hour.
/// </summary>
public sealed partial class EventRecorder(
    IKubernetesClient client, EventSource source, TimeProvider clock, ILogger<EventRecorder> logger)
{
    const int MaxNoteBytes = 1024;
    const int MaxPending = 5000;

    // Thousands of objects that change in one second are not held up by what is told of them.
    const double PerSecond = 25;
    const int Burst = 100;

    readonly Channel<Pending> pending = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(MaxPending) { SingleReader = true });
    readonly TokenBucket pace = new(PerSecond, Burst, clock);
    readonly EventMemory memory = new(clock);
    readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long sequence;

    /// <summary>Returns at once; never throws.</summary>
    public void Publish(IKubernetesObject<V1ObjectMeta> regarding, EventNote note)
    {
        var reference = new V1ObjectReference
        {
            ApiVersion = regarding.ApiVersion,
            Kind = regarding.Kind,
            Namespace = regarding.Namespace(),
            Name = regarding.Name(),
            Uid = regarding.Uid(),
            ResourceVersion = regarding.ResourceVersion(),
        };
        if (!pending.Writer.TryWrite(new Pending(reference, note with { Note = Cut(note.Note) }, clock.GetUtcNow())))
            Telemetry.EventsDropped.Add(1);
    }

    /// <summary>Writes until cancelled, or until all is written after <see cref="CompleteAsync"/>.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in pending.Reader.ReadAllAsync(cancellationToken))
                await TryWriteAsync(item, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The normal end.
        }
        finally
        {
            ended.TrySetResult();
        }
    }

    /// <summary>Takes nothing new, and returns when what waits is written, or it has taken too long.</summary>
    /// <param name="atMost">What is not written by then is lost with the process.</param>
    public async Task CompleteAsync(TimeSpan atMost)
    {
        pending.Writer.TryComplete();
        using var patience = new CancellationTokenSource();
        await Task.WhenAny(ended.Task, Task.Delay(atMost, clock, patience.Token));
        await patience.CancelAsync();
    }

    // Whatever it was, one event that cannot be written must not be the end of all later ones.
    async Task TryWriteAsync(Pending item, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(item, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Telemetry.EventsDropped.Add(1);
            LogBroken(exception, item.Note.Reason, Describe(item));
        }
    }

    async Task WriteAsync(Pending item, CancellationToken cancellationToken)
    {
        var uid = item.Regarding.Uid ?? "";
        if (!memory.MayWrite(uid))
        {
            Telemetry.EventsDropped.Add(1);
            return;
        }
        if (pace.Reserve() is var wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, clock, cancellationToken);
        try
        {
            var known = memory.Find(uid, item.Note, item.At);
            var isCounted = known is not null && await TryCountAsync(known, item.At, cancellationToken);
            memory.Remember(uid, item.Note, isCounted
                ? known! with { Count = known.Count + 1, LastAt = item.At } // not null if it was counted
                : await CreateAsync(item, cancellationToken));
        }
        catch (KubernetesException exception)
        {
            Telemetry.EventsDropped.Add(1);
            LogDropped(item.Note.Reason, Describe(item), exception.Message);
        }
    }

    async Task<EventSeries> CreateAsync(Pending item, CancellationToken cancellationToken)
    {
        var namespaceName = item.Regarding.Namespace ?? "default";
        var suffix = string.Create(CultureInfo.InvariantCulture, $".{item.At.UtcTicks:x}{sequence++ % 256:x2}");
        var name = (item.Regarding.Name ?? "") is { Length: > 200 } longName ? longName[..200] + suffix : item.Regarding.Name + suffix;
        await client.CreateAsync(
            new Eventsv1Event
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = namespaceName },
                EventTime = item.At,
                ReportingController = source.Controller,
                ReportingInstance = source.Instance.Length > 128 ? source.Instance[..128] : source.Instance,
                Regarding = item.Regarding,
                Type = item.Note.Type.ToString(),
                Reason = item.Note.Reason,
                Action = item.Note.Action,
                Note = item.Note.Note,
            },
            cancellationToken);
        return new EventSeries(namespaceName, name, Count: 1, item.At);
    }

    /// <returns>False: the first one is gone, so begin anew.</returns>
    async Task<bool> TryCountAsync(EventSeries known, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var change = new Eventsv1Event { Series = new Eventsv1EventSeries { Count = known.Count + 1, LastObservedTime = at } };
        try
        {
            await client.PatchAsync<Eventsv1Event>(
                known.Name, known.Namespace, V1Patch.Merge(change), PatchOptions.None, cancellationToken);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    static string Describe(Pending item) => $"{item.Regarding.Namespace}/{item.Regarding.Name}";

    static string Cut(string note)
    {
        if (Encoding.UTF8.GetByteCount(note) <= MaxNoteBytes)
            return note;
        var bytes = Encoding.UTF8.GetBytes(note);
        var length = MaxNoteBytes - 3;
        while ((bytes[length] & 0xC0) == 0x80)
            length--; // not inside a character
        return Encoding.UTF8.GetString(bytes, 0, length) + "...";
    }

    sealed record Pending(V1ObjectReference Regarding, EventNote Note, DateTimeOffset At);

    [LoggerMessage(2601, LogLevel.Debug, "Dropped the event {Reason} of {Object}: {Problem}")]
    partial void LogDropped(string reason, string @object, string problem);

    [LoggerMessage(2602, LogLevel.Error, "Dropped the event {Reason} of {Object}")]
    partial void LogBroken(Exception exception, string reason, string @object);
}
