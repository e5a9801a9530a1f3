using System.CommandLine;

namespace Kombo.Standalone.Commands;

/// <summary><c>kombo explain</c>: what happens next, and why.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "Name of the Integration." };
        var (space, data) = (KomboCommand.NamespaceOption(), KomboCommand.DataOption());
        var command = new ExampleCommand(
            "explain",
            "Say in words what happens next with an Integration, when and why, and what can be done.",
            """
              kombo explain acme
            """)
        {
            name, space, data,
        };
        command.SetAction((parsed, cancellationToken) => KomboCommand.AskAsync(parsed.GetValue(data), async client =>
        {
            var (where, target) = (parsed.GetRequiredValue(space), parsed.GetRequiredValue(name));
            Console.Out.WriteLine(await client.ExplainAsync(where, target, cancellationToken));
            foreach (var problem in await client.ProblemsAsync(cancellationToken))
                Console.Error.WriteLine($"warning: {problem}");
            return KomboCommand.Done;
        }));
        return command;
    }
}
