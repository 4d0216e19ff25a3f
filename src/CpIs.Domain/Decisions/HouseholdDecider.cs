using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Time;
using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>
/// Decides what CP-IS must be told of one household (rules.md sections 1 to 3): what the source asks for is compared with what
/// CP-IS may hold. A pure function of its arguments.
/// </summary>
public sealed class HouseholdDecider
{
    private readonly Household _household;
    private readonly DecisionContext _context;
    private readonly WantedRecords _wanted;
    private readonly Dictionary<(bool IsLegalStatus, string Id), SourceRow> _rows = [];
    private readonly Dictionary<RecordKey, LedgerEntry> _ledger;
    private readonly HashSet<RecordKey> _lapsed = [];
    private readonly List<Decision> _decisions = [];

    /// <summary>Wanted records that are not decided by comparison, because what is held of them stands or ends otherwise.</summary>
    private readonly HashSet<WantedRecord> _settled = [];

    private HouseholdDecider(Household household, DecisionContext context)
    {
        _household = household;
        _context = context;
        _wanted = new WantedRecords(household, context);
        _ledger = household.Ledger.ToDictionary(e => e.Key);
        foreach (var row in _wanted.Rows)
        {
            _rows[(row.IsLegalStatus, row.Id)] = row;
        }
    }

    private DateOnly Today => _context.BusinessDate;

    /// <summary>Decides one household.</summary>
    public static HouseholdDecisions Decide(Household household, DecisionContext context) => new HouseholdDecider(household, context).Decide();

    private HouseholdDecisions Decide()
    {
        var wanted = _wanted.Build();
        var afterBirth = new List<(LedgerEntry Entry, LedgerEvent Held, List<SourceRow> Rows)>();
        foreach (var entry in _household.Ledger)
        {
            if (entry.MayBeHeld(_context.Now, _context.Settings.AcknowledgementWindow) is not { } held)
            {
                continue;
            }

            if (IsOver(entry, held))
            {
                _lapsed.Add(entry.Key);
            }
            else if (BornRows(held, wanted) is { Count: > 0 } rows)
            {
                afterBirth.Add((entry, held, rows));
            }
            else
            {
                Follow(entry, held, wanted);
            }
        }

        var compared = new Dictionary<WantedRecord, Decision>();
        foreach (var record in wanted.Where(w => !_settled.Contains(w)))
        {
            compared[record] = Compare(record, baseline: null);
        }

        _decisions.AddRange(compared.Values);
        foreach (var (entry, held, rows) in afterBirth)
        {
            FollowAfterBirth(entry, held, rows, compared);
        }

        AddRowDecisions();
        return new HouseholdDecisions(
            [.. _decisions
                .OrderBy(d => d.PersonId, StringComparer.Ordinal)
                .ThenBy(d => d.PlanType)
                .ThenBy(d => d.Start ?? DateOnly.MinValue)
                .ThenBy(d => d.Kind == DecisionKind.Withheld)
                .ThenBy(d => string.Join(';', d.SourceIds), StringComparer.Ordinal)],
            [.. _lapsed]);
    }

    /// <summary>True when CP-IS no longer shows the record, by what it was last told (rules S6, S10, S13): nothing need be sent.</summary>
    private bool IsOver(LedgerEntry entry, LedgerEvent held)
    {
        if (entry.Key.PlanType != PlanType.Ucpp
            && Visibility.IsAdult(_wanted.Case(held.HolderId)?.Person?.DateOfBirth ?? held.Content.BirthDate, Today))
        {
            return true;
        }

        return Visibility.Until(entry.Key.PlanType, held.Content.End, _context.Settings) < Today;
    }

    /// <summary>Decides a held record that its source rows no longer ask for as it is; one that they do ask for is left to the comparison.</summary>
    private void Follow(LedgerEntry entry, LedgerEvent held, IReadOnlyList<WantedRecord> wanted)
    {
        var isLegalStatus = entry.Key.PlanType == PlanType.Lac;
        var rows = held.SourceIds.Select(id => _rows.GetValueOrDefault((isLegalStatus, id))).OfType<SourceRow>().ToList();
        if (StandsForFaultyRow(entry, held, rows, wanted))
        {
            return;
        }

        if (wanted.FirstOrDefault(w => w.Key == entry.Key) is { } same)
        {
            if (same.DateReason == Reasons.RetentionExpired && same.NumberReason is not (Reasons.NumberDuplicate or Reasons.NumberInactive))
            {
                _settled.Add(same);
                AddRemoval(entry, held, Reasons.EndedLate, rows, same.Span.End);
            }

            return;
        }

        var successors = wanted.Where(w => w.PlanType == PlanType.Lac == isLegalStatus && w.SharesSourceWith(held.SourceIds)).ToList();
        if (successors.Count > 0)
        {
            var sameType = successors.FindAll(w => w.PlanType == entry.Key.PlanType);
            FollowSuccessors(entry, held, rows, sameType.Count > 0 ? sameType : successors);
            return;
        }

        var notOurs = rows.Where(r => r.State == RowState.NotOurs).Select(r => r.Reason!).ToList();
        string[] inOrder = [Reasons.RecordedInError, Reasons.OtherAuthorityPlan, Reasons.LegalStatusNotShared];
        if (inOrder.FirstOrDefault(notOurs.Contains) is { } reason)
        {
            AddRemoval(entry, held, reason, rows);
        }
        else
        {
            FollowVanished(entry, held, rows);
        }
    }

    /// <summary>Rule U3: a record whose row is withheld for a data fault stands; one of several rows is listed as unchanged.</summary>
    private bool StandsForFaultyRow(LedgerEntry entry, LedgerEvent held, List<SourceRow> rows, IReadOnlyList<WantedRecord> wanted)
    {
        var unreadable = held.SourceIds.Any(id => !rows.Exists(r => r.Id == id) && IsSetAside(entry.Key.PlanType, id))
            || rows.Exists(r => r.Reason == Reasons.PersonMissing && r.Person.PersonUnreadable);
        if (!unreadable && !rows.Exists(r => r.State == RowState.Faulted))
        {
            return false;
        }

        var successors = wanted.Where(w => w.SharesSourceWith(held.SourceIds) && w.PlanType == entry.Key.PlanType).ToList();
        _settled.UnionWith(successors);
        var askedForAnew = wanted.Any(w => w.Key == entry.Key && !_settled.Contains(w));
        if (!askedForAnew && (unreadable || held.SourceIds.Count > 1))
        {
            AddAsLastTold(held);
        }

        return true;
    }

    private void FollowSuccessors(LedgerEntry entry, LedgerEvent held, List<SourceRow> rows, List<WantedRecord> successors)
    {
        if (successors.TrueForAll(s => s.DateReason == Reasons.RetentionExpired))
        {
            var end = successors.Max(s => s.Span.End);
            AddRemoval(entry, held, Reasons.EndedLate, rows, end < entry.Key.Start ? entry.Key.Start : end);
            return;
        }

        if (successors.Exists(s => s.NumberReason is not null || s.DateReason == Reasons.EndedBeforeBirth))
        {
            // A spoiled field must not make the child invisible: what is held stands, the wanted record is listed with its reason.
            return;
        }

        var replaced = !successors.Exists(s => s.Number == entry.Key.NhsNumber);
        AddRemoval(entry, held, replaced ? Reasons.NumberReplaced : Reasons.StartDateAmended, rows);
    }

    private void FollowVanished(LedgerEntry entry, LedgerEvent held, List<SourceRow> rows)
    {
        var people = held.ChildIds.Append(held.HolderId);
        if (_context.NothingIsGone || people.Any(id => _wanted.Case(id)?.SetAside.Count > 0))
        {
            AddAsLastTold(held);
        }
        else if (_household.SharedNumbers.Contains(entry.Key.NhsNumber) && !_context.ConfirmRemovals)
        {
            // Somebody else in scope has this number (rule N6): most often two files of one child were merged. Removing the record
            // would make that child invisible, so it stands until an operator confirms.
            _decisions.Add(AsLastTold(held) with { Kind = DecisionKind.Withheld, Reason = Reasons.NumberDuplicate, Record = null, VisibleUntil = null });
        }
        else
        {
            AddRemoval(entry, held, Reasons.GoneFromSource, rows);
        }
    }

    /// <summary>The good rows of a held unborn child's plan when none of its children is unborn any more (rule S9); empty in any other case.</summary>
    private List<SourceRow> BornRows(LedgerEvent held, IReadOnlyList<WantedRecord> wanted)
    {
        if (held.Key.PlanType != PlanType.Ucpp || wanted.Any(w => w.PlanType == PlanType.Ucpp && w.SharesSourceWith(held.SourceIds)))
        {
            return [];
        }

        var rows = held.SourceIds.Select(id => _rows.GetValueOrDefault((false, id))).OfType<SourceRow>().ToList();
        var faulty = rows.Exists(r => r.State == RowState.Faulted) || held.SourceIds.Any(id => !_rows.ContainsKey((false, id)) && IsSetAside(PlanType.Ucpp, id));
        return faulty ? [] : [.. rows.Where(r => r is { State: RowState.Good, PlanType: var t } && t == PlanType.Cpp)];
    }

    /// <summary>
    /// Rule S9: the mother's record is ended in the same file as the last of her children gets a record of its own, and is left as
    /// last told until then, so that there is never a night on which neither is visible.
    /// </summary>
    private void FollowAfterBirth(LedgerEntry entry, LedgerEvent held, List<SourceRow> rows, Dictionary<WantedRecord, Decision> compared)
    {
        var awaited = compared.Where(c => c.Key.PlanType == PlanType.Cpp && rows.Exists(r => c.Key.SourceIds.Contains(r.Id, StringComparer.Ordinal)))
            .Where(c => c.Key.DateReason != Reasons.EndedBeforeBirth).ToList();
        var allHaveTheirOwn = awaited.Count > 0 && awaited.TrueForAll(c => c.Value.Kind != DecisionKind.Withheld || IsHeld(c.Key.Key));

        var mother = rows.Select(r => _wanted.MotherOf(r.Person)).OfType<Person>().FirstOrDefault() ?? _wanted.Case(held.HolderId)?.Person;
        var ended = _wanted.Make(
            PlanType.Ucpp, mother, mother?.PersonId ?? held.HolderId, EndedSpan(entry.Key.Start, rows), rows);
        if (ended.NumberReason is null && ended.Number != entry.Key.NhsNumber)
        {
            AddRemoval(entry, held, Reasons.NumberReplaced, rows);
            if (!allHaveTheirOwn)
            {
                var span = new DateSpan(entry.Key.Start, held.Content.End);
                _decisions.Add(Compare(_wanted.Make(PlanType.Ucpp, mother, ended.PersonId, span, rows, held.EndIsForecast), baseline: null));
            }
        }
        else if (!allHaveTheirOwn || ended.NumberReason is not null)
        {
            AddAsLastTold(held);
        }
        else if (ended.DateReason == Reasons.RetentionExpired)
        {
            AddRemoval(entry, held, Reasons.EndedLate, rows, ended.Span.End);
        }
        else
        {
            _decisions.Add(Compare(ended, baseline: held));
        }
    }

    private static DateSpan EndedSpan(DateOnly start, List<SourceRow> rows)
    {
        var end = rows.Max(r => r.Person.Person!.DateOfBirth is null ? start : WantedRecords.UnbornEnd(r));
        return new DateSpan(start, end < start ? start : end);
    }

    private bool IsHeld(RecordKey? key) =>
        key is not null && _ledger.TryGetValue(key, out var entry) && !_lapsed.Contains(key)
        && entry.MayBeHeld(_context.Now, _context.Settings.AcknowledgementWindow) is not null;

    /// <summary>Compares a wanted record with what CP-IS holds of it (rules U1, U4, U9, K1).</summary>
    /// <param name="baseline">What counts as held when nothing else does (rule S9), or null.</param>
    private Decision Compare(WantedRecord wanted, LedgerEvent? baseline)
    {
        if (wanted.Reason is { } reason)
        {
            return Withheld(wanted, reason);
        }

        var key = wanted.Key!;
        var entry = _lapsed.Contains(key) ? null : _ledger.GetValueOrDefault(key);
        var content = wanted.Content;
        if (entry?.Last is { IsRemoval: false, Outcome: RecordOutcome.Rejected } last && last.Content == content)
        {
            return Withheld(wanted, Reasons.UploadRejected);
        }

        var before = entry?.ForComparison(_context.Now, _context.Settings.AcknowledgementWindow) ?? baseline;
        var kind = before is null ? DecisionKind.New
            : before.Content == content ? DecisionKind.Unchanged
            : IsClosed(wanted.PlanType, content.End, wanted.EndIsForecast) && !IsClosed(wanted.PlanType, before.Content.End, before.EndIsForecast) ? DecisionKind.End
            : DecisionKind.Update;
        if (kind == DecisionKind.Unchanged && _context.Full)
        {
            kind = DecisionKind.Update;
        }

        var until = Visibility.Until(wanted.PlanType, content.End, _context.Settings);
        var record = kind == DecisionKind.Unchanged ? null : new UploadRecord(key, content, null, until, wanted.EndIsForecast);
        return new Decision(
            wanted.PersonId, wanted.PlanType, wanted.SourceIds, wanted.ChildIds, kind, Reasons.None, key.NhsNumber, key.Start, content.End,
            null, until, record, string.Empty, record is null ? null : ToldChange(wanted, before));
    }

    /// <summary>An unborn child's plan is closed by its own end or the birth; its expected date of birth is only a forecast (rule U4).</summary>
    private static bool IsClosed(PlanType planType, DateOnly? end, bool endIsForecast) =>
        planType == PlanType.Ucpp ? !endIsForecast : end is not null;

    /// <summary>The change that a record tells (rule U5): the oldest since CP-IS was last told; for a new record the last that it needed.</summary>
    private static DateTimeOffset? ToldChange(WantedRecord wanted, LedgerEvent? before)
    {
        if (wanted.Changes.Count == 0)
        {
            return null;
        }

        var untold = before is null ? [] : wanted.Changes.Where(c => c > before.ToldAt).ToList();
        if (untold.Count > 0)
        {
            return untold.Min();
        }

        var due = London.StartOf(wanted.Span.Start);
        var last = wanted.Changes.Max();
        return last < due ? due : last;
    }

    private static Decision Withheld(WantedRecord wanted, string reason) => new(
        wanted.PersonId, wanted.PlanType, wanted.SourceIds, wanted.ChildIds, DecisionKind.Withheld, reason, wanted.Number,
        wanted.Span.Start, wanted.Span.End, null, null, null, string.Empty, null);

    private void AddAsLastTold(LedgerEvent held) => _decisions.Add(AsLastTold(held));

    private Decision AsLastTold(LedgerEvent held)
    {
        var until = Visibility.Until(held.Key.PlanType, held.Content.End, _context.Settings);
        var refused = _ledger.GetValueOrDefault(held.Key)?.Last is { IsRemoval: false, Outcome: RecordOutcome.Rejected } last && last.Content == held.Content;
        var again = _context.Full && !refused && !_household.InactiveNumbers.Contains(held.Key.NhsNumber);
        return new Decision(
            held.HolderId, held.Key.PlanType, held.SourceIds, held.ChildIds, again ? DecisionKind.Update : DecisionKind.Unchanged, Reasons.None,
            held.Key.NhsNumber, held.Key.Start, held.Content.End, null, until,
            again ? new UploadRecord(held.Key, held.Content, null, until, held.EndIsForecast) : null, string.Empty, null);
    }

    /// <summary>Adds a removal (rule U3), unless its number is inactive (rule N3) or CP-IS has refused this very removal (rule K1).</summary>
    private void AddRemoval(LedgerEntry entry, LedgerEvent held, string reason, List<SourceRow> rows, DateOnly? newEnd = null)
    {
        if (_household.InactiveNumbers.Contains(entry.Key.NhsNumber))
        {
            // Nothing can be told under an inactive number any more: the entry is over.
            _lapsed.Add(entry.Key);
            return;
        }

        var cause = Fingerprint(reason, rows);
        var end = newEnd ?? held.Content.End;
        var decision = new Decision(
            held.HolderId, entry.Key.PlanType, held.SourceIds, held.ChildIds, DecisionKind.Remove, reason, entry.Key.NhsNumber, entry.Key.Start, end,
            Today, null, new UploadRecord(entry.Key, held.Content with { End = end }, Today, null, held.EndIsForecast), cause,
            rows.Select(r => r.ChangedAt).Where(c => c > held.ToldAt).Min());
        if (entry.Last is { IsRemoval: true, Outcome: RecordOutcome.Rejected } last && last.Cause == cause)
        {
            decision = decision with { Kind = DecisionKind.Withheld, Reason = Reasons.UploadRejected, DeleteDate = null, Record = null };
        }

        _decisions.Add(decision);
    }

    private void AddRowDecisions()
    {
        var removedAlone = _decisions
            .Where(d => d is { Kind: DecisionKind.Remove, SourceIds.Count: 1 })
            .Select(d => (d.PlanType == PlanType.Lac, d.SourceIds[0]))
            .ToHashSet();
        var listed = _decisions.Where(d => d.Kind == DecisionKind.Unchanged || d.Record is not null)
            .SelectMany(d => d.SourceIds.Select(id => (d.PlanType == PlanType.Lac, id)))
            .ToHashSet();
        foreach (var row in _wanted.Rows.Where(r => r.Reason is not null))
        {
            var id = (row.IsLegalStatus, row.Id);
            if ((row.Reason == Reasons.RecordedInError && removedAlone.Contains(id))
                || (row.Reason == Reasons.PersonMissing && row.Person.PersonUnreadable && listed.Contains(id)))
            {
                continue;
            }

            var mother = row.PlanType == PlanType.Ucpp ? _wanted.MotherOf(row.Person) : null;
            var subject = row.PlanType == PlanType.Ucpp ? mother : row.Person.Person;
            _decisions.Add(new Decision(
                mother?.PersonId ?? row.Person.PersonId, row.PlanType, [row.Id], [row.Person.PersonId], DecisionKind.Withheld, row.Reason!,
                NumberRules.NumberOf(subject), row.Start, row.End, null, null, null, string.Empty, null));
        }
    }

    private bool IsSetAside(PlanType planType, string id)
    {
        var table = planType == PlanType.Lac ? SourceTable.LegalStatus : SourceTable.Plan;
        return _household.People.Any(p => p.SetAside.Any(r => r.Table == table && r.RowId == id));
    }

    private static string Fingerprint(string reason, List<SourceRow> rows)
    {
        var text = new StringBuilder(reason);
        foreach (var row in rows.OrderBy(r => r.Id, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"|{row.Id};{row.Reason};{row.Start:O};{row.End:O};{row.ChangedAt:O};{row.Person.Person?.ChangedAt:O}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }
}
