using System.Text;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Fhir;
using CpIs.Messages.Tests.Fhir.Validation;

namespace CpIs.Messages.Tests.Fhir;

/// <summary>The only way in which these tests write FHIR: everything that is written is validated.</summary>
internal static class FhirFiles
{
    public static readonly Authority Council = new("SAM", "999", "EXAMPLE COUNCIL", "01632960001", "01632960002");

    public static readonly DateTimeOffset CreatedAt = new(2026, 3, 10, 2, 0, 0, TimeSpan.Zero);

    public static async Task<string> Write(Authority council, int number, IReadOnlyList<UploadRecord> records)
    {
        using var stream = new MemoryStream();
        await using (var writer = new FhirFormat().Begin(stream, new UploadHeader(new SequenceNumber(number), council, CreatedAt, records.Count)))
        {
            foreach (var record in records)
            {
                await writer.WriteAsync(record, CancellationToken.None);
            }

            await writer.CompleteAsync(CancellationToken.None);
        }

        var text = Encoding.UTF8.GetString(stream.ToArray());
        FhirValidator.Validate(text).ShouldBeEmpty();
        return text;
    }

    public static Task<string> Write(params UploadRecord[] records) => Write(Council, 123, records);

    public static FhirUpload ReadBack(string text, string councilCode = "SAM") =>
        FhirUploadReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), councilCode);

    public static UploadRecord Record(
        string nhsNumber,
        PlanType type,
        string start,
        string? end = null,
        string family = "Sample",
        string given = "Alex",
        string birth = "2018-05-04",
        string person = "P1001",
        string? delete = null,
        string? visible = null,
        bool forecast = false) => new(
            new RecordKey(NhsNumber.Parse(nhsNumber), type, Day(start)),
            new RecordContent(end is null ? null : Day(end), family, given, Day(birth), person),
            delete is null ? null : Day(delete),
            visible is null ? null : Day(visible),
            forecast);

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd");
}
