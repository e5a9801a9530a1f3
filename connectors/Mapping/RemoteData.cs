using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Kombo.Connectors.Mapping;

/// <summary>Cuts a source record down to the places that fields in scope are mapped from: nothing else of it is stored.</summary>
sealed class RemoteData
{
    readonly CanonicalJson json = new();
    readonly Branch root = new();

    /// <summary>The values that it is made of, whole.</summary>
    public void Add(ValueSource source) => root.Add(source);

    /// <summary>The same for all parts of a nested value.</summary>
    public void Add(JsonMapping mapping) => Add(root, mapping);

    static void Add(Branch below, JsonMapping mapping)
    {
        if (mapping is JsonMapping.Object map)
            foreach (var member in map.Members)
                Add(below, member.Value);
        else if (mapping is JsonMapping.Items items)
            Add(below.At(items.Each.Steps).EachItem, items.Item);
        else if (mapping is JsonMapping.Leaf leaf)
            below.Add(leaf.Value.Source);
    }

    /// <returns>Why it cannot be stored; null if <see cref="Text"/> can.</returns>
    public string? Build(JsonElement record)
    {
        json.Truncate(0);
        return root.Append(json, record);
    }

    /// <summary>What was built last.</summary>
    public ReadOnlySpan<byte> Text => json.Text;

    /// <summary>Places of which only the first that holds something is used, so only that one is kept.</summary>
    sealed class Alternatives(ImmutableArray<RecordPath> paths)
    {
        public ImmutableArray<RecordPath> Paths => paths;

        public int Chosen { get; private set; }

        public void Choose(JsonElement value)
        {
            Chosen = -1;
            for (var i = 0; i < paths.Length && Chosen < 0; i++)
                Chosen = !paths[i].IsBelowParent && paths[i].TryFind(value, out _) ? i : -1;
        }
    }

    sealed class Branch
    {
        readonly SortedDictionary<string, Branch> keys = new(StringComparer.Ordinal);
        readonly List<(PathStep Step, Branch Branch)> items = [];
        readonly List<Alternatives> choices = [];
        readonly List<(Alternatives Choice, int Index)> ifChosen = [];
        Branch? eachItem;
        bool isWhole;

        public Branch EachItem => eachItem ??= new Branch();

        bool IsWhole => isWhole || ifChosen.Exists(one => one.Choice.Chosen == one.Index);

        bool IsKept => IsWhole || eachItem is not null
            || keys.Values.Any(key => key.IsKept) || items.Exists(item => item.Branch.IsKept);

        public void Add(ValueSource source)
        {
            if (source is ValueSource.Places { Paths: { Length: > 1 } paths })
                Add(new Alternatives(paths));
            else
                foreach (var path in source.Reads.Where(path => !path.IsBelowParent))
                    At(path.Steps).isWhole = true;
        }

        void Add(Alternatives choice)
        {
            choices.Add(choice);
            for (var i = 0; i < choice.Paths.Length; i++)
                if (!choice.Paths[i].IsBelowParent)
                    At(choice.Paths[i].Steps).ifChosen.Add((choice, i));
        }

        public Branch At(ImmutableArray<PathStep> steps)
        {
            var branch = this;
            foreach (var step in steps)
                branch = step.Kind == StepKind.Key ? branch.Key(step) : branch.Item(step);
            return branch;
        }

        Branch Key(PathStep step)
        {
            var name = Encoding.UTF8.GetString(step.Name.Span);
            return keys.TryGetValue(name, out var known) ? known : keys[name] = new Branch();
        }

        Branch Item(PathStep step)
        {
            foreach (var (known, branch) in items)
                if (known.Kind == step.Kind && known.Index == step.Index && known.Name.Span.SequenceEqual(step.Name.Span)
                    && known.Wanted.Span.SequenceEqual(step.Wanted.Span))
                    return branch;
            items.Add((step, new Branch()));
            return items[^1].Branch;
        }

        public string? Append(CanonicalJson json, JsonElement value)
        {
            foreach (var choice in choices)
                choice.Choose(value);
            return value.ValueKind switch
            {
                _ when IsWhole => json.Append(value),
                JsonValueKind.Object => AppendObject(json, value),
                JsonValueKind.Array => AppendArray(json, value),
                _ => json.Append(default(JsonElement)), // a single value where the mapping expects none is not kept
            };
        }

        string? AppendObject(CanonicalJson json, JsonElement value)
        {
            json.Append("{"u8);
            var isFirst = true;
            foreach (var (name, branch) in keys)
            {
                var key = Encoding.UTF8.GetBytes(name);
                if (!branch.IsKept || !JsonText.TryGet(value, key, out var child))
                    continue;
                json.AppendKey(key, isFirst);
                isFirst = false;
                if (branch.Append(json, child) is { } reason)
                    return reason;
            }

            json.Append("}"u8);
            return null;
        }

        string? AppendArray(CanonicalJson json, JsonElement value)
        {
            json.Append("["u8);
            var isFirst = true;
            foreach (var (element, branch) in Chosen(value))
            {
                if (!isFirst)
                    json.Append(","u8);
                isFirst = false;
                if (branch.Append(json, element) is { } reason)
                    return reason;
            }

            json.Append("]"u8);
            return null;
        }

        IEnumerable<(JsonElement Element, Branch Branch)> Chosen(JsonElement array)
        {
            if (eachItem is { } each)
                foreach (var element in array.EnumerateArray())
                    yield return (element, each);
            foreach (var (step, branch) in items)
                if (branch.IsKept && RecordPath.TryStep(array, step, out var element))
                    yield return (element, branch);
        }
    }
}
