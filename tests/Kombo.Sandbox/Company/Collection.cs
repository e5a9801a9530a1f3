namespace Kombo.Sandbox.Company;

/// <summary>The records of one kind, ordered by id so that paging is stable. Not for two threads at a time.</summary>
sealed class Collection(string name)
{
    readonly SortedList<string, Record> records = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    public int Count => records.Count;

    public IEnumerable<Record> Records => records.Values;

    public Record? Find(string id) => records.GetValueOrDefault(id);

    public void Put(Record record) => records[record.Id] = record;

    public bool Remove(string id) => records.Remove(id);

    /// <summary>The records after an id that were updated at a time or later, and how many there are in all.</summary>
    public Page Read(string? after, DateTimeOffset? updatedSince, int limit)
    {
        var page = new List<Record>(limit);
        var more = false;
        for (var i = after is null ? 0 : IndexAfter(after); i < records.Count && !more; i++)
        {
            var record = records.GetValueAtIndex(i);
            if (record.UpdatedAt < updatedSince)
                continue;
            more = page.Count == limit;
            if (!more)
                page.Add(record);
        }

        return new Page(page, more ? page[^1].Id : null, Total(updatedSince));
    }

    int Total(DateTimeOffset? updatedSince) => updatedSince is null
        ? records.Count
        : records.Values.Count(record => record.UpdatedAt >= updatedSince);

    int IndexAfter(string id)
    {
        var (low, high) = (0, records.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(records.GetKeyAtIndex(middle), id) <= 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}

/// <param name="LastId">Where the next page goes on; null on the last page.</param>
/// <param name="Total">Of the whole answer, not of this page.</param>
sealed record Page(IReadOnlyList<Record> Records, string? LastId, int Total);
