using CpIs.Domain.Decisions;
using CpIs.Domain.Tests.Support;
using Shouldly;

namespace CpIs.Domain.Tests.Rules;

/// <summary>One reason, the first of rule U4 that applies: every pair of reasons that can meet on one record.</summary>
public class PrecedenceTests
{
    private const string Today = "2016-03-01";

    /// <summary>Each reason with what brings it about, in the order of rule U4. The plan or status is the row <c>r1</c> of <c>kid</c>.</summary>
    private static readonly (string Reason, Action<Council> Apply)[] ForPlans =
    [
        (Reasons.RecordedInError, c => c.Plan("r1").InError()),
        (Reasons.PersonMissing, c => c.Person("kid").Gone()),
        (Reasons.OtherAuthorityPlan, c => c.Plan("r1").OtherAuthority()),
        (Reasons.DatesInconsistent, c => c.Plan("r1").Change(p => p with { EndDate = p.StartDate!.Value.AddDays(-1) })),
        (Reasons.EndedBeforeBirth, c => c.Person("kid").Change(p => p with { DateOfBirth = (c.Plan("r1").Row.EndDate ?? c.Plan("r1").EndsOn("2016-02-20").Row.EndDate)!.Value.AddDays(1) })),
        (Reasons.Aged18, c => c.Person("kid").BornOn("1998-03-01")),
        (Reasons.StartsInFuture, c => c.Plan("r1").Change(p => p with { StartDate = Council.Day("2016-03-02") })),
        (Reasons.RetentionExpired, c => c.Plan("r1").Change(p => p with { StartDate = Council.Day("2014-01-04"), EndDate = Council.Day("2015-02-28") })),
        (Reasons.NumberMissing, c => c.Person("kid").Number(null)),
        (Reasons.NumberInvalid, c => c.Person("kid").NumberText(Numbers.Invalid)),
        (Reasons.NumberDuplicate, c => c.TwoPeopleHave(1)),
        (Reasons.NumberInactive, c => c.Inactive(1)),
        (Reasons.DetailsMissingPrefix + "family_name", c => c.Person("kid").Change(p => p with { FamilyName = null })),
    ];

    private static readonly (string Reason, Action<Council> Apply)[] ForStatuses =
    [
        (Reasons.RecordedInError, c => c.Status("r1").InError()),
        (Reasons.PersonMissing, c => c.Person("kid").Gone()),
        (Reasons.LegalStatusNotShared, c => c.Status("r1").CodeIs("E1")),
        (Reasons.DatesInconsistent, c => c.Status("r1").Change(p => p with { EndDate = p.StartDate!.Value.AddDays(-1) })),
        (Reasons.Aged18, c => c.Person("kid").BornOn("1998-03-01")),
        (Reasons.StartsInFuture, c => c.Status("r1").Change(p => p with { StartDate = Council.Day("2016-03-02") })),
        (Reasons.RetentionExpired, c => c.Status("r1").Change(p => p with { StartDate = Council.Day("2014-01-04"), EndDate = Council.Day("2015-02-28") })),
        (Reasons.NumberMissing, c => c.Person("kid").Number(null)),
        (Reasons.NumberInvalid, c => c.Person("kid").NumberText(Numbers.Invalid)),
        (Reasons.NumberDuplicate, c => c.TwoPeopleHave(1)),
        (Reasons.NumberInactive, c => c.Inactive(1)),
        (Reasons.DetailsMissingPrefix + "family_name", c => c.Person("kid").Change(p => p with { FamilyName = null })),
    ];

    private static readonly (string Reason, Action<Council> Apply)[] ForUnborn =
    [
        (Reasons.RecordedInError, c => c.Plan("r1").InError()),
        (Reasons.PersonMissing, c => c.Person("kid").Gone()),
        (Reasons.OtherAuthorityPlan, c => c.Plan("r1").OtherAuthority()),
        (Reasons.DatesInconsistent, c => c.Plan("r1").Change(p => p with { EndDate = p.StartDate!.Value.AddDays(-1) })),
        (Reasons.ExpectedDateMissing, c => c.Person("kid").Expected(null)),
        (Reasons.StartsInFuture, c => c.Plan("r1").Change(p => p with { StartDate = Council.Day("2016-03-02") })),
        (Reasons.RetentionExpired, c => c.Person("kid").Expected("2016-02-01")),
        (Reasons.MotherNotLinked, c => c.Person("kid").MotherIs(null)),
        (Reasons.MotherNumberMissing, c => c.Person("mia").Number(null)),
        (Reasons.MotherNumberInvalid, c => c.Person("mia").NumberText(Numbers.Invalid)),
        (Reasons.NumberDuplicate, c => c.TwoPeopleHave(1)),
        (Reasons.NumberInactive, c => c.Inactive(1)),
        (Reasons.DetailsMissingPrefix + "family_name", c => c.Person("mia").Change(p => p with { FamilyName = null })),
    ];

    /// <summary>Two reasons that exclude each other: one cell cannot be both.</summary>
    private static readonly HashSet<(string, string)> CannotMeet =
    [
        (Reasons.StartsInFuture, Reasons.RetentionExpired),
        (Reasons.EndedBeforeBirth, Reasons.StartsInFuture),
        (Reasons.NumberMissing, Reasons.NumberInvalid),
        (Reasons.MotherNumberMissing, Reasons.MotherNumberInvalid),
    ];

    public static TheoryData<string, string, string> Pairs()
    {
        var pairs = new TheoryData<string, string, string>();
        foreach (var (type, reasons) in new[] { ("CPP", ForPlans), ("LAC", ForStatuses), ("UCPP", ForUnborn) })
        {
            for (var first = 0; first < reasons.Length; first++)
            {
                for (var second = first; second < reasons.Length; second++)
                {
                    if (!CannotMeet.Contains((reasons[first].Reason, reasons[second].Reason)))
                    {
                        pairs.Add(type, reasons[first].Reason, reasons[second].Reason);
                    }
                }
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void U4_the_first_reason_that_applies_is_the_one_given(string type, string first, string second)
    {
        var council = new Council();
        council.Mother("mia");
        var reasons = type switch { "CPP" => ForPlans, "LAC" => ForStatuses, _ => ForUnborn };
        switch (type)
        {
            case "CPP": council.Child("kid").Number(1).Plan("r1", "2016-01-04"); break;
            case "LAC": council.Child("kid").Number(1).Status("r1", "C2", "2016-01-04"); break;
            default: council.Unborn("kid", "mia", "2016-06-01").Plan("r1", "2016-01-04"); break;
        }

        // What sets dates goes before what contradicts them, so the later reason is brought about first.
        foreach (var (_, apply) in reasons.Where(r => r.Reason == second || r.Reason == first).Reverse())
        {
            apply(council);
        }

        var night = council.Night(Today).ShouldSendNothing();

        var decision = night.Decisions.ShouldHaveSingleItem();
        (decision.Kind, decision.Reason).ShouldBe((DecisionKind.Withheld, first));
    }

    [Theory]
    [InlineData(Reasons.RecordedInError)]
    [InlineData(Reasons.PersonMissing)]
    [InlineData(Reasons.OtherAuthorityPlan)]
    [InlineData(Reasons.DatesInconsistent)]
    [InlineData(Reasons.Aged18)]
    [InlineData(Reasons.RetentionExpired)]
    [InlineData(Reasons.NumberDuplicate)]
    [InlineData(Reasons.NumberInactive)]
    [InlineData(Reasons.DetailsMissingPrefix + "family_name")]
    public void U4_upload_rejected_comes_last(string reason)
    {
        var council = new Council();
        council.Child("kid").Plan("r1", "2016-01-04");
        council.Night("2016-02-01").Rejected();

        Array.Find(ForPlans, r => r.Reason == reason).Apply(council);

        council.Night(Today).Decisions.ShouldHaveSingleItem().Reason.ShouldBe(reason);
    }

    [Fact]
    public void U4_a_status_of_an_unborn_person_outside_the_dates_of_its_code_is_not_shared_before_it_is_inconsistent()
    {
        var council = new Council { Settings = RuleSettings.Default with { SharedLegalStatuses = [new("C2", Council.Day("2016-02-01"))] } };
        council.Mother("mia");
        council.Unborn("kid", "mia", "2016-06-01").Status("r1", "C2", "2016-01-04", "2016-01-31").Status("r2", "C2", "2016-01-04");

        council.Night(Today).ShouldDecide(
            "LAC kid - 2016-01-04..2016-01-31 withheld legal-status-not-shared", "LAC kid - 2016-01-04.. withheld dates-inconsistent");
    }

    [Theory]
    [InlineData("ended late", "number", Reasons.EndedLate)]
    [InlineData("ended late", "start", Reasons.EndedLate)]
    [InlineData("number", "start", Reasons.NumberReplaced)]
    [InlineData("number", "one row in error", Reasons.NumberReplaced)]
    [InlineData("start", "one row in error", Reasons.StartDateAmended)]
    [InlineData("start", "one row gone", Reasons.StartDateAmended)]
    [InlineData("number", "one row gone", Reasons.NumberReplaced)]
    public void U4_the_first_reason_of_a_removal_that_applies_is_the_one_given(string first, string second, string reason)
    {
        var council = new Council();
        council.Child("kid").Status("r1", "C2", "2014-01-04").Status("r2", "C2", "2014-01-04");
        council.Night("2016-02-01").Confirmed();
        foreach (var what in new[] { first, second })
        {
            switch (what)
            {
                case "ended late": council.Status("r1").EndsOn("2015-01-01"); council.Status("r2").EndsOn("2015-01-01"); break;
                case "number": council.Person("kid").Number(9); break;
                case "start": council.Status("r1").StartsOn("2014-01-05"); council.Status("r2").StartsOn("2014-01-05"); break;
                case "one row in error": council.Status("r2").InError(); break;
                default: council.Status("r2").Gone(); break;
            }
        }

        council.Night(Today).Decisions.Single(d => d.Kind == DecisionKind.Remove).Reason.ShouldBe(reason);
    }
}
