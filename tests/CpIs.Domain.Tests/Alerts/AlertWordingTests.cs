using System.Text.RegularExpressions;
using CpIs.Domain.Acknowledgements;
using CpIs.Domain.Alerts;
using CpIs.Domain.Exchange;
using CpIs.Domain.Source;
using CpIs.Domain.Tests.Accesses;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Domain.Tests.Alerts;

public class AlertWordingTests
{
    private const string Name = "Alex Jo Sample";
    private static readonly SequenceNumber File = new(12);
    private static readonly MotherOfUnborn Mother = new("M1", "Mary Sample");
    private static readonly DateOnly Today = new(2026, 3, 11);
    private static readonly Access Access = Told.Access("9990000018", "P1") with { AccessedAt = new DateTimeOffset(2026, 6, 10, 13, 5, 0, TimeSpan.Zero) };

    private static Person Child(string? given = "Alex Jo", string? family = "Sample", bool unborn = false) =>
        new("P1", null, family, given, null, unborn, null, null, null, null, null, null);

    private static AlertDraft Draft(AlertText text, StandIn standIn = StandIn.None) =>
        AlertDraft.Create(AlertType.Access, "P1", new Recipient(standIn == StandIn.None ? RecipientKind.Worker : RecipientKind.Role, "W1", standIn), text, "cause", Today, dueDays: 5);

    public static TheoryData<AlertText> AccessTexts() =>
    [
        AlertWording.Access(Name, throughMother: false, Access),
        AlertWording.Access(Name, throughMother: true, Access),
        AlertWording.Access(Name, throughMother: false, Access with { TimeIsKnown = false, AccessedBy = null, JobRole = null, OrganisationCode = null, OrganisationName = null }),
        AlertWording.Pattern(Name, [new(1, Access.AccessedAt, "Jo", "Nurse", "RXX", "Example Hospital", true)]),
        AlertWording.Unmatched(Access),
        AlertWording.Conflict(Access, ["P1"], ["P2"]),
    ];

    public static TheoryData<AlertText> AllTexts()
    {
        var all = AccessTexts();
        foreach (var code in new[] { "CPR01", "CPR02", "CPR03", "CPR04", "CPR05", "CPR07", "CPR99" })
        {
            foreach (var ofMother in new[] { false, true })
            {
                foreach (var type in PlanType.All)
                {
                    var record = AlertWording.RecordName(type, Today, isRemoval: ofMother);
                    all.Add(AlertWording.Rejected(Name, record, File, RecordCodes.Problem(code, ofMother), RecordCodes.Advice(code, ofMother)));
                    all.Add(AlertWording.RejectedToRole("P1", record, File, 3, RecordCodes.Problem(code, ofMother), RecordCodes.Advice(code, ofMother), code, "Display", "Detail"));
                }
            }
        }

        foreach (var code in new[] { "CPF01", "CPF04", "CPF05", "CPF06", "CPF77" })
        {
            all.Add(AlertWording.FileRejected(File, 2, FileCodes.Problem(code), code, FileCodes.Advice(code)));
        }

        all.Add(AlertWording.NumberMissing(Name, isInvalid: false, mother: null));
        all.Add(AlertWording.NumberMissing(Name, isInvalid: true, mother: null));
        all.Add(AlertWording.NumberMissing(Name, isInvalid: false, Mother));
        all.Add(AlertWording.NumberMissing(Name, isInvalid: false, new MotherOfUnborn(null, null)));
        all.Add(AlertWording.ExpectedDateMissing(Name));
        all.Add(AlertWording.NumberDuplicate(Name, ofMother: true, ["P2"]));
        all.Add(AlertWording.NumberInactive(Name, Mother, ["9990000026"]));
        all.Add(AlertWording.NumberInactiveUnknown(new InactiveNumber("9990000018", null, [], null)));
        all.Add(AlertWording.UnnamedFileRejected("CPF01", [File]));
        all.Add(AlertWording.RepeatedlyUnavailable(File, 1, 3, "CPF05"));
        all.Add(AlertWording.NoAcknowledgement(File, 1, Access.AccessedAt, TimeSpan.FromHours(48)));
        all.Add(AlertWording.AcknowledgementProblem("000012", "Problem.", "Advice."));
        all.Add(AlertWording.CountMismatch("the answer to upload file 000012", "3 processed, but 2 sent"));
        all.Add(AlertWording.Quarantined(7, "the wrong root"));
        all.Add(AlertWording.PartlyQuarantined(7, [new UnreadPart("line 3", "no code")]));
        all.Add(AlertWording.Vanished(30, 100, 20));
        all.Add(AlertWording.BadSourceRows("R1", [new SetAsideRow(SourceTable.Person, "person.csv line 4", null, null, "date_of_birth", "is not a date")]));
        return all;
    }

    [Theory]
    [MemberData(nameof(AccessTexts))]
    public void A2_an_access_is_only_an_access(AlertText text)
    {
        var words = $"{text.Subject} {text.Description}";
        words.ShouldContain("access", Case.Insensitive);
        foreach (var never in new[] { "hurt", "injur", "harm", "admitted", "admission", "attend", "seen", "visit", "treat", "patient", "because", "emergency", "concern" })
        {
            words.ShouldNotContain(never, Case.Insensitive);
        }
    }

    [Theory]
    [MemberData(nameof(AllTexts))]
    public void S3_no_alert_names_a_legal_status_section_category_or_placement(AlertText text)
    {
        var words = $"{text.Subject} {text.Description}";
        foreach (var never in new[] { "section", "care order", " placement", " placed", "foster", "neglect", "abuse", "category", "accommodat", "voluntary", "interim" })
        {
            words.ShouldNotContain(never, Case.Insensitive);
        }

        Regex.IsMatch(words, @"\b([CDEV][1-4]|[LJ][1-3]|NEG|PHY|SAB|EMO|MUL)\b").ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(AllTexts))]
    public void Every_text_is_whole_sentences_and_fits(AlertText text)
    {
        text.Subject.Length.ShouldBeInRange(10, 120);
        text.Description.ShouldEndWith(text.Description.Contains("--replay", StringComparison.Ordinal) ? "7" : ".");
        text.Description.ShouldNotContain("  ");
        text.Description.ShouldNotContain("..");
        char.IsUpper(text.Description[0]).ShouldBe(!char.IsDigit(text.Description[0]));
        ColumnText.Clean(text.Description).ShouldBe(text.Description);
    }

    [Fact]
    public void A1_says_who_when_in_London_time_where_and_which_child()
    {
        var text = AlertWording.Access(Name, throughMother: false, Access);
        text.Subject.ShouldContain(Name);
        text.Description.ShouldStartWith("The CP-IS record of Alex Jo Sample was accessed on 10 June 2026 at 14:05 by Jo Clinician (Nurse) at Example Hospital (RXX01).");
    }

    [Fact]
    public void A1_says_when_no_time_was_given()
    {
        AlertWording.Access(Name, false, Access with { TimeIsKnown = false }).Description.ShouldContain("gives no time of day");
        AlertWording.Access(Name, false, Access).Description.ShouldNotContain("no time");
    }

    [Fact]
    public void A1_says_what_is_not_known()
    {
        var text = AlertWording.Access(Name, false, Access with { AccessedBy = null, JobRole = null, OrganisationCode = null, OrganisationName = null }).Description;
        text.ShouldContain("by a person who is not named at an organisation that is not named");
    }

    [Fact]
    public void A4_an_access_through_the_mother_says_so() =>
        AlertWording.Access(Name, throughMother: true, Access).Description.ShouldContain("mother's NHS number for Alex Jo Sample");

    [Fact]
    public void A5_a_missing_number_names_the_mothers_record_for_an_unborn_child()
    {
        AlertWording.NumberMissing(Name, false, Mother).Description.ShouldContain("Mary Sample (local id M1)");
        AlertWording.NumberMissing(Name, false, null).Description.ShouldNotContain("mother");
        AlertWording.NumberMissing(Name, false, new MotherOfUnborn(null, null)).Description.ShouldContain("no mother's record");
    }

    [Fact]
    public void A6_replacements_stand_as_given_and_say_where_they_are_not_valid()
    {
        AlertWording.NumberInactive(Name, null, []).Description.ShouldContain("No replacement number was given.");
        AlertWording.NumberInactive(Name, null, ["999 000 0026"]).Description.ShouldContain("The replacement number given is 999 000 0026.");
        AlertWording.NumberInactive(Name, null, ["9990000026", "9990000027"]).Description
            .ShouldContain("2 replacement numbers were given: 9990000026, 9990000027 (not a valid number).");
    }

    [Fact]
    public void A6_the_mothers_number_names_her_record() =>
        AlertWording.NumberInactive(Name, Mother, []).Description.ShouldContain("the NHS number of Mary Sample (local id M1), the mother of Alex Jo Sample");

    [Theory]
    [InlineData("Alex  Jo", "Sample", false, "Alex Jo Sample")]
    [InlineData("Al\u202Eex", "Sample", false, "Al ex Sample")]
    [InlineData(null, "Sample", true, "Sample (unborn)")]
    [InlineData(null, null, true, "the unborn child with local id P1")]
    [InlineData(" ", null, false, "the person with local id P1")]
    public void A1_names_come_from_the_care_data(string? given, string? family, bool unborn, string expected) =>
        AlertWording.NameOf(Child(given, family, unborn), "P1").ShouldBe(expected);

    [Fact]
    public void A1_someone_not_in_the_care_data_is_named_by_local_id() => AlertWording.NameOf(null, "P1").ShouldBe("the person with local id P1");

    [Fact]
    public void A8_the_alert_says_that_the_duty_role_stands_in_even_when_the_text_is_cut()
    {
        var draft = Draft(new AlertText("s", new string('x', 3000)), StandIn.Worker);
        draft.Description.Length.ShouldBe(ColumnText.Description);
        draft.Description.ShouldEndWith("… The care record has no active allocated worker, so this comes to the duty role in the worker's place.");
        Draft(new AlertText("s", "x")).Description.ShouldBe("x");
    }

    [Fact]
    public void A1_subject_and_description_are_cut_to_their_columns()
    {
        var draft = Draft(new AlertText(new string('s', 201), new string('d', 2001)));
        (draft.Subject.Length, draft.Description.Length).ShouldBe((200, 2000));
        Draft(new AlertText("a\u202Eb", "c\nd")).ShouldSatisfyAllConditions(d => d.Subject.ShouldBe("a b"), d => d.Description.ShouldBe("c d"));
    }

    [Fact]
    public void A1_due_date_is_counted_from_the_day_of_issue_and_days_outstanding_from_the_first()
    {
        var draft = Draft(new AlertText("s", "d"));
        (draft.IssuedOn, draft.DueOn, draft.FirstIssuedOn, draft.DaysOutstanding).ShouldBe((Today, Today.AddDays(5), Today, 0));
        AlertDraft.Create(AlertType.NumberMissing, "P1", new(RecipientKind.Worker, "W1"), new("s", "d"), "", Today, 5, Today.AddDays(-9)).DaysOutstanding.ShouldBe(9);
    }

    [Fact]
    public void A6_the_cause_of_an_inactive_number_ignores_order_and_repetition_and_shows_no_number()
    {
        var cause = AlertCause.InactiveNumber("9990000018", ["9990000026", "9990000034"]);
        AlertCause.InactiveNumber("9990000018", ["9990000034", "9990000026", "9990000034"]).ShouldBe(cause);
        AlertCause.InactiveNumber("9990000018", ["9990000034"]).ShouldNotBe(cause);
        AlertCause.InactiveNumber("9990000018", []).ShouldNotBe(cause);
        cause.ShouldNotContain("999");
    }

    [Fact]
    public void Alert_types_are_those_of_the_contract() =>
        AlertType.All.Select(t => t.Code).ShouldBe(
        [
            "access", "access-pattern", "nhs-number-missing", "nhs-number-inactive", "expected-date-missing", "nhs-number-duplicate", "upload-rejected",
            "file-rejected", "no-acknowledgement", "acknowledgement-problem", "unmatched-access", "vanished", "bad-source-row", "quarantined", "count-mismatch",
        ]);
}
