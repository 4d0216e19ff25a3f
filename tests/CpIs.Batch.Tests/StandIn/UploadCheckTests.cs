using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Batch.Tests.StandIn;

/// <summary>What the stand-in makes of an upload: each fault beside the file that differs from it only in being right.</summary>
public sealed class UploadCheckTests : IDisposable
{
    private readonly TrialSystem _trial = new();

    public void Dispose() => _trial.Dispose();

    [Fact]
    public async Task A_good_file_is_loaded_and_answered_CPF02_with_CPR06_for_each_record()
    {
        var answer = await _trial.AnswerToAsync(RawUpload.Of(RawUpload.Record(RawUpload.Plan, RawUpload.Child), RawUpload.OtherRecord));

        answer.FileNumber.ShouldBe("000123");
        answer.FileCodes.ShouldBe([new AcknowledgementCode("CPF02", "Successful File Upload")]);
        (answer.Processed, answer.Successful, answer.Failed).ShouldBe((2, 2, 0));
        answer.Results.Select(r => (r.NhsNumber, r.Code)).ShouldBe([(RawUpload.Number, "CPR06"), (RawUpload.OtherNumber, "CPR06")]);
        answer.MadeAt.ShouldBe(_trial.Now);
        (await _trial.HeldAsync()).ShouldBe(["P1 CPP 2026-01-15..2026-03-09", "P2 CPP 2026-01-15..2026-03-09"]);
        _trial.Waiting.ShouldBeEmpty();
        File.ReadAllText(Path.Combine(_trial.Taken, "upload-000123.xml")).ShouldContain("COCT_TP146101GB01");
    }

    [Fact]
    public async Task An_unborn_childs_plan_is_held_under_the_mother()
    {
        var answer = await _trial.AnswerToAsync(RawUpload.GoodUnborn);

        answer.Results.Single().Code.ShouldBe("CPR06");
        var held = (await _trial.ShowAsync()).GetProperty("records").EnumerateArray().Single();
        held.GetProperty("plan_type").GetString().ShouldBe("UCPP");
        held.GetProperty("nhs_number").GetString().ShouldBe(RawUpload.Number);
        held.GetProperty("given_name").GetString().ShouldBe("Jo");
        held.GetProperty("visible_until").GetString().ShouldBe("2026-06-29");
    }

    /// <summary>What the message definition itself refuses: nothing of the file is loaded.</summary>
    [Theory]
    [InlineData("202601150000", "20260115")]
    [InlineData("202601150000", "20260115000000")]
    [InlineData("202601150000", "202601150000+0000")]
    [InlineData("<id extension=\"000123\"/>", "<id root=\"2.16.840.1.113883.2.1.3.2.4.18.46\" extension=\"000123\"/>")]
    [InlineData("<component>", "<component typeCode=\"COMP\">")]
    [InlineData("tel:01632960002", "tel:01632 960002")]
    [InlineData("<telecom use=\"EC\"", "<telecom")]
    [InlineData("<given>Alex</given>", "<given>Alex</given><given>Lee</given>")]
    [InlineData("<given>Alex</given>", "<prefix>Ms</prefix><given>Alex</given>")]
    [InlineData("<given>Alex</given>", "")]
    [InlineData("19.1\" extension", "19.9\" extension")]
    [InlineData("<creationTime value=\"20260310020000+0000\"/><id extension=\"000123\"/>", "<id extension=\"000123\"/><creationTime value=\"20260310020000+0000\"/>")]
    public async Task A_malformed_file_is_CPF01_with_its_number_and_nothing_is_loaded(string right, string wrong)
    {
        RawUpload.Good.ShouldContain(right);

        var answer = await _trial.AnswerToAsync(RawUpload.Good.Replace(right, wrong));
        CodeOf(answer).ShouldBe("CPF01");
        answer.FileNumber.ShouldBe("000123");
        answer.Results.ShouldBeEmpty();
        (await _trial.HeldAsync()).ShouldBeEmpty();

        using var other = new TrialSystem();
        CodeOf(await other.AnswerToAsync(RawUpload.Good)).ShouldBe("CPF02");
    }

    [Fact]
    public async Task A_malformed_record_makes_the_whole_file_CPF01_even_after_good_ones()
    {
        var bad = RawUpload.OtherRecord.Replace("202601150000", "20260115");

        CodeOf(await _trial.AnswerToAsync(RawUpload.Of(RawUpload.Record(RawUpload.Plan, RawUpload.Child), bad))).ShouldBe("CPF01");

        (await _trial.HeldAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unborn_childs_plan_without_end_is_CPF01()
    {
        var withoutEnd = RawUpload.UnbornPlan.Replace("<component1><uCPEndDate><value value=\"202606010000\"/></uCPEndDate></component1>", string.Empty);
        withoutEnd.ShouldNotBe(RawUpload.UnbornPlan);

        CodeOf(await _trial.AnswerToAsync(RawUpload.Of(RawUpload.Record(withoutEnd, RawUpload.Mother)))).ShouldBe("CPF01");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no XML at all")]
    [InlineData("<Files xmlns=\"urn:hl7-org:v3\"/>")]
    [InlineData("<File/>")]
    [InlineData("<!DOCTYPE File><File xmlns=\"urn:hl7-org:v3\"/>")]
    [InlineData("<File xmlns=\"urn:hl7-org:v3\"><creationTime value=\"2026")]
    public async Task A_file_that_cannot_be_read_at_all_is_CPF01_with_minus_one_for_number_and_quantity(string content)
    {
        _trial.Put("upload-000123.xml", content);
        await _trial.SimulateAsync();

        var bytes = _trial.Inbound().Single().Bytes;
        var text = System.Text.Encoding.UTF8.GetString(bytes);
        text.ShouldContain("<id extension=\"-1\"");
        text.ShouldContain("<transmissionQuantity value=\"-1\"");
        CodeOf(_trial.TakeMessages<Acknowledgement>().Single()).ShouldBe("CPF01");
        _trial.Waiting.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_breaks_off_after_its_head_is_CPF01_under_its_number()
    {
        var answer = await _trial.AnswerToAsync(RawUpload.Good[..^20]);

        CodeOf(answer).ShouldBe("CPF01");
        answer.FileNumber.ShouldBe("000123");
        (await _trial.HeldAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("1", "CPF02")]
    [InlineData("0", "CPF01")]
    [InlineData("2", "CPF01")]
    public async Task A_count_that_is_not_the_number_of_records_is_CPF01(string count, string code)
    {
        var answer = await _trial.AnswerToAsync(RawUpload.Good.Replace("<transmissionQuantity value=\"1\"/>", $"<transmissionQuantity value=\"{count}\"/>"));

        CodeOf(answer).ShouldBe(code);
        (await _trial.HeldAsync()).Count.ShouldBe(code == "CPF02" ? 1 : 0);
    }

    [Theory]
    [InlineData("000123", "000123", "CPF02")]
    [InlineData("7", "7", "CPF02")]
    [InlineData("0", "-1", "CPF01")]
    [InlineData("12A", "-1", "CPF01")]
    public async Task A_file_number_is_a_whole_number_of_1_or_more(string given, string answered, string code)
    {
        var answer = await _trial.AnswerToAsync(RawUpload.Good.Replace("000123", given));

        answer.FileNumber.ShouldBe(answered);
        CodeOf(answer).ShouldBe(code);
    }

    /// <summary>The sender is checked with every record, so that none is loaded.</summary>
    [Theory]
    [InlineData("<telecom use=\"EC\" value=\"tel:01632960002\"/>", "", "EC")]
    [InlineData("<telecom use=\"WP\" value=\"tel:01632960001\"/>", "<telecom use=\"EC\" value=\"tel:01632960003\"/>", "EC")]
    [InlineData("tel:01632960002", "tel:", "empty")]
    [InlineData("tel:01632960001", "tel:", "empty")]
    [InlineData("<name>Sampleshire Council</name>", "<name> </name>", "blank")]
    public async Task A_fault_of_the_sender_is_CPF04_with_CPR07_and_its_reason_for_each_record(string right, string wrong, string reason)
    {
        RawUpload.Good.ShouldContain(right);

        var answer = await _trial.AnswerToAsync(RawUpload.Good.Replace(right, wrong));

        CodeOf(answer).ShouldBe("CPF04");
        var result = answer.Results.Single();
        result.Code.ShouldBe("CPR07");
        result.Detail!.ShouldContain(reason);
        (await _trial.HeldAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_sender_without_office_telephone_is_none_the_worse()
    {
        CodeOf(await _trial.AnswerToAsync(RawUpload.Good.Replace("<telecom use=\"WP\" value=\"tel:01632960001\"/>", string.Empty))).ShouldBe("CPF02");
    }

    /// <summary>What the message definition lets pass: the record is refused, the one beside it is loaded.</summary>
    [Theory]
    [InlineData("9990000018", "9990000017", "CPR04")]
    [InlineData("9990000018", "999000001", "CPR04")]
    [InlineData("9990000018", "999 000 0018", "CPR04")]
    [InlineData("9990000018", "ABC", "CPR04")]
    [InlineData("202601150000", "202602310000", "CPR07")]
    [InlineData("202603090000", "202601140000", "CPR07")]
    [InlineData("146101GB01#CPPInformation", "146100GB01#LACInformation", "CPR07")]
    [InlineData("145101GB01#Child", "145100GB01#UnbornChild", "CPR07")]
    [InlineData("20180504", "201805", "CPR07")]
    [InlineData("20180504", "20180230", "CPR07")]
    [InlineData("<family>Sample</family>", "<family> </family>", "CPR07")]
    public async Task A_fault_of_one_record_is_CPF03_and_rejects_that_record_alone(string right, string wrong, string code)
    {
        var good = RawUpload.Record(RawUpload.Plan, RawUpload.Child);
        good.ShouldContain(right);

        var answer = await _trial.AnswerToAsync(RawUpload.Of(good.Replace(right, wrong), RawUpload.OtherRecord));

        CodeOf(answer).ShouldBe("CPF03");
        (answer.Processed, answer.Successful, answer.Failed).ShouldBe((2, 1, 1));
        answer.Results[0].Code.ShouldBe(code);
        (answer.Results[0].Detail is not null).ShouldBe(code == "CPR07");
        answer.Results[1].ShouldSatisfyAllConditions(r => r.Code.ShouldBe("CPR06"), r => r.NhsNumber.ShouldBe(RawUpload.OtherNumber));
        (await _trial.HeldAsync()).ShouldBe(["P2 CPP 2026-01-15..2026-03-09"]);
    }

    [Fact]
    public async Task An_end_on_the_day_of_the_start_is_loaded()
    {
        CodeOf(await _trial.AnswerToAsync(RawUpload.Good.Replace("202603090000", "202601150000"))).ShouldBe("CPF02");
    }

    [Fact]
    public async Task A_child_protection_plan_of_an_unborn_subject_is_rejected()
    {
        var answer = await _trial.AnswerToAsync(RawUpload.Of(RawUpload.Record(RawUpload.Plan, RawUpload.Mother)));

        CodeOf(answer).ShouldBe("CPF04");
        answer.Results.Single().Code.ShouldBe("CPR07");
    }

    [Fact]
    public async Task A_plan_type_twice_in_a_record_is_rejected_S8()
    {
        var answer = await _trial.AnswerToAsync(RawUpload.Of(RawUpload.Record(RawUpload.Plan, RawUpload.Plan, RawUpload.Child)));

        answer.Results.Single().Code.ShouldBe("CPR07");
    }

    [Theory]
    [InlineData("2008-03-10", "CPR07")]
    [InlineData("2008-03-11", "CPR06")]
    [InlineData("1990-01-01", "CPR07")]
    public async Task S13_a_child_who_is_18_on_the_business_date_is_refused(string born, string code)
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1", born: born));
        await _trial.SimulateAsync();

        _trial.TakeMessages<Acknowledgement>().Single().Results.Single().Code.ShouldBe(code);
        (await _trial.HeldAsync()).Count.ShouldBe(code == "CPR06" ? 1 : 0);
    }

    [Theory]
    [InlineData("2026-02-28", "CPR06")]
    [InlineData("2026-03-01", "CPR07")]
    public async Task S13_who_was_born_on_29_February_is_18_on_1_March(string day, string code)
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1", born: "2008-02-29"));
        await _trial.SimulateAsync("--as-of", day);

        _trial.TakeMessages<Acknowledgement>().Single().Results.Single().Code.ShouldBe(code);
    }

    [Fact]
    public async Task S13_a_mothers_age_is_no_reason_to_refuse()
    {
        await _trial.UploadAsync(1, TrialSystem.Mother(TrialSystem.Number(1), "P1"));
        await _trial.SimulateAsync();

        _trial.TakeMessages<Acknowledgement>().Single().Results.Single().Code.ShouldBe("CPR06");
    }

    [Fact]
    public async Task U2_a_record_told_again_is_replaced_and_one_with_another_start_or_plan_type_stands_beside_it()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"), TrialSystem.Record(TrialSystem.Number(1), "P1", PlanType.Lac));
        await _trial.UploadAsync(2, TrialSystem.Record(TrialSystem.Number(1), "P1", end: "2026-03-01"), TrialSystem.Record(TrialSystem.Number(1), "P1", start: "2026-02-01"));

        var result = await _trial.SimulateAsync();

        result.GetProperty("files_taken").GetInt32().ShouldBe(2);
        result.GetProperty("records_loaded").GetInt32().ShouldBe(4);
        result.GetProperty("held").GetInt32().ShouldBe(3);
        (await _trial.HeldAsync()).ShouldBe(["P1 CPP 2026-01-15..2026-03-01", "P1 CPP 2026-02-01", "P1 LAC 2026-01-15"]);
    }

    [Fact]
    public async Task U3_a_delete_date_removes_that_record_only_also_when_it_is_not_held()
    {
        var number = TrialSystem.Number(1);
        await _trial.UploadAsync(1, TrialSystem.Record(number, "P1"), TrialSystem.Record(number, "P1", PlanType.Lac));
        await _trial.SimulateAsync();
        _trial.TakeMessages<Acknowledgement>();

        await _trial.UploadAsync(
            2, TrialSystem.Record(number, "P1", delete: TrialSystem.Day), TrialSystem.Record(TrialSystem.Number(2), "P2", delete: TrialSystem.Day));
        var result = await _trial.SimulateAsync();

        result.GetProperty("records_removed").GetInt32().ShouldBe(2);
        _trial.TakeMessages<Acknowledgement>().Single().Results.Select(r => r.Code).ShouldBe(["CPR06", "CPR06"]);
        (await _trial.HeldAsync()).ShouldBe(["P1 LAC 2026-01-15"]);
    }

    [Fact]
    public async Task U6_a_file_number_seen_before_with_other_bytes_is_CPF04_and_nothing_is_loaded()
    {
        CodeOf(await _trial.AnswerToAsync(RawUpload.Good)).ShouldBe("CPF02");

        var again = await _trial.AnswerToAsync(RawUpload.Of(RawUpload.OtherRecord).Replace("000123", "123"));

        CodeOf(again).ShouldBe("CPF04");
        again.FileNumber.ShouldBe("123");
        again.Results.ShouldBeEmpty();
        (await _trial.HeldAsync()).ShouldBe(["P1 CPP 2026-01-15..2026-03-09"]);
        Directory.GetFiles(_trial.Taken).Length.ShouldBe(2);
    }

    [Fact]
    public async Task The_same_bytes_once_more_load_nothing_and_get_the_same_answer_byte_for_byte()
    {
        var bytes = await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"));
        await _trial.SimulateAsync();
        var first = _trial.Inbound().Single();
        File.Delete(Path.Combine(_trial.Inbox, first.Name));

        _trial.Now = _trial.Now.AddHours(3);
        _trial.Put(TrialSystem.UploadName(1), bytes);
        var result = await _trial.SimulateAsync();

        result.GetProperty("records_loaded").GetInt32().ShouldBe(0);
        result.GetProperty("files")[0].GetProperty("taken_before").GetBoolean().ShouldBeTrue();
        var second = _trial.Inbound().Single();
        second.Name.ShouldBe(first.Name);
        second.Bytes.ShouldBe(first.Bytes);
        _trial.Waiting.ShouldBeEmpty();
    }

    [Fact]
    public async Task Uploads_are_taken_in_the_order_of_their_numbers_as_numbers()
    {
        var number = TrialSystem.Number(1);
        await _trial.UploadAsync(1_000_000, TrialSystem.Record(number, "P1", family: "Last"));
        await _trial.UploadAsync(999_999, TrialSystem.Record(number, "P1", family: "First"));

        var result = await _trial.SimulateAsync();

        result.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("file_number").GetString()).ShouldBe(["999999", "1000000"]);
        (await _trial.ShowAsync()).GetProperty("records")[0].GetProperty("family_name").GetString().ShouldBe("Last");
    }

    [Fact]
    public async Task Files_that_are_no_hl7v3_uploads_and_half_written_ones_are_left_alone()
    {
        _trial.Put("upload-000001.csv", "a,b");
        _trial.Put(".upload-000002.xml.tmp", RawUpload.Good);

        var result = await _trial.SimulateAsync();

        result.GetProperty("files_taken").GetInt32().ShouldBe(0);
        result.GetProperty("other_files").GetInt32().ShouldBe(1);
        _trial.Waiting.ShouldBe([".upload-000002.xml.tmp", "upload-000001.csv"]);
    }

    [Fact]
    public async Task A_number_that_could_be_a_real_persons_is_not_taken_unless_allowed()
    {
        // Valid by modulus 11, and outside the range that is never given to patients.
        const string Outside = "4010232137";
        NhsNumber.TryParse(Outside, out _).ShouldBeTrue();
        _trial.Put(TrialSystem.UploadName(123), RawUpload.Good.Replace(RawUpload.Number, Outside));

        var refused = await _trial.TryAsync();
        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain("--any-number");
        refused.Error.ShouldNotContain(Outside);
        _trial.Waiting.ShouldBe([TrialSystem.UploadName(123)]);
        _trial.Inbound().ShouldBeEmpty();
        Directory.GetFiles(_trial.Taken).ShouldBeEmpty();

        (await _trial.SimulateAsync("--any-number")).GetProperty("records_loaded").GetInt32().ShouldBe(1);
        _trial.Waiting.ShouldBeEmpty();
    }

    private static string CodeOf(Acknowledgement answer) => answer.FileCodes.Single().Code;
}
