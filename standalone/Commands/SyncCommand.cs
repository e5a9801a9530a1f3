using System.CommandLine;
using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Standalone.Control;
using Kombo.Standalone.Rendering;

namespace Kombo.Standalone.Commands;

/// <summary><c>kombo sync</c>: asks for a sync, as an annotation would.</summary>
internal static class SyncCommand
{
    static readonly ControlKind Integrations = ControlKind.Find("integrations")!; // one of the known

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "Name of the Integration." };
        var type = new Option<string>("--type", "-t")
        {
            Description = "full, delta or default (full where one is needed, else delta).",
            DefaultValueFactory = _ => "full",
        };
        type.AcceptOnlyFromAmong("full", "delta", "default");
        var wait = new Option<bool>("--wait", "-w")
        {
            Description = "Show the progress and end with the sync: 0 if it succeeded.",
        };
        var (space, data) = (KomboCommand.NamespaceOption(), KomboCommand.DataOption());
        var command = new ExampleCommand(
            "sync",
            "Sync an Integration now. The next scheduled sync is then due one frequency after this one ends.",
            """
              kombo sync acme                    a full sync; returns at once
              kombo sync acme -t delta --wait    only what changed; waits for the end
            """)
        {
            name, type, wait, space, data,
        };
        command.SetAction((parsed, cancellationToken) => KomboCommand.AskAsync(parsed.GetValue(data), async client =>
        {
            var (target, where) = (parsed.GetRequiredValue(name), parsed.GetRequiredValue(space));
            var list = await client.ListAsync(Integrations, where, cancellationToken);
            var token = await client.RequestSyncAsync(where, target, parsed.GetRequiredValue(type), cancellationToken);
            Console.Out.WriteLine($"{target}: {parsed.GetRequiredValue(type)} sync requested ({token})");
            return parsed.GetValue(wait)
                ? await WaitAsync(client, new Wanted(where, target, token), list, cancellationToken)
                : KomboCommand.Done;
        }));
        return command;
    }

    static async Task<int> WaitAsync(
        ControlClient client, Wanted wanted, ObjectList list, CancellationToken cancellationToken)
    {
        var last = list.Items.Select(Typed).FirstOrDefault(item => item.Name() == wanted.Name);
        await foreach (var change in client.WatchAsync(Integrations, wanted.Space, list.Version, cancellationToken))
        {
            var now = Typed(change.Object);
            if (now.Name() != wanted.Name)
                continue;
            if (change.Deleted)
                return KomboCommand.Fail($"Integration \"{wanted.Name}\" was deleted");
            foreach (var line in ProgressLines.Between(last ?? now, now, TimeProvider.System.GetUtcNow()))
                Console.Out.WriteLine(line);
            last = now;
            if (ResultOf(now, wanted.Token) is { } code)
                return code;
        }

        return KomboCommand.Fail("kombo up has stopped; the request stays, and is carried out when it runs again");
    }

    static int? ResultOf(V1Alpha1Integration integration, string token) =>
        integration.Status?.LastRequest is { } request && request.Token == token
            ? request.Result switch
            {
                "Completed" => KomboCommand.Done,
                "Failed" =>
                    KomboCommand.Fail($"the sync failed: {request.Reason}; see: kombo explain {integration.Name()}"),
                "Rejected" => KomboCommand.Fail(
                    $"the sync was rejected: {request.Reason}; see: kombo explain {integration.Name()}"),
                _ => null,
            }
            : null;

    static V1Alpha1Integration Typed(JsonObject json) => CustomResources.Json.Deserialize<V1Alpha1Integration>(json);

    sealed record Wanted(string Space, string Name, string Token);
}
