using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
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
    readonly FrozenDictionary<string, StoredModel> models;

    internal CompiledScope(IReadOnlyDictionary<string, StoredModel> models) =>
        this.models = models.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every model, all fields but the sensitive ones.</summary>
    public static CompiledScope Everything(ModelCatalog catalog) => new(ScopeCompiler.Everything(catalog));

    /// <param name="spec">As written by the user; null: <see cref="Everything"/>.</param>
    public static Result Compile(ScopeSpec? spec, ModelCatalog catalog)
    {
        var compiler = new ScopeCompiler(catalog);
        var compiled = compiler.Compile(spec);
        return compiler.Problems is [] ? new(new CompiledScope(compiled), []) : new(null, [.. compiler.Problems]);
    }

    public bool Includes(Model model) => models.ContainsKey(model.Name);

    /// <param name="fieldIndex">Index into the model's fields.</param>
    public bool Includes(Model model, int fieldIndex) =>
        models.TryGetValue(model.Name, out var stored) && stored.Fields[fieldIndex];

    /// <summary>Of the source record, the paths that fields in scope are mapped from are stored too.</summary>
    public bool RemoteData(Model model) => models.TryGetValue(model.Name, out var stored) && stored.RemoteData;

    /// <param name="provided">The models that the connector provides: what it does not have makes no scope
    /// wider.</param>
    public ScopeFingerprint Fingerprint(IEnumerable<Model> provided)
    {
        var text = new StringBuilder();
        var stored = provided.Where(model => Includes(model)).Select(model => model.Name).Distinct();
        foreach (var name in stored.Order(StringComparer.Ordinal))
            Append(text, name, models[name]);
        return new ScopeFingerprint(text.ToString());
    }

    static void Append(StringBuilder text, string name, StoredModel stored)
    {
        if (text.Length > 0)
            text.Append(';');
        text.Append(CultureInfo.InvariantCulture, $"{name}={stored.Fields.Length}:");
        for (var digit = ((stored.Fields.Length + 3) / 4) - 1; digit >= 0; digit--)
            text.Append("0123456789abcdef"[Digit(stored.Fields, digit * 4)]);
        if (stored.RemoteData)
            text.Append('+');
    }

    static int Digit(ImmutableArray<bool> fields, int from)
    {
        var value = 0;
        for (var i = from; i < Math.Min(from + 4, fields.Length); i++)
            value |= fields[i] ? 1 << (i - from) : 0;
        return value;
    }

    /// <param name="Scope">Null if there is any problem.</param>
    /// <param name="Problems">All that were found.</param>
    public sealed record Result(CompiledScope? Scope, ImmutableArray<Problem> Problems);
}

/// <param name="Fields">By index of the model's fields.</param>
sealed record StoredModel(ImmutableArray<bool> Fields, bool RemoteData);
