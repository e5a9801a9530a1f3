using System.Collections.Immutable;

namespace Kombo.Storage.Migrations;

/// <param name="Sql">Makes it.</param>
sealed record TablePart(string Name, string Sql);

/// <summary>What a model's table needs to have.</summary>
sealed record ModelTable(string Name)
{
    /// <summary>Makes the table with its columns.</summary>
    public required string Create { get; init; }

    /// <summary>Of a table that an earlier catalog made: rows that are there have no value yet, so none is "not null".</summary>
    public required ImmutableArray<TablePart> Columns { get; init; }

    public required ImmutableArray<TablePart> Indexes { get; init; }

    /// <summary>Each replaces the one of its name.</summary>
    public required ImmutableArray<TablePart> Triggers { get; init; }

    public string TriggersHash => ModelTables.Hash(Text(Triggers));

    /// <summary>All of it.</summary>
    public string Whole => Create + Text(Columns) + Text(Indexes) + Text(Triggers);

    /// <summary>What makes it complete, touching nothing that it has; empty if it is. Pure.</summary>
    public string Missing(FoundTable found)
    {
        var replaced = found.Triggers != TriggersHash || Triggers.Any(trigger => !found.TriggerNames.Contains(trigger.Name));
        return (found.Exists ? Text(Columns.Where(column => !found.Columns.Contains(column.Name))) : Create)
            + Text(Indexes.Where(index => !found.Indexes.Contains(index.Name)))
            + (replaced ? Text(Triggers) : "");
    }

    static string Text(IEnumerable<TablePart> parts) => string.Concat(parts.Select(part => part.Sql));
}

/// <summary>What a database has of a model's table.</summary>
sealed record FoundTable
{
    public required bool Exists { get; init; }
    public required string[] Columns { get; init; }
    public required string[] Indexes { get; init; }
    public required string[] TriggerNames { get; init; }

    /// <summary>The stored hash of what made its triggers; null where there is none.</summary>
    public string? Triggers { get; init; }
}
