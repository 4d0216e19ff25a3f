using CpIs.Domain.Acknowledgements;
using CpIs.Domain.Alerts;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Tests.Accesses;
using CpIs.Domain.Values;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using static CpIs.Domain.Tests.Accesses.Told;

namespace CpIs.Domain.Tests.Acknowledgements;

public class AcknowledgementInterpreterTests
{
    private const RecordOutcome Confirmed = RecordOutcome.Confirmed;
    private const RecordOutcome Rejected = RecordOutcome.Rejected;
    private const RecordOutcome Failed = RecordOutcome.Failed;

    private static readonly SequenceNumber Twelve = new(12);

    private static LedgerEvent Sent(int record, NhsNumber number, PlanType type, string start = "2026-01-01", RecordOutcome outcome = RecordOutcome.Unanswered, string? code = null) =>
        Record("P" + record, number, type, start, file: 12, record: record, outcome: outcome, code: code);

    /// <summary>One and two are different people; three has a child protection plan and is looked after.</summary>
    private static readonly LedgerEvent[] FourRecords =
    [
        Sent(1, One, PlanType.Cpp), Sent(2, Two, PlanType.Lac), Sent(3, Three, PlanType.Cpp), Sent(4, Three, PlanType.Lac),
    ];

    private static AnsweredFile File(LedgerEvent[]? records = null, FirstAnswer? first = null, int earlierUnavailable = 0) =>
        new(Twelve, records ?? FourRecords, first, earlierUnavailable);

    private static RecordResult Result(string code, NhsNumber? number = null, PlanType? type = null, int? record = null, string? start = null, string? detail = null) =>
        new(record, number?.Value, type is null ? [] : [type], start is null ? null : Day(start), code, "Display of " + code, detail);

    private static Acknowledgement Answer(string code, params RecordResult[] results) => Answer([code], results);

    private static Acknowledgement Answer(string[] codes, params RecordResult[] results) =>
        new(null, "000012", [.. codes.Select(c => new AcknowledgementCode(c, "Display"))], null, null, null, results, []);

    private static AcknowledgementReading Interpret(Acknowledgement answer, AnsweredFile? file) =>
        AcknowledgementInterpreter.Interpret(answer, file, [new SequenceNumber(10), Twelve], "77");

    private static (int, RecordOutcome)[] Outcomes(AcknowledgementReading reading) =>
        [.. reading.Verdicts.Select(v => (v.Record.RecordNumber, v.Outcome))];

    private static void ShouldAlert(AcknowledgementReading reading, params AlertType[] types) => reading.Alerts.Select(a => a.Type).ShouldBe(types);

    // Record codes

    [Theory]
    [InlineData("CPR06", true, false)]
    [InlineData(" cpr06 ", true, false)]
    [InlineData("CPR01", false, true)]
    [InlineData("CPR03", false, true)]
    [InlineData("cpr04", false, true)]
    [InlineData("CPR05", false, true)]
    [InlineData("CPR02", false, false)]
    [InlineData("CPR07", false, false)]
    [InlineData("CPR99", false, false)]
    [InlineData("", false, false)]
    public void K1_who_hears_of_a_record_code(string code, bool confirms, bool forWorker)
    {
        RecordCodes.IsConfirmation(code).ShouldBe(confirms);
        RecordCodes.IsForWorker(code).ShouldBe(forWorker);
    }

    [Fact]
    public void K1_every_rejection_says_what_is_wrong_and_what_to_do_and_a_mothers_names_her()
    {
        foreach (var code in new[] { "CPR01", "CPR02", "CPR03", "CPR04", "CPR05", "CPR07", "CPR99" })
        {
            RecordCodes.Problem(code, ofMother: false).ShouldNotBeNullOrWhiteSpace();
            RecordCodes.Advice(code, ofMother: false).ShouldNotBeNullOrWhiteSpace();
            if (RecordCodes.IsForWorker(code))
            {
                RecordCodes.Problem(code, ofMother: true).ShouldContain("mother's", Case.Insensitive);
                RecordCodes.Advice(code, ofMother: true).ShouldContain("mother's care record");
                RecordCodes.Advice(code, ofMother: false).ShouldNotContain("mother");
            }
        }
    }

    [Fact]
    public void K1_confirmed_and_rejected_by_number()
    {
        var reading = Interpret(Answer("CPF03", Result("CPR06", One), Result("CPR03", Two, PlanType.Lac, detail: "NAME")), File());
        reading.Effect.ShouldBe(AnswerEffect.Answered);
        Outcomes(reading).ShouldBe([(1, Confirmed), (2, Rejected)]);
        reading.Verdicts[1].ShouldSatisfyAllConditions(v => v.Code.ShouldBe("CPR03"), v => v.Display.ShouldBe("Display of CPR03"), v => v.Detail.ShouldBe("NAME"));
        ShouldAlert(reading);
    }

    [Fact]
    public void K1_of_several_records_of_a_number_rejections_go_by_plan_type_and_confirmations_take_the_rest()
    {
        var reading = Interpret(Answer("CPF03", Result("CPR06", Three), Result("CPR01", Three, PlanType.Lac)), File());
        Outcomes(reading).ShouldBe([(3, Confirmed), (4, Rejected)]);
        ShouldAlert(reading);
    }

    [Fact]
    public void K1_one_result_with_two_plan_types_rejects_both()
    {
        var both = Result("CPR01", Three) with { PlanTypes = [PlanType.Cpp, PlanType.Lac] };
        Outcomes(Interpret(Answer("CPF03", both), File())).ShouldBe([(3, Rejected), (4, Rejected)]);
    }

    [Fact]
    public void K1_as_many_confirmations_as_records_confirm_them_all() =>
        Outcomes(Interpret(Answer("CPF02", Result("CPR06", Three), Result("CPR06", Three)), File())).ShouldBe([(3, Confirmed), (4, Confirmed)]);

    [Theory]
    [InlineData(4, true)]
    [InlineData(3, false)]
    [InlineData(null, false)]
    public void K1_one_confirmation_for_two_records_confirms_both_only_where_the_count_says_so(int? successful, bool both)
    {
        var answer = Answer("CPF02", Result("CPR06", One), Result("CPR06", Two), Result("CPR06", Three)) with { Successful = successful };
        var reading = Interpret(answer, File());
        Outcomes(reading).ShouldBe(both ? [(1, Confirmed), (2, Confirmed), (3, Confirmed), (4, Confirmed)] : [(1, Confirmed), (2, Confirmed)]);
        reading.Alerts.Any(a => a.Type == AlertType.AcknowledgementProblem).ShouldBe(!both);
    }

    [Fact]
    public void K1_one_rejection_that_could_mean_either_of_two_records_decides_neither()
    {
        LedgerEvent[] records = [Sent(1, One, PlanType.Cpp), Sent(2, One, PlanType.Cpp, "2026-02-01")];
        var reading = Interpret(Answer("CPF03", Result("CPR07", One, PlanType.Cpp), Result("CPR06", One)), File(records));
        reading.Verdicts.ShouldBeEmpty();
        ShouldAlert(reading, AlertType.AcknowledgementProblem);
    }

    [Fact]
    public void K1_U2_a_start_date_tells_two_records_of_one_type_apart()
    {
        LedgerEvent[] records = [Sent(1, One, PlanType.Cpp), Sent(2, One, PlanType.Cpp, "2026-02-01")];
        Outcomes(Interpret(Answer("CPF03", Result("CPR06", One), Result("CPR07", One, PlanType.Cpp, start: "2026-02-01")), File(records)))
            .ShouldBe([(1, Confirmed), (2, Rejected)]);
    }

    [Fact]
    public void K1_record_number_is_used_where_it_fits_the_number()
    {
        var reading = Interpret(Answer("CPF03", Result("CPR06", Three, record: 4), Result("CPR01", record: 1), Result("CPR05", Three, PlanType.Cpp, record: 3)), File());
        Outcomes(reading).ShouldBe([(1, Rejected), (3, Rejected), (4, Confirmed)]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void K1_record_number_that_does_not_fit_gives_way_to_the_number(int record) =>
        Outcomes(Interpret(Answer("CPF03", Result("CPR01", Two, PlanType.Lac, record)), File())).ShouldBe([(2, Rejected)]);

    [Fact]
    public void K1_the_same_record_confirmed_and_rejected_decides_nothing()
    {
        var reading = Interpret(Answer("CPF03", Result("CPR06", One, record: 1), Result("CPR01", One, record: 1)), File());
        reading.Verdicts.ShouldBeEmpty();
        ShouldAlert(reading, AlertType.AcknowledgementProblem);
    }

    [Fact]
    public void K1_unknown_record_codes_are_rejections_kept_verbatim() =>
        Interpret(Answer("CPF03", Result("cpr-X1", One)), File()).Verdicts.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(v => v.Outcome.ShouldBe(Rejected), v => v.Code.ShouldBe("cpr-X1"));

    // File codes

    [Theory]
    [InlineData("CPF01", FileMeaning.Refused)]
    [InlineData("CPF02", FileMeaning.Loaded)]
    [InlineData(" cpf03 ", FileMeaning.LoadedInPart)]
    [InlineData("CPF04", FileMeaning.Refused)]
    [InlineData("CPF05", FileMeaning.Unavailable)]
    [InlineData("CPF06", FileMeaning.Refused)]
    [InlineData("CPF07", FileMeaning.Unknown)]
    [InlineData("", FileMeaning.Unknown)]
    [InlineData("CPF02,CPF03", FileMeaning.LoadedInPart)]
    [InlineData("CPF02,CPF02", FileMeaning.Loaded)]
    [InlineData("CPF02,CPF04", FileMeaning.Unknown)]
    [InlineData("CPF03,CPF05", FileMeaning.Unknown)]
    [InlineData("CPF02,CPF77", FileMeaning.Unknown)]
    [InlineData("CPF04,CPF77", FileMeaning.Refused)]
    [InlineData("CPF05,CPF06", FileMeaning.Refused)]
    public void K2_file_codes(string codes, FileMeaning meaning) => FileCodes.MeaningOf(codes.Split(',')).ShouldBe(meaning);

    [Fact]
    public void K2_CPF02_without_records_confirms_all()
    {
        var reading = Interpret(Answer("CPF02"), File());
        reading.Effect.ShouldBe(AnswerEffect.Answered);
        Outcomes(reading).ShouldBe([(1, Confirmed), (2, Confirmed), (3, Confirmed), (4, Confirmed)]);
        ShouldAlert(reading);
    }

    [Theory]
    [InlineData("CPF02")]
    [InlineData("CPF03")]
    public void K2_records_not_listed_stay_unanswered(string code) =>
        Outcomes(Interpret(Answer(code, Result("CPR06", One)), File())).ShouldBe([(1, Confirmed)]);

    [Fact]
    public void K2_CPF02_whose_records_could_not_be_read_confirms_nothing()
    {
        var reading = Interpret(Answer("CPF02") with { Unread = [new UnreadPart("line 2", "no code")] }, File());
        reading.Effect.ShouldBe(AnswerEffect.StaysUnanswered);
        reading.Verdicts.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("CPF03")]
    [InlineData("CPF99")]
    public void K2_CPF03_without_records_and_unknown_codes_confirm_nothing_and_the_file_stays_unanswered(string code)
    {
        var reading = Interpret(Answer(code), File());
        reading.Effect.ShouldBe(AnswerEffect.StaysUnanswered);
        reading.Verdicts.ShouldBeEmpty();
        ShouldAlert(reading, AlertType.AcknowledgementProblem);
    }

    [Fact]
    public void K2_an_unknown_code_confirms_nothing_even_with_records() =>
        Interpret(Answer("CPF99", Result("CPR06", One)), File()).Verdicts.ShouldBeEmpty();

    [Theory]
    [InlineData("CPF01")]
    [InlineData("CPF04")]
    [InlineData("CPF06")]
    public void K2_a_refused_file_leaves_its_records_due(string code)
    {
        var reading = Interpret(Answer(code, Result("CPR01", One)), File());
        reading.Effect.ShouldBe(AnswerEffect.Refused);
        Outcomes(reading).ShouldBe([(1, Failed), (2, Failed), (3, Failed), (4, Failed)]);
        reading.Verdicts.ShouldAllBe(v => v.Code == code);
        ShouldAlert(reading, AlertType.FileRejected);
        reading.Alerts[0].Text.Description.ShouldContain(code);
    }

    [Fact]
    public void K2_CPF01_without_a_file_number_names_the_unanswered_files_and_marks_none()
    {
        var reading = Interpret(Answer("CPF01") with { FileNumber = "-1" }, null);
        reading.Effect.ShouldBe(AnswerEffect.NoSuchFile);
        reading.Verdicts.ShouldBeEmpty();
        ShouldAlert(reading, AlertType.FileRejected);
        reading.Alerts[0].Text.Description.ShouldContain("000010, 000012");
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void K2_CPF05_makes_the_file_due_again_and_alerts_from_the_third_in_a_row(int earlier, bool alert)
    {
        var reading = Interpret(Answer("CPF05"), File(earlierUnavailable: earlier));
        reading.Effect.ShouldBe(AnswerEffect.DueAgain);
        reading.Verdicts.ShouldAllBe(v => v.Outcome == Failed && v.Code == "CPF05");
        ShouldAlert(reading, alert ? [AlertType.FileRejected] : []);
    }

    [Theory]
    [InlineData("15", "not a good CP-IS file")]
    [InlineData("14", "did not deliver")]
    public void K2_MESH_error_15_or_another_failure_leaves_the_records_due(string code, string words)
    {
        var reading = AcknowledgementInterpreter.NotDelivered(File(), code, "SEND 15, Bad CP-IS file");
        reading.Effect.ShouldBe(AnswerEffect.Refused);
        reading.Verdicts.Count.ShouldBe(4);
        reading.Verdicts.ShouldAllBe(v => v.Outcome == Failed);
        ShouldAlert(reading, AlertType.FileRejected);
        reading.Alerts[0].Text.Description.ShouldContain(words);
        reading.Alerts[0].Text.Description.ShouldContain("SEND 15, Bad CP-IS file");

        AcknowledgementInterpreter.NotDelivered(File(first: new FirstAnswer(reading.Fingerprint, true)), code, "again").ShouldSatisfyAllConditions(
            r => r.Effect.ShouldBe(AnswerEffect.SaysTheSame), r => r.Alerts.ShouldBeEmpty());
        AcknowledgementInterpreter.NotDelivered(File(first: new FirstAnswer("other", true)), code, "late").ShouldSatisfyAllConditions(
            r => r.Effect.ShouldBe(AnswerEffect.Contradicts), r => r.Verdicts.ShouldBeEmpty(), r => ShouldAlert(r, AlertType.AcknowledgementProblem));
    }

    [Fact]
    public void K1_codes_that_name_no_record_decide_nothing_and_are_not_counted()
    {
        var answer = Answer("CPF03", Result("CPR06", One), Result("CPR07", Two, PlanType.Lac), Result("CPR01"), Result("CPR03")) with { Successful = 1, Failed = 1 };
        var reading = Interpret(answer, File());
        Outcomes(reading).ShouldBe([(1, Confirmed), (2, Rejected)]);
        ShouldAlert(reading, AlertType.AcknowledgementProblem);
        reading.Alerts[0].Text.Description.ShouldContain("2 record results (CPR01, CPR03)");
    }

    [Fact]
    public void K1_an_answer_to_a_large_file_decides_every_record()
    {
        LedgerEvent[] records = [.. Enumerable.Range(1, 20_000).Select(i => Record("P" + i, Numbers.Valid(i), PlanType.Cpp, "2026-01-01", 12, i, outcome: RecordOutcome.Unanswered))];
        RecordResult[] results = [.. records.Select(r => Result(r.RecordNumber % 10 == 0 ? "CPR01" : "CPR06", r.Key.NhsNumber))];
        var reading = Interpret(Answer("CPF03", results), File(records));
        reading.Verdicts.Count(v => v.Outcome == Rejected).ShouldBe(2_000);
        reading.Verdicts.Count.ShouldBe(20_000);
    }

    // Counts and second answers

    [Theory]
    [InlineData(4, 3, 1, false)]
    [InlineData(null, null, null, false)]
    [InlineData(5, 3, 1, true)]
    [InlineData(4, 4, 1, true)]
    [InlineData(4, 3, 0, true)]
    public void K3_counts_that_disagree_raise_one_alert_and_the_results_are_applied(int? processed, int? successful, int? failed, bool alert)
    {
        var answer = Answer("CPF03", Result("CPR06", One), Result("CPR06", Two), Result("CPR06", Three), Result("CPR01", Three, PlanType.Lac)) with
        {
            Processed = processed,
            Successful = successful,
            Failed = failed,
        };
        var reading = Interpret(answer, File());
        Outcomes(reading).ShouldBe([(1, Confirmed), (2, Confirmed), (3, Confirmed), (4, Rejected)]);
        ShouldAlert(reading, alert ? [AlertType.CountMismatch] : []);
    }

    [Theory]
    [InlineData("CPF02", 4, 4, 0, false)]
    [InlineData("CPF02", 4, 3, 1, true)]
    [InlineData("CPF04", 0, 0, 0, false)]
    [InlineData("CPF04", 4, 0, 4, false)]
    [InlineData("CPF04", 4, 1, 3, true)]
    public void K3_counts_without_records_listed(string code, int processed, int successful, int failed, bool alert) =>
        Interpret(Answer(code) with { Processed = processed, Successful = successful, Failed = failed }, File())
            .Alerts.Any(a => a.Type == AlertType.CountMismatch).ShouldBe(alert);

    [Fact]
    public void K3_an_answer_to_an_unknown_file_raises_an_alert_and_changes_nothing()
    {
        var reading = Interpret(Answer("CPF02") with { FileNumber = "99" }, null);
        reading.Effect.ShouldBe(AnswerEffect.NoSuchFile);
        ShouldAlert(reading, AlertType.AcknowledgementProblem);
        reading.Alerts[0].Text.Subject.ShouldContain("000099");
        ShouldAlert(Interpret(Answer("CPF02") with { FileNumber = "-1" }, null), AlertType.AcknowledgementProblem);
    }

    [Fact]
    public void K3_a_record_that_was_not_in_the_file_raises_an_alert_and_the_rest_is_applied()
    {
        var reading = Interpret(
            Answer("CPF03", Result("CPR06", One), Result("CPR06", NhsNumber.Parse("9990000069")), Result("CPR01", Two, PlanType.Cpp), Result("CPR01") with { NhsNumber = "123" }),
            File());
        Outcomes(reading).ShouldBe([(1, Confirmed)]);
        ShouldAlert(reading, AlertType.AcknowledgementProblem);
        reading.Alerts[0].Text.Description.ShouldContain("3 record results (CPR01, CPR06)");
        reading.Alerts[0].Text.Description.ShouldNotContain("999");
    }

    [Fact]
    public void K3_a_second_answer_that_says_the_same_is_only_counted()
    {
        RecordResult[] results = [Result("CPR06", One), Result("CPR06", Two), Result("CPR06", Three), Result("CPR01", Three, PlanType.Lac)];
        var first = Interpret(Answer("CPF03", results), File());
        RecordResult[] otherwise = [Result("cpr01", Three, PlanType.Lac, record: 4), Result("CPR06", record: 3), Result("CPR06", Two, record: 2) with { Display = null }, Result("CPR06", One)];
        var second = Interpret(Answer("cpf03", otherwise), File(first: new FirstAnswer(first.Fingerprint, true)));
        second.Effect.ShouldBe(AnswerEffect.SaysTheSame);
        second.Verdicts.ShouldBeEmpty();
        ShouldAlert(second);
    }

    public static TheoryData<Acknowledgement> OtherAnswers() =>
    [
        Answer("CPF02", Result("CPR06", One)),
        Answer("CPF03", Result("CPR01", One)),
        Answer("CPF03", Result("CPR06", One), Result("CPR06", Two)),
        Answer("CPF03"),
        Answer("CPF05"),
        Answer("CPF04"),
        Answer("CPF99"),
    ];

    [Theory]
    [MemberData(nameof(OtherAnswers))]
    public void K3_a_second_answer_that_says_something_else_raises_an_alert_and_the_first_stands(Acknowledgement second)
    {
        var first = Interpret(Answer("CPF03", Result("CPR06", One)), File());
        var reading = Interpret(second, File(first: new FirstAnswer(first.Fingerprint, true)));
        reading.Effect.ShouldBe(AnswerEffect.Contradicts);
        reading.Verdicts.ShouldBeEmpty();
        ShouldAlert(reading, AlertType.AcknowledgementProblem);
    }

    [Fact]
    public void K3_another_detail_code_is_another_result()
    {
        var first = Interpret(Answer("CPF03", Result("CPR07", One, detail: "A1")), File());
        Interpret(Answer("CPF03", Result("CPR07", One, detail: " A1 ")), File(first: new(first.Fingerprint, true))).Effect.ShouldBe(AnswerEffect.SaysTheSame);
        Interpret(Answer("CPF03", Result("CPR07", One, detail: "B2")), File(first: new(first.Fingerprint, true))).Effect.ShouldBe(AnswerEffect.Contradicts);
    }

    [Fact]
    public void K3_K6_what_could_not_be_read_of_the_first_answer_may_be_filled_in()
    {
        var partly = Answer("CPF03", Result("CPR06", One)) with { Unread = [new UnreadPart("line 3", "no code")] };
        var first = new FirstAnswer(Interpret(partly, File()).Fingerprint, IsComplete: false);
        LedgerEvent[] now = [Sent(1, One, PlanType.Cpp, outcome: Confirmed), .. FourRecords.Skip(1)];

        var filled = Interpret(Answer("CPF03", Result("CPR06", One), Result("CPR01", Two)), File(now, first));
        filled.Effect.ShouldBe(AnswerEffect.FillsIn);
        Outcomes(filled).ShouldBe([(2, Rejected)]);

        Interpret(Answer("CPF03", Result("CPR01", One), Result("CPR01", Two)), File(now, first)).Effect.ShouldBe(AnswerEffect.Contradicts);
        Interpret(Answer("CPF04"), File(now, first)).Effect.ShouldBe(AnswerEffect.Contradicts);
    }

    [Fact]
    public void K1_K3_meaning_does_not_depend_on_the_order_of_results_and_no_record_is_decided_twice()
    {
        NhsNumber[] numbers = [One, Two, Three];
        var records =
            from number in Gen.Elements(numbers)
            from type in Gen.Elements(PlanType.All.ToArray())
            from start in Gen.Elements("2026-01-01", "2026-02-01")
            select (number, type, start);
        var results =
            from code in Gen.Elements("CPR06", "CPR06", "CPR01", "CPR07")
            from number in Gen.Elements(numbers)
            from type in Gen.Elements(PlanType.Cpp, PlanType.Lac, null)
            from record in Gen.Elements<int?>(null, null, 1, 2, 3)
            select Result(code, number, type, record);
        var cases = from r in records.ListOf() from a in results.ListOf() from seed in Gen.Choose(0, int.MaxValue) select (r, a, seed);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var file = File([.. c.r.Distinct().Select((r, i) => Sent(i + 1, r.number, r.type, r.start))]);
            var random = new Random(c.seed);
            var a = Interpret(Answer("CPF03", [.. c.a]), file);
            var b = Interpret(Answer("CPF03", [.. c.a.OrderBy(_ => random.Next())]), file);
            Outcomes(a).ShouldBe(Outcomes(b));
            a.Fingerprint.ShouldBe(b.Fingerprint);
            a.Verdicts.Select(v => v.Record.RecordNumber).ShouldBeUnique();
            foreach (var verdict in a.Verdicts)
            {
                c.a.ShouldContain(r => r.Code == verdict.Code && r.NhsNumber == verdict.Record.Key.NhsNumber.Value);
            }
        }).QuickCheckThrowOnFailure();
    }
}
