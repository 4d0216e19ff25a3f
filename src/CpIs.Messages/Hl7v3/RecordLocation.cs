using System.Globalization;
using System.Text.RegularExpressions;

namespace CpIs.Messages.Hl7v3;

/// <summary>
/// What the <c>location</c> of a record code points at. Its real text is not known, so that each likely XPath is understood: into the
/// acknowledgement (<c>message</c>) or into the upload (<c>record</c>), with or without prefix, or by <c>local-name()</c>.
/// </summary>
/// <param name="Message">Position among the acknowledgement's <c>message</c> elements.</param>
/// <param name="OnlyMessage">True when it names <c>message</c> without a position, which is exact only if there is one.</param>
/// <param name="Record">Position in the upload file.</param>
/// <param name="IsValid">Whether the path ends in the valid or the invalid record, where it says so.</param>
internal readonly record struct RecordLocation(int? Message, bool OnlyMessage, int? Record, bool? IsValid)
{
    // A longer one is no path of this message.
    private const int MaxLength = 1000;

    // Without backtracking, because the text comes from outside.
    private static readonly Regex Step = new(
        """
        (?:^|/)\s*
        (?: (?:[\w.-]+:)?(?<name>message|record)
          | \*\s*\[\s*local-name\(\)\s*=\s*['"](?<name>message|record)['"][^\]]*\] )
        \s*(?:\[\s*(?:position\(\)\s*=\s*)?(?<n>[0-9]+)\s*\])?
        \s*(?:/|$)
        """,
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant);

    public static RecordLocation Parse(string? text)
    {
        if (text is null || text.Length > MaxLength)
        {
            return default;
        }

        bool? isValid = text.Contains("invalidCP-ISRecord", StringComparison.Ordinal) ? false
            : text.Contains("validCP-ISRecord", StringComparison.Ordinal) ? true
            : null;
        var step = Step.Match(text);
        if (!step.Success)
        {
            return new RecordLocation(null, false, null, isValid);
        }

        var hasPosition = step.Groups["n"].Success;
        int? position = int.TryParse(step.Groups["n"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : null;
        return step.Groups["name"].ValueSpan is "record"
            ? new RecordLocation(null, false, position, isValid)
            : new RecordLocation(position, OnlyMessage: !hasPosition, null, isValid);
    }
}
