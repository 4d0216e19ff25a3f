using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CpIs.Domain.Alerts;

/// <summary>
/// Makes text fit for a column of the work tray and the audit (rule A1): control and bidirectional characters become spaces, what is too
/// long is cut with an ellipsis. Lengths are UTF-16 code units, as in NVARCHAR.
/// </summary>
public static class ColumnText
{
    /// <summary>Length of every text column but the description.</summary>
    public const int Short = 200;

    /// <summary>Length of an alert's description.</summary>
    public const int Description = 2000;

    private const char Ellipsis = '…';

    /// <summary>The text for a column; null when nothing visible is left.</summary>
    public static string? ForColumn(string? text, int length = Short)
    {
        var clean = Clean(text);
        return clean.Length == 0 ? null : Cut(clean, length);
    }

    /// <summary>Control, bidirectional and line-breaking characters as spaces, half surrogates as U+FFFD, without surrounding blanks.</summary>
    public static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return string.Empty;
        }

        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                clean.Append(c).Append(text[++i]);
            }
            else
            {
                clean.Append(char.IsSurrogate(c) ? '\uFFFD' : IsUnsafe(c) ? ' ' : c);
            }
        }

        return clean.ToString().Trim();
    }

    /// <summary>At most so many code units; a cut text ends with an ellipsis, and no surrogate pair is split.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Cut(string? text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (text is null || text.Length <= length)
        {
            return text;
        }

        var keep = length - 1;
        if (keep > 0 && char.IsHighSurrogate(text[keep - 1]))
        {
            keep--;
        }

        return text[..keep].TrimEnd() + Ellipsis;
    }

    private static bool IsUnsafe(char c) =>
        char.IsControl(c)
        || c is '\u061C' or '\u200E' or '\u200F' or '\u2028' or '\u2029'
        || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
