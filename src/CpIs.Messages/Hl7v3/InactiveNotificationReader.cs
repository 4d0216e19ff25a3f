using CpIs.Domain.Exchange;

namespace CpIs.Messages.Hl7v3;

/// <summary>Reads message 06 (reference section e; rules N3, A6).</summary>
internal sealed class InactiveNotificationReader
{
    private readonly NotificationFrame _frame = new();
    private readonly List<InactiveNumber> _numbers = [];

    public Reading Read(PartReader parts)
    {
        var subjects = 0;
        while (parts.Next() is { } part)
        {
            if (part.Is("subject"))
            {
                Read(part, $"/{Wire.InactiveRoot}/subject[{++subjects}]");
            }
            else if (part.Namespace == Wire.Namespace)
            {
                _frame.Take(part);
            }
        }

        if (subjects == 0)
        {
            return "The inactive NHS number notification names no subject.";
        }

        return new InactiveNotification(_frame.RecipientOdsCode, _numbers, _frame.Unread) { MadeAt = _frame.MadeAt };
    }

    private void Read(XmlPart subject, string where)
    {
        if (subject.Child("pDSInactivePatient") is not { } patient)
        {
            _frame.CannotRead(where, "pDSInactivePatient is missing.");
            return;
        }

        var (number, local) = PartText.PersonIds(patient.All("id"));
        if (number is null)
        {
            _frame.CannotRead(where, "The inactive NHS number is missing.");
            return;
        }

        var replacements = patient.All("replacedBy").SelectMany(r => r.All("newVersion")).SelectMany(v => v.All("id")).Select(PartText.Extension).ToList();
        if (replacements.Contains(null))
        {
            // The number is inactive all the same; but that there is no replacement must not be read out of this.
            _frame.CannotRead(where, "A replacement number has no extension.");
        }

        _numbers.Add(new InactiveNumber(
            number,
            local,
            [.. replacements.OfType<string>()],
            PartText.Extension(patient.At("subjectOf", "lAUploadFile", "value"))));
    }
}
