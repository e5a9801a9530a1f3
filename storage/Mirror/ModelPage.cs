using Kombo.Core.Ids;
using Kombo.Core.Models;
using Kombo.Core.Records;

namespace Kombo.Storage.Mirror;

/// <summary>The records of one model in the pages that are written together, each id once.</summary>
sealed class ModelPage
{
    ModelPage(Model model, List<(RecordBatch Batch, int Index)> rows, string[] seen, int repeated)
    {
        (Model, Rows, Seen, Repeated) = (model, rows, seen, repeated);
        Statements = ModelStatements.For(model);
        RemoteIds = new string[rows.Count];
        Hashes = new Guid[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            var (batch, index) = rows[i];
            RemoteIds[i] = batch.RemoteId(index);
            Hashes[i] = batch.Hash(index);
            if (batch.RemoteData(index) is { Length: > 0 } data)
                (DataHashes ??= new Guid?[rows.Count])[i] = CopyRows.HashOf(data);
        }
    }

    public Model Model { get; }

    public ModelStatements Statements { get; }

    public IReadOnlyList<(RecordBatch Batch, int Index)> Rows { get; }

    /// <summary>The ids of <see cref="Rows"/>, in their order, then those of records that exist but cannot be stored.</summary>
    public string[] Seen { get; }

    /// <summary>How often an id came that had come before in what was read together; the last one is kept.</summary>
    public int Repeated { get; }

    /// <summary>Places of <see cref="Rows"/> that Postgres refuses: they are seen, and are not written.</summary>
    public HashSet<int> Refused { get; } = [];

    public string[] RemoteIds { get; }

    public Guid[] Hashes { get; }

    /// <summary>Null: no row has remote data.</summary>
    public Guid?[]? DataHashes { get; }

    /// <param name="errors">Grows by one for each id that cannot be stored.</param>
    public static IReadOnlyList<ModelPage> Of(PageWrite page, string integrationId, List<RecordError> errors)
    {
        var pages = new List<ModelPage>();
        foreach (var batches in page.Batches.GroupBy(batch => batch.Model))
        {
            var rows = LastOfEach([.. batches], errors, out var repeated);
            pages.Add(new(batches.Key, rows, [.. rows.Select(row => row.Batch.Id(row.Index)), .. Unstored(batches.Key.Name)], repeated));
        }

        foreach (var model in page.Errors.Select(error => error.Model).Distinct().Where(name => pages.All(one => one.Model.Name != name)))
            if (ModelCatalog.Default.Find(model) is { } known && Unstored(model).ToArray() is { Length: > 0 } seen)
                pages.Add(new(known, [], seen, repeated: 0));
        return pages;

        // A record that cannot be stored exists: it is seen, so that its row is not taken for deleted.
        IEnumerable<string> Unstored(string model) => page.Errors
            .Where(error => error.Model == model && error.RemoteId is not null)
            .Select(error => KomboIds.Record(integrationId, model, error.RemoteId ?? ""))
            .Distinct();
    }

    static List<(RecordBatch Batch, int Index)> LastOfEach(
        IReadOnlyList<RecordBatch> batches, List<RecordError> errors, out int repeated)
    {
        repeated = 0;
        var rows = new List<(RecordBatch Batch, int Index)>(batches.Sum(batch => batch.Count));
        var places = new Dictionary<string, int>(rows.Capacity, StringComparer.Ordinal);
        foreach (var batch in batches)
            for (var i = 0; i < batch.Count; i++)
            {
                if (!IsStorable(batch.RemoteId(i)))
                    errors.Add(new(batch.Model.Name, null, $"{batch.Model.Name}.remote_id", "holds a character that cannot be stored"));
                else if (places.TryAdd(batch.Id(i), rows.Count))
                    rows.Add((batch, i));
                else
                {
                    rows[places[batch.Id(i)]] = (batch, i);
                    repeated++;
                }
            }

        return rows;
    }

    // Postgres takes no NUL, UTF-8 no half of a surrogate pair.
    static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\0' || (char.IsSurrogate(text[i]) && !char.IsSurrogatePair(text, i++)))
                return false;
        return true;
    }
}
