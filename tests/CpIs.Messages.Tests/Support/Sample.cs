using System.Text;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Inbound;

namespace CpIs.Messages.Tests.Support;

/// <summary>An invented council and invented people.</summary>
internal static class Sample
{
    public const string Alex = "9990000018";
    public const string Bea = "9990000026";
    public const string Cara = "9990000034";

    public static readonly Authority Council = new("EX", "X99", "EXAMPLE COUNCIL", "01632960001", "+441632960002");

    public static readonly DateTimeOffset Winter = new(2026, 3, 10, 2, 0, 0, TimeSpan.Zero);

    public static readonly DateTimeOffset Summer = new(2026, 7, 10, 1, 0, 0, TimeSpan.Zero);

    public static UploadRecord Child(PlanType? type = null, DateOnly? end = null, DateOnly? delete = null) => new(
        new RecordKey(NhsNumber.Parse(Alex), type ?? PlanType.Cpp, Day(2026, 1, 15)),
        new RecordContent(end, "Sample", "Alex", Day(2018, 5, 4), "P1234"),
        delete,
        null,
        false);

    public static UploadRecord Mother(DateOnly? end = null) => new(
        new RecordKey(NhsNumber.Parse(Bea), PlanType.Ucpp, Day(2026, 2, 1)),
        new RecordContent(end ?? Day(2026, 8, 1), "Sample", "Jo", Day(1999, 1, 1), "P77"),
        null,
        null,
        false);

    public static UploadHeader Header(int count, DateTimeOffset? at = null, Authority? council = null) =>
        new(new SequenceNumber(123), council ?? Council, at ?? Winter, count);

    public static DateOnly Day(int year, int month, int day) => new(year, month, day);

    public static async Task<byte[]> WriteAsync(IUploadFormat format, UploadHeader header, params UploadRecord[] records)
    {
        using var stream = new MemoryStream();
        await using (var writer = format.Begin(stream, header))
        {
            foreach (var record in records)
            {
                await writer.WriteAsync(record, CancellationToken.None);
            }

            await writer.CompleteAsync(CancellationToken.None);
        }

        return stream.ToArray();
    }

    public static async Task<byte[]> BytesAsync(Func<Stream, Task> write)
    {
        using var stream = new MemoryStream();
        await write(stream);
        return stream.ToArray();
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static InboundReading Read(string text) => new InboundReader().Read(Utf8(text));

    public static T Message<T>(string text)
        where T : InboundMessage => Message<T>(Read(text));

    public static T Message<T>(InboundReading reading)
        where T : InboundMessage
    {
        reading.Problem.ShouldBeNull();
        return reading.Message.ShouldBeOfType<T>();
    }
}
