using CpIs.Domain.Ledger;
using CpIs.Domain.Values;

namespace CpIs.Domain.Accesses;

/// <summary>A person of the care database, as far as an access must be matched to them (rule A4).</summary>
/// <param name="Number">The number in the care database, where it is valid (rule N1).</param>
/// <param name="IsUnborn">An unborn child's own number never counts (rule N6).</param>
/// <param name="IsInScope">Has a plan or legal status row (rule U1).</param>
/// <param name="IsMotherOfUnborn">Linked as mother by an unborn child in scope.</param>
public sealed record CarePerson(string PersonId, NhsNumber? Number, bool IsUnborn, bool IsInScope, bool IsMotherOfUnborn);

/// <summary>
/// A plan in the care database that began before its child's birth, of a child linked to a mother, neither recorded in error nor held
/// for another council. Twins share one record (rule S7), and the second may join it without CP-IS being told anything new.
/// </summary>
/// <param name="Start">First day of the plan.</param>
/// <param name="IsUnborn">False once the child is born.</param>
public sealed record UnbornPlan(string MotherId, string ChildId, DateOnly Start, bool IsUnborn);

/// <summary>Everything that is known about the people whom an access may concern. The order of the lists does not matter.</summary>
/// <param name="People">In the care database: the person with the local id, those with the number, and the holders in the history.</param>
/// <param name="UnbornPlans">Of children linked to any of these people.</param>
/// <param name="History">Everything ever told under the number, or held by one of these people or under the local id (rule U6).</param>
public sealed record AccessFacts(
    IReadOnlyList<CarePerson> People,
    IReadOnlyList<UnbornPlan> UnbornPlans,
    IReadOnlyList<LedgerEvent> History)
{
    /// <summary>Nothing is known.</summary>
    public static AccessFacts None { get; } = new([], [], []);
}
