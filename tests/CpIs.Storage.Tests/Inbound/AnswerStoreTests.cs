using CpIs.Domain.Acknowledgements;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Report;
using Shouldly;

namespace CpIs.Storage.Tests.Inbound;

[Covers(typeof(AnswerStore))]
public abstract class AnswerStoreTests(string provider) : StoreTests(provider)
{
    private AnswerStore _answers = null!;
    private SequenceNumber _file;
    private int _messages;

    protected override async Task PrepareAsync()
    {
        _answers = new AnswerStore(Session);
        _file = await TellAsync(Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(2), "P2"));
    }

    [Fact]
    public async Task K3_the_first_answer_stands_until_one_fills_it_in_and_all_are_kept_in_order()
    {
        (await _answers.FirstAsync(_file, default)).ShouldBeNull();
        await AddAsync(AnswerEffect.StaysUnanswered, "none", false);
        (await _answers.FirstAsync(_file, default)).ShouldBeNull();
        await AddAsync(AnswerEffect.Answered, "first", false);
        await AddAsync(AnswerEffect.Contradicts, "other", true);
        (await _answers.FirstAsync(_file, default)).ShouldBe(new FirstAnswer("first", false));
        await AddAsync(AnswerEffect.FillsIn, "whole", true);
        (await _answers.FirstAsync(_file, default)).ShouldBe(new FirstAnswer("whole", true));
        (await new PersonStore(Session).AnswersAsync(_file, default)).Select(a => (a.Codes, a.Effect, a.AnsweredAt)).ShouldBe(
            new[] { "StaysUnanswered", "Answered", "Contradicts", "FillsIn" }.Select(e => ("CPF03;CPF05", e, Any.Now)));
        (await new PersonStore(Session).AnswersAsync(new(9), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_toFiles_that_are_not_ours_are_kept_with_the_number_as_given()
    {
        await AddAsync(AnswerEffect.NoSuchFile, "f", true, given: "0000𠮷", toFile: false);
        await AddAsync(AnswerEffect.Answered, "g", true);
        (await _answers.ToUnknownFilesAsync(default)).ShouldBe(["0000𠮷"]);
    }

    [Fact]
    public async Task K6_what_was_unanswered_is_filled_in_and_the_ledger_follows()
    {
        await Files.MarkAnsweredAsync(new FileAnswer(_file, Any.Now, "I1", [], FileOutcome.ByRecord, [new(1, RecordOutcome.Confirmed, "OK", null, null)]), default);
        var open = (await Files.RecordsAsync(_file).ToListAsync()).Select(r => r.ToEvent()).Where(r => r.Outcome == RecordOutcome.Unanswered);
        await _answers.FillInAsync(_file, [.. open.Select(r => new RecordVerdict(r, RecordOutcome.Rejected, "X02", "why", "more"))], Any.Now.AddHours(1), default);
        (await Files.RecordsAsync(_file).ToListAsync()).Select(r => (r.Outcome, r.AnswerCode, r.AnsweredAt)).ShouldBe(
            [(RecordOutcome.Confirmed, "OK", Any.Now), (RecordOutcome.Rejected, "X02", Any.Now.AddHours(1))]);
        var ledger = new LedgerStore(Session);
        (await ledger.RowsOfPersonAsync("P1", default)).ShouldHaveSingleItem().State.ShouldBe("confirmed");
        (await ledger.RowsOfPersonAsync("P2", default)).ShouldHaveSingleItem().State.ShouldBe("rejected");
    }

    [Fact]
    public async Task K3_what_was_answered_stays_whoever_asks_for_it_to_be_filled_in()
    {
        await Files.MarkAnsweredAsync(new FileAnswer(_file, Any.Now, "I1", [], FileOutcome.ByRecord, [new(1, RecordOutcome.Confirmed, "OK", null, null)]), default);
        var all = (await Files.RecordsAsync(_file).ToListAsync()).Select(r => r.ToEvent());
        await _answers.FillInAsync(_file, [.. all.Select(r => new RecordVerdict(r, RecordOutcome.Rejected, "X02", "why", "more"))], Any.Now.AddHours(1), default);
        await _answers.FillInAsync(_file, [.. all.Select(r => new RecordVerdict(r, RecordOutcome.Confirmed, "OK", null, null))], Any.Now.AddHours(2), default);
        (await Files.RecordsAsync(_file).ToListAsync()).Select(r => (r.Outcome, r.AnswerCode, r.AnsweredAt)).ShouldBe(
            [(RecordOutcome.Confirmed, "OK", Any.Now), (RecordOutcome.Rejected, "X02", Any.Now.AddHours(1))]);
        var ledger = new LedgerStore(Session);
        (await ledger.RowsOfPersonAsync("P1", default)).ShouldHaveSingleItem().State.ShouldBe("confirmed");
        (await ledger.RowsOfPersonAsync("P2", default)).ShouldHaveSingleItem().State.ShouldBe("rejected");
    }

    private async Task AddAsync(AnswerEffect effect, string fingerprint, bool isComplete, string given = "000001", bool toFile = true)
    {
        var id = (await new InboundStore(Session).StoreAsync(new NewInbound("folder", $"{++_messages}", "1", $"h{_messages}", 0, [], null, true, Any.Now), "R1", default)).InboundId;
        await _answers.AddAsync(id, toFile ? _file : null, given, ["CPF03", "CPF05"], new AcknowledgementReading(effect, [], [], fingerprint), isComplete, "R1", Any.Now, default);
    }
}

public sealed class AnswerStoreTestsOnSqlite() : AnswerStoreTests(TestFolder.Sqlite);

public sealed class AnswerStoreTestsOnSqlServer() : AnswerStoreTests(TestFolder.SqlServer);
