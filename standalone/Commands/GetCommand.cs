using System.CommandLine;
using System.Text.Json.Nodes;
using Kombo.Standalone.Control;

namespace Kombo.Standalone.Commands;

/// <summary><c>kombo get</c>: shows objects as kubectl does.</summary>
internal static class GetCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("kind")
        {
            Description = $"One of: {ControlKind.AllNames}.",
            DefaultValueFactory = _ => "integrations",
        };
        var name = new Argument<string?>("name") { Description = "Only this one.", Arity = ArgumentArity.ZeroOrOne };
        var output = new Option<string>("--output", "-o")
        {
            Description = "How it is shown.",
            DefaultValueFactory = _ => "table",
        };
        output.AcceptOnlyFromAmong("table", "wide", "yaml", "json");
        var watch = new Option<bool>("--watch", "-w") { Description = "Go on and show each change." };
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Of every namespace." };
        var (space, data) = (KomboCommand.NamespaceOption(), KomboCommand.DataOption());
        var command = new ExampleCommand(
            "get",
            "Show Integrations, SyncSchedules or Jobs.",
            """
              kombo get                               every Integration, in a table
              kombo get integration acme -o yaml      one, with everything that is known of it
              kombo get -A -w                         of every namespace, with each change
            """)
        {
            kind, name, output, watch, all, space, data,
        };
        command.SetAction((parsed, cancellationToken) => KomboCommand.AskAsync(parsed.GetValue(data), client =>
        {
            var wanted = parsed.GetRequiredValue(kind);
            if (ControlKind.Find(wanted) is not { } known)
                return Task.FromResult(
                    KomboCommand.Fail($"there is no kind \"{wanted}\"; there are {ControlKind.AllNames}. "
                    + $"If that is an Integration's name: kombo get integration {wanted}"));
            var request = new GetRequest(
                known, parsed.GetValue(name), parsed.GetValue(all) ? null : parsed.GetRequiredValue(space),
                parsed.GetRequiredValue(output));
            return RunAsync(client, request, parsed.GetValue(watch), cancellationToken);
        }));
        return command;
    }

    static async Task<int> RunAsync(
        ControlClient client, GetRequest request, bool watch, CancellationToken cancellationToken)
    {
        var list = await client.ListAsync(request.Kind, request.Space, cancellationToken);
        var items = list.Items.Where(item => Matches(item, request)).ToList();
        foreach (var problem in await client.ProblemsAsync(cancellationToken))
            Console.Error.WriteLine($"warning: {problem}");
        if (items.Count == 0 && !watch)
            return request.Name is null
                ? Nothing(request)
                : KomboCommand.Fail($"none of the {request.Kind.Plural}{In(request)} is called \"{request.Name}\"");
        if (items.Count > 0)
            Console.Out.Write(Objects.Render(request with { IsWatch = watch }, items, TimeProvider.System.GetUtcNow()));
        if (!watch)
            return KomboCommand.Done;
        await foreach (var change in client.WatchAsync(request.Kind, request.Space, list.Version, cancellationToken))
            if (!change.Deleted && Matches(change.Object, request))
                Console.Out.Write(Objects.RenderChange(request, change.Object, TimeProvider.System.GetUtcNow()));
        return KomboCommand.Done;
    }

    static int Nothing(GetRequest request)
    {
        Console.Error.WriteLine($"there are no {request.Kind.Plural}{In(request)}");
        return KomboCommand.Done;
    }

    static string In(GetRequest request) => request.Space is null ? "" : $" in the namespace \"{request.Space}\"";

    static bool Matches(JsonObject item, GetRequest request) =>
        request.Name is null || (string?)item["metadata"]?["name"] == request.Name;
}

/// <param name="Name">Null: all.</param>
/// <param name="Space">Null: every namespace.</param>
/// <param name="Output">table, wide, yaml or json.</param>
internal sealed record GetRequest(ControlKind Kind, string? Name, string? Space, string Output)
{
    /// <summary>More will follow: each object is a document, or a line, of its own.</summary>
    public bool IsWatch { get; init; }
}
