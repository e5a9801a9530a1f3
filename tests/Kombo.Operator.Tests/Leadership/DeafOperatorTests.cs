using Kombo.Operator.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Kombo.Operator.Tests.Leadership;

/// <summary>An operator whose copies of the cluster are not kept any more.</summary>
public sealed class DeafOperatorTests : IDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    readonly FakeLeadership leadership = new();

    public void Dispose() => leadership.Dispose();

    [Fact]
    public async Task It_gives_the_lead_back_and_ends_as_a_failure()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        var isReleased = false;
        leadership.Released = () => isReleased = true;
        harness.Leadership = leadership;
        // One of four informers fails, and cannot even say so: that ends it.
        harness.Logging = logging => logging.AddProvider(new FullDisk());
        await harness.StartOperatorAsync(new(harness.Cluster) { FailsPodLists = true });

        var failure = await Should.ThrowAsync<AggregateException>(() => harness.Ended.WaitAsync(Deadline));

        failure.ToString().ShouldContain(FullDisk.Words);
        harness.Service.HasFailed.ShouldBeTrue();
        isReleased.ShouldBeTrue();
    }

    [Fact]
    public async Task Being_told_to_stop_is_no_failure()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        harness.Leadership = leadership;
        await harness.StartOperatorAsync(new(harness.Cluster));
        var service = harness.Service;
        await harness.StopOperatorAsync();
        service.HasFailed.ShouldBeFalse();
    }

    /// <summary>Takes no line of an informer.</summary>
    sealed class FullDisk : ILoggerProvider, ILogger
    {
        public const string Words = "no space left on device";

        bool isInformers;

        public ILogger CreateLogger(string categoryName) =>
            new FullDisk { isInformers = categoryName.StartsWith("Kombo.Kubernetes.Informers", StringComparison.Ordinal) };

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (isInformers)
                throw new IOException(Words);
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}
