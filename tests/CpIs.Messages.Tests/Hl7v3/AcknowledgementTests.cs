using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Hl7v3;
using CpIs.Messages.Tests.Support;
using static CpIs.Messages.Tests.Support.Sample;

namespace CpIs.Messages.Tests.Hl7v3;

public class AcknowledgementTests
{
    private const string Invalid = "/FileResponse/message[{0}]/cP-ISLAAcknowledgementResponse/pertinentInformation1/invalidCP-ISRecord";
    private const string Valid = "/FileResponse/message[{0}]/cP-ISLAAcknowledgementResponse/pertinentInformation1/validCP-ISRecord";

    [Fact]
    public void K1_codes_are_joined_to_records_by_location_whatever_their_order()
    {
        var message = Ack(
            "CPF03",
            Detail("CPR03", At(Invalid, 3), "PDS Error - NHS Number not Verified") + Detail("CPR06", At(Valid, 1)) + Detail("CPR01", At(Invalid, 2)),
            ValidRecord(Alex) + InvalidRecord(Bea, "LAC") + InvalidRecord(Cara, "CPP"));

        message.FileNumber.ShouldBe("000012");
        message.FileCodes.ShouldBe([new AcknowledgementCode("CPF03", "text")]);
        message.RecipientOdsCode.ShouldBe("X99");
        message.MadeAt.ShouldBe(new DateTimeOffset(2026, 3, 10, 3, 0, 0, TimeSpan.Zero));
        (message.Processed, message.Successful, message.Failed).ShouldBe((3, 1, 2));
        message.Unread.ShouldBeEmpty();
        Show(message).ShouldBe([$"CPR06 {Alex} ", $"CPR01 {Bea} LAC 2026-01-15", $"CPR03 {Cara} CPP 2026-01-15"]);
        message.Results[2].Display.ShouldBe("PDS Error - NHS Number not Verified");
        message.Results.ShouldAllBe(r => r.RecordNumber == null);
    }

    [Theory]
    [InlineData("CPF01", "-1")]
    [InlineData("CPF05", "000012")]
    [InlineData("CPF99", "000012")]
    public void K2_an_answer_without_record_codes_and_records_is_read(string code, string file)
    {
        var message = Message<Acknowledgement>(
            $"""
            <FileResponse xmlns="urn:hl7-org:v3"><creationTime value="20260310030000+0000"/>
            <id root="2.16.840.1.113883.2.1.3.2.4.18.46" extension="{file}"/><transmissionQuantity value="-1"/>
            <acknowledgementFile><acknowledgementFileDetail><code code="{code}"/></acknowledgementFileDetail></acknowledgementFile></FileResponse>
            """);

        message.FileNumber.ShouldBe(file);
        message.FileCodes.ShouldBe([new AcknowledgementCode(code, null)]);
        (message.Processed, message.Successful, message.Failed, message.Results.Count).ShouldBe((null, null, null, 0));
        message.RecipientOdsCode.ShouldBeNull();
    }

    [Fact]
    public void K2_several_file_codes_are_all_kept() =>
        Ack("CPF03\"/></acknowledgementFileDetail><acknowledgementFileDetail><code code=\"CPF77", "", "").FileCodes.Select(c => c.Code).ShouldBe(["CPF03", "CPF77"]);

    [Fact]
    public void K1_records_without_codes_are_what_their_block_says()
    {
        var message = Ack("CPF03", "", ValidRecord(Alex) + InvalidRecord(Bea, "CPP"));

        Show(message).ShouldBe([$"CPR06 {Alex} ", $"CPR07 {Bea} CPP 2026-01-15"]);
    }

    [Fact]
    public void K1_unknown_codes_and_their_texts_are_kept_verbatim()
    {
        var message = Ack("CPF03", Detail("CPR42", At(Invalid, 1), "Something new"), InvalidRecord(Alex, "CPP"));

        message.Results.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.Code.ShouldBe("CPR42"), r => r.Display.ShouldBe("Something new"));
    }

    [Theory]
    [InlineData("<translation code=\"4711\" displayName=\"End date missing\"/>", "4711 End date missing")]
    [InlineData("<translation code=\"A\"/><translation displayName=\"b\"/>", "A; b")]
    [InlineData("<qualifier><value code=\"4711\"/></qualifier>", "4711")]
    [InlineData("<originalText>some text</originalText>", "some text")]
    [InlineData("<translation/>", null)]
    public void K1_the_detail_of_a_rejection_is_found_where_it_may_be(string inner, string? expected)
    {
        var message = Ack("CPF03", Detail("CPR07", At(Invalid, 1), inner: inner), InvalidRecord(Alex, "CPP"));

        message.Results.ShouldHaveSingleItem().Detail.ShouldBe(expected);
    }

    [Fact]
    public void K1_two_codes_at_one_record_are_one_result()
    {
        var message = Ack("CPF03", Detail("CPR07", At(Invalid, 1)) + Detail("D12", At(Invalid, 1), "End date in the past"), InvalidRecord(Alex, "CPP"));

        var result = message.Results.ShouldHaveSingleItem();
        result.Code.ShouldBe("CPR07");
        result.Detail.ShouldBe("D12 End date in the past");
    }

    [Theory]
    [InlineData("/hl7:FileResponse/hl7:message[2]/hl7:cP-ISLAAcknowledgementResponse")]
    [InlineData("/*[local-name()='FileResponse']/*[local-name()='message' and namespace-uri()='urn:hl7-org:v3'][2]/*")]
    [InlineData("//message[2]")]
    [InlineData("/FileResponse[1]/message[ 2 ]")]
    [InlineData("\n  /FileResponse/message[position()=2]/x\n ")]
    public void K1_a_location_is_understood_in_other_spellings(string location)
    {
        var message = Ack("CPF04", Detail("CPR01", location), InvalidRecord(Alex, "CPP") + InvalidRecord(Bea, "CPP"));

        Show(message).ShouldContain($"CPR01 {Bea} CPP 2026-01-15");
        Show(message).ShouldContain($"CPR07 {Alex} CPP 2026-01-15");
    }

    [Fact]
    public void K1_a_location_into_the_upload_names_the_record_for_certain()
    {
        var message = Ack("CPF03", Detail("CPR01", "/File/record[2]/CP-ISRecord") + Detail("CPR06", "/File/record[1]/CP-ISRecord"), ValidRecord(Alex) + InvalidRecord(Bea, "CPP"));

        message.Results.Select(r => (r.RecordNumber, r.Code)).ShouldBe([(1, "CPR06"), (2, "CPR01")], ignoreOrder: true);
    }

    [Theory]
    [InlineData("/FileResponse/message/x", true)]
    [InlineData("", false)]
    [InlineData("/FileResponse/message[7]", false)]
    [InlineData("/FileResponse/message[0]", false)]
    [InlineData("/FileResponse/message[99999999999999999999]", false)]
    [InlineData("somewhere", false)]
    public void K1_the_only_record_gets_the_only_code(string location, bool byLocation)
    {
        Show(Ack("CPF04", Detail("CPR01", location), InvalidRecord(Alex, "CPP"))).ShouldBe([$"CPR01 {Alex} CPP 2026-01-15"]);

        // With two records and two different codes it is not certain any more, so that neither code is given to a child.
        var two = Ack("CPF04", Detail("CPR01", location) + Detail("CPR03", location), InvalidRecord(Alex, "CPP") + InvalidRecord(Bea, "CPP"));
        Show(two).ShouldBe([$"CPR07 {Alex} CPP 2026-01-15", $"CPR07 {Bea} CPP 2026-01-15", "CPR01  ", "CPR03  "]);
        byLocation.ShouldBe(RecordLocation.Parse(location).OnlyMessage);
    }

    [Fact]
    public void K1_a_location_that_names_the_other_kind_of_record_is_not_believed()
    {
        var message = Ack("CPF03", Detail("CPR01", At(Invalid, 1)) + Detail("CPR01", At(Invalid, 2)), ValidRecord(Alex) + InvalidRecord(Bea, "CPP"));

        Show(message).ShouldContain($"CPR06 {Alex} ");
        Show(message).ShouldContain($"CPR01 {Bea} CPP 2026-01-15");
    }

    [Fact]
    public void K1_a_confirmation_of_a_record_among_the_invalid_ones_confirms_nothing()
    {
        var message = Ack("CPF03", Detail("CPR06", "/FileResponse/message[1]"), InvalidRecord(Alex, "CPP"));

        message.Results.Where(r => r.NhsNumber == Alex).ShouldHaveSingleItem().Code.ShouldBe("CPR07");
    }

    [Fact]
    public void K1_a_rejection_code_of_a_record_among_the_valid_ones_stands() =>
        Show(Ack("CPF02", Detail("CPR05", At(Valid, 1)), ValidRecord(Alex))).ShouldBe([$"CPR05 {Alex} "]);

    [Fact]
    public void S5_a_mothers_confirmation_is_that_of_the_unborn_childs_plan() =>
        Show(Ack("CPF02", "", ValidRecord(Bea, mother: true))).ShouldBe([$"CPR06 {Bea} UCPP "]);

    [Fact]
    public void K1_records_without_subject_are_tolerated()
    {
        var message = Ack("CPF03", Detail("CPR01", At(Invalid, 1)), Record("invalid", PlanBlock("CPP")) + Record("valid", ""));

        Show(message).ShouldBe(["CPR01  CPP 2026-01-15", "CPR06  "]);
        message.Unread.ShouldBeEmpty();
    }

    [Fact]
    public void K1_a_record_of_several_plans_names_them_and_no_start()
    {
        var message = Ack("CPF03", "", Record("invalid", PlanBlock("CPP") + PlanBlock("LAC") + Subject(Alex)));

        var result = message.Results.ShouldHaveSingleItem();
        result.PlanTypes.ShouldBe([PlanType.Cpp, PlanType.Lac], ignoreOrder: true);
        result.StartDate.ShouldBeNull();
    }

    [Theory]
    [InlineData("<message/>")]
    [InlineData("<message><cP-ISLAAcknowledgementResponse><pertinentInformation1/></cP-ISLAAcknowledgementResponse></message>")]
    public void K6_a_record_that_cannot_be_read_leaves_the_others_and_their_places(string broken)
    {
        var message = Ack("CPF03", Detail("CPR01", At(Invalid, 2)), broken + InvalidRecord(Alex, "CPP"));

        Show(message).ShouldBe([$"CPR01 {Alex} CPP 2026-01-15"]);
        message.Unread.ShouldHaveSingleItem().Where.ShouldBe("/FileResponse/message[1]");
    }

    [Fact]
    public void K6_subjects_with_different_numbers_are_an_unread_part() =>
        Ack("CPF03", "", Record("valid", Subject(Alex) + Subject(Bea))).ShouldSatisfyAllConditions(
            m => m.Results.ShouldBeEmpty(),
            m => m.Unread.ShouldHaveSingleItem());

    [Fact]
    public void K6_a_record_code_that_is_missing_is_an_unread_part() =>
        Ack("CPF03", "<acknowledgementRecordDetail><code displayName=\"x\"/></acknowledgementRecordDetail>", "").Unread
            .ShouldHaveSingleItem().Where.ShouldBe("/FileResponse/acknowledgementRecord/acknowledgementRecordDetail[1]");

    [Theory]
    [InlineData("<id extension=\"000012\"/>", "")]
    [InlineData("<id extension=\"000012\"/>", "<id extension=\" \"/>")]
    [InlineData("code code=\"CPF02\"", "code")]
    [InlineData("acknowledgementFileDetail>", "other>")]
    public void K6_without_id_or_file_code_it_is_unreadable(string given, string broken)
    {
        var text = AckText("CPF02", "", ValidRecord(Alex));
        text.ShouldContain(given);

        Read(text).Problem.ShouldBeNull();
        Read(text.Replace(given, broken, StringComparison.Ordinal)).ShouldSatisfyAllConditions(r => r.Message.ShouldBeNull(), r => r.Problem.ShouldNotBeNull());
    }

    [Fact]
    public void K6_locations_made_to_slow_a_reader_down_do_not()
    {
        var nasty = "/message" + new string(' ', 980) + "x";
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Ack("CPF03", string.Concat(Enumerable.Repeat(Detail("CPR01", nasty), 10_000)), "").Results.Count.ShouldBe(10_000);

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void K1_the_shape_of_the_reference_location_is_parsed() =>
        RecordLocation.Parse("/FileResponse/message[1]/cP-ISLAAcknowledgementResponse/pertinentInformation1/invalidCP-ISRecord")
            .ShouldBe(new RecordLocation(1, false, null, false));

    [Fact]
    public async Task C_the_written_acknowledgement_has_the_tree_of_the_reference()
    {
        var head = new AcknowledgementHead(Council, Winter, "000012", [new("CPF03", "Partial File Upload")], 2, 1, 1);
        AcknowledgedRecord[] records =
        [
            new(UploadClaim.Of(Child()), "CPR06", "Successful Record Upload", null),
            new(UploadClaim.Of(Mother()) with { NhsNumber = "123" }, "CPR07", "Unsuccessful Record Upload", "4711"),
        ];

        var xml = await BytesAsync(s => Hl7v3AnswerWriter.WriteAcknowledgementAsync(s, head, records.ToAsyncEnumerable(), default));

        const string detail = "FileResponse/acknowledgementRecord/acknowledgementRecordDetail";
        const string organisation = "FileResponse/communicationFunctionRcv/organisation";
        const string response = "FileResponse/message/cP-ISLAAcknowledgementResponse/pertinentInformation1";
        const string child = response + "/validCP-ISRecord/subject";
        const string plan = response + "/invalidCP-ISRecord/pertinentInformation";
        const string mother = response + "/invalidCP-ISRecord/subject";
        const string person = mother + "/COCT_TP145100GB01.UnbornChild/parentMotherPerson";
        Outline.Of(xml).ShouldBe(Outline.Lines($"""
            FileResponse/creationTime @value=20260310020000+0000
            FileResponse/id @extension=000012
            FileResponse/transmissionQuantity @value=2
            FileResponse/acknowledgementFile/acknowledgementFileDetail/code @code=CPF03
            FileResponse/acknowledgementFile/acknowledgementFileDetail/code @displayName=Partial File Upload
            {detail}/code @code=CPR06
            {detail}/code @codeSystem=2.16.840.1.113883.2.1.3.2.4.17.473
            {detail}/code @displayName=Successful Record Upload
            {detail}/location = /FileResponse/message[1]/cP-ISLAAcknowledgementResponse/pertinentInformation1/validCP-ISRecord
            {detail}/code @code=CPR07
            {detail}/code @codeSystem=2.16.840.1.113883.2.1.3.2.4.17.473
            {detail}/code @displayName=Unsuccessful Record Upload
            {detail}/code/translation @code=4711
            {detail}/location = /FileResponse/message[2]/cP-ISLAAcknowledgementResponse/pertinentInformation1/invalidCP-ISRecord
            {organisation}/id @root=2.16.840.1.113883.2.1.3.2.4.19.1
            {organisation}/id @extension=X99
            {organisation}/name = EXAMPLE COUNCIL
            {organisation}/telecom @use=WP
            {organisation}/telecom @value=tel:01632960001
            {organisation}/telecom @use=EC
            {organisation}/telecom @value=tel:+441632960002
            FileResponse/failedReturnedCP-ISRecords/value @value=1
            {child}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {child}/npfitlc:contentId @extension=COCT_TP145101GB01#Child
            {child}/COCT_TP145101GB01.Child/id @root=2.16.840.1.113883.2.1.4.1
            {child}/COCT_TP145101GB01.Child/id @extension=9990000018
            {child}/COCT_TP145101GB01.Child/id @root=2.16.840.1.113883.2.1.3.2.4.18.24
            {child}/COCT_TP145101GB01.Child/id @extension=P1234
            {child}/COCT_TP145101GB01.Child/id @assigningAuthorityName=X99:EXAMPLE COUNCIL
            {child}/COCT_TP145101GB01.Child/childPerson/birthTime @value=20180504
            {child}/COCT_TP145101GB01.Child/childPerson/name/given = Alex
            {child}/COCT_TP145101GB01.Child/childPerson/name/family = Sample
            {plan}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {plan}/npfitlc:contentId @extension=COCT_TP146102GB01#UCPInformation
            {plan}/COCT_TP146102GB01.UCPInformation/component/uCPStartDate/value @value=202602010000
            {plan}/COCT_TP146102GB01.UCPInformation/component1/uCPEndDate/value @value=202608010000
            {mother}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {mother}/npfitlc:contentId @extension=COCT_TP145100GB01#UnbornChild
            {person}/birthTime @value=19990101
            {person}/name/given = Jo
            {person}/name/family = Sample
            {person}/playedMother/id @root=2.16.840.1.113883.2.1.4.1
            {person}/playedMother/id @extension=123
            {person}/playedMother/id @root=2.16.840.1.113883.2.1.3.2.4.18.24
            {person}/playedMother/id @extension=P77
            {person}/playedMother/id @assigningAuthorityName=X99:EXAMPLE COUNCIL
            FileResponse/successfulReturnedCP-ISRecords/value @value=1
            """));
    }

    [Fact]
    public async Task C_an_answer_to_an_unreadable_file_is_written_with_minus_one()
    {
        var head = new AcknowledgementHead(Council, Winter, "-1", [new("CPF01", "File Level Error")], null, 0, 0);

        var lines = Outline.Of(await BytesAsync(s => Hl7v3AnswerWriter.WriteAcknowledgementAsync(s, head, AsyncEnumerable.Empty<AcknowledgedRecord>(), default)));

        lines.ShouldContain("FileResponse/id @extension=-1");
        lines.ShouldContain("FileResponse/transmissionQuantity @value=-1");
        lines.ShouldNotContain(l => l.Contains("acknowledgementRecord", StringComparison.Ordinal) || l.Contains("message", StringComparison.Ordinal));
    }

    private static Acknowledgement Ack(string fileCode, string details, string messages) => Message<Acknowledgement>(AckText(fileCode, details, messages));

    private static string AckText(string fileCode, string details, string messages) =>
        $"""
        <FileResponse xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation"><creationTime value="20260310030000+0000"/>
        <id extension="000012"/><transmissionQuantity value="3"/>
        <acknowledgementFile><acknowledgementFileDetail><code code="{fileCode}" displayName="text"/></acknowledgementFileDetail></acknowledgementFile>
        {(details.Length == 0 ? string.Empty : $"<acknowledgementRecord>{details}</acknowledgementRecord>")}
        <communicationFunctionRcv><organisation><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="X99"/></organisation></communicationFunctionRcv>
        <failedReturnedCP-ISRecords><value value="2"/></failedReturnedCP-ISRecords>{messages}
        <successfulReturnedCP-ISRecords><value value="1"/></successfulReturnedCP-ISRecords></FileResponse>
        """;

    private static string At(string location, int index) => string.Format(System.Globalization.CultureInfo.InvariantCulture, location, index);

    private static string Detail(string code, string location, string display = "text", string inner = "") =>
        $"""<acknowledgementRecordDetail><code code="{code}" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.473" displayName="{display}">{inner}</code><location>{location}</location></acknowledgementRecordDetail>""";

    private static string ValidRecord(string number, bool mother = false) => Record("valid", mother ? MotherSubject(number) : Subject(number));

    private static string InvalidRecord(string number, string plan) => Record("invalid", PlanBlock(plan) + Subject(number));

    private static string Record(string kind, string content) =>
        $"<message><cP-ISLAAcknowledgementResponse><pertinentInformation1><{kind}CP-ISRecord>{content}</{kind}CP-ISRecord></pertinentInformation1></cP-ISLAAcknowledgementResponse></message>";

    private static string Subject(string number) =>
        $"""<subject><COCT_TP145101GB01.Child><id root="2.16.840.1.113883.2.1.4.1" extension="{number}"/></COCT_TP145101GB01.Child></subject>""";

    private static string MotherSubject(string number) =>
        $"""<subject><COCT_TP145100GB01.UnbornChild><parentMotherPerson><playedMother><id root="2.16.840.1.113883.2.1.4.1" extension="{number}"/></playedMother></parentMotherPerson></COCT_TP145100GB01.UnbornChild></subject>""";

    private static string PlanBlock(string type)
    {
        var (element, prefix) = type == "CPP" ? ("COCT_TP146101GB01.CPPInformation", "cPP") : ("COCT_TP146100GB01.LACInformation", "lAC");
        return $"""<pertinentInformation><{element}><component><{prefix}StartDate><value value="202601150000"/></{prefix}StartDate></component></{element}></pertinentInformation>""";
    }

    private static IEnumerable<string> Show(Acknowledgement message) =>
        message.Results.Select(r => $"{r.Code} {r.NhsNumber} {string.Join('+', r.PlanTypes)}{(r.PlanTypes.Count > 0 ? " " : string.Empty)}{r.StartDate:yyyy-MM-dd}");
}
