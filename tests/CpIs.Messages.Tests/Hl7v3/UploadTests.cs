using System.Text;
using System.Xml.Linq;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Hl7v3;
using CpIs.Messages.Tests.Support;
using static CpIs.Messages.Tests.Support.Sample;

namespace CpIs.Messages.Tests.Hl7v3;

public class UploadTests
{
    private readonly Hl7v3Format _format = new();

    [Fact]
    public async Task B_the_whole_tree_of_a_file_with_every_plan_type()
    {
        var closed = Child(PlanType.Cpp, end: Day(2026, 3, 9));
        var lac = Child(PlanType.Lac, delete: Day(2026, 3, 10)) with
        {
            Key = new RecordKey(NhsNumber.Parse(Cara), PlanType.Lac, Day(2025, 12, 31)),
        };

        var xml = await WriteAsync(_format, Header(3), closed, lac, Mother());

        const string cpp = "File/record/CP-ISRecord/pertinentInformation";
        const string subject = "File/record/CP-ISRecord/subject";
        Outline.Of(xml).ShouldBe(Outline.Lines($$"""
            File/creationTime @value=20260310020000+0000
            File/id @extension=000123
            File/transmissionQuantity @value=3
            File/communicationFunctionSnd/organisation/id @root=2.16.840.1.113883.2.1.3.2.4.19.1
            File/communicationFunctionSnd/organisation/id @extension=X99
            File/communicationFunctionSnd/organisation/name = EXAMPLE COUNCIL
            File/communicationFunctionSnd/organisation/telecom @use=WP
            File/communicationFunctionSnd/organisation/telecom @value=tel:01632960001
            File/communicationFunctionSnd/organisation/telecom @use=EC
            File/communicationFunctionSnd/organisation/telecom @value=tel:+441632960002
            {{cpp}}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {{cpp}}/npfitlc:contentId @extension=COCT_TP146101GB01#CPPInformation
            {{cpp}}/COCT_TP146101GB01.CPPInformation/component/cPPStartDate/value @value=202601150000
            {{cpp}}/COCT_TP146101GB01.CPPInformation/component1/cPPEndDate/value @value=202603090000
            {{subject}}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {{subject}}/npfitlc:contentId @extension=COCT_TP145101GB01#Child
            {{subject}}/COCT_TP145101GB01.Child/id @root=2.16.840.1.113883.2.1.4.1
            {{subject}}/COCT_TP145101GB01.Child/id @extension=9990000018
            {{subject}}/COCT_TP145101GB01.Child/id @root=2.16.840.1.113883.2.1.3.2.4.18.24
            {{subject}}/COCT_TP145101GB01.Child/id @extension=P1234
            {{subject}}/COCT_TP145101GB01.Child/id @assigningAuthorityName=X99:EXAMPLE COUNCIL
            {{subject}}/COCT_TP145101GB01.Child/childPerson/birthTime @value=20180504
            {{subject}}/COCT_TP145101GB01.Child/childPerson/name/given = Alex
            {{subject}}/COCT_TP145101GB01.Child/childPerson/name/family = Sample
            {{cpp}}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {{cpp}}/npfitlc:contentId @extension=COCT_TP146100GB01#LACInformation
            {{cpp}}/COCT_TP146100GB01.LACInformation/component/lACStartDate/value @value=202512310000
            {{cpp}}/COCT_TP146100GB01.LACInformation/component2/lACDeleteDate/value @value=202603100000
            {{subject}}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {{subject}}/npfitlc:contentId @extension=COCT_TP145101GB01#Child
            {{subject}}/COCT_TP145101GB01.Child/id @root=2.16.840.1.113883.2.1.4.1
            {{subject}}/COCT_TP145101GB01.Child/id @extension=9990000034
            {{subject}}/COCT_TP145101GB01.Child/id @root=2.16.840.1.113883.2.1.3.2.4.18.24
            {{subject}}/COCT_TP145101GB01.Child/id @extension=P1234
            {{subject}}/COCT_TP145101GB01.Child/id @assigningAuthorityName=X99:EXAMPLE COUNCIL
            {{subject}}/COCT_TP145101GB01.Child/childPerson/birthTime @value=20180504
            {{subject}}/COCT_TP145101GB01.Child/childPerson/name/given = Alex
            {{subject}}/COCT_TP145101GB01.Child/childPerson/name/family = Sample
            {{cpp}}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {{cpp}}/npfitlc:contentId @extension=COCT_TP146102GB01#UCPInformation
            {{cpp}}/COCT_TP146102GB01.UCPInformation/component/uCPStartDate/value @value=202602010000
            {{cpp}}/COCT_TP146102GB01.UCPInformation/component1/uCPEndDate/value @value=202608010000
            {{subject}}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {{subject}}/npfitlc:contentId @extension=COCT_TP145100GB01#UnbornChild
            {{subject}}/COCT_TP145100GB01.UnbornChild/parentMotherPerson/birthTime @value=19990101
            {{subject}}/COCT_TP145100GB01.UnbornChild/parentMotherPerson/name/given = Jo
            {{subject}}/COCT_TP145100GB01.UnbornChild/parentMotherPerson/name/family = Sample
            {{subject}}/COCT_TP145100GB01.UnbornChild/parentMotherPerson/playedMother/id @root=2.16.840.1.113883.2.1.4.1
            {{subject}}/COCT_TP145100GB01.UnbornChild/parentMotherPerson/playedMother/id @extension=9990000026
            {{subject}}/COCT_TP145100GB01.UnbornChild/parentMotherPerson/playedMother/id @root=2.16.840.1.113883.2.1.3.2.4.18.24
            {{subject}}/COCT_TP145100GB01.UnbornChild/parentMotherPerson/playedMother/id @extension=P77
            {{subject}}/COCT_TP145100GB01.UnbornChild/parentMotherPerson/playedMother/id @assigningAuthorityName=X99:EXAMPLE COUNCIL
            """));
    }

    [Fact]
    public async Task B_nothing_fixed_is_on_the_wire_and_file_id_has_no_root()
    {
        var document = XDocument.Load(new MemoryStream(await WriteAsync(_format, Header(2), Child(), Mother())));

        string[] prohibited = ["classCode", "moodCode", "typeCode", "determinerCode", "templateId", "use"];
        document.Descendants().Where(e => e.Name.LocalName is "templateId" or "code").ShouldBeEmpty();
        document.Descendants().Attributes().Where(a => prohibited.Contains(a.Name.LocalName) && a.Parent!.Name.LocalName != "telecom").ShouldBeEmpty();
        document.Root!.Element(XName.Get("id", "urn:hl7-org:v3"))!.Attribute("root").ShouldBeNull();
    }

    [Fact]
    public async Task B_utf8_without_byte_order_mark()
    {
        var xml = await WriteAsync(_format, Header(1), Child() with { Content = Child().Content with { FamilyName = "Łuczak" } });

        xml[0].ShouldBe((byte)'<');
        new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(xml).ShouldContain("Łuczak");
        XDocument.Load(new MemoryStream(xml)).Declaration!.Encoding!.ShouldBe("utf-8", StringCompareShould.IgnoreCase);
    }

    [Fact]
    public async Task B_creation_time_has_the_offset_of_London_on_that_day()
    {
        Outline.Of(await WriteAsync(_format, Header(1, Winter), Child()))[0].ShouldEndWith("=20260310020000+0000");
        Outline.Of(await WriteAsync(_format, Header(1, Summer), Child()))[0].ShouldEndWith("=20260710020000+0100");

        // The second time that the clocks show 01:30 on the night they go back.
        var repeated = new DateTimeOffset(2026, 10, 25, 1, 30, 0, TimeSpan.Zero);
        Outline.Of(await WriteAsync(_format, Header(1, repeated), Child()))[0].ShouldEndWith("=20261025013000+0000");
        Outline.Of(await WriteAsync(_format, Header(1, repeated.AddHours(-1)), Child()))[0].ShouldEndWith("=20261025013000+0100");
    }

    [Fact]
    public async Task B_without_an_office_number_only_the_emergency_duty_number_is_written()
    {
        var lines = Outline.Of(await WriteAsync(_format, Header(1, council: Council with { OfficePhone = null }), Child()));

        lines.Count(l => l.Contains("telecom @use", StringComparison.Ordinal)).ShouldBe(1);
        lines.ShouldContain("File/communicationFunctionSnd/organisation/telecom @use=EC");
    }

    [Fact]
    public async Task U6_file_numbers_beyond_six_digits_are_written_whole()
    {
        var header = Header(1) with { FileNumber = new SequenceNumber(1_234_567) };

        Outline.Of(await WriteAsync(_format, header, Child())).ShouldContain("File/id @extension=1234567");
    }

    [Theory]
    [InlineData("", "01")]
    [InlineData("+", "01")]
    [InlineData("01632 960002", "01")]
    [InlineData("tel:01632960002", "01")]
    [InlineData("01632960002", "")]
    [InlineData("01632960002", "ext 5")]
    public void B_a_council_whose_telephones_CPIS_would_refuse_cannot_begin_a_file(string emergency, string office)
    {
        var council = Council with { EmergencyDutyPhone = emergency, OfficePhone = office };

        Should.Throw<ArgumentException>(() => _format.Begin(new MemoryStream(), Header(1, council: council)));
    }

    [Theory]
    [InlineData(" ", "Name")]
    [InlineData("X99", "")]
    public void B_a_council_without_code_or_name_cannot_begin_a_file(string ods, string name) =>
        Should.Throw<ArgumentException>(() => _format.Begin(new MemoryStream(), Header(1, council: Council with { OdsCode = ods, Name = name })));

    [Fact]
    public void U7_a_file_without_records_cannot_begin() =>
        Should.Throw<ArgumentException>(() => _format.Begin(new MemoryStream(), Header(0)));

    [Theory]
    [InlineData(1899, 12, 31, false)]
    [InlineData(1900, 1, 1, true)]
    [InlineData(2099, 12, 31, true)]
    [InlineData(2100, 1, 1, false)]
    public async Task B_plan_dates_outside_1900_to_2099_are_refused_before_they_cost_the_file(int year, int month, int day, bool allowed)
    {
        var date = Day(year, month, day);
        UploadRecord[] records =
        [
            Child() with { Key = Child().Key with { Start = date } },
            Child() with { Content = Child().Content with { End = date } },
            Child() with { DeleteDate = date },
        ];

        foreach (var record in records)
        {
            var write = () => WriteAsync(_format, Header(1), record);
            await (allowed ? write.ShouldNotThrowAsync() : write.ShouldThrowAsync<ArgumentException>());
        }
    }

    [Fact]
    public async Task S6_an_unborn_childs_plan_without_end_is_refused()
    {
        var open = Mother() with { Content = Mother().Content with { End = null } };

        await Should.ThrowAsync<ArgumentException>(() => WriteAsync(_format, Header(1), open));
        await Should.NotThrowAsync(() => WriteAsync(_format, Header(1), Mother()));
    }

    [Fact]
    public async Task B_a_refused_record_leaves_the_file_fit_to_go_on()
    {
        using var stream = new MemoryStream();
        await using (var writer = _format.Begin(stream, Header(2)))
        {
            await writer.WriteAsync(Child(), default);
            await Should.ThrowAsync<ArgumentException>(() => writer.WriteAsync(Child() with { DeleteDate = Day(2100, 1, 1) }, default));
            await writer.WriteAsync(Mother(), default);
            await writer.CompleteAsync(default);
        }

        stream.Position = 0;
        Hl7v3UploadReader.Read(stream).OfType<UploadEntry>().Select(e => e.Record?.Key.PlanType).ShouldBe([PlanType.Cpp, PlanType.Ucpp]);
    }

    [Fact]
    public async Task B_characters_that_XML_cannot_carry_become_spaces()
    {
        var record = Child() with { Content = Child().Content with { FamilyName = "Sam\u0001ple\u000b\ud800x\uffff", GivenName = "A\nB" } };

        var entry = Hl7v3UploadReader.Read(new MemoryStream(await WriteAsync(_format, Header(1), record))).OfType<UploadEntry>().Single();

        entry.Record!.Content.FamilyName.ShouldBe("Sam ple  x");
        entry.Record.Content.GivenName.ShouldBe("A B");
    }

    [Fact]
    public async Task U7_more_or_fewer_records_than_announced_are_an_error()
    {
        await using var writer = _format.Begin(new MemoryStream(), Header(2));
        await writer.WriteAsync(Child(), default);
        await Should.ThrowAsync<InvalidOperationException>(() => writer.CompleteAsync(default));
        await writer.WriteAsync(Mother(), default);
        await Should.ThrowAsync<InvalidOperationException>(() => writer.WriteAsync(Mother(), default));
        await writer.CompleteAsync(default);
        await Should.ThrowAsync<InvalidOperationException>(() => writer.CompleteAsync(default));
    }

    [Fact]
    public async Task B_a_file_given_up_half_way_is_not_closed_into_one_that_looks_whole()
    {
        using var stream = new MemoryStream();
        await using (var writer = _format.Begin(stream, Header(2)))
        {
            await writer.WriteAsync(Child(), default);
        }

        stream.CanWrite.ShouldBeTrue();
        stream.Position = 0;
        Hl7v3UploadReader.Read(stream).OfType<UploadFileFault>().ShouldContain(f => f.Fault.Kind == UploadFaultKind.Malformed);
    }

    [Fact]
    public async Task B_the_same_records_make_the_same_bytes() =>
        (await WriteAsync(_format, Header(2), Child(), Mother())).ShouldBe(await WriteAsync(_format, Header(2), Child(), Mother()));
}
