using System.Text.RegularExpressions;
using Shouldly;

namespace CpIs.Transport.Tests.Support;

internal static partial class Sentences
{
    /// <summary>Each sentence ends before the next begins, also where the file system's own words stand among ours.</summary>
    public static void ShouldBeWholeSentences(this string text)
    {
        text.ShouldEndWith(".");
        text.ShouldNotContain("..");
        Unfinished().IsMatch(text).ShouldBeFalse(text);
    }

    [GeneratedRegex(@"[^.] (Check|Correct|Make|Raise|What|Ask) ", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unfinished();
}
