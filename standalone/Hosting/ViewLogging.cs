using Kombo.Standalone.Rendering;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.Hosting;

/// <summary>Sends log messages where the view shows them: warnings as such, the rest as plain lines. The parts that are
/// the command line itself speak without their name.</summary>
internal sealed class ViewLoggerProvider(IProgressView view) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new ViewLogger(
        view,
        categoryName.StartsWith("Kombo.Standalone.", StringComparison.Ordinal)
            ? ""
            : $"{categoryName[(categoryName.LastIndexOf('.') + 1)..]}: ");

    public void Dispose()
    {
        // Nothing of its own.
    }

    sealed class ViewLogger(IProgressView view, string speaker) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var text = $"{speaker}{formatter(state, exception)}{(exception is null ? "" : $" {exception}")}";
            if (logLevel >= LogLevel.Warning)
                view.WriteWarning($"{(logLevel == LogLevel.Warning ? "warning" : "error")}: {text}");
            else
                view.WriteLine(text);
        }
    }
}
