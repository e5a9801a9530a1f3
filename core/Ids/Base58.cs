using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Kombo.Core.Ids;

/// <summary>24 characters of the Base58 alphabet from a SHA-256: 140 bits, stable for ever.</summary>
static class Base58
{
    public const int Length = 24;

    static ReadOnlySpan<byte> Alphabet => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"u8;

    /// <summary>Writes 24 ASCII bytes: three times eight digits, each from its own 64 bits of the hash.</summary>
    public static void Write(ReadOnlySpan<byte> hash, Span<byte> destination)
    {
        for (var part = 0; part < 3; part++)
        {
            var value = BinaryPrimitives.ReadUInt64BigEndian(hash[(part * 8)..]);
            for (var digit = 0; digit < 8; digit++)
            {
                (value, var rest) = Math.DivRem(value, 58UL);
                destination[(part * 8) + digit] = Alphabet[(int)rest];
            }
        }
    }

    /// <summary>Hash of the parts, each closed by a zero byte so that ("a","bc") and ("ab","c") differ.</summary>
    public static string Of(params ReadOnlySpan<string> parts)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            sha.AppendData(Encoding.UTF8.GetBytes(part));
            sha.AppendData([0]);
        }

        Span<byte> hash = stackalloc byte[32];
        sha.GetHashAndReset(hash);
        Span<byte> text = stackalloc byte[Length];
        Write(hash, text);
        return Encoding.ASCII.GetString(text);
    }
}
