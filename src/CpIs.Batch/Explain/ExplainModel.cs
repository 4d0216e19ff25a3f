namespace CpIs.Batch.Explain;

/// <summary>The result of <c>explain</c>. It holds personal data: it is shown on standard output and goes nowhere else.</summary>
internal sealed record ExplainResult(DateOnly AsOf, IReadOnlyList<PersonExplained> People);

/// <summary>Everything that answers "why is this person, or is not, on CP-IS?".</summary>
/// <param name="Summary">The answer in a few sentences.</param>
/// <param name="Together">Who else is decided with this person and is shown here: a mother, her unborn or just born children.</param>
/// <param name="Rules">Rules that speak of people rather than of one record.</param>
/// <param name="Lapsed">Records that end without anything being sent.</param>
/// <param name="Waiting">Records in files that wait to be sent.</param>
/// <param name="Timeline">What happened, in order of time.</param>
internal sealed record PersonExplained(
    string PersonId,
    IReadOnlyList<string> Summary,
    IReadOnlyList<string> Together,
    SourceShown Source,
    IReadOnlyList<RuleShown> Rules,
    IReadOnlyList<DecisionShown> Decisions,
    IReadOnlyList<RuleShown> Lapsed,
    IReadOnlyList<LedgerShown> Ledger,
    IReadOnlyList<WaitingShown> Waiting,
    IReadOnlyList<FileShown> Files,
    IReadOnlyList<AccessShown> Accesses,
    IReadOnlyList<AlertShown> Alerts,
    IReadOnlyList<TimelineEntry> Timeline);

/// <summary>The rows of the care database.</summary>
internal sealed record SourceShown(
    IReadOnlyList<PersonShown> People, IReadOnlyList<PlanShown> Plans, IReadOnlyList<LegalStatusShown> LegalStatuses, IReadOnlyList<SetAsideShown> SetAside);

/// <param name="Worker">Name of the allocated worker, where the care database has them.</param>
internal sealed record PersonShown(
    string PersonId, string? NhsNumber, string? FamilyName, string? GivenNames, DateOnly? DateOfBirth, bool IsUnborn, DateOnly? ExpectedDateOfBirth,
    string? MotherPersonId, string? WorkerId, string? Worker, string? ManagerId, string? Manager, string? Team, DateTimeOffset? ChangedAt);

internal sealed record PlanShown(
    string PlanId, string PersonId, DateOnly? StartDate, DateOnly? EndDate, bool HeldByOtherAuthority, bool RecordedInError, DateTimeOffset? ChangedAt);

internal sealed record LegalStatusShown(
    string LegalStatusId, string PersonId, string Code, DateOnly? StartDate, DateOnly? EndDate, bool RecordedInError, DateTimeOffset? ChangedAt);

internal sealed record SetAsideShown(string Table, string Where, string? RowId, string? Column, string Problem);

internal sealed record RuleShown(string Rule, string Concerns, string Input, string Outcome, bool Decisive);

/// <param name="Rule">The decisive rule.</param>
/// <param name="Why">The decision in words.</param>
internal sealed record DecisionShown(
    string PersonId, string PlanType, IReadOnlyList<string> SourceIds, IReadOnlyList<string> ChildIds, string Decision, string Reason, string Rule, string Why,
    string? NhsNumber, DateOnly? Start, DateOnly? End, DateOnly? DeleteDate, DateOnly? VisibleUntil, IReadOnlyList<RuleShown> Rules);

/// <param name="State">As in <c>cpis_ledger</c>.</param>
internal sealed record LedgerShown(
    string HolderId, string PlanType, DateOnly Start, DateOnly? End, string State, string InWords, long LastFile, long? ConfirmedFile, DateOnly? LapsedOn);

internal sealed record WaitingShown(long File, int Record, string PlanType, DateOnly Start, DateOnly? End, string Decision, string Reason, DateTimeOffset MadeAt, string? Problem);

/// <summary>A file that told CP-IS something of the person, with its acknowledgements.</summary>
internal sealed record FileShown(long File, string Status, DateTimeOffset? ToldAt, IReadOnlyList<ToldShown> Records, IReadOnlyList<AnswerShown> Answers);

internal sealed record ToldShown(
    int Record, string HolderId, string PlanType, DateOnly Start, DateOnly? End, DateOnly? DeleteDate, string Decision, string Reason, string Outcome,
    string? AnswerCode, string? AnswerText, DateTimeOffset? AnsweredAt);

internal sealed record AnswerShown(string Codes, string Effect, DateTimeOffset AppliedAt);

internal sealed record AccessShown(
    long AccessId, string PersonId, DateTimeOffset AccessedAt, bool TimeIsKnown, string? AccessedBy, string? JobRole, string? OrganisationCode,
    string? OrganisationName, string? UploadFileNumber, bool ThroughMother);

internal sealed record AlertShown(
    long AlertId, string Type, string PersonId, string RecipientKind, string RecipientId, DateTimeOffset RaisedAt, DateOnly DueOn, string Subject, string Status,
    string? CompletedAt, string? CompletedBy, DateOnly FirstIssuedOn, int DaysOutstanding);

/// <param name="At">UTC.</param>
/// <param name="TimeIsKnown">False where only the day is known.</param>
/// <param name="Kind">What it is: <c>care-record</c>, <c>told</c>, <c>answered</c>, <c>access</c>, <c>inactive-number</c>, <c>alert</c>, <c>alert-completed</c>, <c>lapsed</c>.</param>
internal sealed record TimelineEntry(DateTimeOffset At, bool TimeIsKnown, string Kind, string Text);
