using System.CommandLine;
using Kombo.Benchmarks.Syncs;
using Kombo.Benchmarks.SyncStarts;

var integrations = new Option<int>("--integrations")
{
    Description = "How many Integrations, and CronJobs beside them, fall due at the same second (1 to 10000).",
    DefaultValueFactory = _ => 1000,
};
integrations.Validators.Add(result =>
{
    if (result.GetValue(integrations) is < 1 or > 10_000)
        result.AddError("--integrations: from 1 to 10000, the most that an operator starts at a time");
});
var withoutCronJobs = new Option<bool>("--without-cronjobs")
{
    Description = "Leave the yardstick out; the report then says nothing about it.",
};
var starts = new Command("operator", "How fast the operator starts syncs that are due at the same second")
{
    integrations, withoutCronJobs,
};
starts.SetAction((parsed, cancellationToken) => SyncStartBenchmark.RunAsync(
    parsed.GetValue(integrations), parsed.GetValue(withoutCronJobs), cancellationToken));
var rows = new Option<int>("--rows")
{
    Description = "How many employees the source has (1000 to 10000000).",
    DefaultValueFactory = _ => 200_000,
};
rows.Validators.Add(result =>
{
    if (result.GetValue(rows) is < 1_000 or > 10_000_000)
        result.AddError("--rows: from 1000 to 10000000");
});
var syncs = new Command("sync", "How fast a worker copies, compared with COPY and with single upserts") { rows };
syncs.SetAction((parsed, cancellationToken) => SyncBenchmark.RunAsync(parsed.GetValue(rows), cancellationToken));
return await new RootCommand("Kombo's benchmarks; each writes a file below artifacts/bench") { starts, syncs }
    .Parse(args).InvokeAsync();
