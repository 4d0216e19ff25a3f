using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>What is done with one record (rule U4).</summary>
public enum DecisionKind
{
    New,
    End,
    Update,
    Remove,
    Unchanged,
    Withheld,
}

/// <summary>The reasons of rule U4, as written in <c>decisions.csv</c>.</summary>
public static class Reasons
{
    public const string None = "";
    public const string RecordedInError = "recorded-in-error";
    public const string PersonMissing = "person-missing";
    public const string OtherAuthorityPlan = "other-authority-plan";
    public const string LegalStatusNotShared = "legal-status-not-shared";
    public const string DatesInconsistent = "dates-inconsistent";
    public const string EndedBeforeBirth = "ended-before-birth";
    public const string Aged18 = "aged-18";
    public const string ExpectedDateMissing = "expected-date-missing";
    public const string StartsInFuture = "starts-in-future";
    public const string RetentionExpired = "retention-expired";
    public const string MotherNotLinked = "mother-not-linked";
    public const string NumberMissing = "nhs-number-missing";
    public const string NumberInvalid = "nhs-number-invalid";
    public const string MotherNumberMissing = "mother-nhs-number-missing";
    public const string MotherNumberInvalid = "mother-nhs-number-invalid";
    public const string NumberDuplicate = "nhs-number-duplicate";
    public const string NumberInactive = "nhs-number-inactive";

    /// <summary>Followed by the missing details (rule N5).</summary>
    public const string DetailsMissingPrefix = "details-missing:";
    public const string UploadRejected = "upload-rejected";
    public const string EndedLate = "ended-late";
    public const string NumberReplaced = "nhs-number-replaced";
    public const string StartDateAmended = "start-date-amended";
    public const string GoneFromSource = "gone-from-source";

    /// <summary>The reasons of rules N1 and N2: no usable number is known (rule A5).</summary>
    public static bool IsNumberMissing(string reason) =>
        reason is NumberMissing or NumberInvalid or MotherNotLinked or MotherNumberMissing or MotherNumberInvalid;
}

/// <summary>One row of <c>decisions.csv</c> (contract section 5) and, where something is to be sent, the record to send.</summary>
/// <param name="PersonId">The child's; for an unborn child's plan the mother's, or without a mother the unborn child's.</param>
/// <param name="SourceIds">Plan or legal status ids, ordinal order.</param>
/// <param name="ChildIds">Whose plan it is: the children for an unborn child's plan, else the person alone.</param>
/// <param name="Reason">One of <see cref="Reasons"/> when withheld or removed, else empty (rule U4).</param>
/// <param name="Record">The record to send; null when nothing is sent.</param>
/// <param name="Cause">Fingerprint of a removal's cause (rule K1), else empty.</param>
/// <param name="ChangedAt">The change in the care database that this tells, UTC, where known (rule U5).</param>
public sealed record Decision(
    string PersonId,
    PlanType PlanType,
    IReadOnlyList<string> SourceIds,
    IReadOnlyList<string> ChildIds,
    DecisionKind Kind,
    string Reason,
    NhsNumber? NhsNumber,
    DateOnly? Start,
    DateOnly? End,
    DateOnly? DeleteDate,
    DateOnly? VisibleUntil,
    UploadRecord? Record,
    string Cause,
    DateTimeOffset? ChangedAt);

/// <summary>What was decided for one household.</summary>
/// <param name="Decisions">In order of person id, plan type and start (ordinal).</param>
/// <param name="Lapsed">Ledger entries that end here without anything being sent (rules S6, S10, S13).</param>
public sealed record HouseholdDecisions(IReadOnlyList<Decision> Decisions, IReadOnlyList<RecordKey> Lapsed)
{
    /// <summary>
    /// Wanted records that are not decided by themselves, because what is held of their rows stands, and that could not be shared anyway.
    /// What their numbers lack is to be told all the same (rules A5, N6).
    /// </summary>
    public IReadOnlyList<Decision> Waiting { get; init; } = [];

    /// <summary>Records that CP-IS goes on holding as they are, and that are made of other rows now.</summary>
    public IReadOnlyList<Regrouping> Regrouped { get; init; } = [];
}

/// <summary>
/// A record that was told once is made of other source rows now, with the same content: nothing is sent, but a fault of a new row must find
/// it (rule U3), and so must the birth of a child who joined it (rule S9).
/// </summary>
/// <param name="FileNumber">With <paramref name="RecordNumber"/>, where it was told.</param>
/// <param name="SourceIds">As <see cref="LedgerEvent.SourceIds"/> from now on.</param>
/// <param name="ChildIds">As <see cref="LedgerEvent.ChildIds"/> from now on.</param>
public sealed record Regrouping(SequenceNumber FileNumber, int RecordNumber, IReadOnlyList<string> SourceIds, IReadOnlyList<string> ChildIds);
