using CpIs.Domain.Decisions;
using CpIs.Domain.Explanation;
using CpIs.Domain.Tests.Support;
using Shouldly;

namespace CpIs.Domain.Tests.Explanation;

/// <summary>One story for each reason and rule: which rule decided, and what a manager reads.</summary>
public class ExplainedSamplesTests
{
    private const string Today = "2016-03-01";

    /// <summary>Story, the row whose decision is looked at, the decisive rule, decision and reason.</summary>
    private static readonly (string Name, Func<Council, Night> Story, string Row, string Rule, DecisionKind Kind, string Reason)[] s_samples =
    [
        ("never told", c => Plan(c).Look(Today), "p1", "U4", DecisionKind.New, ""),
        ("told and confirmed", c => Held(c).Look(Today), "p1", "U4", DecisionKind.Unchanged, ""),
        ("told and not answered", c => { Plan(c).Night("2016-02-29"); return c.Look(Today); }, "p1", "U9", DecisionKind.Unchanged, ""),
        ("ended", c => { Held(c).Plan("p1").EndsOn("2016-02-29"); return c.Look(Today); }, "p1", "U4", DecisionKind.End, ""),
        ("renamed", c => { Held(c).Person("kid").Named("Other", "Alex"); return c.Look(Today); }, "p1", "U4", DecisionKind.Update, ""),
        ("full run", c => Held(c).Look(Today, full: true), "p1", "U8", DecisionKind.Update, ""),
        ("in error, never told", c => { Plan(c).Plan("p1").InError(); return c.Look(Today); }, "p1", "U3", DecisionKind.Withheld, Reasons.RecordedInError),
        ("in error, told", c => { Held(c).Plan("p1").InError(); return c.Look(Today); }, "p1", "U3", DecisionKind.Remove, Reasons.RecordedInError),
        ("person missing", c => { Plan(c).Person("kid").Gone(); return c.Look(Today); }, "p1", "S15", DecisionKind.Withheld, Reasons.PersonMissing),
        ("other council, never told", c => { Plan(c).Plan("p1").OtherAuthority(); return c.Look(Today); }, "p1", "S11", DecisionKind.Withheld, Reasons.OtherAuthorityPlan),
        ("other council, told", c => { Held(c).Plan("p1").OtherAuthority(); return c.Look(Today); }, "p1", "S11", DecisionKind.Remove, Reasons.OtherAuthorityPlan),
        ("code not shared", c => { c.Child("kid").Status("s1", "E1", "2016-01-04"); return c.Look(Today); }, "s1", "S2", DecisionKind.Withheld, Reasons.LegalStatusNotShared),
        ("code shared", c => { c.Child("kid").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01"); return c.Look(Today); }, "s1", "U4", DecisionKind.New, ""),
        ("dates", c => { Plan(c).Plan("p1").Spoiled(); return c.Look(Today); }, "p1", "S15", DecisionKind.Withheld, Reasons.DatesInconsistent),
        ("ended before birth", c => { Plan(c).Plan("p1").EndsOn("2016-02-01"); c.Person("kid").BornOn("2016-02-10"); return c.Look(Today); }, "p1", "S9", DecisionKind.Withheld, Reasons.EndedBeforeBirth),
        ("18", c => { Plan(c).Person("kid").BornOn("1998-03-01"); return c.Look(Today); }, "p1", "S13", DecisionKind.Withheld, Reasons.Aged18),
        ("no expected date", c => { Unborn(c).Person("kid").Expected(null); return c.Look(Today); }, "p1", "S6", DecisionKind.Withheld, Reasons.ExpectedDateMissing),
        ("future", c => { Plan(c).Plan("p1").StartsOn("2016-03-02"); return c.Look(Today); }, "p1", "S12", DecisionKind.Withheld, Reasons.StartsInFuture),
        ("expired", c => { Plan(c).Plan("p1").StartsOn("2014-01-04").EndsOn("2015-02-28"); return c.Look(Today); }, "p1", "S10", DecisionKind.Withheld, Reasons.RetentionExpired),
        ("unborn, expired", c => { Unborn(c).Person("kid").Expected("2016-02-01"); return c.Look(Today); }, "p1", "S6", DecisionKind.Withheld, Reasons.RetentionExpired),
        ("no mother", c => { Unborn(c).Person("kid").MotherIs(null); return c.Look(Today); }, "p1", "N2", DecisionKind.Withheld, Reasons.MotherNotLinked),
        ("no number", c => { Plan(c).Person("kid").Number(null); return c.Look(Today); }, "p1", "N2", DecisionKind.Withheld, Reasons.NumberMissing),
        ("bad number", c => { Plan(c).Person("kid").NumberText(Numbers.Invalid); return c.Look(Today); }, "p1", "N1", DecisionKind.Withheld, Reasons.NumberInvalid),
        ("mother's number missing", c => { Unborn(c).Person("mia").Number(null); return c.Look(Today); }, "p1", "N2", DecisionKind.Withheld, Reasons.MotherNumberMissing),
        ("mother's number bad", c => { Unborn(c).Person("mia").NumberText(Numbers.Invalid); return c.Look(Today); }, "p1", "N1", DecisionKind.Withheld, Reasons.MotherNumberInvalid),
        ("two people", c => Plan(c).TwoPeopleHave(1).Look(Today), "p1", "N6", DecisionKind.Withheld, Reasons.NumberDuplicate),
        ("merged files", c => { Held(c).TwoPeopleHave(1).Plan("p1").Gone(); return c.Look(Today); }, "p1", "N6", DecisionKind.Withheld, Reasons.NumberDuplicate),
        ("inactive", c => Plan(c).Inactive(1).Look(Today), "p1", "N3", DecisionKind.Withheld, Reasons.NumberInactive),
        ("details", c => { Plan(c).Person("kid").Named(null, null); return c.Look(Today); }, "p1", "N5", DecisionKind.Withheld, "details-missing:family_name+given_names"),
        ("refused", c => { Plan(c).Night("2016-02-29").Rejected(); return c.Look(Today); }, "p1", "K1", DecisionKind.Withheld, Reasons.UploadRejected),
        ("removal refused", c => { Held(c).Plan("p1").InError(); c.Night("2016-02-29").Rejected(); return c.Look(Today); }, "p1", "K1", DecisionKind.Withheld, Reasons.UploadRejected),
        ("ended late", c => { Held(c).Plan("p1").EndsOn("2015-01-31"); c.Plan("p1").StartsOn("2014-01-04"); return c.Look(Today); }, "p1", "U3", DecisionKind.Remove, Reasons.EndedLate),
        ("another number", c => { Held(c).Person("kid").Number(9); return c.Look(Today); }, "p1", "N4", DecisionKind.Remove, Reasons.NumberReplaced),
        ("another start", c => { Held(c).Plan("p1").StartsOn("2016-01-05"); return c.Look(Today); }, "p1", "U2", DecisionKind.Remove, Reasons.StartDateAmended),
        ("gone", c => { Held(c).Plan("p1").Gone(); return c.Look(Today); }, "p1", "U3", DecisionKind.Remove, Reasons.GoneFromSource),
        ("spoiled, told", c => { HeldTwins(c).Plan("p1").Spoiled(); return c.Look(Today); }, "p2", "U3", DecisionKind.Unchanged, ""),
        ("unreadable, told", c => { Held(c).Plan("p1").Unreadable(); return c.Look(Today); }, "p1", "S16", DecisionKind.Unchanged, ""),
        ("born without a number", c => { HeldUnborn(c).Person("kid").IsBorn("2016-02-28"); return c.Look(Today); }, "p1", "S9", DecisionKind.Unchanged, ""),
        ("born with a number", c => { HeldUnborn(c).Person("kid").IsBorn("2016-02-28", 5); return c.Look(Today); }, "p1", "U4", DecisionKind.New, ""),
        ("child with all kinds of plan", c => { c.Mother("mia", born: "2000-06-01").Plan("p2", "2016-01-04").Status("s1", "C2", "2016-01-04"); c.Unborn("kid", "mia", "2016-06-01").Plan("p1", "2016-01-04"); return c.Look(Today); }, "p2", "U4", DecisionKind.New, ""),
    ];

    public static TheoryData<string> Names => [.. s_samples.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_story_is_explained_by_its_rule(string name)
    {
        var (_, story, row, rule, kind, reason) = s_samples.Single(s => s.Name == name);

        var explained = Explain(story(new Council())).Decisions.Where(e => e.Decision.SourceIds.Contains(row)).ToList();

        explained.Select(e => (e.Decisive.Rule, e.Decision.Kind, e.Decision.Reason)).ShouldContain((rule, kind, reason));
        explained.ShouldAllBe(e => e.Decisive.Input != HouseholdExplainer.Otherwise);
    }

    [Fact]
    public void U10_a_removal_that_was_held_back_says_so()
    {
        var council = Held(new Council());
        council.Plan("p1").Gone();
        var night = council.Look(Today);

        // The limit is known to a whole run alone, which turns such removals into this.
        var held = night.Decided with { Decisions = [night.Decisions.Single() with { Kind = DecisionKind.Withheld, Record = null, DeleteDate = null }] };

        var explained = HouseholdExplainer.Explain(night.Household, night.Context, held).Decisions.Single();

        (explained.Decisive.Rule, explained.Decisive.Kind, explained.Decisive.Reason).ShouldBe(("U10", DecisionKind.Withheld, Reasons.GoneFromSource));
    }

    [Fact]
    public void Every_reason_and_every_rule_of_a_decision_appears_in_some_sample()
    {
        var all = s_samples.Select(s => Explain(s.Story(new Council()))).ToList();
        var steps = all.SelectMany(e => e.General.Concat(e.Decisions.SelectMany(d => d.Steps))).ToList();
        var reasons = all.SelectMany(e => e.Decisions).Select(d => d.Decision.Reason).ToHashSet(StringComparer.Ordinal);
        var prefixed = reasons.Where(r => r.StartsWith(Reasons.DetailsMissingPrefix, StringComparison.Ordinal)).ToList();

        string[] rules =
        [
            .. Enumerable.Range(1, 16).Select(n => $"S{n}"), .. Enumerable.Range(1, 6).Select(n => $"N{n}"),
            "U1", "U2", "U3", "U4", "U8", "U9", "U10", "K1",
        ];
        rules.Except(steps.Select(s => s.Rule)).ShouldBeEmpty();
        ReasonWords.All.Except(reasons).Except([Reasons.DetailsMissingPrefix]).ShouldBeEmpty();
        prefixed.ShouldNotBeEmpty();
    }

    [Fact]
    public void Mother_and_unborn_child_are_explained_together()
    {
        var explained = Explain(Unborn(new Council()).Look(Today));

        var only = explained.Decisions.ShouldHaveSingleItem();
        only.Decision.PersonId.ShouldBe("mia");
        only.Decision.ChildIds.ShouldBe(["kid"]);
        only.Steps.ShouldContain(s => s.Rule == "S5" && s.Input.Contains("kid", StringComparison.Ordinal));
        explained.General.ShouldContain(s => s.Concerns == "person mia" && s.Outcome.Contains("mother", StringComparison.Ordinal));
        explained.General.ShouldContain(s => s.Rule == "U8" && s.Input.Contains("kid, mia", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2017-01-31", false)]
    [InlineData("2017-02-01", true)]
    public void What_lapses_says_until_when_it_was_shown(string date, bool lapses)
    {
        var council = new Council();
        council.Child("kid").Plan("p1", "2015-01-04", "2016-01-31");
        council.Night("2016-02-29").Confirmed();

        var lapsed = Explain(council.Look(date)).Lapsed;

        lapsed.Select(l => (l.Step.Rule, l.Step.Input)).ShouldBe(lapses ? [("S10", "It was shown until 31 January 2017.")] : []);
    }

    [Fact]
    public void No_step_prints_its_texts() => Explain(Plan(new Council()).Look(Today)).Decisions[0].Steps[0].ToString().ShouldBe("(rule U3 on plan p1)");

    private static HouseholdExplanation Explain(Night night) => HouseholdExplainer.Explain(night.Household, night.Context, night.Decided);

    private static Council Plan(Council council)
    {
        council.Child("kid").Plan("p1", "2016-01-04");
        return council;
    }

    private static Council Held(Council council)
    {
        Plan(council).Night("2016-02-28").Confirmed();
        return council;
    }

    private static Council Unborn(Council council)
    {
        council.Mother("mia");
        council.Unborn("kid", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        return council;
    }

    private static Council HeldUnborn(Council council)
    {
        Unborn(council).Night("2016-02-28").Confirmed();
        return council;
    }

    private static Council HeldTwins(Council council)
    {
        Unborn(council).Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        council.Night("2016-02-28").Confirmed();
        return council;
    }
}
