using System.Diagnostics.CodeAnalysis;
using Npgsql;
using NpgsqlTypes;

namespace Kombo.Storage.Statements;

/// <summary>A small statement, or several, with parameters by name (<c>@name</c>). What needs speed uses batches and COPY.
/// Nothing is compiled at run time: programs that are compiled ahead of time cannot.</summary>
sealed class Statement
{
    readonly string sql;
    readonly IReadOnlyList<Value> values;
    readonly int? timeout;

    Statement(string sql, IReadOnlyList<Value> values, int? timeout) => (this.sql, this.values, this.timeout) = (sql, values, timeout);

    public static Statement Of(string sql) => new(sql, [], null);

    /// <param name="parameters">Each public property is the parameter of its name, whatever its case.</param>
    /// <param name="timeout">In seconds; null: the connection's.</param>
    public static Statement Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        string sql, T parameters, int? timeout = null)
        where T : notnull =>
        new(
            sql,
            [
                .. typeof(T).GetProperties().Select(
                    property => new Value(property.Name, property.PropertyType, property.GetValue(parameters))),
            ],
            timeout);

    /// <summary>May be asked for again, as a statement may be repeated.</summary>
    public NpgsqlCommand On(NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(value.ToParameter());
        if (timeout is { } seconds)
            command.CommandTimeout = seconds;
        return command;
    }

    sealed record Value(string Name, Type Type, object? Content)
    {
        // A null says its type too: Postgres cannot always tell it from where it stands.
        public NpgsqlParameter ToParameter() => new()
        {
            ParameterName = Name,
            NpgsqlDbType = TypeOf(Nullable.GetUnderlyingType(Type) ?? Type),
            Value = Content switch
            {
                null => DBNull.Value,
                DateTimeOffset at => at.ToUniversalTime(), // the only one that Npgsql takes
                _ => Content,
            },
        };
    }

    static NpgsqlDbType TypeOf(Type type) =>
        type == typeof(string) ? NpgsqlDbType.Text
        : type == typeof(bool) ? NpgsqlDbType.Boolean
        : type == typeof(int) ? NpgsqlDbType.Integer
        : type == typeof(long) ? NpgsqlDbType.Bigint
        : type == typeof(double) ? NpgsqlDbType.Double
        : type == typeof(TimeSpan) ? NpgsqlDbType.Interval
        : type == typeof(DateTimeOffset) ? NpgsqlDbType.TimestampTz
        : type == typeof(string[]) ? NpgsqlDbType.Array | NpgsqlDbType.Text
        : type == typeof(DateTimeOffset?[]) ? NpgsqlDbType.Array | NpgsqlDbType.TimestampTz
        : throw new NotSupportedException($"a parameter of type {type} was never needed");
}
