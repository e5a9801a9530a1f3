using Kombo.Worker.Commands;

using var stop = StopSignal.Listen();
return await WorkerCommands.RunAsync(args, stop.Token);
