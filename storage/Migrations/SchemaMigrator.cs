using Kombo.Core.Models;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Migrations;

sealed class SchemaMigrator
{
    internal SchemaMigrator(NpgsqlDataSource source, ModelCatalog catalog, ILogger<SchemaMigrator> logger) => _ = (source, catalog, logger);

    public Task MigrateAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<SchemaState> CheckAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
