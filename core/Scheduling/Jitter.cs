using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kombo.Core.Runs;

namespace Kombo.Core.Scheduling;

/// <summary>Spreads slots, the same way each time it is asked about the same slot.</summary>
public static class Jitter
{
    /// <summary>Moves a slot by up to the given share of the frequency, earlier or later, in whole seconds.</summary>
    public static DateTimeOffset Apply(
        DateTimeOffset slot, TimeSpan frequency, int percent, (string Uid, SyncType Type) seed)
    {
        if (percent <= 0)
            return slot;
        var share = ((2 * Fraction(slot, seed)) - 1) * percent / 100;
        return Seconds.Add(slot, TimeSpan.FromSeconds(Math.Truncate(frequency.TotalSeconds * share)));
    }

    /// <summary>At least 0, less than 1.</summary>
    internal static double Fraction(DateTimeOffset slot, (string Uid, SyncType Type) seed)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{seed.Uid}/{seed.Type}/{slot.ToUnixTimeSeconds()}");
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / (1.0 + uint.MaxValue);
    }
}
