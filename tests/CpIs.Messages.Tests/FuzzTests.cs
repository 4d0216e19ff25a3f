using System.Diagnostics;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Flat;
using CpIs.Messages.Hl7v3;
using CpIs.Messages.Inbound;
using static CpIs.Messages.Tests.Support.Sample;

namespace CpIs.Messages.Tests;

/// <summary>Whatever the bytes, reading ends in time with a message or a problem, never with an exception (rule K6).</summary>
public class FuzzTests
{
    private const int Rounds = 1500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void K6_random_bytes_never_throw()
    {
        var random = new Random(20260310);
        byte[][] openings = [[], [0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF], Utf8("<"), Utf8("{"), Utf8("query_id,accessed_at\n")];
        Run(() =>
        {
            var bytes = new byte[random.Next(0, 400)];
            random.NextBytes(bytes);
            return [.. openings[random.Next(openings.Length)], .. bytes];
        });
    }

    [Fact]
    public async Task K6_truncated_messages_never_throw_and_xml_cut_short_is_never_a_message()
    {
        foreach (var (bytes, isXml) in await MessagesAsync())
        {
            for (var length = 0; length < bytes.Length; length += 1 + (length / 100))
            {
                var reading = Judge(bytes[..length]);
                if (isXml && bytes.AsSpan(length).ContainsAnyExcept((byte)'\n', (byte)'\r'))
                {
                    reading.Message.ShouldBeNull();
                }
            }
        }
    }

    [Fact]
    public async Task K6_flipped_bytes_never_throw()
    {
        var random = new Random(4711);
        var messages = await MessagesAsync();
        Run(() =>
        {
            var bytes = (byte[])messages[random.Next(messages.Count)].Bytes.Clone();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            return bytes;
        });
    }

    [Fact]
    public async Task K6_pieces_cut_out_doubled_and_mixed_never_throw()
    {
        var random = new Random(99);
        var messages = await MessagesAsync();
        Run(() =>
        {
            var one = messages[random.Next(messages.Count)].Bytes;
            var other = messages[random.Next(messages.Count)].Bytes;
            var from = random.Next(other.Length);
            var piece = other.AsSpan(from, random.Next(other.Length - from)).ToArray();
            var at = random.Next(one.Length);
            return [.. one[..at], .. piece, .. one[Math.Min(one.Length, at + random.Next(40))..]];
        });
    }

    private static void Run(Func<byte[]> next)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Rounds; i++)
        {
            _ = Judge(next());
        }

        clock.Elapsed.ShouldBeLessThan(Patience);
    }

    private static InboundReading Judge(byte[] bytes)
    {
        var reading = new InboundReader().Read(bytes);
        (reading.Message is null).ShouldBe(reading.Problem is not null);
        foreach (var part in Hl7v3UploadReader.Read(new MemoryStream(bytes)).Concat(FlatUploadReader.Read(new MemoryStream(bytes))).OfType<UploadEntry>())
        {
            (part.Record is null).ShouldBe(part.Faults.Count > 0);
        }

        return reading;
    }

    private static async Task<IReadOnlyList<(byte[] Bytes, bool IsXml)>> MessagesAsync()
    {
        var head = new NotificationHead(Guid.Parse("0a1b2c3d-0000-4000-8000-00000000000a"), Winter, "X99", "EXAMPLE COUNCIL");
        var who = new Superior("R8000", "Clinical Practitioner", new PersonName("Dr", ["Zoë"], "Łuczak", null));
        AccessBlock[] blocks = [new([new(head.Id, Summer, true, new AccessAuthor.Device("200000000123", [who], "Y111", "111"), Alex, "P1")], "000012")];
        InactiveNumber[] numbers = [new(Alex, "P1", [Bea, Cara], "12")];
        AcknowledgedRecord[] records = [new(UploadClaim.Of(Child()), "CPR06", null, null), new(UploadClaim.Of(Mother()), "CPR07", "Unsuccessful", "47 11")];
        Access[] accesses = [new("q1", Summer, true, Alex, "P1", "Zoë", "Nurse", "RZ9", "Hospital, \"Example\"", "12"), new("q2", Summer, true, Bea, null, null, null, null, null, null)];
        RecordResult[] results = [new(1, Alex, [PlanType.Cpp], null, "CPR06", null, null), new(2, Bea, [], null, "CPR07", null, "=x")];
        return
        [
            (await BytesAsync(s => Hl7v3AnswerWriter.WriteAccessNotificationAsync(s, head, 1, blocks.ToAsyncEnumerable(), default)), true),
            (await BytesAsync(s => Hl7v3AnswerWriter.WriteInactiveNotificationAsync(s, head, numbers.ToAsyncEnumerable(), default)), true),
            (await BytesAsync(s => Hl7v3AnswerWriter.WriteAcknowledgementAsync(s, new(Council, Winter, "12", [new("CPF03", null)], 2, 1, 1), records.ToAsyncEnumerable(), default)), true),
            (await WriteAsync(new Hl7v3Format(), Header(2), Child(), Mother()), true),
            (await BytesAsync(s => FlatAnswerWriter.WriteAccessesAsync(s, accesses.ToAsyncEnumerable(), default)), false),
            (await BytesAsync(s => FlatAnswerWriter.WriteInactiveAsync(s, numbers.ToAsyncEnumerable(), default)), false),
            (await BytesAsync(s => FlatAnswerWriter.WriteAcknowledgementAsync(s, "12", [new("CPF03", null)], results.ToAsyncEnumerable(), default)), false),
            (await WriteAsync(new FlatFormat(), Header(2), Child(), Mother()), false),
        ];
    }
}
