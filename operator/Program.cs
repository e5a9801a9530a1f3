using Kombo.Operator;
using Kombo.Operator.Hosting;
using Kombo.Operator.Leadership;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddOperatorProcess();
builder.Services.AddKomboOperator();
await using var app = builder.Build();
if (OperatorProcess.FindProblem(app.Services) is { } problem)
{
    await Console.Error.WriteLineAsync($"error: {problem}");
    return 3; // bad configuration, as a worker says it
}

app.MapPorts();
var lost = app.Services.GetRequiredService<ILeadership>().Lost;
var service = app.Services.GetServices<IHostedService>().OfType<OperatorService>().Single();
await app.RunAsync();
return lost.IsCancellationRequested || service.HasFailed ? 1 : 0; // a failure, so that the process is started anew
