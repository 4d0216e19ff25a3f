using CpIs.Messages.Tests.Fhir.Validation;

namespace CpIs.Messages.Tests.Fhir;

/// <summary>What the validator must catch. Each row makes one error in a correct document and says which rule finds it, and where.</summary>
public class DeliberateErrorTests
{
    /// <summary>
    /// Document; edit (<c>path = json</c> sets, <c>- path</c> removes, <c>path &gt; name</c> renames); rule; place.
    /// </summary>
    public static TheoryData<string, string, string, string> Errors => new()
    {
        // Names
        { "transaction", "entry[1].resource.legalStatus = \"C2\"", "unknown", "Bundle.entry[1].resource.legalStatus" },
        { "transaction", "entry[1].resource.status > Status", "unknown", "Bundle.entry[1].resource.Status" },
        { "transaction", "entry[1].resource.period.finish = \"2026-03-09\"", "unknown", "Bundle.entry[1].resource.period.finish" },
        { "transaction", "entry[0].resource.intent = \"plan\"", "unknown", "Bundle.entry[0].resource.intent" },
        { "searchset", "entry[0].resource.meta = { \"project\": \"x\" }", "unknown", "Bundle.entry[0].resource.meta.project" },
        { "transaction", "entry[1].resource.resourceType = \"CarePlans\"", "resource-type", "Bundle.entry[1].resource" },
        { "transaction", "entry[1].resource.resourceType = \"carePlan\"", "resource-type", "Bundle.entry[1].resource" },
        { "searchset", "- entry[0].resource.resourceType", "resource-type", "Bundle.entry[0].resource" },

        // Cardinality
        { "transaction", "- entry[1].resource.status", "min", "Bundle.entry[1].resource.status" },
        { "transaction", "- entry[1].resource.intent", "min", "Bundle.entry[1].resource.intent" },
        { "transaction", "- entry[1].resource.subject", "min", "Bundle.entry[1].resource.subject" },
        { "transaction", "- entry[1].resource.contained[1].agent[0].who", "min", "Bundle.entry[1].resource.contained[1].agent[0].who" },
        { "transaction", "- entry[0].request.url", "min", "Bundle.entry[0].request.url" },
        { "transaction", "- type", "min", "Bundle.type" },
        { "searchset", "- entry[0].resource.agent", "min", "Bundle.entry[0].resource.agent" },
        { "searchset", "- entry[0].resource.agent[0].requestor", "min", "Bundle.entry[0].resource.agent[0].requestor" },
        { "searchset", "- entry[0].resource.recorded", "min", "Bundle.entry[0].resource.recorded" },
        { "searchset", "- entry[0].resource.source.observer", "min", "Bundle.entry[0].resource.source.observer" },
        { "outcome", "- issue", "min", "OperationOutcome.issue" },
        { "flag", "- code", "min", "Flag.code" },
        { "transaction", "entry[1].resource.subject = [{ \"display\": \"x\" }]", "max", "Bundle.entry[1].resource.subject" },
        { "transaction", "entry[1].resource.category = { \"text\": \"x\" }", "array", "Bundle.entry[1].resource.category" },
        { "searchset", "entry[0].resource.agent = []", "empty", "Bundle.entry[0].resource.agent" },
        { "transaction", "entry[1].resource.period = {}", "empty", "Bundle.entry[1].resource.period" },
        { "transaction", "entry[1].resource.title = null", "null", "Bundle.entry[1].resource.title" },

        // Required codes
        { "transaction", "entry[1].resource.status = \"Active\"", "binding", "Bundle.entry[1].resource.status" },
        { "transaction", "entry[1].resource.intent = \"filler-order\"", "binding", "Bundle.entry[1].resource.intent" },
        { "transaction", "entry[0].resource.status = \"completed\"", "binding", "Bundle.entry[0].resource.status" },
        { "transaction", "entry[0].resource.telecom[0].use = \"office\"", "binding", "Bundle.entry[0].resource.telecom[0].use" },
        { "transaction", "entry[0].request.method = \"put\"", "binding", "Bundle.entry[0].request.method" },
        { "transaction", "type = \"Transaction\"", "binding", "Bundle.type" },
        { "transaction", "entry[1].resource.identifier[0].use = \"primary\"", "binding", "Bundle.entry[1].resource.identifier[0].use" },
        { "transaction", "entry[1].resource.contained[0].contact[0].gender = \"F\"", "binding", "Bundle.entry[1].resource.contained[0].contact[0].gender" },
        { "searchset", "entry[0].resource.action = \"read\"", "binding", "Bundle.entry[0].resource.action" },
        { "searchset", "entry[0].resource.agent[0].network.type = \"ip\"", "binding", "Bundle.entry[0].resource.agent[0].network.type" },
        { "outcome", "issue[0].severity = \"fatality\"", "binding", "OperationOutcome.issue[0].severity" },

        // Primitive formats
        { "transaction", "entry[1].resource.period.start = \"2026-02-30\"", "format", "Bundle.entry[1].resource.period.start" },
        { "transaction", "entry[1].resource.period.start = \"15/01/2026\"", "format", "Bundle.entry[1].resource.period.start" },
        { "transaction", "entry[1].resource.contained[0].birthDate = \"2018-05-04T00:00:00Z\"", "format", "Bundle.entry[1].resource.contained[0].birthDate" },
        { "transaction", "entry[1].resource.contained[0].id = \"the_subject\"", "format", "Bundle.entry[1].resource.contained[0].id" },
        { "transaction", "entry[1].resource.identifier[0].system = \"urn:ietf: rfc\"", "format", "Bundle.entry[1].resource.identifier[0].system" },
        { "transaction", "entry[1].resource.status = \" active\"", "format", "Bundle.entry[1].resource.status" },
        { "transaction", "entry[0].resource.name = \"\"", "format", "Bundle.entry[0].resource.name" },
        { "transaction", "timestamp = \"2026-03-10T02:00:00\"", "format", "Bundle.timestamp" },
        { "searchset", "entry[0].resource.recorded = \"2026-03-09\"", "format", "Bundle.entry[0].resource.recorded" },
        { "searchset", "total = -1", "format", "Bundle.total" },
        { "searchset", "entry[0].resource.agent[0].requestor = \"true\"", "type", "Bundle.entry[0].resource.agent[0].requestor" },
        { "transaction", "entry[0].resource.name = 7", "type", "Bundle.entry[0].resource.name" },
        { "transaction", "entry[1].resource.period = \"2026-01-15\"", "type", "Bundle.entry[1].resource.period" },

        // Choice types
        { "transaction", "entry[1].resource.contained[1].occurredPeriod = { \"start\": \"2026-03-10\" }", "choice", "Bundle.entry[1].resource.contained[1].occurred[x]" },
        { "transaction", "entry[1].resource.contained[1].occurredDateTime > occurredString", "unknown", "Bundle.entry[1].resource.contained[1].occurredString" },
        { "searchset", "entry[0].resource.entity[0].detail[0].valueString > value", "unknown", "Bundle.entry[0].resource.entity[0].detail[0].value" },

        // References
        { "transaction", "entry[1].resource.careTeam[0].reference = \"urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c101\"", "target", "Bundle.entry[1].resource.careTeam[0]" },
        { "transaction", "entry[1].resource.careTeam[0].reference = \"urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0cfff\"", "unresolved", "Bundle.entry[1].resource.careTeam[0]" },
        { "transaction", "entry[0].resource.managingOrganization[0].type = \"Patient\"", "target", "Bundle.entry[0].resource.managingOrganization[0]" },
        { "flag", "subject.reference = \"CareTeam/t1\"", "target", "Flag.subject" },
        { "transaction", "entry[1].resource.subject.reference = \"#mother\"", "ref-1", "Bundle.entry[1].resource.subject" },

        // Invariants
        { "transaction", "entry[1].resource.period.end = \"2026-01-14\"", "per-1", "Bundle.entry[1].resource.period" },
        { "searchset", "entry[0].resource.period.end = \"2026-03-09T09:59:59Z\"", "per-1", "Bundle.entry[0].resource.period" },
        { "transaction", "- entry[1].resource.subject.reference", "dom-3", "Bundle.entry[1].resource" },
        { "transaction", "entry[1].resource.contained[0].contained = [{ \"resourceType\": \"Patient\", \"id\": \"inner\" }]", "dom-2", "Bundle.entry[1].resource" },
        { "transaction", "entry[1].resource.contained[0].meta = { \"versionId\": \"1\" }", "dom-4", "Bundle.entry[1].resource" },
        { "transaction", "entry[0].resource.telecom[0].system > rank", "type", "Bundle.entry[0].resource.telecom[0].rank" },
        { "transaction", "- entry[0].resource.telecom[0].system", "cpt-2", "Bundle.entry[0].resource.telecom[0]" },
        { "transaction", "total = 2", "bdl-1", "Bundle" },
        { "transaction", "entry[0].search = { \"mode\": \"match\" }", "bdl-2", "Bundle" },
        { "transaction", "- entry[0].request", "bdl-3", "Bundle" },
        { "transaction", "entry[0].response = { \"status\": \"200\" }", "bdl-4", "Bundle" },
        { "searchset", "- entry[0].resource", "bdl-5", "Bundle.entry[0]" },
        { "transaction", "entry[1].fullUrl = \"urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c001\"", "bdl-7", "Bundle" },
        { "transaction", "entry[0].fullUrl = \"https://example.org/CareTeam/1/_history/2\"", "bdl-8", "Bundle.entry[0]" },
        { "searchset", "entry[0].resource.extension[0].extension = [{ \"url\": \"a\", \"valueString\": \"b\" }]", "ext-1", "Bundle.entry[0].resource.extension[0]" },
        { "searchset", "entry[0].resource.entity[0].query = \"cQ==\"", "sev-1", "Bundle.entry[0].resource.entity[0]" },
        { "transaction", "- entry[1].resource.contained[0].contact[0].name", "pat-1", "Bundle.entry[1].resource.contained[0].contact[0]" },
        { "transaction", "entry[1].resource.activity[0].reference = { \"display\": \"x\" }", "cpl-3", "Bundle.entry[1].resource.activity[0]" },
        { "organization", "- name", "org-1", "Organization" },
        { "organization", "address[0].use = \"home\"", "org-2", "Organization.address[0]" },
        { "transaction", "entry[1].resource.text.div = \"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\"><script/></div>\"", "txt-1", "Bundle.entry[1].resource.text.div" },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void The_validator_catches(string document, string edit, string rule, string place)
    {
        var node = ValidDocuments.Get(document);
        Edits.Apply(node, edit);

        var issues = FhirValidator.Validate(node.ToJsonString());

        issues.ShouldContain(i => i.Rule == rule && i.Path == place, string.Join("\n", issues));
    }

    [Theory]
    [MemberData(nameof(ValidDocuments.Names), MemberType = typeof(ValidDocuments))]
    public void The_validator_accepts_what_is_right(string document) =>
        FhirValidator.Validate(ValidDocuments.Get(document).ToJsonString()).ShouldBeEmpty();

    [Fact]
    public void Every_invariant_of_the_definitions_can_be_read()
    {
        var expressions = FhirDefinitions.R4.Types.Values
            .SelectMany(t => t.Elements).SelectMany(e => e.Constraint ?? []).Where(c => !c.Key.StartsWith("txt-", StringComparison.Ordinal))
            .Select(c => c.Expression!).Distinct().ToList();

        expressions.Count.ShouldBeGreaterThan(40);
        foreach (var expression in expressions)
        {
            Should.NotThrow(() => FhirPath.Compile(expression), expression);
        }
    }

    [Fact]
    public void At_least_forty_errors_are_listed_and_none_twice()
    {
        var edits = Errors.Select(row => $"{row[0]}: {row[1]}").ToList();

        edits.Count.ShouldBeGreaterThanOrEqualTo(40);
        edits.ShouldBeUnique();
    }
}
