using CpIs.Domain.Exchange;
using CpIs.Domain.Values;

namespace CpIs.Messages.Hl7v3;

/// <summary>Reads one <c>record</c> of an upload and judges what the message definition leaves open (reference section b, "what you must check yourself").</summary>
internal sealed class UploadRecordXml
{
    private readonly string _where;
    private readonly List<UploadFault> _faults;

    private UploadRecordXml(string where, List<UploadFault> faults)
    {
        _where = where;
        _faults = faults;
    }

    /// <param name="record">The element, checked for its shape.</param>
    /// <param name="number">Position in the file.</param>
    /// <param name="where">Its path.</param>
    /// <param name="faults">Faults of its shape; what is found here is added.</param>
    public static UploadEntry Read(XmlPart record, int number, string where, List<UploadFault> faults)
    {
        var reader = new UploadRecordXml(where + "/CP-ISRecord", faults);
        var body = record.Child("CP-ISRecord") ?? new XmlPart("CP-ISRecord", Wire.Namespace);
        var (claim, parsed) = reader.Read(body);
        return new UploadEntry(number, faults.Count == 0 ? parsed : null, claim, faults);
    }

    private (UploadClaim Claim, UploadRecord? Record) Read(XmlPart body)
    {
        var plans = body.All("pertinentInformation").ToList();
        var subjects = body.All("subject").ToList();
        if (plans.Count > 1 || subjects.Count > 1)
        {
            // Allowed by the message, but one plan type and one subject per record is what councils are to send (rule S8).
            Content("pertinentInformation", "One plan type and one subject are expected.");
        }

        if (plans.Select(p => PlanOf(p).Block).OfType<PlanBlock>().GroupBy(b => b).Any(g => g.Count() > 1))
        {
            Content("pertinentInformation", "A plan type occurs twice.");
        }

        var (block, plan) = plans.Select(PlanOf).FirstOrDefault();
        var (role, person, ids) = subjects.Select(SubjectOf).FirstOrDefault();
        CheckContentIds(plans, subjects);
        if (block is not null && role is not null && block.Type.SubjectRole != role)
        {
            Content("subject", "The subject does not belong to the plan type.");
        }

        var (number, local) = IdsOf(ids ?? []);
        var claim = new UploadClaim(
            block?.Type,
            role,
            number,
            local,
            Raw(person?.At("name", "family")?.Text),
            Raw(person?.At("name", "given")?.Text),
            person?.Child("birthTime")?.Value("value"),
            block is null ? null : plan?.At("component", block.Start, "value")?.Value("value"),
            block is null ? null : plan?.At("component1", block.End, "value")?.Value("value"),
            block is null ? null : plan?.At("component2", block.Delete, "value")?.Value("value"));
        return (claim, Parse(claim));
    }

    private static (PlanBlock? Block, XmlPart? Plan) PlanOf(XmlPart information)
    {
        var block = Wire.PlanBlocks.FirstOrDefault(b => information.Child(b.Template.Element) is not null);
        return (block, block is null ? null : information.Child(block.Template.Element));
    }

    private static (SubjectRole? Role, XmlPart? Person, IReadOnlyList<XmlPart>? Ids) SubjectOf(XmlPart subject)
    {
        if (subject.Child(Wire.Child.Element) is { } child)
        {
            return (SubjectRole.Child, child.Child("childPerson"), [.. child.All("id")]);
        }

        return subject.At(Wire.UnbornChild.Element, "parentMotherPerson") is { } mother
            ? (SubjectRole.Mother, mother, [.. mother.Child("playedMother")?.All("id") ?? []])
            : default;
    }

    private void CheckContentIds(IReadOnlyList<XmlPart> plans, IReadOnlyList<XmlPart> subjects)
    {
        IEnumerable<Template> templates = [.. Wire.PlanBlocks.Select(b => b.Template), Wire.Child, Wire.UnbornChild];
        foreach (var holder in plans.Concat(subjects))
        {
            var id = holder.Children.FirstOrDefault(c => c is { LocalName: "contentId", Namespace: Wire.LocalNamespace });
            var template = templates.FirstOrDefault(t => holder.Child(t.Element) is not null);
            if (id is null || template is null)
            {
                continue;
            }

            if (id.Value("root") != Wire.ContentIdRoot || id.Value("extension") != template.ContentId)
            {
                Content(holder.LocalName, "contentId does not announce the block that follows it.");
            }
        }
    }

    private (string? NhsNumber, string? LocalPersonId) IdsOf(IReadOnlyList<XmlPart> ids)
    {
        string? number = null;
        string? local = null;
        for (var i = 0; i < ids.Count; i++)
        {
            var expected = i == 0 ? Wire.NhsNumberRoot : Wire.LocalPersonRoot;
            if (ids[i].Value("root") != expected)
            {
                Content("subject", "The ids are not the NHS number followed by the local person id.");
            }
            else if (i == 0)
            {
                number = Raw(ids[i].Value("extension"));
                if (ids[i].Value("assigningAuthorityName") is not null)
                {
                    Content("subject", "An NHS number has no assigning authority.");
                }
            }
            else
            {
                local = Raw(ids[i].Value("extension"));
                if (local is null || ids[i].Value("assigningAuthorityName") is null)
                {
                    Content("subject", "The local person id or its assigning authority is blank.");
                }
            }
        }

        return (number, local);
    }

    private UploadRecord? Parse(UploadClaim claim)
    {
        var start = DateOf(claim.StartDate, "pertinentInformation", "start date");
        var end = DateOf(claim.EndDate, "pertinentInformation", "end date");
        var delete = DateOf(claim.DeleteDate, "pertinentInformation", "delete date");
        var birth = DateOf(claim.BirthDate, "subject", "birth date");
        if (end < start)
        {
            Content("pertinentInformation", "The end date lies before the start date.");
        }

        if (claim.NhsNumber is not { Length: 10 } || !NhsNumber.TryParse(claim.NhsNumber, out var number))
        {
            number = null;
            _faults.Add(new UploadFault(UploadFaultKind.NhsNumber, _where, "The NHS number is missing or not a valid number of ten digits."));
        }

        if (claim.FamilyName is null || claim.GivenName is null)
        {
            Content("subject", "The family name or the given name is blank.");
        }

        return number is null || claim.PlanType is null || start is null || birth is null || claim.FamilyName is null || claim.GivenName is null
            ? null
            : new UploadRecord(
                new RecordKey(number, claim.PlanType, start.Value),
                new RecordContent(end, claim.FamilyName, claim.GivenName, birth.Value, claim.LocalPersonId ?? string.Empty),
                delete,
                VisibleUntil: null,
                EndIsForecast: false);
    }

    private DateOnly? DateOf(string? text, string element, string what)
    {
        if (text is null)
        {
            return null;
        }

        if (Hl7Time.TryParseDate(text, out var date))
        {
            return date;
        }

        Content(element, $"The {what} is not a full date of the calendar.");
        return null;
    }

    private static string? Raw(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private void Content(string element, string problem) =>
        _faults.Add(new UploadFault(UploadFaultKind.Content, $"{_where}/{element}", problem));
}
