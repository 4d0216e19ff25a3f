using CpIs.Domain.Exchange;
using CpIs.Messages.Inbound;

namespace CpIs.Messages.Hl7v3;

/// <summary>Reads message 05 (reference section d; rules A1, A3, A10, A11).</summary>
internal sealed class AccessNotificationReader
{
    private const string Separator = "; ";

    private readonly NotificationFrame _frame = new();
    private readonly List<Access> _accesses = [];
    private int _queries;

    public Reading Read(PartReader parts)
    {
        int? total = null;
        var hasTotal = false;
        var blocks = 0;
        while (parts.Next() is { } part)
        {
            if (part.Is("pertinentInformation1"))
            {
                ReadBlock(part, $"/{Wire.AccessRoot}/pertinentInformation1[{++blocks}]");
            }
            else if (part.Is("pertinentInformation"))
            {
                hasTotal = true;
                total ??= part.At("pertinentTotalReturnedRecords", "value")?.Number("value");
            }
            else if (part.Namespace == Wire.Namespace)
            {
                _frame.Take(part);
            }
        }

        if (total is null && blocks == 0)
        {
            return "The access notification has neither a total nor an access.";
        }

        if (hasTotal && total is null)
        {
            _frame.CannotRead($"/{Wire.AccessRoot}/pertinentInformation", "The total is not a whole number.");
        }

        return new AccessNotification(_frame.RecipientOdsCode, total, blocks, _queries, _accesses, _frame.Unread) { MadeAt = _frame.MadeAt };
    }

    private void ReadBlock(XmlPart block, string where)
    {
        var record = block.Child("pertinentCP-ISRecordAccess");
        var file = PartText.Extension(record?.At("reference", "referredToLAUploadFile", "value"));
        var count = 0;
        foreach (var query in record?.All("pertinentInformation2") ?? [])
        {
            count++;
            ReadQuery(query, $"{where}/pertinentCP-ISRecordAccess/pertinentInformation2[{count}]", file);
        }

        _queries += count;
        if (count == 0)
        {
            _frame.CannotRead(where, "The block holds no access.");
        }
    }

    private void ReadQuery(XmlPart holder, string where, string? uploadFileNumber)
    {
        if (holder.Child("pertinentCP-ISNHSQuery") is not { } query)
        {
            _frame.CannotRead(where, "pertinentCP-ISNHSQuery is missing.");
            return;
        }

        if (!Hl7Time.TryParse(query.Child("effectiveTime")?.Value("value"), out var at))
        {
            _frame.CannotRead(where, "effectiveTime is missing or is not a date or time.");
            return;
        }

        var (number, local) = PartText.PersonIds(query.All("queryByParameter").SelectMany(q => q.All("person.id")).SelectMany(p => p.All("value")));
        var author = ReadAuthor(query.Child("author"));
        _accesses.Add(new Access(
            QueryId(query.Child("id")),
            at.Instant,
            at.TimeIsKnown,
            number,
            local,
            author.AccessedBy,
            author.JobRole,
            PartText.Extension(author.Organisation?.Child("id")),
            PartText.Text(author.Organisation?.Child("name")),
            uploadFileNumber));
    }

    // Root and extension together are the identity; taking one of them alone could make two accesses look like one.
    private static string? QueryId(XmlPart? id) => (InboundText.Clean(id?.Value("root")), PartText.Extension(id)) switch
    {
        ({ } root, { } extension) => $"{root}:{extension}",
        var (root, extension) => root ?? extension,
    };

    private static (string? AccessedBy, string? JobRole, XmlPart? Organisation) ReadAuthor(XmlPart? author)
    {
        if (author?.Child(Wire.PersonAuthor.Element) is { } person)
        {
            return (
                PartText.PersonName(person.At("assignedAuthorPerson", "name")),
                PartText.JobRole(person.Child("code")),
                person.Child("representedOrganization"));
        }

        if (author?.Child(Wire.DeviceAuthor.Element) is not { } device)
        {
            return default;
        }

        var superiors = device.All("indirectAuthority").SelectMany(a => a.All("superiorAssignedEntity")).ToList();
        var names = superiors.Select(s => PartText.PersonName(s.At("assignedPerson", "name"))).OfType<string>();
        var roles = superiors.Select(s => PartText.JobRole(s.Child("code"))).OfType<string>();
        return (
            InboundText.Clean(string.Join(Separator, names)) ?? InboundText.Clean($"System {PartText.Id(device.Child("id"))}"),
            InboundText.Clean(string.Join(Separator, roles)),
            device.Child("maintainingOrganization"));
    }
}
