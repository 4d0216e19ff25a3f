using CpIs.Domain.Exchange;
using Shouldly;

namespace CpIs.Batch.Tests.StandIn;

/// <summary>Answers made to order.</summary>
public sealed class AnswerOptionTests : IDisposable
{
    private readonly TrialSystem _trial = new();

    public void Dispose() => _trial.Dispose();

    [Theory]
    [InlineData("CPR01", false)]
    [InlineData("CPR02", false)]
    [InlineData("CPR03", false)]
    [InlineData("CPR04", false)]
    [InlineData("CPR05", false)]
    [InlineData("CPR07", true)]
    [InlineData("CPR99", false)]
    public async Task K1_a_record_is_rejected_on_request_by_local_person_id(string code, bool hasDetail)
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"), TrialSystem.Record(TrialSystem.Number(2), "P2"));

        var result = await _trial.SimulateAsync("--reject", $"P1={code}");

        result.GetProperty("records_rejected").GetInt32().ShouldBe(1);
        var answer = _trial.TakeMessages<Acknowledgement>().Single();
        answer.FileCodes.Single().Code.ShouldBe("CPF03");
        answer.Results.Select(r => r.Code).ShouldBe([code, "CPR06"]);
        answer.Results[0].Display.ShouldNotBeNullOrWhiteSpace();
        (answer.Results[0].Detail is not null).ShouldBe(hasDetail);
        (await _trial.HeldAsync()).ShouldBe(["P2 CPP 2026-01-15"]);
    }

    [Fact]
    public async Task K1_every_record_of_the_person_is_rejected_and_a_file_of_nothing_else_is_CPF04()
    {
        await _trial.UploadAsync(
            1,
            TrialSystem.Record(TrialSystem.Number(1), "P=1"),
            TrialSystem.Record(TrialSystem.Number(1), "P=1", start: "2026-02-01"),
            TrialSystem.Mother(TrialSystem.Number(2), "P2"));

        await _trial.SimulateAsync("--reject", "P=1=CPR03", "--reject", "P2=CPR01");

        var answer = _trial.TakeMessages<Acknowledgement>().Single();
        answer.FileCodes.Single().Code.ShouldBe("CPF04");
        (answer.Processed, answer.Successful, answer.Failed).ShouldBe((3, 0, 3));
        answer.Results.Select(r => r.Code).ShouldBe(["CPR03", "CPR03", "CPR01"]);
    }

    [Fact]
    public async Task A_person_named_by_an_option_and_not_met_is_exit_code_5_and_told()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"));

        var result = await _trial.TryAsync("--reject", "P7=CPR03", "--access-of", "P8", "--inactive-of", "P9");

        result.ExitCode.ShouldBe(5);
        result.Out.ShouldContain("P7, P8, P9");
        _trial.TakeMessages<Acknowledgement>().Single().FileCodes.Single().Code.ShouldBe("CPF02");
    }

    [Theory]
    [InlineData("CPF01")]
    [InlineData("CPF05")]
    [InlineData("CPF06")]
    [InlineData("CPF42")]
    public async Task K2_every_waiting_file_gets_the_code_asked_for_and_nothing_is_loaded(string code)
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"));
        await _trial.UploadAsync(2, TrialSystem.Record(TrialSystem.Number(2), "P2"));

        await _trial.SimulateAsync("--file-code", code);

        var answers = _trial.TakeMessages<Acknowledgement>();
        answers.Select(a => (a.FileNumber, a.FileCodes.Single().Code)).ShouldBe([("000001", code), ("000002", code)]);
        answers.ShouldAllBe(a => a.Results.Count == 0 && a.Successful == 0);
        (await _trial.HeldAsync()).ShouldBeEmpty();
        _trial.Waiting.ShouldBeEmpty();

        await _trial.UploadAsync(3, TrialSystem.Record(TrialSystem.Number(1), "P1"));
        await _trial.SimulateAsync();
        _trial.TakeMessages<Acknowledgement>().Single().FileCodes.Single().Code.ShouldBe("CPF02");
    }

    [Fact]
    public async Task U9_an_acknowledgement_is_lost_on_request_and_comes_when_the_same_file_is_sent_again()
    {
        var bytes = await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"));

        var result = await _trial.SimulateAsync("--no-answer");

        result.GetProperty("answers").GetInt32().ShouldBe(0);
        result.GetProperty("records_loaded").GetInt32().ShouldBe(1);
        _trial.Waiting.ShouldBeEmpty();
        await _trial.SimulateAsync();
        _trial.Inbound().ShouldBeEmpty();
        (await _trial.HeldAsync()).ShouldBe(["P1 CPP 2026-01-15"]);

        _trial.Put(TrialSystem.UploadName(1), bytes);
        await _trial.SimulateAsync();
        _trial.TakeMessages<Acknowledgement>().Single().Results.Single().Code.ShouldBe("CPR06");
    }

    [Theory]
    [InlineData("--reject P1", "--reject takes a local person id and a code")]
    [InlineData("--reject P1=CPR06", "no rejection")]
    [InlineData("--reject =CPR03", "--reject takes a local person id and a code")]
    [InlineData("--reject P1=CPF03", "--reject takes a local person id and a code")]
    [InlineData("--reject P1=CPR03 --reject P1=CPR01", "twice")]
    [InlineData("--file-code CPR05", "--file-code takes CPF and two digits")]
    [InlineData("--file-code CPF05 --reject P1=CPR03", "does not go with")]
    [InlineData("--replacements two", "two")]
    [InlineData("--device", "--device goes with")]
    [InlineData("--accesses -1", "--accesses takes a whole number from 0")]
    [InlineData("--inactive 100001", "--inactive takes a whole number from 0")]
    [InlineData("--show --accesses 1", "--show does nothing else")]
    [InlineData("--show --no-answer", "--show does nothing else")]
    public async Task Options_that_cannot_be_used_are_exit_code_2(string options, string problem)
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"));

        var result = await _trial.TryAsync(options.Split(' '));

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain(problem);
        _trial.Waiting.ShouldBe([TrialSystem.UploadName(1)]);
    }

    [Fact]
    public async Task Another_transport_than_the_folder_is_exit_code_2()
    {
        _trial.Variables.AddRange(
            [
                KeyValuePair.Create("CPIS__TRANSPORT__KIND", "mesh-client"),
                KeyValuePair.Create("CPIS__TRANSPORT__MESHCLIENT__MAILBOX", "X99OT001"),
                KeyValuePair.Create("CPIS__TRANSPORT__MESHCLIENT__RECIPIENT", "X99OT002"),
                KeyValuePair.Create("CPIS__TRANSPORT__MESHCLIENT__WORKFLOWIDS__UPLOAD", "W"),
                KeyValuePair.Create("CPIS__AUTHORITY__CODE", "X98"),
                KeyValuePair.Create("CPIS__AUTHORITY__ODSCODE", "X98"),
                KeyValuePair.Create("CPIS__AUTHORITY__NAME", "Otherton Council"),
                KeyValuePair.Create("CPIS__AUTHORITY__EMERGENCYDUTYPHONE", "01632960002"),
            ]);

        var result = await _trial.TryAsync();

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("Transport:Kind");
    }

    [Fact]
    public async Task The_folders_are_those_that_are_configured()
    {
        var elsewhere = Path.Combine(_trial.Data, "elsewhere");
        _trial.Variables.Add(KeyValuePair.Create("CPIS__TRANSPORT__FOLDER__OUT", Path.Combine("elsewhere", "to-cpis")));
        _trial.Variables.Add(KeyValuePair.Create("CPIS__TRANSPORT__FOLDER__IN", Path.Combine(elsewhere, "from-cpis")));
        Directory.CreateDirectory(Path.Combine(elsewhere, "to-cpis"));
        File.WriteAllText(Path.Combine(elsewhere, "to-cpis", "upload-000123.xml"), RawUpload.Good);

        await _trial.SimulateAsync();

        Directory.GetFiles(Path.Combine(elsewhere, "from-cpis")).Length.ShouldBe(1);
        Directory.GetFiles(Path.Combine(elsewhere, "to-cpis")).ShouldBeEmpty();
        _trial.Inbound().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_second_stand_in_at_work_in_the_same_folder_is_exit_code_4()
    {
        await _trial.SimulateAsync();
        await using var held = new FileStream(Path.Combine(_trial.Root, "standin.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        (await _trial.TryAsync()).ExitCode.ShouldBe(4);
    }

    [Fact]
    public async Task No_line_shown_or_logged_holds_a_name_a_birth_date_or_an_NHS_number()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1", family: "Unlikelyname", born: "2018-05-04"));
        var result = await _trial.TryAsync("--accesses", "1", "--inactive", "1");
        var show = await _trial.TryAsync("--show");

        var logs = Directory.GetFiles(Path.Combine(_trial.Data, "logs")).Select(File.ReadAllText).ToList();
        logs.ShouldNotBeEmpty();
        foreach (var text in logs.Concat([result.Out, result.Error, show.Out, show.Error]))
        {
            text.ShouldNotContain("Unlikelyname");
            text.ShouldNotContain("2018-05-04");
            text.ShouldNotContain("20180504");
            text.ShouldNotContain(TrialSystem.Number(1));
        }
    }
}
