using System.Text.RegularExpressions;

namespace CpIs.Transport;

/// <summary>Makes text from elsewhere fit for logs and operators: short, one line, and without what must not be repeated.</summary>
internal static partial class SafeText
{
    private const int Longest = 300;
    private const int MatchMilliseconds = 250;

    /// <summary>The text cleaned, or null if there is none.</summary>
    public static string? Of(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var line = string.Concat(text.Take(Longest * 2).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        line = Token().Replace(line, "(token)");
        line = GpRouting().Replace(line, "(recipient)");
        line = LongNumber().Replace(line, "(number)");
        return line.Length > Longest ? line[..Longest] + "\u2026" : line;
    }

    [GeneratedRegex(@"NHSMESH\s+\S+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex Token();

    [GeneratedRegex(@"GPPROVIDER_\S*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex GpRouting();

    /// <summary>Anything that could be an NHS number.</summary>
    [GeneratedRegex(@"(?<![0-9A-Za-z_])[0-9](?:[ -]?[0-9]){9}(?![0-9A-Za-z_])", RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex LongNumber();
}
