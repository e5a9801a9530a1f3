using System.Globalization;

namespace Kombo.Storage.Migrations;

/// <param name="Version">Of the last migration that was applied.</param>
/// <param name="OldestProgram">The last migration that a program must know.</param>
/// <param name="SameCatalog">Null: the tables of the models were never made.</param>
sealed record FoundSchema(int Version, int OldestProgram, bool? SameCatalog);

/// <summary>Says what a schema is to this program.</summary>
static class Schemas
{
    const string Remedy = "run \"kombo-worker migrate\" with a user who owns it (the Helm chart does so on install and upgrade)";

    public static SchemaState Missing(string database) => new(
        SchemaStatus.Missing, Usable: false, $"database \"{database}\" has no schema kombo: {Remedy}");

    /// <param name="known">The last migration that this program knows.</param>
    /// <param name="complete">Every column of this program's catalog is there.</param>
    public static SchemaState Judge(string database, FoundSchema found, int known, bool complete) => found switch
    {
        { Version: var version } when version < known => new(SchemaStatus.Behind, Usable: false, Text(
            $"database \"{database}\" is at schema version {version}, this program needs {known}: {Remedy}")),
        _ when !complete => new(SchemaStatus.Behind, Usable: false, Text(
            $"database \"{database}\" lacks columns of this program's models: {Remedy}")),
        { Version: var version, OldestProgram: var oldest } when oldest > known => new(SchemaStatus.Ahead, Usable: false, Text(
            $"database \"{database}\" is at schema version {version}, which this program (made for {known}) cannot use: upgrade it")),
        { Version: var version } when version > known => new(SchemaStatus.Ahead, Usable: true, Text(
            $"database \"{database}\" is at schema version {version}, newer than this program's {known}, and keeps what it needs")),
        _ => new(SchemaStatus.Ready, Usable: true, Text($"database \"{database}\" is at schema version {known}")),
    };

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
