using System.Globalization;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;

namespace CpIs.Messages.Hl7v3;

internal sealed class Hl7v3UploadWriter(Stream stream, UploadHeader header) : IUploadWriter
{
    private readonly Hl7Writer _xml = new(stream);
    private readonly UploadTally _tally = new(header.RecordCount);

    public async Task WriteAsync(UploadRecord record, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Check(record);
        if (_tally.Add() == 1)
        {
            await WriteHeadAsync();
        }

        await _xml.StartAsync("record", "CP-ISRecord");
        await SubjectXml.WritePlanAsync(_xml, UploadClaim.Of(record));
        await SubjectXml.WriteSubjectAsync(_xml, UploadClaim.Of(record), header.Authority);
        await _xml.EndAsync(levels: 2);
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _tally.Complete();
        await _xml.EndDocumentAsync();
        await stream.FlushAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _xml.DisposeAsync();

    public static void Check(UploadHeader header)
    {
        var authority = header.Authority;
        ThrowIf(header.RecordCount < 1, "A file without records cannot be sent (rule U7).", nameof(header.RecordCount));
        ThrowIf(IsBlank(authority.OdsCode), "The council's ODS code is needed.", nameof(authority.OdsCode));
        ThrowIf(IsBlank(authority.Name), "The council's name is needed.", nameof(authority.Name));
        ThrowIf(!IsTelephone(authority.EmergencyDutyPhone), "The emergency duty telephone must be digits with an optional leading +.", nameof(authority.EmergencyDutyPhone));
        ThrowIf(authority.OfficePhone is { } office && !IsTelephone(office), "The office telephone must be digits with an optional leading +.", nameof(authority.OfficePhone));
    }

    private static void Check(UploadRecord record)
    {
        DateOnly?[] dates = [record.Key.Start, record.Content.End, record.DeleteDate];
        ThrowIf(dates.Any(d => d is { Year: < Hl7Time.MinPlanYear or > Hl7Time.MaxPlanYear }), "A plan date outside 1900 to 2099 would make the whole file malformed.", nameof(record));
        ThrowIf(record.Key.PlanType == PlanType.Ucpp && record.Content.End is null, "An unborn child's plan needs an end (rule S6).", nameof(record));
        ThrowIf(IsBlank(record.Content.FamilyName) || IsBlank(record.Content.GivenName), "A family name and a given name are needed (rule N5).", nameof(record));
    }

    private static bool IsBlank(string? text) => string.IsNullOrWhiteSpace(XmlText.Clean(text ?? string.Empty));

    private static bool IsTelephone(string? text)
    {
        var digits = text.AsSpan();
        digits = digits.StartsWith('+') ? digits[1..] : digits;
        return digits.Length > 0 && digits.IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private static void ThrowIf(bool wrong, string message, string name)
    {
        if (wrong)
        {
            throw new ArgumentException(message, name);
        }
    }

    private async Task WriteHeadAsync()
    {
        await _xml.StartDocumentAsync(Wire.UploadRoot);
        await _xml.ValueAsync("creationTime", Hl7Time.Instant(header.CreatedAt));
        await _xml.EmptyAsync("id", ("extension", header.FileNumber.ToString()));
        await _xml.ValueAsync("transmissionQuantity", header.RecordCount.ToString(CultureInfo.InvariantCulture));
        await SubjectXml.WriteOrganisationAsync(_xml, "communicationFunctionSnd", header.Authority);
    }
}
