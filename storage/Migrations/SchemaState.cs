namespace Kombo.Storage.Migrations;

public enum SchemaStatus
{
    /// <summary>As this program needs it.</summary>
    Ready,

    /// <summary>Older than this program needs.</summary>
    Behind,

    /// <summary>Migrated by a newer program.</summary>
    Ahead,

    /// <summary>The database has no schema <c>kombo</c>.</summary>
    Missing,
}

/// <param name="Usable">This program can work with it; also true of a newer schema that keeps what this one needs.</param>
/// <param name="Message">What it is and what to do.</param>
public sealed record SchemaState(SchemaStatus Status, bool Usable, string Message);
