namespace CpIs.Batch.Generator;

/// <summary>A family that makes a rule occur.</summary>
/// <param name="Rule">The rule id.</param>
/// <param name="Children">How many children it has.</param>
internal sealed record RuleSpecimen(string Rule, int Children, Action<CareScene> Add);

/// <summary>One family for each case of rules sections 1 and 2 that one night's data can show.</summary>
internal static class RuleSpecimens
{
    public static IReadOnlyList<RuleSpecimen> All { get; } =
    [
        new("S1", 1, s => s.AddPlan(s.AddChild(Born(s, 9) with { DateOfBirth = null }).PersonId, s.Ago(100))),
        new("S2", 1, s => s.AddStatus(NewChild(s, 12), "V3", s.Ago(200))),
        new("S2", 1, s => s.AddStatus(NewChild(s, 11), "V4", s.Ago(210))),
        new("S2", 1, s => s.AddStatus(NewChild(s, 2), "E1", s.Ago(150))),
        new("S2", 1, s => s.AddStatus(NewChild(s, 15), "J1", s.Ago(20))),
        new("S4", 1, s => Sequence(s, gap: 0)),
        new("S4", 1, s => Sequence(s, gap: 1)),
        new("S4", 1, s => Sequence(s, gap: 2)),
        new("S4", 1, s => Sequence(s, gap: -1)),
        new("S5", 1, s => UnbornPlan(s, s.Today.AddDays(70), s.Ago(30))),
        new("S6", 1, s => UnbornPlan(s, s.Today.AddDays(60), s.Ago(80), end: s.Ago(10))),
        new("S6", 1, s => UnbornPlan(s, s.Ago(28), s.Ago(150))),
        new("S6", 1, s => UnbornPlan(s, s.Ago(29), s.Ago(150))),
        new("S6", 1, s => UnbornPlan(s, expected: null, s.Ago(20))),
        new("S6", 1, s => UnbornPlan(s, s.Ago(12), s.Ago(5))),
        new("S7", 2, s => UnbornTwins(s, s.Ago(40), s.Ago(40))),
        new("S7", 2, s => UnbornTwins(s, s.Ago(40), s.Ago(25))),
        new("S8", 2, s =>
        {
            var mother = s.AddChild(s.PlainChild(s.Ago(16 * 365)));
            s.AddPlan(mother.PersonId, s.Ago(220));
            s.AddStatus(mother.PersonId, "V2", s.Ago(90));
            s.AddPlan(s.AddChild(s.Unborn(s.Today.AddDays(90), mother.PersonId, mother.FamilyName)).PersonId, s.Ago(15));
        }),
        new("S8", 1, s =>
        {
            var child = NewChild(s, 7);
            s.AddPlan(child, s.Ago(300), s.Ago(30));
            s.AddStatus(child, "C1", s.Ago(45));
        }),
        new("S9", 1, s => BornUnderPlan(s, birth: s.Ago(20), start: s.Ago(110), end: null)),
        new("S9", 1, s => BornUnderPlan(s, birth: s.Ago(20), start: s.Ago(110), end: s.Ago(35))),
        new("S9", 2, s =>
        {
            var mother = s.AddAdult(s.Mother(27));
            var first = s.AddChild(s.PlainChild(s.Ago(3)) with { MotherPersonId = mother.PersonId, NhsNumber = null });
            s.AddPlan(first.PersonId, s.Ago(60));
            s.AddPlan(s.AddChild(s.Unborn(s.Ago(1), mother.PersonId, mother.FamilyName)).PersonId, s.Ago(60));
        }),
        new("S10", 1, s => s.AddPlan(NewChild(s, 8), s.Ago(900), s.Today.AddMonths(-12))),
        new("S10", 1, s => s.AddPlan(NewChild(s, 8), s.Ago(900), s.Today.AddMonths(-12).AddDays(-1))),
        new("S10", 1, s => s.AddStatus(NewChild(s, 10), "C2", s.Ago(2000), s.Ago(800))),
        new("S11", 1, s => s.AddPlan(NewChild(s, 5), s.Ago(12), other: true)),
        new("S12", 1, s => s.AddPlan(NewChild(s, 4), s.Today.AddDays(1))),
        new("S12", 1, s => s.AddStatus(NewChild(s, 4), "V2", s.Today.AddDays(9))),
        new("S13", 1, s => s.AddStatus(BornOn(s, s.Today.AddYears(-18)), "C2", s.Ago(1500))),
        new("S13", 1, s => s.AddStatus(BornOn(s, s.Today.AddYears(-18).AddDays(1)), "C2", s.Ago(1500))),
        new("S14", 1, s =>
        {
            var child = NewChild(s, 6);
            s.AddPlan(child, s.Ago(500), s.Ago(260));
            s.AddPlan(child, s.Ago(120));
        }),
        new("S14", 1, s =>
        {
            var child = NewChild(s, 6);
            s.AddPlan(child, s.Ago(140), s.Ago(20));
            s.AddPlan(child, s.Ago(140));
        }),
        new("S15", 1, s => s.AddPlan(NewChild(s, 3), start: null)),
        new("S15", 1, s => s.AddPlan(NewChild(s, 13), s.Ago(10), s.Ago(11))),
        new("S15", 1, s => s.AddStatus(NewUnborn(s, s.Today.AddDays(40)), "C1", s.Ago(10))),
        new("S15", 1, s =>
        {
            s.AddPlan("P9999998", s.Ago(55));
            s.AddPlan(NewChild(s, 3), s.Ago(55));
        }),
        new("N1", 1, s => NumberedPlan(s, CareScene.Spoiled)),
        new("N1", 1, s => NumberedPlan(s, n => n[..9])),
        new("N1", 1, s => NumberedPlan(s, _ => "9999999999")),
        new("N1", 1, s => NumberedPlan(s, s.Spaced)),
        new("N2", 1, s => NumberedPlan(s, _ => null)),
        new("N2", 1, s => s.AddPlan(s.AddChild(s.Unborn(s.Today.AddDays(33), motherId: null)).PersonId, s.Ago(33))),
        new("N2", 1, s => s.AddPlan(s.AddChild(s.Unborn(s.Today.AddDays(33), "P9999999")).PersonId, s.Ago(33))),
        new("N2", 1, s => UnbornPlan(s, s.Today.AddDays(44), s.Ago(44), motherNumber: _ => null)),
        new("N2", 1, s => UnbornPlan(s, s.Today.AddDays(44), s.Ago(44), motherNumber: CareScene.Spoiled)),
        new("N5", 1, s => s.AddPlan(s.AddChild(Born(s, 9) with { FamilyName = null }).PersonId, s.Ago(75))),
        new("N5", 1, s => s.AddPlan(s.AddChild(Born(s, 9) with { GivenNames = null, DateOfBirth = null }).PersonId, s.Ago(75))),
        new("N5", 1, s =>
        {
            var mother = s.AddAdult(s.Mother(24) with { DateOfBirth = null });
            s.AddPlan(s.AddChild(s.Unborn(s.Today.AddDays(20), mother.PersonId)).PersonId, s.Ago(90));
        }),
        new("N5", 1, s => s.AddPlan(s.AddChild(Born(s, 9) with { FamilyName = "O'Elmby-Ashton", GivenNames = InventedNames.FourByteGiven + " Ada" }).PersonId, s.Ago(75))),
        new("N6", 2, s =>
        {
            s.AddPlan(NewChild(s, 6), s.Ago(65));
            var number = s.LastNumber();
            s.AddPlan(s.AddChild(Born(s, 6) with { NhsNumber = number }).PersonId, s.Ago(66));
        }),
        new("N6", 2, s =>
        {
            UnbornPlan(s, s.Today.AddDays(51), s.Ago(51));
            var number = s.LastNumber();
            s.AddPlan(s.AddChild(Born(s, 6) with { NhsNumber = number }).PersonId, s.Ago(67));
        }),
        new("U3", 1, s => s.AddPlan(NewChild(s, 12), s.Ago(77), error: true)),
        new("U3", 1, s => s.AddStatus(NewChild(s, 12), "C1", s.Ago(77), error: true)),
        new("A8", 1, s => s.AddPlan(s.AddChild(Born(s, 14) with { WorkerId = null, ManagerId = null, Team = null }).PersonId, s.Ago(31))),
        new("A8", 1, s => s.AddPlan(s.AddChild(Born(s, 14) with { WorkerId = "W0000002", ManagerId = "W9999999" }).PersonId, s.Ago(31))),
    ];

    /// <summary>A child of about so many years, of whom everything is right.</summary>
    private static CpIs.Domain.Source.Person Born(CareScene s, int years) => s.PlainChild(s.Ago((years * 365) + s.Random.Between(30, 330)));

    private static string NewChild(CareScene s, int years) => s.AddChild(Born(s, years)).PersonId;

    private static string BornOn(CareScene s, DateOnly birthDate) => s.AddChild(s.PlainChild(birthDate)).PersonId;

    private static string NewUnborn(CareScene s, DateOnly? expected, Func<string, string?>? motherNumber = null)
    {
        var mother = s.Mother(s.Random.Between(19, 38));
        s.AddAdult(motherNumber is null ? mother : mother with { NhsNumber = motherNumber(mother.NhsNumber!) });
        return s.AddChild(s.Unborn(expected, mother.PersonId, mother.FamilyName)).PersonId;
    }

    private static void UnbornPlan(CareScene s, DateOnly? expected, DateOnly start, DateOnly? end = null, Func<string, string?>? motherNumber = null) =>
        s.AddPlan(NewUnborn(s, expected, motherNumber), start, end);

    private static void UnbornTwins(CareScene s, DateOnly firstStart, DateOnly secondStart)
    {
        var mother = s.AddAdult(s.Mother(31));
        foreach (var start in new[] { firstStart, secondStart })
        {
            s.AddPlan(s.AddChild(s.Unborn(s.Today.AddDays(25), mother.PersonId, mother.FamilyName)).PersonId, start);
        }
    }

    private static void BornUnderPlan(CareScene s, DateOnly birth, DateOnly start, DateOnly? end)
    {
        var mother = s.AddAdult(s.Mother(22));
        s.AddPlan(s.AddChild(s.PlainChild(birth) with { MotherPersonId = mother.PersonId }).PersonId, start, end);
    }

    private static void NumberedPlan(CareScene s, Func<string, string?> change)
    {
        var child = Born(s, 7);
        s.AddPlan(s.AddChild(child with { NhsNumber = change(child.NhsNumber!) }).PersonId, s.Ago(50));
    }

    /// <summary>Two shared statuses with so many free days between them; -1 = they share a day.</summary>
    private static void Sequence(CareScene s, int gap)
    {
        var child = NewChild(s, 10);
        s.AddStatus(child, "C1", s.Ago(400), s.Ago(200));
        s.AddStatus(child, "C2", s.Ago(200).AddDays(gap + 1));
    }
}
