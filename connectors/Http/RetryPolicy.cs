using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Kombo.Connectors.Http;

/// <summary>Tries failed requests again: a few times after failures, and for as long as patience lasts where the source
/// limits the rate, which is no failure.</summary>
sealed partial class RetryPolicy
{
    static readonly ResiliencePropertyKey<Course> CourseKey = new("kombo.course");
    static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(1);
    readonly SourceSettings settings;
    readonly TimeProvider clock;
    readonly ILogger logger;
    readonly ResiliencePipeline<Attempt> pipeline;

    public RetryPolicy(SourceSettings settings, TimeProvider clock, ILogger logger)
    {
        (this.settings, this.clock, this.logger) = (settings, clock, logger);
        pipeline = new ResiliencePipelineBuilder<Attempt> { TimeProvider = clock }
            .AddRetry(Options(int.MaxValue, args => args.Outcome.Result is { IsRateLimited: true, CanRetry: true }
                && CourseOf(args.Context).Waited < settings.Limits.RateLimitPatience))
            .AddRetry(Options(int.MaxValue, args => args.Outcome.Result is { IsRateLimited: false, CanRetry: true }
                && CourseOf(args.Context).Failures++ < CourseOf(args.Context).Retries))
            .Build();
    }

    /// <param name="attempt">Makes the request; gets the number of attempts before it.</param>
    /// <returns>The last attempt.</returns>
    public async Task<Attempt> RunAsync(
        PageRequest request, Func<int, CancellationToken, Task<Attempt>> attempt, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            var course = new Course(request.Stream, request.Errors.Retries ?? settings.Limits.Retries);
            context.Properties.Set(CourseKey, course);
            return await pipeline.ExecuteAsync(
                async inner =>
                {
                    var made = await attempt(course.Attempts++, inner.CancellationToken);
                    course.Waited += made.Waited;
                    return made;
                },
                context);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    RetryStrategyOptions<Attempt> Options(int most, Func<RetryPredicateArguments<Attempt>, bool> shouldHandle) => new()
    {
        MaxRetryAttempts = most,
        ShouldHandle = args => ValueTask.FromResult(shouldHandle(args)),
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = FirstDelay,
        MaxDelay = LongestBackoff,
        DelayGenerator = args => ValueTask.FromResult(Bounded(args.Outcome.Result)),
        OnRetry = args =>
        {
            Announce(args, CourseOf(args.Context));
            return ValueTask.CompletedTask;
        },
    };

    // A source that says "again in 0 s" and refuses again would be asked without a pause for as long as patience lasts.
    TimeSpan? Bounded(Attempt? failed) =>
        failed?.Delay is not { } delay ? null
        : delay > settings.Limits.LongestWait ? settings.Limits.LongestWait
        : failed.IsRateLimited && delay < FirstDelay ? FirstDelay
        : delay;

    void Announce(OnRetryArguments<Attempt> args, Course course)
    {
        if (args.Outcome.Result is not { } failed)
            return;
        var until = clock.GetUtcNow() + args.RetryDelay;
        if (failed.IsRateLimited)
            course.Waited += args.RetryDelay;
        LogWaiting(course.Stream, failed.Reason, args.RetryDelay.TotalSeconds);
        settings.OnWait?.Invoke(new SourceWait(failed.Reason, until, failed.IsRateLimited));
    }

    static Course CourseOf(ResilienceContext context) => context.Properties.GetValue(CourseKey, new Course("", 0));

    [LoggerMessage(3101, LogLevel.Warning, "Stream {Stream}: {Reason}; asking again in {Seconds:0.0} s")]
    partial void LogWaiting(string stream, string reason, double seconds);

    /// <summary>How one request is getting on.</summary>
    sealed class Course(string stream, int retries)
    {
        public string Stream => stream;

        public int Retries => retries;

        public int Attempts { get; set; }

        public int Failures { get; set; }

        public TimeSpan Waited { get; set; }
    }
}
