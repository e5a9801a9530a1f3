using Npgsql;

namespace Kombo.Testing;

public sealed class PostgresFixtureTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task Each_database_is_fresh_and_its_user_may_do_everything()
    {
        var first = await postgres.CreateDatabaseAsync();
        var second = await postgres.CreateDatabaseAsync();

        await ExecuteAsync(first, "create table people (name text); create role somebody; drop role somebody");

        (await ExecuteAsync(first, "select to_regclass('people')::text")).ShouldBe("people");
        (await ExecuteAsync(second, "select to_regclass('people')::text")).ShouldBe(DBNull.Value);
    }

    static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
