using System.Text;
using CpIs.Storage.Inbound;
using Shouldly;

namespace CpIs.Storage.Tests.Inbound;

[Covers(typeof(InboundStore), typeof(InactiveNumberStore))]
public abstract class InboundStoreTests(string provider) : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 2, 0, 0, TimeSpan.Zero);
    private readonly TestFolder _folder = new(provider);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private static NewInbound Message(string text = "<a/>", string id = "in/1.xml", bool staysWithSender = true) =>
        new("folder", id, "1.xml", "hash of " + text, text.Length, Encoding.UTF8.GetBytes(text), null, staysWithSender, Now);

    private async Task<StorageSession> OpenAsync() => await (await _folder.NewDatabaseAsync()).OpenAsync(default);

    [Fact]
    public async Task K3_a_message_is_kept_whole_once_whatever_it_is_called_and_its_deliveries_are_counted()
    {
        await using var session = await OpenAsync();
        var store = new InboundStore(session);
        var first = await store.StoreAsync(Message(), "R1", default);
        (first.IsNew, first.IsRepetition, first.Status).ShouldBe((true, false, InboundStatus.Stored));
        await store.CompletedAsync(first.InboundId, "folder", "in/1.xml", default);

        var again = await store.StoreAsync(Message(), "R2", default);
        (again.InboundId, again.IsNew, again.IsRepetition).ShouldBe((first.InboundId, false, true));
        (await store.StoreAsync(Message(id: "in/2.xml"), "R2", default)).IsRepetition.ShouldBeTrue();
        (await store.StoreAsync(Message("<b/>"), "R2", default)).IsNew.ShouldBeTrue();

        (await store.FindAsync(first.InboundId, default))!.Deliveries.ShouldBe(3);
        Encoding.UTF8.GetString((await store.ContentAsync(first.InboundId, default))!).ShouldBe("<a/>");
    }

    [Fact]
    public async Task K3_an_item_shown_again_before_the_transport_let_go_of_it_is_no_other_delivery()
    {
        await using var session = await OpenAsync();
        var store = new InboundStore(session);
        var first = await store.StoreAsync(Message(), "R1", default);
        var shownAgain = await store.StoreAsync(Message(), "R2", default);
        (shownAgain.IsNew, shownAgain.IsRepetition).ShouldBe((false, false));
        (await store.FindAsync(first.InboundId, default))!.Deliveries.ShouldBe(1);
    }

    [Fact]
    public async Task K3_a_file_given_by_hand_is_a_delivery_each_time()
    {
        await using var session = await OpenAsync();
        var store = new InboundStore(session);
        await store.StoreAsync(Message(staysWithSender: false), "R1", default);
        (await store.StoreAsync(Message(staysWithSender: false), "R2", default)).IsRepetition.ShouldBeTrue();
    }

    [Fact]
    public async Task K3_a_quarantined_message_is_pending_again_once_released()
    {
        await using var session = await OpenAsync();
        var store = new InboundStore(session);
        var id = (await store.StoreAsync(Message(), "R1", default)).InboundId;
        (await store.PendingAsync(default)).ShouldBe([id]);

        await store.QuarantineAsync(id, "wrong root", "R1", Now, default);
        (await store.PendingAsync(default)).ShouldBeEmpty();
        (await store.QuarantineReasonsAsync(id, default)).ShouldBe([new QuarantineReason(true, "wrong root")]);

        (await store.ReleaseAsync(id, default)).ShouldBeTrue();
        (await store.PendingAsync(default)).ShouldBe([id]);

        await store.AppliedAsync(id, "R2", Now, default);
        (await store.PendingAsync(default)).ShouldBeEmpty();
        (await store.QuarantineReasonsAsync(id, default)).ShouldBeEmpty();
        (await store.ReleaseAsync(id, default)).ShouldBeFalse();
        (await store.ReleaseAsync(99, default)).ShouldBeFalse();
        (await store.FindAsync(id, default))!.Status.ShouldBe(InboundStatus.Applied);
    }

    [Fact]
    public async Task K6_a_message_quarantined_again_has_one_reason()
    {
        await using var session = await OpenAsync();
        var store = new InboundStore(session);
        var id = (await store.StoreAsync(Message(), "R1", default)).InboundId;
        await store.QuarantineAsync(id, "one", "R1", Now, default);
        await store.QuarantineAsync(id, "two", "R2", Now, default);
        (await store.QuarantineReasonsAsync(id, default)).ShouldBe([new QuarantineReason(true, "two")]);
    }

    [Fact]
    public async Task Copies_for_people_are_due_until_they_are_in_place_and_again_when_the_state_changes()
    {
        await using var session = await OpenAsync();
        var store = new InboundStore(session);
        var id = (await store.StoreAsync(Message(), "R1", default)).InboundId;
        (await store.UnfiledAsync(default)).ShouldBeEmpty();
        await store.QuarantineAsync(id, "one", "R1", Now, default);
        (await store.UnfiledAsync(default)).ShouldBe([id]);
        await store.FiledAsync(id, default);
        (await store.UnfiledAsync(default)).ShouldBeEmpty();
        await store.AppliedAsync(id, "R2", Now, default);
        (await store.UnfiledAsync(default)).ShouldBe([id]);
    }

    [Fact]
    public async Task A_report_is_kept_without_content_and_classified_at_once()
    {
        await using var session = await OpenAsync();
        var store = new InboundStore(session);
        var stored = await store.StoreAsync(new NewInbound("mesh-client", "sent/1.ctl", "1.ctl", "h", 0, null, "{}", true, Now), "R1", default);
        var head = (await store.FindAsync(stored.InboundId, default))!;
        (head.Kind, head.Report, head.IsUnread, head.ReceivedAt).ShouldBe((InboundKind.TransportReport, "{}", false, Now));

        var large = await store.StoreAsync(Message("x") with { Content = null, Sha256 = "other" }, "R1", default);
        (await store.FindAsync(large.InboundId, default))!.IsUnread.ShouldBeTrue();
        await store.RestoreContentAsync(large.InboundId, [1, 2], default);
        (await store.FindAsync(large.InboundId, default))!.IsUnread.ShouldBeFalse();
        await store.ClassifyAsync(large.InboundId, "flat", InboundKind.Acknowledgement, default);
        (await store.FindAsync(large.InboundId, default))!.Kind.ShouldBe(InboundKind.Acknowledgement);
        (await store.FindAsync(99, default)).ShouldBeNull();
    }

    [Fact]
    public async Task N3_an_inactive_number_stays_on_the_list_with_its_latest_replacements()
    {
        await using var session = await OpenAsync();
        var id = (await new InboundStore(session).StoreAsync(Message(), "R1", default)).InboundId;
        var store = new InactiveNumberStore(session);
        await store.PutAsync("999 000 0018", ["9990000026"], id, Now, default);
        await store.PutAsync("9990000018", [], id, Now.AddDays(1), default);
        await store.PutAsync(" 123 ", [], id, Now, default);

        (await store.NumbersAsync(default)).Select(n => n.Value).ShouldBe(["9990000018"]);
        (await _folder.RowsAsync(session, "SELECT nhs_number, is_valid, replacements, first_notified_at, last_notified_at FROM cpis_inactive_number ORDER BY nhs_number"))
            .Select(r => (r["nhs_number"], r["is_valid"], r["replacements"], r["first_notified_at"], r["last_notified_at"])).ShouldBe(
            [("123", 0L, "", "2026-03-10T02:00:00.000Z", "2026-03-10T02:00:00.000Z"), ("9990000018", 1L, "", "2026-03-10T02:00:00.000Z", "2026-03-11T02:00:00.000Z")]);
    }

    [Fact]
    public async Task A_message_that_was_lost_is_put_back_under_its_id_where_that_is_free()
    {
        await using var session = await OpenAsync();
        var store = new InboundStore(session);
        (await store.NewestAsync(default)).ShouldBe(0);
        (await store.RestoreAsync(Message(), 7, "R1", default)).ShouldBe(7);
        (await store.RestoreAsync(Message(), 8, "R1", default)).ShouldBeNull();
        var other = await store.RestoreAsync(Message("<b/>"), 7, "R1", default);
        other.ShouldNotBe(7);
        (await store.FindByHashAsync("hash of <b/>", default)).ShouldBe(other);
        (await store.FindByHashAsync("hash of <c/>", default)).ShouldBeNull();
        (await store.NewestAsync(default)).ShouldBe(Math.Max(7, other!.Value));
        (await store.PendingAsync(default)).Order().ShouldBe(new[] { 7, other.Value }.Order());
        Encoding.UTF8.GetString((await store.ContentAsync(7, default))!).ShouldBe("<a/>");
        (await store.StoreAsync(Message("<d/>"), "R1", default)).InboundId.ShouldBeGreaterThan(7);
    }

    [Fact]
    public async Task K6_parts_that_cannot_be_read_lie_in_quarantine_of_a_message_that_was_applied()
    {
        await using var session = await OpenAsync();
        var store = new InboundStore(session);
        var part = (await store.StoreAsync(Message(), "R1", default)).InboundId;
        await store.AppliedAsync(part, "R1", Now, default);
        await store.AddUnreadPartsAsync(part, "record 3", "R1", Now, default);
        var whole = (await store.StoreAsync(Message("<b/>"), "R1", default)).InboundId;
        await store.QuarantineAsync(whole, "wrong root", "R1", Now, default);
        (await store.InQuarantineAsync(default)).ShouldBe([(part, false), (whole, true)], ignoreOrder: true);
        (await store.QuarantineReasonsAsync(part, default)).ShouldBe([new QuarantineReason(false, "record 3")]);
    }
}

public sealed class InboundStoreTestsOnSqlite() : InboundStoreTests(TestFolder.Sqlite);

public sealed class InboundStoreTestsOnSqlServer() : InboundStoreTests(TestFolder.SqlServer);
