using Kombo.Core.Runs;
using Kombo.Testing;
using Kombo.Worker.Progress;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Tests.Progress;

public sealed class ProgressReporterTests : IAsyncDisposable
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    readonly ManualClock clock = new();
    readonly FakeSink sink = new();
    readonly ListLogger logger = new();
    readonly ProgressReporter reporter;

    public ProgressReporterTests() => reporter = new ProgressReporter(sink, TimeSpan.FromSeconds(10), clock, logger);

    public ValueTask DisposeAsync() => reporter.DisposeAsync();

    [Fact]
    public async Task The_first_report_goes_out_at_once_and_then_the_newest_every_ten_seconds()
    {
        reporter.Update(At(1));
        await Eventually.BecomesAsync(() => sink.Reports.Count == 1 && clock.PendingTimers == 1, Soon);
        reporter.Update(At(2));
        reporter.Update(At(3));
        clock.Advance(TimeSpan.FromSeconds(9.9));
        sink.Reports.Select(report => report.Pages).ShouldBe([1]);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        await Eventually.BecomesAsync(() => sink.Reports.Count == 2, Soon);
        sink.Reports.Select(report => report.Pages).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task The_last_report_waits_for_nothing()
    {
        reporter.Update(At(1));
        await Eventually.BecomesAsync(() => sink.Reports.Count == 1, Soon);
        reporter.Update(At(2));
        await reporter.FinishAsync(At(3), CancellationToken.None);
        reporter.Update(At(4));
        sink.Reports.Select(report => report.Pages).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task A_sink_that_fails_is_logged_once_and_tried_again()
    {
        sink.Failure = new InvalidOperationException("API server away");
        reporter.Update(At(1));
        await Eventually.BecomesAsync(() => sink.Failures == 1, Soon);
        reporter.Update(At(2));
        await PassingTimeAsync(() => sink.Failures == 2);
        logger.Lines.ShouldHaveSingleItem().ShouldContain("API server away");
        sink.Failure = null;
        reporter.Update(At(3));
        await PassingTimeAsync(() => sink.Reports.Count == 1);
    }

    [Fact]
    public async Task A_sink_that_does_not_answer_is_given_up_after_five_seconds()
    {
        sink.Hangs = true;
        reporter.Update(At(1));
        await PassingTimeAsync(() => logger.Lines.Count > 0);
        logger.Lines.ShouldHaveSingleItem().ShouldContain("could not be reported: no answer within 5 s");
    }

    // The timer of the report itself may still be there when its failure is: only time that goes on reaches the pause after it.
    Task PassingTimeAsync(Func<bool> condition) => Eventually.BecomesAsync(
        () =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return condition();
        }, Soon);

    [Fact]
    public async Task The_last_report_is_tried_three_times_and_then_given_up()
    {
        sink.Failure = new InvalidOperationException("API server away");
        var finishing = reporter.FinishAsync(At(1), CancellationToken.None);
        await Eventually.BecomesAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return finishing.IsCompleted;
            },
            Soon);
        await finishing;
        sink.Failures.ShouldBe(3);
    }

    static RunProgress At(int page) => new() { RunId = "r", Pages = page };

    sealed class ListLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
