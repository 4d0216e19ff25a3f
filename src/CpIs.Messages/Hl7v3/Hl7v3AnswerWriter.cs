using System.Globalization;
using CpIs.Domain.Exchange;
using CpIs.Domain.Time;

namespace CpIs.Messages.Hl7v3;

/// <summary>
/// Writes the three messages that CP-IS sends to councils (reference sections c, d, e), for the stand-in CP-IS and for samples. Streaming;
/// the stream is left open.
/// </summary>
public static class Hl7v3AnswerWriter
{
    private const string Confirmed = "CPR06";

    /// <summary>Writes message 02. Codes are listed for all records, each with the place of its record.</summary>
    /// <param name="records">Gone through twice, as the codes stand before the records.</param>
    public static async Task WriteAcknowledgementAsync(
        Stream stream,
        AcknowledgementHead head,
        IAsyncEnumerable<AcknowledgedRecord> records,
        CancellationToken cancellationToken)
    {
        await using var xml = new Hl7Writer(stream);
        await xml.StartDocumentAsync(Wire.AcknowledgementRoot);
        await xml.ValueAsync("creationTime", Hl7Time.Instant(head.CreatedAt));
        await xml.EmptyAsync("id", ("extension", head.FileNumber));
        await xml.ValueAsync("transmissionQuantity", head.Processed is { } processed ? Text(processed) : Wire.Unknown);
        await xml.StartAsync("acknowledgementFile");
        foreach (var code in head.FileCodes)
        {
            await xml.StartAsync("acknowledgementFileDetail");
            await xml.EmptyAsync("code", ("code", code.Code), ("displayName", code.Display));
            await xml.EndAsync();
        }

        await xml.EndAsync();
        await WriteDetailsAsync(xml, records, cancellationToken);
        await SubjectXml.WriteOrganisationAsync(xml, "communicationFunctionRcv", head.Council);
        await WriteCountAsync(xml, "failedReturnedCP-ISRecords", head.Failed);
        await foreach (var record in records.WithCancellation(cancellationToken))
        {
            await WriteRecordAsync(xml, record, head.Council);
        }

        await WriteCountAsync(xml, "successfulReturnedCP-ISRecords", head.Successful);
        await xml.EndDocumentAsync();
    }

    /// <summary>Writes message 05.</summary>
    /// <param name="total">The total to state, whatever follows.</param>
    public static async Task WriteAccessNotificationAsync(
        Stream stream,
        NotificationHead head,
        int total,
        IAsyncEnumerable<AccessBlock> blocks,
        CancellationToken cancellationToken)
    {
        await using var xml = new Hl7Writer(stream);
        await WriteHeadAsync(xml, Wire.AccessRoot, head);
        await xml.StartAsync("pertinentInformation");
        await WriteCountAsync(xml, "pertinentTotalReturnedRecords", total);
        await xml.EndAsync();
        await foreach (var block in blocks.WithCancellation(cancellationToken))
        {
            await xml.StartAsync("pertinentInformation1", "pertinentCP-ISRecordAccess");
            foreach (var query in block.Queries)
            {
                await WriteQueryAsync(xml, query, head);
            }

            await xml.StartAsync("reference", "referredToLAUploadFile");
            await xml.EmptyAsync("value", ("extension", block.UploadFileNumber));
            await xml.EndAsync(levels: 4);
        }

        await WriteRecipientAsync(xml, head);
        await xml.EndDocumentAsync();
    }

    /// <summary>Writes message 06.</summary>
    public static async Task WriteInactiveNotificationAsync(
        Stream stream,
        NotificationHead head,
        IAsyncEnumerable<InactiveNumber> numbers,
        CancellationToken cancellationToken)
    {
        await using var xml = new Hl7Writer(stream);
        await WriteHeadAsync(xml, Wire.InactiveRoot, head);
        await WriteRecipientAsync(xml, head);
        await foreach (var number in numbers.WithCancellation(cancellationToken))
        {
            await xml.StartAsync("subject", "pDSInactivePatient");
            await SubjectXml.WriteIdsAsync(xml, "id", number.NhsNumber, number.LocalPersonId, head.OdsCode, head.Name);
            if (number.Replacements.Count > 0)
            {
                await xml.StartAsync("replacedBy", "newVersion");
                foreach (var replacement in number.Replacements)
                {
                    await xml.EmptyAsync("id", ("extension", replacement));
                }

                await xml.EndAsync(levels: 2);
            }

            await xml.StartAsync("subjectOf", "lAUploadFile");
            await xml.EmptyAsync("value", ("extension", number.UploadFileNumber));
            await xml.EndAsync(levels: 4);
        }

        await xml.EndDocumentAsync();
    }

    private static async Task WriteDetailsAsync(Hl7Writer xml, IAsyncEnumerable<AcknowledgedRecord> records, CancellationToken cancellationToken)
    {
        var number = 0;
        await foreach (var record in records.WithCancellation(cancellationToken))
        {
            if (++number == 1)
            {
                await xml.StartAsync("acknowledgementRecord");
            }

            await xml.StartAsync("acknowledgementRecordDetail", "code");
            await xml.AttributesAsync(("code", record.Code), ("codeSystem", Wire.RecordCodeSystem), ("displayName", record.Display));
            if (record.Detail is { } detail)
            {
                await xml.EmptyAsync("translation", (detail.Any(char.IsWhiteSpace) ? "displayName" : "code", detail));
            }

            await xml.EndAsync();
            await xml.TextAsync(
                "location",
                $"/{Wire.AcknowledgementRoot}/message[{Text(number)}]/cP-ISLAAcknowledgementResponse/pertinentInformation1/{RecordElement(record)}");
            await xml.EndAsync();
        }

        if (number > 0)
        {
            await xml.EndAsync();
        }
    }

    private static async Task WriteRecordAsync(Hl7Writer xml, AcknowledgedRecord record, Authority council)
    {
        await xml.StartAsync("message", "cP-ISLAAcknowledgementResponse", "pertinentInformation1", RecordElement(record));
        if (!IsConfirmed(record))
        {
            await SubjectXml.WritePlanAsync(xml, record.Claim);
        }

        await SubjectXml.WriteSubjectAsync(xml, record.Claim, council);
        await xml.EndAsync(levels: 4);
    }

    private static async Task WriteHeadAsync(Hl7Writer xml, string root, NotificationHead head)
    {
        await xml.StartDocumentAsync(root);
        await xml.ValueAsync("effectiveTime", Hl7Time.Instant(head.MadeAt));
        await xml.EmptyAsync("id", ("root", Text(head.Id)));
    }

    private static async Task WriteRecipientAsync(Hl7Writer xml, NotificationHead head)
    {
        await xml.StartAsync("primaryInformationRecipient");
        await xml.ContentIdAsync(Wire.Recipient);
        await xml.StartAsync(Wire.Recipient.Element);
        await WriteOrganisationAsync(xml, "representedSourceOrganization", head.OdsCode, head.Name);
        await xml.EndAsync(levels: 2);
    }

    private static async Task WriteQueryAsync(Hl7Writer xml, AccessQuery query, NotificationHead head)
    {
        await xml.StartAsync("pertinentInformation2", "pertinentCP-ISNHSQuery");
        await xml.ValueAsync("effectiveTime", query.TimeIsKnown ? Hl7Time.Instant(query.At) : Hl7Time.Date(London.DateOf(query.At)));
        await xml.EmptyAsync("id", ("root", Text(query.Id)));
        await WriteAuthorAsync(xml, query.Author);
        await xml.StartAsync("queryByParameter", "person.id");
        await SubjectXml.WriteIdsAsync(xml, "value", query.NhsNumber, query.LocalPersonId, head.OdsCode, head.Name);
        await xml.EndAsync(levels: 4);
    }

    private static async Task WriteAuthorAsync(Hl7Writer xml, AccessAuthor author)
    {
        await xml.StartAsync("author");
        switch (author)
        {
            case AccessAuthor.Person person:
                await xml.ContentIdAsync(Wire.PersonAuthor);
                await xml.StartAsync(Wire.PersonAuthor.Element);
                await WriteRoleAsync(xml, person.Who);
                await xml.EmptyAsync("id", ("root", Wire.UserRoot), ("extension", person.UserId));
                await xml.EmptyAsync("id", ("root", Wire.RoleProfileRoot), ("extension", person.RoleProfileId));
                await WriteNameAsync(xml, "assignedAuthorPerson", person.Who.Name);
                await WriteOrganisationAsync(xml, "representedOrganization", author.OrganisationCode, author.OrganisationName);
                break;
            case AccessAuthor.Device device:
                await xml.ContentIdAsync(Wire.DeviceAuthor);
                await xml.StartAsync(Wire.DeviceAuthor.Element);
                await xml.EmptyAsync("id", ("root", Wire.DeviceRoot), ("extension", device.Asid));
                foreach (var superior in device.Superiors)
                {
                    await xml.StartAsync("indirectAuthority", "superiorAssignedEntity");
                    await WriteRoleAsync(xml, superior);
                    await WriteNameAsync(xml, "assignedPerson", superior.Name);
                    await xml.EndAsync(levels: 2);
                }

                await WriteOrganisationAsync(xml, "maintainingOrganization", author.OrganisationCode, author.OrganisationName);
                break;
            default:
                throw new ArgumentException("Neither a person nor a device.", nameof(author));
        }

        await xml.EndAsync(levels: 2);
    }

    private static Task WriteRoleAsync(Hl7Writer xml, Superior who) =>
        xml.EmptyAsync("code", ("code", who.RoleCode), ("codeSystem", Wire.JobRoleSystem), ("displayName", who.RoleText));

    private static async Task WriteNameAsync(Hl7Writer xml, string person, PersonName name)
    {
        await xml.StartAsync(person, "name");
        (string Part, IEnumerable<string?> Values)[] parts =
            [("prefix", [name.Prefix]), ("given", name.Given), ("family", [name.Family]), ("suffix", [name.Suffix])];
        foreach (var (part, values) in parts)
        {
            foreach (var value in values.OfType<string>())
            {
                await xml.TextAsync(part, value);
            }
        }

        await xml.EndAsync(levels: 2);
    }

    private static async Task WriteOrganisationAsync(Hl7Writer xml, string element, string code, string name)
    {
        await xml.StartAsync(element);
        await xml.EmptyAsync("id", ("root", Wire.OrganisationRoot), ("extension", code));
        await xml.TextAsync("name", name);
        await xml.EndAsync();
    }

    private static async Task WriteCountAsync(Hl7Writer xml, string element, int count)
    {
        await xml.StartAsync(element);
        await xml.ValueAsync("value", Text(count));
        await xml.EndAsync();
    }

    private static string RecordElement(AcknowledgedRecord record) => IsConfirmed(record) ? "validCP-ISRecord" : "invalidCP-ISRecord";

    private static bool IsConfirmed(AcknowledgedRecord record) => record.Code == Confirmed;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // The specification wants UUIDs in upper case.
    private static string Text(Guid id) => id.ToString("D").ToUpperInvariant();
}
