using System.Security.Cryptography;
using System.Text;

namespace Kombo.Core.Ids;

/// <summary>Record ids of one (integration, model): <see cref="KomboIds.Record"/> with the constant part encoded once.
/// Not for two threads at a time.</summary>
public sealed class RecordIds
{
    readonly byte[] prefix;
    readonly char[] text = new char[Base58.Length];
    byte[] input;

    public RecordIds(string integrationId, string model)
    {
        prefix = Encoding.UTF8.GetBytes($"record\0{integrationId}\0{model}\0");
        input = [.. prefix, .. new byte[128]];
    }

    /// <summary>The id as text, 24 characters.</summary>
    public string Of(string remoteId)
    {
        Span<byte> id = stackalloc byte[Base58.Length];
        Write(remoteId, id);
        Encoding.ASCII.GetChars(id, text);
        return new string(text);
    }

    /// <summary>The id as 24 ASCII bytes.</summary>
    public void Write(string remoteId, Span<byte> destination)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(remoteId.Length));
        Write(prefix.Length + Encoding.UTF8.GetBytes(remoteId, input.AsSpan(prefix.Length)), destination);
    }

    /// <summary>The id as 24 ASCII bytes.</summary>
    /// <param name="remoteId">Valid UTF-8.</param>
    public void Write(ReadOnlySpan<byte> remoteId, Span<byte> destination)
    {
        Reserve(remoteId.Length);
        remoteId.CopyTo(input.AsSpan(prefix.Length));
        Write(prefix.Length + remoteId.Length, destination);
    }

    void Reserve(int remoteId)
    {
        var needed = prefix.Length + remoteId + 1;
        if (input.Length < needed)
            Array.Resize(ref input, needed);
    }

    void Write(int length, Span<byte> destination)
    {
        input[length++] = 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input.AsSpan(0, length), hash);
        Base58.Write(hash, destination);
    }
}
