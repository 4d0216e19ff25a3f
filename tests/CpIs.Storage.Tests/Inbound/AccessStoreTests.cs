using CpIs.Domain.Accesses;
using CpIs.Domain.Exchange;
using CpIs.Storage.Inbound;
using Shouldly;

namespace CpIs.Storage.Tests.Inbound;

[Covers(typeof(AccessStore))]
public abstract class AccessStoreTests(string provider) : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 2, 0, 0, TimeSpan.Zero);
    private static readonly Access Given = new(
        " Q-1 ", new DateTimeOffset(2026, 3, 9, 14, 5, 30, 250, TimeSpan.FromHours(1)), true, "999 000 0018", "P1", "Jo\tClinician", "Nurse", "RXX01", new string('x', 300), "000012");

    private readonly TestFolder _folder = new(provider);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task<(StorageSession Session, AccessStore Store, long InboundId)> OpenAsync()
    {
        var session = await (await _folder.NewDatabaseAsync()).OpenAsync(default);
        var inbound = await new InboundStore(session).StoreAsync(new NewInbound("folder", "1", "1", "h", 0, [], null, true, Now), "R1", default);
        return (session, new AccessStore(session), inbound.InboundId);
    }

    private Task<long> AddAsync(StorageSession session, long inboundId, Access access, ReachedFile? file) =>
        AddAsync(session, new NewAccess(access, AccessIdentity.Of(access), file, inboundId, null, Now));

    private async Task<long> AddAsync(StorageSession session, NewAccess access)
    {
        await new AccessStore(session).AddAsync([access], "R1", Now, default);
        return (long)(await _folder.RowsAsync(session, "SELECT MAX(access_id) AS id FROM cpis_access_audit"))[0]["id"]!;
    }

    [Fact]
    public async Task A1_many_are_recorded_at_once_in_their_order_or_none_of_them()
    {
        var (session, store, inboundId) = await OpenAsync();
        await using var s = session;
        var accesses = Enumerable.Range(0, 1_200).Select(i => Given with { QueryId = $"Q-{i}" })
            .Select((a, i) => new NewAccess(a, AccessIdentity.Of(a), i % 3 == 0 ? null : new ReachedFile($"P{i % 3}", i % 3 == 2), inboundId, i % 2 == 0 ? Now : null, Now)).ToList();

        await Should.ThrowAsync<Exception>(() => store.AddAsync([.. accesses, accesses[3]], "R1", Now, default));
        (await _folder.RowsAsync(session, "SELECT access_id FROM cpis_access_audit")).ShouldBeEmpty();

        await store.AddAsync(accesses, "R1", Now, default);
        var rows = await _folder.RowsAsync(session, "SELECT query_id, person_id FROM cpis_access_audit ORDER BY access_id");
        rows.Select(r => (r["query_id"], r["person_id"])).ShouldBe(accesses.Select(a => ((object?)a.Access.QueryId, (object?)a.File?.PersonId)));
        (await store.PatternPendingAsync(default)).ShouldBe(["P1", "P2"]);
        (await store.UnmatchedAsync(0, default)).Count.ShouldBe(400);
    }

    [Fact]
    public async Task A1_the_audit_has_the_columns_of_the_contract_first_and_holds_what_was_given_cut_to_its_columns()
    {
        var (session, store, inboundId) = await OpenAsync();
        await using var s = session;
        var id = await AddAsync(session, inboundId, Given, new ReachedFile("P1", false));

        var columns = (await TestFolder.ColumnsAsync(session, "cpis_access_audit")).Take(11);
        columns.ShouldBe(["access_id", "person_id", "nhs_number", "accessed_at", "accessed_by", "job_role", "organisation_code", "organisation_name", "upload_file_number", "query_id", "received_at"]);
        var row = (await _folder.RowsAsync(session, "SELECT * FROM cpis_access_audit")).ShouldHaveSingleItem();
        row["access_id"].ShouldBe(id);
        row["person_id"].ShouldBe("P1");
        row["nhs_number"].ShouldBe("9990000018");
        row["accessed_at"].ShouldBe("2026-03-09T13:05:30.250Z");
        row["accessed_by"].ShouldBe("Jo Clinician");
        row["organisation_name"].ShouldBe(new string('x', 199) + "…");
        row["upload_file_number"].ShouldBe("000012");
        row["query_id"].ShouldBe("Q-1");
    }

    [Fact]
    public async Task A3_the_same_access_of_the_same_child_is_recognised()
    {
        var (session, store, inboundId) = await OpenAsync();
        await using var s = session;
        var identity = AccessIdentity.Of(Given);
        (await store.IsRecordedAsync(identity, "P1", default)).ShouldBeFalse();
        await AddAsync(session, inboundId, Given, new ReachedFile("P1", false));
        (await store.IsRecordedAsync(AccessIdentity.Of(Given with { QueryId = "q-1" }), "P1", default)).ShouldBeTrue();
        (await store.IsRecordedAsync(identity, "P2", default)).ShouldBeFalse();
        (await store.IsRecordedAsGivenAsync(identity, Given with { NhsNumber = "9990000018" }, default)).ShouldBeTrue();
        (await store.IsRecordedAsGivenAsync(identity, Given with { LocalPersonId = "P2" }, default)).ShouldBeFalse();
        await Should.ThrowAsync<Exception>(() => AddAsync(session, inboundId, Given, new ReachedFile("P1", false)));
    }

    [Fact]
    public async Task A4_a_later_match_keeps_the_access_id_for_the_first_and_adds_a_row_for_each_other()
    {
        var (session, store, inboundId) = await OpenAsync();
        await using var s = session;
        var id = await AddAsync(session, inboundId, Given, null);
        var unmatched = (await store.UnmatchedAsync(0, default)).ShouldHaveSingleItem();
        unmatched.AccessId.ShouldBe(id);
        unmatched.Access.NhsNumber.ShouldBe("999 000 0018");
        unmatched.Access.AccessedAt.ShouldBe(Given.AccessedAt);
        (await store.UnmatchedAsync(id, default)).ShouldBeEmpty();
        (await store.PatternPendingAsync(default)).ShouldBeEmpty();

        var added = await store.MatchAsync(unmatched, [new ReachedFile("U1", true), new ReachedFile("U2", true)], Now, default);
        added.Select(f => f.PersonId).ShouldBe(["U1", "U2"]);
        (await _folder.RowsAsync(session, "SELECT access_id, person_id FROM cpis_access_audit ORDER BY access_id")).Select(r => (r["access_id"], r["person_id"])).ShouldBe([(id, "U1"), (id + 1, "U2")]);
        (await store.UnmatchedAsync(0, default)).ShouldBeEmpty();
        (await store.PatternPendingAsync(default)).ShouldBe(["U1", "U2"]);
        (await store.IsRecordedAsync(AccessIdentity.Of(Given), "U2", default)).ShouldBeTrue();
        (await store.IsRecordedAsGivenAsync(AccessIdentity.Of(Given), Given, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task A3_A4_a_later_match_that_is_on_the_file_already_leaves_one_row()
    {
        var (session, store, inboundId) = await OpenAsync();
        await using var s = session;
        await AddAsync(session, inboundId, Given with { LocalPersonId = null }, new ReachedFile("P1", false));
        await AddAsync(session, inboundId, Given with { NhsNumber = "123" }, null);
        var unmatched = (await store.UnmatchedAsync(0, default)).ShouldHaveSingleItem();
        (await store.MatchAsync(unmatched, [new ReachedFile("P1", false)], Now, default)).ShouldBeEmpty();
        (await _folder.RowsAsync(session, "SELECT person_id FROM cpis_access_audit")).ShouldHaveSingleItem()["person_id"].ShouldBe("P1");
    }

    [Fact]
    public async Task A7_accesses_are_new_until_they_were_looked_at()
    {
        var (session, store, inboundId) = await OpenAsync();
        await using var s = session;
        await AddAsync(session, inboundId, Given, new ReachedFile("P1", false));
        await store.PatternDoneAsync("P1", default);
        await AddAsync(session, inboundId, Given with { QueryId = "Q-2", AccessedAt = Given.AccessedAt.AddDays(-1) }, new ReachedFile("P1", false));
        (await store.OfPersonAsync("P1", default)).Select(a => (a.AccessId, a.IsNew)).ShouldBe([(2, true), (1, false)]);
        (await store.PatternPendingAsync(default)).ShouldBe(["P1"]);
    }

    [Fact]
    public async Task A9_an_access_is_late_by_when_it_was_matched_and_without_a_match_by_how_long_it_has_waited()
    {
        var (session, store, inboundId) = await OpenAsync();
        await using var s = session;
        var matched = await AddMadeAsync("Q-1", Now.AddDays(-30), new ReachedFile("P1", false));
        await AddMadeAsync("Q-2", Now, new ReachedFile("P1", false));
        var waiting = await AddMadeAsync("Q-3", Now, null);
        (await store.LateAsync(Now, Now, default)).ShouldBe([new LateAccess(matched, "P1", Now.AddDays(-30), Now)]);
        (await store.LateAsync(Now, Now.AddDays(30), default)).ShouldBe([new LateAccess(matched, "P1", Now.AddDays(-30), Now), new LateAccess(waiting, null, Now, null)]);
        (await store.LateAsync(Now.AddMilliseconds(1), Now.AddDays(30), default)).ShouldBeEmpty();

        Task<long> AddMadeAsync(string query, DateTimeOffset madeAt, ReachedFile? file)
        {
            var access = Given with { QueryId = query };
            return AddAsync(session, new NewAccess(access, AccessIdentity.Of(access), file, inboundId, madeAt, Now));
        }
    }
}

public sealed class AccessStoreTestsOnSqlite() : AccessStoreTests(TestFolder.Sqlite);

public sealed class AccessStoreTestsOnSqlServer() : AccessStoreTests(TestFolder.SqlServer);
