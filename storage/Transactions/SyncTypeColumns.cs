using Kombo.Core.Runs;

namespace Kombo.Storage.Transactions;

static class SyncTypeColumns
{
    /// <summary>As the tables have it.</summary>
    public static string Column(this SyncType type) => type == SyncType.Delta ? "delta" : "full";

    public static SyncType Parse(string column) => column == "delta" ? SyncType.Delta : SyncType.Full;
}
