using System.Globalization;
using CpIs.Domain.Exchange;

namespace CpIs.Batch.StandIn;

/// <summary>How dates and instants stand in the store.</summary>
internal static class StandInText
{
    private const string DateFormat = "yyyy-MM-dd";
    private const string InstantFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static string Of(DateOnly date) => date.ToString(DateFormat, CultureInfo.InvariantCulture);

    /// <summary>Cut to the second, as messages are.</summary>
    public static string Of(DateTimeOffset instant) => instant.UtcDateTime.ToString(InstantFormat, CultureInfo.InvariantCulture);

    public static DateOnly ToDate(string text) => DateOnly.ParseExact(text, DateFormat, CultureInfo.InvariantCulture);

    public static DateTimeOffset ToInstant(string text) =>
        DateTimeOffset.ParseExact(text, InstantFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}

/// <summary>An upload that was taken, and how it is answered.</summary>
internal sealed class TakenUpload
{
    public long UploadId { get; init; }

    public string Sha256 { get; init; } = "";

    /// <summary>Its name in the council's folder.</summary>
    public string SourceName { get; init; } = "";

    /// <summary>Its name in <c>standin/taken</c>.</summary>
    public string TakenName { get; init; } = "";

    public string TakenAt { get; init; } = "";

    public string OdsCode { get; init; } = "";

    public string CouncilName { get; init; } = "";

    public string? OfficePhone { get; init; }

    public string DutyPhone { get; init; } = "";

    /// <summary>The file number; null where it could not be read.</summary>
    public long? FileNumber { get; init; }

    /// <summary>The file number as given, for the answer and for notifications to quote; <c>-1</c> where it could not be read.</summary>
    public string StatedNumber { get; init; } = "";

    public string FileCode { get; init; } = "";

    /// <summary>Null for unknown.</summary>
    public long? Processed { get; init; }

    public long Successful { get; init; }

    public long Failed { get; init; }

    public Authority Council => new(OdsCode, OdsCode, CouncilName, OfficePhone, DutyPhone);
}

/// <summary>A record that was not loaded.</summary>
internal sealed class Rejection
{
    public long RecordNumber { get; init; }

    public string Code { get; init; } = "";

    public string? Detail { get; init; }
}

/// <summary>A record that the stand-in holds. It is written to its own store and shown by <c>simulate --show</c>, never logged.</summary>
internal sealed class HeldRecord
{
    public string OdsCode { get; init; } = "";

    public string NhsNumber { get; init; } = "";

    public string PlanType { get; init; } = "";

    public string StartDate { get; init; } = "";

    public string? EndDate { get; init; }

    /// <summary>Last day on which it is shown; null while there is no end.</summary>
    public string? VisibleUntil { get; init; }

    public string FamilyName { get; init; } = "";

    public string GivenName { get; init; } = "";

    public string BirthDate { get; init; } = "";

    public string? LocalPersonId { get; init; }

    public long UploadId { get; init; }

    /// <summary>The number of the upload file that brought it last, as given there.</summary>
    public string FileNumber { get; init; } = "";
}

/// <summary>The kinds of message that the stand-in makes.</summary>
internal static class MessageKinds
{
    public const string Acknowledgement = "acknowledgement";
    public const string Access = "access";
    public const string Inactive = "inactive";
}

/// <summary>A message to the council; its content follows from the store alone, so that it can be written twice with the same bytes.</summary>
internal sealed class StandInMessage
{
    public long MessageId { get; init; }

    /// <summary>One of <see cref="MessageKinds"/>.</summary>
    public string Kind { get; init; } = "";

    public string FileName { get; init; } = "";

    public string MadeAt { get; init; } = "";

    public string OdsCode { get; init; } = "";

    public string CouncilName { get; init; } = "";

    /// <summary>The message's own id; null for an acknowledgement.</summary>
    public string? Uuid { get; init; }

    /// <summary>The upload answered; null for a notification.</summary>
    public long? UploadId { get; init; }

    /// <summary>Who looked follows from it; null for all but accesses.</summary>
    public long? Seed { get; init; }

    /// <summary>1 when devices looked, 0 when people did.</summary>
    public long ByDevice { get; init; }
}

/// <summary>One access of a notification.</summary>
internal sealed class StandInAccess
{
    public long MessageId { get; init; }

    /// <summary>1 for the first of the message.</summary>
    public long Position { get; init; }

    public string NhsNumber { get; init; } = "";

    public string? LocalPersonId { get; init; }

    public string UploadFileNumber { get; init; } = "";

    public string AccessedAt { get; init; } = "";
}

/// <summary>A number reported as inactive.</summary>
internal sealed class StandInInactive
{
    private const char Separator = ';';

    public string NhsNumber { get; init; } = "";

    public long MessageId { get; init; }

    public string? LocalPersonId { get; init; }

    public string UploadFileNumber { get; init; } = "";

    public string Replacements { get; init; } = "";

    public IReadOnlyList<string> ReplacementList => Replacements.Split(Separator, StringSplitOptions.RemoveEmptyEntries);

    public static string Join(IEnumerable<string> replacements) => string.Join(Separator, replacements);
}
