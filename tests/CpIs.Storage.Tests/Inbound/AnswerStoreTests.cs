using CpIs.Domain.Acknowledgements;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Report;
using CpIs.Storage.Runs;
using Shouldly;

namespace CpIs.Storage.Tests.Inbound;

[Covers(typeof(AnswerStore))]
public abstract class AnswerStoreTests(string provider) : IAsyncLifetime, IDisposable
{
    private readonly TestFolder _folder = new(provider);
    private StorageSession _session = null!;
    private FileStore _files = null!;
    private AnswerStore _answers = null!;
    private SequenceNumber _file;
    private int _messages;

    public async Task InitializeAsync()
    {
        _session = await (await _folder.NewDatabaseAsync()).OpenAsync(default);
        _files = new FileStore(_session);
        _answers = new AnswerStore(_session);
        await new RunStore(_session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);
        _file = await _files.TakeNumberAsync("XX", "R1", Any.Now, default);
        await _files.AddAsync(
            [new NewFile(_file, "hl7v3", "1.xml", "runs/R1/1.xml", "00", 2, "L1")], new[] { Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(2), "P2") }.ToAsyncEnumerable(), default);
        await _files.MarkSendingAsync(_file, Any.Now, default);
        await _files.MarkSentAsync(_file, Any.Now, null, false, default);
    }

    public async Task DisposeAsync() => await _session.DisposeAsync();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
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
        (await new PersonStore(_session).AnswersAsync(_file, default)).Select(a => (a.Codes, a.Effect, a.AnsweredAt)).ShouldBe(
            new[] { "StaysUnanswered", "Answered", "Contradicts", "FillsIn" }.Select(e => ("CPF03;CPF05", e, Any.Now)));
        (await new PersonStore(_session).AnswersAsync(new(9), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_to_files_that_are_not_ours_are_kept_with_the_number_as_given()
    {
        await AddAsync(AnswerEffect.NoSuchFile, "f", true, given: "0000𠮷", toFile: false);
        await AddAsync(AnswerEffect.Answered, "g", true);
        (await _answers.ToUnknownFilesAsync(default)).ShouldBe(["0000𠮷"]);
    }

    [Fact]
    public async Task K6_what_was_unanswered_is_filled_in_and_the_ledger_follows()
    {
        await _files.MarkAnsweredAsync(new FileAnswer(_file, Any.Now, "I1", [], FileOutcome.ByRecord, [new(1, RecordOutcome.Confirmed, "OK", null, null)]), default);
        var open = (await _files.RecordsAsync(_file).ToListAsync()).Select(r => r.ToEvent()).Where(r => r.Outcome == RecordOutcome.Unanswered);
        await _answers.FillInAsync(_file, [.. open.Select(r => new RecordVerdict(r, RecordOutcome.Rejected, "X02", "why", "more"))], Any.Now.AddHours(1), default);
        (await _files.RecordsAsync(_file).ToListAsync()).Select(r => (r.Outcome, r.AnswerCode, r.AnsweredAt)).ShouldBe(
            [(RecordOutcome.Confirmed, "OK", Any.Now), (RecordOutcome.Rejected, "X02", Any.Now.AddHours(1))]);
        var ledger = new LedgerStore(_session);
        (await ledger.RowsOfPersonAsync("P1", default)).ShouldHaveSingleItem().State.ShouldBe("confirmed");
        (await ledger.RowsOfPersonAsync("P2", default)).ShouldHaveSingleItem().State.ShouldBe("rejected");
    }

    private async Task AddAsync(AnswerEffect effect, string fingerprint, bool isComplete, string given = "000001", bool toFile = true)
    {
        var id = (await new InboundStore(_session).StoreAsync(new NewInbound("folder", $"{++_messages}", "1", $"h{_messages}", 0, [], null, true, Any.Now), "R1", default)).InboundId;
        await _answers.AddAsync(id, toFile ? _file : null, given, ["CPF03", "CPF05"], new AcknowledgementReading(effect, [], [], fingerprint), isComplete, "R1", Any.Now, default);
    }
}

public sealed class AnswerStoreTestsOnSqlite() : AnswerStoreTests(TestFolder.Sqlite);

public sealed class AnswerStoreTestsOnSqlServer() : AnswerStoreTests(TestFolder.SqlServer);
