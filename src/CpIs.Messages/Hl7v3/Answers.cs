using CpIs.Domain.Exchange;

namespace CpIs.Messages.Hl7v3;

/// <summary>The head of an acknowledgement (reference section c).</summary>
/// <param name="Council">The council answered.</param>
/// <param name="FileNumber">Number of the file answered, or <c>-1</c>.</param>
/// <param name="FileCodes">One or more.</param>
/// <param name="Processed">Records processed, or null for unknown.</param>
public sealed record AcknowledgementHead(
    Authority Council,
    DateTimeOffset CreatedAt,
    string FileNumber,
    IReadOnlyList<AcknowledgementCode> FileCodes,
    int? Processed,
    int Successful,
    int Failed);

/// <summary>One record of an acknowledgement. Code CPR06 says that it was loaded, every other that it was not.</summary>
/// <param name="Detail">Second code or text of a rejection.</param>
public sealed record AcknowledgedRecord(UploadClaim Claim, string Code, string? Display, string? Detail);

/// <summary>The head of a notification (reference sections d and e).</summary>
/// <param name="Id">The message's own id.</param>
/// <param name="OdsCode">The council notified.</param>
public sealed record NotificationHead(Guid Id, DateTimeOffset MadeAt, string OdsCode, string Name);

/// <summary>The accesses of one record.</summary>
/// <param name="UploadFileNumber">The upload file that brought the record.</param>
public sealed record AccessBlock(IReadOnlyList<AccessQuery> Queries, string UploadFileNumber);

/// <summary>One look at a record.</summary>
/// <param name="At">When; written in whole seconds.</param>
/// <param name="TimeIsKnown">False writes the London date only.</param>
public sealed record AccessQuery(
    Guid Id,
    DateTimeOffset At,
    bool TimeIsKnown,
    AccessAuthor Author,
    string NhsNumber,
    string? LocalPersonId);

/// <summary>Who looked: a person or a device.</summary>
public abstract record AccessAuthor(string OrganisationCode, string OrganisationName)
{
    /// <summary>A person of the NHS, with the ids of user and role profile.</summary>
    public sealed record Person(string UserId, string RoleProfileId, Superior Who, string OrganisationCode, string OrganisationName)
        : AccessAuthor(OrganisationCode, OrganisationName);

    /// <summary>A device, known by its twelve-digit ASID, and those responsible for it.</summary>
    public sealed record Device(string Asid, IReadOnlyList<Superior> Superiors, string OrganisationCode, string OrganisationName)
        : AccessAuthor(OrganisationCode, OrganisationName);
}

/// <summary>A person with a job role; the role's text may hold anything, a telephone number too.</summary>
public sealed record Superior(string RoleCode, string RoleText, PersonName Name);

/// <summary>The parts of a person's name.</summary>
public sealed record PersonName(string? Prefix, IReadOnlyList<string> Given, string? Family, string? Suffix);
