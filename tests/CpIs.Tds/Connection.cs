using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using CpIs.Tds.Protocol;
using CpIs.Tds.Sql;

namespace CpIs.Tds;

/// <summary>One connection: a thread that reads and a thread that executes.</summary>
#pragma warning disable CA1001 // The thread that runs the connection disposes of what it has.
internal sealed class Connection
#pragma warning restore CA1001
{
    private const int StackBytes = 4 * 1024 * 1024;
    private const byte NotEncrypted = 2;
    private const byte LoginEncrypted = 0;
    private const byte AllEncrypted = 1;
    private readonly TdsServer _server;
    private readonly Socket _socket;
    private readonly int _id;
    private readonly ResponseWriter _out;
    private readonly Session _session;
    private readonly BlockingCollection<Message?> _messages = [];
    private readonly Lock _gate = new();
    private int _attentions;

    public Connection(TdsServer server, Socket socket, int id)
    {
        _server = server;
        _socket = socket;
        _id = id;
        _out = new((ushort)id);
        _session = new(server, id, _out);
    }

    public void Start() => new Thread(Run, StackBytes) { IsBackground = true, Name = $"tds {_id}" }.Start();

    /// <summary>Ends the connection without a word, from any thread.</summary>
    public void Cut()
    {
        try
        {
            _socket.LingerState = new(true, 0);
            _socket.Close();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }

        _session.Cancel();
    }

    private void Run()
    {
        try
        {
            using var network = new NetworkStream(_socket, ownsSocket: false);
            if (LogIn(network) is not { } stream)
            {
                return;
            }

            var reading = new Thread(() => Read(stream)) { IsBackground = true, Name = $"tds {_id} read" };
            reading.Start();
            while (_messages.Take() is { } message)
            {
                Handle(message);
            }
        }
        catch (Exception e) when (e is ConnectionCut or CommandCancelled or IOException or SocketException or ObjectDisposedException or AuthenticationException)
        {
            // The client has gone, or was meant to lose its connection.
        }
        finally
        {
            Cut();
            try
            {
                _session.Dispose();
            }
            finally
            {
                _server.Ended(_id);
            }
        }
    }

    private void Read(Stream stream)
    {
        try
        {
            while (Packets.Read(stream) is { } message)
            {
                if (message.Type == PacketType.Attention)
                {
                    lock (_gate)
                    {
                        _attentions++;
                        _session.Cancel();
                    }
                }

                _messages.Add(message);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // As above.
        }

        _session.Cancel();
        _messages.Add(null);
    }

    private Stream? LogIn(NetworkStream network)
    {
        Stream stream = network;
        if (FirstByte() == 0x16)
        {
            // TDS 8: TLS comes first of all.
            stream = Encrypted(network);
        }

        if (Packets.Read(stream) is not { Type: PacketType.PreLogin } hello)
        {
            return null;
        }

        var asked = Option(hello.Payload, 1) is [var encryption, ..] ? encryption : NotEncrypted;
        var answer = stream is SslStream || asked == NotEncrypted ? NotEncrypted : asked is 1 or 3 ? AllEncrypted : LoginEncrypted;
        Packets.Write(stream, PacketType.Response, PreLogin(answer));
        var plain = stream;
        if (answer != NotEncrypted)
        {
            var handshake = new HandshakeStream(network);
            stream = Encrypted(handshake);
            handshake.IsWrapping = false;
        }

        if (Packets.Read(stream) is not { Type: PacketType.Login } login)
        {
            return null;
        }

        // Where only the login is encrypted, all that follows goes in the clear.
        stream = answer == LoginEncrypted ? plain : stream;
        _out.Stream = stream;
        return Authenticate(login.Payload) ? stream : null;
    }

    private byte FirstByte()
    {
        var first = new byte[1];
        return _socket.Receive(first, SocketFlags.Peek) == 1 ? first[0] : (byte)0;
    }

    private SslStream Encrypted(Stream inner)
    {
        var encrypted = new SslStream(inner, leaveInnerStreamOpen: true);
        encrypted.AuthenticateAsServer(new SslServerAuthenticationOptions
        {
            ServerCertificate = _server.Certificate,
            EnabledSslProtocols = SslProtocols.Tls12,
            ApplicationProtocols = inner is HandshakeStream ? null : [new("tds/8.0")],
        });
        return encrypted;
    }

    private static byte[]? Option(byte[] payload, byte wanted)
    {
        for (var at = 0; at < payload.Length && payload[at] != 0xFF; at += 5)
        {
            if (payload[at] == wanted)
            {
                var offset = BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(at + 1));
                var length = BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(at + 3));
                return payload[offset..(offset + length)];
            }
        }

        return null;
    }

    private static byte[] PreLogin(byte encryption)
    {
        byte[][] values = [[15, 0, 0x07, 0xD0, 0, 0], [encryption], [0], [], [0]];
        var head = new List<byte>();
        var offset = (values.Length * 5) + 1;
        for (byte i = 0; i < values.Length; i++)
        {
            head.AddRange([i, (byte)(offset >> 8), (byte)offset, 0, (byte)values[i].Length]);
            offset += values[i].Length;
        }

        return [.. head, 0xFF, .. values.SelectMany(v => v)];
    }

    private bool Authenticate(byte[] payload)
    {
        string Field(int at)
        {
            var offset = BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(at));
            var length = BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(at + 2));
            return Encoding.Unicode.GetString(payload, offset, length * 2);
        }

        var packetSize = BinaryPrimitives.ReadInt32LittleEndian(payload.AsSpan(8));
        var user = Field(40);
        var password = Password(payload);
        var database = Field(68);
        _session.HostName = Field(36);
        _session.ApplicationName = Field(48);
        try
        {
            _server.Faults.OnLogin();
            if ((payload[25] & 0x80) != 0)
            {
                throw new SqlError(18452, "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.", 14);
            }

            if (!_server.Accepts(user, password))
            {
                throw new SqlError(18456, $"Login failed for user '{user}'.", 14);
            }

            _session.LogIn(user, database);
        }
        catch (SqlError e)
        {
            _session.Report(e);
            if (e.AndThen is { } next)
            {
                _session.Report(next);
            }

            if (e.Number == 4060)
            {
                _session.Report(new(18456, $"Login failed for user '{user}'.", 14));
            }

            _out.End();
            _socket.Shutdown(SocketShutdown.Send);
            return false;
        }

        _out.EnvironmentText(1, _session.Database.Name, "master");
        _session.Inform(5701, 2, 0, $"Changed database context to '{_session.Database.Name}'.");
        _out.EnvironmentBytes(7, WireTypes.ServerCollation, []);
        _out.EnvironmentText(2, "us_english", "");
        _session.Inform(5703, 1, 0, "Changed language setting to us_english.");
        const string Program = "Microsoft SQL Server";
        _out.Token(0xAD);
        _out.UInt16((ushort)(1 + 4 + 1 + (Program.Length * 2) + 4));
        _out.Byte(1);
        _out.Bytes([0x74, 0, 0, 4]);
        _out.ByteText(Program);
        _out.Bytes([15, 0, 0x07, 0xD0]);
        packetSize = Math.Clamp(packetSize == 0 ? 4096 : packetSize, 512, 32767);
        _out.EnvironmentText(4, packetSize.ToString(null, null), "4096");
        _out.Done(0xFD, 0, 0, 0);
        _out.End();
        _out.Resize(packetSize);
        return true;
    }

    private static string Password(byte[] payload)
    {
        var offset = BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(44));
        var bytes = payload.AsSpan(offset, BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(46)) * 2).ToArray();
        for (var i = 0; i < bytes.Length; i++)
        {
            var b = (byte)(bytes[i] ^ 0xA5);
            bytes[i] = (byte)((b << 4) | (b >> 4));
        }

        return Encoding.Unicode.GetString(bytes);
    }

    private void Handle(Message message)
    {
        if (message.Type == PacketType.Attention)
        {
            lock (_gate)
            {
                if (--_attentions == 0)
                {
                    _session.ClearCancel();
                }
            }

            _out.Done(0xFD, 0x20, 0, 0);
            _out.End();
            return;
        }

        if (message.IsIgnored)
        {
            // The client thought better of it; the attention that follows is answered.
            return;
        }

        try
        {
            if (message.Resets)
            {
                _session.Reset(message.KeepsTransaction);
                _out.Token(0xE3);
                _out.UInt16(3);
                _out.Byte(18);
                _out.Byte(0);
                _out.Byte(0);
            }

            Perform(message);
            if (!_session.IsCancelled)
            {
                _out.End();
            }
        }
        catch (CommandCancelled)
        {
            // The answer to the attention ends the message.
        }
    }

    private void Perform(Message message)
    {
        try
        {
            Execute(message);
        }
        catch (Exception e) when (e is ArgumentException or InvalidCastException or NullReferenceException or FormatException or IndexOutOfRangeException or KeyNotFoundException
            or NotSupportedException or Microsoft.Data.Sqlite.SqliteException or SqlError || (e is InvalidOperationException and not ObjectDisposedException))
        {
            // A fault of the stand-in's own must be seen as one, and must not end the tests' process.
            _session.Report(e as SqlError ?? new SqlError(50000, $"this stand-in failed: {e}"));
        }
    }

    private void Execute(Message message)
    {
        var reader = new PayloadReader(message.Payload);
        _session.DoneToken = 0xFD;
        switch (message.Type)
        {
            case PacketType.Batch:
                reader.SkipHeaders();
                var text = Encoding.Unicode.GetString(message.Payload, reader.Position, message.Payload.Length - reader.Position);
                if (!_session.AnswerBulkQuery(text))
                {
                    _session.RunBatch(text);
                }

                break;
            case PacketType.Rpc:
                reader.SkipHeaders();
                while (!reader.AtEnd)
                {
                    Call(reader);
                    if (!reader.AtEnd)
                    {
                        // A separator stands between the calls of a batch.
                        reader.Byte();
                    }
                }

                break;
            case PacketType.BulkLoad:
                Attempt(() => _session.RunBulk(message.Payload));
                break;
            case PacketType.TransactionManager:
                reader.SkipHeaders();
                Attempt(() => Transaction(reader));
                break;
            default:
                throw new ConnectionCut();
        }

        if (!_out.IsDone)
        {
            _out.Done(_session.DoneToken, 0, 0, 0);
        }
    }

    private void Attempt(Action work)
    {
        try
        {
            work();
        }
        catch (SqlError e)
        {
            _session.Report(e);
            if (_session.TransactionCount > 0 && (_session.XactAbort || e.EndsTransaction))
            {
                _session.RollBack();
            }

            if (e.Severity >= 20)
            {
                throw new ConnectionCut();
            }
        }
    }

    private void Transaction(PayloadReader reader)
    {
        switch (reader.UInt16())
        {
            case 5:
                var level = reader.Byte();
                _session.SetIsolation(level);
                _session.Begin();
                break;
            case 7:
                _session.Commit();
                Again(reader);
                break;
            case 8:
                _session.RollBackRequest(ByteCountedText(reader));
                Again(reader);
                break;
            case 9:
                _session.Save(ByteCountedText(reader));
                break;
            default:
                throw SqlError.Unsupported("distributed transactions");
        }

        _out.Done(0xFD, 0, 0, 0);
    }

    private static string ByteCountedText(PayloadReader reader) => Encoding.Unicode.GetString(reader.Take(reader.Byte()));

    private static void Again(PayloadReader reader)
    {
        if (!reader.AtEnd && (reader.Data[^1] & 1) != 0 && reader.Data.Length - reader.Position > 2)
        {
            throw SqlError.Unsupported("a transaction that begins with the end of another");
        }
    }

    private void Call(PayloadReader reader)
    {
        var length = reader.UInt16();
        var procedure = length != 0xFFFF
            ? reader.Text(length)
            : reader.UInt16() switch
            {
                10 => "sp_executesql",
                11 => "sp_prepare",
                12 => "sp_execute",
                13 => "sp_prepexec",
                15 => "sp_unprepare",
                var other => throw SqlError.Unsupported($"procedure number {other}"),
            };
        reader.UInt16();
        var arguments = new List<Argument>();
        while (!reader.AtEnd && reader.PeekByte() is not (0x80 or 0xFF or 0xFE))
        {
            var name = reader.ByteText();
            var status = reader.Byte();
            var code = reader.PeekByte();
            var type = WireTypes.ReadInfo(reader);
            var value = WireTypes.ReadValue(reader, type, code);
            arguments.Add(new(name, type, value, (status & 1) != 0));
        }

        _session.DoneToken = 0xFF;
        var result = _session.RunCall(Names.Split(procedure)[^1], arguments);
        _out.Token(0x79);
        _out.Int32(result);
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i].IsOutput)
            {
                _out.Token(0xAC);
                _out.UInt16((ushort)i);
                _out.ByteText(arguments[i].Name);
                _out.Byte(1);
                _out.Int32(0);
                _out.UInt16(1);
                WireTypes.WriteInfo(_out, arguments[i].Type);
                WireTypes.WriteValue(_out, arguments[i].Type, arguments[i].Value);
            }
        }

        _out.Done(0xFE, 0, 0, 0);
        _session.DoneToken = 0xFD;
    }
}
