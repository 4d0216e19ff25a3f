using CpIs.Domain.Exchange;
using CpIs.Domain.Values;

namespace CpIs.Messages;

/// <summary>What reading an upload file yields, in the order of the file: its head, its records, and faults of the file as they are met.</summary>
public abstract record UploadPart
{
    private protected UploadPart()
    {
    }
}

/// <summary>What the file says of itself, as given; whatever is missing or unreadable is null.</summary>
/// <param name="CreatedAt">When it was made, in UTC.</param>
/// <param name="StatedCount">Number of records as stated.</param>
/// <param name="OfficePhone">Without <c>tel:</c>.</param>
/// <param name="EmergencyDutyPhone">Without <c>tel:</c>.</param>
public sealed record UploadHead(
    string? FileNumber,
    DateTimeOffset? CreatedAt,
    int? StatedCount,
    string? OdsCode,
    string? Name,
    string? OfficePhone,
    string? EmergencyDutyPhone) : UploadPart;

/// <summary>One record of the file.</summary>
/// <param name="Number">Position in the file, 1 for the first.</param>
/// <param name="Record">The record, or null when it has faults.</param>
/// <param name="Claim">The same as given, for the answer to repeat.</param>
/// <param name="Faults">Empty with a record.</param>
public sealed record UploadEntry(int Number, UploadRecord? Record, UploadClaim Claim, IReadOnlyList<UploadFault> Faults) : UploadPart;

/// <summary>A fault of the file as a whole.</summary>
public sealed record UploadFileFault(UploadFault Fault) : UploadPart;

/// <summary>What is wrong with an upload file or with one of its records.</summary>
/// <param name="Where">An XPath or a line, without content.</param>
/// <param name="Problem">In words that repeat no data.</param>
public sealed record UploadFault(UploadFaultKind Kind, string Where, string Problem);

/// <summary>How CP-IS would meet a fault (reference sections b and c).</summary>
public enum UploadFaultKind
{
    /// <summary>The message definition does not allow it: the whole file is malformed (CPF01).</summary>
    Malformed,

    /// <summary>The NHS number is not one (CPR04).</summary>
    NhsNumber,

    /// <summary>Well formed, but wrong in what it says (CPR07 for a record).</summary>
    Content,
}

/// <summary>
/// What an uploaded record says, unchecked; whatever is missing is null. Dates are as on the wire of hl7v3: twelve digits for the plan,
/// eight for the birth, or whatever stood there instead.
/// </summary>
public sealed record UploadClaim(
    PlanType? PlanType,
    SubjectRole? SubjectRole,
    string? NhsNumber,
    string? LocalPersonId,
    string? FamilyName,
    string? GivenName,
    string? BirthDate,
    string? StartDate,
    string? EndDate,
    string? DeleteDate)
{
    /// <summary>What a record says.</summary>
    public static UploadClaim Of(UploadRecord record) => new(
        record.Key.PlanType,
        record.SubjectRole,
        record.Key.NhsNumber.Value,
        record.Content.LocalPersonId,
        record.Content.FamilyName,
        record.Content.GivenName,
        Hl7v3.Hl7Time.Date(record.Content.BirthDate),
        Hl7v3.Hl7Time.PlanDate(record.Key.Start),
        record.Content.End is { } end ? Hl7v3.Hl7Time.PlanDate(end) : null,
        record.DeleteDate is { } delete ? Hl7v3.Hl7Time.PlanDate(delete) : null);

    /// <summary>Never the content: a fixed text, safe in any log.</summary>
    public override string ToString() => "(uploaded record)";
}
