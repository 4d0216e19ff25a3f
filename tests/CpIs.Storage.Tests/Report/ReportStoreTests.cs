using CpIs.Domain.Accesses;
using CpIs.Domain.Alerts;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Reconcile;
using CpIs.Storage.Report;
using CpIs.Storage.Runs;
using Dapper;
using Shouldly;

namespace CpIs.Storage.Tests.Report;

[Covers(typeof(ReportStore), typeof(PersonStore), typeof(ReconcileStore))]
public abstract class ReportStoreTests(string provider) : StoreTests(provider)
{
    // One millisecond before clocks go forward in England.
    private static readonly DateTimeOffset Accessed = new(2026, 3, 29, 0, 59, 59, 999, TimeSpan.Zero);
    private static readonly DateTimeOffset Day = new(2026, 3, 29, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Answered = Any.Now.AddHours(2);
    private ReportStore _report = null!;
    private PersonStore _person = null!;

    protected override Task PrepareAsync()
    {
        _report = new ReportStore(Session);
        _person = new PersonStore(Session);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task What_is_shared_sent_and_rejected_is_counted_by_the_last_word()
    {
        var first = await TellAsync(
            Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(2), "P2"), Any.Decision(Any.Key(3), "P3", end: new DateOnly(2026, 2, 1)));
        await Files.MarkAnsweredAsync(
            new FileAnswer(first, Answered, "I1", [], FileOutcome.ByRecord, [new(1, RecordOutcome.Confirmed, "OK", null, null), new(2, RecordOutcome.Rejected, "X02", "why", null)]), default);
        (await _report.SharedAsync(Any.Today, default)).ShouldBe([new SharedCount(PlanType.Cpp, false, true, 1), new(PlanType.Cpp, true, false, 1)]);
        (await _report.SharedAsync(new DateOnly(2026, 1, 31), default)).ShouldBe([new SharedCount(PlanType.Cpp, false, false, 1), new(PlanType.Cpp, false, true, 1)]);
        (await _report.SentByAsync("R1", default)).ShouldBe([new SentCount(PlanType.Cpp, "new", "", 3)]);
        (await _report.RejectionsAsync(Answered.AddMilliseconds(1), default)).ShouldBe([new RejectionCount("X02", 1, 1)]);
        (await _report.StandingRejections().ToListAsync()).ShouldBe([new StandingRejection("P2", PlanType.Cpp, Any.Key(2).Start, first.Value, "X02", Answered)]);

        await TellAsync(Any.Decision(Any.Key(2), "P2"), Any.Decision(Any.Key(1), "P1", DecisionKind.Remove));
        (await _report.SharedAsync(Any.Today, default)).ShouldBe([new SharedCount(PlanType.Cpp, false, false, 1), new(PlanType.Cpp, true, false, 1)]);
        (await _report.RejectionsAsync(Answered, default)).ShouldBe([new RejectionCount("X02", 1, 0)]);
        (await _report.RejectionsAsync(Answered.AddMilliseconds(1), default)).ShouldBeEmpty();
        (await _report.StandingRejections().ToListAsync()).ShouldBeEmpty();
        (await _report.SentByAsync("R2", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Runs_and_their_figures_are_those_of_the_days_asked_for()
    {
        var runs = new RunStore(Session);
        await runs.SetCountsAsync("R1", "match-rate", new Dictionary<string, long> { ["matched"] = 3, ["all"] = 4 }, default);
        await runs.EndAsync("R1", RunStatus.Done, 5, Any.Now, null, default);
        await runs.BeginAsync(new NewRun("R2", "transform", Any.Today.AddDays(1), "person P1", false, Any.Now), default);
        (await _report.RunsAsync(Any.Today, Any.Today.AddDays(1), default)).ShouldBe(
            [new ReportRun("R1", Any.Today, "nightly", false, "done", 5, true), new("R2", Any.Today.AddDays(1), "transform", true, "running", null, false)]);
        (await _report.RunsAsync(Any.Today.AddDays(1), Any.Today.AddDays(9), default)).ShouldHaveSingleItem().RunId.ShouldBe("R2");
        (await _report.FiguresAsync("match-rate", Any.Today, Any.Today, default)).ShouldBe([new RunFigure("R1", "all", 4), new("R1", "matched", 3)]);
        (await _report.FiguresAsync("match-rate", Any.Today.AddDays(1), Any.Today.AddDays(1), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Accesses_are_counted_once_each_by_who_looked_by_hour_and_by_person()
    {
        var inbound = await StoreAsync();
        await AccessAsync(inbound, Access("Q1", Accessed, "RXX01", "Nurse"), new ReachedFile("P1", false));
        await AccessAsync(inbound, Access("Q1", Accessed, "RXX01", "Nurse"), new ReachedFile("P2", true));
        await AccessAsync(inbound, Access("Q2", Day.AddHours(1), "rxx01", null), null);
        await AccessAsync(inbound, Access("Q3", Day.AddDays(1), "rxx01", "Nurse"), new ReachedFile("P1", false));

        (await _report.AccessesByAsync("R1", default)).ShouldBe(4);
        (await _report.AccessesByAsync("R2", default)).ShouldBe(0);
        (await _report.AccessesWithoutPersonAsync(default)).ShouldBe(1);
        (await _report.AccessesByOrganisation(Day, Day.AddDays(1)).ToListAsync()).ShouldBe([new OrganisationCount("RXX01", "Trust", "Nurse", 1), new("rxx01", "Trust", null, 1)]);
        (await _report.AccessesByHour(Day, Day.AddDays(1)).ToListAsync()).ShouldBe([new HourCount(Day, true, 1), new(Day.AddHours(1), true, 1)]);

        await RaiseAsync(AlertType.AccessPattern, "P1");
        (await _report.Patterns(Any.Today, Any.Today, Day, Day.AddDays(2)).ToListAsync()).ShouldBe([new PatternCount("P1", Any.Today, 2, 1)]);
        (await _report.Patterns(Any.Today, Any.Today, Day, Day.AddDays(1)).ToListAsync()).ShouldBe([new PatternCount("P1", Any.Today, 1, 1)]);
        (await _report.Patterns(Any.Today.AddDays(1), Any.Today.AddDays(1), Day, Day.AddDays(2)).ToListAsync()).ShouldBeEmpty();

        (await _person.AccessesAsync("P2", default)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            a => (a.AccessedAt, a.TimeIsKnown, a.AccessedBy, a.JobRole, a.OrganisationCode, a.ThroughMother).ShouldBe((Accessed, true, "Jo 𠮷", "Nurse", "RXX01", true)),
            a => a.ReceivedAt.ShouldBe(Any.Now));
        (await _person.AccessesAsync("P1", default)).Select(a => a.AccessedAt).ShouldBe([Accessed, Day.AddDays(1)]);
        (await _person.AccessesAsync("p1", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Missing_numbers_are_told_from_the_first_alert_on_and_whether_one_is_open()
    {
        await RaiseAsync(AlertType.NumberMissing, "P2");
        await RaiseAsync(AlertType.NumberMissing, "P1", Any.Today.AddDays(-3));
        await Session.Connection.ExecuteAsync(
            Folder.Fit("UPDATE cpis_alert SET status = 'completed', completed_at = @at, completed_by = 'W1' WHERE person_id = 'P2'"), new { at = "2026-03-10T09:00:00.250Z" });
        (await _report.NumbersMissing().ToListAsync()).ShouldBe([new MissingNumber("P1", Any.Today.AddDays(-3), true), new("P2", Any.Today, false)]);

        var open = (await _person.AlertsAsync("P1", default)).ShouldHaveSingleItem();
        (open.Type, open.RecipientKind, open.RecipientId, open.RaisedAt, open.DueOn, open.Status, open.CompletedAt, open.FirstIssuedOn, open.DaysOutstanding)
            .ShouldBe(("nhs-number-missing", "worker", "W1", Any.Now, Any.Today.AddDays(5), "open", null, Any.Today.AddDays(-3), 3));
        var done = (await _person.AlertsAsync("P2", default)).ShouldHaveSingleItem();
        (done.Status, done.CompletedAt, done.CompletedBy).ShouldBe(("completed", "2026-03-10T09:00:00.250Z", "W1"));
        (await _person.AlertsAsync("P3", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_waits_for_a_person_as_holder_or_child_is_found_with_the_reason()
    {
        var number = await AddAsync(Any.Decision(Any.Key(1, PlanType.Ucpp), "M1", children: ["C1", "C2"], end: new DateOnly(2026, 6, 1)), Any.Decision(Any.Key(2), "P2"));
        await Files.MarkSendingAsync(number, Any.Now, default);
        await Files.MarkNotSentAsync(number, "E1", "The mailbox is full.", false, default);
        var waiting = new WaitingRecord(number, 1, PlanType.Ucpp, Any.Key(1).Start, new DateOnly(2026, 6, 1), "new", "", Any.Now, "The mailbox is full.");
        (await _person.WaitingAsync("M1", default)).ShouldBe([waiting]);
        (await _person.WaitingAsync("C2", default)).ShouldBe([waiting]);
        (await _person.WaitingAsync("c2", default)).ShouldBeEmpty();
        await Files.MarkSendingAsync(number, Any.Now, default);
        (await _person.WaitingAsync("M1", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Inactive_numbers_are_found_with_what_replaces_them()
    {
        var store = new InactiveNumberStore(Session);
        await store.PutAsync(Any.Number(1).Value, [Any.Number(2).Value, "given"], await StoreAsync(), Any.Now, default);
        (await store.IsListedAsync(Any.Number(1), default)).ShouldBeTrue();
        (await store.IsListedAsync(Any.Number(2), default)).ShouldBeFalse();
        var notice = (await _person.InactiveAsync(Any.Number(1), default))!;
        notice.Replacements.ShouldBe([Any.Number(2).Value, "given"]);
        (notice.FirstNotifiedAt, notice.LastNotifiedAt).ShouldBe((Any.Now, Any.Now));
        (await _person.InactiveAsync(Any.Number(2), default)).ShouldBeNull();
    }

    [Fact]
    public async Task U5_a_record_is_late_from_the_first_millisecond_over_the_hours()
    {
        var number = await TellAsync(
            Any.Decision(Any.Key(1), "P1", changedAt: Any.Now.AddHours(-24)),
            Any.Decision(Any.Key(2), "P2", changedAt: Any.Now.AddHours(-24).AddMilliseconds(-1)),
            Any.Decision(Any.Key(3), "P3"));
        var store = new ReconcileStore(Session);
        (await store.LateRecords(Any.Now, 24).ToListAsync()).ShouldBe([new LateRecord(number, 2, "P2", PlanType.Cpp, Any.Now.AddHours(-24).AddMilliseconds(-1), Any.Now)]);
        (await store.LateRecords(Any.Now.AddMilliseconds(1), 24).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_somebody_is_stands_as_the_source_says_it()
    {
        if (Folder.IsServer)
        {
            await Session.Connection.ExecuteAsync("CREATE TABLE dbo.people (person_id NVARCHAR(64), nhs_number NVARCHAR(200), family_name NVARCHAR(200), given_names NVARCHAR(200), date_of_birth DATE)");
            await Session.Connection.ExecuteAsync("CREATE VIEW cpis.cpis_source_person AS SELECT person_id, nhs_number, family_name, given_names, date_of_birth FROM dbo.people");
            await Session.Connection.ExecuteAsync("INSERT INTO dbo.people (person_id, nhs_number, family_name, date_of_birth) VALUES (N'p1', NULL, N'Another', NULL), (N'P1', N'999 000 0018', N'Sample 𠮷', '2020-02-29')");
        }
        else
        {
            await Session.Connection.ExecuteAsync("INSERT INTO care_person (person_id, nhs_number, family_name, date_of_birth) VALUES ('p1', NULL, 'Another', NULL), ('P1', '999 000 0018', 'Sample 𠮷', '2020-02-29')");
        }

        (await _report.IdentityAsync("P1", default)).ShouldBe(new Identity("999 000 0018", "Sample 𠮷", null, "2020-02-29"));
        (await _report.IdentityAsync("P2", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Who_asked_for_names_is_noted_in_the_trail()
    {
        (await _report.AddToTrailAsync(Accessed, "Jo 𠮷", "host", "explain", "person P1", default)).ShouldBe(1);
        (await _report.AddToTrailAsync(Accessed, "Jo", "host", "report", "", default)).ShouldBe(2);
        var rows = await Folder.RowsAsync(Session, "SELECT trail_id, at, os_user, machine, command, detail FROM cpis_trail ORDER BY trail_id");
        rows[0].Values.ShouldBe([1L, "2026-03-29T00:59:59.999Z", "Jo 𠮷", "host", "explain", "person P1"]);
        rows[1]["detail"].ShouldBe("");
    }

    private static Access Access(string query, DateTimeOffset at, string organisation, string? role) =>
        new(query, at, true, Any.Number(1).Value, null, "Jo 𠮷", role, organisation, "Trust", "000001");

    private async Task<long> StoreAsync() =>
        (await new InboundStore(Session).StoreAsync(new NewInbound("folder", "1", "1", "h", 0, [], null, true, Any.Now), "R1", default)).InboundId;

    private Task AccessAsync(long inbound, Access access, ReachedFile? file) =>
        new AccessStore(Session).AddAsync([new NewAccess(access, AccessIdentity.Of(access), file, inbound, null, Any.Now)], "R1", Any.Now, default);

    private async Task RaiseAsync(AlertType type, string person, DateOnly? first = null) => await new AlertStore(Session).RaiseAsync(
        [AlertDraft.Create(type, person, new Recipient(RecipientKind.Worker, "W1"), new AlertText("Subject", "Description."), "c", Any.Today, 5, first)], "R1", Any.Now, null, default);
}

public sealed class ReportStoreTestsOnSqlite() : ReportStoreTests(TestFolder.Sqlite);

public sealed class ReportStoreTestsOnSqlServer() : ReportStoreTests(TestFolder.SqlServer);
