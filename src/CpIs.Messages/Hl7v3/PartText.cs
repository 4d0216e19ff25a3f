using CpIs.Messages.Inbound;

namespace CpIs.Messages.Hl7v3;

/// <summary>How inbound elements become texts.</summary>
internal static class PartText
{
    private static readonly string[] NameParts = ["prefix", "given", "family", "suffix"];

    /// <summary>An identifier: its extension, or its root where it is a bare UUID.</summary>
    public static string? Id(XmlPart? id) => InboundText.Clean(id?.Value("extension")) ?? InboundText.Clean(id?.Value("root"));

    /// <summary>The extension of an identifier.</summary>
    public static string? Extension(XmlPart? id) => InboundText.Clean(id?.Value("extension"));

    /// <summary>The text of an element.</summary>
    public static string? Text(XmlPart? part) => InboundText.Clean(part?.Text);

    /// <summary>A person's name: prefix, given names, family name, suffix, joined by blanks (rule A1).</summary>
    public static string? PersonName(XmlPart? name)
    {
        if (name is null)
        {
            return null;
        }

        var parts = NameParts.SelectMany(name.All).Select(p => Text(p)).OfType<string>();
        return InboundText.Clean(string.Join(' ', parts)) ?? Text(name);
    }

    /// <summary>A job role as people read it: the display text, whatever it holds, else the original text, else the code.</summary>
    public static string? JobRole(XmlPart? code) =>
        InboundText.Clean(code?.Value("displayName")) ?? Text(code?.Child("originalText")) ?? InboundText.Clean(code?.Value("code"));

    /// <summary>When the message was made, where it says so.</summary>
    public static DateTimeOffset? MadeAt(XmlPart time) => Hl7Time.TryParse(time.Value("value"), out var at) ? at.Instant : null;

    /// <summary>
    /// Picks NHS number and local person id out of the identifiers of a person, by their roots. An identifier without root is an NHS number
    /// if it has ten digits, else a local id.
    /// </summary>
    public static (string? NhsNumber, string? LocalPersonId) PersonIds(IEnumerable<XmlPart> ids)
    {
        string? number = null;
        string? local = null;
        foreach (var id in ids)
        {
            var extension = Extension(id);
            switch (id.Value("root")?.Trim())
            {
                case Wire.NhsNumberRoot:
                    number ??= extension;
                    break;
                case Wire.LocalPersonRoot:
                    local ??= extension;
                    break;
                case null when number is null && extension is not null && IsTenDigits(extension):
                    number = extension;
                    break;
                case null:
                    local ??= extension;
                    break;
                default:
                    break;
            }
        }

        return (number, local);
    }

    private static bool IsTenDigits(string text) => text.Count(char.IsAsciiDigit) == 10 && text.All(c => char.IsAsciiDigit(c) || c is ' ' or '-');
}
