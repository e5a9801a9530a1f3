using Kombo.Storage;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Configuration;

/// <summary>Opens the database of a connection string that a person wrote.</summary>
internal static class DatabaseOpener
{
    /// <exception cref="WorkerConfigurationException">It is not one. Its text, which holds a password, is not quoted.</exception>
    public static KomboDatabase Open(string connectionString, ILoggerFactory loggers)
    {
        try
        {
            return KomboDatabase.Open(connectionString, loggers);
        }
        catch (ArgumentException)
        {
            throw new WorkerConfigurationException(
                "connectionString in the Secret kombo-database is malformed: write it as \"Host=…;Username=…;Password=…;Database=…\"");
        }
    }
}
