using System.Collections.Frozen;

namespace CpIs.Batch.StandIn;

/// <summary>The codes of acknowledgements and their display texts (reference section c).</summary>
internal static class AnswerCodes
{
    public const string FileLevelError = "CPF01";
    public const string Loaded = "CPF02";
    public const string LoadedInPart = "CPF03";
    public const string NotLoaded = "CPF04";

    public const string NoMatch = "CPR01";
    public const string FormatIncorrect = "CPR04";
    public const string Superseded = "CPR05";
    public const string RecordLoaded = "CPR06";
    public const string RecordNotLoaded = "CPR07";

    private static readonly FrozenDictionary<string, string> s_displays = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [FileLevelError] = "File Level Error",
        [Loaded] = "Successful File Upload",
        [LoadedInPart] = "Partial File Upload",
        [NotLoaded] = "Unsuccessful File Upload",
        ["CPF05"] = "PDS Error - PDS Unavailable",
        ["CPF06"] = "Spine ii rejected the request because this version of the CPIS Client is no longer supported",
        [NoMatch] = "PDS Error - No Match Found for NHS Number",
        ["CPR02"] = "PDS Error - NHS Number Matched, but Sensitive Record",
        ["CPR03"] = "PDS Error - NHS Number not Verified",
        [FormatIncorrect] = "PDS Error - NHS Number Format Incorrect",
        [Superseded] = "PDS Error - NHS Number Verified, but Superseded",
        [RecordLoaded] = "Successful Record Upload",
        [RecordNotLoaded] = "Unsuccessful Record Upload",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The display text; a code that CP-IS is not known to use gets one that says so.</summary>
    public static string DisplayOf(string code) => s_displays.GetValueOrDefault(code, "Code made up for a test");
}
