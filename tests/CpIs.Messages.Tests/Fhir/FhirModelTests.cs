using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CpIs.Messages.Fhir;
using CpIs.Messages.Fhir.Model;
using CpIs.Messages.Tests.Fhir.Validation;

namespace CpIs.Messages.Tests.Fhir;

/// <summary>The model against HL7's definitions, element by element.</summary>
public class FhirModelTests
{
    /// <summary>Model types and where R4 defines them; the last column says whether the model must be complete.</summary>
    public static TheoryData<string, string, bool> Types => new()
    {
        { nameof(AuditEvent), "AuditEvent", true },
        { nameof(AuditEventAgent), "AuditEvent.agent", true },
        { nameof(AuditEventNetwork), "AuditEvent.agent.network", true },
        { nameof(AuditEventSource), "AuditEvent.source", true },
        { nameof(AuditEventEntity), "AuditEvent.entity", true },
        { nameof(AuditEventDetail), "AuditEvent.entity.detail", true },
        { nameof(Bundle), "Bundle", true },
        { nameof(BundleLink), "Bundle.link", true },
        { nameof(BundleEntry), "Bundle.entry", true },
        { nameof(BundleSearch), "Bundle.entry.search", true },
        { nameof(BundleRequest), "Bundle.entry.request", true },
        { nameof(BundleResponse), "Bundle.entry.response", true },
        { nameof(Coding), "Coding", true },
        { nameof(CodeableConcept), "CodeableConcept", true },
        { nameof(Identifier), "Identifier", true },
        { nameof(Reference), "Reference", true },
        { nameof(Period), "Period", true },
        { nameof(Meta), "Meta", true },
        { nameof(Narrative), "Narrative", true },
        { nameof(Extension), "Extension", true },
        { nameof(CarePlan), "CarePlan", false },
        { nameof(CareTeam), "CareTeam", false },
        { nameof(Patient), "Patient", false },
        { nameof(Provenance), "Provenance", false },
        { nameof(ProvenanceAgent), "Provenance.agent", false },
        { nameof(Flag), "Flag", false },
        { nameof(Organization), "Organization", false },
        { nameof(OperationOutcome), "OperationOutcome", false },
        { nameof(OperationOutcomeIssue), "OperationOutcome.issue", false },
        { nameof(ContactPoint), "ContactPoint", false },
        { nameof(HumanName), "HumanName", false },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void The_model_has_the_names_cardinalities_and_types_of_R4(string model, string place, bool complete)
    {
        var type = Model(model);
        var shape = FhirShape.Of(type);
        var rules = FhirDefinitions.R4.Types[place.Split('.')[0]].ElementsBelow(place).ToList();
        foreach (var property in type.Properties)
        {
            var rule = rules.SingleOrDefault(r => r.Name == property.Name || (r.IsChoice && r.Type!.Any(t => Variant(r, t.Code) == property.Name)));
            rule.ShouldNotBeNull($"{place}.{property.Name} is not in R4");
            var info = property.Options.GetTypeInfo(property.PropertyType);
            (info.Kind == JsonTypeInfoKind.Enumerable).ShouldBe(rule.IsArray, $"{place}.{property.Name}: array");
            property.IsRequired.ShouldBe(rule.Min > 0 && !rule.IsChoice, $"{place}.{property.Name}: required");
            Expected(shape.Element(property.Name)!).ShouldContain(rule.IsChoice ? rule.Type!.Single(t => Variant(rule, t.Code) == property.Name).Code : Code(rule), $"{place}.{property.Name}: type");
        }

        var missing = rules
            .SelectMany(r => r.IsChoice && type.Type != typeof(Extension) ? r.Type!.Select(t => Variant(r, t.Code)) : r.IsChoice ? [] : [r.Name])
            .Except(type.Properties.Select(p => p.Name)).ToList();
        if (complete)
        {
            missing.ShouldBeEmpty();
        }

        // What R4 requires is required here too, completeness or not.
        rules.Where(r => r.Min > 0 && !r.IsChoice).Select(r => r.Name).Except(type.Properties.Where(p => p.IsRequired).Select(p => p.Name)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_required_binding_that_the_model_touches_has_the_codes_of_R4()
    {
        var bound = 0;
        foreach (var row in Types)
        {
            var (shape, place) = (FhirShape.Of(Model((string)row[0])), (string)row[1]);
            foreach (var rule in FhirDefinitions.R4.Types[place.Split('.')[0]].ElementsBelow(place).Where(r => r.Binding?.Strength == "required"))
            {
                // The kind of an issue is not used: it is read as an open code.
                if (shape.Element(rule.Name) is { } element && rule.Path != "OperationOutcome.issue.code")
                {
                    bound++;
                    var codes = FhirDefinitions.R4.ValueSets[rule.Binding!.ValueSet.Split('|')[0]].Codes!.Values.SelectMany(c => c);
                    element.Codes.ShouldNotBeNull(rule.Path).ShouldBe(codes, ignoreOrder: true, rule.Path);
                }
            }
        }

        bound.ShouldBe(15);
    }

    [Fact]
    public void Nothing_outside_the_folder_can_depend_on_the_model() =>
        typeof(FhirFormat).Assembly.GetExportedTypes().Where(t => t.Namespace!.StartsWith(typeof(FhirFormat).Namespace!, StringComparison.Ordinal))
            .ShouldBe([typeof(FhirFormat)]);

    [Fact]
    public void The_names_that_the_reader_knows_are_those_of_R4()
    {
        FhirNames.ResourceTypes.ShouldBe(FhirDefinitions.R4.ResourceTypes, ignoreOrder: true);
        FhirNames.ExtensionValueTypes.ShouldBe(
            FhirDefinitions.R4.Types["Extension"].Rule("Extension.value[x]").Type!.Select(t => char.ToUpperInvariant(t.Code[0]) + t.Code[1..]), ignoreOrder: true);
    }

    [Fact]
    public void The_types_that_are_not_sent_are_right_as_well()
    {
        var council = new Reference { Type = "Organization", Identifier = new Identifier { System = FhirSystems.OdsCode, Value = "999" } };
        Resource[] resources =
        [
            new Organization { Identifier = [new Identifier { System = FhirSystems.OdsCode, Value = "999" }], Name = "EXAMPLE COUNCIL" },
            new OperationOutcome { Issue = [new OperationOutcomeIssue { Severity = IssueSeverity.Error, Code = "invalid" }] },
            new Flag
            {
                Contained =
                [
                    new Provenance
                    {
                        Id = "made",
                        Target = [new Reference { Literal = "#" }],
                        Recorded = "2026-03-10T02:00:00Z",
                        Agent = [new ProvenanceAgent { Who = council }],
                    },
                ],
                Status = FlagStatus.Active,
                Code = new CodeableConcept { Text = "Child protection" },
                Subject = new Reference { Type = "Patient", Identifier = new Identifier { System = FhirSystems.NhsNumber, Value = "9990000018" } },
                Author = council,
            },
        ];

        foreach (var resource in resources)
        {
            var text = JsonSerializer.Serialize(resource, FhirJson.Default.Resource);
            FhirValidator.Validate(text).ShouldBeEmpty();
            using var document = JsonDocument.Parse(text);
            FhirShape.Of(FhirJson.Default.Resource).Check(document.RootElement, "$").ShouldBeNull();
            JsonSerializer.Serialize(JsonSerializer.Deserialize(text, FhirJson.Default.Resource)!, FhirJson.Default.Resource).ShouldBe(text);
        }
    }

    private static JsonTypeInfo Model(string name) =>
        FhirJson.Default.GetTypeInfo(typeof(Bundle).Assembly.GetType($"{typeof(Bundle).Namespace}.{name}")!)!;

    private static string Variant(FhirElementRule rule, string code) => rule.Name + char.ToUpperInvariant(code[0]) + code[1..];

    private static string Code(FhirElementRule rule) =>
        rule.ContentReference is { } target ? target[1..] : rule.Type![0].Code is { } code && code.StartsWith("http", StringComparison.Ordinal) ? (rule.Path == "Extension.url" ? "uri" : "string") : rule.Type[0].Code;

    /// <summary>The R4 types that a property of the model can stand for.</summary>
    private static IReadOnlyList<string> Expected(FhirShape.FhirElementShape element) => element.Type switch
    {
        var type when type == typeof(JsonElement) => ["Resource", "Signature"],
        var type when type == typeof(Resource) => ["Resource"],
        var type when type == typeof(bool) => ["boolean"],
        var type when type == typeof(uint) => ["unsignedInt"],
        var type when type == typeof(decimal) => ["decimal"],
        var type when type == typeof(BundleLink) => ["BackboneElement", "Bundle.link"],
        { IsEnum: true } => ["code"],
        var type when typeof(BackboneElement).IsAssignableFrom(type) => ["BackboneElement"],
        var type when type != typeof(string) => [type.Name],
        _ => element.Kind switch
        {
            TextKind.Id => ["id", "string"],
            TextKind.Code => ["code"],
            TextKind.Uri => ["uri", "url", "canonical"],
            TextKind.Date => ["date"],
            TextKind.DateTime => ["dateTime"],
            TextKind.Instant or TextKind.AccessTime => ["instant"],
            TextKind.Base64 => ["base64Binary"],
            _ => ["string", "xhtml"],
        },
    };
}
