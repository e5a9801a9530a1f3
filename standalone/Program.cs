using System.CommandLine;
using Kombo.Standalone.Commands;

// Ctrl-C and SIGTERM cancel the command; a running sync may take this long to finish its page.
return await KomboCommand.Create().Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
