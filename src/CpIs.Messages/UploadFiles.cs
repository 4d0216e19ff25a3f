using CpIs.Domain.Exchange;
using CpIs.Messages.Fhir;
using CpIs.Messages.Flat;
using CpIs.Messages.Hl7v3;

namespace CpIs.Messages;

/// <summary>Reads upload files of any format back, as they were written.</summary>
public static class UploadFiles
{
    /// <summary>
    /// Reads a whole file. What a format does not carry is left empty: the last day of visibility in hl7v3, and in all of them whether an
    /// end is only a forecast.
    /// </summary>
    /// <param name="stream">Seekable; left open.</param>
    /// <param name="format">hl7v3, fhir or flat.</param>
    /// <param name="councilCode">The council's own code, which FHIR's identifiers are made with.</param>
    /// <exception cref="FormatException">It is not a file that this project writes, or was damaged. The message names the place and no content.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static (UploadHead Head, IReadOnlyList<UploadRecord> Records) Read(Stream stream, string format, string councilCode)
    {
        if (format == "fhir")
        {
            var upload = FhirUploadReader.Read(stream, councilCode);
            var header = upload.Header;
            return (
                new UploadHead(
                    header.FileNumber.ToString(), header.CreatedAt, header.RecordCount, header.Authority.OdsCode, header.Authority.Name,
                    header.Authority.OfficePhone, header.Authority.EmergencyDutyPhone),
                upload.Records);
        }

        UploadHead? head = null;
        var records = new List<UploadRecord>();
        foreach (var part in format == "flat" ? FlatUploadReader.Read(stream) : Hl7v3UploadReader.Read(stream))
        {
            switch (part)
            {
                case UploadHead found:
                    head = found;
                    break;
                case UploadEntry { Record: { } record }:
                    records.Add(record);
                    break;
                case UploadEntry entry:
                    throw Fault(entry.Faults[0]);
                case UploadFileFault { Fault: var fault }:
                    throw Fault(fault);
            }
        }

        return head is not null && records.Count > 0 ? (head, records) : throw new FormatException("The file holds no record.");
    }

    private static FormatException Fault(UploadFault fault) => new($"{fault.Where}: {fault.Problem}");
}
