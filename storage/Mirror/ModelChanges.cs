using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>What a comparison found for one model of a page.</summary>
sealed class ModelChanges
{
    readonly int[] counts = new int[6];
    readonly List<int> places = [];

    ModelChanges(ModelPage page) => Page = page;

    public ModelPage Page { get; }

    /// <summary>In <see cref="ModelPage.Rows"/>: the rows to write.</summary>
    public IReadOnlyList<int> Places => places;

    /// <summary>The source does not list in the order of its ids: look up each key instead.</summary>
    public bool WindowTooSmall { get; private set; }

    /// <summary>A record of the page counted as missed, and does no longer.</summary>
    public bool FoundAgain { get; private set; }

    /// <summary>None of the rows to write is in the table.</summary>
    public bool OnlyNew => places.Count == Count(RowChange.New);

    public int Count(RowChange change) => counts[(int)change];

    /// <summary>Leaves the reader on the next result.</summary>
    public static async Task<ModelChanges> ReadAsync(NpgsqlDataReader reader, ModelPage page, CancellationToken cancellationToken)
    {
        var changes = new ModelChanges(page);
        while (await reader.ReadAsync(cancellationToken))
            changes.Add((int)reader.GetInt64(0), (RowChange)reader.GetInt32(1));
        await reader.NextResultAsync(cancellationToken);
        return changes;
    }

    /// <summary>This comparison follows one that could not tell.</summary>
    public ModelChanges After(ModelChanges first)
    {
        FoundAgain |= first.FoundAgain;
        return this;
    }

    void Add(int ordinal, RowChange change)
    {
        if (ordinal < 0)
        {
            FoundAgain = true;
            return;
        }

        if (ordinal == 0)
        {
            WindowTooSmall = true;
            return;
        }

        if (Page.Refused.Contains(ordinal - 1))
            return;
        counts[(int)change]++;
        if (change != RowChange.Superseded)
            places.Add(ordinal - 1);
    }
}
