using Npgsql;

namespace Kombo.Demo;

/// <summary>The mirror as an application reads it: with SQL.</summary>
sealed class Mirror(string connection) : IAsyncDisposable
{
    readonly NpgsqlDataSource source = NpgsqlDataSource.Create(connection);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    public async Task<long> CountAsync(string table, string condition = "true") =>
        Convert.ToInt64(await ScalarAsync($"select count(*) from kombo.{table} where {condition}"), System.Globalization.CultureInfo.InvariantCulture);

    public Task<object?> ScalarAsync(string sql) => ScalarAsync(sql, []);

    public async Task<object?> ScalarAsync(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteScalarAsync() is var value and not DBNull ? value : null;
    }

    /// <summary>The tables of schema kombo.</summary>
    public async Task<IReadOnlyList<string>> TablesAsync()
    {
        await using var command = source.CreateCommand(
            "select table_name from information_schema.tables where table_schema = 'kombo' and table_type = 'BASE TABLE' order by 1");
        await using var reader = await command.ExecuteReaderAsync();
        var tables = new List<string>();
        while (await reader.ReadAsync())
            tables.Add(reader.GetString(0));
        return tables;
    }

    /// <summary>The tables of schema kombo in which any column of any row, whatever its type, matches the regular
    /// expression.</summary>
    public async Task<IReadOnlyList<string>> TablesWithAsync(string pattern)
    {
        var found = new List<string>();
        foreach (var table in await TablesAsync())
            if ((bool?)await ScalarAsync(
                $"select exists (select from kombo.\"{table}\" as row where row::text ~* $1)",
                new NpgsqlParameter { Value = pattern }) == true)
                found.Add(table);
        return found;
    }
}
