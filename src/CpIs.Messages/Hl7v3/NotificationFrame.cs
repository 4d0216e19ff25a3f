using CpIs.Domain.Exchange;

namespace CpIs.Messages.Hl7v3;

/// <summary>What both notifications carry beside their content (reference sections d and e).</summary>
internal sealed class NotificationFrame
{
    private readonly List<UnreadPart> _unread = [];

    public DateTimeOffset? MadeAt { get; private set; }

    public string? RecipientOdsCode { get; private set; }

    public IReadOnlyList<UnreadPart> Unread => _unread;

    public void Take(XmlPart part)
    {
        switch (part.LocalName)
        {
            case "effectiveTime":
                MadeAt ??= PartText.MadeAt(part);
                break;
            case "primaryInformationRecipient":
                RecipientOdsCode ??= PartText.Extension(part.At(Wire.Recipient.Element, "representedSourceOrganization", "id"));
                break;
            default:
                break;
        }
    }

    public void CannotRead(string where, string problem) => _unread.Add(new UnreadPart(where, problem));
}
