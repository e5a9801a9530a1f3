using System.Globalization;

namespace Kombo.Sandbox;

/// <summary>The command line.</summary>
/// <param name="Port">0: any free one; the address is printed.</param>
/// <param name="Seed">Equal seeds give equal companies.</param>
/// <param name="Token">What clients must send as bearer token.</param>
sealed record SandboxOptions(int Port, int Employees, int Seed, string Token)
{
    public const string Usage =
        "usage: kombo-sandbox [--port N] [--employees N] [--seed N] [--token TEXT]";

    /// <returns>Null if the arguments are not understood.</returns>
    public static SandboxOptions? Parse(string[] args)
    {
        var options = new SandboxOptions(Port: 0, Employees: 5_000, Seed: 1, Token: "sandbox-token");
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || options.With(args[i], args[i + 1]) is not { } next)
                return null;
            options = next;
        }

        return options;
    }

    SandboxOptions? With(string name, string value) => (name, Number(value)) switch
    {
        ("--port", { } port) => this with { Port = port },
        ("--employees", { } employees) => this with { Employees = employees },
        ("--seed", { } seed) => this with { Seed = seed },
        ("--token", _) => this with { Token = value },
        _ => null,
    };

    static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
