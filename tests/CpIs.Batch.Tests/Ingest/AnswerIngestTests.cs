using CpIs.Batch.Ingest;
using CpIs.Domain.Values;
using CpIs.Transport;
using Shouldly;
using static CpIs.Batch.Tests.Ingest.IngestWorld;

namespace CpIs.Batch.Tests.Ingest;

public class AnswerIngestTests
{
    private const string Outcomes = "SELECT file_number, record_number, outcome, answer_code FROM cpis_file_record ORDER BY 1, 2";
    private const string Ledger = "SELECT nhs_number, plan_type, state FROM cpis_ledger ORDER BY 1, 2";

    /// <summary>Two children, the second also looked after, and an unborn child; file 1 told.</summary>
    private static async Task<IngestWorld> TwoChildrenAsync()
    {
        var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Person("P2", "9990000026", "Bo", worker: "W2");
        world.Person("M1", "9990000034", "Mary", planStart: null);
        world.Person("U1", null, "", "Sample", mother: "M1", unborn: true);
        await world.TellAsync(
            Record("P1", "9990000018", PlanType.Cpp),
            Record("P2", "9990000026", PlanType.Cpp),
            Record("P2", "9990000026", PlanType.Lac),
            Record("M1", "9990000034", PlanType.Ucpp, children: ["U1"]));
        return world;
    }

    [Fact]
    public async Task K1_confirmations_confirm_the_ledger_and_rejections_go_to_worker_and_manager_in_plain_words()
    {
        using var world = await TwoChildrenAsync();
        world.Receive("a.csv", AnswerHeader + """
            000001,CPF03,,9990000018,CPP,CPR06,
            000001,CPF03,,9990000026,,CPR06,
            000001,CPF03,,9990000026,LAC,CPR03,
            000001,CPF03,,9990000034,UCPP,CPR05,

            """);
        var result = await world.IngestAsync();
        (result.Acknowledgements, result.Rejected, result.NeedsOperator).ShouldBe((1, 2, true));
        world.Rows(Outcomes).ShouldBe(["1|1|confirmed|CPR06", "1|2|confirmed|CPR06", "1|3|rejected|CPR03", "1|4|rejected|CPR05"]);
        world.Rows(Ledger).ShouldBe(["9990000018|CPP|confirmed", "9990000026|CPP|confirmed", "9990000026|LAC|rejected", "9990000034|UCPP|rejected"]);
        world.Alerts().ShouldBe(["upload-rejected|P2|worker|W2|open", "upload-rejected|U1|worker|W1|open", "upload-rejected|U1|manager|W2|open"]);
        var words = world.Rows("SELECT description FROM cpis_alert WHERE alert_id IN (1, 2) ORDER BY alert_id");
        words[0].ShouldContain("for Bo Sample was not accepted by CP-IS (upload file 000001). The NHS knows the NHS number that was sent, but with another name");
        words[1].ShouldContain("The mother's NHS number that was sent has been replaced");
    }

    [Theory]
    [InlineData("CPR02")]
    [InlineData("CPR07")]
    [InlineData("CPR42")]
    public async Task K1_codes_that_no_worker_can_put_right_go_to_the_role_of_the_childs_team_verbatim(string code)
    {
        using var world = await TwoChildrenAsync();
        world.Receive("a.csv", AnswerHeader + $"1,CPF03,1,9990000018,CPP,{code},CPD12 Not stored\n");
        (await world.IngestAsync()).Rejected.ShouldBe(1);
        world.Alerts().ShouldBe(["upload-rejected|P1|role|CP-IS duty North|open"]);
        world.Rows("SELECT description FROM cpis_alert").Single().ShouldContain($"CP-IS says: {code}, CPD12 Not stored.");
    }

    [Fact]
    public async Task K2_CPF02_without_records_confirms_all_of_them()
    {
        using var world = await TwoChildrenAsync();
        world.Receive("a.csv", AnswerHeader + "1,CPF02,,,,,\n");
        (await world.IngestAsync()).NeedsOperator.ShouldBeFalse();
        world.Rows("SELECT DISTINCT state FROM cpis_ledger").ShouldBe(["confirmed"]);
        world.Alerts().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("CPF01", "failed")]
    [InlineData("CPF04", "failed")]
    [InlineData("CPF06", "failed")]
    [InlineData("CPF03", "unanswered")]
    [InlineData("CPF99", "unanswered")]
    public async Task K2_what_file_codes_do_to_the_records(string code, string outcome)
    {
        using var world = await TwoChildrenAsync();
        world.Receive("a.csv", AnswerHeader + $"1,{code},,,,,\n");
        (await world.IngestAsync()).NeedsOperator.ShouldBeTrue();
        world.Rows("SELECT DISTINCT outcome FROM cpis_file_record").ShouldBe([outcome]);
        world.Alerts().ShouldBe([outcome == "failed" ? "file-rejected||role|CP-IS duty|open" : "acknowledgement-problem||role|CP-IS duty|open"]);

        // A later answer is the first one of a file that stayed unanswered, and the second one of another.
        world.Receive("b.csv", AnswerHeader + "1,CPF02,,,,,\n");
        await world.IngestAsync();
        world.Rows("SELECT DISTINCT outcome FROM cpis_file_record").ShouldBe([outcome == "failed" ? "failed" : "confirmed"]);
    }

    [Fact]
    public async Task K2_CPF05_is_due_again_without_alert_until_the_third_in_a_row_for_any_record()
    {
        using var world = await TwoChildrenAsync();
        world.Receive("a.csv", AnswerHeader + "1,CPF05,,,,,\n");
        (await world.IngestAsync()).NeedsOperator.ShouldBeFalse();
        world.Rows("SELECT DISTINCT outcome, answer_code FROM cpis_file_record").ShouldBe(["failed|CPF05"]);
        await world.TellAsync(Record("P1", "9990000018", PlanType.Cpp));
        world.Receive("b.csv", AnswerHeader + "2,cpf05,,,,,\n");
        (await world.IngestAsync()).NeedsOperator.ShouldBeFalse();
        await world.TellAsync(Record("P2", "9990000026", PlanType.Cpp), Record("P1", "9990000018", PlanType.Cpp));
        world.Receive("c.csv", AnswerHeader + "3,CPF05,,,,,\n");
        (await world.IngestAsync()).NeedsOperator.ShouldBeTrue();
        world.Alerts().ShouldBe(["file-rejected||role|CP-IS duty|open"]);
        world.Rows("SELECT description FROM cpis_alert").Single().ShouldContain("failure number 3 in a row");
    }

    [Fact]
    public async Task K2_CPF01_for_no_file_names_the_unanswered_ones_and_marks_none()
    {
        using var world = await TwoChildrenAsync();
        world.Receive("a.csv", AnswerHeader + "-1,CPF01,,,,,\n");
        await world.IngestAsync();
        world.Alerts().ShouldBe(["file-rejected||role|CP-IS duty|open"]);
        world.Rows("SELECT description FROM cpis_alert").Single().ShouldContain("Unanswered at present: 000001.");
        world.Rows("SELECT DISTINCT outcome FROM cpis_file_record").ShouldBe(["unanswered"]);
    }

    [Fact]
    public async Task K3_a_second_answer_is_counted_when_it_says_the_same_and_raised_when_it_does_not()
    {
        using var world = await TwoChildrenAsync();
        world.Receive("a.csv", AnswerHeader + "1,CPF03,1,9990000018,CPP,CPR06,\n");
        await world.IngestAsync();
        world.Receive("b.csv", AnswerHeader + "000001,CPF03,,999 000 0018,,CPR06,\n");
        (await world.IngestAsync()).NeedsOperator.ShouldBeFalse();
        world.Receive("c.csv", AnswerHeader + "1,CPF03,1,9990000018,CPP,CPR01,\n");
        (await world.IngestAsync()).NeedsOperator.ShouldBeTrue();
        world.Rows("SELECT effect, is_first FROM cpis_answer ORDER BY answer_id").ShouldBe(["Answered|1", "SaysTheSame|0", "Contradicts|0"]);
        world.Rows(Outcomes)[0].ShouldBe("1|1|confirmed|CPR06");
        world.Alerts().ShouldBe(["acknowledgement-problem||role|CP-IS duty|open"]);
    }

    [Theory]
    [InlineData("7,CPF02,,,,,")]
    [InlineData("1,CPF03,,9990000069,CPP,CPR06,")]
    public async Task K3_an_unknown_file_or_record_is_raised_and_kept(string line)
    {
        using var world = await TwoChildrenAsync();
        world.Receive("a.csv", AnswerHeader + line + "\n");
        (await world.IngestAsync()).NeedsOperator.ShouldBeTrue();
        world.Alerts().ShouldBe(["acknowledgement-problem||role|CP-IS duty|open"]);
        world.Rows("SELECT DISTINCT outcome FROM cpis_file_record").ShouldBe(["unanswered"]);
        world.Rows("SELECT COUNT(*) FROM cpis_answer").ShouldBe(["1"]);
    }

    [Fact]
    public async Task U9_an_answer_to_a_file_whose_sending_broke_off_proves_that_it_arrived()
    {
        using var world = await TwoChildrenAsync();
        world.Sql("UPDATE cpis_file SET status = 'sending', told_at = NULL");
        world.Receive("a.csv", AnswerHeader + "1,CPF02,,,,,\n");
        await world.IngestAsync();
        world.Rows("SELECT status, outcome FROM cpis_file").ShouldBe(["sent|confirmed"]);
    }

    [Fact]
    public async Task Acknowledgements_are_applied_before_accesses_whatever_they_are_called()
    {
        using var world = await TwoChildrenAsync();
        world.Receive("a-access.csv", AccessHeader + "Q1,2026-03-09T14:05:00Z,9990000034,,Jo,Nurse,RXX,Hospital,\n");
        world.Receive("b-answer.csv", AnswerHeader + "1,CPF04,,,,,\n");
        (await world.IngestAsync()).Unmatched.ShouldBe(1);
    }

    private static readonly string[] s_failedReport = ["file-rejected||role|CP-IS duty|open"];

    [Theory]
    [InlineData("15", "SEND", true, true)]
    [InlineData("14", "SEND", true, true)]
    [InlineData("00", "TRANSFER", false, false)]
    [InlineData("05", "TRANSFER", true, false)]
    [InlineData("15", "RECEIVE", true, false)]
    public async Task K2_transport_reports_fail_the_file_they_are_about(string code, string topic, bool isError, bool fails)
    {
        using var world = await TwoChildrenAsync();
        var transport = new ReportingTransport(new TransportReport("message-000001", null, isError, topic, code, "Bad CP-IS file"));
        var result = await world.IngestAsync(new IngestInput.Waiting(transport));
        (result.TransportReports, result.NeedsOperator).ShouldBe((1, fails));
        world.Alerts().ShouldBe(fails ? s_failedReport : []);
        world.Rows("SELECT DISTINCT outcome FROM cpis_file_record").ShouldBe([fails ? "failed" : "unanswered"]);
        transport.Completed.ShouldBe(1);
        (await world.IngestAsync(new IngestInput.Waiting(transport))).Messages.ShouldBe(0);
        Directory.GetFiles(world.Data.Archive).Select(Path.GetFileName).ShouldBe(["inbound-000001.json"]);
    }

    [Fact]
    public async Task K2_a_report_about_no_file_of_ours_is_raised()
    {
        using var world = await TwoChildrenAsync();
        var transport = new ReportingTransport(new TransportReport("other", "local-000009", true, "SEND", "14", "Undelivered"));
        await world.IngestAsync(new IngestInput.Waiting(transport));
        world.Alerts().ShouldBe(["acknowledgement-problem||role|CP-IS duty|open"]);
    }

    /// <summary>A transport whose only item is a report that it found outside its inbox.</summary>
    private sealed class ReportingTransport(TransportReport report) : ITransport
    {
        public int Completed { get; private set; }

        public string Kind => "mesh-client";

        public Task<SendResult> SendAsync(OutboundFile file, ISendJournal journal, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ReceivedItem> ReceiveAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<ReceivedItem>();

        public Task CompleteAsync(ReceivedItem item, CancellationToken cancellationToken)
        {
            Completed++;
            return Task.CompletedTask;
        }

        public IAsyncEnumerable<ReceivedItem> ReportsAsync(CancellationToken cancellationToken) =>
            new[] { new ReceivedItem("failed/1.ctl", "1.ctl", null, report, Stamp: "s") }.ToAsyncEnumerable();
    }
}
