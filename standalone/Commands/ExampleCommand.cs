using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Kombo.Standalone.Commands;

/// <summary>A command whose own help ends with examples; the list of commands shows only what it is.</summary>
internal sealed class ExampleCommand(string name, string description, string examples) : Command(name, description)
{
    /// <summary>Lets the help of a root command show the examples of its commands.</summary>
    public static void ShowExamplesOf(RootCommand root)
    {
        foreach (var help in root.Options.OfType<HelpOption>())
            if (help.Action is SynchronousCommandLineAction usual)
                help.Action = new HelpWithExamples(usual);
    }

    sealed class HelpWithExamples(SynchronousCommandLineAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = usual.Invoke(parseResult);
            if (parseResult.CommandResult.Command is ExampleCommand { Examples: var examples })
                parseResult.InvocationConfiguration.Output.WriteLine($"Examples:\n{examples}\n");
            return code;
        }
    }

    string Examples { get; } = examples;
}
