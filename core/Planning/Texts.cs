using System.Globalization;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>Wording that conditions, events and explanations share.</summary>
static class Texts
{
    /// <summary>RFC 3339 to the second.</summary>
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Type(SyncType type) => JobNames.Text(type);

    /// <summary>The action of an Event.</summary>
    public static string Act(SyncType type) => type switch
    {
        SyncType.Purge => "Purge",
        SyncType.Webhook => "Webhook",
        _ => "Sync",
    };

    /// <summary>E.g. "full sync", "purge run".</summary>
    public static string Run(SyncType type) => type.IsSync() ? $"{Type(type)} sync" : $"{Type(type)} run";

    public static string Limited(string text, int most) => text.Length <= most ? text : Start(text, most - 1) + "…";

    /// <summary>So many characters, or one less where that would cut one in two.</summary>
    public static string Start(string text, int length)
    {
        length = Math.Min(length, text.Length);
        return length > 0 && char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];
    }

    public static string Count(int number, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {thing}{(number == 1 ? "" : "s")}");

    public static string Sentence(string text) => text.Length > 0 && text[^1] is '.' or '!' or '?' ? text : text + ".";
}
