namespace Kombo.Core.Planning;

/// <summary>What a scope lets through, as compact text that can be compared. Made by
/// <see cref="Scope.CompiledScope"/>.</summary>
/// <param name="Text">Equal for equal scopes, at most about 1 KiB. Per stored model, sorted and joined by <c>;</c>:
/// <c>name=fields:bitmap</c>, the bitmap in hex with the first field as its lowest bit, and <c>+</c> where the source
/// record is stored too. Example: <c>hris_employees=28:f0c00ff+;hris_teams=3:7</c>.</param>
public sealed record ScopeFingerprint(string Text)
{
    /// <summary>Everything that the other lets through passes here too, so what was synced under this needs no full
    /// sync for it. A text that cannot be read, or that was made from another state of the catalog, covers nothing: at
    /// worst one full sync too many.</summary>
    public bool Covers(ScopeFingerprint other)
    {
        if (Text == other.Text)
            return true;
        if (Parse(Text) is not { } mine || Parse(other.Text) is not { } theirs)
            return false;
        return theirs.All(entry => mine.TryGetValue(entry.Key, out var stored) && stored.Covers(entry.Value));
    }

    /// <summary>The same of one model alone: one that the other does not let through needs nothing.</summary>
    public bool Covers(ScopeFingerprint other, string model)
    {
        if (Parse(Text) is not { } mine || Parse(other.Text) is not { } theirs)
            return false;
        return !theirs.TryGetValue(model, out var theirEntry)
            || (mine.TryGetValue(model, out var myEntry) && myEntry.Covers(theirEntry));
    }

    /// <summary>What passes either. Unknown where that cannot be told.</summary>
    public ScopeFingerprint Union(ScopeFingerprint other)
    {
        if (Text == other.Text)
            return this;
        if (Parse(Text) is not { } mine || Parse(other.Text) is not { } theirs)
            return Unknown;
        if (mine.Any(entry => theirs.TryGetValue(entry.Key, out var stored) && !entry.Value.IsComparableTo(stored)))
            return Unknown;
        return new ScopeFingerprint(string.Join(';', mine.Keys.Union(theirs.Keys).Order(StringComparer.Ordinal)
            .Select(name => $"{name}={Union(mine, theirs, name)}")));
    }

    /// <summary>Anything may be let through: no scope covers it.</summary>
    public static ScopeFingerprint Unknown { get; } = new("*");

    static string Union(Dictionary<string, Stored> mine, Dictionary<string, Stored> theirs, string name) =>
        !theirs.TryGetValue(name, out var other) ? mine[name].ToString()
        : !mine.TryGetValue(name, out var own) ? other.ToString()
        : own.Union(other);

    /// <summary>What passes both. Of a text that cannot be read nothing is left.</summary>
    public ScopeFingerprint Intersect(ScopeFingerprint other)
    {
        if (Text == other.Text)
            return this;
        if (Parse(Text) is not { } mine || Parse(other.Text) is not { } theirs)
            return new ScopeFingerprint("");
        return new ScopeFingerprint(string.Join(';', mine.Keys.Order(StringComparer.Ordinal)
            .Where(name => theirs.TryGetValue(name, out var stored) && mine[name].IsComparableTo(stored))
            .Select(name => $"{name}={mine[name].Intersect(theirs[name])}")));
    }

    static Dictionary<string, Stored>? Parse(string text)
    {
        var models = new Dictionary<string, Stored>(StringComparer.Ordinal);
        foreach (var entry in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(entry, '=');
            var remoteData = value.EndsWith('+');
            var (fields, bitmap) = Cut(remoteData ? value[..^1] : value, ':');
            if (bitmap.Length == 0 || !bitmap.All(char.IsAsciiHexDigit)
                || !models.TryAdd(name, new(fields, bitmap, remoteData)))
                return null;
        }

        return models;
    }

    static (string Before, string After) Cut(string text, char at) =>
        text.IndexOf(at) is >= 0 and var index ? (text[..index], text[(index + 1)..]) : (text, "");

    readonly record struct Stored(string Fields, string Bitmap, bool RemoteData)
    {
        public bool IsComparableTo(Stored other) => Fields == other.Fields && Bitmap.Length == other.Bitmap.Length;

        public bool Covers(Stored other) =>
            IsComparableTo(other) && (RemoteData || !other.RemoteData) && And(other) == other.Bitmap;

        public string Intersect(Stored other) => $"{Fields}:{And(other)}{(RemoteData && other.RemoteData ? "+" : "")}";

        public string Union(Stored other) => $"{Fields}:{Or(other)}{(RemoteData || other.RemoteData ? "+" : "")}";

        public override string ToString() => $"{Fields}:{Bitmap}{(RemoteData ? "+" : "")}";

        string And(Stored other) =>
            string.Concat(Bitmap.Zip(other.Bitmap, (mine, theirs) => "0123456789abcdef"[Digit(mine) & Digit(theirs)]));

        string Or(Stored other) =>
            string.Concat(Bitmap.Zip(other.Bitmap, (mine, theirs) => "0123456789abcdef"[Digit(mine) | Digit(theirs)]));

        static int Digit(char hex) => Convert.ToInt32(hex.ToString(), 16);
    }
}
