using CpIs.Domain.Values;

namespace CpIs.Messages.Hl7v3;

/// <summary>Names and identifiers of the message specification (reference sections a to e).</summary>
internal static class Wire
{
    public const string Namespace = "urn:hl7-org:v3";
    public const string LocalNamespace = "NPFIT:HL7:Localisation";
    public const string LocalPrefix = "npfitlc";
    public const string SchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

    public const string UploadRoot = "File";
    public const string AcknowledgementRoot = "FileResponse";
    public const string AccessRoot = "CP-ISAccessToServiceNotification";
    public const string InactiveRoot = "CP-ISInactiveNHSNumberNotification";

    public const string NhsNumberRoot = "2.16.840.1.113883.2.1.4.1";
    public const string LocalPersonRoot = Prefix + "18.24";
    public const string ContentIdRoot = Prefix + "18.16";
    public const string OrganisationRoot = Prefix + "19.1";
    public const string SiteRoot = Prefix + "19.2";
    public const string RecordCodeSystem = Prefix + "17.473";
    public const string JobRoleSystem = Prefix + "17.124";
    public const string DeviceRoot = "1.2.826.0.1285.0.2.0.107";
    public const string UserRoot = "1.2.826.0.1285.0.2.0.65";
    public const string RoleProfileRoot = "1.2.826.0.1285.0.2.0.67";

    public const string OfficeUse = "WP";
    public const string EmergencyDutyUse = "EC";
    public const string TelephoneScheme = "tel:";

    /// <summary>Stands for an unknown count or file number in an acknowledgement.</summary>
    public const string Unknown = "-1";

    public static readonly IReadOnlyList<PlanBlock> PlanBlocks =
    [
        new(PlanType.Lac, "COCT_TP146100GB01", "LACInformation", "lAC"),
        new(PlanType.Cpp, "COCT_TP146101GB01", "CPPInformation", "cPP"),
        new(PlanType.Ucpp, "COCT_TP146102GB01", "UCPInformation", "uCP"),
    ];

    public static readonly Template Child = new("COCT_TP145101GB01", "Child");
    public static readonly Template UnbornChild = new("COCT_TP145100GB01", "UnbornChild");
    public static readonly Template PersonAuthor = new("COCT_TP145102GB01", "AssignedAuthor");
    public static readonly Template DeviceAuthor = new("COCT_TP145104GB01", "System");
    public static readonly Template Recipient = new("COCT_TP145103GB01", "IntendedRecipient");

    private const string Prefix = "2.16.840.1.113883.2.1.3.2.4.";

    public static PlanBlock BlockOf(PlanType type) => PlanBlocks.First(b => b.Type == type);

    public static Template SubjectOf(SubjectRole role) => role == SubjectRole.Mother ? UnbornChild : Child;
}

/// <summary>A template that is announced by a <c>contentId</c> and followed by an element of its name.</summary>
internal sealed record Template(string Id, string Name)
{
    /// <summary>Name of the element.</summary>
    public string Element { get; } = $"{Id}.{Name}";

    /// <summary>Extension of the <c>contentId</c> before it.</summary>
    public string ContentId { get; } = $"{Id}#{Name}";
}

/// <summary>The block of one plan type.</summary>
internal sealed record PlanBlock(PlanType Type, string Id, string Name, string Prefix)
{
    public Template Template { get; } = new(Id, Name);

    public string Start { get; } = Prefix + "StartDate";

    public string End { get; } = Prefix + "EndDate";

    public string Delete { get; } = Prefix + "DeleteDate";
}
