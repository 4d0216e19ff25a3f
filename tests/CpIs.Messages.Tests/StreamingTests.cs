using CpIs.Messages.Flat;
using CpIs.Messages.Hl7v3;
using static CpIs.Messages.Tests.Support.Sample;

namespace CpIs.Messages.Tests;

/// <summary>Memory does not grow with the number of records: what was written is on the stream, what was not asked for is not read.</summary>
public class StreamingTests
{
    private const int Records = 2000;
    private const int Buffered = 64 * 1024;

    public static TheoryData<string> Formats => ["hl7v3", "flat"];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Records_reach_the_stream_as_they_are_written(string format)
    {
        using var stream = new MemoryStream();
        await using var writer = Format(format).Begin(stream, Header(Records));
        for (var i = 0; i < Records; i++)
        {
            await writer.WriteAsync(Child(), default);
        }

        var before = stream.Length;
        await writer.CompleteAsync(default);

        before.ShouldBeGreaterThan(100_000);
        (stream.Length - before).ShouldBeLessThan(Buffered);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task The_first_record_is_had_before_the_rest_is_read(string format)
    {
        using var stream = new MemoryStream(await WriteAsync(Format(format), Header(Records), [.. Enumerable.Repeat(Child(), Records)]));

        var parts = format == "flat" ? FlatUploadReader.Read(stream) : Hl7v3UploadReader.Read(stream);
        parts.OfType<UploadEntry>().First().Record.ShouldNotBeNull();

        stream.Position.ShouldBeLessThan(Buffered);
        stream.Length.ShouldBeGreaterThan(2 * Buffered);
    }

    [Fact]
    public async Task Cancellation_stops_a_writer()
    {
        using var source = new CancellationTokenSource();
        await using var writer = new Hl7v3Format().Begin(new MemoryStream(), Header(2));
        await writer.WriteAsync(Child(), source.Token);
        await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => writer.WriteAsync(Child(), source.Token));
    }

    private static IUploadFormat Format(string name) => name == "flat" ? new FlatFormat() : new Hl7v3Format();
}
