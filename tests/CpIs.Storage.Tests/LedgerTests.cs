using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using Dapper;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Storage.Tests;

[Covers(typeof(FileStore), typeof(LedgerStore))]
public abstract class LedgerTests(string provider) : IAsyncLifetime, IDisposable
{
    private static readonly AcknowledgementCode Busy = new("CPF05", "PDS Error");
    private readonly TestFolder _folder = new(provider);
    private Database _database = null!;
    private StorageSession _session = null!;
    private FileStore _files = null!;
    private LedgerStore _ledger = null!;

    public async Task InitializeAsync()
    {
        _database = await _folder.NewDatabaseAsync();
        await OpenAsync();
        await new RunStore(_session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);
    }

    public async Task DisposeAsync() => await _session.DisposeAsync();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task U6_numbers_rise_by_one_and_are_never_reused_whatever_is_lost()
    {
        (await TakeAsync()).Value.ShouldBe(1);
        (await TakeAsync()).Value.ShouldBe(2);
        await _session.DisposeAsync();
        await OpenAsync();
        (await TakeAsync()).Value.ShouldBe(3);
        (await _files.FindAsync(new(2), default))!.Status.ShouldBe(FileStatus.Void);
        (await _files.FindAsync(new(4), default)).ShouldBeNull();
        await _files.MoveSequencePastAsync("XX", new(40), default);
        await _files.MoveSequencePastAsync("XX", new(7), default);
        (await TakeAsync()).Value.ShouldBe(41);

        // Another code of the same council goes on where the first was: file numbers stay unique in the database.
        (await _files.TakeNumberAsync("YY", "R1", Any.Now, default)).Value.ShouldBe(42);
        (await TakeAsync()).Value.ShouldBe(43);
    }

    [Fact]
    public async Task U6_a_number_is_not_handed_out_inside_a_transaction_that_could_be_rolled_back() =>
        await Should.ThrowAsync<InvalidOperationException>(() => _session.InTransactionAsync(() => TakeAsync(), default));

    [Fact]
    public async Task U6_a_transform_run_again_voids_what_was_not_sent()
    {
        var first = await AddAsync(Any.Decision(Any.Key(1), "P1"));
        var sending = await AddAsync(Any.Decision(Any.Key(2), "P2"));
        (await _files.FindAsync(first, default))!.Status.ShouldBe(FileStatus.Void);
        await _files.MarkSendingAsync(sending, Any.Now, default);
        var third = await AddAsync(Any.Decision(Any.Key(3), "P3"));
        (await _files.DueAsync(default)).Select(f => (f.Number, f.Status)).ShouldBe([(sending, FileStatus.Sending), (third, FileStatus.Ready)]);
        await _files.AddAsync([], AsyncEnumerable.Empty<Decision>(), default);
        (await _files.DueAsync(default)).ShouldHaveSingleItem().Number.ShouldBe(sending);

        // What a void file said is kept, but was never told.
        (await _files.RecordsAsync(third).ToListAsync()).ShouldHaveSingleItem().ToldAt.ShouldBeNull();
        (await _ledger.HistoryAsync(Any.Key(3), default)).ShouldBeEmpty();
        await Should.ThrowAsync<InvalidOperationException>(() => _files.MarkSendingAsync(third, Any.Now, default));
        await Should.ThrowAsync<InvalidOperationException>(() => _files.MarkSentAsync(third, Any.Now, null, false, default));
    }

    [Fact]
    public async Task A_file_is_stored_with_its_records_as_decided()
    {
        var changed = new DateTimeOffset(2026, 3, 9, 8, 7, 6, 543, TimeSpan.Zero);
        var one = Any.Decision(Any.Key(1, PlanType.Ucpp), "M1", sources: ["A", "B"], children: ["C1", "C2"], end: new DateOnly(2026, 6, 1), changedAt: changed);
        one = one with { Record = one.Record! with { VisibleUntil = new DateOnly(2026, 6, 29), EndIsForecast = true } };
        var two = Any.Decision(Any.Key(2), "𠮷 é", DecisionKind.Remove) with { Cause = "cause" };
        var three = Any.Decision(Any.Key(3), "P3");
        var (a, b) = (await TakeAsync(), await TakeAsync());
        await _files.AddAsync([New(a, 2), New(b, 1)], new[] { one, two, three }.ToAsyncEnumerable(), default);

        var file = (await _files.DueAsync(default))[0];
        (file.Number, file.AuthorityCode, file.RunId, file.Format, file.FileName, file.Path, file.Sha256, file.RecordCount, file.LocalId, file.CreatedAt, file.Attempts)
            .ShouldBe((a, "XX", "R1", "hl7v3", "upload-000001.xml", "runs/R1/upload-000001.xml", "00", 2, "L000001", Any.Now, 0));
        var records = await _files.RecordsAsync(a).ToListAsync();
        records.Select(r => r.Record).ShouldBe([one.Record!, two.Record!]);
        records.Select(r => (r.RecordNumber, r.Kind, r.Reason, r.Cause, r.ChangedAt, r.Outcome)).ShouldBe(
            [(1, DecisionKind.New, "", "", changed, RecordOutcome.Unanswered), (2, DecisionKind.Remove, Reasons.GoneFromSource, "cause", null, RecordOutcome.Unanswered)]);
        records[0].SourceIds.ShouldBe(["A", "B"]);
        records[0].ChildIds.ShouldBe(["C1", "C2"]);
        (await _files.RecordsAsync(b).ToListAsync()).ShouldHaveSingleItem().Record.ShouldBe(three.Record);
        (await _files.OfRunAsync("R1", default)).Select(f => f.Number).ShouldBe([a, b]);
        (await _files.OldestUntoldChangeAsync(default)).ShouldBe(changed);
        (await _files.OldestChangeOfRunAsync("R1", default)).ShouldBe(changed);
        (await _files.OldestChangeOfRunAsync("none", default)).ShouldBeNull();
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 2)]
    [InlineData(2, 0)]
    public async Task Files_and_records_must_match_or_nothing_is_stored(int announced, int given)
    {
        var earlier = await AddAsync(Any.Decision(Any.Key(9), "P9"));
        var number = await TakeAsync();
        await Should.ThrowAsync<InvalidOperationException>(() => _files.AddAsync(
            [New(number, announced)], Enumerable.Range(1, given).Select(i => Any.Decision(Any.Key(i), "P" + i)).ToAsyncEnumerable(), default));
        (await _files.FindAsync(number, default))!.Status.ShouldBe(FileStatus.Void);
        (await _files.RecordsAsync(number).ToListAsync()).ShouldBeEmpty();
        (await _files.DueAsync(default)).ShouldHaveSingleItem().Number.ShouldBe(earlier);
    }

    [Fact]
    public async Task A_number_that_was_not_handed_out_or_is_taken_is_refused()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => _files.AddAsync([New(new(7), 1)], One(), default));
        var number = await AddAsync(Any.Decision(Any.Key(1), "P1"));
        await Should.ThrowAsync<InvalidOperationException>(() => _files.AddAsync([New(number, 1)], One(), default));
        (await _files.FindAsync(number, default))!.Status.ShouldBe(FileStatus.Ready);

        static IAsyncEnumerable<Decision> One() => new[] { Any.Decision(Any.Key(1), "P1") }.ToAsyncEnumerable();
    }

    [SkippableFact]
    public async Task U6_a_connection_lost_while_files_are_added_leaves_a_void_number_that_is_never_reused()
    {
        var number = await TakeAsync();
        await using var torn = await _database.OpenAsync(default);
        var session = _folder.IsServer ? await torn.Connection.ExecuteScalarAsync<int>("SELECT @@SPID") : 0;
        await Should.ThrowAsync<Exception>(() => new FileStore(torn).AddAsync([New(number, 2)], TearAsync(), default));
        (await _files.FindAsync(number, default))!.Status.ShouldBe(FileStatus.Void);
        (await _files.RecordsAsync(number).ToListAsync()).ShouldBeEmpty();
        (await TakeAsync()).ShouldBe(number.Next);

        async IAsyncEnumerable<Decision> TearAsync()
        {
            yield return Any.Decision(Any.Key(1), "P1");
            if (_folder.IsServer)
            {
                TestServer.Demand($"KILL {session}");
            }
            else
            {
                await torn.DisposeAsync();
            }

            yield return Any.Decision(Any.Key(2), "P2");
        }
    }

    [Fact]
    public async Task U6_a_process_killed_while_it_adds_files_leaves_a_void_number_that_is_never_reused()
    {
        var earlier = await AddAsync(Any.Decision(Any.Key(9), "P9"));
        for (var round = 1; round <= 3; round++)
        {
            await using var other = await OtherProcess.StartAsync("add-files", _folder);
            await other.KillAsync();
            var lost = new SequenceNumber(earlier.Value + round);
            (await _files.FindAsync(lost, default))!.Status.ShouldBe(FileStatus.Void);
            (await _files.RecordsAsync(lost).ToListAsync()).ShouldBeEmpty();
            (await _files.DueAsync(default)).ShouldHaveSingleItem().Number.ShouldBe(earlier);
        }

        (await AddAsync(Any.Decision(Any.Key(1), "P1"))).Value.ShouldBe(5);
    }

    [Fact]
    public async Task A_sending_goes_from_begun_to_told_and_its_records_count_from_the_beginning()
    {
        var number = await AddAsync(Any.Decision(Any.Key(1), "P1"));
        await Should.ThrowAsync<InvalidOperationException>(() => _files.SetMessageIdAsync(number, "M1", default));
        await _files.MarkSendingAsync(number, Any.Now, default);
        await _files.SetMessageIdAsync(number, "M1", default);
        (await _ledger.HistoryAsync(Any.Key(1), default)).ShouldHaveSingleItem().ToldAt.ShouldBe(Any.Now);
        (await StateAsync("P1")).ShouldBe("told");

        await _files.MarkUnknownAsync(number, "504", "no answer", default);
        var begun = await _files.FindByLocalIdAsync("L000001", default);
        (begun!.Status, begun.BegunAt, begun.MessageId, begun.FailureCode, begun.Attempts).ShouldBe((FileStatus.Sending, Any.Now, "M1", "504", 1));

        await _files.MarkSentAsync(number, Any.Now.AddMinutes(5), null, duplicateRisk: true, default);
        await _files.MarkSentAsync(number, Any.Now.AddMinutes(9), "M9", duplicateRisk: false, default);
        var sent = await _files.FindByMessageIdAsync("M1", default);
        (sent!.Status, sent.ToldAt, sent.DuplicateRisk, sent.FailureCode).ShouldBe((FileStatus.Sent, Any.Now.AddMinutes(5), true, null));
        (await _ledger.HistoryAsync(Any.Key(1), default)).ShouldHaveSingleItem().ToldAt.ShouldBe(Any.Now.AddMinutes(5));
        (await _files.DueAsync(default)).ShouldBeEmpty();
        await Should.ThrowAsync<InvalidOperationException>(() => _files.MarkNotSentAsync(number, null, null, false, default));
        await Should.ThrowAsync<InvalidOperationException>(() => _files.MarkSendingAsync(number, Any.Now, default));
    }

    [Fact]
    public async Task Of_two_sessions_that_take_files_at_once_each_gets_others_and_none_is_taken_twice_or_left()
    {
        const int Files = 12;
        var numbers = new List<SequenceNumber>();
        for (var i = 1; i <= Files; i++)
        {
            numbers.Add(await TakeAsync());
        }

        await _files.AddAsync(
            [.. numbers.Select(n => new NewFile(n, "hl7v3", "f", "f", "00", 1, $"L{n}"))], numbers.Select((_, i) => Any.Decision(Any.Key(i + 1), $"P{i + 1}")).ToAsyncEnumerable(), default);
        var claims = await Task.WhenAll(ClaimAllAsync(), ClaimAllAsync(), ClaimAllAsync());
        claims.SelectMany(c => c).Order().ShouldBe(numbers);
        (await _files.DueAsync(default)).ShouldAllBe(f => f.Status == FileStatus.Sending && f.Attempts == 1 && f.BegunAt == Any.Now);

        // The claim alone: the ledger rows that follow it would only make the sessions wait for each other.
        async Task<List<SequenceNumber>> ClaimAllAsync()
        {
            await using var session = await _database.OpenAsync(default);
            var claimed = new List<SequenceNumber>();
            foreach (var number in numbers)
            {
                if (await session.InRepeatableTransactionAsync(() => session.ClaimAsync("files/begin-sending", new { number = number.Value, begunAt = Any.Now }, default), default) is { } taken)
                {
                    taken.ShouldBe(number.Value);
                    claimed.Add(number);
                }
            }

            return claimed;
        }
    }

    [Fact]
    public async Task A_file_that_was_not_taken_is_due_again_and_was_not_told()
    {
        var number = await AddAsync(Any.Decision(Any.Key(1), "P1"));
        await _files.MarkSendingAsync(number, Any.Now, default);
        await _files.MarkNotSentAsync(number, "403", "not allowed", refused: true, default);
        (await _ledger.HistoryAsync(Any.Key(1), default)).ShouldBeEmpty();
        (await _ledger.RowsOfPersonAsync("P1", default)).ShouldBeEmpty();
        var file = (await _files.DueAsync(default)).ShouldHaveSingleItem();
        (file.Status, file.BegunAt, file.IsRefused, file.FailureText, file.Attempts).ShouldBe((FileStatus.Ready, null, true, "not allowed", 1));

        await _files.MarkSendingAsync(number, Any.Now.AddDays(1), default);
        file = (await _files.DueAsync(default)).ShouldHaveSingleItem();
        (file.IsRefused, file.FailureText, file.Attempts, file.BegunAt).ShouldBe((false, null, 2, Any.Now.AddDays(1)));
    }

    [Fact]
    public async Task U9_unanswered_files_are_found_by_the_time_they_were_told()
    {
        var (a, b, c) = (await TellAsync(Any.Now.AddHours(-50), Any.Decision(Any.Key(1), "P1")), await TellAsync(Any.Now.AddHours(-48), Any.Decision(Any.Key(2), "P2")), await TellAsync(Any.Now.AddHours(-47), Any.Decision(Any.Key(3), "P3")));
        (await UnansweredAsync()).ShouldBe([a, b]);
        await AnswerAsync(a, FileOutcome.Confirmed);
        (await UnansweredAsync()).ShouldBe([b]);
        c.Value.ShouldBe(3);

        async Task<List<SequenceNumber>> UnansweredAsync() => [.. (await _files.UnansweredAsync(Any.Now - Any.Window, default)).Select(f => f.Number)];
    }

    [Fact]
    public async Task K1_an_answer_by_record_leaves_those_not_listed_unanswered()
    {
        var number = await TellAsync(Any.Now, Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(2), "P2"), Any.Decision(Any.Key(3), "P3"));
        (await AnswerAsync(number, FileOutcome.ByRecord, new RecordAnswer(1, RecordOutcome.Confirmed, "CPR06", "ok", null), new RecordAnswer(3, RecordOutcome.Rejected, "CPR07", "no", "detail 12"))).ShouldBe(AnswerResult.Applied);
        var records = await _files.RecordsAsync(number).ToListAsync();
        records.Select(r => (r.Outcome, r.AnswerCode, r.AnswerDetail, r.AnsweredAt.HasValue)).ShouldBe(
            [(RecordOutcome.Confirmed, "CPR06", null, true), (RecordOutcome.Unanswered, null, null, false), (RecordOutcome.Rejected, "CPR07", "detail 12", true)]);
        records[2].ToEvent().RejectionCode.ShouldBe("CPR07");
        records[0].ToEvent().RejectionCode.ShouldBeNull();
        (await StateAsync("P1"), await StateAsync("P2"), await StateAsync("P3")).ShouldBe(("confirmed", "told", "rejected"));
        (await _ledger.RejectedAsync().ToListAsync()).ShouldHaveSingleItem().RecordNumber.ShouldBe(3);
        (await _ledger.CountByStateAsync(default)).ShouldBe(new Dictionary<string, long> { ["confirmed"] = 1, ["rejected"] = 1, ["told"] = 1 });
        var file = await _files.FindAsync(number, default);
        (file!.Outcome, file.AnswerSource).ShouldBe((FileOutcome.ByRecord, "I1"));
        file.AnswerCodes.ShouldBe([Busy]);
    }

    [Fact]
    public async Task K3_the_first_answer_stands()
    {
        var number = await TellAsync(Any.Now, Any.Decision(Any.Key(1), "P1"));
        (await AnswerAsync(number, FileOutcome.Confirmed)).ShouldBe(AnswerResult.Applied);
        (await AnswerAsync(number, FileOutcome.Failed)).ShouldBe(AnswerResult.AlreadyAnswered);
        (await AnswerAsync(new(77), FileOutcome.Confirmed)).ShouldBe(AnswerResult.NotTold);
        (await StateAsync("P1")).ShouldBe("confirmed");
        var ready = await AddAsync(Any.Decision(Any.Key(2), "P2"));
        (await AnswerAsync(ready, FileOutcome.Confirmed)).ShouldBe(AnswerResult.NotTold);
        (await _files.FindAsync(ready, default))!.AnsweredAt.ShouldBeNull();
    }

    [Fact]
    public async Task An_answer_proves_that_a_begun_file_arrived()
    {
        var begun = await AddAsync(Any.Decision(Any.Key(1), "P1"));
        await _files.MarkSendingAsync(begun, Any.Now, default);
        (await AnswerAsync(begun, FileOutcome.Confirmed)).ShouldBe(AnswerResult.Applied);
        var file = await _files.FindAsync(begun, default);
        (file!.Status, file.ToldAt).ShouldBe((FileStatus.Sent, Any.Now));

        // The transport had said that nothing went out, and the record was put into another file.
        var denied = await AddAsync(Any.Decision(Any.Key(2), "P2"));
        await _files.MarkSendingAsync(denied, Any.Now, default);
        await _files.MarkNotSentAsync(denied, null, null, false, default);
        var again = await TellAsync(Any.Now.AddHours(1), Any.Decision(Any.Key(2), "P2"));
        (await AnswerAsync(denied, FileOutcome.Confirmed)).ShouldBe(AnswerResult.Applied);
        (await _ledger.HistoryAsync(Any.Key(2), default)).Select(r => (r.FileNumber, r.Outcome)).ShouldBe([(denied, RecordOutcome.Confirmed), (again, RecordOutcome.Unanswered)]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task U1_what_a_newer_file_told_is_due_again_when_an_older_one_comes_to_CP_IS_after_it(bool removal, bool answerSaysSo)
    {
        var (old, other) = (Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(2), "P2"));
        var changed = removal ? Any.Decision(Any.Key(1), "P1", DecisionKind.Remove) : WithEnd(old, new DateOnly(2026, 3, 1));
        var first = await TellAsync(Any.Now, old, other);
        await AnswerAsync(first, FileOutcome.Confirmed);

        // It begins to go out and is kept up; what follows does not wait for it, and is confirmed.
        var late = await AddAsync(old);
        await _files.MarkSendingAsync(late, Any.Now.AddHours(1), default);
        var newer = await TellAsync(Any.Now.AddHours(2), changed, WithEnd(other, new DateOnly(2026, 3, 1)));
        await AnswerAsync(newer, FileOutcome.Confirmed);
        (await StateAsync("P1")).ShouldBe(removal ? "removed" : "confirmed");

        if (answerSaysSo)
        {
            await AnswerAsync(late, FileOutcome.Confirmed);
        }
        else
        {
            await _files.MarkSentAsync(late, Any.Now.AddHours(3), null, false, default);
        }

        (await StateAsync("P1")).ShouldBe(removal ? "removal-failed" : "failed");
        (await StateAsync("P2")).ShouldBe("confirmed");
        var entry = (await SnapshotAsync()).Single(e => e.Key == Any.Key(1));
        entry.ForComparison(Any.Now.AddHours(4), Any.Window)!.FileNumber.ShouldBe(late);
        entry.MayBeHeld(Any.Now.AddHours(4), Any.Window)!.FileNumber.ShouldBe(late);
    }

    [Fact]
    public async Task U1_an_answer_does_not_confirm_what_an_older_file_has_overwritten()
    {
        var old = Any.Decision(Any.Key(1), "P1");
        var late = await AddAsync(old);
        await _files.MarkSendingAsync(late, Any.Now, default);
        var newer = await TellAsync(Any.Now.AddHours(1), WithEnd(old, new DateOnly(2026, 3, 1)));
        await _files.MarkSentAsync(late, Any.Now.AddHours(2), null, false, default);
        (await AnswerAsync(newer, FileOutcome.Confirmed)).ShouldBe(AnswerResult.Applied);
        (await StateAsync("P1")).ShouldBe("failed");

        // The same told twice: whichever comes last, CP-IS holds it.
        var same = await AddAsync(Any.Decision(Any.Key(2), "P2"));
        await _files.MarkSendingAsync(same, Any.Now, default);
        await AnswerAsync(await TellAsync(Any.Now.AddHours(1), Any.Decision(Any.Key(2), "P2")), FileOutcome.Confirmed);
        await _files.MarkSentAsync(same, Any.Now.AddHours(2), null, false, default);
        (await StateAsync("P2")).ShouldBe("confirmed");
    }

    [Fact]
    public async Task K2_the_third_CPF05_in_a_row_for_any_record_can_be_told()
    {
        async Task<int> FailAsync(params Decision[] decisions)
        {
            var number = await TellAsync(Any.Now, decisions);
            await AnswerAsync(number, FileOutcome.Failed);
            return await _files.ConsecutiveFailuresAsync(number, "CPF05", default);
        }

        var (one, two) = (Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(2), "P2"));
        (await FailAsync(one)).ShouldBe(1);
        (await FailAsync(one, two)).ShouldBe(2);
        (await FailAsync(two)).ShouldBe(2);
        (await FailAsync(one, two)).ShouldBe(3);
        await AnswerAsync(await TellAsync(Any.Now, one, two), FileOutcome.Confirmed);
        (await FailAsync(one, two)).ShouldBe(1);
        (await StateAsync("P1")).ShouldBe("failed");
    }

    [Fact]
    public async Task U6_history_is_found_by_person_child_number_and_file()
    {
        var number = await TellAsync(Any.Now, Any.Decision(Any.Key(1, PlanType.Ucpp), "M1", children: ["C1", "C2"]), Any.Decision(Any.Key(1), "M1"), Any.Decision(Any.Key(2), "C2"));
        var later = await TellAsync(Any.Now, Any.Decision(Any.Key(1), "M1", DecisionKind.Remove));
        await AddAsync(Any.Decision(Any.Key(1), "M1"));
        async Task<List<(SequenceNumber, int)>> PersonAsync(string id) => [.. (await _ledger.HistoryOfPersonAsync(id, default)).Select(r => (r.FileNumber, r.RecordNumber))];
        (await PersonAsync("M1")).ShouldBe([(number, 1), (number, 2), (later, 1)]);
        (await PersonAsync("C1")).ShouldBe([(number, 1)]);
        (await PersonAsync("C2")).ShouldBe([(number, 1), (number, 3)]);
        (await PersonAsync("c2")).ShouldBeEmpty();
        (await _ledger.HistoryOfNumberAsync(Any.Number(1), default)).Count.ShouldBe(3);
        (await _ledger.RecordsAsync(number, Any.Number(1), default)).Select(r => r.RecordNumber).ShouldBe([1, 2]);
        (await _ledger.RowsOfPersonAsync("C2", default)).Select(r => (r.Key.PlanType.Code, r.HolderId)).ShouldBe([("CPP", "C2"), ("UCPP", "M1")]);
    }

    [Fact]
    public async Task S9_a_record_that_is_made_of_other_rows_is_found_by_its_children_of_today()
    {
        var number = await TellAsync(Any.Now, Any.Decision(Any.Key(1, PlanType.Ucpp), "M1", children: ["C1", "C2"]), Any.Decision(Any.Key(2), "C2"));
        var regrouped = new Regrouping(number, 1, ["p1", "p3"], ["C1", "C3", "M1"]);

        await _ledger.RegroupAsync(new[] { regrouped, regrouped }.ToAsyncEnumerable(), default);

        var entry = (await SnapshotAsync()).Single(e => e.Key.PlanType == PlanType.Ucpp);
        entry.Last!.SourceIds.ShouldBe(["p1", "p3"]);
        entry.Last.ChildIds.ShouldBe(["C1", "C3", "M1"]);
        (await SnapshotAsync()).Single(e => e.Key.PlanType == PlanType.Cpp).Last!.ChildIds.ShouldNotContain("C3");
        foreach (var person in new[] { "C1", "C2", "C3", "M1" })
        {
            (await _ledger.HistoryOfPersonAsync(person, default)).Count(r => r.Record.Key.PlanType == PlanType.Ucpp).ShouldBe(1, person);
        }
    }

    [Fact]
    public async Task S10_a_lapse_ends_the_history_and_a_new_telling_begins_another()
    {
        var first = await TellAsync(Any.Now, Any.Decision(Any.Key(1), "P1"));
        await LapseAsync(Any.Key(1), Any.Key(9));
        await LapseAsync(Any.Key(1));
        var row = (await _ledger.RowsOfPersonAsync("P1", default)).ShouldHaveSingleItem();
        (row.State, row.LapsedAfterFile, row.LapsedOn).ShouldBe(("lapsed", first, Any.Today));
        await AnswerAsync(first, FileOutcome.Confirmed);
        (await StateAsync("P1")).ShouldBe("lapsed");
        (await SnapshotAsync()).ShouldBeEmpty();

        var second = await TellAsync(Any.Now, Any.Decision(Any.Key(1), "P1"));
        row = (await _ledger.RowsOfPersonAsync("P1", default)).ShouldHaveSingleItem();
        (row.State, row.LastFile, row.LapsedAfterFile).ShouldBe(("told", second, first));
        (await SnapshotAsync()).ShouldHaveSingleItem().Last!.FileNumber.ShouldBe(second);
        await LapseAsync(Any.Key(1));
        (await SnapshotAsync()).ShouldBeEmpty();
    }

    [Fact]
    public void U1_the_ledger_is_the_fold_of_whatever_was_told_and_answered()
    {
        var step = from kind in Gen.Choose(0, 9) from keys in Gen.SubListOf(1, 2, 3) from remove in Gen.Choose(0, 3) from pick in Gen.Choose(0, 5) from hours in Gen.Choose(0, 60) select (kind, keys, remove == 0, pick, hours);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(_folder.IsServer ? 8 : 40), Prop.ForAll(step.ListOf(14).ToArbitrary(), steps => Task.Run(() => RunAsync(steps)).GetAwaiter().GetResult()));

        async Task<bool> RunAsync(List<(int Kind, List<int> Keys, bool Remove, int Pick, int Hours)> steps)
        {
            await _session.DisposeAsync();
            _database = await _folder.NewDatabaseAsync(Guid.NewGuid().ToString("N") + ".db");
            await OpenAsync();

            if (!_folder.IsServer)
            {
                // Thousands of commits, none of which has to survive anything.
                await _session.ExecuteTextAsync("PRAGMA synchronous = OFF", default);
            }

            await new RunStore(_session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);
            var model = new Model();
            var now = Any.Now;
            foreach (var (kind, keys, remove, pick, hours) in steps)
            {
                now = now.AddHours(hours);
                var told = model.Files.Where(f => f.Told is not null).ToList();
                var target = told.Count == 0 ? null : told[pick % told.Count];
                switch (kind)
                {
                    case <= 4 when keys.Count > 0:
                        var decisions = keys.Select(k => Any.Decision(Any.Key(k), "P" + k, remove ? DecisionKind.Remove : DecisionKind.New)).ToArray();
                        var number = await TellAsync(now, decisions);
                        model.Files.Add(new ModelFile(number, now, keys.Select(k => (k, remove)).ToList()));
                        break;
                    case 5 or 6 when target is not null:
                        var outcome = pick % 2 == 0 ? FileOutcome.Confirmed : FileOutcome.Failed;
                        await AnswerAsync(target.Number, outcome);
                        target.Answer(Enumerable.Range(1, target.Records.Count), outcome == FileOutcome.Confirmed ? RecordOutcome.Confirmed : RecordOutcome.Failed);
                        break;
                    case 7 when target is not null:
                        await AnswerAsync(target.Number, FileOutcome.ByRecord, new RecordAnswer(1, RecordOutcome.Rejected, "CPR01", null, null));
                        target.Answer([1], RecordOutcome.Rejected);
                        break;
                    case 8:
                        await LapseAsync([.. keys.Select(k => Any.Key(k))]);
                        model.Lapse(keys);
                        break;
                    case 9:
                        var begun = await AddAsync(Any.Decision(Any.Key(1 + (pick % 3)), "P" + (1 + (pick % 3))));
                        await _files.MarkSendingAsync(begun, now, default);
                        await _files.MarkNotSentAsync(begun, null, null, false, default);
                        break;
                    default:
                        break;
                }
            }

            var entries = (await SnapshotAsync()).ToDictionary(e => e.Key);
            return new[] { 1, 2, 3 }.All(k =>
            {
                var expected = model.Entry(k);
                var actual = entries.GetValueOrDefault(Any.Key(k)) ?? new LedgerEntry(Any.Key(k), []);
                return Enumerable.Range(0, 4).Select(i => now.AddHours(i * 30)).All(at =>
                    expected.Last?.FileNumber == actual.Last?.FileNumber
                    && expected.Last?.Outcome == actual.Last?.Outcome
                    && expected.Confirmed?.FileNumber == actual.Confirmed?.FileNumber
                    && expected.MayBeHeld(at, Any.Window)?.FileNumber == actual.MayBeHeld(at, Any.Window)?.FileNumber
                    && expected.ForComparison(at, Any.Window)?.FileNumber == actual.ForComparison(at, Any.Window)?.FileNumber);
            });
        }
    }

    [Fact]
    public async Task U9_a_record_waits_since_the_first_file_that_should_have_told_it()
    {
        (await _files.LastUsedAsync(default)).ShouldBe(0);
        await TellAsync(Any.Now, Any.Decision(Any.Key(1), "P1"));
        var first = await AddAsync(Any.Decision(Any.Key(1), "P1"));
        var second = await AddAsync(Any.Decision(Any.Key(2), "P2"), Any.Decision(Any.Key(1), "P1"));
        (await _files.WaitingSinceAsync(second, default)).ShouldBe(new WaitingSince(first, Any.Now, 2));
        (await _files.WaitingSinceAsync(await TakeAsync(), default)).ShouldBeNull();
        (await _files.LastUsedAsync(default)).ShouldBe(4);
    }

    private static NewFile New(SequenceNumber number, int records) =>
        new(number, "hl7v3", $"upload-{number}.xml", $"runs/R1/upload-{number}.xml", "00", records, $"L{number}");

    private async Task OpenAsync()
    {
        _session = await _database.OpenAsync(default);
        _files = new FileStore(_session);
        _ledger = new LedgerStore(_session);
    }

    private Task<SequenceNumber> TakeAsync() => _files.TakeNumberAsync("XX", "R1", Any.Now, default);

    private async Task<SequenceNumber> AddAsync(params Decision[] decisions)
    {
        var number = await TakeAsync();
        await _files.AddAsync([New(number, decisions.Length)], decisions.ToAsyncEnumerable(), default);
        return number;
    }

    private async Task<SequenceNumber> TellAsync(DateTimeOffset at, params Decision[] decisions)
    {
        var number = await AddAsync(decisions);
        await _files.MarkSendingAsync(number, at, default);
        await _files.MarkSentAsync(number, at, null, false, default);
        return number;
    }

    private Task<AnswerResult> AnswerAsync(SequenceNumber number, FileOutcome outcome, params RecordAnswer[] records) =>
        _files.MarkAnsweredAsync(new FileAnswer(number, Any.Now.AddHours(2), "I1", [Busy], outcome, records), default);

    private static Decision WithEnd(Decision decision, DateOnly end) =>
        decision with { Record = decision.Record! with { Content = decision.Record.Content with { End = end } } };

    private Task LapseAsync(params RecordKey[] keys) => _ledger.LapseAsync(keys.ToAsyncEnumerable(), Any.Today, default);

    private async Task<string> StateAsync(string personId) => (await _ledger.RowsOfPersonAsync(personId, default)).ShouldHaveSingleItem().State;

    private async Task<List<LedgerEntry>> SnapshotAsync() =>
        [.. (await _ledger.SnapshotAsync().ToListAsync()).GroupBy(r => r.ToRecord().Record.Key)
            .Select(g => new LedgerEntry(g.Key, g.Select(r => r.ToRecord().ToEvent()), g.First().LapsedAfterFile is { } n ? new SequenceNumber(n) : null))];

    /// <summary>All that was ever told, in lists, folded by the domain from the whole history.</summary>
    private sealed class Model
    {
        private readonly Dictionary<int, SequenceNumber> _lapsed = [];

        public List<ModelFile> Files { get; } = [];

        public void Lapse(IEnumerable<int> keys)
        {
            foreach (var key in keys)
            {
                if (Files.LastOrDefault(f => f.Records.Any(r => r.Key == key)) is { } last)
                {
                    _lapsed[key] = last.Number;
                }
            }
        }

        public LedgerEntry Entry(int key) => new(
            Any.Key(key),
            Files.SelectMany(f => f.Records.Select((r, i) => (File: f, r.Key, r.Remove, Outcome: f.Outcomes[i])))
                .Where(x => x.Key == key)
                .Select(x => new LedgerEvent(
                    Any.Key(key), x.File.Number, 1, x.Remove, Any.Decision(Any.Key(key), "P" + key).Record!.Content, null, null, false, [], [], "", x.File.Told!.Value, x.Outcome, null)),
            _lapsed.TryGetValue(key, out var after) ? after : null);
    }

    private sealed class ModelFile(SequenceNumber number, DateTimeOffset told, List<(int Key, bool Remove)> records)
    {
        private bool _answered;

        public SequenceNumber Number { get; } = number;

        public DateTimeOffset? Told { get; } = told;

        public List<(int Key, bool Remove)> Records { get; } = records;

        public RecordOutcome[] Outcomes { get; } = new RecordOutcome[records.Count];

        public void Answer(IEnumerable<int> recordNumbers, RecordOutcome outcome)
        {
            foreach (var n in _answered ? [] : recordNumbers)
            {
                Outcomes[n - 1] = outcome;
            }

            _answered = true;
        }
    }
}

public sealed class LedgerTestsOnSqlite() : LedgerTests(TestFolder.Sqlite);

public sealed class LedgerTestsOnSqlServer() : LedgerTests(TestFolder.SqlServer);
