using System.CommandLine;
using Kombo.Core.Models;
using Kombo.Core.Scope;
using Kombo.Standalone.Control;
using Kombo.Storage.Events;

namespace Kombo.Standalone.Commands;

/// <summary><c>kombo event add</c>: tells of a change as the source's webhook would.</summary>
internal static class EventCommand
{
    public static Command Create() => new("event", "Events of the source: what its webhooks tell of.") { Add() };

    static ExampleCommand Add()
    {
        var name = new Argument<string>("name") { Description = "Name of the Integration; spec.upstreamWebhooks.enabled must be true." };
        var model = new Argument<string>("model") { Description = "Of the changed record, such as hris_employees." };
        var remoteId = new Argument<string?>("remote-id")
        {
            Description = "The source's id of the record; without it a delta sync is asked for.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var id = new Option<string?>("--id") { Description = "The event's own id; one that is sent twice counts once.", HelpName = "ID" };
        var (space, data) = (KomboCommand.NamespaceOption(), KomboCommand.DataOption());
        var command = new ExampleCommand(
            "add",
            "Tell of a changed record, as the source's webhook would: it is read again within seconds.",
            """
              kombo event add acme hris_employees e1        the record e1 of that model has changed
              kombo event add acme hris_employees           something of that model has changed: a delta sync
            """)
        {
            name, model, remoteId, id, space, data,
        };
        command.SetAction((parsed, cancellationToken) => KomboCommand.AskAsync(parsed.GetValue(data), async client =>
        {
            var (target, body) = (
                parsed.GetRequiredValue(name),
                new EventBody(parsed.GetValue(id), parsed.GetRequiredValue(model), parsed.GetValue(remoteId)));
            if (Problem(body) is { } problem)
                return KomboCommand.Fail(problem);
            var isNew = await client.TellAsync(parsed.GetRequiredValue(space), target, body, cancellationToken);
            Console.Out.WriteLine(isNew ? $"{target}: event stored" : $"{target}: this event is known already");
            return KomboCommand.Done;
        }));
        return command;
    }

    static string? Problem(EventBody body) => body switch
    {
        _ when ModelCatalog.Default.Find(body.Model!) is null => // not null: an argument that is required
            $"there is no model \"{body.Model}\"{CloseNames.Hint(body.Model!, ModelCatalog.Default.Models.Select(model => model.Name))}",
        { RemoteId: { Length: 0 or > UpstreamEvent.LongestRemoteId } } => $"remote-id has 1 to {UpstreamEvent.LongestRemoteId} characters",
        { Id: { Length: 0 or > UpstreamEvent.LongestEventId } } => $"--id has 1 to {UpstreamEvent.LongestEventId} characters",
        _ => null,
    };
}
