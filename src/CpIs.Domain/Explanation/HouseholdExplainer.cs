using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Values;

namespace CpIs.Domain.Explanation;

/// <summary>
/// Says how the decisions of a household came about: every rule that was looked at, with what it saw. It applies the rules anew to the
/// same household and settings and changes nothing; the decisions tell it only which record to speak of. A pure function of its arguments.
/// </summary>
public sealed class HouseholdExplainer
{
    /// <summary>What is said when the rules as applied here do not lead to the decision. No test has seen it on a true decision.</summary>
    internal const string Otherwise = "What CP-IS was told, and all rows and people together.";

    private readonly Household _household;
    private readonly DecisionContext _context;
    private readonly HouseholdDecisions _decided;
    private readonly WantedRecords _wanted;
    private readonly IReadOnlyList<WantedRecord> _records;
    private readonly RecordRules _recordRules;

    private HouseholdExplainer(Household household, DecisionContext context, HouseholdDecisions decided)
    {
        (_household, _context, _decided) = (household, context, decided);
        _wanted = new WantedRecords(household, context);
        _records = _wanted.Build();
        _recordRules = new RecordRules(household, context, [.. decided.Lapsed]);
    }

    /// <summary>Explains the decisions of one household.</summary>
    /// <param name="decided">What <see cref="HouseholdDecider"/> made of the same household and context.</param>
    public static HouseholdExplanation Explain(Household household, DecisionContext context, HouseholdDecisions decided)
    {
        var explainer = new HouseholdExplainer(household, context, decided);
        return new HouseholdExplanation(
            [.. explainer.General()], [.. decided.Decisions.Select(explainer.Explain)], [.. decided.Lapsed.Select(explainer.ExplainLapse)]);
    }

    private IEnumerable<RuleStep> General()
    {
        if (_household.People.Count > 1)
        {
            yield return new RuleStep(
                "U8", "household", $"A mother, the children linked to her, and whoever holds a record made from their plans: {Words.List(_household.People.Select(p => p.PersonId))}.",
                "They are decided together, and their records are never split over files.");
        }

        foreach (var person in _household.People)
        {
            var about = $"person {person.PersonId}";
            var isMother = _household.People.Any(p => p.Person is { IsUnborn: true } child && child.MotherPersonId == person.PersonId && p.HasRows);
            yield return person.HasRows
                ? new RuleStep("U1", about, $"Plans in the care database: {person.Plans.Count}; legal statuses: {person.LegalStatuses.Count}.", "In scope: a decision is made for each.")
                : new RuleStep(
                    "U1", about, "No plan and no legal status that can be read in the care database.",
                    isMother ? "In scope as the mother of an unborn child with a plan." : "Looked at only because of what CP-IS was told, or of the household.");
            foreach (var row in person.SetAside)
            {
                yield return new RuleStep(
                    "S16", about, $"A {TableName(row.Table)} row{(row.RowId is { } id ? $" ({id})" : string.Empty)} cannot be read{(row.Column is { } column ? $", because of {column}" : string.Empty)}: {row.Problem}.",
                    "It is set aside and not taken for gone: what CP-IS holds of this person stands.");
            }
        }

        foreach (var several in _decided.Decisions.GroupBy(d => d.PersonId, StringComparer.Ordinal).Where(g => g.Select(d => d.PlanType).Distinct().Count() > 1))
        {
            yield return new RuleStep(
                "S8", $"person {several.Key}", $"Several kinds of plan: {Words.List(several.Select(d => d.PlanType.Code).Distinct())}.",
                "Each is a record of its own.");
        }

        if (_context.NothingIsGone)
        {
            yield return new RuleStep("S16", "this run", "A row could not be read, and with it the person whom it concerns.", "Nobody's record is taken off because its row is missing.");
        }
    }

    private DecisionExplanation Explain(Decision decision)
    {
        var about = About(decision);
        var rows = RowsOf(decision).ToList();
        if (IsOfOneRow(decision))
        {
            return new DecisionExplanation(decision, Mark(decision, [.. RowSteps(decision)]));
        }

        // Of a record that is decided as a whole, what its rows say is evidence.
        List<RuleStep> steps = [.. RowSteps(decision).Select(s => s with { Kind = null, Reason = string.Empty })];
        if (decision.Kind == DecisionKind.Remove || decision.Cause.Length > 0 || decision is { Kind: DecisionKind.Withheld, Reason: Reasons.GoneFromSource })
        {
            steps.AddRange(Removal(decision, about));
        }
        else if (WantedAs(decision) is { } wanted)
        {
            steps.AddRange(Record(wanted, rows, about));
        }
        else if (AfterBirth(decision) is { } ended)
        {
            steps.AddRange(Record(ended, rows, about, isAfterBirth: true));
        }
        else
        {
            steps.AddRange(Standing(decision, rows, about));
        }

        return new DecisionExplanation(decision, Mark(decision, steps));
    }

    /// <summary>The first step that decides is the decisive one. Where the rules as told here lead elsewhere, the decision itself has the last word.</summary>
    private static List<RuleStep> Mark(Decision decision, List<RuleStep> steps)
    {
        var at = steps.FindIndex(s => s.Kind is not null);
        if (at >= 0 && steps[at].Kind == decision.Kind && steps[at].Reason == decision.Reason)
        {
            steps[at] = steps[at] with { IsDecisive = true };
            return steps;
        }

        steps.Add(new RuleStep(
            ReasonWords.RuleOf(decision.Reason), About(decision), Otherwise,
            decision.Reason.Length > 0 ? ReasonWords.Of(decision.Reason) : "So it was decided.", decision.Reason, decision.Kind, IsDecisive: true));
        return steps;
    }

    private IEnumerable<RuleStep> Record(WantedRecord wanted, IReadOnlyList<SourceRow> rows, string about, bool isAfterBirth = false)
    {
        IEnumerable<RuleStep>[] parts =
        [
            RecordRules.Joining(wanted, rows, about), _recordRules.Dates(wanted, about), _recordRules.Number(wanted.PlanType, wanted.Subject, about),
            isAfterBirth ? OwnRecords(rows) : [],
        ];
        foreach (var step in parts.SelectMany(p => p))
        {
            yield return step;
            if (step.Reason.Length > 0)
            {
                yield break;
            }
        }

        foreach (var step in _recordRules.Comparison(wanted, about, endsWhatIsHeld: isAfterBirth && HaveTheirOwn(rows)))
        {
            yield return step;
        }
    }

    /// <summary>A record that CP-IS holds and that is left as it was last told (rules U3, S9, S16).</summary>
    private IEnumerable<RuleStep> Standing(Decision decision, List<SourceRow> rows, string about)
    {
        var entry = EntryOf(decision);
        yield return _recordRules.Known(entry, about);
        if (decision is { Kind: DecisionKind.Withheld, Reason: Reasons.NumberDuplicate })
        {
            yield return new RuleStep(
                "N6", about, "The rows that this record was made of are gone, and somebody else in scope now has its NHS number.",
                "It stands until an operator confirms: if two files of one child were merged, taking it off would make that child invisible.",
                Reasons.NumberDuplicate, DecisionKind.Withheld);
            yield break;
        }

        var kind = decision.Kind == DecisionKind.Update ? DecisionKind.Update : DecisionKind.Unchanged;
        var again = kind == DecisionKind.Update ? "It stands as last told, and is sent again as it is (--full)." : "It stands as last told, and nothing is sent.";
        var born = rows.FindAll(r => decision.PlanType == PlanType.Ucpp && r is { State: RowState.Good, IsLegalStatus: false } && r.PlanType == PlanType.Cpp);
        var faulty = rows.FindAll(r => r.State == RowState.Faulted);
        var unread = UnreadRows(decision);
        if (faulty.Count > 0)
        {
            yield return new RuleStep(
                "U3", about, $"The row {Words.List(faulty.Select(r => r.Id))} has a fault: {ReasonWords.Of(faulty[0].Reason!)}",
                $"A child does not become invisible because a field was spoiled. {again}", Kind: kind);
        }
        else if (unread.Count > 0)
        {
            yield return new RuleStep("S16", about, $"Rows that may belong to it cannot be read: {Words.List(unread)}.", $"They are not taken for gone. {again}", Kind: kind);
        }
        else if (born.Count > 0)
        {
            foreach (var step in OwnRecords(born))
            {
                yield return step;
            }

            var mother = born.Select(r => _wanted.MotherOf(r.Person)).FirstOrDefault(m => m is not null) ?? _wanted.Case(entry?.Last?.HolderId ?? decision.PersonId)?.Person;
            var fault = NumberRules.Fault(mother, SubjectRole.Mother, _household);
            yield return new RuleStep(
                "S9", about, fault is null ? "A child of this record was born, and CP-IS is not known to show them under their own number yet." : $"A child of this record was born. {ReasonWords.Of(fault)}",
                $"There is never a night on which neither record is visible. {again}", Kind: kind);
        }
        else
        {
            yield return new RuleStep("U3", about, "It hangs together with a held record of which a row has a fault.", $"Neither is changed until the fault is mended. {again}", Kind: kind);
        }
    }

    private IEnumerable<RuleStep> Removal(Decision decision, string about)
    {
        var entry = EntryOf(decision);
        yield return _recordRules.Known(entry, about);
        if (decision.Reason == Reasons.UploadRejected)
        {
            yield return new RuleStep(
                "K1", about, "CP-IS refused this very removal, and nothing in its rows has changed since.", "It is not sent again until its row changes.",
                Reasons.UploadRejected, DecisionKind.Withheld);
            yield break;
        }

        if (decision is { Kind: DecisionKind.Withheld, Reason: Reasons.GoneFromSource })
        {
            yield return Gone(about);
            yield return new RuleStep(
                "U10", about, "More records than usual have no row any more.", "No such removal is sent until an operator has confirmed that the rows are rightly gone.",
                Reasons.GoneFromSource, DecisionKind.Withheld);
            yield break;
        }

        var (rule, input, outcome) = decision.Reason switch
        {
            Reasons.RecordedInError => ("U3", "Its row is marked as recorded in error.", "It was never true."),
            Reasons.OtherAuthorityPlan => ("S11", "Its row now says that another council holds the plan.", "It was never ours to share."),
            Reasons.LegalStatusNotShared => ("S2", "Its legal status is not, or was not then, one of those that are shared.", "It was never ours to share."),
            Reasons.EndedLate => ("U3", $"It ended on {Words.Day(decision.End, "no date")}, which reached us when the time for which it is shown was over.", "CP-IS would still show it."),
            Reasons.NumberReplaced => ("N4", "It stands under an NHS number that the care database no longer holds for this person.", "A wrong number means that the wrong person is flagged."),
            Reasons.StartDateAmended => ("U2", $"It stands with the start {Words.Day(decision.Start, "unknown")}, and the start was amended.", "The start is part of what tells records apart, so the old one is taken off."),
            _ => ("U3", "None of the rows that it was made of is in the care database any more.", "Nothing asks for it."),
        };
        if (decision.Reason == Reasons.GoneFromSource)
        {
            yield return Gone(about);
            yield return new RuleStep("U10", about, "No more records than usual have lost their row, or an operator has confirmed it.", "Removals of what is gone are sent.");
        }

        yield return new RuleStep(rule, about, input, $"{outcome} It is taken off CP-IS.", decision.Reason, DecisionKind.Remove);
    }

    private static RuleStep Gone(string about) => new("U3", about, "The rows that it was made of are no longer in the care database.", "It is looked at as gone.");

    /// <summary>Whether each born child of a mother's record has a record of their own (rule S9).</summary>
    private IEnumerable<RuleStep> OwnRecords(IReadOnlyList<SourceRow> rows)
    {
        foreach (var row in rows.Where(r => r is { PlanType: var type, State: RowState.Good } && type == PlanType.Cpp))
        {
            var own = OwnOf(row);
            yield return new RuleStep(
                "S9", $"plan {row.Id}", $"{row.Person.PersonId} was born{(row.Person.Person?.DateOfBirth is { } born ? $" on {Words.Day(born)}" : ", the date is not entered")}.",
                own is null ? "There is no record of their own."
                : IsTold(own) ? "Their own record was told, and CP-IS has not confirmed it yet."
                : HasItsOwn(own) ? "Their own record is in this file, or CP-IS holds it."
                : own.Reason is { } reason ? $"Their own record is withheld: {ReasonWords.Of(reason)}"
                : "Their own record is not sent in this file.");
        }
    }

    private WantedRecord? OwnOf(SourceRow row) => _records.FirstOrDefault(w => w.PlanType == PlanType.Cpp && w.SourceIds.Contains(row.Id));

    /// <summary>True when every born child of these rows who will have a record of their own has it (rule S9).</summary>
    private bool HaveTheirOwn(IReadOnlyList<SourceRow> rows)
    {
        var awaited = rows.Where(r => r.State == RowState.Good && r.PlanType == PlanType.Cpp).Select(OwnOf).OfType<WantedRecord>()
            .Where(w => w.DateReason != Reasons.EndedBeforeBirth).ToList();
        return awaited.Count > 0 && awaited.TrueForAll(HasItsOwn);
    }

    private bool HasItsOwn(WantedRecord own) => own.Subject?.DateOfBirth is not null
        && (_decided.Decisions.Any(d => d.PlanType == PlanType.Cpp && d.Kind is not (DecisionKind.Withheld or DecisionKind.Remove) && d.SourceIds.Intersect(own.SourceIds).Any())
            || (own.Key is { } key && !_decided.Lapsed.Contains(key)
                && _household.Ledger.FirstOrDefault(e => e.Key == key)?.MayBeHeld(_context.Now, _context.Settings.AcknowledgementWindow) is not null));

    /// <summary>True for what an earlier file told and no answer has confirmed: it may be lost (rule U9).</summary>
    private bool IsTold(WantedRecord own) => own.Key is { } key
        && _decided.Decisions.Any(d => d is { PlanType: var type, Kind: DecisionKind.Unchanged } && type == PlanType.Cpp && (d.NhsNumber, d.Start) == (key.NhsNumber, key.Start))
        && _household.Ledger.FirstOrDefault(e => e.Key == key) is { IsSurelyHeld: false };

    private LapseExplanation ExplainLapse(RecordKey key)
    {
        var about = $"{key.PlanType} from {Words.Day(key.Start)}";
        var told = _household.Ledger.First(e => e.Key == key).MayBeHeld(_context.Now, _context.Settings.AcknowledgementWindow);
        var born = told is null ? (DateOnly?)null : _wanted.Case(told.HolderId)?.Person?.DateOfBirth ?? told.Content.BirthDate;
        DateOnly? until = told is null ? null : Visibility.Until(key.PlanType, told.Content.End, _context.Settings);
        var step = key.PlanType != PlanType.Ucpp && Visibility.IsAdult(born, _context.BusinessDate)
            ? new RuleStep("S13", about, $"Born on {Words.Day(born!.Value)}: 18 or older.", "CP-IS closes the record by itself; nothing is sent.")
            : until < _context.BusinessDate
                ? new RuleStep(key.PlanType == PlanType.Ucpp ? "S6" : "S10", about, $"It was shown until {Words.Day(until.Value)}.", "CP-IS shows it no longer; nothing is sent.")
                : new RuleStep("N3", about, "The NHS has said that its number is no longer in use.", "Nothing can be sent under it: the entry is over.");
        return new LapseExplanation(key, step);
    }

    private IEnumerable<RuleStep> RowSteps(Decision decision)
    {
        foreach (var id in decision.SourceIds)
        {
            var isLegalStatus = decision.PlanType == PlanType.Lac;
            var steps = _household.People.SelectMany(p => isLegalStatus
                ? p.LegalStatuses.Where(s => s.LegalStatusId == id).SelectMany(s => RowRules.Of(p, s, _context.Settings))
                : p.Plans.Where(s => s.PlanId == id).SelectMany(s => RowRules.Of(p, s))).ToList();
            if (steps.Count == 0)
            {
                var about = $"{(isLegalStatus ? "legal status" : "plan")} {id}";
                steps.Add(IsSetAside(isLegalStatus, id)
                    ? new RuleStep("S16", about, "The row cannot be read.", "It is not taken for gone.")
                    : new RuleStep("U3", about, "The row is not in the care database.", "It is looked at as gone."));
            }

            foreach (var step in steps)
            {
                yield return step;
            }
        }
    }

    private IEnumerable<SourceRow> RowsOf(Decision decision) =>
        _wanted.Rows.Where(r => r.IsLegalStatus == (decision.PlanType == PlanType.Lac) && decision.SourceIds.Contains(r.Id));

    /// <summary>The record that the rows ask for and that this decision is about; null when it is about something else.</summary>
    private WantedRecord? WantedAs(Decision decision) => _records.FirstOrDefault(w =>
        w.PlanType == decision.PlanType && w.PersonId == decision.PersonId && (w.SourceIds.SequenceEqual(decision.SourceIds) || IsToldAgainWithOthers(w, decision))
        && w.Span.Start == decision.Start && w.Span.End == decision.End && w.Number == decision.NhsNumber
        && (w.Reason is null || decision.Kind == DecisionKind.Withheld)
        && (decision.Kind != DecisionKind.Unchanged || IsToldAs(w)));

    /// <summary>True when what was lost is told again, and other rows that only have a fault go on belonging to it (rules U3, U9).</summary>
    private bool IsToldAgainWithOthers(WantedRecord wanted, Decision decision) =>
        decision.Record is { DeleteDate: null } && wanted.SourceIds.All(decision.SourceIds.Contains)
        && (ShowsBornToo(wanted, decision) || EntryOf(decision)?.ForComparison(_context.Now, _context.Settings.AcknowledgementWindow) is null);

    /// <summary>True when all that a mother's record shows besides what is asked for are born children (rule S9).</summary>
    private bool ShowsBornToo(WantedRecord wanted, Decision decision) => decision.PlanType == PlanType.Ucpp
        && RowsOf(decision).Where(r => !wanted.SourceIds.Contains(r.Id)).ToList() is { Count: > 0 } others && others.TrueForAll(r => r.State == RowState.Good && r.PlanType == PlanType.Cpp);

    private bool IsToldAs(WantedRecord wanted) =>
        _household.Ledger.FirstOrDefault(e => e.Key == wanted.Key)?.ForComparison(_context.Now, _context.Settings.AcknowledgementWindow)?.Content == wanted.Content;

    /// <summary>A mother's record that is told after a birth, ended or under another number (rule S9); null when this is none.</summary>
    private WantedRecord? AfterBirth(Decision decision)
    {
        var rows = RowsOf(decision).Where(r => r is { State: RowState.Good } && r.PlanType == PlanType.Cpp).ToList();
        if (decision.PlanType != PlanType.Ucpp || decision.Start is not { } start || rows.Count < decision.SourceIds.Count)
        {
            return null;
        }

        if (decision.Kind == DecisionKind.Update && !HaveTheirOwn(rows)
            && EntryOf(decision)?.MayBeHeld(_context.Now, _context.Settings.AcknowledgementWindow)?.Content == decision.Record?.Content)
        {
            return null;
        }

        var mother = rows.Select(r => _wanted.MotherOf(r.Person)).FirstOrDefault(m => m is not null) ?? _wanted.Case(decision.PersonId)?.Person;
        if (NumberRules.Fault(mother, SubjectRole.Mother, _household) is not null || (decision.Kind == DecisionKind.Unchanged && (!HaveTheirOwn(rows) || EndsOtherwise(decision, rows))))
        {
            return null;
        }

        return _wanted.Make(PlanType.Ucpp, mother, decision.PersonId, new DateSpan(start, decision.End), rows, decision.Record?.EndIsForecast == true);
    }

    /// <summary>True when a record does not end with the birth: it stands as last told.</summary>
    private static bool EndsOtherwise(Decision decision, List<SourceRow> born) =>
        born.Exists(r => r.Person.Person!.DateOfBirth is null) || decision.End != WantedRecords.EndedSpan(decision.Start!.Value, born).End;

    private static bool IsOfOneRow(Decision decision) => decision.Kind == DecisionKind.Withheld && decision.SourceIds.Count == 1
        && decision.Reason is Reasons.RecordedInError or Reasons.PersonMissing or Reasons.OtherAuthorityPlan or Reasons.LegalStatusNotShared
            or Reasons.DatesInconsistent or Reasons.ExpectedDateMissing;

    private LedgerEntry? EntryOf(Decision decision) => decision is { NhsNumber: { } number, Start: { } start }
        ? _household.Ledger.FirstOrDefault(e => e.Key == new RecordKey(number, decision.PlanType, start))
        : null;

    private bool IsSetAside(bool isLegalStatus, string id) => _household.People.Any(p => p.SetAside.Any(
        r => r.Table == (isLegalStatus ? SourceTable.LegalStatus : SourceTable.Plan) && r.RowId == id));

    private List<string> UnreadRows(Decision decision)
    {
        var there = RowsOf(decision).Select(r => r.Id).ToHashSet(StringComparer.Ordinal);
        return [.. decision.SourceIds.Where(id => !there.Contains(id))];
    }

    private static string About(Decision decision) =>
        $"{decision.PlanType} from {Words.Day(decision.Start, "no date")}{(decision.End is { } end ? " to " + Words.Day(end) : string.Empty)}";

    private static string TableName(SourceTable table) => table switch
    {
        SourceTable.Person => "person",
        SourceTable.Plan => "plan",
        SourceTable.LegalStatus => "legal status",
        _ => "worker",
    };
}
