using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Operator.Tests.Support;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Together they have every kind of write that the operator knows.</summary>
static class Tales
{
    /// <summary>A first sync, one for a token, one for the API and one by the schedule.</summary>
    public static Tale Life { get; } = new()
    {
        TellAsync = TellLifeAsync,
        ShouldBeRightAsync = async story =>
        {
            story.ShouldBeRight(["Initial", "Manual", "Manual", "Schedule"]);
            story.Status.History!.Value.Select(run => run.RunId).ShouldBe(
                story.Chronicle.Jobs.Select(job => job.RunId).Reverse(), "every run is told, the newest first");
            (await story.ResultsAsync()).ShouldAllBe(result => result == "Succeeded");
        },
        Writes =
        [
            new("create V1ServiceAccount", 1, 1),
            new("create V1RoleBinding", 1, 1),
            new("upsert of the integration", 4, 6) { Repeats = true },
            new("create V1Job", 4, 4),
            new("patch status of V1Alpha1Integration", 5, 9) { Repeats = true }, // one for two where they come at once
            new("patch V1Job", 3, 4),
            new("acceptance of a request", 1, 1),
            new("answer to a request", 1, 1),
            new("delete V1Job", 1, 1), // the three before it are kept
        ],
    };

    /// <summary>A sync that fails, events of the source, and a pause that ends what runs.</summary>
    public static Tale Trouble { get; } = new()
    {
        TellAsync = TellTroubleAsync,
        ShouldBeRightAsync = async story =>
        {
            story.ShouldBeRight(["Initial", "Retry", "Manual", "Webhook", "Webhook", "Manual"]);
            (await story.ResultsAsync()).ShouldBe(
                ["Failed", "Succeeded", "Cancelled", "Cancelled", "Succeeded", "Succeeded"]);
            story.Status.Full!.ConsecutiveFailures.ShouldBeNull();
        },
        Writes =
        [
            new("create V1ServiceAccount", 1, 1) { IsTriedElsewhere = true },
            new("create V1RoleBinding", 1, 1) { IsTriedElsewhere = true },
            new("upsert of the integration", 4, 9) { Repeats = true, IsTriedElsewhere = true },
            new("create V1Job", 6, 6),
            new("patch status of V1Alpha1Integration", 8, 10) { Repeats = true },
            new("patch status of V1Alpha1SyncSchedule", 1, 2) { Repeats = true },
            new("patch V1Job", 3, 4) { IsTriedElsewhere = true },
            new("close of a run", 3, 3),
            new("delete V1Job", 2, 3),
        ],
    };

    /// <summary>A scope that becomes narrower while a sync runs, and a deletion with all data while another one does.</summary>
    public static Tale End { get; } = new()
    {
        TellAsync = TellEndAsync,
        ShouldBeRightAsync = async story =>
        {
            story.ShouldBeGone(["Initial", "Manual", "ScopeNarrowed", "Manual", "Deletion"]);
            (await story.ResultsAsync()).ShouldBe(["Succeeded", "Cancelled", "Succeeded", "Cancelled", "Succeeded"]);
        },
        Writes =
        [
            new("create V1ServiceAccount", 1, 1) { IsTriedElsewhere = true },
            new("create V1RoleBinding", 1, 1) { IsTriedElsewhere = true },
            new("upsert of the integration", 1, 4) { Repeats = true, IsTriedElsewhere = true },
            new("create V1Job", 5, 5),
            new("patch status of V1Alpha1Integration", 6, 8) { Repeats = true },
            new("patch V1Alpha1Integration", 2, 2), // finalizer on, finalizer off
            new("patch V1Job", 2, 3) { IsTriedElsewhere = true },
            new("close of a run", 2, 2),
            new("delete V1Job", 3, 3),
            new("close of the integration", 2, 2), // before the purge, and when it is gone
        ],
    };

    static async Task TellLifeAsync(Story story)
    {
        await story.CreateAsync();
        await story.UntilRunsAsync(run => run.Trigger == "Initial");
        await story.RequestAsync("first");
        await story.FinishAsync();
        await story.UntilRunsAsync(run => run.Token == "first");
        await story.FinishAsync();
        var asked = await story.AskAsync("full");
        await story.UntilRunsAsync(run => run.RunId == asked.RunId);
        await story.SetFrequencyAsync("1s");
        await story.FinishAsync();
        await story.UntilRunsAsync(run => run.Trigger == "Schedule");
        await story.SetFrequencyAsync("10h");
        await story.FinishAsync();
        await story.UntilQuietAsync();
    }

    static async Task TellTroubleAsync(Story story)
    {
        await story.CreateScheduleAsync(new() { Retry = new("1s", "2s", null) });
        await story.CreateAsync(spec => spec with { UpstreamWebhooks = new(Enabled: true) });
        await story.UntilRunsAsync(run => run.Trigger == "Initial");
        await story.FailAsync(RunResult.Failed, "the source answered 500");
        await story.UntilRunsAsync(run => run.Trigger == "Retry");
        await story.FinishAsync();
        await story.RequestAsync("first");
        await story.UntilRunsAsync(run => run.Token == "first");
        await story.TellOfEventAsync();
        await story.UntilRunsAsync(SyncType.Webhook, _ => true);
        await story.PauseAsync(true);
        await story.UntilAsync(status => status.Text(ConditionTypes.Ready) == "True/PausedByApi", "it is paused");
        await story.PauseAsync(false);
        await story.UntilRunsAsync(SyncType.Webhook, _ => true);
        await story.FinishAsync();
        await story.RequestAsync("second");
        await story.UntilRunsAsync(run => run.Token == "second");
        await story.FinishAsync();
        await story.UntilQuietAsync();
    }

    static async Task TellEndAsync(Story story)
    {
        await story.CreateAsync(spec => spec with
        {
            DeletionPolicy = "Delete",
            Scope = new([new("hris_employees"), new("hris_teams")]),
        });
        await story.UntilRunsAsync(run => run.Trigger == "Initial");
        await story.FinishAsync();
        await story.RequestAsync("first");
        await story.UntilRunsAsync(run => run.Token == "first");
        await story.NarrowAsync("hris_teams");
        await story.UntilRunsAsync(SyncType.Purge, run => run.Trigger == "ScopeNarrowed");
        await story.FinishAsync();
        await story.UntilQuietAsync();
        await story.RequestAsync("second");
        await story.UntilRunsAsync(run => run.Token == "second");
        await story.DeleteAsync();
        await story.UntilRunsAsync(SyncType.Purge, run => run.Trigger == "Deletion");
        await story.FinishAsync();
        await story.UntilGoneAsync();
    }
}
