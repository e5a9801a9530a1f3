using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Storage.Runs;
using Kombo.Testing;
using Kombo.Worker.Runs;
using Kombo.Worker.Tests.Processes;
using Kombo.Worker.Tests.Progress;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Kombo.Worker.Tests.Runs;

/// <summary>One run's part in the budget of its Integration, on a real database.</summary>
public sealed class RequestBudgetTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    static readonly RateSignal Answered = new(RateOutcome.Answered) { Limit = 100, Remaining = 80, ResetsIn = TimeSpan.FromSeconds(60) };

    [RequiresFact(Need.Postgres)]
    public async Task While_nothing_limits_anything_requests_cost_no_call_of_the_database()
    {
        var clock = new ManualClock();
        var log = new CountingLog();
        var connection = await world.CreateDatabaseAsync();
        (await WorkerWorld.MigrateAsync(connection)).ShouldBe(0);
        await using var database = KomboDatabase.Open(connection, NullLoggerFactory.Instance);
        await using var run = await StartAsync(database, world.Request());
        var budget = new RequestBudget(Context(run.Request, database, clock, log), run);
        (await budget.AskAsync(CancellationToken.None)).IsNow.ShouldBeTrue();

        await using (var source = NpgsqlDataSource.Create(connection))
        await using (var command = source.CreateCommand("alter table kombo.rate_budgets rename to gone"))
            await command.ExecuteNonQueryAsync();
        await AskOftenAsync(budget);
        log.Warnings.ShouldBe(0, "it would have missed the table");

        clock.Advance(TimeSpan.FromSeconds(6));
        (await budget.AskAsync(CancellationToken.None)).IsNow.ShouldBeTrue("what the database cannot tell holds up no request");
        log.Warnings.ShouldBe(1, "now and then it looks whether another run was limited");
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_one_run_is_told_the_others_know_within_seconds_and_both_forget_it()
    {
        var clock = new ManualClock();
        var request = world.Request();
        await using var database = KomboDatabase.Open(world.Connection, NullLoggerFactory.Instance);
        await using var full = await StartAsync(database, request);
        await using var webhook = await StartAsync(database, request.Webhook("-w"));
        var (one, other) = (Budget(full), Budget(webhook));
        await AskOftenAsync(one);
        await AskOftenAsync(other);

        await other.ReportAsync(new(RateOutcome.Limited) { Wait = TimeSpan.FromMinutes(5) }, CancellationToken.None);
        (await other.AskAsync(CancellationToken.None)).Wait.ShouldBeInRange(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5));
        clock.Advance(TimeSpan.FromSeconds(6));
        (await one.AskAsync(CancellationToken.None)).Wait.ShouldBeInRange(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5));

        await world.QueryAsync<string>(
            """
            with past as (update kombo.rate_budgets set blocked_until = clock_timestamp(), limited_at = limited_at - interval '1 hour'
                           where integration_id = $1 returning integration_id) select integration_id from past
            """, request.IntegrationId);
        for (var requests = 0; requests < 10; requests++)
        {
            (await other.AskAsync(CancellationToken.None)).IsNow.ShouldBeTrue();
            await other.ReportAsync(Answered, CancellationToken.None);
        }

        (await world.QueryAsync<double>(
            "select concurrency from kombo.rate_budgets where integration_id = $1", request.IntegrationId)).ShouldBe(3, "it has grown again");

        RequestBudget Budget(RunHandle run) => new(Context(request, database, clock, new CountingLog()), run);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_is_waited_for_and_until_when_stands_in_the_status()
    {
        await world.ResetAsync();
        var request = world.Request();
        await using var database = KomboDatabase.Open(world.Connection, NullLoggerFactory.Instance);
        await using var webhook = await StartAsync(database, request.Webhook("-w"));
        await database.Rates.ReportAsync(
            webhook, RateLimits.Default, new(RateOutcome.Limited) { Wait = TimeSpan.FromMinutes(5) }, CancellationToken.None);
        var sink = new FakeSink();
        using var stopping = new CancellationTokenSource();

        var running = SyncRun.ExecuteAsync(
            Context(request, database, TimeProvider.System, new CountingLog()) with
            {
                Progress = sink,
                Limits = RunLimits.Default with { ReportEvery = TimeSpan.FromMilliseconds(50) },
            },
            stopping.Token);
        await Eventually.BecomesAsync(() => sink.Reports.Any(report => report.Phase == RunPhase.Waiting), Soon);
        await stopping.CancelAsync();

        (await running).ExitCode.ShouldBe(WorkerExitCode.Stopped);
        sink.Reports.First(report => report.Phase == RunPhase.Waiting).WaitingFor
            .ShouldNotBeNull().ShouldMatch(@"^the source limits the rate of requests, until \d\d:\d\d:\d\d UTC$");
        (await world.Sandbox.RequestsAsync()).ShouldBeEmpty("the source is left alone");
    }

    static async Task AskOftenAsync(RequestBudget budget)
    {
        for (var requests = 0; requests < 100; requests++)
        {
            (await budget.AskAsync(CancellationToken.None)).IsNow.ShouldBeTrue();
            await budget.ReportAsync(Answered, CancellationToken.None);
        }
    }

    static async Task<RunHandle> StartAsync(KomboDatabase database, RunRequest request) =>
        (await database.Runs.StartAsync(request, "test", CancellationToken.None)).ShouldBeOfType<RunStart.Started>().Handle;

    static SyncRunContext Context(RunRequest request, KomboDatabase database, TimeProvider clock, ILoggerFactory loggers) => new()
    {
        Request = request,
        Database = database,
        Connector = BuiltInDefinitions.Find("sandbox") ?? throw new InvalidOperationException("the sandbox is built in"),
        Credentials = new SourceCredentials([KeyValuePair.Create("token", SandboxProcess.Token)]),
        AllowedHosts = AddressPolicy.Loopback,
        Progress = new FakeSink(),
        Owner = "test",
        Clock = clock,
        Loggers = loggers,
    };

    sealed class CountingLog : ILoggerFactory, ILogger
    {
        int warnings;

        public int Warnings => Volatile.Read(ref warnings);

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
                Interlocked.Increment(ref warnings);
        }

        public void Dispose()
        {
        }
    }
}
