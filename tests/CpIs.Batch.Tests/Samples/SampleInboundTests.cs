using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Inbound;
using Shouldly;

namespace CpIs.Batch.Tests.Samples;

/// <summary>The sample messages speak of the sample council, and say the same in each format.</summary>
public sealed class SampleInboundTests
{
    private const string Nhs = "2.16.840.1.113883.2.1.4.1";
    private const string Local = "2.16.840.1.113883.2.1.3.2.4.18.24";
    private static readonly XNamespace s_hl7 = "urn:hl7-org:v3";
    private static readonly Dictionary<string, Dictionary<string, string?>> s_people =
        CareRows.Read(Repository.File("samples", "council"), "person.csv").ToDictionary(r => r["person_id"]!);

    [Fact]
    public void Every_kind_is_there_in_both_formats_and_accesses_in_FHIR_too()
    {
        string[] kinds =
        [
            "access-device", "access-empty", "access-person", "acknowledgement-accepted", "acknowledgement-partial",
            "acknowledgement-pds-unavailable", "acknowledgement-unreadable", "inactive-none", "inactive-one", "inactive-several",
        ];
        Names("hl7v3").ShouldBe(kinds);
        Names("flat").ShouldBe(kinds);
        Names("fhir").ShouldBe(["access-empty", "access-person"]);
    }

    [Fact]
    public void Each_hl7v3_message_has_its_root_the_councils_code_and_no_document_type()
    {
        foreach (var path in Directory.GetFiles(Folder("hl7v3")))
        {
            var root = Load(path);
            var name = Path.GetFileName(path);
            root.Name.ShouldBe(s_hl7 + (name.StartsWith("acknowledgement", StringComparison.Ordinal) ? "FileResponse"
                : name.StartsWith("access", StringComparison.Ordinal) ? "CP-ISAccessToServiceNotification" : "CP-ISInactiveNHSNumberNotification"));
            var recipient = root.Descendants().Single(e => e.Name.LocalName is "primaryInformationRecipient" or "communicationFunctionRcv");
            recipient.Descendants(s_hl7 + "id").Single().Attribute("extension")!.Value.ShouldBe("X99");
        }
    }

    [Fact]
    public void Each_number_belongs_to_the_person_beside_it()
    {
        foreach (var path in Directory.GetFiles(Folder("hl7v3")))
        {
            foreach (var ids in Load(path).Descendants().Where(e => e.Elements().Any(i => (string?)i.Attribute("root") == Nhs)))
            {
                var number = ids.Elements().Single(i => (string?)i.Attribute("root") == Nhs).Attribute("extension")!.Value;
                var person = ids.Elements().Single(i => (string?)i.Attribute("root") == Local).Attribute("extension")!.Value;
                NumberOf(person).ShouldBe(number, path);
            }
        }

        foreach (var file in Directory.GetFiles(Folder("flat")).Select(f => Path.GetFileName(f)!))
        {
            foreach (var row in CareRows.Read(Folder("flat"), file).Where(r => r.GetValueOrDefault("local_person_id") is not null))
            {
                NumberOf(row["local_person_id"]!).ShouldBe(row["nhs_number"], file);
            }
        }
    }

    [Fact]
    public void A6_replacements_are_none_one_and_several_and_valid()
    {
        foreach (var (name, count) in new[] { ("none", 0), ("one", 1), ("several", 2) })
        {
            var replacements = Load(Folder("hl7v3", $"inactive-{name}.xml")).Descendants(s_hl7 + "newVersion").Elements().Select(e => e.Attribute("extension")!.Value).ToList();
            replacements.Count.ShouldBe(count);
            replacements.ShouldAllBe(r => NhsNumber.Parse(r).Value == r && r.StartsWith("999") && s_people.Keys.All(p => NumberOf(p) != r));
            (CareRows.Read(Folder("flat"), $"inactive-{name}.csv").Single()["replacement_nhs_numbers"] ?? string.Empty).ShouldBe(string.Join(';', replacements));
        }
    }

    [Fact]
    public void K1_the_partial_answer_speaks_of_each_record_of_night_one_and_its_counts_agree()
    {
        var sent = CareRows.Read(Repository.File("samples", "council"), "expected-decisions.csv").Where(d => d["decision"] == "new")
            .Select(d => (d["nhs_number"], d["plan_type"])).ToList();
        var rows = CareRows.Read(Folder("flat"), "acknowledgement-partial.csv");
        rows.Select(r => (r["nhs_number"], r["plan_type"])).ShouldBe(sent, ignoreOrder: true);
        rows.Select(r => r["record_code"]).Distinct().ShouldBe(["CPR06", "CPR01", "CPR03", "CPR05", "CPR07", "CPR42"], ignoreOrder: true);

        var root = Load(Folder("hl7v3", "acknowledgement-partial.xml"));
        root.Element(s_hl7 + "id")!.Attribute("extension")!.Value.ShouldBe("000001");
        root.Element(s_hl7 + "transmissionQuantity")!.Attribute("value")!.Value.ShouldBe($"{sent.Count}");
        var invalid = root.Descendants(s_hl7 + "invalidCP-ISRecord").Count();
        var valid = root.Descendants(s_hl7 + "validCP-ISRecord").Count();
        Count("failedReturnedCP-ISRecords").ShouldBe(invalid);
        Count("successfulReturnedCP-ISRecords").ShouldBe(valid);
        (invalid + valid).ShouldBe(sent.Count);

        // Each record code points to the message that it speaks of.
        var messages = root.Elements(s_hl7 + "message").ToList();
        var details = root.Descendants(s_hl7 + "acknowledgementRecordDetail").ToList();
        details.Count.ShouldBe(messages.Count);
        for (var i = 0; i < details.Count; i++)
        {
            var record = messages[i].Descendants().Single(e => e.Name.LocalName.EndsWith("validCP-ISRecord", StringComparison.Ordinal)).Name.LocalName;
            details[i].Element(s_hl7 + "location")!.Value.ShouldEndWith($"/message[{i + 1}]/cP-ISLAAcknowledgementResponse/pertinentInformation1/{record}");
            (details[i].Element(s_hl7 + "code")!.Attribute("code")!.Value == "CPR06").ShouldBe(record == "validCP-ISRecord");
        }

        int Count(string element) => (int)root.Element(s_hl7 + element)!.Element(s_hl7 + "value")!.Attribute("value")!;
    }

    [Fact]
    public void A3_an_access_has_one_query_id_in_every_format()
    {
        foreach (var name in new[] { "access-person", "access-device", "access-empty" })
        {
            var queries = Load(Folder("hl7v3", $"{name}.xml")).Descendants(s_hl7 + "pertinentCP-ISNHSQuery").Select(q => q.Element(s_hl7 + "id")!.Attribute("root")!.Value).ToList();
            CareRows.Read(Folder("flat"), $"{name}.csv").Select(r => r["query_id"]).ShouldBe(queries);
            queries.ShouldBe(queries.Select(q => Guid.ParseExact(q, "D").ToString("D").ToUpperInvariant()));
            if (File.Exists(Folder("fhir", $"{name}.json")))
            {
                using var bundle = JsonDocument.Parse(File.ReadAllText(Folder("fhir", $"{name}.json")));
                bundle.RootElement.GetProperty("resourceType").GetString().ShouldBe("Bundle");
                var events = bundle.RootElement.TryGetProperty("entry", out var entries) ? entries.EnumerateArray().Select(e => e.GetProperty("resource")).ToList() : [];
                events.ShouldAllBe(e => e.GetProperty("resourceType").GetString() == "AuditEvent");
                events.Select(e => e.GetProperty("id").GetString()).ShouldBe(queries);
            }
        }
    }

    [Fact]
    public void Flat_files_have_the_columns_of_the_contract()
    {
        foreach (var path in Directory.GetFiles(Folder("flat")))
        {
            var name = Path.GetFileName(path);
            File.ReadLines(path).First().ShouldBe(
                name.StartsWith("acknowledgement", StringComparison.Ordinal) ? "upload_file_number,file_code,record_number,nhs_number,plan_type,record_code,detail"
                : name.StartsWith("access", StringComparison.Ordinal) ? "query_id,accessed_at,nhs_number,local_person_id,accessed_by,job_role,organisation_code,organisation_name,upload_file_number"
                : "nhs_number,local_person_id,replacement_nhs_numbers,upload_file_number");
        }
    }

    [Fact]
    public void Each_message_is_read_whole_and_says_the_same_in_every_format()
    {
        foreach (var name in Names("hl7v3"))
        {
            var (xml, csv) = (ReadWhole(Folder("hl7v3", $"{name}.xml"), "hl7v3"), ReadWhole(Folder("flat", $"{name}.csv"), "flat"));
            xml.GetType().ShouldBe(csv.GetType());
            xml.RecipientOdsCode.ShouldBe("X99");
            switch (xml)
            {
                case AccessNotification access:
                    // Flat rows are ordered as the blocks are, and every access of a sample quotes file 1.
                    access.Accesses.ShouldBe(((AccessNotification)csv).Accesses, name);
                    access.StatedTotal.ShouldBe(access.BlockCount);
                    if (Names("fhir").Contains(name))
                    {
                        ((AccessNotification)ReadWhole(Folder("fhir", $"{name}.json"), "fhir")).Accesses.ShouldBe(access.Accesses, name);
                    }

                    break;
                case InactiveNotification inactive:
                    var (subject, row) = (inactive.Subjects.Single(), ((InactiveNotification)csv).Subjects.Single());
                    (subject.NhsNumber, subject.LocalPersonId, subject.UploadFileNumber).ShouldBe((row.NhsNumber, row.LocalPersonId, row.UploadFileNumber), name);
                    subject.Replacements.ShouldBe(row.Replacements, name);
                    break;
                case Acknowledgement answer:
                    var flat = (Acknowledgement)csv;
                    answer.FileNumber.ShouldBe(flat.FileNumber, name);
                    answer.FileCodes.Select(c => c.Code).ShouldBe(flat.FileCodes.Select(c => c.Code), name);
                    answer.Results.Select(r => (r.NhsNumber, r.Code)).ShouldBe(flat.Results.Select(r => (r.NhsNumber, r.Code)), name);
                    break;
                default:
                    throw new InvalidOperationException(name);
            }
        }
    }

    private static InboundMessage ReadWhole(string path, string format)
    {
        var reading = new InboundReader().Read(File.ReadAllBytes(path));
        reading.Problem.ShouldBeNull(path);
        reading.Format.ShouldBe(format, path);
        var message = reading.Message.ShouldNotBeNull(path);
        message.Unread.ShouldBeEmpty(path);
        return message;
    }

    private static string NumberOf(string person) => s_people[person]["nhs_number"]?.Replace(" ", string.Empty, StringComparison.Ordinal) ?? string.Empty;

    private static IEnumerable<string> Names(string format) =>
        Directory.GetFiles(Folder(format)).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal);

    private static XElement Load(string path)
    {
        using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        return XDocument.Load(reader).Root!;
    }

    private static string Folder(params string[] parts) => Repository.File(["samples", "inbound", .. parts]);
}
