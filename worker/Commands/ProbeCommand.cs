using Kombo.Core.Runs;
using Kombo.Worker.Configuration;
using Kombo.Worker.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Commands;

/// <summary><c>kombo-worker probe</c>: says whether an installation works, for <c>helm test</c>.</summary>
internal static partial class ProbeCommand
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(SettingsReader reader, CancellationToken stopping)
    {
        using var loggers = WorkerLogging.Create();
        var logger = loggers.CreateLogger(typeof(ProbeCommand));
        try
        {
            var ready = await IsOperatorReadyAsync(reader.ReadOperatorUrl(), logger, stopping);
            var usable = await IsDatabaseUsableAsync(reader, loggers, logger, stopping);
            return ready && usable ? WorkerExitCode.Done : WorkerExitCode.TryAgain;
        }
        catch (WorkerConfigurationException problem)
        {
            LogBad(logger, problem.Message);
            return WorkerExitCode.BadConfiguration;
        }
    }

    static async Task<bool> IsOperatorReadyAsync(Uri address, ILogger logger, CancellationToken cancellationToken)
    {
        var readiness = new Uri(address, "/readyz");
        using var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Patience };
        using var http = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var response = await http.GetAsync(readiness, cancellationToken);
            if (response.IsSuccessStatusCode)
                LogGood(logger, $"the operator at {readiness} is ready");
            else
                LogBad(logger, $"the operator at {readiness} is not ready ({(int)response.StatusCode}): its log says why");
            return response.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException || failure is TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            LogBad(logger, $"the operator at {readiness} does not answer ({failure.Message}): look at its pods and at network policies");
            return false;
        }
    }

    static async Task<bool> IsDatabaseUsableAsync(
        SettingsReader reader, ILoggerFactory loggers, ILogger logger, CancellationToken cancellationToken)
    {
        await using var database = DatabaseOpener.Open(reader.ReadConnectionString(), loggers);
        try
        {
            var schema = await database.CheckSchemaAsync(cancellationToken);
            if (schema.Usable)
                LogGood(logger, schema.Message);
            else
                LogBad(logger, schema.Message);
            return schema.Usable;
        }
        catch (Npgsql.NpgsqlException failure)
        {
            LogBad(logger, FaultClassifier.Classify(failure).Message);
            return false;
        }
    }

    [LoggerMessage(5601, LogLevel.Information, "Good: {Finding}")]
    static partial void LogGood(ILogger logger, string finding);

    [LoggerMessage(5602, LogLevel.Error, "Bad: {Finding}")]
    static partial void LogBad(ILogger logger, string finding);
}
