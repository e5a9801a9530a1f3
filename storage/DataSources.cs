using System.Data;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage;

/// <summary>Connections as Kombo needs them; what the connection string itself says wins, except that errors tell no values.</summary>
static class DataSources
{
    static readonly Lazy<bool> DapperReady = new(SetUpDapper);

    public static NpgsqlDataSource Create(string connectionString, ILoggerFactory loggers)
    {
        _ = DapperReady.Value;
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

    static bool SetUpDapper()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new InstantHandler());
        return true;
    }

    /// <summary>Npgsql reads timestamptz as a UTC <see cref="DateTime"/> where no type is asked for; Dapper asks for none.</summary>
    sealed class InstantHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => value switch
        {
            DateTimeOffset instant => instant,
            DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            _ => throw new DataException($"a {value.GetType().Name} is no instant"),
        };

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = value.ToUniversalTime();
    }
}
