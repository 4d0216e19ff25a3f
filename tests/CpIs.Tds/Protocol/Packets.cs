using System.Buffers.Binary;

namespace CpIs.Tds.Protocol;

internal enum PacketType : byte
{
    Batch = 1,
    Rpc = 3,
    Response = 4,
    Attention = 6,
    BulkLoad = 7,
    TransactionManager = 14,
    Login = 16,
    PreLogin = 18,
}

/// <summary>One message, put together from its packets.</summary>
internal sealed record Message(PacketType Type, byte Status, byte[] Payload)
{
    public bool Resets => (Status & 0x18) != 0;

    public bool KeepsTransaction => (Status & 0x10) != 0;

    public bool IsIgnored => (Status & 0x02) != 0;
}

internal static class Packets
{
    public const int HeaderLength = 8;

    /// <returns>Null where the peer has gone.</returns>
    public static Message? Read(Stream stream)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        using var payload = new MemoryStream();
        byte first = 0;
        for (var isFirst = true; ; isFirst = false)
        {
            if (!Fill(stream, header))
            {
                return null;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(header[2..]) - HeaderLength;
            if (length < 0)
            {
                return null;
            }

            var body = new byte[length];
            if (!Fill(stream, body))
            {
                return null;
            }

            payload.Write(body);
            if (isFirst)
            {
                first = header[1];
            }

            if ((header[1] & 1) != 0)
            {
                return new((PacketType)header[0], (byte)(first | header[1]), payload.ToArray());
            }
        }
    }

    public static void Write(Stream stream, PacketType type, ReadOnlySpan<byte> payload)
    {
        var packet = new byte[HeaderLength + payload.Length];
        packet[0] = (byte)type;
        packet[1] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[6] = 1;
        payload.CopyTo(packet.AsSpan(HeaderLength));
        stream.Write(packet);
        stream.Flush();
    }

    public static bool Fill(Stream stream, Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var read = stream.Read(buffer);
            if (read == 0)
            {
                return false;
            }

            buffer = buffer[read..];
        }

        return true;
    }
}

/// <summary>While TLS is negotiated its records travel inside pre-login packets; after that, bare.</summary>
internal sealed class HandshakeStream(Stream inner) : Stream
{
    private byte[] _pending = [];
    private int _offset;

    public bool IsWrapping { get; set; } = true;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_offset == _pending.Length)
        {
            if (!IsWrapping)
            {
                return inner.Read(buffer);
            }

            var message = Packets.Read(inner);
            if (message is null)
            {
                return 0;
            }

            (_pending, _offset) = (message.Payload, 0);
        }

        var count = Math.Min(buffer.Length, _pending.Length - _offset);
        _pending.AsSpan(_offset, count).CopyTo(buffer);
        _offset += count;
        return count;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!IsWrapping)
        {
            inner.Write(buffer);
            return;
        }

        while (buffer.Length > 0)
        {
            var count = Math.Min(buffer.Length, 4000);
            Packets.Write(inner, PacketType.PreLogin, buffer[..count]);
            buffer = buffer[count..];
        }
    }

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
