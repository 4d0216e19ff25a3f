using CpIs.Domain.Accesses;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using static CpIs.Domain.Tests.Accesses.Told;

namespace CpIs.Domain.Tests.Accesses;

public class AccessMatcherTests
{
    private static readonly CarePerson Alex = new("P1", One, IsUnborn: false, IsInScope: true, IsMotherOfUnborn: false);
    private static readonly CarePerson Bo = new("P2", Two, IsUnborn: false, IsInScope: true, IsMotherOfUnborn: false);
    private static readonly CarePerson Mother = new("M1", One, IsUnborn: false, IsInScope: false, IsMotherOfUnborn: true);

    private static AccessMatch Match(Access access, CarePerson[]? people = null, LedgerEvent[]? history = null, UnbornPlan[]? plans = null) =>
        AccessMatcher.Match(access, new AccessFacts(people ?? [], plans ?? [], history ?? []));

    private static void ShouldReach(AccessMatch match, params string[] ids) => match.Files.Select(f => f.PersonId).ShouldBe(ids);

    [Fact]
    public void A4_local_id_comes_first()
    {
        var match = Match(Access(localId: " P1 "), [Alex, Bo]);
        ShouldReach(match, "P1");
        match.ConflictWith.ShouldBeEmpty();
        match.Files[0].ThroughMother.ShouldBeFalse();
    }

    [Fact]
    public void A4_local_id_and_number_of_different_people_is_matched_by_local_id_and_names_the_conflict()
    {
        var match = Match(Access("9990000026", "P1"), [Alex, Bo]);
        ShouldReach(match, "P1");
        match.ConflictWith.ShouldBe(["P2"]);
    }

    [Fact]
    public void A4_local_id_and_former_number_of_the_same_person_is_no_conflict()
    {
        var match = Match(Access("9990000034", "P1"), [Alex], [Record("P1", Three, PlanType.Cpp, "2026-01-01")]);
        ShouldReach(match, "P1");
        match.ConflictWith.ShouldBeEmpty();
    }

    [Fact]
    public void A4_former_number_that_is_now_another_persons_is_a_conflict()
    {
        var match = Match(Access("9990000026", "P1"), [Alex, Bo], [Record("P1", Two, PlanType.Cpp, "2026-01-01")]);
        ShouldReach(match, "P1");
        match.ConflictWith.ShouldBe(["P2"]);
    }

    [Fact]
    public void A4_number_known_only_in_the_ledger_for_another_person_is_a_conflict()
    {
        var match = Match(Access("9990000034", "P1"), [Alex], [Record("P9", Three, PlanType.Cpp, "2026-01-01")]);
        ShouldReach(match, "P1");
        match.ConflictWith.ShouldBe(["P9"]);
    }

    [Theory]
    [InlineData("12")]
    [InlineData("000012")]
    [InlineData(" 0012 ")]
    public void A4_U6_file_number_and_number_come_second_and_compare_as_numbers(string quoted)
    {
        // The number has moved to P2 since it was sent for P1 in file 12.
        var match = Match(Access("9990000026", file: quoted), [Alex, Bo], [Record("P1", Two, PlanType.Cpp, "2026-01-01", file: 12)]);
        ShouldReach(match, "P1");
    }

    [Theory]
    [InlineData("13")]
    [InlineData("-1")]
    [InlineData(null)]
    public void A4_without_a_record_in_the_quoted_file_the_care_data_decide(string? quoted) =>
        ShouldReach(Match(Access("9990000026", file: quoted), [Alex, Bo], [Record("P1", Two, PlanType.Cpp, "2026-01-01", file: 12)]), "P2");

    [Fact]
    public void A4_quoted_file_of_someone_who_left_the_care_data_gives_way_to_who_has_the_number_now() =>
        ShouldReach(Match(Access("9990000026", file: "12"), [Bo], [Record("P9", Two, PlanType.Cpp, "2026-01-01", file: 12)]), "P2");

    [Theory]
    [InlineData("9990000018")]
    [InlineData("999 000 0018")]
    [InlineData("999-000-0018")]
    public void A4_number_in_the_care_data_comes_third(string number) => ShouldReach(Match(Access(number), [Alex, Bo]), "P1");

    [Fact]
    public void A4_ledger_history_comes_last() =>
        ShouldReach(Match(Access("9990000034"), [Alex, Bo], [Record("P1", Three, PlanType.Cpp, "2026-01-01")]), "P1");

    [Fact]
    public void A4_ledger_history_of_a_number_that_moved_leads_to_whose_record_was_visible_on_the_day()
    {
        LedgerEvent[] history =
        [
            Record("P1", Three, PlanType.Cpp, "2025-01-01", file: 1, visibleUntil: "2026-02-28"),
            Record("P2", Three, PlanType.Cpp, "2026-03-01", file: 2),
        ];
        ShouldReach(Match(Access("9990000034", day: "2026-02-28"), history: history), "P1");
        ShouldReach(Match(Access("9990000034", day: "2026-03-01"), history: history), "P2");
        ShouldReach(Match(Access("9990000034", day: "2024-12-31"), history: history), "P2");
    }

    [Theory]
    [InlineData("9990000019")]
    [InlineData("9999999999")]
    [InlineData("123")]
    [InlineData(null)]
    public void A4_N1_an_invalid_number_matches_nobody(string? number) =>
        Match(Access(number, file: "1"), [Alex], [Record("P1", One, PlanType.Cpp, "2026-01-01")]).IsNobody.ShouldBeTrue();

    [Fact]
    public void A4_invalid_number_beside_a_good_local_id_is_no_conflict()
    {
        var match = Match(Access("9990000019", "P1"), [Alex]);
        ShouldReach(match, "P1");
        match.ConflictWith.ShouldBeEmpty();
    }

    [Fact]
    public void A4_unknown_local_id_falls_back_on_the_number() => ShouldReach(Match(Access("9990000018", "P77"), [Alex]), "P1");

    [Fact]
    public void A4_someone_gone_from_the_care_data_is_matched_by_the_local_id_that_was_sent() =>
        ShouldReach(Match(Access(localId: "P9"), [Alex], [Record("P9", Three, PlanType.Cpp, "2026-01-01")]), "P9");

    [Fact]
    public void A4_nobody_known_is_nobody()
    {
        Match(Access("9990000034", "P77"), [Alex, Bo]).IsNobody.ShouldBeTrue();
        AccessMatcher.Match(Access(), AccessFacts.None).IsNobody.ShouldBeTrue();
    }

    [Fact]
    public void A4_N6_number_of_two_people_belongs_to_whose_record_was_told_else_to_the_one_in_scope_else_to_nobody()
    {
        var other = Bo with { Number = One };
        ShouldReach(Match(Access("9990000018"), [Alex, other], [Record("P2", One, PlanType.Cpp, "2026-01-01")]), "P2");
        ShouldReach(Match(Access("9990000018"), [Alex, other with { IsInScope = false }]), "P1");
        Match(Access("9990000018"), [Alex, other]).IsNobody.ShouldBeTrue();
    }

    [Fact]
    public void A4_N6_an_unborn_childs_own_number_never_counts()
    {
        var unborn = new CarePerson("U1", One, IsUnborn: true, IsInScope: true, IsMotherOfUnborn: false);
        Match(Access("9990000018"), [unborn]).IsNobody.ShouldBeTrue();
    }

    [Theory]
    [InlineData("2026-01-31", false)]
    [InlineData("2026-02-01", true)]
    [InlineData("2026-06-28", true)]
    [InlineData("2026-06-29", false)]
    public void A4_a_mothers_number_reaches_her_child_while_the_record_is_visible(string day, bool reached)
    {
        var ucpp = Record("M1", One, PlanType.Ucpp, "2026-02-01", visibleUntil: "2026-06-28", children: ["U1"], toldOn: "2026-02-02");
        var match = Match(Access("9990000018", day: day), [Mother], [ucpp]);
        match.IsNobody.ShouldBe(!reached);
        if (reached)
        {
            match.Files.ShouldBe([new ReachedFile("U1", ThroughMother: true)]);
        }
    }

    [Fact]
    public void A4_day_of_access_is_a_London_day()
    {
        var ucpp = Record("M1", One, PlanType.Ucpp, "2026-02-01", visibleUntil: "2026-06-28", children: ["U1"]);
        var late = Access("9990000018") with { AccessedAt = new DateTimeOffset(2026, 6, 28, 22, 59, 0, TimeSpan.Zero) };
        ShouldReach(Match(late, [Mother], [ucpp]), "U1");
        Match(late with { AccessedAt = late.AccessedAt.AddMinutes(1) }, [Mother], [ucpp]).IsNobody.ShouldBeTrue();
    }

    [Fact]
    public void A4_a_mothers_local_id_reaches_her_children_too()
    {
        var ucpp = Record("M1", One, PlanType.Ucpp, "2026-02-01", visibleUntil: "2026-06-28", children: ["U1", "U2"]);
        ShouldReach(Match(Access(localId: "M1"), [Mother], [ucpp]), "U1", "U2");
        ShouldReach(Match(Access("9990000018", "M1"), [Mother], [ucpp]), "U1", "U2");
    }

    [Fact]
    public void A4_a_mother_reached_by_local_id_keeps_her_children_after_her_number_changed()
    {
        LedgerEvent[] history =
        [
            Record("M1", Two, PlanType.Ucpp, "2026-02-01", file: 1, visibleUntil: "2026-06-28", children: ["U1"]),
            Record("M1", Two, PlanType.Ucpp, "2026-02-01", file: 2, deleted: "2026-03-01", children: ["U1"]),
            Record("M1", One, PlanType.Ucpp, "2026-02-01", file: 2, record: 2, visibleUntil: "2026-06-28", children: ["U1"], toldOn: "2026-03-01"),
        ];
        ShouldReach(Match(Access("9990000026", "M1", day: "2026-03-10"), [Mother], history), "U1");
        Match(Access("9990000026", day: "2026-03-10"), [], history).IsNobody.ShouldBeTrue();
        ShouldReach(Match(Access("9990000026", day: "2026-03-01"), [], history), "U1");
    }

    [Theory]
    [InlineData("2026-03-10", true)]
    [InlineData("2026-03-11", false)]
    public void A4_a_record_counts_until_the_day_of_its_removal(string day, bool reached)
    {
        LedgerEvent[] history =
        [
            Record("M1", One, PlanType.Ucpp, "2026-02-01", file: 1, visibleUntil: "2026-06-28", children: ["U1"]),
            Record("M1", One, PlanType.Ucpp, "2026-02-01", file: 2, deleted: "2026-03-10", children: ["U1"]),
        ];
        Match(Access("9990000018", day: day), [Mother], history).IsNobody.ShouldBe(!reached);
    }

    [Fact]
    public void A4_a_record_told_again_after_its_removal_is_visible()
    {
        LedgerEvent[] history =
        [
            Record("M1", One, PlanType.Ucpp, "2026-02-01", file: 1, visibleUntil: "2026-06-28", children: ["U1"]),
            Record("M1", One, PlanType.Ucpp, "2026-02-01", file: 2, deleted: "2026-03-01", children: ["U1"]),
            Record("M1", One, PlanType.Ucpp, "2026-02-01", file: 3, visibleUntil: "2026-06-28", children: ["U1"], toldOn: "2026-03-05"),
        ];
        ShouldReach(Match(Access("9990000018"), [Mother], history), "U1");
    }

    [Theory]
    [InlineData(RecordOutcome.Rejected)]
    [InlineData(RecordOutcome.Failed)]
    public void A4_what_CP_IS_refused_was_never_visible(RecordOutcome outcome) =>
        Match(Access("9990000018"), [Mother], [Record("M1", One, PlanType.Ucpp, "2026-02-01", visibleUntil: "2026-06-28", children: ["U1"], outcome: outcome)])
            .IsNobody.ShouldBeTrue();

    [Fact]
    public void A4_what_was_told_and_not_answered_counts_as_visible() =>
        ShouldReach(
            Match(
                Access("9990000018"),
                [Mother],
                [Record("M1", One, PlanType.Ucpp, "2026-02-01", visibleUntil: "2026-06-28", children: ["U1"], outcome: RecordOutcome.Unanswered)]),
            "U1");

    [Theory]
    [InlineData("2026-05-10", true)]
    [InlineData("2026-05-11", false)]
    public void A4_a_record_shortened_after_the_access_was_visible_on_its_day(string day, bool reached)
    {
        // Told until 28 June; on 11 May told of a birth on 1 April, visible to 29 April.
        LedgerEvent[] history =
        [
            Record("M1", One, PlanType.Ucpp, "2026-02-01", file: 1, end: "2026-05-31", visibleUntil: "2026-06-28", children: ["U1"]),
            Record("M1", One, PlanType.Ucpp, "2026-02-01", file: 2, end: "2026-04-01", visibleUntil: "2026-04-29", children: ["U1"], toldOn: "2026-05-11"),
        ];
        Match(Access("9990000018", day: day), [Mother], history).IsNobody.ShouldBe(!reached);
    }

    [Fact]
    public void A4_a_child_born_since_is_still_reached()
    {
        var mother = Mother with { IsMotherOfUnborn = false };
        var born = new CarePerson("U1", Two, IsUnborn: false, IsInScope: true, IsMotherOfUnborn: false);
        var ucpp = Record("M1", One, PlanType.Ucpp, "2026-02-01", end: "2026-03-01", visibleUntil: "2026-03-29", children: ["U1"]);
        ShouldReach(Match(Access("9990000018"), [mother, born], [ucpp]), "U1");
    }

    [Fact]
    public void A4_her_own_file_only_if_a_record_of_hers_is_or_was_shared()
    {
        var ucpp = Record("M1", One, PlanType.Ucpp, "2026-02-01", visibleUntil: "2026-06-28", children: ["U1"]);
        var own = Record("M1", One, PlanType.Lac, "2024-01-01", file: 2, visibleUntil: "2025-06-01");
        ShouldReach(Match(Access("9990000018"), [Mother], [ucpp]), "U1");
        ShouldReach(Match(Access("9990000018"), [Mother], [ucpp, own]), "M1", "U1");
        ShouldReach(Match(Access("9990000018", day: "2026-08-01"), [Mother], [ucpp, own]), "M1");
        ShouldReach(Match(Access("9990000018"), [Mother], [ucpp, own with { Outcome = RecordOutcome.Rejected }]), "U1");
    }

    [Fact]
    public void A4_a_former_mother_is_a_mother_even_when_the_care_data_no_longer_say_so()
    {
        var former = Mother with { IsMotherOfUnborn = false };
        var ucpp = Record("M1", One, PlanType.Ucpp, "2025-02-01", visibleUntil: "2025-06-28", children: ["U1"]);
        Match(Access("9990000018"), [former], [ucpp]).IsNobody.ShouldBeTrue();
        ShouldReach(Match(Access("9990000018"), [former], [ucpp with { Outcome = RecordOutcome.Rejected }]), "M1");
    }

    [Fact]
    public void A4_a_mother_of_whom_nothing_was_told_reaches_nobody()
    {
        Match(Access("9990000018"), [Mother]).IsNobody.ShouldBeTrue();
        Match(Access(localId: "M1"), [Mother]).IsNobody.ShouldBeTrue();
    }

    [Theory]
    [InlineData("2026-03-10", true)]
    [InlineData("2026-03-11", false)]
    public void A4_S7_a_twin_who_joined_the_record_without_a_new_upload_is_reached_from_the_start_of_its_plan(string planStart, bool reached)
    {
        var ucpp = Record("M1", One, PlanType.Ucpp, "2026-02-01", end: "2026-05-31", visibleUntil: "2026-06-28", children: ["U1"]);
        UnbornPlan[] plans = [new("M1", "U1", Day("2026-02-01"), true), new("M1", "U2", Day(planStart), true), new("M9", "U9", Day("2026-02-01"), true)];
        ShouldReach(Match(Access("9990000018"), [Mother], [ucpp], plans), reached ? ["U1", "U2"] : ["U1"]);
    }

    [Fact]
    public void A4_result_does_not_depend_on_the_order_of_the_facts()
    {
        NhsNumber[] numbers = [One, Two, Three];
        string[] ids = ["P1", "P2", "M1"];
        var days = Gen.Choose(1, 20).Select(d => new DateOnly(2026, 3, d).ToString("yyyy-MM-dd"));
        var events =
            from holder in Gen.Elements(ids)
            from number in Gen.Elements(numbers)
            from type in Gen.Elements(PlanType.All.ToArray())
            from start in days
            from until in days
            from file in Gen.Choose(1, 4)
            from record in Gen.Choose(1, 1000)
            from outcome in Gen.Elements(RecordOutcome.Confirmed, RecordOutcome.Unanswered, RecordOutcome.Rejected)
            from removed in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
            select Record(holder, number, type, start, file, record, visibleUntil: until, children: type == PlanType.Ucpp ? ["U" + record % 3] : null, outcome: outcome, deleted: removed ? until : null);
        var people =
            from id in Gen.Elements(ids)
            from number in Gen.Elements(numbers)
            from inScope in Gen.Elements(true, false)
            from mother in Gen.Elements(true, false)
            select new CarePerson(id, number, false, inScope, mother);
        var cases =
            from history in events.ListOf()
            from known in people.ListOf()
            from number in Gen.Elements("9990000018", "9990000026", "9990000034", "1", null)
            from localId in Gen.Elements("P1", "M1", "P8", null)
            from file in Gen.Elements("1", "2", null)
            from day in days
            from seed in Gen.Choose(0, int.MaxValue)
            select (history.DistinctBy(e => (e.Key, e.FileNumber)).ToList(), known.DistinctBy(p => p.PersonId).ToList(), Access(number, localId, day, file), seed);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var (history, known, access, seed) = c;
            var random = new Random(seed);
            var a = AccessMatcher.Match(access, new AccessFacts(known, [], history));
            var b = AccessMatcher.Match(access, new AccessFacts([.. known.OrderBy(_ => random.Next())], [], [.. history.OrderBy(_ => random.Next())]));
            a.Files.ShouldBe(b.Files);
            a.ConflictWith.ShouldBe(b.ConflictWith);
            a.Files.Select(f => f.PersonId).ShouldBe(a.Files.Select(f => f.PersonId).Distinct().Order(StringComparer.Ordinal));
        }).QuickCheckThrowOnFailure();
    }
}
