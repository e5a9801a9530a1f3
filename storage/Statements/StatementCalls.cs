using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Kombo.Storage.Statements;

/// <summary>Runs statements. Where there are several, the last one that answers with rows is the one that is read.</summary>
static class StatementCalls
{
    /// <returns>The number of rows that were written.</returns>
    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection, Statement statement, CancellationToken cancellationToken)
    {
        await using var command = statement.On(connection);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A row is a value of one column, or an object whose constructor or properties are named as the columns, without
    /// their underscores.</summary>
    public static Task<ImmutableArray<T>> QueryAsync<[DynamicallyAccessedMembers(RowShape.Members)] T>(
        this NpgsqlConnection connection, Statement statement, CancellationToken cancellationToken) =>
        ReadAsync(connection, statement, RowShape.Of<T>, cancellationToken);

    /// <summary>A row is two objects.</summary>
    public static Task<ImmutableArray<TRow>> QueryAsync<
        [DynamicallyAccessedMembers(RowShape.Members)] TFirst, [DynamicallyAccessedMembers(RowShape.Members)] TSecond, TRow>(
        this NpgsqlConnection connection, Statement statement, Func<TFirst, TSecond, TRow> combine,
        CancellationToken cancellationToken) =>
        ReadAsync<TRow>(connection, statement, columns =>
        {
            var (first, second) = (RowShape.Of<TFirst>(columns), RowShape.Of<TSecond>(columns));
            return row => combine(first(row), second(row));
        }, cancellationToken);

    /// <exception cref="InvalidOperationException">It did not answer with one row.</exception>
    public static async Task<T> QuerySingleAsync<[DynamicallyAccessedMembers(RowShape.Members)] T>(
        this NpgsqlConnection connection, Statement statement, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<T>(statement, cancellationToken)).Single();

    /// <exception cref="InvalidOperationException">It answered with several rows.</exception>
    public static async Task<T?> QuerySingleOrDefaultAsync<[DynamicallyAccessedMembers(RowShape.Members)] T>(
        this NpgsqlConnection connection, Statement statement, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<T>(statement, cancellationToken)).SingleOrDefault();

    static async Task<ImmutableArray<T>> ReadAsync<T>(
        NpgsqlConnection connection, Statement statement, Func<IReadOnlyList<string>, Func<object?[], T>> shape,
        CancellationToken cancellationToken)
    {
        await using var command = statement.On(connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        string[] columns;
        List<object?[]> rows;
        do
        {
            columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
            rows = await RowsAsync(reader, cancellationToken);
        }
        while (await reader.NextResultAsync(cancellationToken));
        return rows.Count == 0 ? [] : [.. rows.Select(shape(columns))];
    }

    static async Task<List<object?[]>> RowsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<object?[]>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }
}
