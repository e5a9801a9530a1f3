using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Standalone.Rendering;

namespace Kombo.Standalone.Tests.Rendering;

public sealed class ProgressLinesTests
{
    static readonly FinishedRun Finished = new()
    {
        RunId = "r1",
        Type = "full",
        Trigger = Triggers.Initial,
        Result = "Succeeded",
        Counts = new RunCounts { Read = 5_000, New = 4_999, Changed = 1 },
    };

    public static TheoryData<string, V1Alpha1Integration?, V1Alpha1Integration, string> Rules => new()
    {
        { "new", null, Sample.Waiting, "default/acme: connector bamboohr, next sync in 14m" },
        { "nothing happened", Sample.Waiting, Sample.Waiting, "" },
        {
            "a sync starts",
            With(Sample.Running, status => status with { Active = null, Progress = null }),
            With(Sample.Running, status => status with { Progress = null }),
            "default/big: full sync started (Initial)"
        },
        {
            "its first words", With(Sample.Running, status => status with { Progress = null }), Sample.Running,
            "default/big: full sync: hris_employees, 12 pages, 2,400 records, 40 %"
        },
        {
            "one of each",
            With(Sample.Running, status => status with { Progress = null }), Progress(Sample.Progress(1, 1, 40)),
            "default/big: full sync: hris_employees, 1 page, 1 record, 40 %"
        },
        { "a little progress is no news", Sample.Running, Progress(Sample.Progress(13, 2_600, 44)), "" },
        {
            "a tenth is", Sample.Running, Progress(Sample.Progress(16, 3_200, 50)),
            "default/big: full sync: hris_employees, 16 pages, 3,200 records, 50 %"
        },
        {
            "it waits", Sample.Running, Progress(
                Sample.Progress(12, 2_400, 40) with { WaitingFor = "the source until 09:00:05" }),
            "default/big: full sync waits: the source until 09:00:05"
        },
        {
            "it ends", Sample.Waiting, With(Sample.Waiting, status => status with { History = [Finished] }),
            "default/acme: full sync ended: Succeeded, 5,000 read, 4,999 new, 1 changed, 0 deleted; next in 8h"
        },
        {
            "it fails", Sample.Waiting,
            With(Sample.Waiting, status => status with { History = [Finished with { Result = "Failed", Counts = null, Message = "the source answered 500" }] }),
            "default/acme: full sync ended: Failed (the source answered 500); next in 8h"
        },
        {
            "not ready", Sample.Waiting,
            With(Sample.Waiting, status => status with { Conditions = Sample.Conditions(("Ready", "False", "AuthenticationFailed", "renew it")) }),
            "default/acme: is not ready: AuthenticationFailed: renew it"
        },
        {
            "ready again",
            With(Sample.Waiting, status => status with { Conditions = Sample.Conditions(("Ready", "False", "AuthenticationFailed", "renew it")) }), Sample.Waiting,
            "default/acme: is ready again"
        },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Says_what_is_news(
        string rule, V1Alpha1Integration? before, V1Alpha1Integration after, string expected) =>
        string.Join('\n', ProgressLines.Between(before, after, Sample.Now)).ShouldBe(expected, rule);

    static V1Alpha1Integration Progress(RunProgress progress) =>
        With(Sample.Running, status => status with { Progress = new(progress, null) });

    static V1Alpha1Integration With(
        V1Alpha1Integration integration, Func<IntegrationStatus, IntegrationStatus> change) =>
        integration with { Status = change(integration.Status!) }; // the samples have one
}
