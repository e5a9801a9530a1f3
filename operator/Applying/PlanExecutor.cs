using System.Diagnostics;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Events;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Cluster;
using Kombo.Operator.Database;
using Kombo.Operator.Jobs;
using Kombo.Operator.Observing;

namespace Kombo.Operator.Applying;

/// <summary>Carries out the steps of a plan, in their order. Each may be repeated after a crash.</summary>
/// <remarks>Events come last, when the status that they speak of is stored: deciding again tells nothing
/// twice.</remarks>
sealed partial class PlanExecutor(
    IKubernetesClient client, IRegistry registry, WorkerAccount account, StartedJobs started, EventRecorder events,
    Finalizer finalizer, WorkerTemplate template, ILogger<PlanExecutor> logger)
{
    public async Task<Applied> ApplyAsync(Seen seen, Plan plan, CancellationToken cancellationToken)
    {
        foreach (var step in plan.Steps.Where(step => step is not (Decision.Publish or Decision.RemoveFinalizer)))
        {
            var applied = step switch
            {
                Decision.StartRun start => await StartAsync(seen.Integration, start.Run, cancellationToken),
                Decision.DeleteJob delete => await DeleteAsync(seen, delete.JobName, cancellationToken),
                Decision.AcceptRequest accept => await AcceptAsync(accept, cancellationToken),
                Decision.AnswerRequest answer => await AnswerAsync(answer, cancellationToken),
                Decision.CloseRunRow close => await CloseAsync(close, cancellationToken),
                Decision.AddFinalizer => await finalizer.AddAsync(seen.Integration, cancellationToken),
                Decision.CloseIntegrationRow => await CloseRowAsync(seen.Integration, cancellationToken),
                _ => throw new InvalidOperationException($"the step {step.GetType().Name} is not known"),
            };
            if (applied is not Applied.Done)
                return applied;
        }
        return new Applied.Done();
    }

    public void Publish(V1Alpha1Integration integration, Plan plan)
    {
        foreach (var (warning, reason, action, note) in plan.Steps.OfType<Decision.Publish>().Select(step => step.Note))
            events.Publish(integration, new(warning ? EventType.Warning : EventType.Normal, reason, action, note));
    }

    async Task<Applied> StartAsync(V1Alpha1Integration integration, StartRun run, CancellationToken cancellationToken)
    {
        // The worker goes on with this span, in another process and later.
        using var activity = Telemetry.Source.StartActivity("create job", ActivityKind.Producer)
            ?.SetTag("k8s.namespace.name", integration.Namespace())
            .SetTag("k8s.job.name", run.JobName)
            .SetTag("kombo.dev.run.id", run.RunId);
        var job = JobBuilder.Build(integration, run, template with { TraceParent = Activity.Current?.Id });
        try
        {
            await account.EnsureAsync(integration.Namespace() ?? "", cancellationToken);
            await CreateAsync(job, cancellationToken);
            LogStarted(run.JobName, NamespacedName.Of(integration), run.Trigger);
            return new Applied.Done();
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            return await AdoptAsync(integration, run, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsNamespaceTerminating)
        {
            return new Applied.Gone();
        }
        catch (KubernetesException exception) when (IsRefusal(exception))
        {
            return new Applied.Refused(run, Refusal(run, exception));
        }
    }

    // Admission webhooks deny with any code from 400 on, 400 where they name none.
    static bool IsRefusal(KubernetesException exception) =>
        exception.Code is >= 400 and < 500 and not (401 or 404 or 408 or 409 or 410 or 429);

    // An error that is no refusal leaves open whether the Job exists.
    async Task CreateAsync(V1Job job, CancellationToken cancellationToken)
    {
        started.Expect(job);
        try
        {
            started.Created(await client.CreateAsync(job, cancellationToken));
        }
        catch (KubernetesException exception) when (exception.Code is >= 400 and < 500)
        {
            started.Forget(NamespacedName.Of(job));
            throw;
        }
    }

    // Only an edit helps where the schema refuses it; a quota, a policy or a missing right may change by itself.
    static Problem Refusal(StartRun run, KubernetesException answer)
    {
        var problem = answer.IsInvalid
            ? new Problem(
                Reasons.InvalidSpec,
                $"spec.jobTemplate: correct what the API server refuses in the worker Job made with it: {answer.Message}",
                NeedsEdit: true)
            : new Problem(
                Reasons.DependencyNotReady,
                $"the API server forbids the worker Job \"{run.JobName}\", which is tried again by itself: raise the "
                + $"quota, change the policy or grant the right that it names: {answer.Message}",
                NeedsEdit: false);
        return problem with { Hinders = Hindered.AllRuns };
    }

    // Ours from before a crash is as good as a new one. A stranger's keeps its name, and this run fails.
    async Task<Applied> AdoptAsync(V1Alpha1Integration integration, StartRun run, CancellationToken cancellationToken)
    {
        var existing = await client.GetAsync<V1Job>(run.JobName, integration.Namespace(), cancellationToken);
        if (existing is null)
            return await StartAsync(integration, run, cancellationToken); // gone in between
        if (JobOwner.UidOf(existing) == integration.Uid())
        {
            started.Created(existing);
            LogAdopted(run.JobName, NamespacedName.Of(integration));
            return new Applied.Done();
        }
        var message = $"Job \"{run.JobName}\" exists and does not belong to this Integration: this sync is skipped; "
            + "delete or rename that Job";
        events.Publish(integration, new(EventType.Warning, Reasons.JobNameConflict, "CreateJob", message));
        return new Applied.NameTaken(run, message);
    }

    async Task<Applied> DeleteAsync(Seen seen, string name, CancellationToken cancellationToken)
    {
        if (seen.Jobs.FirstOrDefault(job => job.Name() == name) is not { } job)
            return new Applied.Done();
        try
        {
            await client.DeleteAsync<V1Job>(
                name, job.Namespace(), DeleteOptions.Background with { Uid = job.Uid() }, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsNotFound || exception.IsConflict)
        {
            // Gone already, or another Job has the name by now.
        }
        return new Applied.Done();
    }

    async Task<Applied> AcceptAsync(Decision.AcceptRequest accept, CancellationToken cancellationToken) =>
        await registry.AcceptAsync(accept, cancellationToken) ? new Applied.Done() : new Applied.Outdated();

    async Task<Applied> AnswerAsync(Decision.AnswerRequest answer, CancellationToken cancellationToken)
    {
        await registry.AnswerAsync(answer, cancellationToken);
        return new Applied.Done();
    }

    async Task<Applied> CloseAsync(Decision.CloseRunRow close, CancellationToken cancellationToken)
    {
        await registry.CloseRunAsync(close, cancellationToken);
        return new Applied.Done();
    }

    async Task<Applied> CloseRowAsync(V1Alpha1Integration integration, CancellationToken cancellationToken)
    {
        await registry.CloseAsync(integration.Uid(), cancellationToken);
        return new Applied.Done();
    }

    [LoggerMessage(1201, LogLevel.Information, "Created Job {Job} for Integration {Integration} ({Trigger})")]
    partial void LogStarted(string job, NamespacedName integration, string trigger);

    [LoggerMessage(1202, LogLevel.Information, "Found Job {Job} of Integration {Integration} already there")]
    partial void LogAdopted(string job, NamespacedName integration);
}
