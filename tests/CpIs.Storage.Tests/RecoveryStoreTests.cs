using CpIs.Domain.Decisions;
using CpIs.Domain.Values;
using CpIs.Storage.Ledger;
using Shouldly;

namespace CpIs.Storage.Tests;

[Covers(typeof(RecoveryStore))]
public abstract class RecoveryStoreTests(string provider) : StoreTests(provider)
{
    // The night on which clocks go back in England; the database keeps UTC.
    private static readonly DateTimeOffset Told = new(2026, 10, 25, 1, 30, 0, 123, TimeSpan.Zero);
    private LedgerStore _ledger = null!;
    private RecoveryStore _recovery = null!;

    protected override Task PrepareAsync()
    {
        _ledger = new LedgerStore(Session);
        _recovery = new RecoveryStore(Session);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_sent_file_is_put_back_once_with_its_records_and_the_ends_of_earlier_histories()
    {
        var first = Any.Decision(Any.Key(1), "𠮷 é", end: new DateOnly(2026, 5, 1));
        var second = Any.Decision(Any.Key(2), "P2", DecisionKind.Remove);
        await ReserveAsync(3);
        (await RestoreAsync(File(7, Told, lapses: [new(1, new(3), Any.Today.AddDays(-1)), new(9, new(3), Any.Today)]), first, second)).ShouldBeTrue();

        var file = (await Files.FindAsync(new(7), default))!;
        (file.Status, file.Attempts, file.MessageId, file.DuplicateRisk, file.RecordCount, file.LocalId, file.CreatedAt, file.BegunAt, file.ToldAt)
            .ShouldBe((FileStatus.Sent, 1, "M7", true, 2, "L7", Told.AddMinutes(-2), Told.AddMinutes(-1), Told));
        (await Files.RecordsAsync(new(7)).ToListAsync()).Select(r => (r.Record, r.ToldAt)).ShouldBe([(first.Record!, (DateTimeOffset?)Told), (second.Record!, Told)]);
        (await _ledger.RowsOfPersonAsync("𠮷 é", default)).ShouldHaveSingleItem().State.ShouldBe("told");
        (await _recovery.LapsesAsync(new(7), default)).ShouldBe([new EarlierLapse(1, new(3), Any.Today.AddDays(-1))]);
        (await _recovery.UnarchivedAsync(default)).ShouldBe([new SequenceNumber(7)]);
        await _recovery.ArchivedAsync(new(7), default);
        (await _recovery.UnarchivedAsync(default)).ShouldBeEmpty();

        (await RestoreAsync(File(7, Told.AddHours(1)), Any.Decision(Any.Key(3), "P3"))).ShouldBeFalse();
        (await Files.FindAsync(new(7), default))!.ToldAt.ShouldBe(Told);
        (await Files.RecordsAsync(new(7)).CountAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task A_file_whose_sending_was_begun_is_put_back_so_and_its_records_count_as_told_from_then_on()
    {
        (await RestoreAsync(File(2, null), Any.Decision(Any.Key(1), "P1"))).ShouldBeTrue();
        var file = (await Files.FindAsync(new(2), default))!;
        (file.Status, file.ToldAt).ShouldBe((FileStatus.Sending, null));
        (await Files.RecordsAsync(new(2)).ToListAsync()).ShouldHaveSingleItem().ToldAt.ShouldBe(Told.AddMinutes(-1));
    }

    [Fact]
    public async Task A_file_that_does_not_fit_its_records_leaves_nothing_behind()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => RestoreAsync(File(4, Told) with { File = File(4, Told).File with { RecordCount = 2 } }, Any.Decision(Any.Key(1), "P1")));
        (await Files.FindAsync(new(4), default)).ShouldBeNull();
        (await _recovery.NumbersAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_number_seen_in_use_gets_a_row_and_one_that_was_begun_keeps_what_it_says()
    {
        await ReserveAsync(5);
        await ReserveAsync(6, "The archive has no such file.");
        await RestoreAsync(File(8, Told), Any.Decision(Any.Key(1), "P1"));
        await ReserveAsync(8, "The archive has no such file.");
        (await _recovery.NumbersAsync(default)).OrderBy(n => n.Number).ShouldBe([new UsedNumber(new(5), 0, false), new(new(6), 0, true), new(new(8), 1, false)]);
        (await Files.FindAsync(new(5), default))!.Status.ShouldBe(FileStatus.Void);
        (await RestoreAsync(File(6, Told), Any.Decision(Any.Key(2), "P2"))).ShouldBeTrue();
        (await _recovery.NumbersAsync(default)).ShouldContain(new UsedNumber(new(6), 1, false));
    }

    [Fact]
    public async Task What_a_run_in_the_future_told_and_ended_is_taken_back_to_today()
    {
        await RestoreAsync(File(1, Any.Now.AddHours(-1)), Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(3), "P3"));
        await RestoreAsync(File(2, Any.Now.AddDays(3)), Any.Decision(Any.Key(2), "P2"));
        await LapseAsync(1, Any.Today.AddDays(1));
        await LapseAsync(3, Any.Today);
        await _recovery.ArchivedAsync(new(1), default);
        await _recovery.ArchivedAsync(new(2), default);

        (await _recovery.TakeBackAsync(Any.Now, Any.Today, default)).ShouldBe((1, 1));
        (await Files.FindAsync(new(1), default))!.ToldAt.ShouldBe(Any.Now.AddHours(-1));
        var taken = (await Files.FindAsync(new(2), default))!;
        (taken.BegunAt, taken.ToldAt).ShouldBe((Any.Now, Any.Now));
        (await Files.RecordsAsync(new(2)).ToListAsync()).ShouldHaveSingleItem().ToldAt.ShouldBe(Any.Now);
        (await _ledger.RowsOfPersonAsync("P1", default)).ShouldHaveSingleItem().State.ShouldBe("told");
        (await _ledger.RowsOfPersonAsync("P3", default)).ShouldHaveSingleItem().State.ShouldBe("lapsed");
        (await _recovery.UnarchivedAsync(default)).ShouldContain(new SequenceNumber(2));
        (await _recovery.TakeBackAsync(Any.Now, Any.Today, default)).ShouldBe((0, 0));
    }

    private static RestoredFile File(long number, DateTimeOffset? told, params IReadOnlyList<EarlierLapse> lapses)
    {
        var begun = (told ?? Told).AddMinutes(-1);
        return new RestoredFile(
            new NewFile(new(number), "hl7v3", $"upload-{number}.xml", $"runs/R1/upload-{number}.xml", "00", 0, $"L{number}"), begun.AddMinutes(-1), begun, told, $"M{number}", 0, true, false, lapses);
    }

    private Task<bool> RestoreAsync(RestoredFile file, params IReadOnlyList<Decision> records) => _recovery.RestoreAsync(
        file.File.RecordCount > 0 ? file : file with { File = file.File with { RecordCount = records.Count } }, records, "XX", "R1", Any.Now, default);

    private Task ReserveAsync(long number, string? notRebuilt = null) => _recovery.ReserveAsync(new(number), "XX", "R1", Any.Now, notRebuilt, default);

    private Task LapseAsync(int key, DateOnly on) => _ledger.LapseAsync(new[] { Any.Key(key) }.ToAsyncEnumerable(), on, default);
}

public sealed class RecoveryStoreTestsOnSqlite() : RecoveryStoreTests(TestFolder.Sqlite);

public sealed class RecoveryStoreTestsOnSqlServer() : RecoveryStoreTests(TestFolder.SqlServer);
