using System.Collections.Immutable;

namespace Kombo.Standalone.Cluster;

/// <param name="IsApply">By server-side apply; otherwise by an ordinary write.</param>
internal readonly record struct FieldManager(string Name, bool IsApply, Subresource Subresource);

internal enum Subresource
{
    None,
    Status,
}

/// <summary>Who owns which fields of an object.</summary>
internal sealed record ManagedFields(ImmutableDictionary<FieldManager, ImmutableHashSet<string>> Owners)
{
    public static ManagedFields None { get; } = new(ImmutableDictionary<FieldManager, ImmutableHashSet<string>>.Empty);

    public ImmutableHashSet<string> Of(FieldManager manager) => Owners.GetValueOrDefault(manager) ?? [];

    public IEnumerable<FieldManager> OthersOwning(string path, FieldManager except) =>
        Owners.Where(owner => owner.Key != except && owner.Value.Contains(path)).Select(owner => owner.Key);

    /// <summary>After an ordinary write: what it changed is the writer's alone, what is gone is nobody's.</summary>
    public ManagedFields AfterUpdate(
        FieldManager writer, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after)
    {
        var changed = after.Where(field => !before.TryGetValue(field.Key, out var old) || old != field.Value)
            .Select(field => field.Key).ToImmutableHashSet();
        if (changed.IsEmpty && after.Count == before.Count)
            return this;
        return new ManagedFields(Owners.ToImmutableDictionary(
                owner => owner.Key, owner => owner.Value.Except(changed).Intersect(after.Keys)))
            .Set(writer, Of(writer).Union(changed).Intersect(after.Keys));
    }

    /// <summary>After an apply: exactly these are the manager's; those that it forced away from others are theirs no
    /// more.</summary>
    public ManagedFields AfterApply(
        FieldManager manager, ImmutableHashSet<string> fields, IReadOnlySet<string> taken, IEnumerable<string> present)
    {
        var all = present.ToHashSet();
        return new ManagedFields(Owners.ToImmutableDictionary(
                owner => owner.Key,
                owner => owner.Value.Except(owner.Key == manager ? [] : taken).Intersect(all)))
            .Set(manager, fields.Intersect(all));
    }

    ManagedFields Set(FieldManager manager, ImmutableHashSet<string> fields) => new(
        (fields.IsEmpty ? Owners.Remove(manager) : Owners.SetItem(manager, fields))
            .RemoveRange(
                Owners.Where(owner => owner.Value.IsEmpty && owner.Key != manager).Select(owner => owner.Key)));
}
