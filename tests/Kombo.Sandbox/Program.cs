using Kombo.Sandbox;
using Kombo.Sandbox.Company;
using Kombo.Sandbox.Faults;
using Kombo.Sandbox.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

if (SandboxOptions.Parse(args) is not { } options)
{
    await Console.Error.WriteLineAsync(SandboxOptions.Usage);
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls($"http://127.0.0.1:{options.Port}");
var clock = new SandboxClock();
var system = new HrSystem(CompanyGenerator.Generate(options.Employees, options.Seed), clock);
builder.Services.AddSingleton(system).AddSingleton(clock).AddSingleton(options)
    .AddSingleton<FaultPlan>().AddSingleton<RequestLog>().AddSingleton<RateLimit>();
await using var app = builder.Build();
app.UseRateLimit();
app.MapCollections();
app.MapControl();
await app.StartAsync();
var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
Console.WriteLine($"listening={addresses!.Addresses.First()}"); // the feature is there once the server listens
await app.WaitForShutdownAsync();
return 0;
