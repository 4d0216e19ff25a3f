using System.Globalization;
using CpIs.Domain.Accesses;
using CpIs.Domain.Exchange;
using CpIs.Domain.Source;
using CpIs.Domain.Time;
using CpIs.Domain.Values;

namespace CpIs.Domain.Alerts;

/// <summary>
/// The words of every alert, in plain English. Alerts to workers and managers name the child; none names a legal status, a section, a
/// category or a placement (rule S3), and an access is never more than an access (rule A2).
/// </summary>
public static class AlertWording
{
    /// <summary>The given and family name in the care database, else the local id.</summary>
    public static string NameOf(Person? person, string personId)
    {
        var name = string.Join(' ', Words(person?.GivenNames).Concat(Words(person?.FamilyName)));
        return (name.Length > 0, person?.IsUnborn ?? false) switch
        {
            (true, true) => $"{name} (unborn)",
            (true, false) => name,
            (false, true) => $"the unborn child with local id {personId}",
            (false, false) => $"the person with local id {personId}",
        };
    }

    /// <summary>The note for a duty role that stands in (rule A8); empty for everybody else.</summary>
    public static string StandInNote(Recipient recipient) => recipient.StandsInFor switch
    {
        StandIn.Worker => "The care record has no active allocated worker, so this comes to the duty role in the worker's place.",
        StandIn.Manager => "The care record has no active manager, so this comes to the duty role in the manager's place.",
        StandIn.Worker | StandIn.Manager => "The care record has no active allocated worker and no active manager, so this comes to the duty role in their place.",
        _ => string.Empty,
    };

    /// <summary>One access, on a child's file (rules A1, A2).</summary>
    /// <param name="throughMother">True when the record that was accessed hangs on the child's mother.</param>
    public static AlertText Access(string name, bool throughMother, Access access)
    {
        var record = throughMother ? $"The CP-IS record that is held under the mother's NHS number for {name}" : $"The CP-IS record of {name}";
        return new AlertText(
            $"CP-IS record accessed: {name}",
            $"{record} was accessed {WhenLong(access)} by {Who(access.AccessedBy, access.JobRole)} at {Where(access.OrganisationName, access.OrganisationCode)}. "
            + "The notification says no more than that the record was accessed. Look at the CP-IS audit on the file, consider what this and earlier accesses mean for the child, and record your decision.");
    }

    /// <summary>A pattern of accesses (rule A7), newest first so that a cut loses the oldest.</summary>
    /// <param name="accesses">In order of time.</param>
    public static AlertText Pattern(string name, IReadOnlyList<PatternAccess> accesses)
    {
        var list = accesses.Reverse().Select(a =>
            $"{Clock(a.AccessedAt)}, {Who(a.AccessedBy, a.JobRole)}, {Where(a.OrganisationName, a.OrganisationCode)}");
        return new AlertText(
            $"CP-IS record accessed several times: {name}",
            $"The CP-IS record of {name} was accessed {accesses.Count} times within a short period. Consider what the accesses mean together, and record your decision. "
            + $"The accesses, latest first: {string.Join("; ", list)}.");
    }

    /// <summary>A missing or unusable NHS number (rule A5).</summary>
    /// <param name="isInvalid">True when there is a number that fails rule N1.</param>
    /// <param name="mother">For an unborn child, whose number is the mother's.</param>
    public static AlertText NumberMissing(string name, bool isInvalid, MotherOfUnborn? mother)
    {
        const string Consequence =
            "Until a valid number is there CP-IS cannot show the NHS that there is a plan, and no access would be reported back. ";
        const string Advice =
            "Obtain the number from a health professional who works with the family and enter it. Do not complete this alert before that: it would come back the next day with its days outstanding still counted.";
        var what = isInvalid ? "is not a valid NHS number" : "is missing";
        return mother switch
        {
            null => new AlertText(
                $"NHS number {(isInvalid ? "not valid" : "missing")}: {name}",
                $"The NHS number of {name} {what}. {Consequence}{Advice}"),
            { PersonId: { } motherId } => new AlertText(
                $"Mother's NHS number {(isInvalid ? "not valid" : "missing")}: {name}",
                $"For an unborn child the mother's NHS number is needed, and it {what}. It belongs on the record of {mother.Name} (local id {motherId}), the mother of {name}. {Consequence}{Advice}"),
            _ => new AlertText(
                $"Mother not linked: {name}",
                $"For an unborn child the mother's NHS number is needed, but no mother's record in the care database is linked to {name}. {Consequence}"
                + "Link the mother's record, with her NHS number on it. Do not complete this alert before that: it would come back the next day with its days outstanding still counted."),
        };
    }

    /// <summary>An unborn child's plan without expected date of birth (rule S6).</summary>
    public static AlertText ExpectedDateMissing(string name) => new(
        $"Expected date of birth missing: {name}",
        $"The plan of {name} cannot be shared through CP-IS, because the expected date of birth is missing. Enter it on the child's record. Do not complete this alert before that: it would come back the next day.");

    /// <summary>One number on two people (rule N6).</summary>
    /// <param name="ofMother">True when it is the number of an unborn child's mother.</param>
    /// <param name="others">Local ids of the others who have the number.</param>
    public static AlertText NumberDuplicate(string name, bool ofMother, IReadOnlyList<string> others) => new(
        $"NHS number on more than one record: {name}",
        $"The NHS number of {(ofMother ? $"the mother of {name}" : name)} also stands on {(others.Count == 0 ? "another record" : $"the record with local id {string.Join(", ", others)}")}. "
        + "Nothing new is shared for either until it is clear whose number it is, because the wrong child could be flagged. Find out and correct the care records. Do not complete this alert before that: it would come back the next day.");

    /// <summary>A number that the NHS has made inactive (rule A6).</summary>
    /// <param name="mother">For an unborn child, whose number is the mother's; her record is the one to correct.</param>
    /// <param name="replacements">As the NHS gave them.</param>
    public static AlertText NumberInactive(string name, MotherOfUnborn? mother, IReadOnlyList<string> replacements)
    {
        var whose = mother is null ? name : $"{mother.Name} (local id {mother.PersonId}), the mother of {name},";
        return new AlertText(
            $"NHS number no longer in use: {name}",
            $"The NHS has notified that the NHS number of {whose} is no longer in use. {Replacements(replacements)} "
            + "Nothing is shared under the old number any more. Check with a health professional which number is right and enter it in the care record; the system does not do this by itself.");
    }

    /// <summary>A number that the NHS has made inactive, and whose nobody knows (rule A6).</summary>
    public static AlertText NumberInactiveUnknown(InactiveNumber subject) => new(
        "NHS number no longer in use, person not found",
        $"The NHS has notified that {NumberGiven(subject.NhsNumber)} ({LocalIdGiven(subject.LocalPersonId)}) is no longer in use, but nobody in the care database or in what was shared has it. "
        + $"{Replacements(subject.Replacements)} Find out whose number it was.");

    /// <summary>An access that matches nobody (rule A4).</summary>
    public static AlertText Unmatched(Access access) => new(
        "CP-IS access that belongs to nobody's file",
        $"A CP-IS record was accessed {WhenLong(access)} by {Who(access.AccessedBy, access.JobRole)} at {Where(access.OrganisationName, access.OrganisationCode)}, "
        + $"but {NumberGiven(access.NhsNumber)} and {LocalIdGiven(access.LocalPersonId)} lead to nobody's file{QuotedFile(access.UploadFileNumber)}. "
        + "Find out whose record it is and correct the care record. Every run tries again, puts the access on the file once it can, and completes this alert.");

    /// <summary>An access whose local id and number belong to different people (rule A4).</summary>
    public static AlertText Conflict(Access access, IReadOnlyList<string> matched, IReadOnlyList<string> others) => new(
        "CP-IS access: local id and NHS number of different people",
        $"An access of {Clock(access.AccessedAt)} names {LocalIdGiven(access.LocalPersonId)}, but {NumberGiven(access.NhsNumber)} belongs to the person with local id {string.Join(", ", others)}. "
        + (matched.Count == 0
            ? "It was put on nobody's file. "
            : $"By the local id it was put on the file of local id {string.Join(", ", matched)}. ")
        + "Check whose number it is: under a wrong number the wrong child is flagged.");

    /// <summary>A rejection that a worker can put right (rule K1), in plain words.</summary>
    /// <param name="record">What was sent, in words: see <see cref="RecordName"/>.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="advice">What to do.</param>
    public static AlertText Rejected(string name, string record, SequenceNumber fileNumber, string problem, string advice) => new(
        $"CP-IS did not accept the record: {name}",
        $"{Capital(record)} for {name} was not accepted by CP-IS (upload file {fileNumber}). {problem} {advice} It is sent again when the care record has been corrected.");

    /// <summary>A rejection for the duty role (rule K1), with CP-IS's own words kept verbatim.</summary>
    public static AlertText RejectedToRole(
        string personId, string record, SequenceNumber fileNumber, int recordNumber, string problem, string advice, string code, string? display, string? detail) => new(
        $"CP-IS did not accept a record: {code}",
        $"{Capital(record)} for the person with local id {personId} was not accepted by CP-IS (upload file {fileNumber}, record {recordNumber}). "
        + $"{problem} CP-IS says: {Verbatim(code, display, detail)}. {advice} It is not sent again until its content changes.");

    /// <summary>What a record is called in an alert.</summary>
    public static string RecordName(PlanType planType, DateOnly start, bool isRemoval)
    {
        var plan = planType == PlanType.Lac ? "looked-after record" : planType == PlanType.Ucpp ? "unborn child's plan" : "child protection plan";
        return $"the {(isRemoval ? "removal of the " : string.Empty)}{plan} from {Day(start)}";
    }

    /// <summary>A file that came to nothing (rule K2).</summary>
    public static AlertText FileRejected(SequenceNumber fileNumber, int recordCount, string problem, string verbatim, string advice) => new(
        $"Upload file {fileNumber} was not loaded",
        $"{problem} It held {Records(recordCount)}. The answer was: {verbatim}. {advice} Its records are due again and go out in a new file with the next run.");

    /// <summary>A file that cannot be handed over, though it has been tried again and again.</summary>
    /// <param name="since">When the first file was made that should have told its records.</param>
    public static AlertText NotTaken(SequenceNumber fileNumber, int recordCount, DateTimeOffset since, string verbatim) => new(
        $"Upload file {fileNumber} cannot be handed over",
        $"The transport has not taken upload file {fileNumber} with {Records(recordCount)}; what it tells waits since it was first to go out {On(since)}. "
        + $"The transport says: {(verbatim.Length == 0 ? "nothing" : verbatim)}. Correct the cause. Nothing need be sent by hand: the next run sends it, under this number or a new one. "
        + "Until then the NHS does not see these changes.");

    /// <summary>An error for a file whose number CP-IS could not read (rule K2, CPF01 with -1).</summary>
    public static AlertText UnnamedFileRejected(string verbatim, IReadOnlyList<SequenceNumber> unanswered) => new(
        "CP-IS could not read an upload file",
        $"CP-IS could not read an upload file and does not say which one. The answer was: {verbatim}. {Unanswered(unanswered)} "
        + "None of them is marked as failed. Find out with the CP-IS service desk which one it was; a file that stays unanswered is sent again in any case.");

    /// <summary>CP-IS has been unable to check a record three times in a row (rule K2, CPF05).</summary>
    public static AlertText RepeatedlyUnavailable(SequenceNumber fileNumber, int recordCount, int timesInARow, string verbatim) => new(
        $"Upload file {fileNumber} failed again",
        $"CP-IS could not process the file, because a service that it needs was not available. It held {Records(recordCount)}; this is failure number {timesInARow} in a row. The answer was: {verbatim}. "
        + "The records stay due and go out in a new file with the next run. Report it to the CP-IS service desk; until it is solved the NHS does not see these changes.");

    /// <summary>A file without an answer (rules U9, K4).</summary>
    /// <param name="toldAt">When the transport accepted it.</param>
    /// <param name="window">How long an answer is awaited.</param>
    public static AlertText NoAcknowledgement(SequenceNumber fileNumber, int recordCount, DateTimeOffset toldAt, TimeSpan window) => new(
        $"No answer to upload file {fileNumber}",
        $"Upload file {fileNumber} with {Records(recordCount)} was handed over {On(toldAt)} and has not been answered within {Hours(window)}. "
        + "It counts as lost: its records are sent again in a new file. Check that the transport works and that CP-IS answers.");

    /// <summary>An answer that does not fit (rules K2, K3).</summary>
    public static AlertText AcknowledgementProblem(string fileNumber, string problem, string advice) => new(
        $"An answer from CP-IS does not fit: file {fileNumber}",
        $"{problem} {advice}");

    /// <summary>Counts that disagree (rules A10, K3).</summary>
    /// <param name="what">Which message, for instance <c>the answer to upload file 000012</c>.</param>
    public static AlertText CountMismatch(string what, string figures) => new(
        "Counts in a message from CP-IS disagree",
        $"The counts in {what} disagree: {figures}. Everything that the message holds has been applied. Check with the CP-IS service desk whether something is missing.");

    /// <summary>A message that was set aside as a whole (rules A11, K6).</summary>
    /// <param name="reason">Words that repeat no data.</param>
    public static AlertText Quarantined(long inboundId, string reason) => new(
        "A message from CP-IS was set aside",
        $"Inbound message {inboundId} was set aside and nothing in it was applied: {reason}. It is kept in the quarantine folder with the reason beside it. "
        + $"When the cause has been removed, apply it with: cpis ingest-access --replay {inboundId}");

    /// <summary>A message of which parts could not be read (rule K6).</summary>
    public static AlertText PartlyQuarantined(long inboundId, IReadOnlyList<UnreadPart> parts) => new(
        "A part of a message from CP-IS could not be read",
        $"In inbound message {inboundId} these parts could not be read; all others were applied: {string.Join("; ", parts.Select(p => $"{p.Where}: {p.Problem.TrimEnd('.')}"))}. "
        + $"The message is kept in the quarantine folder. When the cause has been removed, apply it with: cpis ingest-access --replay {inboundId}");

    /// <summary>Too many removals at once (rule U10).</summary>
    public static AlertText Vanished(int removals, int held, int limit) => new(
        "Records have vanished from the care database",
        $"{removals} of the {held} records that CP-IS holds are no longer in the source views; up to {limit} would be removed without asking. None of these removals was sent. "
        + "Check whether the views are complete. If the records are really gone, run again with --confirm-removals.");

    /// <summary>Source rows that could not be read in a run (rule S16).</summary>
    public static AlertText BadSourceRows(string runId, IReadOnlyList<SetAsideRow> rows) => new(
        "Rows of the care database could not be read",
        $"{(rows.Count == 1 ? "1 row" : $"{rows.Count} rows")} could not be read in run {runId} and {(rows.Count == 1 ? "was" : "were")} set aside: "
        + $"{string.Join("; ", rows.Select(r => $"{r.Where}{(r.Column is null ? string.Empty : $", {r.Column}")}: {r.Problem}"))}. "
        + "What CP-IS holds for the people concerned stands. Correct the rows in the care database.");

    private static string Replacements(IReadOnlyList<string> replacements)
    {
        var given = replacements.Select(r => NhsNumber.TryParse(r, out _) ? ColumnText.Clean(r) : $"{ColumnText.Clean(r)} (not a valid number)").ToList();
        return given.Count switch
        {
            0 => "No replacement number was given.",
            1 => $"The replacement number given is {given[0]}.",
            _ => $"{given.Count} replacement numbers were given: {string.Join(", ", given)}.",
        };
    }

    private static string NumberGiven(string? given)
    {
        var text = ColumnText.Clean(given);
        return text.Length == 0 ? "no NHS number"
            : NhsNumber.TryParse(text, out _) ? $"the NHS number {text}"
            : $"the NHS number {text} (not a valid number)";
    }

    private static string LocalIdGiven(string? given)
    {
        var text = ColumnText.Clean(given);
        return text.Length == 0 ? "no local id" : $"the local id {text}";
    }

    private static string QuotedFile(string? given)
    {
        var text = ColumnText.Clean(given);
        return text.Length == 0 ? string.Empty : $" (upload file quoted: {text})";
    }

    private static string Who(string? accessedBy, string? jobRole)
    {
        var by = ColumnText.Clean(accessedBy);
        var role = ColumnText.Clean(jobRole);
        return (by.Length > 0, role.Length > 0) switch
        {
            (true, true) => $"{by} ({role})",
            (true, false) => by,
            (false, true) => $"a person who is not named ({role})",
            (false, false) => "a person who is not named",
        };
    }

    private static string Where(string? name, string? code)
    {
        var text = ColumnText.Clean(name);
        var ods = ColumnText.Clean(code);
        return (text.Length > 0, ods.Length > 0) switch
        {
            (true, true) => $"{text} ({ods})",
            (true, false) => text,
            (false, true) => $"the organisation {ods}",
            (false, false) => "an organisation that is not named",
        };
    }

    private static string WhenLong(Access access) => access.TimeIsKnown
        ? On(access.AccessedAt)
        : $"on {Day(London.DateOf(access.AccessedAt))} (the notification gives no time of day, so it is recorded as 00:00)";

    private static string On(DateTimeOffset instant) => $"on {Day(London.DateOf(instant))} at {London.At(instant).ToString("HH:mm", CultureInfo.InvariantCulture)}";

    private static string Clock(DateTimeOffset instant) => London.At(instant).ToString("d MMMM yyyy HH:mm", CultureInfo.InvariantCulture);

    private static string Day(DateOnly day) => day.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    private static string Hours(TimeSpan window) => $"{window.TotalHours.ToString("0.#", CultureInfo.InvariantCulture)} hours";

    private static string Records(int count) => count == 1 ? "1 record" : $"{count.ToString(CultureInfo.InvariantCulture)} records";

    private static string Unanswered(IReadOnlyList<SequenceNumber> files) => files.Count == 0
        ? "No file is unanswered at present."
        : $"Unanswered at present: {string.Join(", ", files)}.";

    /// <summary>A code with what CP-IS says of it.</summary>
    public static string Verbatim(string code, string? display, string? detail = null) =>
        string.Join(", ", new[] { code, display, detail }.Select(ColumnText.Clean).Where(t => t.Length > 0));

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string[] Words(string? text) =>
        ColumnText.Clean(text).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The mother of an unborn child, whose number stands for the child's (rule S5).</summary>
/// <param name="PersonId">Null when no mother's record is linked (rule N2).</param>
public sealed record MotherOfUnborn(string? PersonId, string? Name)
{
    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => $"(mother {PersonId})";
}
