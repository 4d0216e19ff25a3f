using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace CpIs.EndToEnd.Tests.Harness;

/// <summary>One record of an upload as read by the tests themselves.</summary>
public sealed record Uploaded(long File, string Number, string PlanType, string Start, string? End, string? Delete, string Family, string Given, string Born, string? LocalId)
{
    public string Brief => $"{PlanType} {Start}{(End is null ? string.Empty : ".." + End)}{(Delete is null ? string.Empty : " removed")}";
}

/// <summary>CP-IS as seen through the two folders: reads uploads and writes answers and notifications, with code of its own.</summary>
public sealed class CpIsSide(string outbox, string inbox)
{
    private static readonly XNamespace V3 = "urn:hl7-org:v3";
    private const string Oids = "2.16.840.1.113883.2.1.3.2.4.";

    public string OdsCode { get; set; } = "X99";

    public string CouncilName { get; set; } = "COUNCIL";

    /// <summary>File numbers waiting in the outbox, in order.</summary>
    public IReadOnlyList<long> Waiting =>
        Directory.Exists(outbox)
            ? [.. Directory.GetFiles(outbox, "upload-*.xml").Select(f => long.Parse(Path.GetFileNameWithoutExtension(f)[7..], CultureInfo.InvariantCulture)).Order()]
            : [];

    public IReadOnlyList<Uploaded> Read(long file)
    {
        var root = XDocument.Load(PathOf(file)).Root!;
        return [.. root.Elements(V3 + "record").Select(r => ReadRecord(file, r.Element(V3 + "CP-ISRecord")!))];
    }

    /// <summary>Takes a file out of the outbox, as the receiver does.</summary>
    public IReadOnlyList<Uploaded> Take(long file)
    {
        var records = Read(file);
        File.Delete(PathOf(file));
        return records;
    }

    /// <summary>Takes all that waits and confirms every record of it.</summary>
    public IReadOnlyList<Uploaded> TakeAndConfirmAll()
    {
        var all = new List<Uploaded>();
        foreach (var file in Waiting)
        {
            var records = Take(file);
            Acknowledge(file, "CPF02", [.. records.Select(r => (r, "CPR06"))]);
            all.AddRange(records);
        }

        return all;
    }

    /// <summary>Writes an acknowledgement; a record with code CPR06 is among the valid ones, any other among the invalid.</summary>
    public string Acknowledge(long file, string fileCode, IReadOnlyList<(Uploaded Record, string Code)> results, string? name = null)
    {
        var details = new StringBuilder();
        var messages = new StringBuilder();
        for (var i = 0; i < results.Count; i++)
        {
            var (record, code) = results[i];
            var valid = code == "CPR06";
            var kind = valid ? "validCP-ISRecord" : "invalidCP-ISRecord";
            details.Append(CultureInfo.InvariantCulture, $"<acknowledgementRecordDetail><code code=\"{code}\" codeSystem=\"{Oids}17.473\" displayName=\"as said\"/><location>/FileResponse/message[{i + 1}]/cP-ISLAAcknowledgementResponse/pertinentInformation1/{kind}</location></acknowledgementRecordDetail>");
            messages.Append(CultureInfo.InvariantCulture, $"<message><cP-ISLAAcknowledgementResponse><pertinentInformation1><{kind}>{(valid ? string.Empty : Plan(record))}{Subject(record)}</{kind}></pertinentInformation1></cP-ISLAAcknowledgementResponse></message>");
        }

        var failed = results.Count(r => r.Code != "CPR06");
        return Put(name ?? $"ack-{file}-{Guid.NewGuid():N}.xml", $"""
            <FileResponse xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation"><creationTime value="20260310040000+0000"/><id extension="{file}"/>
            <transmissionQuantity value="{results.Count}"/>
            <acknowledgementFile><acknowledgementFileDetail><code code="{fileCode}" displayName="as said"/></acknowledgementFileDetail></acknowledgementFile>
            {(results.Count == 0 ? string.Empty : $"<acknowledgementRecord>{details}</acknowledgementRecord>")}
            <communicationFunctionRcv><organisation><id root="{Oids}19.1" extension="{OdsCode}"/><name>{CouncilName}</name><telecom use="EC" value="tel:01632960002"/></organisation></communicationFunctionRcv>
            <failedReturnedCP-ISRecords><value value="{failed}"/></failedReturnedCP-ISRecords>{messages}<successfulReturnedCP-ISRecords><value value="{results.Count - failed}"/></successfulReturnedCP-ISRecords></FileResponse>
            """);
    }

    /// <summary>Writes an access notification with one access for each entry.</summary>
    public string Access(params (Guid Query, string When, string Number, string? LocalId, long File, string Who, string Org)[] accesses)
    {
        var blocks = string.Concat(accesses.Select(a => $"""
            <pertinentInformation1><pertinentCP-ISRecordAccess><pertinentInformation2><pertinentCP-ISNHSQuery>
            <effectiveTime value="{a.When}"/><id root="{a.Query.ToString().ToUpperInvariant()}"/>
            <author><npfitlc:contentId root="{Oids}18.16" extension="COCT_TP145102GB01#AssignedAuthor"/><COCT_TP145102GB01.AssignedAuthor>
            <code code="R8000" codeSystem="{Oids}17.196" displayName="Staff nurse"/><id root="1.2.826.0.1285.0.2.0.65" extension="U1"/>
            <assignedAuthorPerson><name><given>{a.Who}</given><family>Nurse</family></name></assignedAuthorPerson>
            <representedOrganization><id root="{Oids}19.1" extension="{a.Org}"/><name>{a.Org} Hospital</name></representedOrganization>
            </COCT_TP145102GB01.AssignedAuthor></author>
            <queryByParameter><person.id><value root="2.16.840.1.113883.2.1.4.1" extension="{a.Number}"/>{(a.LocalId is null ? string.Empty : $"<value root=\"{Oids}18.24\" extension=\"{a.LocalId}\"/>")}</person.id></queryByParameter>
            </pertinentCP-ISNHSQuery></pertinentInformation2>
            <reference><referredToLAUploadFile><value extension="{a.File}"/></referredToLAUploadFile></reference></pertinentCP-ISRecordAccess></pertinentInformation1>
            """));
        return Put($"access-{Guid.NewGuid():N}.xml", $"""
            <CP-ISAccessToServiceNotification xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation"><effectiveTime value="20260310050000+0000"/><id root="{Guid.NewGuid().ToString().ToUpperInvariant()}"/>
            <pertinentInformation><pertinentTotalReturnedRecords><value value="{accesses.Length}"/></pertinentTotalReturnedRecords></pertinentInformation>{blocks}{Recipient}</CP-ISAccessToServiceNotification>
            """);
    }

    public string Inactive(string number, string? localId, long file, params string[] replacements) =>
        Put($"inactive-{Guid.NewGuid():N}.xml", $"""
            <CP-ISInactiveNHSNumberNotification xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation"><effectiveTime value="20260310050000+0000"/><id root="{Guid.NewGuid().ToString().ToUpperInvariant()}"/>{Recipient}
            <subject><pDSInactivePatient><id root="2.16.840.1.113883.2.1.4.1" extension="{number}"/>{(localId is null ? string.Empty : $"<id root=\"{Oids}18.24\" extension=\"{localId}\"/>")}
            {(replacements.Length == 0 ? string.Empty : $"<replacedBy><newVersion>{string.Concat(replacements.Select(r => $"<id extension=\"{r}\"/>"))}</newVersion></replacedBy>")}
            <subjectOf><lAUploadFile><value extension="{file}"/></lAUploadFile></subjectOf></pDSInactivePatient></subject></CP-ISInactiveNHSNumberNotification>
            """);

    /// <summary>Puts bytes into the inbox as they are.</summary>
    public string Put(string name, string content)
    {
        Directory.CreateDirectory(inbox);
        var path = Path.Combine(inbox, name);
        File.WriteAllText(path, content);
        return path;
    }

    private string PathOf(long file) => Path.Combine(outbox, $"upload-{file:D6}.xml");

    private string Recipient =>
        $"<primaryInformationRecipient><npfitlc:contentId root=\"{Oids}18.16\" extension=\"COCT_TP145103GB01#IntendedRecipient\"/><COCT_TP145103GB01.IntendedRecipient><representedSourceOrganization><id root=\"{Oids}19.1\" extension=\"{OdsCode}\"/><name>{CouncilName}</name></representedSourceOrganization></COCT_TP145103GB01.IntendedRecipient></primaryInformationRecipient>";

    private static string Plan(Uploaded r)
    {
        var (template, block, prefix) = r.PlanType switch
        {
            "LAC" => ("COCT_TP146100GB01", "LACInformation", "lAC"),
            "CPP" => ("COCT_TP146101GB01", "CPPInformation", "cPP"),
            _ => ("COCT_TP146102GB01", "UCPInformation", "uCP"),
        };
        return $"<pertinentInformation><npfitlc:contentId root=\"{Oids}18.16\" extension=\"{template}#{block}\"/><{template}.{block}><component><{prefix}StartDate><value value=\"{r.Start.Replace("-", string.Empty)}0000\"/></{prefix}StartDate></component></{template}.{block}></pertinentInformation>";
    }

    private static string Subject(Uploaded r)
    {
        var ids = $"<id root=\"2.16.840.1.113883.2.1.4.1\" extension=\"{r.Number}\"/>";
        var person = $"<birthTime value=\"{r.Born.Replace("-", string.Empty)}\"/><name><given>{r.Given}</given><family>{r.Family}</family></name>";
        return r.PlanType == "UCPP"
            ? $"<subject><npfitlc:contentId root=\"{Oids}18.16\" extension=\"COCT_TP145100GB01#UnbornChild\"/><COCT_TP145100GB01.UnbornChild><parentMotherPerson>{person}<playedMother>{ids}</playedMother></parentMotherPerson></COCT_TP145100GB01.UnbornChild></subject>"
            : $"<subject><npfitlc:contentId root=\"{Oids}18.16\" extension=\"COCT_TP145101GB01#Child\"/><COCT_TP145101GB01.Child>{ids}<childPerson>{person}</childPerson></COCT_TP145101GB01.Child></subject>";
    }

    private static Uploaded ReadRecord(long file, XElement record)
    {
        var plan = record.Element(V3 + "pertinentInformation")!.Elements().Last();
        var type = plan.Name.LocalName.Split('.')[1] switch { "LACInformation" => "LAC", "CPPInformation" => "CPP", _ => "UCPP" };
        var subject = record.Element(V3 + "subject")!;
        var ids = subject.Descendants(V3 + "id").ToList();
        string? DateOf(string ending) => plan.Descendants().Where(e => e.Name.LocalName.EndsWith(ending, StringComparison.Ordinal))
            .Select(e => e.Element(V3 + "value")!.Attribute("value")!.Value)
            .Select(v => DateTime.ParseExact(v, "yyyyMMddHHmm", CultureInfo.InvariantCulture).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)).SingleOrDefault();
        return new Uploaded(
            file,
            ids.Single(i => i.Attribute("root")!.Value == "2.16.840.1.113883.2.1.4.1").Attribute("extension")!.Value,
            type,
            DateOf("StartDate")!,
            DateOf("EndDate"),
            DateOf("DeleteDate"),
            subject.Descendants(V3 + "family").Single().Value,
            subject.Descendants(V3 + "given").Single().Value,
            DateTime.ParseExact(subject.Descendants(V3 + "birthTime").Single().Attribute("value")!.Value, "yyyyMMdd", CultureInfo.InvariantCulture).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ids.SingleOrDefault(i => i.Attribute("root")!.Value == Oids + "18.24")?.Attribute("extension")!.Value);
    }
}
