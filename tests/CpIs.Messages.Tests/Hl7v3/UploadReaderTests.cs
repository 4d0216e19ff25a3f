using System.Text;
using CpIs.Domain.Values;
using CpIs.Messages.Hl7v3;
using CpIs.Messages.Tests.Support;

namespace CpIs.Messages.Tests.Hl7v3;

/// <summary>The trap list of reference section b: each fault beside the file that differs from it only in being right.</summary>
public class UploadReaderTests
{
    private const string Plan =
        """
        <pertinentInformation><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP146101GB01#CPPInformation"/>
        <COCT_TP146101GB01.CPPInformation>
        <component><cPPStartDate><value value="202601150000"/></cPPStartDate></component>
        <component1><cPPEndDate><value value="202603090000"/></cPPEndDate></component1>
        <component2><cPPDeleteDate><value value="202603100000"/></cPPDeleteDate></component2>
        </COCT_TP146101GB01.CPPInformation></pertinentInformation>
        """;

    private const string Subject =
        """
        <subject><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP145101GB01#Child"/>
        <COCT_TP145101GB01.Child><id root="2.16.840.1.113883.2.1.4.1" extension="9990000018"/>
        <id root="2.16.840.1.113883.2.1.3.2.4.18.24" extension="P1" assigningAuthorityName="X99:EXAMPLE"/>
        <childPerson><birthTime value="20180504"/><name><given>Alex</given><family>Sample</family></name></childPerson>
        </COCT_TP145101GB01.Child></subject>
        """;

    private const string MotherSubject =
        """
        <subject><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP145100GB01#UnbornChild"/>
        <COCT_TP145100GB01.UnbornChild><parentMotherPerson><birthTime value="19990101"/>
        <name><given>Jo</given><family>Sample</family></name>
        <playedMother><id root="2.16.840.1.113883.2.1.4.1" extension="9990000026"/></playedMother>
        </parentMotherPerson></COCT_TP145100GB01.UnbornChild></subject>
        """;

    private const string Head =
        """
        <creationTime value="20260310020000+0000"/><id extension="000123"/><transmissionQuantity value="1"/>
        <communicationFunctionSnd><organisation><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="X99"/><name>EXAMPLE</name>
        <telecom use="WP" value="tel:01632960001"/><telecom use="EC" value="tel:01632960002"/></organisation></communicationFunctionSnd>
        """;

    private const string Good =
        $"""
        <File xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        {Head}<record><CP-ISRecord>{Plan}{Subject}</CP-ISRecord></record></File>
        """;

    private static readonly string Unborn = Good.Replace(Plan, UnbornPlan(withEnd: true), StringComparison.Ordinal).Replace(Subject, MotherSubject, StringComparison.Ordinal);

    [Fact]
    public void B_a_good_file_has_head_and_records_and_no_fault()
    {
        var parts = Read(Good);

        parts[0].ShouldBe(new UploadHead("000123", new DateTimeOffset(2026, 3, 10, 2, 0, 0, TimeSpan.Zero), 1, "X99", "EXAMPLE", "01632960001", "01632960002"));
        var entry = parts[1].ShouldBeOfType<UploadEntry>();
        parts.Count.ShouldBe(2);
        entry.Number.ShouldBe(1);
        entry.Faults.ShouldBeEmpty();
        entry.Record.ShouldNotBeNull();
        entry.Record.Key.NhsNumber.Value.ShouldBe("9990000018");
        entry.Record.Key.PlanType.ShouldBe(PlanType.Cpp);
        entry.Record.Key.Start.ShouldBe(new DateOnly(2026, 1, 15));
        entry.Record.Content.ShouldBe(new(new DateOnly(2026, 3, 9), "Sample", "Alex", new DateOnly(2018, 5, 4), "P1"));
        entry.Record.DeleteDate.ShouldBe(new DateOnly(2026, 3, 10));
        entry.Claim.ShouldBe(UploadClaim.Of(entry.Record));
    }

    [Fact]
    public void B_an_unborn_childs_file_is_read_as_the_mothers()
    {
        var entry = Read(Unborn).OfType<UploadEntry>().Single();

        entry.Faults.ShouldBeEmpty();
        entry.Record!.Key.NhsNumber.Value.ShouldBe("9990000026");
        entry.Record.SubjectRole.ShouldBe(SubjectRole.Mother);
        entry.Record.Content.LocalPersonId.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("value=\"202601150000\"", "value=\"20260115\"")]
    [InlineData("value=\"202601150000\"", "value=\"20260115000000\"")]
    [InlineData("value=\"202601150000\"", "value=\"202601150000+0000\"")]
    [InlineData("value=\"202601150000\"", "value=\"189912310000\"")]
    [InlineData("value=\"202601150000\"", "value=\"210001010000\"")]
    [InlineData("value=\"202601150000\"", "value=\"\"")]
    [InlineData("<value value=\"202603090000\"/>", "<value/>")]
    [InlineData("tel:01632960001", "tel:01632 960001")]
    [InlineData("tel:01632960001", "01632960001")]
    [InlineData("tel:01632960001", "tel:++01632960001")]
    [InlineData("<telecom use=\"WP\"", "<telecom")]
    [InlineData("use=\"WP\"", "use=\"XX\"")]
    [InlineData("</organisation>", "<telecom use=\"WP\" value=\"tel:1\"/></organisation>")]
    [InlineData("<given>Alex</given>", "<given>Alex</given><given>B</given>")]
    [InlineData("<given>Alex</given>", "")]
    [InlineData("<given>Alex</given>", "<prefix>Mr</prefix><given>Alex</given>")]
    [InlineData("<family>Sample</family>", "<family>Sample</family><suffix>Jr</suffix>")]
    [InlineData("<name><given>", "<name use=\"L\"><given>")]
    [InlineData("<given>Alex</given><family>Sample</family>", "<family>Sample</family><given>Alex</given>")]
    [InlineData("<id extension=\"000123\"/>", "<id root=\"2.16.840.1.113883.2.1.3.2.4.18.46\" extension=\"000123\"/>")]
    [InlineData(
        "<component1><cPPEndDate><value value=\"202603090000\"/></cPPEndDate></component1>\n<component2><cPPDeleteDate><value value=\"202603100000\"/></cPPDeleteDate></component2>",
        "<component2><cPPDeleteDate><value value=\"202603100000\"/></cPPDeleteDate></component2>\n<component1><cPPEndDate><value value=\"202603090000\"/></cPPEndDate></component1>")]
    [InlineData("<component>", "<component typeCode=\"COMP\">")]
    [InlineData("<CP-ISRecord>", "<CP-ISRecord classCode=\"ACTN\">")]
    [InlineData("<npfitlc:contentId root=\"2.16.840.1.113883.2.1.3.2.4.18.16\" extension=\"COCT_TP145101GB01#Child\"/>", "")]
    [InlineData("<npfitlc:contentId root=\"2.16.840.1.113883.2.1.3.2.4.18.16\" extension=\"COCT_TP146101GB01#CPPInformation\"/>", "")]
    [InlineData("<npfitlc:contentId root=\"2.16.840.1.113883.2.1.3.2.4.18.16\" extension=\"COCT_TP145101GB01#Child\"/>", "<contentId root=\"2.16.840.1.113883.2.1.3.2.4.18.16\" extension=\"COCT_TP145101GB01#Child\"/>")]
    [InlineData("2.16.840.1.113883.2.1.3.2.4.19.1", "2.16.840.1.113883.2.1.3.2.4.19.9")]
    [InlineData("<transmissionQuantity value=\"1\"/>", "<transmissionQuantity value=\"one\"/>")]
    [InlineData("<transmissionQuantity value=\"1\"/>", "")]
    [InlineData("<birthTime value=\"20180504\"/>", "<birthTime value=\"4 May 2018\"/>")]
    [InlineData("<birthTime value=\"20180504\"/>", "")]
    [InlineData("value=\"20260310020000+0000\"", "value=\"20260310020000\"")]
    [InlineData("<creationTime value=\"20260310020000+0000\"/><id extension=\"000123\"/>", "<id extension=\"000123\"/><creationTime value=\"20260310020000+0000\"/>")]
    [InlineData("<CP-ISRecord>", "<CP-ISRecord>text")]
    [InlineData("<name>EXAMPLE</name>", "<name>EXAMPLE<b/></name>")]
    [InlineData("</CP-ISRecord>", "</CP-ISRecord><CP-ISRecord/>")]
    [InlineData("</File>", "<note/></File>")]
    [InlineData("</File>", "text</File>")]
    [InlineData("<File ", "<File version=\"1\" ")]
    [InlineData("urn:hl7-org:v3", "urn:hl7-org:v2")]
    [InlineData("</File>", "")]
    [InlineData("<File xmlns", "<!DOCTYPE File []><File xmlns")]
    public void B_what_the_message_definition_refuses_makes_the_file_malformed(string right, string wrong)
    {
        Good.ShouldContain(right);

        Faults(Good.Replace(right, wrong, StringComparison.Ordinal)).ShouldContain(f => f.Kind == UploadFaultKind.Malformed);
    }

    [Theory]
    [InlineData("tel:01632960001", "tel:+441632960001")]
    [InlineData("2.16.840.1.113883.2.1.3.2.4.19.1", "2.16.840.1.113883.2.1.3.2.4.19.2")]
    [InlineData("value=\"202601150000\"", "value=\"190001010000\"")]
    [InlineData("value=\"202601150000\"", "value=\"202601151430\"")]
    [InlineData("<telecom use=\"WP\" value=\"tel:01632960001\"/>", "")]
    [InlineData("value=\"20260310020000+0000\"", "value=\"2026031002+0000\"")]
    [InlineData("value=\"20260310020000+0000\"", "value=\"20260310\"")]
    [InlineData("<component1><cPPEndDate><value value=\"202603090000\"/></cPPEndDate></component1>", "<component1 xsi:nil=\"true\"/>")]
    [InlineData("<component1><cPPEndDate><value value=\"202603090000\"/></cPPEndDate></component1>", "")]
    [InlineData("<component2><cPPDeleteDate><value value=\"202603100000\"/></cPPDeleteDate></component2>", "")]
    [InlineData("<id root=\"2.16.840.1.113883.2.1.3.2.4.18.24\" extension=\"P1\" assigningAuthorityName=\"X99:EXAMPLE\"/>", "")]
    [InlineData("<File ", "<!-- a comment --><File xsi:schemaLocation=\"urn:hl7-org:v3 x.xsd\" ")]
    public void B_what_the_message_definition_allows_is_no_fault(string one, string other)
    {
        Good.ShouldContain(one);

        Faults(Good.Replace(one, other, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("9990000018", "9990000019")]
    [InlineData("9990000018", "999000001")]
    [InlineData("9990000018", "999 000 0018")]
    [InlineData("9990000018", "ABC")]
    [InlineData("9990000018", "")]
    public void B_a_number_that_is_none_is_a_fault_of_the_record_alone(string right, string wrong)
    {
        var fault = Faults(Good.Replace(right, wrong, StringComparison.Ordinal)).ShouldHaveSingleItem();

        fault.Kind.ShouldBe(UploadFaultKind.NhsNumber);
        fault.Where.ShouldStartWith("/File/record[1]");
    }

    [Theory]
    [InlineData("value=\"202601150000\"", "value=\"202602310000\"")]
    [InlineData("value=\"202601150000\"", "value=\"202601152500\"")]
    [InlineData("value=\"202603090000\"", "value=\"202601140000\"")]
    [InlineData("<birthTime value=\"20180504\"/>", "<birthTime value=\"201805\"/>")]
    [InlineData("<birthTime value=\"20180504\"/>", "<birthTime value=\"2018\"/>")]
    [InlineData("<birthTime value=\"20180504\"/>", "<birthTime value=\"20180431\"/>")]
    [InlineData("COCT_TP146101GB01#CPPInformation", "COCT_TP146100GB01#LACInformation")]
    [InlineData("COCT_TP145101GB01#Child", "COCT_TP145100GB01#UnbornChild")]
    [InlineData("2.16.840.1.113883.2.1.3.2.4.18.16\" extension=\"COCT_TP145101GB01", "2.16.840.1.113883.2.1.3.2.4.18.17\" extension=\"COCT_TP145101GB01")]
    [InlineData("<given>Alex</given>", "<given> </given>")]
    [InlineData(" assigningAuthorityName=\"X99:EXAMPLE\"", "")]
    [InlineData(Subject, MotherSubject)]
    [InlineData(Subject, Subject + MotherSubject)]
    [InlineData(Plan, Plan + Plan)]
    public void B_what_only_the_receiver_can_see_is_a_fault_of_the_record(string right, string wrong)
    {
        Good.ShouldContain(right);
        var parts = Read(Good.Replace(right, wrong, StringComparison.Ordinal));

        var entry = parts.OfType<UploadEntry>().Single();
        entry.Record.ShouldBeNull();
        entry.Faults.ShouldNotBeEmpty();
        entry.Faults.ShouldAllBe(f => f.Kind == UploadFaultKind.Content);
        parts.OfType<UploadFileFault>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("<transmissionQuantity value=\"1\"/>", "<transmissionQuantity value=\"2\"/>", "transmissionQuantity")]
    [InlineData("<telecom use=\"EC\" value=\"tel:01632960002\"/>", "", "communicationFunctionSnd")]
    [InlineData("use=\"WP\"", "use=\"EC\"", "communicationFunctionSnd")]
    [InlineData("tel:01632960002", "tel:", "communicationFunctionSnd")]
    [InlineData("tel:01632960001", "tel:", "communicationFunctionSnd")]
    [InlineData("tel:01632960001", "tel:+", "communicationFunctionSnd")]
    [InlineData("<id extension=\"000123\"/>", "<id extension=\"A1\"/>", "id")]
    [InlineData("<id extension=\"000123\"/>", "<id extension=\"0\"/>", "id")]
    [InlineData("<name>EXAMPLE</name>", "<name/>", "communicationFunctionSnd")]
    [InlineData("value=\"20260310020000+0000\"", "value=\"20260231020000+0000\"", "creationTime")]
    public void B_what_only_the_receiver_can_see_is_a_fault_of_the_file(string right, string wrong, string element)
    {
        Good.ShouldContain(right);
        var parts = Read(Good.Replace(right, wrong, StringComparison.Ordinal));

        var fault = parts.OfType<UploadFileFault>().ShouldHaveSingleItem().Fault;
        fault.Kind.ShouldBe(UploadFaultKind.Content);
        fault.Where.ShouldBe("/File/" + element);
        parts.OfType<UploadEntry>().Single().Record.ShouldNotBeNull();
    }

    [Fact]
    public void S6_an_unborn_childs_plan_without_end_is_malformed_nil_too()
    {
        Faults(Good.Replace(Plan, UnbornPlan(withEnd: false), StringComparison.Ordinal).Replace(Subject, MotherSubject, StringComparison.Ordinal))
            .ShouldContain(f => f.Kind == UploadFaultKind.Malformed && f.Problem.Contains("component1", StringComparison.Ordinal));
        Faults(Unborn.Replace("<component1><uCPEndDate><value value=\"202608010000\"/></uCPEndDate></component1>", "<component1 xsi:nil=\"true\"/>", StringComparison.Ordinal))
            .ShouldContain(f => f.Kind == UploadFaultKind.Malformed && f.Problem.Contains("nil", StringComparison.Ordinal));
        Faults(Good.Replace("<component1>", "<component1 xsi:nil=\"true\">", StringComparison.Ordinal))
            .ShouldContain(f => f.Kind == UploadFaultKind.Malformed && f.Problem.Contains("nil", StringComparison.Ordinal));
    }

    [Fact]
    public void B_an_unborn_childs_plan_needs_the_mother_as_subject() =>
        Faults(Good.Replace(Plan, UnbornPlan(withEnd: true), StringComparison.Ordinal)).ShouldHaveSingleItem().Kind.ShouldBe(UploadFaultKind.Content);

    [Fact]
    public void U7_a_file_without_records_is_malformed()
    {
        var empty = Good[..Good.IndexOf("<record>", StringComparison.Ordinal)] + "</File>";

        Faults(empty).ShouldContain(f => f.Kind == UploadFaultKind.Malformed && f.Problem.Contains("record", StringComparison.Ordinal));
    }

    [Fact]
    public void B_one_bad_record_leaves_the_others_and_the_numbering()
    {
        var record = $"<record><CP-ISRecord>{Plan}{Subject}</CP-ISRecord></record>";
        var bad = record.Replace("9990000018", "123", StringComparison.Ordinal);
        var file = Good.Replace(record, record + bad + record, StringComparison.Ordinal).Replace("<transmissionQuantity value=\"1\"/>", "<transmissionQuantity value=\"3\"/>", StringComparison.Ordinal);

        var entries = Read(file).OfType<UploadEntry>().ToList();

        entries.Select(e => (e.Number, e.Record is not null)).ShouldBe([(1, true), (2, false), (3, true)]);
        entries[1].Claim.NhsNumber.ShouldBe("123");
        entries[1].Claim.PlanType.ShouldBe(PlanType.Cpp);
    }

    [Fact]
    public void B_a_file_cut_off_yields_what_came_and_a_fault_of_the_file()
    {
        var parts = Read(Good[..Good.IndexOf("</File>", StringComparison.Ordinal)]);

        parts.OfType<UploadEntry>().Count().ShouldBe(1);
        parts[^1].ShouldBeOfType<UploadFileFault>().Fault.Kind.ShouldBe(UploadFaultKind.Malformed);
    }

    [Fact]
    public void B_no_fault_repeats_what_the_file_holds()
    {
        var text = Good.Replace("202601150000", "SECRET", StringComparison.Ordinal).Replace("9990000018", "SECRET", StringComparison.Ordinal)
            .Replace("000123", "SECRET", StringComparison.Ordinal).Replace("<CP-ISRecord>", "<CP-ISRecord>SECRET", StringComparison.Ordinal)
            .Replace("use=\"WP\"", "use=\"SECRET\"", StringComparison.Ordinal);

        var faults = Faults(text);

        faults.Count.ShouldBeGreaterThan(3);
        faults.ShouldAllBe(f => !f.Problem.Contains("SECRET", StringComparison.Ordinal) && !f.Where.Contains("SECRET", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-8", true)]
    [InlineData("utf-8", false)]
    public void K6_encodings_with_byte_order_mark_are_read(string name, bool mark)
    {
        var encoding = Encoding.GetEncoding(name);
        var bytes = encoding.GetBytes(Good);

        Hl7v3UploadReader.Read(new MemoryStream(mark ? [.. encoding.GetPreamble(), .. bytes] : bytes)).OfType<UploadFileFault>().ShouldBeEmpty();
    }

    [Fact]
    public void K6_files_that_are_no_upload_are_malformed()
    {
        foreach (var bytes in new byte[][] { [], [0x50, 0x4B, 3, 4, 1], [0x3C, 0xFF, 0xFE], Sample.Utf8("a,b\r\n"), Sample.Utf8("<x/>") })
        {
            Hl7v3UploadReader.Read(new MemoryStream(bytes)).ShouldHaveSingleItem().ShouldBeOfType<UploadFileFault>().Fault.Kind.ShouldBe(UploadFaultKind.Malformed);
        }
    }

    private static string UnbornPlan(bool withEnd) =>
        $"""
        <pertinentInformation><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP146102GB01#UCPInformation"/>
        <COCT_TP146102GB01.UCPInformation><component><uCPStartDate><value value="202601150000"/></uCPStartDate></component>
        {(withEnd ? "<component1><uCPEndDate><value value=\"202608010000\"/></uCPEndDate></component1>" : string.Empty)}
        </COCT_TP146102GB01.UCPInformation></pertinentInformation>
        """;

    private static List<UploadPart> Read(string text) => [.. Hl7v3UploadReader.Read(new MemoryStream(Sample.Utf8(text)))];

    private static List<UploadFault> Faults(string text)
    {
        var parts = Read(text);
        return [.. parts.OfType<UploadFileFault>().Select(f => f.Fault), .. parts.OfType<UploadEntry>().SelectMany(e => e.Faults)];
    }
}
