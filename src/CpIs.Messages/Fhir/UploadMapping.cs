using System.Globalization;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Fhir.Model;

namespace CpIs.Messages.Fhir;

/// <summary>
/// An upload record as FHIR resources and back (contract section 5; reference section g). This is the seam at which the Firely SDK could take
/// the place of the model: nothing outside this folder knows a FHIR type.
/// </summary>
internal static class UploadMapping
{
    private const string SubjectId = "subject";
    private const string RemovalId = "removal";
    private const string Removed = "DELETE";

    private static readonly IReadOnlyList<(PlanType Type, string Code, string Display)> Categories =
    [
        (PlanType.Cpp, "342191000000101", "Subject to child protection plan"),
        (PlanType.Lac, "764841000000100", "Looked after child"),
        (PlanType.Ucpp, "818901000000100", "Unborn child subject to child protection plan"),
    ];

    /// <summary>The Bundle's own identifier: the number of the upload file.</summary>
    public static Identifier FileIdentifier(SequenceNumber number) => new() { System = FhirSystems.UploadFile, Value = number.ToString() };

    /// <summary>The two entries of a record, the care team before the plan that refers to it.</summary>
    public static IReadOnlyList<BundleEntry> Entries(UploadHeader header, UploadRecord record)
    {
        var identifier = RecordIdentifier.Of(header.Authority.Code, record.Key);
        var careTeam = Put(record.Key, header.Authority.Code, identifier, CareTeam(header.Authority, record, identifier));
        return [careTeam, Put(record.Key, header.Authority.Code, identifier, CarePlan(header, record, identifier, careTeam.FullUrl!))];
    }

    /// <summary>Reads a record back from its plan. What the Bundle does not carry is empty: <see cref="UploadRecord.VisibleUntil"/>.</summary>
    /// <exception cref="FormatException">The plan is none that <see cref="Entries"/> makes. The message names the element only.</exception>
    public static UploadRecord Record(CarePlan plan)
    {
        var patient = plan.Contained?.OfType<Patient>().FirstOrDefault() ?? throw Unlike("contained");
        var number = Value(patient.Identifier, FhirSystems.NhsNumber);
        if (!NhsNumber.TryParse(number, out var nhsNumber) || plan.Subject.Identifier?.Value != number)
        {
            throw Unlike("subject");
        }

        var category = plan.Category?[0].Coding?[0] ?? throw Unlike("category");
        var type = Categories.FirstOrDefault(c => category.System == FhirSystems.Snomed && c.Code == category.Code).Type ?? throw Unlike("category");
        var end = plan.Period?.End is { } e ? Day(e, "period.end") : (DateOnly?)null;
        var content = new RecordContent(
            end,
            patient.Name?[0].Family ?? throw Unlike("contained.name"),
            patient.Name[0].Given?[0] ?? throw Unlike("contained.name"),
            Day(patient.BirthDate, "contained.birthDate"),
            Value(patient.Identifier, FhirSystems.LocalPersonId) ?? throw Unlike("contained.identifier"));
        var deleteDate = plan.Contained.OfType<Provenance>().FirstOrDefault() is { } removal ? Day(removal.OccurredDateTime, "contained.occurredDateTime") : (DateOnly?)null;
        if ((plan.Status == CarePlanStatus.EnteredInError) != (deleteDate is not null) || (plan.Status == CarePlanStatus.Completed && end is null))
        {
            throw Unlike("status");
        }

        return new UploadRecord(
            new RecordKey(nhsNumber, type, Day(plan.Period?.Start, "period.start")),
            content,
            deleteDate,
            VisibleUntil: null,
            EndIsForecast: plan.Status == CarePlanStatus.Active && end is not null);
    }

    /// <summary>Reads the council back from a care team.</summary>
    /// <exception cref="FormatException">The care team is none that <see cref="Entries"/> makes.</exception>
    public static Authority Council(CareTeam careTeam, string councilCode)
    {
        var organisation = careTeam.ManagingOrganization?[0].Identifier is { System: FhirSystems.OdsCode, Value: { } code } ? code : throw Unlike("managingOrganization");
        return new Authority(
            councilCode,
            organisation,
            careTeam.Name ?? throw Unlike("name"),
            careTeam.Telecom?.FirstOrDefault(t => t.Use == ContactPointUse.Work)?.Value,
            careTeam.Telecom?.FirstOrDefault(t => t.Use == ContactPointUse.Mobile)?.Value ?? throw Unlike("telecom"));
    }

    private static BundleEntry Put(RecordKey key, string councilCode, string identifier, Resource resource)
    {
        var type = resource.GetType().Name;
        return new BundleEntry
        {
            FullUrl = RecordIdentifier.OfEntry(type, councilCode, key),
            Resource = resource,
            Request = new BundleRequest { Method = HttpVerb.Put, Url = $"{type}?identifier={FhirSystems.Uri}|{identifier}" },
        };
    }

    private static CarePlan CarePlan(UploadHeader header, UploadRecord record, string identifier, string careTeam)
    {
        var council = Council(header.Authority);
        var patient = Patient(record);
        return new CarePlan
        {
            Contained = record.DeleteDate is { } date ? [patient, Removal(date, header.CreatedAt, council)] : [patient],
            Identifier = [new Identifier { System = FhirSystems.Uri, Value = identifier }],
            Status = record switch
            {
                { DeleteDate: not null } => CarePlanStatus.EnteredInError,
                { Content.End: null } or { EndIsForecast: true } => CarePlanStatus.Active,
                _ => CarePlanStatus.Completed,
            },
            Intent = CarePlanIntent.Plan,
            Category = [Category(record)],
            Subject = Subject(record) with { Literal = $"#{SubjectId}" },
            Period = Period(record),
            Author = council,
            CareTeam = [new Reference { Literal = careTeam }],
        };
    }

    private static CareTeam CareTeam(Authority authority, UploadRecord record, string identifier) => new()
    {
        Identifier = [new Identifier { System = FhirSystems.Uri, Value = identifier }],
        Status = record switch
        {
            { DeleteDate: not null } => CareTeamStatus.EnteredInError,
            { Content.End: null } or { EndIsForecast: true } => CareTeamStatus.Active,
            _ => CareTeamStatus.Inactive,
        },
        Category = [Category(record)],
        Name = FhirText.Clean(authority.Name),
        Subject = Subject(record),
        Period = Period(record),
        ManagingOrganization = [Council(authority)],
        Telecom = authority.OfficePhone is { } office
            ? [Phone(office, ContactPointUse.Work), Phone(authority.EmergencyDutyPhone, ContactPointUse.Mobile)]
            : [Phone(authority.EmergencyDutyPhone, ContactPointUse.Mobile)],
    };

    // What CP-IS matches against the national register, as it was at the upload. The person is identified by the NHS number in the reference;
    // an entry of its own would overwrite the receiver's record of the person.
    private static Patient Patient(UploadRecord record) => new()
    {
        Id = SubjectId,
        Identifier =
        [
            new Identifier { System = FhirSystems.NhsNumber, Value = record.Key.NhsNumber.Value },
            new Identifier { System = FhirSystems.LocalPersonId, Value = FhirText.Clean(record.Content.LocalPersonId) },
        ],
        Name = [new HumanName { Family = FhirText.Clean(record.Content.FamilyName), Given = [FhirText.Clean(record.Content.GivenName)] }],
        BirthDate = FhirTime.Write(record.Content.BirthDate),
    };

    private static Provenance Removal(DateOnly deleteDate, DateTimeOffset createdAt, Reference council) => new()
    {
        Id = RemovalId,
        Target = [new Reference { Literal = "#" }],
        OccurredDateTime = FhirTime.Write(deleteDate),
        Recorded = FhirTime.Write(createdAt),
        Activity = new CodeableConcept { Coding = [new Coding { System = FhirSystems.DataOperation, Code = Removed }] },
        Agent = [new ProvenanceAgent { Who = council }],
    };

    private static Reference Subject(UploadRecord record) => new()
    {
        Type = nameof(Patient),
        Identifier = new Identifier { System = FhirSystems.NhsNumber, Value = record.Key.NhsNumber.Value },
    };

    private static Reference Council(Authority authority) => new()
    {
        Type = nameof(Organization),
        Identifier = new Identifier { System = FhirSystems.OdsCode, Value = authority.OdsCode },
        Display = FhirText.Clean(authority.Name),
    };

    private static Period Period(UploadRecord record) => new()
    {
        Start = FhirTime.Write(record.Key.Start),
        End = record.Content.End is { } end ? FhirTime.Write(end) : null,
    };

    private static CodeableConcept Category(UploadRecord record)
    {
        var (_, code, display) = Categories.Single(c => c.Type == record.Key.PlanType);
        return new CodeableConcept { Coding = [new Coding { System = FhirSystems.Snomed, Code = code, Display = display }] };
    }

    private static ContactPoint Phone(string number, ContactPointUse use) => new() { System = ContactPointSystem.Phone, Value = number, Use = use };

    private static string? Value(IReadOnlyList<Identifier>? identifiers, string system) => identifiers?.FirstOrDefault(i => i.System == system)?.Value;

    private static DateOnly Day(string? text, string element) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : throw Unlike(element);

    private static FormatException Unlike(string element) => new($"Not a plan that this project writes: {element}.");
}
