using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage;

/// <summary>Connections as Kombo needs them; what the connection string itself says wins, except that errors tell no values.</summary>
static class DataSources
{
    public static NpgsqlDataSource Create(string connectionString, ILoggerFactory loggers)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings.IncludeErrorDetail = false; // the server's details quote values of rows, and messages are shown
        Default(settings, "Application Name", "kombo");
        // Staging tables and prepared statements outlive a page; nothing else is set on a session, only on transactions.
        Default(settings, "No Reset On Close", true);
        Default(settings, "Max Auto Prepare", 64);
        Default(settings, "Auto Prepare Min Usages", 2);
        Default(settings, "Write Buffer Size", 64 * 1024);
        Default(settings, "Timeout", 15);
        Default(settings, "Command Timeout", 60);
        Default(settings, "Tcp Keepalive", true);
        // Without a name its traces and metrics would show the connection string.
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "kombo" };
        builder.UseLoggerFactory(loggers);
        return builder.Build();
    }

    static void Default(NpgsqlConnectionStringBuilder settings, string keyword, object value)
    {
        if (!settings.ShouldSerialize(keyword))
            settings[keyword] = value;
    }
}
