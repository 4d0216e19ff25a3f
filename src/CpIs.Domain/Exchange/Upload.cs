using CpIs.Domain.Values;

namespace CpIs.Domain.Exchange;

/// <summary>The council that uploads.</summary>
/// <param name="Code">The council's own short code, part of every record's key (rule U2).</param>
/// <param name="OdsCode">ODS organisation code, as in the upload and in what CP-IS addresses to the council (rule A11).</param>
/// <param name="OfficePhone">Office-hours telephone, digits with an optional leading +; null where there is none.</param>
/// <param name="EmergencyDutyPhone">Emergency duty team's telephone, digits with an optional leading +; CP-IS requires it.</param>
public sealed record Authority(string Code, string OdsCode, string Name, string? OfficePhone, string EmergencyDutyPhone);

/// <summary>What identifies a record on CP-IS together with the council (rule U2).</summary>
public sealed record RecordKey(NhsNumber NhsNumber, PlanType PlanType, DateOnly Start);

/// <summary>What is compared to tell whether CP-IS must be told again (rule U1). Texts are trimmed, letter case counts.</summary>
/// <param name="End">End date, or null while open. An unborn child's plan always has one (rule S6).</param>
/// <param name="GivenName">First given name only (rule N5).</param>
/// <param name="LocalPersonId">The care database's person id; the mother's for an unborn child's plan.</param>
public sealed record RecordContent(DateOnly? End, string FamilyName, string GivenName, DateOnly BirthDate, string LocalPersonId)
{
    /// <summary>Never the data: safe in any log, as <see cref="NhsNumber"/> is.</summary>
    public override string ToString() => $"(content of a record of {LocalPersonId})";
}

/// <summary>What stands at the head of an upload file.</summary>
/// <param name="CreatedAt">When the file was made.</param>
/// <param name="RecordCount">How many records follow; 1 or more (rule U7).</param>
public sealed record UploadHeader(SequenceNumber FileNumber, Authority Authority, DateTimeOffset CreatedAt, int RecordCount);

/// <summary>One record of an upload file.</summary>
/// <param name="DeleteDate">Set only in a removal (rule U3).</param>
/// <param name="VisibleUntil">Last day on which CP-IS shows it; null without end (rules S6, S10) and in a removal.</param>
/// <param name="EndIsForecast">True for an unborn child's plan whose end is only the expected date of birth (rule U4).</param>
public sealed record UploadRecord(RecordKey Key, RecordContent Content, DateOnly? DeleteDate, DateOnly? VisibleUntil, bool EndIsForecast)
{
    /// <summary>Whose data the record carries.</summary>
    public SubjectRole SubjectRole => Key.PlanType.SubjectRole;
}
