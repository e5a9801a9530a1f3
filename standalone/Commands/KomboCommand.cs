using System.CommandLine;
using Kombo.Standalone.Control;
using Kombo.Standalone.State;

namespace Kombo.Standalone.Commands;

/// <summary>The command line <c>kombo</c>.</summary>
internal static class KomboCommand
{
    public const int Done = 0;
    public const int Failed = 1;

    public static RootCommand Create()
    {
        var root = new RootCommand(
            """
            Kombo on one machine: mirrors HR and recruiting systems into Postgres, without a cluster.

            Examples:
              kombo up --manifests ./manifests   run it; the folder holds what kubectl would apply
              kombo get                          every Integration, in another terminal
              kombo sync acme --wait             sync now, and wait for the end
              kombo explain acme                 what happens next, and why
            """)
        {
            UpCommand.Create(),
            GetCommand.Create(),
            SyncCommand.Create(),
            ExplainCommand.Create(),
            EventCommand.Create(),
        };
        ExampleCommand.ShowExamplesOf(root);
        return root;
    }

    public static Option<string?> DataOption() => new("--data", "-d")
    {
        Description = "Folder with the state of this installation. "
            + $"Default: the variable {DataFolder.Variable}, else ~/.local/share/kombo (/var/lib/kombo for root).",
        HelpName = "DIR",
    };

    public static Option<string> NamespaceOption() => new("--namespace", "-n")
    {
        Description = "Namespace of the object.",
        DefaultValueFactory = _ => "default",
        HelpName = "NAME",
    };

    /// <summary>Runs a command that asks a running <c>kombo up</c>; what the user can mend is told in one
    /// line.</summary>
    public static async Task<int> AskAsync(string? data, Func<ControlClient, Task<int>> act)
    {
        try
        {
            using var client = new ControlClient(DataFolder.Find(data));
            return await act(client);
        }
        catch (Exception exception) when (exception is ControlException or DataFolderException)
        {
            return Fail(exception.Message);
        }
        catch (OperationCanceledException)
        {
            return Failed; // Ctrl-C
        }
    }

    public static int Fail(string message)
    {
        Console.Error.WriteLine($"error: {message}");
        return Failed;
    }
}
