namespace CpIs.Domain.Source;

/// <summary>A person of the care database as read (contract section 4); texts as given, dates are calendar dates, times UTC.</summary>
/// <param name="NhsNumber">As given, unchecked; rule N1 is applied later.</param>
/// <param name="GivenNames">All given names, separated by spaces.</param>
public sealed record Person(
    string PersonId,
    string? NhsNumber,
    string? FamilyName,
    string? GivenNames,
    DateOnly? DateOfBirth,
    bool IsUnborn,
    DateOnly? ExpectedDateOfBirth,
    string? MotherPersonId,
    string? WorkerId,
    string? ManagerId,
    string? Team,
    DateTimeOffset? ChangedAt)
{
    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => $"(person {PersonId})";
}

/// <summary>A child protection plan, of a born or an unborn child.</summary>
public sealed record Plan(
    string PlanId,
    string PersonId,
    DateOnly? StartDate,
    DateOnly? EndDate,
    bool HeldByOtherAuthority,
    bool RecordedInError,
    DateTimeOffset? ChangedAt);

/// <summary>A legal status of a looked-after child. The code decides what is shared and never leaves the council (rule S3).</summary>
public sealed record LegalStatus(
    string LegalStatusId,
    string PersonId,
    string Code,
    DateOnly? StartDate,
    DateOnly? EndDate,
    bool RecordedInError,
    DateTimeOffset? ChangedAt);

/// <summary>Someone who can be an allocated worker or a manager.</summary>
public sealed record Worker(string WorkerId, string? Name, string? Email, bool IsActive)
{
    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => $"(worker {WorkerId})";
}

/// <summary>The four kinds of source row, each a file and a view (contract sections 3 and 4).</summary>
public enum SourceTable
{
    Person,
    Plan,
    LegalStatus,
    Worker,
}

/// <summary>A source row that cannot be read and was set aside (rule S16). It carries no cell's content.</summary>
/// <param name="Where">File and line, or view and row id.</param>
/// <param name="RowId">The row's own id, where it could be read.</param>
/// <param name="PersonId">The person it speaks of, where that could be read.</param>
/// <param name="Column">The column at fault, or null when the row as a whole is.</param>
/// <param name="Problem">What is wrong, in words that repeat no data.</param>
public sealed record SetAsideRow(SourceTable Table, string Where, string? RowId, string? PersonId, string? Column, string Problem);
