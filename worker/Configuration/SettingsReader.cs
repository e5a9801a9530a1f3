using System.Globalization;
using System.Text.Json;
using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Worker.Progress;

namespace Kombo.Worker.Configuration;

/// <summary>Reads the environment and the mounted files that the operator prepares.</summary>
/// <param name="variable">Value of an environment variable; null if it is not set.</param>
internal sealed class SettingsReader(Func<string, string?> variable)
{
    const string ConnectionStringKey = "connectionString";
    const int MostRetries = 20;
    static readonly TimeSpan LongestDuration = TimeSpan.FromDays(1);

    public static SettingsReader OfProcess { get; } = new(Environment.GetEnvironmentVariable);

    /// <exception cref="WorkerConfigurationException">Something is missing or malformed.</exception>
    public WorkerSettings Read() => new()
    {
        Request = ReadRequest(),
        ConnectionString = ReadConnectionString(),
        Credentials = ReadCredentials(),
        ConnectorFile = Find(WorkerEnvironment.ConnectorFile),
        AllowedHosts = ReadAllowedHosts(),
        TerminationLog = ReadTerminationLog(),
        ReportStatus = !"false".Equals(Find(WorkerEnvironment.ReportStatus), StringComparison.OrdinalIgnoreCase),
        TraceParent = Find(WorkerEnvironment.TraceParent),
        Limits = ReadLimits(),
    };

    public RunRequest ReadRequest()
    {
        var json = Find(WorkerEnvironment.Run) ?? throw new WorkerConfigurationException(
            $"variable {WorkerEnvironment.Run} is not set: it holds the run to do as JSON, and the operator sets it on the Jobs that it creates");
        try
        {
            return JsonSerializer.Deserialize(json, RunJson.Default.RunRequest)
                ?? throw new WorkerConfigurationException($"variable {WorkerEnvironment.Run} holds null instead of a run");
        }
        catch (JsonException problem)
        {
            throw new WorkerConfigurationException(
                $"variable {WorkerEnvironment.Run} is not the JSON of a run ({Place(problem)}): let the operator create the Job, with a version that fits the worker's");
        }
    }

    /// <summary>Only what <c>migrate</c> needs.</summary>
    public string ReadConnectionString()
    {
        if (Find(WorkerEnvironment.DatabaseConnection) is { } given)
            return given;
        var folder = Find(WorkerEnvironment.DatabaseFolder) ?? throw new WorkerConfigurationException(
            $"no database is configured: mount the Secret kombo-database and set {WorkerEnvironment.DatabaseFolder} to its folder, "
            + $"or set {WorkerEnvironment.DatabaseConnection} to a connection string");
        var keys = SecretFolder.Read(folder, WorkerEnvironment.DatabaseFolder);
        return keys.GetValueOrDefault(ConnectionStringKey) is { Length: > 0 } text ? text : throw new WorkerConfigurationException(
            $"the Secret kombo-database at {folder} has no key {ConnectionStringKey}: add it, as \"Host=…;Username=…;Password=…;Database=…\"");
    }

    /// <summary>Only what <c>probe</c> needs: where the operator answers for its health.</summary>
    public Uri ReadOperatorUrl() =>
        Uri.TryCreate(Find(WorkerEnvironment.OperatorUrl), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new WorkerConfigurationException(
                $"variable {WorkerEnvironment.OperatorUrl} is not an address such as http://kombo-operator:8081");

    public string? ReadTerminationLog() => Find(WorkerEnvironment.TerminationLog)
        ?? (File.Exists(TerminationLog.DefaultPath) ? TerminationLog.DefaultPath : null);

    SourceCredentials ReadCredentials() => Find(WorkerEnvironment.CredentialsFolder) is { } folder
        ? new SourceCredentials(SecretFolder.Read(folder, WorkerEnvironment.CredentialsFolder))
        : SourceCredentials.None;

    AddressPolicy ReadAllowedHosts()
    {
        try
        {
            return AddressPolicy.Parse(Find(WorkerEnvironment.AllowedHosts));
        }
        catch (FormatException problem)
        {
            throw new WorkerConfigurationException($"variable {WorkerEnvironment.AllowedHosts}: {problem.Message}");
        }
    }

    public RunLimits ReadLimits() => RunLimits.Default with
    {
        Lease = ReadSeconds(WorkerEnvironment.LeaseSeconds) ?? RunLimits.Default.Lease,
        DatabaseWait = ReadSeconds(WorkerEnvironment.DatabaseWaitSeconds) ?? RunLimits.Default.DatabaseWait,
        Source = RunLimits.Default.Source with { Retries = ReadRetries() ?? RunLimits.Default.Source.Retries },
    };

    /// <summary>Only what <c>purge --deleted</c> needs.</summary>
    public RetentionBounds ReadRetention()
    {
        if (Find(WorkerEnvironment.Retention) is not { } json)
            return RetentionBounds.Default;
        try
        {
            return JsonSerializer.Deserialize(json, RunJson.Default.RetentionBounds) ?? RetentionBounds.Default;
        }
        catch (JsonException problem)
        {
            throw new WorkerConfigurationException(
                $"variable {WorkerEnvironment.Retention} is not JSON such as {{\"deletedRecords\": 14}} ({Place(problem)})");
        }
    }

    TimeSpan? ReadSeconds(string name)
    {
        if (Find(name) is not { } text)
            return null;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds > 0 && seconds <= LongestDuration.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new WorkerConfigurationException($"variable {name} is not a number of seconds from 1 to 86400, such as 60");
    }

    int? ReadRetries()
    {
        if (Find(WorkerEnvironment.SourceRetries) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var retries) && retries <= MostRetries
            ? retries
            : throw new WorkerConfigurationException($"variable {WorkerEnvironment.SourceRetries} is not a number from 0 to {MostRetries}");
    }

    string? Find(string name) => variable(name) is { Length: > 0 } value ? value : null;

    // The parser's own message quotes the text around the fault.
    static string Place(JsonException problem) => problem.Path is { Length: > 0 } path
        ? string.Create(CultureInfo.InvariantCulture, $"at {path}, line {problem.LineNumber + 1}")
        : "it lacks a required field or has an unexpected value";
}
