using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CpIs.Domain.Exchange;
using CpIs.Messages.Fhir;
using CpIs.Messages.Tests.Fhir.Validation;
using FsCheck;
using FsCheck.Fluent;

namespace CpIs.Messages.Tests.Fhir;

public class FhirInboundTests
{
    private const string Canary = "CANARY";

    [Fact]
    public void A1_the_sample_becomes_accesses_as_the_contract_maps_them()
    {
        var text = File.ReadAllText(Path.Combine(GoldenFiles.Folder, "access-notification.json"));
        FhirValidator.Validate(text).ShouldBeEmpty();

        var notification = Notification(text);

        notification.RecipientOdsCode.ShouldBeNull();
        notification.StatedTotal.ShouldBe(2);
        (notification.BlockCount, notification.QueryCount).ShouldBe((2, 2));
        notification.Unread.ShouldBeEmpty();
        notification.Accesses.ShouldBe(
        [
            new Access(
                "0C1A6F2E-5B1D-4C0B-9A53-6E0F6B1D7A01", new DateTimeOffset(2026, 3, 9, 22, 15, 0, TimeSpan.Zero), true, "9990000018", "P1001",
                "PALMER, Jo", "Paediatric nurse", "RXX01", "EXAMPLE HOSPITAL", "000123"),
            new Access(
                "0C1A6F2E-5B1D-4C0B-9A53-6E0F6B1D7A02", new DateTimeOffset(2026, 3, 10, 1, 0, 0, TimeSpan.Zero), true, "9990000034", null,
                "System 200000000205", null, "RXX02", "EXAMPLE AMBULANCE TRUST", "000122"),
        ]);
    }

    [Theory]
    [InlineData("2026-03-09T22:15:00Z", "2026-03-09T22:15:00", true)]
    [InlineData("2026-03-09T22:15:00+00:00", "2026-03-09T22:15:00", true)]
    [InlineData("2026-07-09T22:15:00+01:00", "2026-07-09T21:15:00", true)]
    [InlineData("2026-03-09T22:15:00-05:00", "2026-03-10T03:15:00", true)]
    [InlineData("2026-03-09T22:15:00.5Z", "2026-03-09T22:15:00.5", true)]
    [InlineData("2026-03-09T22:15:00.123456789Z", "2026-03-09T22:15:00.1234567", true)]
    [InlineData("2026-01-09T22:15:00", "2026-01-09T22:15:00", true)]
    [InlineData("2026-07-09T22:15:00", "2026-07-09T21:15:00", true)]
    [InlineData("2026-10-25T01:30:00", "2026-10-25T00:30:00", true)]
    [InlineData("2026-03-29T01:30:00", "2026-03-29T01:30:00", true)]
    [InlineData("2026-01-09", "2026-01-09T00:00:00", false)]
    [InlineData("2026-07-09", "2026-07-08T23:00:00", false)]
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00", true)]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00", true)]
    public void A1_the_time_of_access(string recorded, string utc, bool timeIsKnown)
    {
        var access = Notification(Edited($"entry[0].resource.recorded = \"{recorded}\"")).Accesses.ShouldHaveSingleItem();

        access.AccessedAt.ShouldBe(new DateTimeOffset(DateTime.Parse(utc, CultureInfo.InvariantCulture), TimeSpan.Zero));
        access.AccessedAt.Offset.ShouldBe(TimeSpan.Zero);
        access.TimeIsKnown.ShouldBe(timeIsKnown);
    }

    [Theory]
    [InlineData("2026-02-30T10:00:00Z")]
    [InlineData("2026-02-30")]
    [InlineData("2025-02-29")]
    [InlineData("2026-13-01")]
    [InlineData("2026-00-10")]
    [InlineData("2026-03")]
    [InlineData("2026")]
    [InlineData("0000-01-01")]
    [InlineData("2026-03-09T24:00:00Z")]
    [InlineData("2026-03-09T10:60:00Z")]
    [InlineData("2026-03-09T10:00:61Z")]
    [InlineData("2026-03-09T10:00Z")]
    [InlineData("2026-03-09T10:00:00z")]
    [InlineData("2026-03-09t10:00:00Z")]
    [InlineData("2026-03-09 10:00:00")]
    [InlineData("2026-03-09T10:00:00+14:01")]
    [InlineData("2026-03-09T10:00:00+01")]
    [InlineData("2026-03-09T10:00:00.Z")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("9999-12-31T23:59:60Z")]
    [InlineData("2026-03-09T10:00:00Z\\n")]
    [InlineData("٢٠٢٦-03-09")]
    [InlineData("")]
    public void K6_a_time_that_is_none_is_named_by_its_path(string recorded) =>
        Part(Edited($"entry[0].resource.recorded = \"{recorded}\"")).Where.ShouldBe("$.entry[0].resource.recorded");

    [Theory]
    [InlineData("entry[0].resource.agent[0].requestor = false", null, null)]
    [InlineData("- entry[0].resource.agent[0].who", null, "Nurse")]
    [InlineData("entry[0].resource.agent[0].who.display = \" \"", null, "Nurse")]
    [InlineData("- entry[0].resource.agent[0].role", "PALMER, Jo", null)]
    [InlineData("entry[0].resource.agent[0].role = [{ \"coding\": [{ \"code\": \"R\" }] }, { \"text\": \"Second\" }]", "PALMER, Jo", null)]
    [InlineData(
        "entry[0].resource.agent = [{ \"requestor\": true, \"who\": { \"display\": \"A\" }, \"role\": [{ \"text\": \"R1\" }] }, { \"requestor\": false, \"who\": { \"display\": \"B\" } }, { \"requestor\": true, \"who\": { \"display\": \"C\" } }]",
        "A; C",
        "R1")]
    public void Who_asked_and_in_what_role(string edit, string? accessedBy, string? role)
    {
        var access = Notification(Edited(edit)).Accesses.ShouldHaveSingleItem();

        (access.AccessedBy, access.JobRole).ShouldBe((accessedBy, role));
    }

    [Theory]
    [InlineData("entry[0].resource.source.observer.identifier.system = \"https://example.org/other\"", null, "EXAMPLE HOSPITAL")]
    [InlineData("- entry[0].resource.source.observer.identifier", null, "EXAMPLE HOSPITAL")]
    [InlineData("- entry[0].resource.source.observer.display", "RXX", null)]
    public void The_organisation(string edit, string? code, string? name)
    {
        var access = Notification(Edited(edit)).Accesses.ShouldHaveSingleItem();

        (access.OrganisationCode, access.OrganisationName).ShouldBe((code, name));
    }

    [Theory]
    [InlineData("- entry[0].resource.id", null, "9990000018")]
    [InlineData("entry[0].resource.entity[0].what.identifier.system = \"https://example.org/other\"", "q1", null)]
    [InlineData("entry[0].resource.entity[0].what.identifier.value = \" 999 000 0018\"", "q1", " 999 000 0018")]
    [InlineData("entry[0].resource.entity[0].what.identifier.value = \"\"", "q1", null)]
    [InlineData("- entry[0].resource.entity", "q1", null)]
    public void A3_identifiers_are_taken_as_given(string edit, string? queryId, string? nhsNumber)
    {
        var access = Notification(Edited(edit)).Accesses.ShouldHaveSingleItem();

        (access.QueryId, access.NhsNumber).ShouldBe((queryId, nhsNumber));
    }

    [Fact]
    public void Two_nhs_numbers_in_one_access_cannot_be_told_apart()
    {
        const string other = """{ "what": { "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026" } } }""";
        var bundle = ValidDocuments.Get("searchset");
        var entities = bundle["entry"]![0]!["resource"]!["entity"]!.AsArray();
        entities.Add(entities[0]!.DeepClone());
        Notification(bundle.ToJsonString()).Accesses.ShouldHaveSingleItem().NhsNumber.ShouldBe("9990000018");

        entities.Add(JsonNode.Parse(other));

        Part(bundle.ToJsonString()).Where.ShouldBe("$.entry[0].resource.entity");
    }

    /// <summary>The deliberate errors that the reader must find as well: all but invariants, and but where the rules ask for tolerance.</summary>
    public static TheoryData<string, string> SharedErrors
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var row in DeliberateErrorTests.Errors)
            {
                var (document, edit, rule, place) = ((string)row[0], (string)row[1], (string)row[2], (string)row[3]);
                if (document == "searchset" && (!rule.Contains('-') || rule == "resource-type") && !edit.Contains("recorded = \"2026-03-09\""))
                {
                    data.Add(edit, "$" + place["Bundle".Length..] + (rule == "resource-type" ? ".resourceType" : ""));
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(SharedErrors))]
    [InlineData("entry[0].resource.Recorded = \"2026-03-09T10:00:00Z\"", "$.entry[0].resource.Recorded")]
    [InlineData("entry[0].resource.action = \"r\"", "$.entry[0].resource.action")]
    [InlineData("entry[0].resource.action = 1", "$.entry[0].resource.action")]
    [InlineData("entry[0].resource.outcome = \"success\"", "$.entry[0].resource.outcome")]
    [InlineData("entry[0].resource.outcome = \"00\"", "$.entry[0].resource.outcome")]
    [InlineData("entry[0].resource.resourceType = \"auditEvent\"", "$.entry[0].resource.resourceType")]
    [InlineData("entry[0].resource.resourceType = \"AuditEvents\"", "$.entry[0].resource.resourceType")]
    [InlineData("entry[0].resource.resourceType = 1", "$.entry[0].resource.resourceType")]
    [InlineData("entry[0].resource = null", "$.entry[0].resource.resourceType")]
    [InlineData("entry[0].resource.source = null", "$.entry[0].resource.source")]
    [InlineData("entry[0].resource.source = []", "$.entry[0].resource.source")]
    [InlineData("entry[0].resource.agent = [null]", "$.entry[0].resource.agent[0]")]
    [InlineData("entry[0].resource.agent = {}", "$.entry[0].resource.agent")]
    [InlineData("entry[0].resource.agent[0].requestor = 1", "$.entry[0].resource.agent[0].requestor")]
    [InlineData("entry[0].resource.agent[0].policy = [null]", "$.entry[0].resource.agent[0].policy[0]")]
    [InlineData("entry[0].resource.agent[0].role[0] = { \"text\": 7 }", "$.entry[0].resource.agent[0].role[0].text")]
    [InlineData("entry[0].resource.id = \"a_b\"", "$.entry[0].resource.id")]
    [InlineData("entry[0].resource.id = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "$.entry[0].resource.id")]
    [InlineData("entry[0].resource.period.start = \"2026-02-30\"", "$.entry[0].resource.period.start")]
    [InlineData("entry[0].resource.period.start = \"2026-03-09T10:00:00\"", "$.entry[0].resource.period.start")]
    [InlineData("entry[0].resource.implicitRules = \"https://example.org/rules\"", "$.entry[0].resource.implicitRules")]
    [InlineData("entry[0].resource.modifierExtension = [{ \"url\": \"https://example.org/not\", \"valueBoolean\": true }]", "$.entry[0].resource.modifierExtension")]
    [InlineData("entry[0].modifierExtension = [{ \"url\": \"https://example.org/not\", \"valueBoolean\": true }]", "$.entry[0].modifierExtension")]
    [InlineData("entry[0].resource.extension = [{ \"url\": \"https://example.org/e\" }]", "$.entry[0].resource.extension[0]")]
    [InlineData("entry[0].resource.extension = [{ \"url\": \"https://example.org/e\", \"valueText\": \"x\" }]", "$.entry[0].resource.extension[0].valueText")]
    [InlineData("entry[0].resource.extension = [{ \"valueString\": \"x\" }]", "$.entry[0].resource.extension[0].url")]
    [InlineData("entry[0].resource._recorded = \"x\"", "$.entry[0].resource._recorded")]
    [InlineData("entry[0].resource._recorded = { \"value\": \"x\" }", "$.entry[0].resource._recorded")]
    [InlineData("entry[0].resource._agent = { \"id\": \"x\" }", "$.entry[0].resource._agent")]
    [InlineData("entry[0].resource.contained = [1]", "$.entry[0].resource.contained[0]")]
    [InlineData("entry[0].resource.entity[0].query = \"c*Q\"", "$.entry[0].resource.entity[0].query")]
    [InlineData("- entry[0].resource.entity[0].detail[0].valueString", "$.entry[0].resource.entity[0].detail[0].value")]
    [InlineData("entry[0].resource.entity[0].detail[0].valueBase64Binary = \"cQ==\"", "$.entry[0].resource.entity[0].detail[0].value")]
    [InlineData("entry[0].search.mode = \"Match\"", "$.entry[0].search.mode")]
    [InlineData("entry[0].foo = 1", "$.entry[0].foo")]
    [InlineData("foo = 1", "$.foo")]
    [InlineData("- type", "$.type")]
    [InlineData("type = \"Searchset\"", "$.type")]
    [InlineData("total = 1.5", "$.total")]
    [InlineData("total = \"1\"", "$.total")]
    [InlineData("total = 2147483648", "$.total")]
    [InlineData("timestamp = \"2026-02-30T00:00:00Z\"", "$.timestamp")]
    [InlineData("link = [{ \"relation\": \"self\" }]", "$.link[0].url")]
    public void K6_what_is_wrong_is_named_by_its_path_and_the_other_accesses_stand(string edit, string path)
    {
        // A second, good entry after the one that is edited.
        var bundle = ValidDocuments.Get("searchset");
        bundle["entry"]!.AsArray().Add(bundle["entry"]![0]!.DeepClone());
        bundle["entry"]![1]!["resource"]!["id"] = "q2";
        Edits.Apply(bundle, edit);

        var notification = Notification(bundle.ToJsonString());

        var unread = notification.Unread.ShouldHaveSingleItem();
        unread.Where.ShouldBe(path);
        notification.Accesses[^1].QueryId.ShouldBe("q2");
        var isHidden = path.StartsWith("$.entry[0]", StringComparison.Ordinal) && !unread.Problem.EndsWith("applied all the same", StringComparison.Ordinal);
        notification.Accesses.Count.ShouldBe(isHidden ? 1 : 2);
    }

    /// <summary>Everything that contract section 5 maps is there and sound.</summary>
    [Theory]
    [InlineData("entry[0].resource.foo = 1")]
    [InlineData("entry[0].foo = 1")]
    [InlineData("- entry[0].resource.type")]
    [InlineData("entry[0].resource.action = \"r\"")]
    [InlineData("entry[0].resource.outcome = \"99\"")]
    [InlineData("entry[0].resource.period.start = \"2026-02-30\"")]
    [InlineData("entry[0].resource.agent[0].policy = [null]")]
    [InlineData("entry[0].resource.agent = [{ \"requestor\": true, \"who\": { \"display\": \"PALMER, Jo\" }, \"role\": [{ \"text\": \"Nurse\" }] }, { \"who\": { \"display\": \"Somebody else\" } }]")]
    [InlineData("entry[0].resource.extension = [{ \"valueString\": \"x\" }]")]
    [InlineData("entry[0].resource.contained = [1]")]
    [InlineData("entry[0].resource.entity[0].query = \"c*Q\"")]
    [InlineData("entry[0].resource.source.observer.foo = 1")]
    public void K6_A1_a_flaw_in_what_is_not_mapped_does_not_hide_the_access(string edit)
    {
        var notification = Notification(Edited(edit));

        notification.Unread.ShouldHaveSingleItem();
        notification.Accesses.ShouldHaveSingleItem().ShouldBe(Notification(ValidDocuments.Get("searchset").ToJsonString()).Accesses.Single());
    }

    [Theory]
    [InlineData("entry[0].resource.id = \"a_b\"", "a_b")]
    [InlineData("entry[0].resource.id = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A3_a_query_id_that_R4_does_not_allow_is_opaque_all_the_same(string edit, string queryId) =>
        Notification(Edited(edit)).Accesses.ShouldHaveSingleItem().QueryId.ShouldBe(queryId);

    [Theory]
    [InlineData("- entry[0].resource.agent", null, "RXX")]
    [InlineData("- entry[0].resource.agent[0].requestor", null, "RXX")]
    [InlineData("- entry[0].resource.source", "PALMER, Jo", null)]
    [InlineData("- entry[0].resource.source.observer", "PALMER, Jo", null)]
    public void A1_who_or_where_is_not_given_and_R4_requires_it(string edit, string? accessedBy, string? organisation)
    {
        var notification = Notification(Edited(edit));

        notification.Unread.ShouldHaveSingleItem();
        var access = notification.Accesses.ShouldHaveSingleItem();
        (access.AccessedBy, access.OrganisationCode, access.NhsNumber).ShouldBe((accessedBy, organisation, "9990000018"));
    }

    /// <summary>What is mapped cannot be told, or may mean the opposite.</summary>
    [Theory]
    [InlineData("- entry[0].resource.recorded")]
    [InlineData("entry[0].resource.recorded = 20260309")]
    [InlineData("entry[0].resource.id = 7")]
    [InlineData("entry[0].resource.agent = {}")]
    [InlineData("entry[0].resource.agent = [null]")]
    [InlineData("entry[0].resource.agent[0].requestor = \"true\"")]
    [InlineData("entry[0].resource.agent[0].who = \"PALMER, Jo\"")]
    [InlineData("entry[0].resource.agent[0].role[0] = { \"text\": 7 }")]
    [InlineData("entry[0].resource.source = null")]
    [InlineData("entry[0].resource.entity = {}")]
    [InlineData("entry[0].resource.entity[0].what.identifier.value = 9990000018")]
    [InlineData("entry[0].resource.implicitRules = \"https://example.org/rules\"")]
    [InlineData("entry[0].modifierExtension = [{ \"url\": \"https://example.org/not\", \"valueBoolean\": true }]")]
    [InlineData("entry[0].resource.agent[0].modifierExtension = [{ \"url\": \"https://example.org/not\", \"valueBoolean\": true }]")]
    public void K6_a_flaw_in_what_is_mapped_leaves_nothing_to_apply(string edit)
    {
        var notification = Notification(Edited(edit));

        notification.Unread.ShouldHaveSingleItem().Problem.ShouldNotContain("applied");
        notification.Accesses.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("entry[0].resource.language = \"en-GB\"")]
    [InlineData("entry[0].resource.meta = { \"versionId\": \"1\", \"lastUpdated\": \"2026-03-09T10:00:00Z\", \"source\": \"urn:x\", \"profile\": [\"https://example.org/p\"], \"tag\": [{ \"code\": \"t\" }] }")]
    [InlineData("entry[0].resource.text = { \"status\": \"generated\", \"div\": \"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">x</div>\" }")]
    [InlineData("entry[0].resource.contained = [{ \"resourceType\": \"Practitioner\", \"id\": \"p\", \"anything\": [1] }]")]
    [InlineData("entry[0].resource.extension = [{ \"url\": \"https://example.org/e\", \"extension\": [{ \"url\": \"a\", \"valueCodeableConcept\": { \"text\": \"x\" } }] }]")]
    [InlineData("entry[0].resource._recorded = { \"id\": \"a\", \"extension\": [{ \"url\": \"https://example.org/e\", \"valueCode\": \"x\" }] }")]
    [InlineData("entry[0].resource.agent[0].policy = [\"https://example.org/p\"]")]
    [InlineData("entry[0].resource.period.start = \"2026-03\"")]
    [InlineData("entry[0].resource.subtype = [{ \"system\": \"http://hl7.org/fhir/restful-interaction\", \"code\": \"read\", \"userSelected\": false }]")]
    [InlineData("entry[0].resource.outcome = \"12\"")]
    [InlineData("entry[0].resource.entity[0].detail[0] = { \"type\": \"k\", \"valueBase64Binary\": \"cQ==\" }")]
    [InlineData("entry[0].search.score = 0.5")]
    [InlineData("link = [{ \"relation\": \"self\", \"url\": \"https://example.org/AuditEvent?a=b|c\" }]")]
    [InlineData("identifier = { \"use\": \"official\", \"type\": { \"text\": \"x\" }, \"system\": \"urn:x\", \"value\": \"1\", \"period\": { \"start\": \"2026\" }, \"assigner\": { \"display\": \"x\" } }")]
    [InlineData("signature = { \"type\": [{ \"code\": \"x\" }] }")]
    public void What_R4_allows_is_not_refused(string edit)
    {
        var notification = Notification(Edited(edit));

        notification.Unread.ShouldBeEmpty();
        notification.Accesses.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("total = 5", 5)]
    [InlineData("type = \"collection\"", 1)]
    [InlineData("- total", null)]
    public void A10_the_total_is_what_the_bundle_states_in_any_type_of_bundle(string edit, int? total)
    {
        var notification = Notification(Edited(edit));

        notification.StatedTotal.ShouldBe(total);
        (notification.BlockCount, notification.QueryCount).ShouldBe((1, 1));
    }

    [Theory]
    [InlineData("""{ "resourceType": "Bundle", "type": "searchset", "total": 0 }""", 0)]
    [InlineData("""{ "resourceType": "Bundle", "type": "searchset", "total": 0, "entry": [] }""", 0)]
    [InlineData("""{ "resourceType": "Bundle", "type": "collection" }""", null)]
    [InlineData("""{ "type": "collection", "resourceType": "Bundle" }""", null)]
    public void A10_an_empty_bundle_is_an_empty_notification(string text, int? total)
    {
        var notification = Notification(text);

        (notification.StatedTotal, notification.BlockCount, notification.QueryCount).ShouldBe((total, 0, 0));
        notification.Accesses.ShouldBeEmpty();
        notification.Unread.ShouldBeEmpty();
    }

    [Fact]
    public void Other_resources_are_passed_over_where_there_is_an_audit_event()
    {
        var bundle = ValidDocuments.Get("searchset");
        bundle["entry"]!.AsArray().Insert(0, JsonNode.Parse("""{ "resource": { "resourceType": "PractitionerRole", "id": "p", "whatever": { "x": 1 } } }"""));

        var notification = Notification(bundle.ToJsonString());

        (notification.BlockCount, notification.Accesses.Count, notification.Unread.Count).ShouldBe((1, 1, 0));
    }

    [Fact]
    public void The_order_of_the_properties_does_not_matter()
    {
        var bundle = ValidDocuments.Get("searchset").AsObject();
        var reversed = new JsonObject(bundle.Reverse().Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        var resource = reversed["entry"]![0]!["resource"]!.AsObject();
        reversed["entry"]![0]!["resource"] = new JsonObject(resource.Reverse().Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));

        Notification(reversed.ToJsonString()).Accesses.ShouldBe(Notification(bundle.ToJsonString()).Accesses);
    }

    public static TheoryData<string, string> Unreadable => new()
    {
        { "", "$" },
        { "   ", "$" },
        { "[]", "$" },
        { "\"text\"", "$" },
        { "{}", "$.resourceType" },
        { """{ "type": "searchset" }""", "$.resourceType" },
        { """{ "resourceType": "bundle", "type": "searchset" }""", "$.resourceType" },
        { """{ "resourceType": "Patient", "birthDate": "2020-01-01" }""", "$.resourceType" },
        { """{ "resourceType": ["Bundle"] }""", "$.resourceType" },
        { """{ "resourceType": "Bundle", "type": "searchset", "entry": {} }""", "$.entry" },
        { """{ "resourceType": "Bundle", "type": "searchset", "entry": null }""", "$.entry" },
        { """{ "resourceType": "Bundle", "type": "searchset", "entries": [{ "resource": { "resourceType": "AuditEvent" } }] }""", "$.entries" },
        { """{ "resourceType": "Bundle", "entry": [] }""", "$.type" },
        { """{ "resourceType": "Bundle", "type": "searchset", "type": "collection" }""", "$.type" },
        { """{ "resourceType": "Bundle", "type": "searchset", "t\u0079pe": "collection" }""", "$.type" },
        { """{ "resourceType": "Bundle", "type": "searchset", "entry": [], "entry": [] }""", "$.entry" },
        { """{ "resourceType": "Bundle", "type": "searchset", "identifier": { "value": "1", "value": "2" } }""", "$.identifier.value" },
        { """{ "resourceType": "Bundle", "type": "searchset", "implicitRules": "https://example.org/rules" }""", "$.implicitRules" },
        { """{ "resourceType": "Bundle", "type": "searchset", "entry": [{ "resource": { "resourceType": "Patient" } }] }""", "$.entry" },
        { """{ "resourceType": "Bundle", "type": "searchset", "entry": [{ "resource": { "resourceType": "AuditEvnt" } }] }""", "$.entry[0].resource.resourceType" },
        { """{ "resourceType": "Bundle", "type": "searchset", "entry": [{ "fullUrl": "urn:x" }] }""", "$.entry[0].resource.resourceType" },
        { """{ "resourceType": "Bundle", "type": "searchset", "entry": [7] }""", "$.entry[0].resource.resourceType" },
        { """{ "resourceType": "Bundle", "type": "searchset", "entry": [{ "resource": """, "$.entry[0].resource" },
        { """{ "resourceType": "Bundle", "type": "searchset" } x""", "$" },
        { """{ "resourceType": "Bundle", "type": "searchset" }{}""", "$" },
        { """{ "resourceType": "Bundle", "type": "searchset", }""", "$.type" },
        { """{ "resourceType": "Bundle", /* a comment */ "type": "searchset" }""", "$.resourceType" },
        { """{ "resourceType": "Bundle", "type": searchset }""", "$.type" },
        { """{ "resourceType": "Bundle", "language": "\ud800" }""", "$.language" },
        { """{ "resourceType": "Bundle", "\ud800": "" }""", "$.resourceType" },
        { """{ "resourceType": "OperationOutcome", "issue": [{ "severity": "error", "code": "processing", "diagnostics": "CANARY" }] }""", "$" },
        { """{ "resourceType": "OperationOutcome", "issue": [] }""", "$.issue" },
        { """{ "resourceType": "OperationOutcome" }""", "$.issue" },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void K6_what_cannot_be_read_as_a_whole_is_a_problem_with_its_path(string text, string path)
    {
        var reading = Read(text);

        reading.Format.ShouldBe("fhir");
        reading.Message.ShouldBeNull();
        reading.Problem.ShouldNotBeNull().ShouldStartWith($"{path}: ");
        reading.Problem.ShouldNotContain(Canary);
    }

    [Fact]
    public void K6_the_same_name_twice_in_one_access_spoils_that_access_only()
    {
        var text = TwoAccesses().Replace("\"id\":\"q1\"", "\"id\":\"q1\",\"action\":\"C\"", StringComparison.Ordinal);

        var notification = Notification(text);

        notification.Unread.ShouldHaveSingleItem().Where.ShouldBe("$.entry[0].resource.action");
        notification.Accesses.ShouldHaveSingleItem().QueryId.ShouldBe("q2");
        (notification.BlockCount, notification.QueryCount).ShouldBe((2, 2));
    }

    [Theory]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xFF })]
    public void K6_broken_encoding_is_a_problem(byte[] bytes)
    {
        var text = TwoAccesses();
        var at = text.IndexOf("PALMER", StringComparison.Ordinal);

        var reading = FhirInbound.Read(new MemoryStream([.. Encoding.UTF8.GetBytes(text[..at]), .. bytes, .. Encoding.UTF8.GetBytes(text[at..])]));

        reading.Message.ShouldBeNull();
        reading.Problem.ShouldNotBeNull().ShouldStartWith("$.entry[0].resource.agent[0].who.display: ");
    }

    [Fact]
    public void K6_utf16_is_a_problem_and_a_byte_order_mark_of_utf8_is_none()
    {
        var text = TwoAccesses();

        FhirInbound.Read(new MemoryStream([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(text)])).Problem.ShouldNotBeNull();
        FhirInbound.Read(new MemoryStream(Encoding.Unicode.GetBytes(text))).Problem.ShouldNotBeNull();
        FhirInbound.Read(new MemoryStream([.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text)])).Message.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("{\"x\":", "}", 10_000)]
    [InlineData("[", "]", 10_000)]
    [InlineData("{\"x\":", "}", 62)]
    public void Nesting_deeper_than_64_levels_is_a_problem(string open, string close, int levels)
    {
        // The Bundle, its entries and the entry are three levels more.
        var nested = string.Concat(Enumerable.Repeat(open, levels)) + "1" + string.Concat(Enumerable.Repeat(close, levels));
        var text = $$"""{ "resourceType": "Bundle", "type": "searchset", "entry": [{ "resource": {{nested}} }] }""";

        Read(text).Problem.ShouldNotBeNull().ShouldEndWith(": nested deeper than 64 levels");
    }

    [Fact]
    public void Nesting_of_64_levels_is_read()
    {
        // Bundle, entries, entry, resource, contained, its item: six; then 58.
        var nested = string.Concat(Enumerable.Repeat("{\"x\":", 58)) + "1" + new string('}', 58);
        var text = Edited($"entry[0].resource.contained = [{{ \"resourceType\": \"Basic\", \"x\": {nested} }}]");

        Notification(text).Accesses.Count.ShouldBe(1);
        Read(text.Replace("\"x\":1}", "\"x\":{\"x\":1}}", StringComparison.Ordinal)).Problem.ShouldNotBeNull().ShouldContain("64");
    }

    [Theory]
    [InlineData("\"outcomeDesc\":\"", (byte)'a', "$.entry[0].resource.outcomeDesc")]
    [InlineData("\"outcomeDesc\":\"\\u0041", (byte)'a', "$.entry[0].resource.outcomeDesc")]
    [InlineData("\"outcomeDesc\":", (byte)'1', "$.entry[0].resource.outcomeDesc")]
    [InlineData("\"", (byte)'a', "$.entry[0].resource")]
    [InlineData("\"outcomeDesc\":", (byte)' ', "$.entry[0].resource.outcomeDesc")]
    public void A_text_of_200_megabytes_is_refused_without_being_held(string before, byte fill, string path)
    {
        var head = Encoding.UTF8.GetBytes("""{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{""" + before);
        using var stream = new EndlessText(head, fill, 200_000_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread();

        var reading = FhirInbound.Read(stream);

        reading.Problem.ShouldNotBeNull().ShouldStartWith($"{path}: larger than");
        (GC.GetAllocatedBytesForCurrentThread() - allocated).ShouldBeLessThan(16 * 1024 * 1024);
    }

    [Fact]
    public void Many_accesses_are_read_with_memory_for_the_accesses_alone()
    {
        var entry = ValidDocuments.Get("searchset")["entry"]![0]!.ToJsonString();
        const int accesses = 5_000;
        var text = $$"""{ "resourceType": "Bundle", "type": "collection", "entry": [{{string.Join(',', Enumerable.Repeat(entry, accesses))}}] }""";

        Notification(text).Accesses.Count.ShouldBe(accesses);
    }

    [Fact]
    public void It_does_not_matter_in_what_pieces_the_bytes_come()
    {
        var text = TwoAccesses();
        var expected = Notification(text).Accesses;
        var property = Prop.ForAll(Gen.Choose(1, 400).ToArbitrary(), size =>
        {
            using var stream = new PiecewiseStream(Encoding.UTF8.GetBytes(text), size);
            ((AccessNotification)FhirInbound.Read(stream).Message!).Accesses.ShouldBe(expected);
        });

        property.QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Damaged_bytes_never_make_it_fail_and_never_lose_an_access_in_silence()
    {
        var bytes = Encoding.UTF8.GetBytes(TwoAccesses());
        var damages =
            from at in Gen.Choose(0, bytes.Length - 1)
            from length in Gen.Choose(0, 5)
            from replacement in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf()
            select (byte[])[.. bytes[..at], .. replacement, .. bytes[Math.Min(bytes.Length, at + length)..]];
        var property = Prop.ForAll(damages.ToArbitrary(), damaged =>
        {
            var reading = FhirInbound.Read(new MemoryStream(damaged));
            (reading.Message is null).ShouldBe(reading.Problem is not null);
            if (reading.Message is AccessNotification notification)
            {
                (notification.Accesses.Count + notification.Unread.Count(u => u.Where.StartsWith("$.entry", StringComparison.Ordinal) && !u.Problem.EndsWith("applied all the same", StringComparison.Ordinal))).ShouldBe(2);
            }
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), property);
    }

    [Fact]
    public void No_problem_repeats_content()
    {
        // Every text, number and name in the document becomes a canary in turn.
        var text = TwoAccesses();
        foreach (var part in new[] { "PALMER, Jo", "EXAMPLE HOSPITAL", "Nurse", "9990000018", "2026-03-09T10:00:00+00:00", "RXX", "true", "rest", "\"value\"", "\"display\"", "AuditEvent", "searchset" })
        {
            text.ShouldContain(part);
            foreach (var canary in new[] { Canary, $"\"{Canary} 1\"", $"\"{Canary}-\"", "\"9990000026\"", "9990000026" })
            {
                var reading = Read(text.Replace(part, canary, StringComparison.Ordinal));
                var words = $"{reading.Problem} {string.Join(' ', reading.Message?.Unread.Select(u => $"{u.Where} {u.Problem}") ?? [])}";
                words.ShouldNotContain(Canary);
                words.ShouldNotContain("9990000026");
            }
        }
    }

    private static InboundReading Read(string text) => FhirInbound.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static AccessNotification Notification(string text)
    {
        var reading = Read(text);
        reading.Problem.ShouldBeNull();
        reading.Format.ShouldBe("fhir");
        return reading.Message.ShouldBeOfType<AccessNotification>();
    }

    /// <summary>The part that could not be read; an access that is the only one.</summary>
    private static UnreadPart Part(string text)
    {
        var notification = Notification(text);
        notification.Accesses.ShouldBeEmpty();
        (notification.BlockCount, notification.QueryCount).ShouldBe((1, 1));
        return notification.Unread.ShouldHaveSingleItem();
    }

    private static string Edited(string edit)
    {
        var bundle = ValidDocuments.Get("searchset");
        Edits.Apply(bundle, edit);
        return bundle.ToJsonString();
    }

    private static string TwoAccesses()
    {
        var bundle = ValidDocuments.Get("searchset");
        bundle["entry"]!.AsArray().Add(bundle["entry"]![0]!.DeepClone());
        bundle["entry"]![1]!["resource"]!["id"] = "q2";
        return bundle.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    private sealed class PiecewiseStream(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, size));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, size)]);
    }

    /// <summary>A head and then one byte over and over.</summary>
    private sealed class EndlessText(byte[] head, byte fill, long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, length - _position);
            for (var i = 0; i < count; i++, _position++)
            {
                buffer[i] = _position < head.Length ? head[_position] : fill;
            }

            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
