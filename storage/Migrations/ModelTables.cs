using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kombo.Core.Models;

namespace Kombo.Storage.Migrations;

/// <summary>The tables of the models, from the catalog. Additive: a field that a later catalog adds becomes a column;
/// nothing is ever dropped.</summary>
static class ModelTables
{
    /// <summary>One for each model.</summary>
    public static ImmutableArray<ModelTable> Of(ModelCatalog catalog) =>
    [
        .. catalog.Models.Select(model => new ModelTable(model.Name)
        {
            Create = Table(model),
            Columns = [.. model.Fields.Select(field => new TablePart(
                field.Name, $"alter table kombo.{model.Name} add column \"{field.Name}\" {ColumnType(field)};\n"))],
            Indexes = Indexes(model, catalog),
            Triggers = Triggers(model),
        }),
    ];

    /// <summary>A database whose stored hash is this one has all tables of this program.</summary>
    public static string Hash(ImmutableArray<ModelTable> tables) => Hash(string.Concat(tables.Select(table => table.Whole)));

    /// <summary>Tells texts apart.</summary>
    public static string Hash(string sql) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));

    /// <summary>The Postgres type of a field's column; references compare with ids and so have their collation.</summary>
    public static string ColumnType(Field field) => field.Type switch
    {
        FieldType.Text or FieldType.Enum => field.Ref is null ? "text" : "text collate \"C\"",
        FieldType.Number => "numeric",
        FieldType.Integer => "bigint",
        FieldType.Boolean => "boolean",
        FieldType.DateTime => "timestamptz",
        FieldType.Date => "date",
        FieldType.Time => "time",
        FieldType.Json => "jsonb",
        _ => throw new InvalidOperationException($"the column type of {field.Type} is not known"),
    };

    static string Table(Model model)
    {
        var sql = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"""
            create table kombo.{model.Name} (
                integration_id text collate "C" not null,
                id text collate "C" not null,
                remote_id text collate "C" not null,
                content_hash uuid,
                requested_at timestamptz,
                changed_at timestamptz not null,
                created_at timestamptz not null,
                remote_deleted_at timestamptz,
                remote_data jsonb,
                remote_data_hash uuid,

            """));
        foreach (var field in model.Fields)
            sql.Append(CultureInfo.InvariantCulture,
                $"    \"{field.Name}\" {ColumnType(field)}{(field.Ref is not null && !field.Nullable ? " not null" : "")},\n");
        return sql.Append("    primary key (integration_id, id)\n);\n").ToString();
    }

    // Few, as each costs every write: the change feed, the source's ids (pages are compared along them) and the columns
    // by which embedded lists are found.
    static ImmutableArray<TablePart> Indexes(Model model, ModelCatalog catalog) =>
    [
        Index(model, "changed", "changed_at, id"),
        Index(model, "remote", "remote_id"),
        .. LookedUpBy(model, catalog).Select(column => Index(model, column, $"\"{column}\"")),
    ];

    static TablePart Index(Model model, string suffix, string columns)
    {
        var name = $"{model.Name}_{suffix}";
        if (name.Length > 63)
            name = $"{name[..54]}_{Hash(name)[..8]}";
        return new(name, $"create index {name} on kombo.{model.Name} (integration_id, {columns});\n");
    }

    static ImmutableSortedSet<string> LookedUpBy(Model model, ModelCatalog catalog)
    {
        var byChild = catalog.Models.SelectMany(parent => parent.Relations)
            .Where(relation => relation.Model == model.Name && relation.ChildColumn is not null)
            .Select(relation => relation.ChildColumn ?? "");
        var byJoin = model.Kind == ModelKind.Join
            ? model.Fields.Where(field => field.Ref == model.Left).Take(1).Select(field => field.Name)
            : [];
        return [.. byChild, .. byJoin];
    }

    static ImmutableArray<TablePart> Triggers(Model model)
    {
        string[] tracked = ["integration_id", "id", "remote_id", "remote_deleted_at", .. model.Fields.Select(field => field.Name)];
        string Row(string version) => string.Join(", ", tracked.Select(column => $"{version}.\"{column}\""));
        return
        [
            new("stamp_insert", $"""
                create or replace trigger stamp_insert before insert on kombo.{model.Name}
                    for each row execute function kombo.stamp_change();

                """),
            new("stamp_update", $"""
                create or replace trigger stamp_update before update on kombo.{model.Name}
                    for each row when (({Row("old")}) is distinct from ({Row("new")}))
                    execute function kombo.stamp_change();

                """),
            new("forget_remote_data_hash", $"""
                create or replace trigger forget_remote_data_hash before update of remote_data on kombo.{model.Name}
                    for each row when (old.remote_data is distinct from new.remote_data
                        and old.remote_data_hash is not distinct from new.remote_data_hash)
                    execute function kombo.forget_remote_data_hash();

                """),
            new("revalidate_references", $"""
                create or replace trigger revalidate_references after delete on kombo.{model.Name}
                    referencing old table as gone for each statement execute function kombo.revalidate_references();

                """),
        ];
    }
}
