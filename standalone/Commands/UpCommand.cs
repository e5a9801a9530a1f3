using System.CommandLine;
using Kombo.Core.Runs;
using Kombo.Standalone.Hosting;
using Kombo.Standalone.State;

namespace Kombo.Standalone.Commands;

/// <summary><c>kombo up</c>: everything in one process.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var manifests = new Option<string>("--manifests", "-m")
        {
            Description = "Folder of YAML files with Integrations, SyncSchedules, Secrets and ConfigMaps.",
            DefaultValueFactory = _ => "manifests",
            HelpName = "DIR",
        };
        var database = new Option<string?>("--database")
        {
            Description = "Connection string of Postgres, in Npgsql's form. "
                + $"Default: the variable {WorkerEnvironment.DatabaseConnection}, which other users cannot see.",
            HelpName = "CONNECTION",
        };
        var allow = new Option<string?>("--allow-hosts")
        {
            Description = "Comma-separated hosts and CIDRs that sources may have although they are not public. "
                + $"Default: the variable {WorkerEnvironment.AllowedHosts}.",
            HelpName = "LIST",
        };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Show what every part logs." };
        var data = KomboCommand.DataOption();
        var command = new ExampleCommand(
            "up",
            "Run Kombo on this machine until Ctrl-C. The manifests are watched: an edit does what kubectl apply "
                + "would do.",
            """
              make run                                                        with a PostgreSQL of its own
              KOMBO_DATABASE_CONNECTION='Host=db;Username=…' kombo up -m ./manifests
            """)
        {
            manifests, database, allow, verbose, data,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new UpArguments(
                parsed.GetRequiredValue(manifests), parsed.GetValue(database), parsed.GetValue(allow),
                parsed.GetValue(verbose), parsed.GetValue(data)),
            cancellationToken));
        return command;
    }

    static async Task<int> RunAsync(UpArguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            var settings = StandaloneSettings.From(arguments);
            using var locked = settings.Data.Lock();
            await using var host = await StandaloneHost.StartAsync(settings, cancellationToken);
            await host.RunAsync(cancellationToken);
            return KomboCommand.Done;
        }
        catch (Exception exception) when (exception is StandaloneException or DataFolderException)
        {
            return KomboCommand.Fail(exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return KomboCommand.Done; // Ctrl-C before everything was up
        }
    }
}

/// <summary>As given on the command line.</summary>
internal sealed record UpArguments(
    string Manifests, string? Database, string? AllowedHosts, bool Verbose, string? Data);
