using CpIs.Domain.Values;

namespace CpIs.Domain.Exchange;

/// <summary>A message from CP-IS, format left behind.</summary>
/// <param name="RecipientOdsCode">The ODS code it is addressed to, where the message names one (rule A11).</param>
/// <param name="Unread">Parts that could not be read; the others stand (rule K6).</param>
public abstract record InboundMessage(string? RecipientOdsCode, IReadOnlyList<UnreadPart> Unread)
{
    /// <summary>When CP-IS made the message, in UTC (rule A9); null where the format does not say or it cannot be read.</summary>
    public DateTimeOffset? MadeAt { get; init; }
}

/// <summary>A part of a message that could not be read.</summary>
/// <param name="Where">Its place: an XPath, a JSON path, or a line number. No content.</param>
/// <param name="Problem">What is wrong, in words that repeat no data.</param>
public sealed record UnreadPart(string Where, string Problem);

/// <summary>Who looked at which record (reference section d; rules A1 to A4, A10).</summary>
/// <param name="StatedTotal">The total that the message states; null where the format has none.</param>
/// <param name="BlockCount">How many access blocks it holds, unread ones counted.</param>
/// <param name="QueryCount">How many accesses (queries) it holds, unread ones counted.</param>
public sealed record AccessNotification(
    string? RecipientOdsCode,
    int? StatedTotal,
    int BlockCount,
    int QueryCount,
    IReadOnlyList<Access> Accesses,
    IReadOnlyList<UnreadPart> Unread) : InboundMessage(RecipientOdsCode, Unread);

/// <summary>One access. Texts are as given, except that blank is null.</summary>
/// <param name="QueryId">CP-IS's id of the query, opaque; null where none came (rule A3).</param>
/// <param name="AccessedAt">When, in UTC (rule A1).</param>
/// <param name="TimeIsKnown">False when the message gave a date only; the time is then 00:00 in London (rule A1).</param>
/// <param name="NhsNumber">As given, unchecked.</param>
/// <param name="UploadFileNumber">The upload file that CP-IS quotes, as given.</param>
public sealed record Access(
    string? QueryId,
    DateTimeOffset AccessedAt,
    bool TimeIsKnown,
    string? NhsNumber,
    string? LocalPersonId,
    string? AccessedBy,
    string? JobRole,
    string? OrganisationCode,
    string? OrganisationName,
    string? UploadFileNumber)
{
    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => "(access)";
}

/// <summary>NHS numbers that are no longer in use (reference section e; rules N3, A6).</summary>
public sealed record InactiveNotification(
    string? RecipientOdsCode,
    IReadOnlyList<InactiveNumber> Subjects,
    IReadOnlyList<UnreadPart> Unread) : InboundMessage(RecipientOdsCode, Unread);

/// <summary>One inactive number. Texts are as given, except that blank is null.</summary>
/// <param name="Replacements">Replacement numbers as given, none, one or several, in the order given.</param>
public sealed record InactiveNumber(
    string? NhsNumber,
    string? LocalPersonId,
    IReadOnlyList<string> Replacements,
    string? UploadFileNumber)
{
    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => "(inactive number)";
}

/// <summary>CP-IS's answer to an upload file (reference section c; rules K1 to K3).</summary>
/// <param name="FileNumber">The file answered, as given; <c>-1</c> when CP-IS could not read it.</param>
/// <param name="FileCodes">One or more file codes, verbatim.</param>
/// <param name="Processed">Records processed as stated; null where unknown (<c>-1</c>) or not carried.</param>
public sealed record Acknowledgement(
    string? RecipientOdsCode,
    string FileNumber,
    IReadOnlyList<AcknowledgementCode> FileCodes,
    int? Processed,
    int? Successful,
    int? Failed,
    IReadOnlyList<RecordResult> Results,
    IReadOnlyList<UnreadPart> Unread) : InboundMessage(RecipientOdsCode, Unread);

/// <summary>A code with its display text, both verbatim; an unknown code is kept, never refused.</summary>
public sealed record AcknowledgementCode(string Code, string? Display);

/// <summary>What CP-IS says of one record of the file. Whatever the message did not carry is null or empty.</summary>
/// <param name="RecordNumber">Position in the upload file, 1 for the first, where the message names it for certain.</param>
/// <param name="NhsNumber">As given, unchecked.</param>
/// <param name="PlanTypes">Plan types named; a confirmation has no plan block, so that only a mother's names one (UCPP), else it is empty.</param>
/// <param name="Code">Record code, verbatim; a record among the valid ones without a code has <c>CPR06</c>.</param>
/// <param name="Detail">Second code or text of a rejection, verbatim.</param>
public sealed record RecordResult(
    int? RecordNumber,
    string? NhsNumber,
    IReadOnlyList<PlanType> PlanTypes,
    DateOnly? StartDate,
    string Code,
    string? Display,
    string? Detail)
{
    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => $"(result {Code} of a record)";
}
