using System.Buffers.Binary;
using System.Text;

namespace CpIs.Tds.Protocol;

/// <summary>Reads the little-endian fields of one message's payload.</summary>
internal sealed class PayloadReader(byte[] data, int position = 0)
{
    public int Position { get; set; } = position;

    public bool AtEnd => Position >= data.Length;

    public byte[] Data => data;

    public byte PeekByte() => data[Position];

    public byte Byte() => data[Position++];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public byte[] Bytes(int count) => Take(count).ToArray();

    /// <summary>A name with its length in characters in front, in one byte.</summary>
    public string ByteText() => Text(Byte());

    /// <summary>A name with its length in characters in front, in two bytes.</summary>
    public string ShortText() => Text(UInt16());

    public string Text(int characters) => Encoding.Unicode.GetString(Take(characters * 2));

    public ReadOnlySpan<byte> Take(int count)
    {
        var span = data.AsSpan(Position, count);
        Position += count;
        return span;
    }

    /// <summary>Passes over the ALL_HEADERS block that stands before batches, calls and transaction requests.</summary>
    public void SkipHeaders() => Position += BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(Position));
}
