using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Storage.Transactions;

static class SyncTypeColumns
{
    /// <summary>As the tables have it.</summary>
    public static string Column(this SyncType type) => JobNames.Text(type);

    public static SyncType Parse(string column) => JobNames.Parse(column)
        ?? throw new InvalidOperationException($"the run type {column} is not known");
}
