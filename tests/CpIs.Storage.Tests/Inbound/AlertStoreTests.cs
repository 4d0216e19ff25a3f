using CpIs.Domain.Alerts;
using CpIs.Storage.Inbound;
using Dapper;
using Shouldly;

namespace CpIs.Storage.Tests.Inbound;

[Covers(typeof(AlertStore))]
public abstract class AlertStoreTests(string provider) : IDisposable
{
    private static readonly DateOnly Day1 = new(2026, 3, 10);
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 2, 0, 0, TimeSpan.Zero);
    private static readonly Recipient Worker = new(RecipientKind.Worker, "W1");
    private readonly TestFolder _folder = new(provider);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task<StorageSession> OpenAsync() => await (await _folder.NewDatabaseAsync()).OpenAsync(default);

    private static AlertDraft Draft(AlertType type, string cause = "c", Recipient? recipient = null, string? personId = "P1", DateOnly? day = null, DateOnly? first = null) =>
        AlertDraft.Create(type, personId, recipient ?? Worker, new AlertText("Subject", "Description."), cause, day ?? Day1, 5, first);

    private static async Task<bool> RaiseAsync(StorageSession session, AlertDraft draft, string run = "R1") =>
        (await new AlertStore(session).RaiseAsync([draft], run, Now, null, default)).Count == 1;

    /// <summary>As a care system does it.</summary>
    private Task<int> CompleteAsync(StorageSession session, long id, string? at) => session.Connection.ExecuteAsync(
        _folder.Fit("UPDATE cpis_alert SET status = 'completed', completed_at = @at, completed_by = 'W1' WHERE alert_id = @id"), new { id, at });

    [Fact]
    public async Task A1_many_are_raised_at_once_in_their_order_and_each_tray_gets_one()
    {
        await using var session = await OpenAsync();
        var known = Draft(AlertType.Access, "c500");
        await RaiseAsync(session, known);
        var drafts = Enumerable.Range(0, 1_000).Select(i => Draft(AlertType.Access, $"c{i}")).ToList();

        var raised = await new AlertStore(session).RaiseAsync([.. drafts, drafts[7], drafts[8] with { PersonId = "P2" }], "R2", Now, null, default);

        raised.Count.ShouldBe(1_000);
        var rows = await _folder.RowsAsync(session, "SELECT cause, person_id FROM cpis_alert ORDER BY alert_id");
        rows.Select(r => r["cause"]).ShouldBe(["c500", .. drafts.Select(d => d.Cause).Where(c => c != "c500"), "c8"]);
        rows[^1]["person_id"].ShouldBe("P2");
        (await new AlertStore(session).RaiseAsync(drafts, "R3", Now, null, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_table_has_the_columns_of_the_contract_first()
    {
        await using var session = await OpenAsync();
        await RaiseAsync(session, Draft(AlertType.Access));
        (await TestFolder.ColumnsAsync(session, "cpis_alert")).Take(15).ShouldBe(
        [
            "alert_id", "alert_type", "person_id", "recipient_kind", "recipient_id", "issued_on", "due_on", "subject", "description", "status",
            "completed_at", "completed_by", "first_issued_on", "days_outstanding", "raised_by_run",
        ]);
        var row = (await _folder.RowsAsync(session, "SELECT * FROM cpis_alert")).ShouldHaveSingleItem();
        row["alert_type"].ShouldBe("access");
        row["recipient_kind"].ShouldBe("worker");
        row["issued_on"].ShouldBe("2026-03-10");
        row["due_on"].ShouldBe("2026-03-15");
        row["status"].ShouldBe("open");
        row["raised_by_run"].ShouldBe("R1");
    }

    [Theory]
    [InlineData("access", false)]
    [InlineData("upload-rejected", false)]
    [InlineData("no-acknowledgement", false)]
    [InlineData("nhs-number-inactive", true)]
    [InlineData("acknowledgement-problem", true)]
    [InlineData("quarantined", true)]
    public async Task A3_A6_one_cause_raises_one_alert_and_some_come_again_once_completed(string type, bool again)
    {
        await using var session = await OpenAsync();
        var draft = Draft(AlertType.Parse(type));
        (await RaiseAsync(session, draft)).ShouldBeTrue();
        (await RaiseAsync(session, draft)).ShouldBeFalse();
        (await RaiseAsync(session, draft with { Cause = "other" })).ShouldBeTrue();
        (await RaiseAsync(session, draft with { Recipient = new Recipient(RecipientKind.Manager, "W1") })).ShouldBeTrue();
        (await RaiseAsync(session, draft with { PersonId = null })).ShouldBeTrue();
        (await RaiseAsync(session, draft with { PersonId = null })).ShouldBeFalse();
        await CompleteAsync(session, 1, "2026-03-10T09:00:00Z");
        (await RaiseAsync(session, draft)).ShouldBe(again);
    }

    [Fact]
    public async Task A4_the_engine_completes_the_alerts_of_a_cause()
    {
        await using var session = await OpenAsync();
        await RaiseAsync(session, Draft(AlertType.UnmatchedAccess, "a", personId: null));
        await RaiseAsync(session, Draft(AlertType.UnmatchedAccess, "b", personId: null));
        await new AlertStore(session).CloseAsync(AlertType.UnmatchedAccess, "a", Now, default);
        (await _folder.RowsAsync(session, "SELECT status, completed_at, completed_by FROM cpis_alert ORDER BY alert_id"))
            .Select(r => (r["status"], r["completed_at"], r["completed_by"])).ShouldBe([("completed", "2026-03-10T02:00:00.000Z", "cpis"), ("open", null, null)]);
    }

    [Theory]
    [InlineData("2026-03-10T22:59:00Z", false)]
    [InlineData("2026-03-10 23:59:59", false)]
    [InlineData("2026-03-10", false)]
    [InlineData("2026-03-09T10:00:00.000Z", true)]
    [InlineData("no time at all", false)]
    [InlineData(null, false)]
    public async Task A5_a_standing_alert_completed_by_the_care_system_comes_back_the_next_day_however_it_writes_times(string? completedAt, bool sameDay)
    {
        await using var session = await OpenAsync();
        var store = new AlertStore(session);
        StandingNeed[] needs = [new(AlertType.NumberMissing, "P1", [Worker])];
        (await RunAsync(Day1)).ShouldBe(1);
        if (_folder.IsServer && completedAt is "no time at all")
        {
            // The column takes nothing but a time there.
            completedAt = null;
        }

        await CompleteAsync(session, 1, completedAt);
        (await RunAsync(Day1)).ShouldBe(sameDay ? 1 : 0);
        (await RunAsync(Day1.AddDays(1))).ShouldBe(sameDay ? 0 : 1);
        var open = (await _folder.RowsAsync(session, "SELECT * FROM cpis_alert WHERE status = 'open'")).ShouldHaveSingleItem();
        open["first_issued_on"].ShouldBe("2026-03-10");
        open["days_outstanding"].ShouldBe(1L);

        async Task<int> RunAsync(DateOnly day)
        {
            var changes = StandingAlerts.Compare(needs, await store.StandingAsync(default), day);
            return await store.ApplyAsync(changes, r => Draft(r.Type, "", r.Recipient, r.PersonId, day, r.FirstIssuedOn), "R", Now, default);
        }
    }

    [Fact]
    public async Task A5_closed_by_the_engine_and_settled_when_the_cause_is_gone()
    {
        await using var session = await OpenAsync();
        var store = new AlertStore(session);
        await RaiseAsync(session, Draft(AlertType.NumberMissing, ""));
        var changes = StandingAlerts.Compare([], await store.StandingAsync(default), Day1);
        await store.ApplyAsync(changes, r => throw new InvalidOperationException(r.PersonId), "R2", Now, default);
        (await store.StandingAsync(default)).ShouldBeEmpty();
        (await _folder.RowsAsync(session, "SELECT completed_by FROM cpis_alert")).ShouldHaveSingleItem()["completed_by"].ShouldBe("cpis");
    }

    [Fact]
    public async Task Alerts_are_counted_by_type_and_by_whether_an_operator_must_act()
    {
        await using var session = await OpenAsync();
        var store = new AlertStore(session);
        await RaiseAsync(session, Draft(AlertType.Access));
        await RaiseAsync(session, Draft(AlertType.Access, recipient: new Recipient(RecipientKind.Role, "Duty", StandIn.Manager)));
        await RaiseAsync(session, Draft(AlertType.Quarantined, recipient: new Recipient(RecipientKind.Role, "Duty"), personId: null), "R2");
        (await store.RaisedByAsync("R1", default)).ShouldBe([new AlertCount(AlertType.Access, false, 2)]);
        (await store.RaisedByAsync("R2", default)).ShouldBe([new AlertCount(AlertType.Quarantined, true, 1)]);
        (await store.OpenAsync(default)).ShouldBe([new AlertCount(AlertType.Access, false, 2), new AlertCount(AlertType.Quarantined, true, 1)]);
        await CompleteAsync(session, 3, null);
        (await store.OpenAsync(default)).ShouldBe([new AlertCount(AlertType.Access, false, 2)]);
    }

    [Fact]
    public async Task K4_an_alert_is_past_due_from_the_day_after_its_due_date()
    {
        await using var session = await OpenAsync();
        var store = new AlertStore(session);
        await RaiseAsync(session, Draft(AlertType.Access));
        (await store.PastDueAsync(Day1.AddDays(5), default)).ShouldBeEmpty();
        (await store.PastDueAsync(Day1.AddDays(6), default)).ShouldHaveSingleItem().ShouldBe(new PastDueAlert(1, AlertType.Access, "P1", RecipientKind.Worker, "W1", Day1.AddDays(5)));
    }

    [Fact]
    public async Task Open_causes_of_a_type_are_told_in_the_order_in_which_they_were_raised_and_a_cause_can_be_closed()
    {
        await using var session = await OpenAsync();
        var store = new AlertStore(session);
        await RaiseAsync(session, Draft(AlertType.Quarantined, "z"));
        await RaiseAsync(session, Draft(AlertType.Quarantined, "a"));
        await RaiseAsync(session, Draft(AlertType.Access, "other"));
        (await store.OpenCausesAsync(AlertType.Quarantined, default)).ShouldBe(["z", "a"]);
        await store.CloseAsync(AlertType.Quarantined, "z", Now, default);
        (await store.OpenCausesAsync(AlertType.Quarantined, default)).ShouldBe(["a"]);
    }
}

public sealed class AlertStoreTestsOnSqlite() : AlertStoreTests(TestFolder.Sqlite);

public sealed class AlertStoreTestsOnSqlServer() : AlertStoreTests(TestFolder.SqlServer);
