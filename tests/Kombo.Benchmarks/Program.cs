using System.CommandLine;
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
return await new RootCommand("Kombo's benchmarks; each writes a file below artifacts/bench") { starts }
    .Parse(args).InvokeAsync();
