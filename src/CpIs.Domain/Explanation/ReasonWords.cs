using CpIs.Domain.Decisions;

namespace CpIs.Domain.Explanation;

/// <summary>The reasons of rule U4 in words that a manager can read, and the rule behind each.</summary>
public static class ReasonWords
{
    private static readonly Dictionary<string, (string Rule, string Words)> s_texts = new(StringComparer.Ordinal)
    {
        [Reasons.RecordedInError] = ("U3", "The row was recorded in error."),
        [Reasons.PersonMissing] = ("S15", "The person of this row is not in the care database, or their row cannot be read."),
        [Reasons.OtherAuthorityPlan] = ("S11", "Another council holds this plan; it is theirs to share."),
        [Reasons.LegalStatusNotShared] = ("S2", "This status is not one of those that are shared."),
        [Reasons.DatesInconsistent] = ("S15", "The dates contradict each other, or there is no start."),
        [Reasons.EndedBeforeBirth] = ("S9", "The plan ended before the child was born."),
        [Reasons.Aged18] = ("S13", "The person is 18 or older; CP-IS closes such records by itself."),
        [Reasons.ExpectedDateMissing] = ("S6", "The expected date of birth is missing."),
        [Reasons.StartsInFuture] = ("S12", "It has not started yet."),
        [Reasons.RetentionExpired] = ("S10", "It ended so long ago that CP-IS shows it no longer."),
        [Reasons.MotherNotLinked] = ("N2", "No mother in the care database is linked to the unborn child."),
        [Reasons.NumberMissing] = ("N2", "The NHS number is missing."),
        [Reasons.NumberInvalid] = ("N1", "The NHS number is not a valid one."),
        [Reasons.MotherNumberMissing] = ("N2", "The mother's NHS number is missing."),
        [Reasons.MotherNumberInvalid] = ("N1", "The mother's NHS number is not a valid one."),
        [Reasons.NumberDuplicate] = ("N6", "Somebody else in scope has the same NHS number."),
        [Reasons.NumberInactive] = ("N3", "The NHS has said that this number is no longer in use; the care database must hold another."),
        [Reasons.UploadRejected] = ("K1", "CP-IS refused it, and it has not changed since."),
        [Reasons.EndedLate] = ("U3", "It ended so long ago that it must be taken off CP-IS."),
        [Reasons.NumberReplaced] = ("N4", "It stands under a number that the care database no longer holds for this person."),
        [Reasons.StartDateAmended] = ("U2", "Its start date was amended; the record with the old one is taken off."),
        [Reasons.GoneFromSource] = ("U3", "Its row is no longer in the care database."),
    };

    /// <summary>Every reason of rule U4; that of rule N5 by its prefix.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_texts.Keys, Reasons.DetailsMissingPrefix];

    /// <summary>The rule behind a reason; U4 for a decision without one.</summary>
    public static string RuleOf(string reason) =>
        s_texts.TryGetValue(reason, out var text) ? text.Rule
        : reason.StartsWith(Reasons.DetailsMissingPrefix, StringComparison.Ordinal) ? "N5" : "U4";

    /// <summary>A reason in words; empty for none.</summary>
    public static string Of(string reason) =>
        s_texts.TryGetValue(reason, out var text) ? text.Words
        : reason.StartsWith(Reasons.DetailsMissingPrefix, StringComparison.Ordinal)
            ? $"Details are missing: {reason[Reasons.DetailsMissingPrefix.Length..].Replace("+", ", ", StringComparison.Ordinal).Replace('_', ' ')}."
        : reason;
}
