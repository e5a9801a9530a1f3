using Npgsql;
using NpgsqlTypes;

namespace Kombo.Storage.Transactions;

/// <summary>Commands with positional parameters.</summary>
static class BatchCommands
{
    public static NpgsqlBatchCommand Add(this NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    public static NpgsqlBatchCommand Text(this NpgsqlBatchCommand command, string? value) =>
        command.With(new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });

    public static NpgsqlBatchCommand Bigint(this NpgsqlBatchCommand command, long value) =>
        command.With(new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint });

    public static NpgsqlBatchCommand Bigints(this NpgsqlBatchCommand command, long[] values) =>
        command.With(new NpgsqlParameter<long[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });

    public static NpgsqlBatchCommand Flag(this NpgsqlBatchCommand command, bool value) =>
        command.With(new NpgsqlParameter<bool> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Boolean });

    public static NpgsqlBatchCommand Instant(this NpgsqlBatchCommand command, DateTimeOffset value) =>
        command.With(new NpgsqlParameter<DateTimeOffset> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.TimestampTz });

    public static NpgsqlBatchCommand Instant(this NpgsqlBatchCommand command, DateTimeOffset? value) =>
        command.With(new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });

    public static NpgsqlBatchCommand Texts(this NpgsqlBatchCommand command, string[] values) =>
        command.With(new NpgsqlParameter<string[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });

    public static NpgsqlBatchCommand Hashes(this NpgsqlBatchCommand command, Guid[] values) =>
        command.With(new NpgsqlParameter<Guid[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });

    /// <param name="values">Null stands for nulls only.</param>
    public static NpgsqlBatchCommand Hashes(this NpgsqlBatchCommand command, Guid?[]? values) => command.With(new NpgsqlParameter
    {
        Value = (object?)values ?? DBNull.Value,
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid,
    });

    static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, NpgsqlParameter parameter)
    {
        command.Parameters.Add(parameter);
        return command;
    }
}
