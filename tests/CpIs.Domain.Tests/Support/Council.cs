using System.Globalization;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Values;

namespace CpIs.Domain.Tests.Support;

/// <summary>
/// A council in a story: its care database, what CP-IS was told so far, and nights. It knows none of the rules: it only keeps rows
/// and history, and hands them to the decider as one household.
/// </summary>
internal sealed class Council
{
    private readonly SortedDictionary<string, Someone> _people = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, PlanRow> _plans = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, StatusRow> _statuses = new(StringComparer.Ordinal);
    private readonly List<LedgerEvent> _history = [];
    private readonly Dictionary<RecordKey, SequenceNumber> _lapsedAfter = [];
    private readonly HashSet<NhsNumber> _shared = [];
    private readonly HashSet<NhsNumber> _inactive = [];
    private DateTimeOffset _changeClock = At("2015-01-01", 12);
    private long _lastFile;
    private int _numbersGiven;

    public RuleSettings Settings { get; set; } = RuleSettings.Default;

    public IReadOnlyList<LedgerEvent> History => _history;

    public static DateOnly Day(string date) => DateOnly.ParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static DateOnly? DayOrNull(string? date) => date is null ? null : Day(date);

    public static DateTimeOffset At(string date, int hour, int minute = 0) => new(Day(date).ToDateTime(new TimeOnly(hour, minute)), TimeSpan.Zero);

    /// <summary>A born child with the next number, names and, unless told otherwise, a birth date of 4 May 2010.</summary>
    public Someone Child(string id, string? born = "2010-05-04") =>
        Add(new Someone(this, new Person(id, Numbers.Text(++_numbersGiven), "Sample", "Alex Jo", DayOrNull(born), false, null, null, "w1", "m1", "t1", Changed())));

    /// <summary>A woman with the next number and a birth date of 1 January 1990.</summary>
    public Someone Mother(string id, string born = "1990-01-01") => Child(id, born).Named("Mother", "Mia Rose");

    /// <summary>An unborn child without number or names.</summary>
    public Someone Unborn(string id, string? mother, string? expected) =>
        Add(new Someone(this, new Person(id, null, null, null, null, true, DayOrNull(expected), mother, "w1", "m1", "t1", Changed())));

    public Someone Person(string id) => _people[id];

    public PlanRow Plan(string id) => _plans[id];

    public StatusRow Status(string id) => _statuses[id];

    public IEnumerable<PlanRow> Plans => _plans.Values;

    public IEnumerable<StatusRow> Statuses => _statuses.Values;

    public IEnumerable<Someone> People => _people.Values;

    /// <summary>Two people in scope have this number, or cease to (rule N6 is looked at over the whole council).</summary>
    public Council TwoPeopleHave(int number, bool yes = true)
    {
        _ = yes ? _shared.Add(Numbers.Of(number)) : _shared.Remove(Numbers.Of(number));
        return this;
    }

    /// <summary>CP-IS has notified that this number is inactive.</summary>
    public Council Inactive(int number)
    {
        _inactive.Add(Numbers.Of(number));
        return this;
    }

    /// <summary>Decides, tells CP-IS, and waits for an answer.</summary>
    public Night Night(string date, int hour = 1, int minute = 0, bool full = false, bool nothingIsGone = false, bool confirmRemovals = false)
    {
        var night = Look(date, hour, minute, full, nothingIsGone, confirmRemovals);
        foreach (var key in night.Decided.Lapsed)
        {
            _lapsedAfter[key] = _history.Where(e => e.Key == key).Max(e => e.FileNumber);
        }

        foreach (var regrouped in night.Decided.Regrouped)
        {
            var at = _history.FindIndex(e => (e.FileNumber, e.RecordNumber) == (regrouped.FileNumber, regrouped.RecordNumber));
            _history[at] = _history[at] with { SourceIds = regrouped.SourceIds, ChildIds = regrouped.ChildIds };
        }

        var toTell = night.Decisions.Where(d => d.Record is not null).ToList();
        if (toTell.Count > 0)
        {
            var file = new SequenceNumber(++_lastFile);
            night.File = file;
            _history.AddRange(toTell.Select((d, i) => new LedgerEvent(
                d.Record!.Key, file, i + 1, d.Record.DeleteDate is not null, d.Record.Content, d.Record.DeleteDate, d.Record.VisibleUntil,
                d.Record.EndIsForecast, d.SourceIds, d.ChildIds, d.Cause, night.Now, RecordOutcome.Unanswered, null)));
        }

        _changeClock = night.Now.AddHours(8);
        return night;
    }

    /// <summary>Decides without telling anybody.</summary>
    public Night Look(string date, int hour = 1, int minute = 0, bool full = false, bool nothingIsGone = false, bool confirmRemovals = false)
    {
        var now = At(date, hour, minute);
        var context = new DecisionContext(Day(date), now, Settings, full, nothingIsGone, confirmRemovals);
        var household = Household();
        return new Night(this, household, context, HouseholdDecider.Decide(household, context));
    }

    public Household Household() => new(Cases(), Ledger(), _shared.ToHashSet(), _inactive.ToHashSet());

    /// <summary>What the ledger knows of a record.</summary>
    public IReadOnlyList<LedgerEntry> Ledger() =>
        [.. _history.GroupBy(e => e.Key).Select(g => new LedgerEntry(g.Key, g, _lapsedAfter.TryGetValue(g.Key, out var lapsed) ? lapsed : null))];

    /// <summary>An answer, or what stands for one, to some records of a file.</summary>
    public void Answer(SequenceNumber file, RecordOutcome outcome, Func<LedgerEvent, bool>? which = null)
    {
        for (var i = 0; i < _history.Count; i++)
        {
            if (_history[i].FileNumber == file && which?.Invoke(_history[i]) != false)
            {
                _history[i] = _history[i] with { Outcome = outcome, RejectionCode = outcome == RecordOutcome.Rejected ? "CPR03" : null };
            }
        }
    }

    internal DateTimeOffset Changed() => _changeClock = _changeClock.AddMinutes(1);

    internal PlanRow Add(PlanRow row) => _plans[row.Row.PlanId] = row;

    internal StatusRow Add(StatusRow row) => _statuses[row.Row.LegalStatusId] = row;

    private Someone Add(Someone person) => _people[person.Row.PersonId] = person;

    private PersonCase[] Cases()
    {
        var ids = _people.Keys
            .Concat(_plans.Values.Select(p => p.Row.PersonId))
            .Concat(_statuses.Values.Select(s => s.Row.PersonId))
            .Concat(_history.SelectMany(e => e.ChildIds.Append(e.HolderId)))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return [.. ids.Select(Case)];
    }

    private PersonCase Case(string id)
    {
        var person = _people.GetValueOrDefault(id);
        var plans = _plans.Values.Where(p => p.Row.PersonId == id && !p.IsGone).ToList();
        var statuses = _statuses.Values.Where(s => s.Row.PersonId == id && !s.IsGone).ToList();
        var setAside = new List<SetAsideRow>();
        if (person is { IsUnreadable: true, IsGone: false })
        {
            setAside.Add(new SetAsideRow(SourceTable.Person, "person.csv:2", id, id, "date_of_birth", "not a date"));
        }

        setAside.AddRange(plans.Where(p => p.IsUnreadable)
            .Select(p => new SetAsideRow(SourceTable.Plan, "plan.csv:2", p.IdIsUnreadable ? null : p.Row.PlanId, id, "start_date", "not a date")));
        setAside.AddRange(statuses.Where(s => s.IsUnreadable)
            .Select(s => new SetAsideRow(SourceTable.LegalStatus, "legal_status.csv:2", s.IdIsUnreadable ? null : s.Row.LegalStatusId, id, "start_date", "not a date")));
        return new PersonCase(
            id,
            person is { IsUnreadable: false, IsGone: false } ? person.Row : null,
            [.. plans.Where(p => !p.IsUnreadable).Select(p => p.Row)],
            [.. statuses.Where(s => !s.IsUnreadable).Select(s => s.Row)],
            setAside);
    }
}
