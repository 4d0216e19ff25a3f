using CpIs.Domain.Exchange;
using CpIs.Messages.Hl7v3;
using CpIs.Messages.Tests.Support;
using static CpIs.Messages.Tests.Support.Sample;

namespace CpIs.Messages.Tests.Hl7v3;

public class InactiveNotificationTests
{
    private const string Replacement = "<replacedBy><newVersion><id extension=\"9990000026\"/></newVersion></replacedBy>";

    private const string Good =
        $"""
        <CP-ISInactiveNHSNumberNotification xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        <effectiveTime value="20260311060000+0000"/><id root="0A1B2C3D-0000-4000-8000-000000000001"/>
        <primaryInformationRecipient><COCT_TP145103GB01.IntendedRecipient><representedSourceOrganization>
        <id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="X99"/><name>EXAMPLE</name></representedSourceOrganization></COCT_TP145103GB01.IntendedRecipient></primaryInformationRecipient>
        <subject><pDSInactivePatient><id root="2.16.840.1.113883.2.1.4.1" extension="9990000018"/>
        <id root="2.16.840.1.113883.2.1.3.2.4.18.24" extension="P1"/>{Replacement}
        <subjectOf><lAUploadFile><value extension="12"/></lAUploadFile></subjectOf></pDSInactivePatient></subject>
        </CP-ISInactiveNHSNumberNotification>
        """;

    [Fact]
    public void A6_an_inactive_number_with_its_replacement()
    {
        var message = Message<InactiveNotification>(Good);

        message.RecipientOdsCode.ShouldBe("X99");
        message.MadeAt.ShouldBe(new DateTimeOffset(2026, 3, 11, 6, 0, 0, TimeSpan.Zero));
        message.Unread.ShouldBeEmpty();
        var number = message.Subjects.ShouldHaveSingleItem();
        (number.NhsNumber, number.LocalPersonId, number.UploadFileNumber).ShouldBe(("9990000018", "P1", "12"));
        number.Replacements.ShouldBe(["9990000026"]);
    }

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("<replacedBy xsi:nil=\"true\"/>", new string[0])]
    [InlineData("<replacedBy><newVersion><id extension=\"9990000026\"/><id root=\"2.16.840.1.113883.2.1.4.1\" extension=\"9990000034\"/></newVersion></replacedBy>", new[] { "9990000026", "9990000034" })]
    [InlineData("<replacedBy><newVersion><id extension=\"not a number\"/></newVersion></replacedBy>", new[] { "not a number" })]
    public void A6_none_one_or_several_replacements_as_given(string replacement, string[] expected)
    {
        var message = Message<InactiveNotification>(Good.Replace(Replacement, replacement, StringComparison.Ordinal));

        message.Subjects.ShouldHaveSingleItem().Replacements.ShouldBe(expected);
        message.Unread.ShouldBeEmpty();
    }

    [Fact]
    public void K6_a_replacement_that_cannot_be_read_is_not_passed_off_as_none()
    {
        var message = Message<InactiveNotification>(Good.Replace("<id extension=\"9990000026\"/>", "<id extension=\"9990000026\"/><id root=\"1\"/>", StringComparison.Ordinal));

        message.Subjects.ShouldHaveSingleItem().Replacements.ShouldBe(["9990000026"]);
        message.Unread.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("<id root=\"2.16.840.1.113883.2.1.4.1\" extension=\"9990000018\"/>", "")]
    [InlineData("pDSInactivePatient", "other")]
    public void K6_a_subject_that_cannot_be_read_leaves_the_others(string given, string broken)
    {
        var subject = Good[Good.IndexOf("<subject>", StringComparison.Ordinal)..(Good.IndexOf("</subject>", StringComparison.Ordinal) + "</subject>".Length)];
        var text = Good.Replace(subject, subject.Replace(given, broken, StringComparison.Ordinal) + subject, StringComparison.Ordinal);

        var message = Message<InactiveNotification>(text);

        message.Subjects.ShouldHaveSingleItem().NhsNumber.ShouldBe("9990000018");
        message.Unread.ShouldHaveSingleItem().Where.ShouldBe("/CP-ISInactiveNHSNumberNotification/subject[1]");
    }

    [Fact]
    public void K6_without_any_subject_it_is_unreadable()
    {
        var start = Good.IndexOf("<subject>", StringComparison.Ordinal);
        var end = Good.IndexOf("</subject>", StringComparison.Ordinal) + "</subject>".Length;

        Read(Good.Remove(start, end - start)).ShouldSatisfyAllConditions(r => r.Message.ShouldBeNull(), r => r.Problem.ShouldNotBeNull());
    }

    [Fact]
    public async Task E_the_written_notification_has_the_tree_of_the_reference()
    {
        var head = new NotificationHead(Guid.Parse("0a1b2c3d-0000-4000-8000-00000000000a"), Winter, "X99", "EXAMPLE COUNCIL");
        InactiveNumber[] numbers = [new(Alex, "P1", [], "12"), new(Bea, null, [Cara, Alex], null)];

        var xml = await BytesAsync(s => Hl7v3AnswerWriter.WriteInactiveNotificationAsync(s, head, numbers.ToAsyncEnumerable(), default));

        const string root = "CP-ISInactiveNHSNumberNotification";
        const string patient = root + "/subject/pDSInactivePatient";
        const string recipient = root + "/primaryInformationRecipient";
        Outline.Of(xml).ShouldBe(Outline.Lines($"""
            {root}/effectiveTime @value=20260310020000+0000
            {root}/id @root=0A1B2C3D-0000-4000-8000-00000000000A
            {recipient}/npfitlc:contentId @root=2.16.840.1.113883.2.1.3.2.4.18.16
            {recipient}/npfitlc:contentId @extension=COCT_TP145103GB01#IntendedRecipient
            {recipient}/COCT_TP145103GB01.IntendedRecipient/representedSourceOrganization/id @root=2.16.840.1.113883.2.1.3.2.4.19.1
            {recipient}/COCT_TP145103GB01.IntendedRecipient/representedSourceOrganization/id @extension=X99
            {recipient}/COCT_TP145103GB01.IntendedRecipient/representedSourceOrganization/name = EXAMPLE COUNCIL
            {patient}/id @root=2.16.840.1.113883.2.1.4.1
            {patient}/id @extension=9990000018
            {patient}/id @root=2.16.840.1.113883.2.1.3.2.4.18.24
            {patient}/id @extension=P1
            {patient}/id @assigningAuthorityName=X99:EXAMPLE COUNCIL
            {patient}/subjectOf/lAUploadFile/value @extension=12
            {patient}/id @root=2.16.840.1.113883.2.1.4.1
            {patient}/id @extension=9990000026
            {patient}/replacedBy/newVersion/id @extension=9990000034
            {patient}/replacedBy/newVersion/id @extension=9990000018
            """));
    }
}
