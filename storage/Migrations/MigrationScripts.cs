using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Kombo.Storage.Migrations;

/// <param name="OldestProgram">The number of the last migration that a program must know to work with the schema
/// after this one; the file says it as <c>-- oldest program: N</c> where older ones cannot.</param>
sealed record MigrationScript(int Version, string Name, string Sql, int OldestProgram);

/// <summary>The embedded SQL files: numbered ones are applied once and in order, the others with each migration.</summary>
static partial class MigrationScripts
{
    const string Prefix = "migrations/";

    public static ImmutableArray<MigrationScript> Numbered { get; } =
    [
        .. typeof(MigrationScripts).Assembly.GetManifestResourceNames()
            .Where(name => NumberedName().IsMatch(name))
            .Select(Parse)
            .OrderBy(script => script.Version),
    ];

    public static string Roles { get; } = Read($"{Prefix}roles.sql");

    public static string Privileges { get; } = Read($"{Prefix}privileges.sql");

    static MigrationScript Parse(string resource)
    {
        var name = resource[Prefix.Length..^".sql".Length];
        var sql = Read(resource);
        var oldest = OldestProgram().Match(sql);
        return new(
            int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture),
            name,
            sql,
            oldest.Success ? int.Parse(oldest.Groups[1].Value, CultureInfo.InvariantCulture) : 1);
    }

    static string Read(string resource)
    {
        using var stream = typeof(MigrationScripts).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is not embedded in Kombo.Storage");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^migrations/\d{4}_.*\.sql$")]
    private static partial Regex NumberedName();

    [GeneratedRegex(@"^-- oldest program: (\d+)$", RegexOptions.Multiline)]
    private static partial Regex OldestProgram();
}
