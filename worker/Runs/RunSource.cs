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

/// <summary>Opens the source of a run, as its request says.</summary>
internal static class RunSource
{
    /// <exception cref="RunFaultException">Scope, parameters or credentials do not fit the connector.</exception>
    public static SourceSession Open(SyncRunContext context, RunHandle run, RunTally tally) => new(
        context.Connector,
        Settings(context, tally, Check(context)) with
        {
            Budget = new RequestBudget(context, run),
        },
        context.Clock,
        context.Loggers.CreateLogger<SourceSession>());

    static SourceSettings Settings(SyncRunContext context, RunTally tally, CompiledScope scope) => new()
    {
        IntegrationId = context.Request.IntegrationId,
        Parameters = context.Request.Parameters,
        Credentials = context.Credentials,
        Scope = scope,
        AllowedHosts = context.AllowedHosts,
        Limits = context.Limits.Source,
        OnWait = wait => tally.Wait(wait.Reason, wait.Until),
    };

    const string MountedSecret = "(mounted)"; // its name is not told to the worker

    // The operator has checked the same before it made the Job; meanwhile the Secret or the connector's file may have changed.
    static CompiledScope Check(SyncRunContext context)
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
