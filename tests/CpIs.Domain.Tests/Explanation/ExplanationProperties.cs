using CpIs.Domain.Decisions;
using CpIs.Domain.Explanation;
using CpIs.Domain.Tests.Properties;
using CpIs.Domain.Tests.Support;
using Shouldly;

namespace CpIs.Domain.Tests.Explanation;

/// <summary>The explanation applies the rules by itself; it must come to what the decider decided, on every night of every history.</summary>
public class ExplanationProperties
{
    /// <summary>By which rules a reason can come about.</summary>
    private static readonly Dictionary<string, string[]> s_rules = new(StringComparer.Ordinal)
    {
        [Reasons.RecordedInError] = ["U3"], [Reasons.PersonMissing] = ["S15"], [Reasons.OtherAuthorityPlan] = ["S11"],
        [Reasons.LegalStatusNotShared] = ["S2"], [Reasons.DatesInconsistent] = ["S15"], [Reasons.EndedBeforeBirth] = ["S9"],
        [Reasons.Aged18] = ["S13"], [Reasons.ExpectedDateMissing] = ["S6"], [Reasons.StartsInFuture] = ["S12"],
        [Reasons.RetentionExpired] = ["S10", "S6"], [Reasons.MotherNotLinked] = ["N2"], [Reasons.NumberMissing] = ["N2"],
        [Reasons.MotherNumberMissing] = ["N2"], [Reasons.NumberInvalid] = ["N1"], [Reasons.MotherNumberInvalid] = ["N1"],
        [Reasons.NumberDuplicate] = ["N6"], [Reasons.NumberInactive] = ["N3"], [Reasons.UploadRejected] = ["K1"],
        [Reasons.EndedLate] = ["U3"], [Reasons.NumberReplaced] = ["N4"], [Reasons.StartDateAmended] = ["U2"], [Reasons.GoneFromSource] = ["U3"],
    };

    [Fact]
    public void The_decisive_rule_of_each_record_agrees_with_what_was_decided() => EveryNight((night, explained) =>
    {
        explained.Decisions.Select(e => e.Decision).ShouldBe(night.Decisions);
        foreach (var (decision, steps) in explained.Decisions)
        {
            var decisive = steps.Single(s => s.IsDecisive);
            decisive.Kind.ShouldBe(decision.Kind);
            decisive.Reason.ShouldBe(decision.Reason);
            decisive.Input.ShouldNotBe(HouseholdExplainer.Otherwise, Tell(night, decision, steps));
            steps.TakeWhile(s => !s.IsDecisive).ShouldAllBe(s => s.Kind == null && s.Reason.Length == 0, Tell(night, decision, steps));
            if (decision.Reason.Length > 0 && !decision.Reason.StartsWith(Reasons.DetailsMissingPrefix, StringComparison.Ordinal))
            {
                s_rules[decision.Reason].ShouldContain(decisive.Rule, Tell(night, decision, steps));
            }
        }
    });

    [Fact]
    public void What_is_left_as_last_told_is_on_CP_IS_and_its_explanation_names_the_fault_or_the_birth() => EveryNight((night, explained) =>
    {
        foreach (var (decision, steps) in explained.Decisions.Where(e => e.Decision.Kind == DecisionKind.Unchanged))
        {
            night.Household.Ledger.ShouldContain(e => e.Key.NhsNumber == decision.NhsNumber && e.Key.PlanType == decision.PlanType && e.Key.Start == decision.Start);
            steps.Single(s => s.IsDecisive).Rule.ShouldBeOneOf("U4", "U9", "U3", "S9", "S16");
        }
    });

    [Fact]
    public void No_step_holds_an_NHS_number() => EveryNight((_, explained) =>
    {
        foreach (var step in explained.General.Concat(explained.Decisions.SelectMany(e => e.Steps)).Concat(explained.Lapsed.Select(l => l.Step)))
        {
            $"{step.Concerns} {step.Input} {step.Outcome}".ShouldNotContain("999000");
            step.Input.ShouldNotBeNullOrWhiteSpace();
            step.Outcome.ShouldNotBeNullOrWhiteSpace();
        }
    });

    [Fact]
    public void What_lapsed_is_explained_by_age_retention_or_an_inactive_number() => EveryNight((night, explained) =>
    {
        explained.Lapsed.Select(l => l.Key).ShouldBe(night.Decided.Lapsed);
        explained.Lapsed.ShouldAllBe(l => l.Step.Rule == "S13" || l.Step.Rule == "S10" || l.Step.Rule == "S6" || l.Step.Rule == "N3");
    });

    [Fact]
    public void A_decision_that_the_rules_do_not_lead_to_is_not_explained_away()
    {
        var council = new Council();
        council.Child("ada").Plan("p1", "2016-01-04");
        var night = council.Look("2016-03-01");
        var wrong = night.Decided with
        {
            Decisions = [night.Decisions[0] with { Kind = DecisionKind.Withheld, Reason = Reasons.Aged18, Record = null }],
        };

        var decisive = HouseholdExplainer.Explain(night.Household, night.Context, wrong).Decisions[0].Decisive;

        decisive.Input.ShouldBe(HouseholdExplainer.Otherwise);
        decisive.Reason.ShouldBe(Reasons.Aged18);
    }

    private static string Tell(Night night, Decision decision, IReadOnlyList<RuleStep> steps) =>
        $"{Night.Line(decision)}\n" + string.Join('\n', steps.Select(s => $"{(s.IsDecisive ? "*" : " ")}{s.Rule} {s.Concerns}: {s.Input} -> {s.Outcome} {s.Reason} {s.Kind}"))
        + "\nall:\n" + string.Join('\n', night.Lines);

    private static void EveryNight(Action<Night, HouseholdExplanation> holds) => Always.Holds(History.Steps(30), steps =>
    {
        var history = History.After(steps);
        history.Night(arrives: true);
        foreach (var night in history.Nights)
        {
            holds(night, HouseholdExplainer.Explain(night.Household, night.Context, night.Decided));
        }
    }, tests: 60);
}
