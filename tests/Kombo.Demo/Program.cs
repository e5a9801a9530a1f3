using Kombo.Demo;

const string Variable = "KOMBO_DATABASE_CONNECTION";

if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } connection)
{
    await Console.Error.WriteLineAsync($"error: {Variable} names no database; make demo starts one");
    return 3;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interrupted.Cancel();
};
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM, signal =>
    {
        signal.Cancel = true;
        interrupted.Cancel();
    });
return await Demonstration.RunAsync(connection, interrupted.Token);
