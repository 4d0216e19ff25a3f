using CpIs.Domain.Decisions;
using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using CpIs.Storage.Source;
using CpIs.Storage.Workspaces;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Storage.Tests;

public abstract class WorkspaceTests(string provider) : IAsyncLifetime, IDisposable
{
    private static readonly DateTimeOffset Changed = new(2026, 3, 5, 12, 0, 0, TimeSpan.Zero);
    private readonly TestFolder _folder = new(provider);
    private readonly ListSource _source = new();
    private StorageSession _session = null!;

    public async Task InitializeAsync()
    {
        var database = await _folder.NewDatabaseAsync();
        _session = await database.OpenAsync(default);
        await new RunStore(_session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);
    }

    public async Task DisposeAsync() => await _session.DisposeAsync();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task U8_a_mother_her_children_and_the_holder_of_their_record_are_one_household()
    {
        _source.People.AddRange([Any.Person("M1", 1), Any.Person("C1", isUnborn: true, mother: "M1"), Any.Person("C2", 2, mother: "M1"), Any.Person("X", 3)]);
        _source.Plans.AddRange([Any.Plan("PL1", "C1"), Any.Plan("PL2", "C2"), Any.Plan("PL0", "C2"), Any.Plan("PLX", "X")]);
        _source.Statuses.Add(Any.Status("LS1", "M1"));

        // The record was once made under another mother.
        await TellAsync(Any.Decision(Any.Key(9, PlanType.Ucpp), "M0", sources: ["PL1"], children: ["C1"]));
        await using var workspace = await LinkedAsync();
        var households = await workspace.HouseholdsAsync(default).ToListAsync();
        households.Select(h => string.Join(' ', h.Household.People.Select(p => p.PersonId))).ShouldBe(["C1 C2 M0 M1", "X"]);
        households.Select(h => h.Number).ShouldBe([1, 2]);
        var first = households[0].Household;
        first.People[0].Person.ShouldBe(_source.People[1]);
        first.People[1].Plans.Select(p => p.PlanId).ShouldBe(["PL0", "PL2"]);
        first.People[2].Person.ShouldBeNull();
        first.People[3].LegalStatuses.ShouldBe(_source.Statuses);
        first.Ledger.ShouldHaveSingleItem().Last!.HolderId.ShouldBe("M0");
        households[1].Household.Ledger.ShouldBeEmpty();
    }

    [Fact]
    public async Task U1_people_out_of_scope_form_no_household()
    {
        _source.People.AddRange([Any.Person("P1", 1), Any.Person("P2", 2, mother: "P1"), Any.Person("P3", 3)]);
        _source.Plans.Add(Any.Plan("PL9", "P9"));
        _source.SetAside.Add(new(SourceTable.Plan, "x", "PL3", "P3", "start_date", "bad"));
        await using var workspace = await LinkedAsync();
        (await HouseholdsAsync(workspace)).ShouldBe(["P9"]);
        workspace.FindPerson("P1").ShouldNotBeNull();
        (await workspace.HouseholdOfAsync("P1", default)).ShouldBeNull();
        (await workspace.HouseholdOfAsync("P9", default))!.Household.People.ShouldHaveSingleItem().Person.ShouldBeNull();
    }

    [Fact]
    public async Task U1_who_is_only_in_the_ledger_is_decided_until_the_removal_is_confirmed()
    {
        await TellAsync(Any.Decision(Any.Key(1), "P1"));
        (await HouseholdsAsync()).ShouldBe(["P1"]);
        await TellAsync(Any.Decision(Any.Key(1), "P1", DecisionKind.Remove));
        (await HouseholdsAsync()).ShouldBe(["P1"]);
        await AnswerLastAsync(FileOutcome.Confirmed);
        (await HouseholdsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task S10_a_lapsed_record_makes_nobody_a_person_of_the_run()
    {
        await TellAsync(Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(2), "P2"));
        await new LedgerStore(_session).LapseAsync(new[] { Any.Key(1) }.ToAsyncEnumerable(), Any.Today, default);
        (await HouseholdsAsync()).ShouldBe(["P2"]);
        await TellAsync(Any.Decision(Any.Key(1), "P1", end: new DateOnly(2026, 3, 1)));
        (await HouseholdsAsync()).ShouldBe(["P1", "P2"]);
    }

    [Fact]
    public async Task S16_two_rows_with_one_id_are_both_set_aside()
    {
        _source.People.AddRange([Any.Person("P1", 1), Any.Person("P2", 2), Any.Person("P1", 3), Any.Person("p1", 4)]);
        _source.Plans.AddRange([Any.Plan("PL1", "P1"), Any.Plan("PL2", "P2"), Any.Plan("PL2", "p1"), Any.Plan("PL3", "p1"), Any.Plan("PL4", "p1")]);
        _source.SetAside.Add(new(SourceTable.Plan, "elsewhere", "PL3", "p1", "start_date", "bad"));
        _source.Workers.AddRange([new("W1", "Pat", null, true), new("W1", "Jo", null, false)]);
        await using var workspace = await LinkedAsync();
        var setAside = await workspace.SetAsideAsync(default).ToListAsync();
        setAside.Select(r => (r.Table, r.RowId, r.PersonId, r.Where)).ShouldBe(
        [
            (SourceTable.Person, "P1", "P1", "Person 1"),
            (SourceTable.Person, "P1", "P1", "Person 3"),
            (SourceTable.Plan, "PL3", "p1", "elsewhere"),
            (SourceTable.Plan, "PL2", "P2", "Plan 2"),
            (SourceTable.Plan, "PL2", "p1", "Plan 3"),
            (SourceTable.Plan, "PL3", "p1", "Plan 4"),
            (SourceTable.Worker, "W1", null, "Worker 1"),
            (SourceTable.Worker, "W1", null, "Worker 2"),
        ]);
        var households = await workspace.HouseholdsAsync(default).ToListAsync();
        households.Select(h => h.Household.People.Single().PersonId).ShouldBe(["P1", "p1"]);
        households[0].Household.People[0].PersonUnreadable.ShouldBeTrue();
        households[1].Household.People[0].Plans.ShouldHaveSingleItem().PlanId.ShouldBe("PL4");
        households[1].Household.People[0].SetAside.Count.ShouldBe(3);
        workspace.FindWorker("W1").ShouldBeNull();
        workspace.Counts().ShouldBe(new WorkspaceCounts(2, 2, 0, 0, 8, 0, false, 2));
        workspace.SourceRows.ShouldBe(new ViewRows(4, 5, 0, 2));
    }

    [Theory]
    [InlineData(SourceTable.Person, true)]
    [InlineData(SourceTable.Plan, true)]
    [InlineData(SourceTable.LegalStatus, true)]
    [InlineData(SourceTable.Worker, false)]
    public async Task S16_it_is_known_whether_a_row_speaks_of_an_unknown_person(SourceTable table, bool expected)
    {
        _source.SetAside.Add(new(table, "x", "R1", null, null, "bad"));
        await using var workspace = await LinkedAsync();
        workspace.Counts().HasUnknownPerson.ShouldBe(expected);
    }

    [Fact]
    public async Task S16_an_unreadable_row_that_a_record_was_made_of_is_with_its_holder()
    {
        await TellAsync(Any.Decision(Any.Key(1, PlanType.Lac), "P1", sources: ["LS1", "LS2"]), Any.Decision(Any.Key(2), "P2", sources: ["PL7"]));
        _source.People.AddRange([Any.Person("P1", 1), Any.Person("P2", 2)]);
        _source.Statuses.Add(Any.Status("LS1", "P1"));
        _source.SetAside.Add(new(SourceTable.LegalStatus, "x", "LS2", null, "person_id", "missing"));
        _source.SetAside.Add(new(SourceTable.LegalStatus, "x", "PL7", null, "person_id", "missing"));
        await using var workspace = await LinkedAsync();
        var people = (await workspace.HouseholdsAsync(default).ToListAsync()).Select(h => h.Household.People.Single()).ToList();
        people[0].SetAside.ShouldHaveSingleItem().ShouldBe(_source.SetAside[0]);
        people[1].SetAside.ShouldBeEmpty();
        workspace.Counts().HasUnknownPerson.ShouldBeTrue();
    }

    [Fact]
    public async Task N6_a_number_that_two_people_in_scope_have_is_shared()
    {
        _source.People.AddRange(
        [
            Any.Person("P1", 1), Any.Person("P2", 1),
            Any.Person("P3", 2), Any.Person("OutOfScope", 2),
            Any.Person("P4", 3), Any.Person("M4", 3), Any.Person("U4", 4, isUnborn: true, mother: "M4"),
            Any.Person("P5", 4), Any.Person("U5", 5, isUnborn: true, mother: "P5"), Any.Person("P6", 5),
            Any.Person("P7", 6), Any.Person("P8", 7),
        ]);
        _source.Plans.AddRange(new[] { "P1", "P3", "P4", "U4", "P5", "U5", "P6", "P7", "P8" }.Select((p, i) => Any.Plan($"PL{i}", p)));
        _source.Statuses.Add(Any.Status("LS1", "P2"));

        // P8 was told under the number that P7 has now.
        await TellAsync(Any.Decision(Any.Key(6), "P8"));
        await using var workspace = await LinkedAsync();
        var shared = (await workspace.HouseholdsAsync(default).ToListAsync())
            .SelectMany(h => h.Household.SharedNumbers.Select(n => $"{h.Household.People[0].PersonId}:{n.Value}")).ToList();
        shared.ShouldBe(
        [
            $"M4:{Any.Number(3).Value}", $"P1:{Any.Number(1).Value}", $"P2:{Any.Number(1).Value}", $"P4:{Any.Number(3).Value}",
            $"P7:{Any.Number(6).Value}", $"P8:{Any.Number(6).Value}",
        ]);
    }

    [Fact]
    public async Task N6_a_holder_counts_only_while_the_record_may_be_held()
    {
        _source.People.Add(Any.Person("P1", 1));
        _source.Plans.Add(Any.Plan("PL1", "P1"));
        await TellAsync(Any.Decision(Any.Key(1), "P0"));
        (await SharedAsync()).ShouldBe(1);
        await TellAsync(Any.Decision(Any.Key(1), "P0", DecisionKind.Remove));
        (await SharedAsync()).ShouldBe(0);
        (await SharedAsync(Any.Now + Any.Window)).ShouldBe(1);

        async Task<int> SharedAsync(DateTimeOffset? now = null)
        {
            await using var workspace = await LinkedAsync(now: now);
            return (await workspace.HouseholdOfAsync("P1", default))!.Household.SharedNumbers.Count;
        }
    }

    [Fact]
    public async Task N3_inactive_numbers_are_those_of_the_people_and_of_their_records()
    {
        var message = await new InboundStore(_session).StoreAsync(new NewInbound("folder", "1", "1", "h", 0, [], null, true, Any.Now), "R1", default);
        foreach (var number in new[] { Any.Number(1).Value, Any.Number(2).Value, Any.Number(3).Value, "12345" })
        {
            await new InactiveNumberStore(_session).PutAsync(number, [], message.InboundId, Any.Now, default);
        }

        _source.People.AddRange([Any.Person("P1", 1), Any.Person("P5", 5)]);
        _source.Plans.AddRange([Any.Plan("PL1", "P1"), Any.Plan("PL5", "P5")]);
        await TellAsync(Any.Decision(Any.Key(2), "P1"));
        await using var workspace = await LinkedAsync();
        (await workspace.HouseholdOfAsync("P1", default))!.Household.InactiveNumbers.ShouldBe([Any.Number(1), Any.Number(2)], ignoreOrder: true);
        (await workspace.HouseholdOfAsync("P5", default))!.Household.InactiveNumbers.ShouldBeEmpty();
    }

    [Fact]
    public async Task U10_held_records_are_counted()
    {
        await TellAsync(Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(2), "P2"), Any.Decision(Any.Key(3), "P3", DecisionKind.Remove));
        await using var workspace = await LinkedAsync();
        workspace.Counts().HeldRecords.ShouldBe(2);
    }

    [Fact]
    public async Task The_history_that_matters_survives_whole()
    {
        await TellAsync(Any.Decision(Any.Key(1), "P1"));
        await AnswerLastAsync(FileOutcome.Confirmed);
        var second = Any.Decision(Any.Key(1), "P1", sources: ["A", "B;\"é𠮷"], children: ["P1"], end: new DateOnly(2026, 2, 1));
        await TellAsync(second with { Cause = "why", Record = second.Record! with { VisibleUntil = new DateOnly(2027, 2, 1), EndIsForecast = true } });
        await AnswerLastAsync(FileOutcome.ByRecord, new RecordAnswer(1, RecordOutcome.Rejected, "CPR03", "Not verified", null));
        await TellAsync(Any.Decision(Any.Key(1), "P1", DecisionKind.Remove));
        await using var workspace = await LinkedAsync();
        var entry = (await workspace.HouseholdOfAsync("P1", default))!.Household.Ledger.ShouldHaveSingleItem();
        var history = (await new LedgerStore(_session).HistoryAsync(Any.Key(1), default)).Select(r => r.ToEvent()).ToList();
        ShouldBeTheSame(entry.Last, history[2]);
        ShouldBeTheSame(entry.Confirmed, history[0]);
        history[1].RejectionCode.ShouldBe("CPR03");
        history[1].EndIsForecast.ShouldBeTrue();
        history[1].SourceIds.ShouldBe(["A", "B;\"é𠮷"]);
    }

    [Theory]
    [InlineData("2026-03-05", "2026-03-05", "P1 P2 P3 P4")]
    [InlineData("2026-03-06", null, "")]
    [InlineData(null, "2026-03-04", "P5")]
    [InlineData("2026-03-01", "2026-03-04", "P5")]
    [InlineData("2026-02-01", "2026-03-10", "P1 P2 P3 P4 P5")]
    public async Task U8_a_range_takes_whom_a_change_of_person_plan_or_status_touches(string? from, string? to, string expected)
    {
        _source.People.AddRange([Any.Person("P1", 1, changedAt: Changed), Any.Person("P2", 2), Any.Person("P3", 3), Any.Person("P4", 4, mother: "P3"), Any.Person("P5", 5, changedAt: Changed.AddDays(-1)), Any.Person("P6", 6)]);
        _source.Plans.AddRange([Any.Plan("PL1", "P1"), Any.Plan("PL2", "P2", Changed), Any.Plan("PL3", "P3"), Any.Plan("PL5", "P5"), Any.Plan("PL6", "P6")]);
        _source.Statuses.Add(Any.Status("LS4", "P4", Changed));
        await using var workspace = await LinkedAsync(new SourceRestriction(Date(from), Date(to), null));
        string.Join(' ', await HouseholdsAsync(workspace)).ShouldBe(expected);
    }

    [Fact]
    public async Task U8_changes_are_dated_in_London()
    {
        _source.People.AddRange([Any.Person("P1", 1, changedAt: new(2026, 6, 30, 22, 59, 59, TimeSpan.Zero)), Any.Person("P2", 2, changedAt: new(2026, 6, 30, 23, 0, 0, TimeSpan.Zero))]);
        _source.Plans.AddRange([Any.Plan("PL1", "P1"), Any.Plan("PL2", "P2")]);
        await using var workspace = await LinkedAsync(new SourceRestriction(new(2026, 7, 1), new(2026, 7, 1), null));
        (await HouseholdsAsync(workspace)).ShouldBe(["P2"]);
    }

    [Fact]
    public async Task U8_one_person_brings_the_household_and_nobody_else()
    {
        _source.People.AddRange([Any.Person("M1", 1), Any.Person("C1", isUnborn: true, mother: "M1"), Any.Person("P2", 2)]);
        _source.Plans.AddRange([Any.Plan("PL1", "C1"), Any.Plan("PL2", "P2")]);
        await TellAsync(Any.Decision(Any.Key(8), "P8"));
        await using (var workspace = await LinkedAsync(new SourceRestriction(null, null, "M1")))
        {
            (await HouseholdsAsync(workspace)).ShouldBe(["C1 M1"]);
        }

        await using (var workspace = await LinkedAsync(new SourceRestriction(null, null, "P8")))
        {
            (await HouseholdsAsync(workspace)).ShouldBe(["P8"]);
        }

        await using (var workspace = await LinkedAsync(new SourceRestriction(null, null, "nobody")))
        {
            (await HouseholdsAsync(workspace)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task U8_an_extract_gives_the_same_households_as_the_views()
    {
        _source.People.AddRange(
        [
            Any.Person("M1", 1, worker: "W1"), Any.Person("C1", isUnborn: true, mother: "M1"), Any.Person("P2", 2), Any.Person("P3", 1), Any.Person("P4", 4), Any.Person("P5", 8), Any.Person("Out", 9),
        ]);
        _source.Plans.AddRange([Any.Plan("PL1", "C1"), Any.Plan("PL2", "P2"), Any.Plan("PL3", "P3"), Any.Plan("PL4", "P4"), Any.Plan("PL5", "P5")]);
        _source.Statuses.Add(Any.Status("LS1", "M1"));
        _source.Workers.AddRange([new("W1", "Pat", null, true), new("W2", "Jo", null, true)]);
        _source.SetAside.AddRange([new(SourceTable.Plan, "a", "PLx", "C1", "start_date", "bad"), new(SourceTable.Plan, "b", "PLy", "P4", "start_date", "bad"), new(SourceTable.Plan, "c", null, null, null, "bad"), new(SourceTable.Worker, "d", "W9", null, null, "bad")]);
        await TellAsync(Any.Decision(Any.Key(7, PlanType.Ucpp), "M0", sources: ["PL1"], children: ["C1"]), Any.Decision(Any.Key(8), "M1"));

        foreach (var restriction in new[] { null, new SourceRestriction(null, null, "C1"), new SourceRestriction(null, null, "P4") })
        {
            await using var one = await LinkedAsync(restriction);
            var manifest = await one.WriteExtractAsync(_folder.At("extract"), Any.Today, restriction, full: true, default);
            var folder = await ExtractFolder.OpenAsync(_folder.At("extract"), Any.Today, default);
            await using var two = await Workspace.CreateAsync(_folder.At("run2"), default);
            await two.LoadAsync(folder, default);
            await two.LoadLedgerAsync(_session, Any.Now, Any.Window, default);
            await two.LinkAsync(folder, default);

            Describe(await two.HouseholdsAsync(default).ToListAsync()).ShouldBe(Describe(await one.HouseholdsAsync(default).ToListAsync()));
            two.SourceRows.ShouldBe(one.SourceRows);
            two.Counts().HasUnknownPerson.ShouldBeTrue();
            two.Counts().HeldRecords.ShouldBe(2);
            var inside = restriction is not null;
            manifest.Files["worker.csv"].Rows.ShouldBe(!inside ? 2 : restriction!.PersonId == "C1" ? 1 : 0);
            manifest.Files["set_aside.csv"].Rows.ShouldBe(inside ? 2 : 4);
            manifest.PersonsWithoutRows.ShouldBe(restriction?.PersonId == "C1" ? ["M0"] : []);
            manifest.NumbersClaimedElsewhere.ShouldBe(restriction?.PersonId == "C1" ? ["M1"] : []);
            manifest.HeldNumbersClaimedElsewhere.ShouldBe(restriction?.PersonId == "C1" ? ["M1"] : []);
        }
    }

    [Fact]
    public async Task U8_a_restricted_extract_that_the_ledger_has_outgrown_is_refused()
    {
        _source.People.AddRange([Any.Person("P1", 1), Any.Person("P2", 2)]);
        _source.Plans.AddRange([Any.Plan("PL1", "P1"), Any.Plan("PL2", "P2")]);
        await using var one = await LinkedAsync(new SourceRestriction(null, null, "P1"));
        await one.WriteExtractAsync(_folder.At("extract"), Any.Today, new SourceRestriction(null, null, "P1"), full: false, default);
        await TellAsync(Any.Decision(Any.Key(2, PlanType.Ucpp), "P2", sources: ["PL1"], children: ["P1"]));

        var folder = await ExtractFolder.OpenAsync(_folder.At("extract"), Any.Today, default);
        await using var two = await Workspace.CreateAsync(_folder.At("run2"), default);
        await two.LoadAsync(folder, default);
        await two.LoadLedgerAsync(_session, Any.Now, Any.Window, default);
        (await Should.ThrowAsync<ExtractFolderException>(() => two.LinkAsync(folder, default))).Message.ShouldContain("extract again");
    }

    [Fact]
    public async Task A_manifest_in_the_restricted_extract_keeps_others_out()
    {
        await TellAsync(Any.Decision(Any.Key(1), "P1"), Any.Decision(Any.Key(9), "P9"));
        await using (var one = await LinkedAsync(new SourceRestriction(null, null, "P1")))
        {
            await one.WriteExtractAsync(_folder.At("extract"), Any.Today, new SourceRestriction(null, null, "P1"), full: false, default);
        }

        var folder = await ExtractFolder.OpenAsync(_folder.At("extract"), Any.Today, default);
        await using var two = await Workspace.CreateAsync(_folder.At("run2"), default);
        await two.LoadAsync(folder, default);
        await two.LoadLedgerAsync(_session, Any.Now, Any.Window, default);
        await two.LinkAsync(folder, default);
        (await HouseholdsAsync(two)).ShouldBe(["P1"]);
    }

    [Fact]
    public async Task Decisions_come_back_in_both_orders()
    {
        _source.People.AddRange([Any.Person("B", 1), Any.Person("A", 2), Any.Person("C", 3, mother: "A")]);
        _source.Plans.AddRange([Any.Plan("PLA", "A"), Any.Plan("PLB", "B"), Any.Plan("PLC", "C")]);
        await using var workspace = await LinkedAsync();
        var c = Any.Decision(Any.Key(3), "C", changedAt: Changed);
        var a1 = Any.Decision(Any.Key(2, PlanType.Lac, 7), "A", DecisionKind.Remove, changedAt: Changed.AddDays(-3));
        var a2 = Any.Decision(Any.Key(2, PlanType.Cpp, 6), "A", DecisionKind.Update, end: new DateOnly(2026, 2, 2));
        var a3 = a2 with { Start = null, Record = null, Kind = DecisionKind.Withheld, Reason = Reasons.DatesInconsistent, NhsNumber = null, ChangedAt = null };
        var b = Any.Decision(Any.Key(1), "B", DecisionKind.Unchanged) with { Record = null };
        await foreach (var h in workspace.HouseholdsAsync(default))
        {
            workspace.Add(h.Number, new HouseholdDecisions(h.Number == 1 ? [c, a1, a2, a3] : [b], h.Number == 1 ? [Any.Key(5)] : []));
        }

        Same(await workspace.DecisionsAsync(default).ToListAsync(), [a3, a2, a1, b, c]);
        Same(await workspace.PayloadAsync(default).ToListAsync(), [c, a1, a2]);
        (await workspace.PayloadSizesAsync(default).ToListAsync()).ShouldBe([3]);
        (await workspace.LapsedAsync(default).ToListAsync()).ShouldBe([Any.Key(5)]);
        workspace.OldestChange().ShouldBe(Changed.AddDays(-3));
        workspace.CountDecisions().ShouldBe(
        [
            (DecisionKind.New, "", 1), (DecisionKind.Update, "", 1), (DecisionKind.Remove, Reasons.GoneFromSource, 1), (DecisionKind.Unchanged, "", 1),
            (DecisionKind.Withheld, Reasons.DatesInconsistent, 1),
        ]);

        workspace.WithholdVanished();
        Same(await workspace.PayloadAsync(default).ToListAsync(), [c, a2]);
        var withheld = (await workspace.DecisionsAsync(default).ToListAsync())[2];
        (withheld.Kind, withheld.Reason, withheld.DeleteDate, withheld.Record).ShouldBe((DecisionKind.Withheld, Reasons.GoneFromSource, null, null));
        workspace.OldestChange().ShouldBe(Changed);
    }

    [Fact]
    public async Task People_are_in_ordinal_order_of_UTF16_units_not_of_code_points()
    {
        string[] ids = ["z", "A", "a", "\uFF21", "𠮷", "é", "10", "9", "a b", "ab"];
        _source.Plans.AddRange(ids.Select((id, i) => Any.Plan($"PL{i}", id)));
        await using var workspace = await LinkedAsync();
        (await HouseholdsAsync(workspace)).ShouldBe(ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Lookups_find_people_by_number_however_it_is_written()
    {
        var spaced = Any.Number(1).Value.Insert(3, " ").Insert(7, "-");
        _source.People.AddRange([Any.Person("P2", 1), Any.Person("P1") with { NhsNumber = spaced }, Any.Person("C1", mother: "P1"), Any.Person("P3") with { NhsNumber = "123" }]);
        _source.Workers.Add(new("W1", "Pat", "pat@example.org", false));
        await using var workspace = await LinkedAsync();
        workspace.FindPeople(Any.Number(1)).Select(p => p.PersonId).ShouldBe(["P1", "P2"]);
        workspace.FindChildren("P1").Select(p => p.PersonId).ShouldBe(["C1"]);
        workspace.FindPerson("P1").ShouldBe(_source.People[1]);
        workspace.FindPerson("p1").ShouldBeNull();
        workspace.FindWorker("W1").ShouldBe(_source.Workers[0]);
    }

    [Fact]
    public async Task The_file_is_private_and_goes_away_even_after_a_crash()
    {
        var workspace = await Workspace.CreateAsync(_folder.At("runs/R1"), default);
        if (!OperatingSystem.IsWindows())
        {
            // Before anybody is in it: it has no name that a killed process could leave behind.
            Directory.GetFiles(_folder.At("runs/R1")).ShouldBeEmpty();
        }

        await workspace.LoadAsync(new ListSource { People = { Any.Person("P1", 1) } }, default);
        await workspace.LinkAsync((SourceRestriction?)null, default);
        workspace.FindPerson("P1").ShouldNotBeNull();
        await workspace.DisposeAsync();
        Directory.GetFiles(_folder.At("runs/R1")).ShouldBeEmpty();

        File.WriteAllText(_folder.At("runs/R1/.workspace-dead.db"), "");
        File.WriteAllText(_folder.At("runs/R1/kept.csv"), "");
        Workspace.DeleteLeftovers(_folder.At("runs"));
        Directory.GetFiles(_folder.At("runs/R1")).ShouldBe([_folder.At("runs/R1/kept.csv")]);
        Workspace.DeleteLeftovers(_folder.At("none"));
    }

    [Fact]
    public void U8_households_are_the_connected_components_whatever_the_order_of_rows()
    {
        var id = Gen.Choose(0, 14).Select(n => $"P{n}");
        var person = from p in id from m in Gen.Frequency((2, id.Select(x => (string?)x)), (1, Gen.Constant<string?>(null))) select (p, m);
        var gen = from people in person.ListOf(10) from plans in id.ListOf(6) from seed in Gen.Choose(0, int.MaxValue) select (people.DistinctBy(x => x.p).ToList(), plans, seed);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(gen.ToArbitrary(), x =>
        {
            var (people, plans, seed) = x;
            var source = new ListSource();
            source.People.AddRange(people.Select(p => Any.Person(p.p, mother: p.m)));
            source.Plans.AddRange(plans.Select((p, i) => Any.Plan($"PL{i}", p)));
            var expected = Components(people, plans);
            var random = new Random(seed);
            var shuffled = new ListSource();
            shuffled.People.AddRange(source.People.OrderBy(_ => random.Next()));
            shuffled.Plans.AddRange(source.Plans.OrderBy(_ => random.Next()));
            return Task.Run(async () => (await OfAsync(source)).SequenceEqual(expected) && (await OfAsync(shuffled)).SequenceEqual(expected)).GetAwaiter().GetResult();
        }));

        async Task<List<string>> OfAsync(ListSource source)
        {
            await using var workspace = await Workspace.CreateAsync(_folder.At("run"), default);
            await workspace.LoadAsync(source, default);
            await workspace.LinkAsync((SourceRestriction?)null, default);
            return await HouseholdsAsync(workspace);
        }

        // Repeated spreading of the smallest id, to be unlike the code under test.
        static List<string> Components(List<(string P, string? M)> people, IList<string> plans)
        {
            var known = people.Select(p => p.P).Concat(plans).ToHashSet();
            var label = known.Concat(people.Select(p => p.M).OfType<string>()).Distinct().ToDictionary(n => n, n => n);
            for (var changed = true; changed;)
            {
                changed = false;
                foreach (var (p, m) in people.Where(p => p.M is not null))
                {
                    var least = string.CompareOrdinal(label[p], label[m!]) < 0 ? label[p] : label[m!];
                    changed |= label[p] != least || label[m!] != least;
                    label[p] = label[m!] = least;
                }
            }

            return [.. known.GroupBy(n => label[n]).Where(g => g.Any(plans.Contains)).Select(g => string.Join(' ', g.Order(StringComparer.Ordinal)))
                .OrderBy(g => g.Split(' ')[0], StringComparer.Ordinal)];
        }
    }

    private static DateOnly? Date(string? text) => text is null ? null : DateOnly.Parse(text);

    private static void ShouldBeTheSame(LedgerEvent? actual, LedgerEvent expected)
    {
        actual.ShouldNotBeNull();
        (actual with { SourceIds = [], ChildIds = [] }).ShouldBe(expected with { SourceIds = [], ChildIds = [] });
        actual.SourceIds.ShouldBe(expected.SourceIds);
        actual.ChildIds.ShouldBe(expected.ChildIds);
    }

    private static void Same(List<Decision> actual, List<Decision> expected)
    {
        actual.Select(d => d with { SourceIds = [], ChildIds = [] }).ShouldBe(expected.Select(d => d with { SourceIds = [], ChildIds = [] }));
        actual.Select(d => string.Join(';', d.SourceIds.Concat(d.ChildIds))).ShouldBe(expected.Select(d => string.Join(';', d.SourceIds.Concat(d.ChildIds))));
    }

    private static string Describe(List<NumberedHousehold> households) => string.Join('\n', households.Select(h =>
        $"{h.Number} {string.Join(',', h.Household.People.Select(p => $"{p.Person} {p.PersonId} [{string.Join(',', p.Plans)}] [{string.Join(',', p.LegalStatuses)}] [{string.Join(',', p.SetAside)}]"))} "
        + $"{string.Join(',', h.Household.Ledger.Select(l => l.Last!.HolderId))} shared {string.Join(',', h.Household.SharedNumbers.Select(n => n.Value).Order(StringComparer.Ordinal))}"));

    private static async Task<List<string>> HouseholdsAsync(Workspace workspace) =>
        await workspace.HouseholdsAsync(default).Select(h => string.Join(' ', h.Household.People.Select(p => p.PersonId))).ToListAsync();

    private async Task<List<string>> HouseholdsAsync()
    {
        await using var workspace = await LinkedAsync();
        return await HouseholdsAsync(workspace);
    }

    private async Task<Workspace> LinkedAsync(SourceRestriction? restriction = null, DateTimeOffset? now = null)
    {
        var workspace = await Workspace.CreateAsync(_folder.At("run"), default);
        await workspace.LoadAsync(_source, default);
        await workspace.LoadLedgerAsync(_session, now ?? Any.Now, Any.Window, default);
        await workspace.LinkAsync(restriction, default);
        return workspace;
    }

    private async Task TellAsync(params Decision[] decisions)
    {
        var files = new FileStore(_session);
        var number = await files.TakeNumberAsync("XX", "R1", Any.Now, default);
        await files.AddAsync([new NewFile(number, "hl7v3", $"upload-{number}.xml", "x", "00", decisions.Length, $"L{number}")], decisions.ToAsyncEnumerable(), default);
        await files.MarkSendingAsync(number, Any.Now, default);
        await files.MarkSentAsync(number, Any.Now, null, false, default);
    }

    private async Task AnswerLastAsync(FileOutcome outcome, params RecordAnswer[] records)
    {
        var files = new FileStore(_session);
        var last = (await files.NewestAsync(default))!.Value;
        (await files.MarkAnsweredAsync(new FileAnswer(last, Any.Now, null, [], outcome, records), default)).ShouldBe(AnswerResult.Applied);
    }
}

public sealed class WorkspaceTestsOnSqlite() : WorkspaceTests(TestFolder.Sqlite);

public sealed class WorkspaceTestsOnSqlServer() : WorkspaceTests(TestFolder.SqlServer);
