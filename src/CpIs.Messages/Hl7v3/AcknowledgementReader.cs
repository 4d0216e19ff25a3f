using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Inbound;

namespace CpIs.Messages.Hl7v3;

/// <summary>Reads message 02 (reference section c; rules K1 to K3).</summary>
internal sealed class AcknowledgementReader
{
    private readonly List<AcknowledgementCode> _fileCodes = [];
    private readonly List<AcknowledgedDetail> _details = [];
    private readonly List<AcknowledgedBlock> _blocks = [];
    private readonly List<UnreadPart> _unread = [];
    private string? _fileNumber;
    private string? _recipient;
    private DateTimeOffset? _madeAt;
    private int? _processed;
    private int? _failed;
    private int? _successful;
    private int _messages;

    public Reading Read(PartReader parts)
    {
        while (parts.Next() is { } part)
        {
            if (part.Namespace == Wire.Namespace)
            {
                Take(part);
            }
        }

        if (_fileNumber is null)
        {
            return "The acknowledgement does not say which file it answers.";
        }

        if (_fileCodes.Count == 0)
        {
            return "The acknowledgement has no file code.";
        }

        var results = AcknowledgementMatch.Join(_details, _blocks, _messages);
        return new Acknowledgement(_recipient, _fileNumber, _fileCodes, _processed, _successful, _failed, results, _unread) { MadeAt = _madeAt };
    }

    private void Take(XmlPart part)
    {
        switch (part.LocalName)
        {
            case "creationTime":
                _madeAt ??= PartText.MadeAt(part);
                break;
            case "id":
                _fileNumber ??= PartText.Extension(part);
                break;
            case "transmissionQuantity":
                _processed ??= Count(part);
                break;
            case "acknowledgementFile":
                TakeFileCodes(part);
                break;
            case "acknowledgementRecord":
                TakeDetails(part);
                break;
            case "communicationFunctionRcv":
                _recipient ??= PartText.Extension(part.At("organisation", "id"));
                break;
            case "failedReturnedCP-ISRecords":
                _failed ??= Count(part.Child("value"));
                break;
            case "successfulReturnedCP-ISRecords":
                _successful ??= Count(part.Child("value"));
                break;
            case "message":
                TakeMessage(part, ++_messages);
                break;
            default:
                break;
        }
    }

    // CP-IS writes -1 where it does not know.
    private static int? Count(XmlPart? part) => part?.Number("value") is { } n and >= 0 ? n : null;

    private void TakeFileCodes(XmlPart file)
    {
        var number = 0;
        foreach (var detail in file.All("acknowledgementFileDetail"))
        {
            number++;
            var code = detail.Child("code");
            if (InboundText.Clean(code?.Value("code")) is { } value)
            {
                _fileCodes.Add(new AcknowledgementCode(value, InboundText.Clean(code!.Value("displayName"))));
            }
            else
            {
                CannotRead($"acknowledgementFile/acknowledgementFileDetail[{number}]", "The code is missing.");
            }
        }
    }

    private void TakeDetails(XmlPart record)
    {
        var number = 0;
        foreach (var detail in record.All("acknowledgementRecordDetail"))
        {
            number++;
            var code = detail.Child("code");
            if (InboundText.Clean(code?.Value("code")) is { } value)
            {
                _details.Add(new AcknowledgedDetail(
                    value,
                    InboundText.Clean(code!.Value("displayName")),
                    DetailOf(code),
                    RecordLocation.Parse(detail.Child("location")?.Text)));
            }
            else
            {
                CannotRead($"acknowledgementRecord/acknowledgementRecordDetail[{number}]", "The code is missing.");
            }
        }
    }

    // Where CP-IS puts the second code of a CPR07 is not known for certain; translation is likely, qualifier is what Spine uses inside.
    private static string? DetailOf(XmlPart code)
    {
        var seconds = code.All("translation").Concat(code.All("qualifier").SelectMany(q => q.All("value")));
        var texts = seconds.Select(s => string.Join(' ', new[] { s.Value("code"), s.Value("displayName"), PartText.Text(s.Child("originalText")) }
            .Select(InboundText.Clean).OfType<string>()));
        return InboundText.Clean(string.Join("; ", texts.Append(PartText.Text(code.Child("originalText")) ?? string.Empty).Where(t => t.Length > 0)));
    }

    private void TakeMessage(XmlPart message, int index)
    {
        var holder = message.At("cP-ISLAAcknowledgementResponse", "pertinentInformation1");
        var valid = holder?.Child("validCP-ISRecord");
        var record = valid ?? holder?.Child("invalidCP-ISRecord");
        if (record is null)
        {
            CannotRead($"message[{index}]", "It holds neither a valid nor an invalid record.");
            return;
        }

        var subjects = record.All("subject").Select(Subject).ToList();
        var numbers = subjects.Select(s => s.NhsNumber).OfType<string>().Distinct().ToList();
        if (numbers.Count > 1)
        {
            CannotRead($"message[{index}]", "Its subjects have different NHS numbers.");
            return;
        }

        var plans = record.All("pertinentInformation").SelectMany(PlansOf).ToList();
        var types = plans.Select(p => p.Type).Distinct().ToList();
        if (types.Count == 0 && subjects.Count > 0 && subjects.All(s => s.Role == SubjectRole.Mother))
        {
            // A mother is the subject of an unborn child's plan and of nothing else.
            types.Add(PlanType.Ucpp);
        }

        _blocks.Add(new AcknowledgedBlock(
            index,
            IsValid: valid is not null,
            numbers.FirstOrDefault(),
            types,
            plans.Count == 1 ? plans[0].Start : null));
    }

    private static (SubjectRole? Role, string? NhsNumber) Subject(XmlPart subject)
    {
        if (subject.Child(Wire.Child.Element) is { } child)
        {
            return (SubjectRole.Child, PartText.PersonIds(child.All("id")).NhsNumber);
        }

        return subject.Child(Wire.UnbornChild.Element) is { } unborn
            ? (SubjectRole.Mother, PartText.PersonIds(unborn.At("parentMotherPerson", "playedMother")?.All("id") ?? []).NhsNumber)
            : default;
    }

    private static IEnumerable<(PlanType Type, DateOnly? Start)> PlansOf(XmlPart information)
    {
        foreach (var block in Wire.PlanBlocks)
        {
            if (information.Child(block.Template.Element) is { } plan)
            {
                var start = plan.At("component", block.Start, "value")?.Value("value");
                yield return (block.Type, Hl7Time.TryParseDate(start?.Trim(), out var date) ? date : null);
            }
        }
    }

    private void CannotRead(string where, string problem) => _unread.Add(new UnreadPart($"/{Wire.AcknowledgementRoot}/{where}", problem));
}

/// <summary>A record code with the place it points at.</summary>
internal sealed record AcknowledgedDetail(string Code, string? Display, string? Detail, RecordLocation Location);

/// <summary>A record that the answer repeats.</summary>
/// <param name="Index">Position among the <c>message</c> elements, 1 for the first.</param>
internal sealed record AcknowledgedBlock(int Index, bool IsValid, string? NhsNumber, IReadOnlyList<PlanType> PlanTypes, DateOnly? Start);
