namespace CpIs.Messages.Flat;

/// <summary>Column names of the flat files (contract section 5).</summary>
internal static class FlatColumns
{
    public const string QueryId = "query_id";
    public const string AccessedAt = "accessed_at";
    public const string NhsNumber = "nhs_number";
    public const string LocalPersonId = "local_person_id";
    public const string AccessedBy = "accessed_by";
    public const string JobRole = "job_role";
    public const string OrganisationCode = "organisation_code";
    public const string OrganisationName = "organisation_name";
    public const string UploadFileNumber = "upload_file_number";
    public const string Replacements = "replacement_nhs_numbers";
    public const string FileCode = "file_code";
    public const string RecordNumber = "record_number";
    public const string PlanType = "plan_type";
    public const string RecordCode = "record_code";
    public const string Detail = "detail";
    public const string FileNumber = "file_number";
    public const string AuthorityOdsCode = "authority_ods_code";
    public const string SubjectRole = "subject_role";
    public const string FamilyName = "family_name";
    public const string GivenName = "given_name";
    public const string BirthDate = "date_of_birth";
    public const string StartDate = "start_date";
    public const string EndDate = "end_date";
    public const string DeleteDate = "delete_date";
    public const string VisibleUntil = "visible_until";

    /// <summary>Stands between several values in one cell.</summary>
    public const char Separator = ';';

    public const string Child = "child";
    public const string Mother = "mother";

    public static readonly IReadOnlyList<string> Upload =
    [
        FileNumber, RecordNumber, AuthorityOdsCode, SubjectRole, NhsNumber, LocalPersonId, FamilyName, GivenName, BirthDate,
        PlanType, StartDate, EndDate, DeleteDate, VisibleUntil,
    ];

    public static readonly IReadOnlyList<string> Access =
    [
        QueryId, AccessedAt, NhsNumber, LocalPersonId, AccessedBy, JobRole, OrganisationCode, OrganisationName, UploadFileNumber,
    ];

    public static readonly IReadOnlyList<string> Inactive = [NhsNumber, LocalPersonId, Replacements, UploadFileNumber];

    public static readonly IReadOnlyList<string> Acknowledgement =
        [UploadFileNumber, FileCode, RecordNumber, NhsNumber, PlanType, RecordCode, Detail];
}
