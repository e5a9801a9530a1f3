using System.CommandLine;
using Kombo.Core.Runs;
using Kombo.Worker.Configuration;

namespace Kombo.Worker.Commands;

/// <summary>The command line. Everything is given by the environment, as in a Job.</summary>
internal static class WorkerCommands
{
    const string SyncHelp = $"""
        Does one run and exits.

        Environment:
          {WorkerEnvironment.Run}                    the run as JSON; the operator sets it
          {WorkerEnvironment.DatabaseFolder}               folder with the file connectionString
          {WorkerEnvironment.DatabaseConnection}    connection string itself; beats the folder
          {WorkerEnvironment.CredentialsFolder}            folder with one file for each key of the credentials Secret
          {WorkerEnvironment.ConnectorFile}         connector definition; absent: the built-in one that the run names
          {WorkerEnvironment.AllowedHosts}          hosts and CIDRs, comma-separated, that may be reached though not public
          {WorkerEnvironment.TerminationLog}        where the result is written; absent: /dev/termination-log if it exists
          {WorkerEnvironment.ReportStatus}          false: no report on the Integration's status
          {WorkerEnvironment.LeaseSeconds}          after how long a killed worker is continued (30)
          {WorkerEnvironment.DatabaseWaitSeconds}  how long to wait for a database that is away (120)
          {WorkerEnvironment.SourceRetries}         how often a request that the source failed to answer is tried again (5)

        Exit codes:
          0 done, also with models that could not be read completely    1 try again
          2 bad credentials    3 bad configuration    4 stopped by SIGTERM; the next attempt goes on from there
        """;

    const string PurgeHelp = $"""
        Removes from the mirror what may not be there: values and models out of scope, the values of records that were deleted
        some time ago, old bookkeeping; or all of a deleted integration. Calls no source. Safe to repeat.

        Environment:
          {WorkerEnvironment.Run}                    the run as JSON; the operator sets it
          {WorkerEnvironment.Retention}              how many days things are kept, as JSON; with --deleted only
          {WorkerEnvironment.DatabaseFolder}               folder with the file connectionString
          {WorkerEnvironment.DatabaseConnection}    connection string itself; beats the folder
          {WorkerEnvironment.TerminationLog}        where the result is written; absent: /dev/termination-log if it exists
          {WorkerEnvironment.ReportStatus}          false: no report on the Integration's status
          {WorkerEnvironment.LeaseSeconds}          after how long a killed worker is continued (30)
          {WorkerEnvironment.DatabaseWaitSeconds}  how long to wait for a database that is away (120)

        Exit codes:
          0 done    1 try again    3 bad configuration    4 stopped by SIGTERM; the next attempt goes on from there
        """;

    const string MigrateHelp = $"""
        Creates the database schema or brings it up to date, and exits. Safe to repeat and to run twice at once.

        Environment:
          {WorkerEnvironment.DatabaseFolder}               folder with the file connectionString
          {WorkerEnvironment.DatabaseConnection}    connection string itself; beats the folder
          {WorkerEnvironment.DatabaseWaitSeconds}  how long to wait for a database that is away (120)

        Exit codes:
          0 done    1 try again    3 bad configuration
        """;

    const string ProbeHelp = $"""
        Says whether an installation works: the operator is ready, and the database has a schema that this version can use.

        Environment:
          {WorkerEnvironment.OperatorUrl}           where the operator answers for its health, such as http://kombo-operator:8081
          {WorkerEnvironment.DatabaseFolder}               folder with the file connectionString
          {WorkerEnvironment.DatabaseConnection}    connection string itself; beats the folder

        Exit codes:
          0 it works    1 it does not    3 bad configuration
        """;

    public static async Task<int> RunAsync(string[] arguments, CancellationToken stopping)
    {
        var sync = new Command("sync", SyncHelp);
        sync.SetAction((_, _) => SyncCommand.RunAsync(SettingsReader.OfProcess, stopping));
        var purge = new Command("purge", PurgeHelp);
        var deleted = new Option<bool>("--deleted")
        {
            Description = $"of all Integrations that are deleted and whose rows are still there; {WorkerEnvironment.Run} is not read",
        };
        purge.Options.Add(deleted);
        purge.SetAction((given, _) => given.GetValue(deleted)
            ? PurgeDeletedCommand.RunAsync(SettingsReader.OfProcess, stopping)
            : PurgeCommand.RunAsync(SettingsReader.OfProcess, stopping));
        var migrate = new Command("migrate", MigrateHelp);
        migrate.SetAction((_, _) => MigrateCommand.RunAsync(SettingsReader.OfProcess, stopping));
        var probe = new Command("probe", ProbeHelp);
        probe.SetAction((_, _) => ProbeCommand.RunAsync(SettingsReader.OfProcess, stopping));
        var parsed = new RootCommand("Mirrors one HR or recruiting system into Postgres.") { sync, purge, migrate, probe }.Parse(arguments);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, CancellationToken.None);
        return parsed.Errors.Count > 0 ? WorkerExitCode.BadConfiguration : code;
    }
}
