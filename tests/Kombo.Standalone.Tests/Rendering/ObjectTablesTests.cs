using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes.Models;
using Kombo.Standalone.Rendering;

namespace Kombo.Standalone.Tests.Rendering;

public sealed class ObjectTablesTests
{
    [Fact]
    public void Integrations_are_shown_as_kubectl_would() =>
        ObjectTables.Integrations(
            [Sample.Waiting, Sample.Running], new TableOptions(Wide: false, WithNamespace: false, Sample.Now)).ShouldBe(
            """
            NAME   CONNECTOR   READY   PHASE                PROGRESS   LAST FULL   LAST DELTA   NEXT SYNC   AGE
            acme   bamboohr    True    WaitingForSchedule   -          2h ago      30s ago      in 14m      5h
            big    bamboohr    True    Full: Fetching       40 %       -           -            now         5h

            """);

    [Fact]
    public void Wide_tables_say_why_something_is_not_ready() =>
        ObjectTables.Integrations(
            [Sample.Broken], new TableOptions(Wide: true, WithNamespace: true, Sample.Now)).ShouldBe(
            """
            NAMESPACE   NAME   CONNECTOR      READY   PHASE                PROGRESS   LAST FULL   LAST DELTA   NEXT SYNC   AGE   SCHEDULE   NEXT FULL   NEXT DELTA   MESSAGE
            hr          lost   own/own.yaml   False   DependencyNotReady   -          -           -            -           5h    default    -           -            Secret "lost" is missing

            """);

    [Fact]
    public void Schedules_show_their_frequencies_and_use() =>
        ObjectTables.Schedules(
            [
                new V1Alpha1SyncSchedule
                {
                    Metadata = new V1ObjectMeta { Name = "standard", CreationTimestamp = Sample.At("08:00:00") },
                    Spec = new SyncScheduleSpec { Full = new("3h", "24h", null), Delta = new("15m", null) },
                    Status = new SyncScheduleStatus { Integrations = 3, Active = 1, Waiting = 0, NextSyncTime = Sample.At("08:00:00") },
                },
            ],
            new TableOptions(Wide: false, WithNamespace: false, Sample.Now)).ShouldBe(
            """
            NAME       FULL   WITH DELTA   DELTA   INTEGRATIONS   ACTIVE   WAITING   NEXT SYNC   AGE
            standard   3h     24h          15m     3              1        0         now         60m

            """);

    [Fact]
    public void Jobs_show_whose_they_are_and_how_they_ended() =>
        ObjectTables.Jobs(
            [
                new V1Job
                {
                    Metadata = new V1ObjectMeta
                    {
                        Name = "acme-f-1",
                        CreationTimestamp = Sample.At("08:59:00"),
                        Annotations = new Dictionary<string, string>
                        {
                            [JobAnnotations.Integration] =
                                "acme", [JobAnnotations.Type] =
                                    "full", [JobAnnotations.Trigger] = "Manual", [JobAnnotations.RunId] = "r1",
                        },
                    },
                    Status = new V1JobStatus { Conditions = [new() { Type = "Complete", Status = "True" }] },
                },
            ],
            new TableOptions(Wide: true, WithNamespace: false, Sample.Now)).ShouldBe(
            """
            NAME       INTEGRATION   TYPE   TRIGGER   STATUS     AGE   RUN
            acme-f-1   acme          full   Manual    Complete   60s   r1

            """);
}
