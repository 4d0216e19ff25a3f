using CpIs.Domain.Exchange;
using CpIs.Messages.Hl7v3;
using CpIs.Messages.Tests.Support;
using static CpIs.Messages.Tests.Support.Sample;

namespace CpIs.Messages.Tests.Hl7v3;

public class AccessNotificationTests
{
    private const string PersonAuthor =
        """
        <npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP145102GB01#AssignedAuthor"/>
        <COCT_TP145102GB01.AssignedAuthor>
          <code code="R8000" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.196" displayName="Clinical Practitioner"/>
          <id root="1.2.826.0.1285.0.2.0.65" extension="555000000001"/><id root="1.2.826.0.1285.0.2.0.67" extension="555000000002"/>
          <assignedAuthorPerson><name><prefix>Dr</prefix><given>Ann</given><given>Mary</given><family>Example</family><suffix>PhD</suffix></name></assignedAuthorPerson>
          <representedOrganization><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="RZ9"/><name>Example Hospital</name></representedOrganization>
        </COCT_TP145102GB01.AssignedAuthor>
        """;

    private const string Good =
        $"""
        <CP-ISAccessToServiceNotification xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation">
        <effectiveTime value="20260311060000+0000"/><id root="0A1B2C3D-0000-4000-8000-000000000001"/>
        <pertinentInformation><pertinentTotalReturnedRecords><value value="1"/></pertinentTotalReturnedRecords></pertinentInformation>
        <pertinentInformation1><pertinentCP-ISRecordAccess><pertinentInformation2><pertinentCP-ISNHSQuery>
          <effectiveTime value="20260310213005+0000"/><id root="0A1B2C3D-0000-4000-8000-000000000002"/>
          <author>{PersonAuthor}</author>
          <queryByParameter><person.id><value root="2.16.840.1.113883.2.1.4.1" extension="9990000018"/>
          <value root="2.16.840.1.113883.2.1.3.2.4.18.24" extension="P1"/></person.id></queryByParameter>
        </pertinentCP-ISNHSQuery></pertinentInformation2>
        <reference><referredToLAUploadFile><value extension="000012"/></referredToLAUploadFile></reference>
        </pertinentCP-ISRecordAccess></pertinentInformation1>
        <primaryInformationRecipient><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP145103GB01#IntendedRecipient"/>
        <COCT_TP145103GB01.IntendedRecipient><representedSourceOrganization><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="X99"/><name>EXAMPLE</name>
        </representedSourceOrganization></COCT_TP145103GB01.IntendedRecipient></primaryInformationRecipient>
        </CP-ISAccessToServiceNotification>
        """;

    private const string Superior =
        """
        <indirectAuthority><superiorAssignedEntity><code code="R1" codeSystem="1" displayName="Safeguarding lead 01632 960123"/>
        <assignedPerson><name><given>Bo</given><family>Lead</family></name></assignedPerson></superiorAssignedEntity></indirectAuthority>
        """;

    private static readonly Access Expected = new(
        "0A1B2C3D-0000-4000-8000-000000000002",
        new DateTimeOffset(2026, 3, 10, 21, 30, 5, TimeSpan.Zero),
        true,
        "9990000018",
        "P1",
        "Dr Ann Mary Example PhD",
        "Clinical Practitioner",
        "RZ9",
        "Example Hospital",
        "000012");

    [Fact]
    public void A1_an_access_by_a_person_is_read_whole()
    {
        var message = Message<AccessNotification>(Good);

        message.Accesses.ShouldBe([Expected]);
        message.RecipientOdsCode.ShouldBe("X99");
        message.MadeAt.ShouldBe(new DateTimeOffset(2026, 3, 11, 6, 0, 0, TimeSpan.Zero));
        (message.StatedTotal, message.BlockCount, message.QueryCount).ShouldBe((1, 1, 1));
        message.Unread.ShouldBeEmpty();
        Read(Good).Format.ShouldBe("hl7v3");
    }

    [Fact]
    public void A1_a_device_speaks_for_its_superiors()
    {
        var second = Superior.Replace("Bo", "Cy", StringComparison.Ordinal).Replace("Safeguarding lead 01632 960123", "Matron", StringComparison.Ordinal);

        Single(With(Superior + second)).ShouldBe(Expected with
        {
            AccessedBy = "Bo Lead; Cy Lead",
            JobRole = "Safeguarding lead 01632 960123; Matron",
            OrganisationCode = "Y111",
            OrganisationName = "111 service, Exampleton",
        });
    }

    [Fact]
    public void A1_a_device_without_superiors_is_System_and_its_ASID()
    {
        var access = Single(With(string.Empty));

        access.AccessedBy.ShouldBe("System 200000000123");
        access.JobRole.ShouldBeNull();
    }

    [Fact]
    public void A1_a_superior_without_name_leaves_the_role()
    {
        var nameless = Superior.Replace("<assignedPerson><name><given>Bo</given><family>Lead</family></name></assignedPerson>", string.Empty, StringComparison.Ordinal);

        Single(With(nameless)).ShouldSatisfyAllConditions(
            a => a.AccessedBy.ShouldBe("System 200000000123"),
            a => a.JobRole.ShouldBe("Safeguarding lead 01632 960123"));
    }

    [Theory]
    [InlineData("20260310213005+0000", "202607102130", "2026-07-10T20:30:00Z", true)]
    [InlineData("20260310213005+0000", "20261025013000", "2026-10-25T00:30:00Z", true)]
    [InlineData("20260310213005+0000", "20260310213005.5+0000", "2026-03-10T21:30:05.5Z", true)]
    [InlineData("20260310213005+0000", "20260710", "2026-07-09T23:00:00Z", false)]
    public void A1_times_truncated_without_offset_or_with_fractions(string given, string value, string expected, bool known)
    {
        var access = Single(Good.Replace(given, value, StringComparison.Ordinal));

        access.AccessedAt.ShouldBe(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
        access.TimeIsKnown.ShouldBe(known);
    }

    [Theory]
    [InlineData("<name><prefix>Dr</prefix><given>Ann</given><given>Mary</given><family>Example</family><suffix>PhD</suffix></name>", "<name>Dr A. Example</name>", "Dr A. Example")]
    [InlineData("<name><prefix>Dr</prefix><given>Ann</given><given>Mary</given><family>Example</family><suffix>PhD</suffix></name>", "<name><family>Example</family><given>Ann</given></name>", "Ann Example")]
    [InlineData("<name><prefix>Dr</prefix><given>Ann</given><given>Mary</given><family>Example</family><suffix>PhD</suffix></name>", "<name><given/></name>", null)]
    [InlineData("<prefix>Dr</prefix><given>Ann</given>", "<prefix>Dr\u202e\n</prefix><given>A&#x9;nn</given>", "Dr A nn Mary Example PhD")]
    public void A1_a_name_is_its_parts_in_order_cleaned(string given, string name, string? expected) =>
        Single(Good.Replace(given, name, StringComparison.Ordinal)).AccessedBy.ShouldBe(expected);

    [Theory]
    [InlineData(" displayName=\"Clinical Practitioner\"", "", "R8000")]
    [InlineData("displayName=\"Clinical Practitioner\"/>", "><originalText>Nurse</originalText></code>", "Nurse")]
    public void A1_a_job_role_without_display_text_is_shown_as_it_came(string given, string other, string expected) =>
        Single(Good.Replace(given, other, StringComparison.Ordinal)).JobRole.ShouldBe(expected);

    [Fact]
    public void A3_an_access_without_query_id_stands() =>
        Single(Good.Replace("<id root=\"0A1B2C3D-0000-4000-8000-000000000002\"/>", "<id nullFlavor=\"UNK\"/>", StringComparison.Ordinal))
            .ShouldBe(Expected with { QueryId = null });

    [Fact]
    public void A3_query_ids_that_differ_only_in_extension_stay_different()
    {
        const string id = "root=\"0A1B2C3D-0000-4000-8000-000000000002\"";

        Single(Good.Replace(id, id + " extension=\"1\"", StringComparison.Ordinal)).QueryId
            .ShouldNotBe(Single(Good.Replace(id, id + " extension=\"2\"", StringComparison.Ordinal)).QueryId);
        Single(Good.Replace(id, "extension=\"q1\"", StringComparison.Ordinal)).QueryId.ShouldBe("q1");
    }

    [Fact]
    public void A4_a_person_is_told_by_the_roots_in_any_order()
    {
        const string number = "<value root=\"2.16.840.1.113883.2.1.4.1\" extension=\"9990000018\"/>";
        const string local = "<value root=\"2.16.840.1.113883.2.1.3.2.4.18.24\" extension=\"P1\"/>";

        Single(Good.Replace(number, string.Empty, StringComparison.Ordinal)).ShouldBe(Expected with { NhsNumber = null });
        Single(Good.Replace(local, string.Empty, StringComparison.Ordinal)).ShouldBe(Expected with { LocalPersonId = null });
        Single(Good.Replace(number, string.Empty, StringComparison.Ordinal).Replace(local, local + number, StringComparison.Ordinal)).ShouldBe(Expected);
        Single(Good.Replace(number, "<value extension=\"999 000 0018\"/>", StringComparison.Ordinal)).NhsNumber.ShouldBe("999 000 0018");
        Single(Good.Replace(number, "<value root=\"1.2.3\" extension=\"9990000018\"/>", StringComparison.Ordinal)).NhsNumber.ShouldBeNull();
    }

    [Fact]
    public void A3_an_access_without_author_still_is_an_access() =>
        Single(Good.Replace(PersonAuthor, string.Empty, StringComparison.Ordinal))
            .ShouldBe(Expected with { AccessedBy = null, JobRole = null, OrganisationCode = null, OrganisationName = null });

    [Fact]
    public void A10_a_total_of_0_without_blocks_is_an_empty_notification()
    {
        var message = Message<AccessNotification>(Without("pertinentInformation1").Replace("value value=\"1\"", "value value=\"0\"", StringComparison.Ordinal));

        (message.StatedTotal, message.BlockCount, message.QueryCount, message.Accesses.Count).ShouldBe((0, 0, 0, 0));
        message.Unread.ShouldBeEmpty();
    }

    [Fact]
    public void A10_blocks_and_queries_are_counted_apart_and_the_total_is_passed_on()
    {
        var query = Between(Good, "<pertinentInformation2>", "</pertinentInformation2>");
        var block = Between(Good, "<pertinentInformation1>", "</pertinentInformation1>");

        var message = Message<AccessNotification>(Good.Replace(query, query + query, StringComparison.Ordinal).Replace("</pertinentInformation1>", "</pertinentInformation1>" + block, StringComparison.Ordinal).Replace("value value=\"1\"", "value value=\"7\"", StringComparison.Ordinal));

        (message.StatedTotal, message.BlockCount, message.QueryCount, message.Accesses.Count).ShouldBe((7, 2, 3, 3));
    }

    [Fact]
    public void A10_a_notification_without_total_stands_if_it_has_a_block() =>
        Message<AccessNotification>(Without("pertinentInformation")).ShouldSatisfyAllConditions(
            m => m.StatedTotal.ShouldBeNull(),
            m => m.Accesses.ShouldBe([Expected]),
            m => m.Unread.ShouldBeEmpty());

    [Fact]
    public void K6_without_total_and_blocks_it_is_unreadable()
    {
        var text = Without("pertinentInformation1").Replace("<value value=\"1\"/>", "<value value=\"many\"/>", StringComparison.Ordinal);

        Read(text).Message.ShouldBeNull();
        Read(text).Problem!.ShouldNotContain("many");
    }

    [Fact]
    public void K6_a_total_that_is_no_number_is_an_unread_part_beside_the_accesses() =>
        Message<AccessNotification>(Good.Replace("value value=\"1\"", "value value=\"one\"", StringComparison.Ordinal)).ShouldSatisfyAllConditions(
            m => m.Accesses.ShouldBe([Expected]),
            m => m.Unread.ShouldHaveSingleItem().Where.ShouldBe("/CP-ISAccessToServiceNotification/pertinentInformation"));

    [Theory]
    [InlineData("<effectiveTime value=\"20260310213005+0000\"/>", "")]
    [InlineData("<effectiveTime value=\"20260310213005+0000\"/>", "<effectiveTime value=\"yesterday\"/>")]
    [InlineData("pertinentCP-ISNHSQuery>", "somethingElse>")]
    public void K6_an_access_that_cannot_be_read_leaves_the_others(string given, string broken)
    {
        var block = Between(Good, "<pertinentInformation1>", "</pertinentInformation1>");
        var text = Good.Replace(block, block.Replace(given, broken, StringComparison.Ordinal) + block, StringComparison.Ordinal);

        var message = Message<AccessNotification>(text);

        message.Accesses.ShouldBe([Expected]);
        (message.BlockCount, message.QueryCount).ShouldBe((2, 2));
        var unread = message.Unread.ShouldHaveSingleItem();
        unread.Where.ShouldBe("/CP-ISAccessToServiceNotification/pertinentInformation1[1]/pertinentCP-ISRecordAccess/pertinentInformation2[1]");
        unread.Problem.ShouldNotContain("yesterday");
    }

    [Fact]
    public void K6_a_block_without_access_is_an_unread_part()
    {
        var message = Message<AccessNotification>(Good.Replace("<primaryInformationRecipient>", "<pertinentInformation1/><primaryInformationRecipient>", StringComparison.Ordinal));

        (message.BlockCount, message.QueryCount).ShouldBe((2, 1));
        message.Unread.ShouldHaveSingleItem().Where.ShouldBe("/CP-ISAccessToServiceNotification/pertinentInformation1[2]");
    }

    [Fact]
    public void K6_unknown_elements_and_attributes_are_ignored()
    {
        var text = Good.Replace("<author>", "<author typeCode=\"AUT\"><templateId root=\"1.2\"/>", StringComparison.Ordinal)
            .Replace("<pertinentInformation1>", "<novelty xmlns=\"urn:other\"><id root=\"X\"/></novelty><pertinentInformation1 xmlns:o=\"urn:o\" o:x=\"1\">", StringComparison.Ordinal)
            .Replace("<queryByParameter>", "<o:value xmlns:o=\"urn:o\" extension=\"1\"/><queryByParameter>", StringComparison.Ordinal)
            .Replace("<pertinentCP-ISNHSQuery>", "<pertinentCP-ISNHSQuery><o:effectiveTime xmlns:o=\"urn:o\" value=\"20200101\"/>", StringComparison.Ordinal);

        Message<AccessNotification>(text).ShouldSatisfyAllConditions(m => m.Accesses.ShouldBe([Expected]), m => m.Unread.ShouldBeEmpty());
    }

    [Fact]
    public void A11_a_notification_that_names_no_recipient_says_so() =>
        Message<AccessNotification>(Without("primaryInformationRecipient")).RecipientOdsCode.ShouldBeNull();

    [Fact]
    public async Task D_the_written_notification_has_the_tree_of_the_reference()
    {
        var head = new NotificationHead(Guid.Parse("0a1b2c3d-0000-4000-8000-00000000000a"), Winter, "X99", "EXAMPLE COUNCIL");
        var who = new Superior("R8000", "Clinical Practitioner", new PersonName("Dr", ["Ann"], "Example", null));
        AccessBlock[] blocks =
        [
            new(
                [
                    new(Guid.Parse("0a1b2c3d-0000-4000-8000-00000000000b"), Summer, true, new AccessAuthor.Person("1", "2", who, "RZ9", "Example Hospital"), Alex, "P1"),
                    new(Guid.Parse("0a1b2c3d-0000-4000-8000-00000000000c"), Summer, false, new AccessAuthor.Device("200000000123", [who], "Y111", "111"), Alex, null),
                ],
                "000012"),
        ];

        var xml = await BytesAsync(s => Hl7v3AnswerWriter.WriteAccessNotificationAsync(s, head, 1, blocks.ToAsyncEnumerable(), default));

        const string root = "CP-ISAccessToServiceNotification";
        const string query = root + "/pertinentInformation1/pertinentCP-ISRecordAccess/pertinentInformation2/pertinentCP-ISNHSQuery";
        const string author = query + "/author/COCT_TP145102GB01.AssignedAuthor";
        const string device = query + "/author/COCT_TP145104GB01.System";
        const string superior = device + "/indirectAuthority/superiorAssignedEntity";
        const string recipient = root + "/primaryInformationRecipient";
        Outline.Of(xml).ShouldBe(Outline.Lines($"""
            {root}/effectiveTime @value=20260310020000+0000
            {root}/id @root=0A1B2C3D-0000-4000-8000-00000000000A
            {root}/pertinentInformation/pertinentTotalReturnedRecords/value @value=1
            {query}/effectiveTime @value=20260710020000+0100
            {query}/id @root=0A1B2C3D-0000-4000-8000-00000000000B
            {query}/author/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {query}/author/npfitlc:contentId @extension=COCT_TP145102GB01#AssignedAuthor
            {author}/code @code=R8000
            {author}/code @codeSystem=2.16.840.1.113883.2.1.3.2.4.17.124
            {author}/code @displayName=Clinical Practitioner
            {author}/id @root=1.2.826.0.1285.0.2.0.65
            {author}/id @extension=1
            {author}/id @root=1.2.826.0.1285.0.2.0.67
            {author}/id @extension=2
            {author}/assignedAuthorPerson/name/prefix = Dr
            {author}/assignedAuthorPerson/name/given = Ann
            {author}/assignedAuthorPerson/name/family = Example
            {author}/representedOrganization/id @root=2.16.840.1.113883.2.1.3.2.4.19.1
            {author}/representedOrganization/id @extension=RZ9
            {author}/representedOrganization/name = Example Hospital
            {query}/queryByParameter/person.id/value @root=2.16.840.1.113883.2.1.4.1
            {query}/queryByParameter/person.id/value @extension=9990000018
            {query}/queryByParameter/person.id/value @root=2.16.840.1.113883.2.1.3.2.4.18.24
            {query}/queryByParameter/person.id/value @extension=P1
            {query}/queryByParameter/person.id/value @assigningAuthorityName=X99:EXAMPLE COUNCIL
            {query}/effectiveTime @value=20260710
            {query}/id @root=0A1B2C3D-0000-4000-8000-00000000000C
            {query}/author/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {query}/author/npfitlc:contentId @extension=COCT_TP145104GB01#System
            {device}/id @root=1.2.826.0.1285.0.2.0.107
            {device}/id @extension=200000000123
            {superior}/code @code=R8000
            {superior}/code @codeSystem=2.16.840.1.113883.2.1.3.2.4.17.124
            {superior}/code @displayName=Clinical Practitioner
            {superior}/assignedPerson/name/prefix = Dr
            {superior}/assignedPerson/name/given = Ann
            {superior}/assignedPerson/name/family = Example
            {device}/maintainingOrganization/id @root=2.16.840.1.113883.2.1.3.2.4.19.1
            {device}/maintainingOrganization/id @extension=Y111
            {device}/maintainingOrganization/name = 111
            {query}/queryByParameter/person.id/value @root=2.16.840.1.113883.2.1.4.1
            {query}/queryByParameter/person.id/value @extension=9990000018
            {root}/pertinentInformation1/pertinentCP-ISRecordAccess/reference/referredToLAUploadFile/value @extension=000012
            {recipient}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {recipient}/npfitlc:contentId @extension=COCT_TP145103GB01#IntendedRecipient
            {recipient}/COCT_TP145103GB01.IntendedRecipient/representedSourceOrganization/id @root=2.16.840.1.113883.2.1.3.2.4.19.1
            {recipient}/COCT_TP145103GB01.IntendedRecipient/representedSourceOrganization/id @extension=X99
            {recipient}/COCT_TP145103GB01.IntendedRecipient/representedSourceOrganization/name = EXAMPLE COUNCIL
            """));
    }

    private static Access Single(string text)
    {
        var message = Message<AccessNotification>(text);
        message.Unread.ShouldBeEmpty();
        return message.Accesses.ShouldHaveSingleItem();
    }

    private static string With(string superiors) => Good.Replace(
        PersonAuthor,
        $"""
        <npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP145104GB01#System"/>
        <COCT_TP145104GB01.System><id root="1.2.826.0.1285.0.2.0.107" extension="200000000123"/>{superiors}
        <maintainingOrganization><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="Y111"/><name>111 service, Exampleton</name></maintainingOrganization>
        </COCT_TP145104GB01.System>
        """,
        StringComparison.Ordinal);

    private static string Without(string element) => Good.Replace(Between(Good, $"<{element}>", $"</{element}>"), string.Empty, StringComparison.Ordinal);

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal);
        var to = text.IndexOf(end, from, StringComparison.Ordinal) + end.Length;
        return text[from..to];
    }
}
