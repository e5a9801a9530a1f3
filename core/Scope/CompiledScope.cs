using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Numerics;
using Kombo.Core.Models;
using Kombo.Core.Planning;
using Kombo.Core.Resources;

namespace Kombo.Core.Scope;

/// <summary>Which models and fields may reach the mirror.
/// <list type="bullet">
/// <item>No <c>models</c>: every model, embedded and join models too, with all fields but the sensitive ones.</item>
/// <item><c>models</c>: those named, embedded ones (<c>ats_screening_questions</c>, <c>ats_job_postings</c>) only if
/// named. A join model is never named: it is in when all that it links are.</item>
/// <item>Per model: nothing = all non-sensitive fields; <c>include</c> = exactly these; <c>exclude</c> = all
/// non-sensitive but these; <c>includeSensitive</c> adds to any of them.</item>
/// </list></summary>
public sealed class CompiledScope
{
    readonly ModelCatalog catalog;
    readonly FrozenDictionary<string, StoredModel> models;

    internal CompiledScope(ModelCatalog catalog, IReadOnlyDictionary<string, StoredModel> models) =>
        (this.catalog, this.models) = (catalog, models.ToFrozenDictionary(StringComparer.Ordinal));

    /// <summary>Every model, all fields but the sensitive ones.</summary>
    public static CompiledScope Everything(ModelCatalog catalog) => new(catalog, ScopeCompiler.Everything(catalog));

    /// <param name="spec">As written by the user; null: <see cref="Everything"/>.</param>
    public static Result Compile(ScopeSpec? spec, ModelCatalog catalog)
    {
        var compiler = new ScopeCompiler(catalog);
        var compiled = compiler.Compile(spec);
        return compiler.Problems is [] ? new(new CompiledScope(catalog, compiled), []) : new(null, [.. compiler.Problems]);
    }

    public bool Includes(Model model) => models.ContainsKey(model.Name);

    /// <param name="fieldIndex">Index into the model's fields.</param>
    public bool Includes(Model model, int fieldIndex) =>
        models.TryGetValue(model.Name, out var stored) && stored.Fields[fieldIndex];

    /// <summary>Of the source record, the paths that fields in scope are mapped from are stored too.</summary>
    public bool RemoteData(Model model) => models.TryGetValue(model.Name, out var stored) && stored.RemoteData;

    /// <param name="provided">The models that the connector provides: of what it does not have, the scope says
    /// nothing.</param>
    public ScopeFingerprint Fingerprint(IEnumerable<Model> provided)
    {
        var names = provided.Select(model => model.Name).ToHashSet(StringComparer.Ordinal);
        var entries = catalog.Models.Where(model => !Includes(model) || names.Contains(model.Name))
            .OrderBy(model => model.Name, StringComparer.Ordinal)
            .Select(model => $"{model.Name}={EntryOf(model)}");
        return new ScopeFingerprint(string.Join(';', entries));
    }

    FingerprintEntry EntryOf(Model model)
    {
        if (!models.TryGetValue(model.Name, out var stored))
            return FingerprintEntry.KeptOut;
        var (into, kept) = (BigInteger.Zero, BigInteger.Zero);
        for (var field = 0; field < stored.Fields.Length; field++)
            if (stored.Fields[field])
                into |= BigInteger.One << model.NumberOf(field);
            else
                kept |= BigInteger.One << model.NumberOf(field);
        return new(into, kept, stored.RemoteData);
    }

    /// <param name="Scope">Null if there is any problem.</param>
    /// <param name="Problems">All that were found.</param>
    public sealed record Result(CompiledScope? Scope, ImmutableArray<Problem> Problems);
}

/// <param name="Fields">By index of the model's fields.</param>
sealed record StoredModel(ImmutableArray<bool> Fields, bool RemoteData);
