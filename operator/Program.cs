using Kombo.Operator;
using Kombo.Operator.Hosting;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddOperatorProcess();
builder.Services.AddKomboOperator();
await using var app = builder.Build();
app.MapHealth();
await app.RunAsync();
