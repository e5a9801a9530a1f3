using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Kombo.Operator.Tests.Faults;

/// <summary>What operators log, for the message of a test that fails and for tests that search it.</summary>
sealed class LogLines : ILoggerProvider
{
    readonly ConcurrentQueue<string> lines = new();

    public ILogger CreateLogger(string categoryName) => new Lines(lines);

    public void Dispose()
    {
    }

    public override string ToString() => string.Join('\n', lines);

    sealed class Lines(ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {logLevel} {formatter(state, exception)}{(exception is null ? "" : $" {exception.GetType().Name}: {exception.Message}")}");
    }
}
