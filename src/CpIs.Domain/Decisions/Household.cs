using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>
/// People who must be decided together and whose records are never split over files (rules U7, U8): a mother, the children linked
/// to her, and the holder of a record made from their plans. Most households are one person.
/// </summary>
/// <param name="People">Everyone in it, in ordinal order of person id, those included who are only known from the ledger.</param>
/// <param name="Ledger">The ledger entries held by these people or made from their plans.</param>
/// <param name="SharedNumbers">Numbers, of these people or their ledger entries, that two people in scope have (rule N6).</param>
/// <param name="InactiveNumbers">Numbers, of these people or their ledger entries, that CP-IS has notified as inactive (rule N3).</param>
public sealed record Household(
    IReadOnlyList<PersonCase> People,
    IReadOnlyList<LedgerEntry> Ledger,
    IReadOnlySet<NhsNumber> SharedNumbers,
    IReadOnlySet<NhsNumber> InactiveNumbers);

/// <summary>One person with everything the source says of them.</summary>
/// <param name="Person">The person row; null when there is none or it could not be read.</param>
/// <param name="Plans">Readable plan rows, ordinal order of plan id.</param>
/// <param name="LegalStatuses">Readable legal status rows, ordinal order of id.</param>
/// <param name="SetAside">Rows that speak of this person and could not be read (rule S16), the person row included.</param>
public sealed record PersonCase(
    string PersonId,
    Person? Person,
    IReadOnlyList<Plan> Plans,
    IReadOnlyList<LegalStatus> LegalStatuses,
    IReadOnlyList<SetAsideRow> SetAside)
{
    /// <summary>True when the source has a plan or legal status row of this person (rule U1, "in scope").</summary>
    public bool HasRows => Plans.Count > 0 || LegalStatuses.Count > 0;

    /// <summary>True when the source has a person row that could not be read (rule S16): the person is not missing.</summary>
    public bool PersonUnreadable => Person is null && SetAside.Any(r => r.Table == SourceTable.Person);
}
