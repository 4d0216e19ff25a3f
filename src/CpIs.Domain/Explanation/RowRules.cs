using CpIs.Domain.Decisions;
using CpIs.Domain.Source;
using CpIs.Domain.Values;

namespace CpIs.Domain.Explanation;

/// <summary>The rules that a plan or legal status row meets by itself, up to the first that keeps it from being shared.</summary>
internal static class RowRules
{
    public static IEnumerable<RuleStep> Of(PersonCase person, Plan plan)
    {
        var about = $"plan {plan.PlanId}";
        foreach (var step in Common(about, person, plan.RecordedInError))
        {
            yield return step;
            if (step.Reason.Length > 0)
            {
                yield break;
            }
        }

        var row = person.Person!;
        yield return plan.HeldByOtherAuthority
            ? Stop("S11", about, "Held for another council.", "It is theirs to share, not ours.", Reasons.OtherAuthorityPlan)
            : new RuleStep("S11", about, "Not held for another council.", "Ours to share.");
        if (plan.HeldByOtherAuthority)
        {
            yield break;
        }

        if (!DateSpan.TryCreate(plan.StartDate, plan.EndDate, out _))
        {
            yield return Inconsistent(about, plan.StartDate, plan.EndDate);
            yield break;
        }

        yield return new RuleStep("S15", about, $"It runs {Words.Span(plan.StartDate, plan.EndDate)}.", "The dates agree.");
        if (!row.IsUnborn)
        {
            yield return new RuleStep("S1", about, $"{person.PersonId} is recorded as born.", "Shared as the child's own child protection plan (CPP).");
            yield break;
        }

        yield return new RuleStep(
            "S5", about, $"{person.PersonId} is recorded as not yet born.",
            "Shared as an unborn child's plan (UCPP) under the mother's NHS number and names; nothing of the child is sent.");
        yield return row.ExpectedDateOfBirth is { } expected
            ? new RuleStep("S6", about, $"The expected date of birth is {Words.Day(expected)}.", "The record can have the end that CP-IS asks for.")
            : Stop("S6", about, "No expected date of birth is entered.", "CP-IS takes no unborn child's plan without an end date.", Reasons.ExpectedDateMissing);
    }

    public static IEnumerable<RuleStep> Of(PersonCase person, LegalStatus status, RuleSettings settings)
    {
        var about = $"legal status {status.LegalStatusId}";
        foreach (var step in Common(about, person, status.RecordedInError))
        {
            yield return step;
            if (step.Reason.Length > 0)
            {
                yield break;
            }
        }

        var windows = settings.SharedSpans(status.Code).ToList();
        var dated = DateSpan.TryCreate(status.StartDate, status.EndDate, out var span);
        var parts = windows.Select(w => dated ? span.Intersect(w) : null).OfType<DateSpan>().ToList();
        if (windows.Count == 0 || (dated && parts.Count == 0))
        {
            yield return Stop(
                "S2", about, $"Legal status code {status.Code.Trim()}{(windows.Count > 0 ? $", {Words.Span(status.StartDate, status.EndDate)}" : string.Empty)}.",
                windows.Count == 0 ? "This code is not one of those that are shared." : "This code was not shared at that time.", Reasons.LegalStatusNotShared);
            yield break;
        }

        yield return new RuleStep("S2", about, $"Legal status code {status.Code.Trim()}.", "Shared as a looked-after status (LAC).");
        yield return new RuleStep("S3", about, "The code, and with it the order or section.", "It decides what is shared and never leaves the council.");
        if (!dated)
        {
            yield return Inconsistent(about, status.StartDate, status.EndDate);
            yield break;
        }

        yield return person.Person!.IsUnborn
            ? Stop("S15", about, $"{person.PersonId} is recorded as not yet born.", "An unborn child cannot be looked after: the rows contradict each other.", Reasons.DatesInconsistent)
            : new RuleStep("S15", about, $"It runs {Words.Span(status.StartDate, status.EndDate)}.", "The dates agree.");
    }

    private static IEnumerable<RuleStep> Common(string about, PersonCase person, bool inError)
    {
        yield return inError
            ? Stop("U3", about, "Marked as recorded in error.", "It was never true: not shared, and taken off CP-IS if it is there.", Reasons.RecordedInError)
            : new RuleStep("U3", about, "Not marked as recorded in error.", "Looked at further.");
        if (person.PersonUnreadable)
        {
            yield return new RuleStep("S16", about, $"The row of {person.PersonId} cannot be read.", "The engine does not guess who it is; what CP-IS holds stands.");
        }

        yield return person.Person is null
            ? Stop("S15", about, $"{person.PersonId} has no row in the care database that can be read.", "Nobody can be named in the record.", Reasons.PersonMissing)
            : new RuleStep("S15", about, $"{person.PersonId} is in the care database.", "The row has its person.");
    }

    private static RuleStep Inconsistent(string about, DateOnly? start, DateOnly? end) => Stop(
        "S15", about, $"It runs {Words.Span(start, end)}.", start is null ? "There is no start date." : "It ends before it starts.", Reasons.DatesInconsistent);

    private static RuleStep Stop(string rule, string about, string input, string outcome, string reason) =>
        new(rule, about, input, outcome, reason, DecisionKind.Withheld);
}
