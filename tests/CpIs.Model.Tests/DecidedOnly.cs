using System.Globalization;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CpIs.EndToEnd.Tests.Harness;

namespace CpIs.Model.Tests;

/// <summary>
/// The engine's rules without database, files and formats: a night takes a millisecond, so that many more histories can be tried. It keeps
/// the history of what was told, and hands it to the product's decider with the care data.
/// </summary>
internal sealed class DecidedOnly(int maxVanished)
{
    private readonly List<LedgerEvent> _events = [];
    private readonly Dictionary<RecordKey, SequenceNumber> _lapsedAfter = [];
    private readonly SortedDictionary<long, IReadOnlyList<Uploaded>> _waiting = [];
    private readonly HashSet<string> _inactive = new(StringComparer.Ordinal);
    private readonly HashSet<long> _answered = [];
    private long _lastFile;

    public IEnumerable<long> Waiting => [.. _waiting.Keys];

    /// <summary>What standing alerts are wanted for, as type and child.</summary>
    public IReadOnlySet<string> Needs { get; private set; } = new HashSet<string>();

    public void Inactive(string number) => _inactive.Add(number);

    public IReadOnlyList<Uploaded> Take(long file)
    {
        _waiting.Remove(file, out var records);
        return records!;
    }

    /// <summary>A first answer; a later one changes nothing.</summary>
    public void Answer(long file, Func<int, RecordOutcome> outcomeOf)
    {
        if (!_answered.Add(file))
        {
            return;
        }

        for (var i = 0; i < _events.Count; i++)
        {
            if (_events[i].FileNumber.Value == file)
            {
                _events[i] = _events[i] with { Outcome = outcomeOf(_events[i].RecordNumber) };
            }
        }
    }

    /// <summary>Decides, and tells what there is to tell.</summary>
    /// <returns>The file's number and records, or null.</returns>
    public (long File, IReadOnlyList<Uploaded> Records)? Night(Council council, DateTimeOffset now, bool full, bool confirmed)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var context = new DecisionContext(today, now, RuleSettings.Default with { MaxVanished = maxVanished }, full, false, confirmed);
        var (decided, _) = Decide(council, context);
        foreach (var key in decided.Lapsed)
        {
            _lapsedAfter[key] = _events.Where(e => e.Key == key).Max(e => e.FileNumber);
        }

        foreach (var regrouped in decided.Regrouped)
        {
            var at = _events.FindIndex(e => (e.FileNumber, e.RecordNumber) == (regrouped.FileNumber, regrouped.RecordNumber));
            _events[at] = _events[at] with { SourceIds = regrouped.SourceIds, ChildIds = regrouped.ChildIds };
        }

        var tooManyGone = !confirmed && decided.Decisions.Count(d => d is { Kind: DecisionKind.Remove, Reason: Reasons.GoneFromSource }) is var gone && gone > 0
            && (gone > maxVanished || council.People.Values.All(p => p.Gone) || council.Plans.Values.All(p => p.Gone));
        var toTell = decided.Decisions.Where(d => d.Record is not null && !(tooManyGone && d is { Kind: DecisionKind.Remove, Reason: Reasons.GoneFromSource })).ToList();
        (long, IReadOnlyList<Uploaded>)? told = null;
        if (toTell.Count > 0)
        {
            var file = new SequenceNumber(++_lastFile);
            _events.AddRange(toTell.Select((d, i) => new LedgerEvent(
                d.Record!.Key, file, i + 1, d.Record.DeleteDate is not null, d.Record.Content, d.Record.DeleteDate, d.Record.VisibleUntil,
                d.Record.EndIsForecast, d.SourceIds, d.ChildIds, d.Cause, now, RecordOutcome.Unanswered, null)));
            List<Uploaded> records = [.. toTell.Select(d => new Uploaded(
                file.Value, d.Record!.Key.NhsNumber.Value, d.Record.Key.PlanType.Code, Text(d.Record.Key.Start)!, Text(d.Record.Content.End), Text(d.Record.DeleteDate),
                d.Record.Content.FamilyName, d.Record.Content.GivenName, Text(d.Record.Content.BirthDate)!, d.Record.Content.LocalPersonId))];
            _waiting.Add(file.Value, records);
            told = (file.Value, records);
        }

        // As reconcile does: once more, with what was told.
        var (after, household) = Decide(council, context with { Full = false, ConfirmRemovals = false });
        Needs = ScopeFacts.Of(household, after, context).Problems
            .Select(p => (Reasons.IsNumberMissing(p.Reason) ? "nhs-number-missing" : p.Reason) + " " + p.ChildId).ToHashSet(StringComparer.Ordinal);
        return told;
    }

    private (HouseholdDecisions Decided, Household Household) Decide(Council council, DecisionContext context)
    {
        var ledger = _events.GroupBy(e => e.Key).Select(g => new LedgerEntry(g.Key, g, _lapsedAfter.TryGetValue(g.Key, out var lapsed) ? lapsed : null)).ToList();
        var held = ledger.Select(e => e.MayBeHeld(context.Now, context.Settings.AcknowledgementWindow)).OfType<LedgerEvent>().ToList();
        var shared = new Rules(council, context.BusinessDate, [], held.Select(e => (e.Key.NhsNumber.Value, e.HolderId))).Shared;
        var ids = council.People.Keys.Concat(_events.SelectMany(e => e.ChildIds.Append(e.HolderId))).Distinct().Order(StringComparer.Ordinal);
        var household = new Household(
            [.. ids.Select(id => Case(council, id))], ledger, shared.Select(NhsNumber.Parse).ToHashSet(), _inactive.Select(NhsNumber.Parse).ToHashSet());
        return (HouseholdDecider.Decide(household, context), household);
    }

    private static PersonCase Case(Council council, string id)
    {
        var row = council.People.GetValueOrDefault(id);
        var plans = council.Plans.Values.Where(p => p.Person == id && !p.Gone).ToList();
        var statuses = council.Statuses.Values.Where(s => s.Person == id && !s.Gone).ToList();
        List<SetAsideRow> setAside =
        [
            .. row is { Gone: false, Unreadable: true } ? (SetAsideRow[])[new SetAsideRow(SourceTable.Person, "person", id, id, "date_of_birth", "not a date")] : [],
            .. plans.Where(p => p.Unreadable).Select(p => new SetAsideRow(SourceTable.Plan, "plan", p.Id, id, "start_date", "not a date")),
            .. statuses.Where(s => s.Unreadable).Select(s => new SetAsideRow(SourceTable.LegalStatus, "legal_status", s.Id, id, "start_date", "not a date")),
        ];
        return new PersonCase(
            id,
            council.Find(id) is { } p ? new Person(id, p.Number, p.Family, p.Given, p.Born, p.Unborn, p.Expected, p.Mother, p.Worker, p.Manager, Council.Team, p.Changed) : null,
            [.. plans.Where(p => !p.Unreadable).Select(p => new Plan(p.Id, id, p.Start, p.End, p.OtherAuthority, p.InError, p.Changed))],
            [.. statuses.Where(s => !s.Unreadable).Select(s => new LegalStatus(s.Id, id, s.Code, s.Start, s.End, s.InError, s.Changed))],
            setAside);
    }

    private static string? Text(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
