using System.Collections.Immutable;
using Kombo.Connectors;
using Kombo.Core.Models;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scope;
using Kombo.Storage.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Runs;

/// <summary>A run that holds its lease: every stream in order, then the finish.</summary>
internal sealed class RunReader(SyncRunContext context, RunHandle run, RunTally tally)
{
    /// <param name="work">Ends fetching and finishing.</param>
    /// <param name="write">Ends a write that has begun; later than <paramref name="work"/>.</param>
    public async Task<RunProgress> RunAsync(CancellationToken work, CancellationToken write)
    {
        var scope = Check();
        await using var session = new SourceSession(
            context.Connector, Settings(scope), context.Clock, context.Loggers.CreateLogger<SourceSession>());
        var streams = session.Streams(run.Type);
        tally.Plan(streams.Length, run.Counts);
        foreach (var stream in streams)
        {
            if (run.Stream(stream.Name).State is not (StreamProgress.Complete or StreamProgress.Incomplete))
                await new StreamReader(context, run, session, tally).ReadAsync(stream, work, write);
            tally.EndStream();
        }

        return await FinishAsync(streams, work);
    }

    Task<RunProgress> FinishAsync(ImmutableArray<SourceStream> streams, CancellationToken cancellationToken)
    {
        var request = new FinishRequest
        {
            Streams = [.. streams.Select(stream => new StreamModels(stream.Name, stream.Models)
            {
                Deletions = stream.Deletions == Deletions.ByAbsence,
                StablePaging = stream.StablePaging,
            })],
        };
        return context.Database.Finisher.FinishAsync(
            run, request, phase => tally.Enter(phase, waitingFor: null), cancellationToken);
    }

    SourceSettings Settings(CompiledScope scope) => new()
    {
        IntegrationId = context.Request.IntegrationId,
        Parameters = context.Request.Parameters,
        Credentials = context.Credentials,
        Scope = scope,
        AllowedHosts = context.AllowedHosts,
        Limits = context.Limits.Source,
        OnWait = wait => tally.Enter(RunPhase.Waiting, $"{wait.Reason}, until {wait.Until:HH:mm:ss} UTC"),
    };

    const string MountedSecret = "(mounted)"; // its name is not told to the worker

    // The operator has checked the same before it made the Job; meanwhile the Secret or the connector's file may have changed.
    CompiledScope Check()
    {
        var spec = new IntegrationSpec
        {
            Connector = context.Request.Connector,
            Parameters = context.Request.Parameters,
            Scope = context.Request.Scope,
            Credentials = context.Credentials.Keys.IsEmpty ? null : new(new(MountedSecret)),
        };
        var compiled = CompiledScope.Compile(spec.Scope, ModelCatalog.Default);
        ImmutableArray<Problem> problems = [.. compiled.Problems, .. context.Connector.Check(spec, context.Credentials.Keys)];
        return compiled.Scope is { } scope && problems is []
            ? scope
            : throw new RunFaultException(RunFault.Configuration, string.Join("; ", problems.Select(problem => problem.Message)));
    }
}
