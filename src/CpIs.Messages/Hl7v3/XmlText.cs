using System.Xml;

namespace CpIs.Messages.Hl7v3;

/// <summary>Texts on their way out.</summary>
internal static class XmlText
{
    /// <summary>
    /// The text with a space for each control character and for each that XML 1.0 cannot carry: one such character in one name would
    /// otherwise cost the whole file.
    /// </summary>
    public static string Clean(string text)
    {
        char[]? clean = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
            {
                i++;
            }
            else if (char.IsControl(text[i]) || !XmlConvert.IsXmlChar(text[i]))
            {
                clean ??= text.ToCharArray();
                clean[i] = ' ';
            }
        }

        return clean is null ? text : new string(clean);
    }
}
