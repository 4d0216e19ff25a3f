namespace CpIs.Messages.Hl7v3;

/// <summary>
/// Finds out why a document was refused before its root: the parser's own words cannot be shown, because they repeat what it read.
/// </summary>
internal static class XmlProlog
{
    private const string Doctype = "<!DOCTYPE";

    /// <summary>True when a DOCTYPE follows the XML declaration, comments and processing instructions.</summary>
    public static bool HasDoctype(TextReader text)
    {
        while (true)
        {
            var next = text.Read();
            while (next >= 0 && char.IsWhiteSpace((char)next))
            {
                next = text.Read();
            }

            switch (next == '<' ? text.Read() : -1)
            {
                case '?' when SkipTo(text, "?>"):
                    continue;
                case '!' when text.Peek() == '-' && SkipTo(text, "-->"):
                    continue;
                case '!':
                    return StartsWith(text, Doctype.AsSpan("<!".Length));
                default:
                    return false;
            }
        }
    }

    private static bool StartsWith(TextReader text, ReadOnlySpan<char> expected)
    {
        foreach (var c in expected)
        {
            if (text.Read() != c)
            {
                return false;
            }
        }

        return true;
    }

    private static bool SkipTo(TextReader text, string end)
    {
        var window = string.Empty;
        for (var next = text.Read(); next >= 0; next = text.Read())
        {
            window = window.Length < end.Length ? window + (char)next : window[1..] + (char)next;
            if (window == end)
            {
                return true;
            }
        }

        return false;
    }
}
