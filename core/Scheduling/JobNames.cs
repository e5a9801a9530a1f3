using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kombo.Core.Runs;

namespace Kombo.Core.Scheduling;

/// <summary>Names of worker Jobs. The name is the lock: whoever decides the same run again makes the same name, and the
/// API server refuses the second one.</summary>
public static class JobNames
{
    const int LongestName = 36;
    const int UidDigits = 5;
    const int HashDigits = 10;

    /// <summary><c>integration-type-slot-hash</c>: a DNS label of at most 63 characters.</summary>
    /// <param name="type">full, delta, purge, webhook, or default where a request left the choice open: what was asked for, because
    /// what it comes to may change between two attempts.</param>
    /// <param name="slot">One of the forms below; also the slot in <see cref="Ids.KomboIds.Run"/>.</param>
    /// <param name="uid">Of the Integration: one that was deleted and made again gets other names.</param>
    public static string For(string integration, string type, string slot, string uid)
    {
        var label = integration.Replace('.', '-');
        label = label.Length > LongestName ? label[..LongestName].TrimEnd('-') : label;
        return $"{label}-{type}-{slot}-{Hash(uid, UidDigits)}";
    }

    /// <summary>The first sync, where the schedule says at once.</summary>
    public const string InitialSlot = "init";

    /// <summary>A slot of the schedule: seconds of the stored time, never computed again.</summary>
    public static string Slot(DateTimeOffset nextSyncTime) =>
        nextSyncTime.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>The next attempt after a failure, at its stored time.</summary>
    public static string RetrySlot(DateTimeOffset nextSyncTime) => $"r{Slot(nextSyncTime)}";

    /// <summary>A request.</summary>
    public static string TokenSlot(string token) => $"m{Hash(token, HashDigits)}";

    /// <summary>A wider scope, once for what was synced before: widening again after a later full sync is another
    /// one.</summary>
    public static string ScopeSlot(string fingerprint, DateTimeOffset? lastSyncTime) =>
        $"s{Hash($"{fingerprint}/{(lastSyncTime is { } last ? Slot(last) : "")}", HashDigits)}";

    /// <summary>Held deletions that were confirmed.</summary>
    public static string ConfirmationSlot(string runId) => $"c{Hash(runId, HashDigits)}";

    /// <summary>A narrower scope than what may be stored, once for each time that it becomes so.</summary>
    /// <param name="since">Names the purge run before.</param>
    public static string NarrowingSlot(string stored, string wanted, string since) =>
        $"n{Hash($"{stored}/{wanted}/{since}", HashDigits)}";

    /// <summary>Events that wait, once for each time that a run is to take them.</summary>
    /// <param name="oldest">The id of the one that has waited longest.</param>
    /// <param name="since">Names the webhook run before.</param>
    public static string EventSlot(long oldest, string since) =>
        $"w{Hash(string.Create(CultureInfo.InvariantCulture, $"{oldest}/{since}"), HashDigits)}";

    /// <summary>The purge that ends an Integration.</summary>
    public const string DeletionSlot = "del";

    /// <summary>As in names and ids: full, delta, purge or webhook.</summary>
    public static string Text(SyncType type) => type switch
    {
        SyncType.Delta => "delta",
        SyncType.Purge => "purge",
        SyncType.Webhook => "webhook",
        _ => "full",
    };

    /// <returns>Null if the text names no type.</returns>
    public static SyncType? Parse(string? text) => text switch
    {
        "full" => SyncType.Full,
        "delta" => SyncType.Delta,
        "purge" => SyncType.Purge,
        "webhook" => SyncType.Webhook,
        _ => null,
    };

    // Lower-case letters and digits only, as labels want them.
    static string Hash(string text, int digits)
    {
        var value = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return string.Create(digits, value, static (span, rest) =>
        {
            for (var i = 0; i < span.Length; i++, rest /= 36)
                span[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[(int)(rest % 36)];
        });
    }
}
