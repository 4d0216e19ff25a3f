using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Fhir;
using Xunit.Abstractions;
using static CpIs.Messages.Tests.Fhir.FhirFiles;

namespace CpIs.Messages.Tests.Fhir;

/// <summary>Tests that measure the heap and so run when no other does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;

[Collection(nameof(AloneCollection))]
public class FhirMemoryTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_bundle_of_100_000_entries_never_sits_in_memory()
    {
        const int records = 50_000;
        var sink = new MeasuringStream();
        var writer = new FhirFormat().Begin(sink, new UploadHeader(new SequenceNumber(1), Council, CreatedAt, records));
        var start = Day("1990-01-01");
        var record = Record("9990000018", PlanType.Cpp, "1990-01-01", end: "2026-03-09");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        for (var i = 0; i < records; i++)
        {
            var one = record with { Key = record.Key with { Start = start.AddDays(i % 10_000) }, Content = record.Content with { LocalPersonId = $"P{i}" } };
            await writer.WriteAsync(one, CancellationToken.None);
            if (i % 5_000 == 0)
            {
                // One in five thousand goes through the validator: all would take minutes, and they differ in dates and digits only.
                _ = await Write(one);
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        await writer.CompleteAsync(CancellationToken.None);

        output.WriteLine($"{sink.Length / 1e6:F0} MB in writes of at most {sink.LargestWrite / 1024} KiB; the heap grew by at most {most / 1024} KiB.");
        sink.Length.ShouldBeGreaterThan(100_000_000);
        sink.LargestWrite.ShouldBeLessThan(256 * 1024);
        most.ShouldBeLessThan(4 * 1024 * 1024);
    }
}
