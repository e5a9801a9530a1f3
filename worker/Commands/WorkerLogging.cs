using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Commands;

/// <summary>Logs to standard output: lines of JSON for a machine, plain ones for a person at a terminal.</summary>
internal static class WorkerLogging
{
    const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    public static ILoggerFactory Create() => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Information).AddFilter("Npgsql", LogLevel.Warning);
        if (IsAttended())
            logging.AddSimpleConsole(console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "HH:mm:ss "));
        else
            logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, TimeFormat));
    });

    static bool IsAttended() =>
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST"));
}
