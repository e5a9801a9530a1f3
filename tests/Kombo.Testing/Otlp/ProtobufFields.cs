using System.Text;

namespace Kombo.Testing.Otlp;

/// <summary>The fields of a protobuf message, in their order; only what OTLP's traces need.</summary>
readonly ref struct ProtobufFields(ReadOnlySpan<byte> message)
{
    readonly ReadOnlySpan<byte> message = message;

    public Enumerator GetEnumerator() => new(message);

    /// <param name="number">In the .proto file.</param>
    /// <param name="bytes">Of a string, bytes or message; empty for numbers.</param>
    public readonly ref struct Field(int number, ReadOnlySpan<byte> bytes)
    {
        public int Number { get; } = number;
        public ReadOnlySpan<byte> Bytes { get; } = bytes;
        public string Text => Encoding.UTF8.GetString(Bytes);
        public string Hex => Convert.ToHexStringLower(Bytes);
    }

    public ref struct Enumerator(ReadOnlySpan<byte> rest)
    {
        ReadOnlySpan<byte> rest = rest;
        int number;
        ReadOnlySpan<byte> bytes;

        public readonly Field Current => new(number, bytes);

        public bool MoveNext()
        {
            if (rest.IsEmpty)
                return false;
            var tag = Varint();
            number = (int)(tag >> 3);
            bytes = (tag & 7) switch
            {
                0 => Number(),
                1 => Take(8),
                2 => Take((int)Varint()),
                5 => Take(4),
                var type => throw new FormatException($"wire type {type}"),
            };
            return true;
        }

        ReadOnlySpan<byte> Number()
        {
            Varint();
            return [];
        }

        ReadOnlySpan<byte> Take(int length)
        {
            var taken = rest[..length];
            rest = rest[length..];
            return taken;
        }

        ulong Varint()
        {
            var value = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                var next = rest[0];
                rest = rest[1..];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }
        }
    }
}
