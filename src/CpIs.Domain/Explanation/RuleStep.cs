using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;

namespace CpIs.Domain.Explanation;

/// <summary>One rule, applied to one row, record or person, in words that a social-care manager can read.</summary>
/// <param name="Rule">The rule's id, for instance <c>S10</c>.</param>
/// <param name="Concerns">What it was applied to: a plan, a legal status, a person, a record.</param>
/// <param name="Input">What the rule looked at. It may hold names and birth dates; never an NHS number.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Reason">One of <see cref="Reasons"/> where the rule withholds or removes the record, else empty.</param>
/// <param name="Kind">What the rule makes of the record; null for a rule that lets it pass or is only noted.</param>
/// <param name="IsDecisive">True for the one rule by which the record was decided.</param>
public sealed record RuleStep(
    string Rule, string Concerns, string Input, string Outcome, string Reason = "", DecisionKind? Kind = null, bool IsDecisive = false)
{
    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => $"(rule {Rule} on {Concerns})";
}

/// <summary>How one decision came about.</summary>
/// <param name="Steps">Every rule looked at, in the order in which they apply; exactly one is decisive.</param>
public sealed record DecisionExplanation(Decision Decision, IReadOnlyList<RuleStep> Steps)
{
    /// <summary>The rule by which it was decided.</summary>
    public RuleStep Decisive => Steps.Single(s => s.IsDecisive);
}

/// <summary>A ledger entry that ends without anything being sent.</summary>
public sealed record LapseExplanation(RecordKey Key, RuleStep Step);

/// <summary>How a household was decided.</summary>
/// <param name="General">Rules that speak of people rather than of one record: scope, households, rows that could not be read.</param>
/// <param name="Decisions">In the order of the decisions.</param>
public sealed record HouseholdExplanation(
    IReadOnlyList<RuleStep> General, IReadOnlyList<DecisionExplanation> Decisions, IReadOnlyList<LapseExplanation> Lapsed);
