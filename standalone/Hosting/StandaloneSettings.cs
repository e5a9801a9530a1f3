using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Standalone.Commands;
using Kombo.Standalone.State;

namespace Kombo.Standalone.Hosting;

/// <summary>What <c>kombo up</c> needs, checked.</summary>
internal sealed record StandaloneSettings(DataFolder Data, string ManifestsPath, string ConnectionString)
{
    /// <summary>Text for the operator; checked.</summary>
    public string AllowedHosts { get; init; } = "";
    public bool Verbose { get; init; }

    /// <exception cref="StandaloneException">Something is missing or wrong; says what and what to do.</exception>
    public static StandaloneSettings From(UpArguments arguments)
    {
        var manifests = Path.GetFullPath(arguments.Manifests);
        if (!Directory.Exists(manifests))
            throw new StandaloneException(
                $"there is no folder {manifests}; create it, or name another one with --manifests");
        var connection = arguments.Database ?? Environment.GetEnvironmentVariable(WorkerEnvironment.DatabaseConnection);
        if (string.IsNullOrWhiteSpace(connection))
            throw new StandaloneException(
                $"no database is named: set {WorkerEnvironment.DatabaseConnection} or --database, or use make run, "
                + "which starts one");
        var allowed = arguments.AllowedHosts ?? Environment.GetEnvironmentVariable(WorkerEnvironment.AllowedHosts)
            ?? "";
        try
        {
            AddressPolicy.Parse(allowed);
        }
        catch (FormatException exception)
        {
            throw new StandaloneException(
                $"--allow-hosts or {WorkerEnvironment.AllowedHosts}: {exception.Message}", exception);
        }

        return new StandaloneSettings(DataFolder.Find(arguments.Data), manifests, connection)
        {
            AllowedHosts = allowed,
            Verbose = arguments.Verbose,
        };
    }

    // The connection string holds a password.
    public override string ToString() => $"{nameof(StandaloneSettings)} of {Data.Path}";
}

/// <summary><c>kombo up</c> cannot start or go on; the message says why and what to do.</summary>
internal sealed class StandaloneException(string message, Exception? innerException = null)
    : Exception(message, innerException);
