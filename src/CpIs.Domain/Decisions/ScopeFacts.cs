using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>Someone whose number is missing, whose expected date is missing, or whose number is somebody else's too (rules A5, S6, N6).</summary>
/// <param name="ChildId">On whose file the alert stands.</param>
/// <param name="Reason">The decision's reason, one of <see cref="Reasons"/>.</param>
/// <param name="MotherId">The mother whose record is meant, for an unborn child; null otherwise or when none is linked.</param>
public sealed record StandingProblem(string ChildId, string Reason, string? MotherId);

/// <summary>What one household adds to the figures and standing alerts of a run.</summary>
/// <param name="InScope">People in scope that count for the match rate (rule K5).</param>
/// <param name="Matched">Those of them with a usable number.</param>
/// <param name="Problems">What a standing alert is wanted for.</param>
/// <param name="OpenPast18">Ids of plan and legal status rows that are still open after the 18th birthday, with their person (rules S13, K4).</param>
public sealed record ScopeFacts(
    int InScope, int Matched, IReadOnlyList<StandingProblem> Problems, IReadOnlyList<(string PersonId, string RowId)> OpenPast18)
{
    private static readonly HashSet<string> OverByDate =
        new([Reasons.Aged18, Reasons.RetentionExpired, Reasons.EndedLate], StringComparer.Ordinal);

    private static readonly HashSet<string> NotShared =
        new([Reasons.RecordedInError, Reasons.OtherAuthorityPlan, Reasons.LegalStatusNotShared, Reasons.EndedBeforeBirth], StringComparer.Ordinal);

    /// <summary>Reads the facts off a decided household.</summary>
    public static ScopeFacts Of(Household household, HouseholdDecisions decided, DecisionContext context)
    {
        var byChild = decided.Decisions
            .SelectMany(d => d.ChildIds.Select(child => (Child: child, Decision: d)))
            .ToLookup(x => x.Child, x => x.Decision, StringComparer.Ordinal);
        var people = household.People.ToDictionary(p => p.PersonId, StringComparer.Ordinal);
        var inScope = 0;
        var matched = 0;
        foreach (var person in household.People.Where(p => p.HasRows && !IsOver(byChild[p.PersonId])))
        {
            inScope++;
            var role = person.Person?.IsUnborn == true ? SubjectRole.Mother : SubjectRole.Child;
            var subject = role == SubjectRole.Child ? person.Person
                : person.Person!.MotherPersonId is { } mother && people.TryGetValue(mother, out var found) ? found.Person : null;
            matched += HasUsableNumber(NumberRules.Fault(subject, role, household)) ? 1 : 0;
        }

        var problems = decided.Decisions.Concat(decided.Waiting)
            .Where(d => Reasons.IsNumberMissing(d.Reason) || d.Reason is Reasons.ExpectedDateMissing or Reasons.NumberDuplicate)
            .SelectMany(d => d.ChildIds
                // A twin already born has a record of its own and no part in the mother's number (rules A5, N6).
                .Where(child => d.PlanType != PlanType.Ucpp || people.GetValueOrDefault(child)?.Person is not { IsUnborn: false })
                .Select(child => new StandingProblem(child, d.Reason, d.PlanType == PlanType.Ucpp && d.PersonId != child ? d.PersonId : null)))
            .Distinct()
            .ToList();
        var past18 = household.People
            .Where(p => Visibility.IsAdult(p.Person?.DateOfBirth, context.BusinessDate))
            .SelectMany(p => p.Plans.Where(r => r is { EndDate: null, RecordedInError: false, HeldByOtherAuthority: false }).Select(r => (p.PersonId, r.PlanId))
                .Concat(p.LegalStatuses.Where(r => r is { EndDate: null, RecordedInError: false } && context.Settings.SharedSpans(r.Code).Any())
                    .Select(r => (p.PersonId, r.LegalStatusId))))
            .ToList();
        return new ScopeFacts(inScope, matched, problems, past18);
    }

    private static bool HasUsableNumber(string? fault) =>
        fault is null || fault.StartsWith(Reasons.DetailsMissingPrefix, StringComparison.Ordinal);

    /// <summary>Withheld by age or retention, and nothing else of theirs would be shared (rule K5).</summary>
    private static bool IsOver(IEnumerable<Decision> decisions)
    {
        var reasons = decisions.Select(d => d.Reason).ToList();
        return reasons.Exists(OverByDate.Contains) && reasons.TrueForAll(r => OverByDate.Contains(r) || NotShared.Contains(r));
    }
}
