using System.Text.Json.Nodes;
using Kombo.Core.Resources;

namespace Kombo.Demo;

/// <summary>The source fails, the Integration says why, and everything goes on when it is mended.</summary>
sealed class Failure(Stage stage, Story story)
{
    public async Task TellAsync(CancellationToken cancellationToken)
    {
        await story.StepAsync(
            "failing source", "a source that refuses shows its reason on the Integration, and nothing is deleted",
            FailAsync);
        cancellationToken.ThrowIfCancellationRequested();
        await story.StepAsync(
            "recovery", "once the source is mended, the next attempt succeeds and the Integration is ready again",
            RecoverAsync);
        cancellationToken.ThrowIfCancellationRequested();
    }

    async Task FailAsync()
    {
        var live = await stage.Mirror.CountAsync("hris_employees", "remote_deleted_at is null");
        await stage.Sandbox.ControlAsync("fail", new JsonObject { ["status"] = 401 });
        Story.Say("the source answers 401 to everything");
        var status = await stage.Status.WaitAsync(
            status => Condition(status, ConditionTypes.SyncSucceeded) is { Status: "False", Reason: Reasons.AuthenticationFailed }
                && Condition(status, ConditionTypes.Ready)?.Status == "False",
            "SyncSucceeded is False with the reason AuthenticationFailed, and Ready is False");
        var ready = Condition(status, ConditionTypes.Ready)!; // as waited for
        Story.Say($"Ready: {ready.Reason}: {ready.Message}");
        Story.Check(
            ready.Message.Contains("401", StringComparison.Ordinal), "the message does not name the source's answer");
        Story.Check(
            await stage.Mirror.CountAsync("hris_employees", "remote_deleted_at is null") == live, "rows were deleted");
        await stage.ShowAsync("get", "--output", "wide");
    }

    async Task RecoverAsync()
    {
        await stage.Sandbox.ControlAsync("clear");
        Story.Say("the source answers properly again");
        await stage.Status.WaitAsync(
            status => Condition(status, ConditionTypes.Ready)?.Status == "True"
                && Condition(status, ConditionTypes.SyncSucceeded)?.Status == "True",
            "Ready and SyncSucceeded are True again");
        await stage.ShowAsync("get");
    }

    static Condition? Condition(IntegrationStatus status, string type) =>
        status.Conditions?.FirstOrDefault(condition => condition.Type == type);
}
