using System.Globalization;
using System.Numerics;

namespace Kombo.Core.Planning;

/// <summary>What a scope lets through and what it keeps out, as compact text. Texts of different catalogs can be compared:
/// a field keeps its number for ever, and of what its catalog did not know a text says nothing. Made by
/// <see cref="Scope.CompiledScope"/>.</summary>
/// <param name="Text">Equal for equal scopes of one catalog, at most about 1.5 KiB. Per model, sorted and joined by
/// <c>;</c>: <c>name=-</c> where the model is kept out altogether, else <c>name=numbers:bitmap</c>, the bitmap in hex with field
/// number 0 as its lowest bit, and <c>+</c> where the source record is stored too. <c>numbers</c> is how many field numbers
/// the catalog had given out, with <c>-bitmap</c> of those whose fields it has no more. A model that is not named was not
/// known, or the connector does not provide it. Example:
/// <c>ats_jobs=-;hris_employees=28:f0c00ff+;hris_teams=3:7</c>.</param>
public sealed record ScopeFingerprint(string Text)
{
    /// <summary>Anything may be let through: every scope forbids some of it.</summary>
    public static ScopeFingerprint Unknown { get; } = new("*");

    /// <summary>Everything that the other lets through passes here too, so what was synced under this needs no full
    /// sync for it. A text that cannot be read covers nothing: at worst one full sync too many.</summary>
    public bool Covers(ScopeFingerprint other)
    {
        if (Text == other.Text)
            return true;
        return Parse(Text) is { } mine && Parse(other.Text) is { } theirs
            && theirs.All(entry => entry.Value.IsOut || (mine.TryGetValue(entry.Key, out var own) && own.Covers(entry.Value)));
    }

    /// <summary>The other lets something through that is kept out here. What is not known here is not forbidden; a text that
    /// cannot be read may be anything.</summary>
    public bool Forbids(ScopeFingerprint other)
    {
        if (Text == other.Text)
            return false;
        return Parse(Text) is not { } mine || Parse(other.Text) is not { } theirs
            || theirs.Any(entry => mine.TryGetValue(entry.Key, out var own) && own.Forbids(entry.Value));
    }

    /// <summary>The same of one model alone.</summary>
    public bool Forbids(ScopeFingerprint other, string model) =>
        Parse(Text) is not { } mine || Parse(other.Text) is not { } theirs
        || (mine.TryGetValue(model, out var own) && theirs.TryGetValue(model, out var entry) && own.Forbids(entry));

    /// <summary>What passes either. Unknown where that cannot be told.</summary>
    public ScopeFingerprint Union(ScopeFingerprint other)
    {
        if (Text == other.Text)
            return this;
        if (Parse(Text) is not { } mine || Parse(other.Text) is not { } theirs)
            return Unknown;
        foreach (var (name, entry) in theirs)
            mine[name] = mine.TryGetValue(name, out var own) ? own.Union(entry) : entry;
        return Of(mine);
    }

    /// <summary>What passes both. Of a text that cannot be read nothing is left.</summary>
    public ScopeFingerprint Intersect(ScopeFingerprint other)
    {
        if (Text == other.Text)
            return this;
        if (Parse(Text) is not { } mine || Parse(other.Text) is not { } theirs)
            return new ScopeFingerprint("");
        return Of(mine.Where(entry => theirs.ContainsKey(entry.Key))
            .ToDictionary(entry => entry.Key, entry => entry.Value.Intersect(theirs[entry.Key])));
    }

    /// <summary>What is left when all has gone that the other forbids.</summary>
    public ScopeFingerprint Without(ScopeFingerprint other)
    {
        if (Text == other.Text || Parse(other.Text) is not { } theirs)
            return this;
        return Parse(Text) is not { } mine
            ? other
            : Of(mine.ToDictionary(
                entry => entry.Key,
                entry => theirs.TryGetValue(entry.Key, out var their) ? entry.Value.Without(their) : entry.Value));
    }

    static ScopeFingerprint Of(Dictionary<string, FingerprintEntry> models) => new(string.Join(
        ';',
        models.Where(entry => !entry.Value.IsOut).OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => $"{entry.Key}={entry.Value}")));

    static Dictionary<string, FingerprintEntry>? Parse(string text)
    {
        var models = new Dictionary<string, FingerprintEntry>(StringComparer.Ordinal);
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = FingerprintEntry.Cut(part, '=');
            if (FingerprintEntry.Parse(value) is not { } entry || !models.TryAdd(name, entry))
                return null;
        }

        return models;
    }
}

/// <summary>What a fingerprint says of one model. Sets of field numbers are bitmaps.</summary>
/// <param name="In">Fields that are let through.</param>
/// <param name="Out">Fields that are known and kept out.</param>
readonly record struct FingerprintEntry(BigInteger In, BigInteger Out, bool RemoteData)
{
    // All fields, also those of later catalogs.
    static readonly BigInteger All = BigInteger.MinusOne;
    const int MostNumbers = 4096;

    /// <summary>The model is kept out altogether.</summary>
    public static FingerprintEntry KeptOut { get; } = new(BigInteger.Zero, All, RemoteData: false);

    public bool IsOut => Out == All;

    public bool Covers(FingerprintEntry other) =>
        !IsOut && (other.In & ~In).IsZero && (RemoteData || !other.RemoteData);

    public bool Forbids(FingerprintEntry other) =>
        !other.IsOut && (IsOut || !(other.In & Out).IsZero || (other.RemoteData && !RemoteData));

    public FingerprintEntry Union(FingerprintEntry other) =>
        new(In | other.In, Out & other.Out, RemoteData || other.RemoteData);

    public FingerprintEntry Intersect(FingerprintEntry other) =>
        Kept(In & other.In, Out | other.Out, RemoteData && other.RemoteData);

    public FingerprintEntry Without(FingerprintEntry other) =>
        Kept(In & ~other.Out, Out | other.Out, RemoteData && other.RemoteData);

    static FingerprintEntry Kept(BigInteger into, BigInteger kept, bool remoteData) =>
        kept == All ? KeptOut : new(into, kept & ~into, remoteData);

    public static FingerprintEntry? Parse(string text)
    {
        if (text == "-")
            return KeptOut;
        var remoteData = text.EndsWith('+');
        var (numbers, bitmap) = Cut(remoteData ? text[..^1] : text, ':');
        var (count, missing) = Cut(numbers, '-');
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var known) || known > MostNumbers
            || Bits(bitmap) is not { } fields || Bits(missing.Length == 0 ? "0" : missing) is not { } gone)
            return null;
        return new(fields, FirstOf(known) & ~gone & ~fields, remoteData);
    }

    public static (string Before, string After) Cut(string text, char at) =>
        text.IndexOf(at) is >= 0 and var index ? (text[..index], text[(index + 1)..]) : (text, "");

    public override string ToString()
    {
        if (IsOut)
            return "-";
        var known = In | Out;
        var count = (int)known.GetBitLength();
        var gone = FirstOf(count) & ~known;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{count}{(gone.IsZero ? "" : $"-{Hex(gone)}")}:{Hex(In)}{(RemoteData ? "+" : "")}");
    }

    static BigInteger FirstOf(int count) => (BigInteger.One << count) - 1;

    static BigInteger? Bits(string hex) =>
        hex.Length is > 0 and <= MostNumbers / 4 && hex.All(char.IsAsciiHexDigit)
            ? BigInteger.Parse($"0{hex}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : null;

    static string Hex(BigInteger bits) =>
        bits.ToString("x", CultureInfo.InvariantCulture).TrimStart('0') is { Length: > 0 } digits ? digits : "0";
}
