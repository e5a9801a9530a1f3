using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage;

/// <summary>Connections as Kombo needs them.</summary>
static class DataSources
{
    public static NpgsqlDataSource Create(string connectionString, ILoggerFactory loggers)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseLoggerFactory(loggers);
        return builder.Build();
    }
}
