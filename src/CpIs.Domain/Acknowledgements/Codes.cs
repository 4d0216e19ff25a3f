namespace CpIs.Domain.Acknowledgements;

/// <summary>What a file code does to the records of the file (rule K2).</summary>
public enum FileMeaning
{
    /// <summary>CPF02: loaded; by its records, or all of it when none are listed.</summary>
    Loaded,

    /// <summary>CPF03: loaded in part, by its records.</summary>
    LoadedInPart,

    /// <summary>CPF01, CPF04, CPF06: nothing was loaded; an operator must look, the records stay due.</summary>
    Refused,

    /// <summary>CPF05: nothing was loaded because a service was not available; the whole file is due again.</summary>
    Unavailable,

    /// <summary>Not a code that is known, or codes that contradict each other: confirms nothing.</summary>
    Unknown,
}

/// <summary>The file codes of an acknowledgement (reference section c; rule K2).</summary>
public static class FileCodes
{
    /// <summary>The file or its content could not be read.</summary>
    public const string FileLevelError = "CPF01";

    /// <summary>Everything was loaded.</summary>
    public const string Successful = "CPF02";

    /// <summary>Some records were loaded.</summary>
    public const string Partial = "CPF03";

    /// <summary>No record was loaded.</summary>
    public const string Unsuccessful = "CPF04";

    /// <summary>The Personal Demographics Service was not available.</summary>
    public const string PdsUnavailable = "CPF05";

    /// <summary>The sender's version is no longer supported.</summary>
    public const string VersionNotSupported = "CPF06";

    /// <summary>What one code means; letter case and surrounding blanks do not count.</summary>
    public static FileMeaning MeaningOf(string? code) => Normal(code) switch
    {
        FileLevelError or Unsuccessful or VersionNotSupported => FileMeaning.Refused,
        Successful => FileMeaning.Loaded,
        Partial => FileMeaning.LoadedInPart,
        PdsUnavailable => FileMeaning.Unavailable,
        _ => FileMeaning.Unknown,
    };

    /// <summary>
    /// What several codes mean together. "Nothing was loaded" stands beside any code that does not say otherwise, because it confirms
    /// nothing; "loaded" stands only with codes that say the same.
    /// </summary>
    public static FileMeaning MeaningOf(IEnumerable<string?> codes)
    {
        var meanings = codes.Select(MeaningOf).ToHashSet();
        var loaded = meanings.Contains(FileMeaning.Loaded) || meanings.Contains(FileMeaning.LoadedInPart);
        var notLoaded = meanings.Contains(FileMeaning.Refused) || meanings.Contains(FileMeaning.Unavailable);
        if (loaded == notLoaded || (loaded && meanings.Contains(FileMeaning.Unknown)))
        {
            return FileMeaning.Unknown;
        }

        return meanings.Contains(FileMeaning.Refused) ? FileMeaning.Refused
            : notLoaded ? FileMeaning.Unavailable
            : meanings.Contains(FileMeaning.LoadedInPart) ? FileMeaning.LoadedInPart
            : FileMeaning.Loaded;
    }

    /// <summary>What happened, in plain words, for the operator's alert.</summary>
    public static string Problem(string? code) => Normal(code) switch
    {
        FileLevelError => "CP-IS could not read the file, and nothing of it was loaded.",
        Unsuccessful => "CP-IS loaded none of the records in the file.",
        VersionNotSupported => "CP-IS no longer supports the version of the interface that the file was sent with, and nothing of it was loaded.",
        PdsUnavailable => "CP-IS could not process the file, because the Personal Demographics Service was not available.",
        _ => "Nothing of the file was loaded.",
    };

    /// <summary>What the operator can do.</summary>
    public static string Advice(string? code) => Normal(code) switch
    {
        FileLevelError => "Report it to the CP-IS service desk with the file number; the same fault would come back with the next file.",
        Unsuccessful => "Ask the CP-IS service desk for the reason if the answer does not give it.",
        VersionNotSupported => "The program must be brought up to date: nothing reaches CP-IS before that.",
        _ => "Ask the CP-IS service desk for the reason.",
    };

    internal static string Normal(string? code) => code?.Trim().ToUpperInvariant() ?? string.Empty;
}

/// <summary>The record codes of an acknowledgement (reference section c; rule K1).</summary>
public static class RecordCodes
{
    /// <summary>The Personal Demographics Service knows no such number.</summary>
    public const string NoMatch = "CPR01";

    /// <summary>The person's details are restricted.</summary>
    public const string Sensitive = "CPR02";

    /// <summary>Number found, but name or birth date differ.</summary>
    public const string NotVerified = "CPR03";

    /// <summary>The number is not in today's format.</summary>
    public const string FormatIncorrect = "CPR04";

    /// <summary>The number has been replaced by another.</summary>
    public const string Superseded = "CPR05";

    /// <summary>The record was loaded.</summary>
    public const string Successful = "CPR06";

    /// <summary>Another rule was broken; a second code says which.</summary>
    public const string Unsuccessful = "CPR07";

    /// <summary>True for CPR06 only: every other code, known or not, is a rejection.</summary>
    public static bool IsConfirmation(string? code) => FileCodes.Normal(code) == Successful;

    /// <summary>True when worker and manager can put it right; false when it goes to the duty role (rule K1).</summary>
    public static bool IsForWorker(string? code) => FileCodes.Normal(code) is NoMatch or NotVerified or FormatIncorrect or Superseded;

    /// <summary>What is wrong, in plain words.</summary>
    /// <param name="ofMother">True for an unborn child's plan, which carries the mother's details.</param>
    public static string Problem(string? code, bool ofMother)
    {
        var whose = ofMother ? "the mother's " : "the ";
        return FileCodes.Normal(code) switch
        {
            NoMatch => $"The NHS knows nobody with {whose}NHS number that was sent.",
            Sensitive => "The NHS restricts the details of this person, and CP-IS cannot hold the record.",
            NotVerified => $"The NHS knows {whose}NHS number that was sent, but with another name or another date of birth.",
            FormatIncorrect => $"{(ofMother ? "The mother's" : "The")} NHS number that was sent is not in the format of today's NHS numbers.",
            Superseded => $"{(ofMother ? "The mother's" : "The")} NHS number that was sent has been replaced by another one.",
            Unsuccessful => "The record breaks a rule of CP-IS.",
            _ => "CP-IS gives a code that is not known here.",
        };
    }

    /// <summary>What to do.</summary>
    public static string Advice(string? code, bool ofMother)
    {
        var where = ofMother ? "the mother's care record" : "the care record";
        return FileCodes.Normal(code) switch
        {
            NoMatch => $"Check the NHS number with a health professional and correct it on {where}.",
            Sensitive => "Do not try again. Tell the health services that need to know by another way.",
            NotVerified => $"Check the registered names, the date of birth and the NHS number with a health professional and correct what is wrong on {where}.",
            FormatIncorrect => $"Obtain the ten-digit NHS number from a health professional and enter it on {where}.",
            Superseded => $"Obtain the present NHS number from a health professional and enter it on {where}.",
            _ => "Ask the CP-IS service desk what it means and have the data corrected.",
        };
    }
}
