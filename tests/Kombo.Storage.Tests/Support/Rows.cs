using System.Globalization;
using System.Text;
using Kombo.Core.Ids;
using Kombo.Core.Models;
using Kombo.Core.Records;

namespace Kombo.Storage.Tests.Support;

/// <summary>A record of a test: the fields it has, by name; all others are null.</summary>
public sealed record Row(string RemoteId, params (string Field, object Value)[] Values)
{
    public string? RemoteData { get; init; }
}

/// <summary>Rows as batches.</summary>
public static class Rows
{
    public static Model Employees => ModelCatalog.Default.Get("hris_employees");

    public static Model Teams => ModelCatalog.Default.Get("hris_teams");

    public static Model Memberships => ModelCatalog.Default.Get("hris_join_employees_teams");

    public static Row Employee(int number, string name) => new($"e{number:0000}", ("first_name", name));

    /// <summary>Employees e0001 to e000n, each with its number as name.</summary>
    public static Row[] EmployeeRange(int from, int count) =>
        [.. Enumerable.Range(from, count).Select(number => Employee(number, $"name {number}"))];

    public static RecordBatch Batch(string integrationId, Model model, params Row[] rows)
    {
        var builder = new RecordBatchBuilder(model, new RecordIds(integrationId, model.Name));
        foreach (var row in rows)
        {
            builder.Begin();
            foreach (var field in model.Fields)
                Write(builder.Values, field, row.Values.FirstOrDefault(value => value.Field == field.Name).Value);
            builder.Commit(row.RemoteId, Encoding.UTF8.GetBytes(row.RemoteData ?? ""));
        }

        return builder.Build();
    }

    static void Write(RowWriter writer, Field field, object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        switch (field.Type)
        {
            case var _ when value is null: writer.WriteNull(); break;
            case FieldType.Text or FieldType.Enum: writer.TryWriteText(text).ShouldBeTrue(); break;
            case FieldType.Number: writer.TryWriteNumber(Encoding.UTF8.GetBytes(text)).ShouldBeTrue(); break;
            case FieldType.Integer: writer.WriteInt64(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case FieldType.Boolean: writer.WriteBoolean((bool)value); break;
            case FieldType.DateTime: writer.WriteDateTime((DateTimeOffset)value); break;
            case FieldType.Date: writer.WriteDate((DateOnly)value); break;
            case FieldType.Time: writer.WriteTime((TimeOnly)value); break;
            case FieldType.Json: writer.WriteJson(Encoding.UTF8.GetBytes(text)); break;
            default: throw new InvalidOperationException($"{field.Type} is not known");
        }
    }
}
