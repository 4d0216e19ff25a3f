using CpIs.Domain.Accesses;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using Shouldly;
using static CpIs.Domain.Tests.Accesses.Told;

namespace CpIs.Domain.Tests.Accesses;

public class InactiveMatcherTests
{
    private static readonly CarePerson Alex = new("P1", One, IsUnborn: false, IsInScope: true, IsMotherOfUnborn: false);
    private static readonly CarePerson Mother = new("M1", Two, IsUnborn: false, IsInScope: false, IsMotherOfUnborn: true);

    private static (string, string)[] Match(
        string? number, string? localId = null, CarePerson[]? people = null, LedgerEvent[]? history = null, UnbornPlan[]? plans = null, string day = "2026-03-10") =>
        [.. InactiveMatcher
            .Match(new InactiveNumber(number, localId, [], null), new AccessFacts(people ?? [], plans ?? [], history ?? []), Day(day))
            .Select(f => (f.PersonId, f.HolderId))];

    [Fact]
    public void A6_whoever_has_the_number_in_the_care_data_hears_of_it_whatever_local_id_came_with_it() =>
        Match("999 000 0018", "P2", [Alex, Alex with { PersonId = "P2", Number = Three }]).ShouldBe([("P1", "P1")]);

    [Fact]
    public void A6_else_the_person_with_the_local_id() => Match("9990000034", "P1", [Alex]).ShouldBe([("P1", "P1")]);

    [Fact]
    public void A6_else_whose_record_was_last_told_under_it() =>
        Match("9990000034", null, [Alex], [Record("P8", Three, PlanType.Cpp, "2025-01-01", 1), Record("P9", Three, PlanType.Cpp, "2026-01-01", 2)])
            .ShouldBe([("P9", "P9")]);

    [Theory]
    [InlineData("9990000034", null)]
    [InlineData("123", "P7")]
    [InlineData(null, null)]
    public void A6_else_nobody(string? number, string? localId) => Match(number, localId, [Alex]).ShouldBeEmpty();

    [Fact]
    public void A6_a_mothers_number_goes_to_each_unborn_childs_file_and_not_to_those_born_long_ago() =>
        Match("9990000026", null, [Mother], plans:
            [new("M1", "U2", Day("2026-02-01"), true), new("M1", "U1", Day("2026-02-01"), true), new("M1", "B1", Day("2020-02-01"), false)])
            .ShouldBe([("U1", "M1"), ("U2", "M1")]);

    [Theory]
    [InlineData("2026-06-28", true)]
    [InlineData("2026-06-29", false)]
    public void A6_a_child_whose_record_still_hangs_on_the_mother_counts(string day, bool counts)
    {
        var ucpp = Record("M1", Two, PlanType.Ucpp, "2026-02-01", visibleUntil: "2026-06-28", children: ["B1"]);
        Match("9990000026", null, [Mother with { IsMotherOfUnborn = false }], [ucpp], day: day).ShouldBe(counts ? [("B1", "M1")] : []);
    }

    [Fact]
    public void A6_a_mother_who_is_herself_in_scope_hears_on_her_own_file_too() =>
        Match("9990000026", null, [Mother with { IsInScope = true }], plans: [new("M1", "U1", Day("2026-02-01"), true)])
            .ShouldBe([("M1", "M1"), ("U1", "M1")]);

    [Fact]
    public void A6_two_people_with_the_number_both_hear() =>
        Match("9990000018", null, [Alex, Alex with { PersonId = "P0" }]).ShouldBe([("P0", "P0"), ("P1", "P1")]);
}
