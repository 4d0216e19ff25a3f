using System.Globalization;

namespace CpIs.Messages.Inbound;

/// <summary>Texts of inbound messages on their way into tables and work trays (rule A1).</summary>
internal static class InboundText
{
    /// <summary>
    /// The text without surrounding blanks; control, line-breaking and bidirectional characters become spaces, so that it cannot forge
    /// the layout of an alert. Blank is null. Nothing is cut.
    /// </summary>
    public static string? Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var unsafeAt = IndexOfUnsafe(text);
        var safe = unsafeAt < 0
            ? text
            : string.Create(text.Length, text, static (target, source) =>
            {
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = IsUnsafe(source[i]) ? ' ' : source[i];
                }
            });
        safe = safe.Trim();
        return safe.Length == 0 ? null : safe;
    }

    private static int IndexOfUnsafe(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsUnsafe(text[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsUnsafe(char c) =>
        char.IsControl(c)
        || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
