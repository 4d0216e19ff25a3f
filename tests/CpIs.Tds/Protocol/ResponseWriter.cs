using System.Buffers.Binary;
using System.Text;

namespace CpIs.Tds.Protocol;

/// <summary>Writes the tokens of a response and cuts them into packets. The last DONE waits until it is known whether more follows.</summary>
internal sealed class ResponseWriter(ushort spid)
{
    private const ushort More = 1;
    private byte[] _buffer = new byte[4096];
    private int _position = Packets.HeaderLength;
    private byte _packetNumber;
    private (byte Token, ushort Status, ushort Command, long Count)? _pendingDone;

    public Stream Stream { get; set; } = Stream.Null;

    /// <summary>A DONE stands at the end, as it must.</summary>
    public bool IsDone => _pendingDone is not null;

    public int PacketSize => _buffer.Length;

    /// <summary>Changes the size of the packets, between two messages.</summary>
    public void Resize(int size) => _buffer = new byte[size];

    public void Token(byte token)
    {
        if (_pendingDone is { } done)
        {
            _pendingDone = null;
            WriteDone(done.Token, (ushort)(done.Status | More), done.Command, done.Count);
        }

        Byte(token);
    }

    public void Byte(byte value)
    {
        if (_position == _buffer.Length)
        {
            Send(false);
        }

        _buffer[_position++] = value;
    }

    public void UInt16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        Bytes(bytes);
    }

    public void Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Bytes(bytes);
    }

    public void Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        Bytes(bytes);
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_position == _buffer.Length)
            {
                Send(false);
            }

            var count = Math.Min(bytes.Length, _buffer.Length - _position);
            bytes[..count].CopyTo(_buffer.AsSpan(_position));
            _position += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Writes a MAX value in chunks, none of which goes over the end of a packet: SqlClient loses its place in those that do.</summary>
    public void Chunks(ReadOnlySpan<byte> bytes)
    {
        const int Length = 4;
        while (bytes.Length > 0)
        {
            if (_buffer.Length - _position < Length + 2)
            {
                Send(false);
            }

            // A character is not cut in two either.
            var count = Math.Min(bytes.Length, (_buffer.Length - _position - Length) & ~1);
            Int32(count);
            Bytes(bytes[..count]);
            bytes = bytes[count..];
        }

        if (_buffer.Length - _position < Length)
        {
            Send(false);
        }

        Int32(0);
    }

    public void ByteText(string text)
    {
        Byte((byte)text.Length);
        Bytes(Encoding.Unicode.GetBytes(text));
    }

    public void ShortText(string text)
    {
        UInt16((ushort)text.Length);
        Bytes(Encoding.Unicode.GetBytes(text));
    }

    public void Done(byte token, ushort status, ushort command, long count)
    {
        if (_pendingDone is { } done)
        {
            WriteDone(done.Token, (ushort)(done.Status | More), done.Command, done.Count);
        }

        _pendingDone = (token, status, command, count);
    }

    public void Message(byte token, int number, byte state, byte severity, string message, string server, int line)
    {
        if (message.Length > 4000)
        {
            message = message[..4000];
        }

        Token(token);
        UInt16((ushort)(4 + 1 + 1 + 2 + (message.Length * 2) + 1 + (server.Length * 2) + 1 + 4));
        Int32(number);
        Byte(state);
        Byte(severity);
        ShortText(message);
        ByteText(server);
        ByteText("");
        Int32(line);
    }

    public void EnvironmentText(byte type, string now, string before)
    {
        Token(0xE3);
        UInt16((ushort)(3 + ((now.Length + before.Length) * 2)));
        Byte(type);
        ByteText(now);
        ByteText(before);
    }

    public void EnvironmentBytes(byte type, ReadOnlySpan<byte> now, ReadOnlySpan<byte> before)
    {
        Token(0xE3);
        UInt16((ushort)(3 + now.Length + before.Length));
        Byte(type);
        Byte((byte)now.Length);
        Bytes(now);
        Byte((byte)before.Length);
        Bytes(before);
    }

    /// <summary>Ends the message.</summary>
    public void End()
    {
        if (_pendingDone is { } done)
        {
            _pendingDone = null;
            WriteDone(done.Token, done.Status, done.Command, done.Count);
        }

        Send(true);
        _packetNumber = 0;
    }

    /// <summary>Sends what there is as a packet that is not the last one.</summary>
    public void Flush()
    {
        if (_position > Packets.HeaderLength)
        {
            Send(false);
        }
    }

    private void WriteDone(byte token, ushort status, ushort command, long count)
    {
        Byte(token);
        UInt16(status);
        UInt16(command);
        Int64(count);
    }

    private void Send(bool isLast)
    {
        _buffer[0] = (byte)PacketType.Response;
        _buffer[1] = isLast ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(2), (ushort)_position);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(4), spid);
        _buffer[6] = ++_packetNumber;
        _buffer[7] = 0;
        Stream.Write(_buffer, 0, _position);
        Stream.Flush();
        _position = Packets.HeaderLength;
    }
}
