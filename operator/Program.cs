using Kombo.Operator;
using Kombo.Operator.Hosting;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddOperatorProcess();
builder.Services.AddKomboOperator();
await using var app = builder.Build();
if (OperatorProcess.FindProblem(app.Services) is { } problem)
{
    await Console.Error.WriteLineAsync($"error: {problem}");
    return 3; // bad configuration, as a worker says it
}

app.MapHealth();
await app.RunAsync();
return 0;
