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

    /// <summary>Held records that stay as last told, because a row of theirs is at fault.</summary>
    private readonly HashSet<Held> _standing = [];

    /// <summary>Wanted records that are not decided by comparison, because what is held of them stands or ends otherwise.</summary>
    private readonly HashSet<WantedRecord> _settled = [];

    /// <summary>
    /// Born children without a record of their own whom a wanted record of others goes on showing, because CP-IS holds it as the record of
    /// all of them (rule S9).
    /// </summary>
    private readonly Dictionary<RecordKey, List<SourceRow>> _shownToo = [];

    private readonly Dictionary<(SequenceNumber FileNumber, int RecordNumber), Regrouping> _regrouped = [];

    /// <summary>Rows of which a record of this type is wanted; not those of which only the mother is not known.</summary>
    private readonly HashSet<(PlanType PlanType, string Id)> _askedFor = [];

    /// <summary>Rows that have a removal to themselves, sent or refused (rule U4).</summary>
    private readonly HashSet<(bool IsLegalStatus, string Id)> _removedAlone = [];

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
        _askedFor.UnionWith(wanted.Where(w => w.Reason != Reasons.MotherNotLinked).SelectMany(w => w.SourceIds.Select(id => (w.PlanType, id))));
        var held = HeldRecords();
        StandForFaults(held, wanted);
        var afterBirth = new List<Held>();
        foreach (var record in held.Where(h => !_standing.Contains(h)))
        {
            if (LeftBehind(record, wanted) is { Count: > 0 } born && AwaitsOwn(born, null, wanted))
            {
                _shownToo[record.Key] = born;
            }

            if (WaitsForOwn(record, wanted) is { } shorter)
            {
                _settled.Add(shorter);
                _decisions.Add(AsLastToldOrAgain(record, shorter));
            }
            else if (IsAfterBirth(record, wanted))
            {
                afterBirth.Add(record);
            }
            else
            {
                Follow(record, wanted);
            }
        }

        var compared = wanted.Where(w => !_settled.Contains(w)).ToDictionary(w => w, w => Compare(w));
        _decisions.AddRange(compared.Values);
        FollowAfterBirth(afterBirth, wanted, compared);
        AddRowDecisions();
        return new HouseholdDecisions(
            [.. _decisions
                .OrderBy(d => d.PersonId, StringComparer.Ordinal)
                .ThenBy(d => d.PlanType)
                .ThenBy(d => d.Start ?? DateOnly.MinValue)
                .ThenBy(d => d.Kind)
                .ThenBy(d => string.Join(';', d.SourceIds), StringComparer.Ordinal)
                .ThenBy(d => d.NhsNumber)],
            [.. _lapsed])
        {
            Regrouped = [.. _regrouped.Values],
            Waiting = [.. wanted.Where(w => _settled.Contains(w) && w.Reason is not null).Select(w => Withheld(w, w.Reason!))],
        };
    }

    /// <summary>What CP-IS may hold and still shows; what it shows no longer lapses.</summary>
    private List<Held> HeldRecords()
    {
        var records = new List<Held>();
        foreach (var entry in _household.Ledger)
        {
            if (entry.MayBeHeld(_context.Now, _context.Settings.AcknowledgementWindow) is not { } told)
            {
                continue;
            }

            if (IsOver(told))
            {
                // What was told last may be lost: then CP-IS may still show what it confirmed (rule U9).
                if (Baseline(entry) is not { } confirmed || IsOver(confirmed))
                {
                    _lapsed.Add(entry.Key);
                    continue;
                }

                told = confirmed;
            }

            var isLegalStatus = told.Key.PlanType == PlanType.Lac;
            records.Add(new Held(entry, told, [.. told.SourceIds.Select(id => _rows.GetValueOrDefault((isLegalStatus, id))).OfType<SourceRow>()]));
        }

        return records;
    }

    /// <summary>True when CP-IS no longer shows the record, by what it was last told (rules S6, S10, S13): nothing need be sent.</summary>
    private bool IsOver(LedgerEvent told)
    {
        if (told.Key.PlanType != PlanType.Ucpp
            && Visibility.IsAdult(_wanted.Case(told.HolderId)?.Person?.DateOfBirth ?? told.Content.BirthDate, Today))
        {
            return true;
        }

        return Visibility.Until(told.Key.PlanType, told.Content.End, _context.Settings) < Today;
    }

    /// <summary>
    /// Rule U3: a held record of which a row is at fault stands. What its other rows ask for waits with it, and so does any held record
    /// that would become part of that: it must not be removed in favour of a record that is not sent.
    /// </summary>
    private void StandForFaults(List<Held> held, IReadOnlyList<WantedRecord> wanted)
    {
        var faulty = held.FindAll(h => HasFaultyRow(h, wanted));
        var reached = new Queue<Held>(faulty);
        while (reached.TryDequeue(out var record))
        {
            if (!_standing.Add(record) || Baseline(record.Entry) is null)
            {
                // What was lost before it was ever confirmed is not removed, but holds nothing back: CP-IS may not have it (rule U9).
                continue;
            }

            foreach (var waiting in wanted.Where(w => record.IsAskedForBy(w) || (w.Key == record.Key && EndsBefore(w, record.Told))))
            {
                _settled.Add(waiting);
                held.FindAll(h => h.Key == waiting.Key || h.IsAskedForBy(waiting)).ForEach(reached.Enqueue);
            }
        }

        foreach (var record in _standing)
        {
            var askedForByOthers = wanted.Any(w => w.Key == record.Key && !_settled.Contains(w));
            var heldBackOthers = wanted.Any(w => w.Key == record.Key && _settled.Contains(w));
            var listedByItsRow = record.Told.SourceIds.Count == 1 && faulty.Contains(record) && !IsUnread(record) && !heldBackOthers;
            if (!askedForByOthers && !listedByItsRow)
            {
                AddAsLastTold(record.Told);
            }
        }
    }

    /// <summary>True when a record wanted under the same key by another row would end sooner what stands.</summary>
    private static bool EndsBefore(WantedRecord wanted, LedgerEvent told) =>
        wanted.Span.End is { } end && (told.Content.End is not { } shown || end < shown);

    private bool HasFaultyRow(Held held, IReadOnlyList<WantedRecord> wanted) => !IsReplaced(held, wanted)
        && (IsUnread(held)
        || held.Rows.Exists(r => r.State == RowState.Faulted)
        // A twin born without a birth date cannot be counted (rule S7) while the other is unborn.
        || (held.Rows.Exists(r => held.IsBorn(r) && r.Person.Person!.DateOfBirth is null) && wanted.Any(held.IsAskedForBy))
        // Of twins one has lost the link to the mother (rule N2): what the other asks for is not all of the record.
        || (wanted.Any(w => held.IsAskedForBy(w) && w.Reason == Reasons.MotherNotLinked) && wanted.Any(w => held.IsAskedForBy(w) && w.Number == held.Key.NhsNumber)));

    /// <summary>
    /// True when the number of a held record is no longer in use and other rows of it are asked for under the next one (rules N3, N4): nobody
    /// finds a child by the old one, so nothing waits for it.
    /// </summary>
    private bool IsReplaced(Held held, IReadOnlyList<WantedRecord> wanted) =>
        _household.InactiveNumbers.Contains(held.Key.NhsNumber) && wanted.Any(w => held.IsAskedForBy(w) && w.Reason is null);

    /// <summary>True when a row of a held record is missing or without its person, but may be among those that could not be read (rule S16).</summary>
    private bool IsUnread(Held held)
    {
        var missing = held.Told.SourceIds.Where(id => !held.Rows.Exists(r => r.Id == id)).ToList();
        return held.Rows.Exists(r => r.Reason == Reasons.PersonMissing && r.Person.PersonUnreadable)
            || missing.Exists(id => IsSetAside(held.Key.PlanType, id))
            || (missing.Count > 0 && (_context.NothingIsGone || held.Told.ChildIds.Append(held.Told.HolderId).Any(id => _wanted.Case(id)?.SetAside.Count > 0)));
    }

    /// <summary>Decides a held record that its source rows no longer ask for as it is; one that they do ask for is left to the comparison.</summary>
    private void Follow(Held held, IReadOnlyList<WantedRecord> wanted)
    {
        if (wanted.FirstOrDefault(w => w.Key == held.Key) is { } same)
        {
            if (EndsBefore(same, held.Told) && wanted.Any(w => w != same && held.IsAskedForBy(w) && w is { DateReason: null, NumberReason: not null }))
            {
                // A part of the record that is asked for by itself now cannot be told (rule U3): until it can, the whole stands.
                _settled.Add(same);
                AddAsLastTold(held.Told);
            }
            else if (EndedLate(same))
            {
                _settled.Add(same);
                AddRemoval(held, Reasons.EndedLate, same.Span.End);
            }

            return;
        }

        var isLegalStatus = held.Key.PlanType == PlanType.Lac;
        var successors = wanted.Where(w => w.PlanType == PlanType.Lac == isLegalStatus && w.SharesSourceWith(held.Told.SourceIds)).ToList();
        if (successors.Count > 0)
        {
            var sameType = successors.FindAll(w => w.PlanType == held.Key.PlanType);
            if (sameType.Count > 0 && sameType.TrueForAll(IsOver) && AwaitsOwn(held.Rows.FindAll(held.IsBorn), sameType.Max(w => w.Span.End), wanted))
            {
                AddAsLastTold(held.Told);
            }
            else
            {
                FollowSuccessors(held, sameType.Count > 0 ? sameType : successors);
            }

            return;
        }

        var notOurs = held.Rows.Where(r => r.State == RowState.NotOurs).Select(r => r.Reason!).ToList();
        string[] inOrder = [Reasons.RecordedInError, Reasons.OtherAuthorityPlan, Reasons.LegalStatusNotShared];
        if (inOrder.FirstOrDefault(notOurs.Contains) is { } reason)
        {
            AddRemoval(held, reason);
        }
        else
        {
            FollowVanished(held);
        }
    }

    /// <summary>
    /// An end that reached us when its visibility was over (rule U3). Under a number that somebody else has too what is held stands
    /// (rule N6), and under an inactive one nothing can be sent (rule N3).
    /// </summary>
    private static bool EndedLate(WantedRecord wanted) => EndedLate(wanted.NumberReason, wanted.DateReason == Reasons.RetentionExpired);

    private static bool EndedLate(string? numberReason, bool isOver) =>
        isOver && numberReason is not (Reasons.NumberDuplicate or Reasons.NumberInactive);

    /// <summary>
    /// True for what would be shown no longer, whatever is wrong with its number. A plan that ended before the birth gives no record
    /// (rule S9); one that was told when it did is left until its end would be over too.
    /// </summary>
    private bool IsOver(WantedRecord wanted) => EndedLate(wanted)
        || (wanted.DateReason == Reasons.EndedBeforeBirth
            && EndedLate(wanted.NumberReason, Visibility.Until(wanted.PlanType, wanted.Span.End, _context.Settings) < Today));

    private void FollowSuccessors(Held held, List<WantedRecord> successors)
    {
        if (successors.TrueForAll(IsOver))
        {
            var end = successors.Max(s => s.Span.End);
            AddRemoval(held, Reasons.EndedLate, end < held.Key.Start ? held.Key.Start : end);
            return;
        }

        if (successors.Exists(s => !IsOver(s) && (s.NumberReason is not null || s.DateReason == Reasons.EndedBeforeBirth)))
        {
            // A spoiled field must not make the child invisible: what is held stands, the wanted record is listed with its reason.
            return;
        }

        if (successors.Exists(s => s.Reason is null && !_settled.Contains(s) && Compare(s).Kind == DecisionKind.Unchanged && !IsConfirmed(s.Key)))
        {
            // What takes its place was told in an earlier file, and may be lost (rule U9): until CP-IS confirms it, both stand.
            AddAsLastTold(held.Told);
            return;
        }

        AddRemoval(held, successors.Exists(s => s.Number == held.Key.NhsNumber) ? Reasons.StartDateAmended : Reasons.NumberReplaced);
    }

    private void FollowVanished(Held held)
    {
        if (_household.SharedNumbers.Contains(held.Key.NhsNumber) && !_context.ConfirmRemovals)
        {
            // Somebody else in scope has this number (rule N6): most often two files of one child were merged. Removing the record
            // would make that child invisible, so it stands until an operator confirms.
            _decisions.Add(AsLastTold(held.Told) with { Kind = DecisionKind.Withheld, Reason = Reasons.NumberDuplicate, Record = null, VisibleUntil = null });
        }
        else
        {
            AddRemoval(held, Reasons.GoneFromSource);
        }
    }

    /// <summary>
    /// True for an unborn child's plan of which a child was born who is in no record of those still unborn (rule S9): most often none is.
    /// </summary>
    private static bool IsAfterBirth(Held held, IReadOnlyList<WantedRecord> wanted) =>
        LeftBehind(held, wanted).Count > 0 && !wanted.Any(w => w.Key == held.Key);

    private static List<SourceRow> LeftBehind(Held held, IReadOnlyList<WantedRecord> wanted) =>
        held.Rows.FindAll(r => held.IsBorn(r) && !wanted.Any(w => held.IsAskedForBy(w) && w.SharesSourceWith([r.Id])));

    /// <summary>
    /// The record under the same key that is wanted of the children still unborn, and that would end sooner than what is held, while a born
    /// one of which it was made too has no record of its own (rule S9); else null.
    /// </summary>
    private WantedRecord? WaitsForOwn(Held held, IReadOnlyList<WantedRecord> wanted) =>
        wanted.FirstOrDefault(w => w.Key == held.Key) is { } same && EndsBefore(same, held.Told) && Baseline(held.Entry) is not null
        && AwaitsOwn(IsSoonHidden(same.PlanType, same.Span.End) ? held.Rows.FindAll(held.IsBorn) : LeftBehind(held, wanted), same.Span.End, wanted)
            ? same
            : null;

    /// <summary>What stays longer than is asked for; when that was lost it is told again, as the record of all whom it shows (rule U9).</summary>
    private Decision AsLastToldOrAgain(Held held, WantedRecord shorter)
    {
        var again = _wanted.Make(
            PlanType.Ucpp, shorter.Subject, shorter.PersonId, new DateSpan(held.Key.Start, held.Told.Content.End),
            [.. held.Rows.Where(held.IsBorn), .. shorter.SourceIds.Select(id => _rows[(false, id)])], held.Told.EndIsForecast);
        return Baseline(held.Entry)!.Content.End == held.Told.Content.End || again.Reason is not null ? AsLastTold(held.Told) : Compare(again);
    }

    /// <summary>True when one of these born children has no record of its own, with the mother's ending then.</summary>
    private bool AwaitsOwn(List<SourceRow> born, DateOnly? end, IReadOnlyList<WantedRecord> wanted) => Awaited(born, wanted)
        .Exists(w => !HasItsOwn(w, _settled.Contains(w) ? [] : new() { [w] = Compare(w) }, IsSoonHidden(PlanType.Ucpp, end)));

    /// <summary>
    /// Rule S9: the mother's record is ended in the same file as the last of her children gets a record of its own, and is left as
    /// last told until then, so that there is never a night on which neither is visible.
    /// </summary>
    private void FollowAfterBirth(List<Held> held, IReadOnlyList<WantedRecord> wanted, Dictionary<WantedRecord, Decision> compared)
    {
        // Several may be held of the same rows when a file that was to replace one by another is lost: the newest is the mother's record.
        var newestFirst = held.OrderByDescending(h => h.Told.FileNumber).ThenBy(h => h.Key.Start).ToList();
        while (newestFirst is [var newest, ..])
        {
            var ofTheSameRows = newestFirst.FindAll(h => h == newest || LeftBehind(h, wanted).TrueForAll(r => newest.Told.SourceIds.Contains(r.Id)));
            newestFirst.RemoveAll(ofTheSameRows.Contains);
            var born = LeftBehind(newest, wanted);
            var awaited = Awaited(born, wanted);
            var successors = wanted.Where(newest.IsAskedForBy).ToList();
            var isHidden = successors.Count > 0 || NumberRules.NumberOf(MotherAfterBirth(newest, born)) != newest.Key.NhsNumber
                || (born.TrueForAll(r => r.Person.Person!.DateOfBirth is not null) && IsSoonHidden(PlanType.Ucpp, WantedRecords.EndedSpan(newest.Key.Start, born).End));
            var haveTheirOwn = awaited.TrueForAll(w => HasItsOwn(w, compared, isHidden));
            if (haveTheirOwn && successors.Count > 0)
            {
                ofTheSameRows.ForEach(h => FollowSuccessors(h, successors));
            }
            else
            {
                FollowAfterBirth(newest, born, ofTheSameRows, haveTheirOwn && awaited.Count > 0, wanted, compared);
            }
        }
    }

    private bool IsShown(RecordKey key, List<SourceRow> rows) => _decisions.Exists(d =>
        d.Kind is not (DecisionKind.Withheld or DecisionKind.Remove) && (d.NhsNumber, d.PlanType, d.Start) == (key.NhsNumber, key.PlanType, key.Start)
        && rows.TrueForAll(r => d.SourceIds.Contains(r.Id)));

    /// <summary>A child that was linked to another mother takes the record with it only when it leaves no other behind.</summary>
    private Person? MotherAfterBirth(Held newest, List<SourceRow> born)
    {
        var holder = _wanted.Case(newest.Told.HolderId)?.Person;
        var mothers = born.ConvertAll(r => _wanted.MotherOf(r.Person) ?? holder).OfType<Person>().ToList();
        return holder is not null && mothers.Contains(holder) ? holder : mothers.FirstOrDefault();
    }

    private void FollowAfterBirth(
        Held newest, List<SourceRow> born, List<Held> ofTheSameRows, bool haveTheirOwn,
        IReadOnlyList<WantedRecord> wanted, Dictionary<WantedRecord, Decision> compared)
    {
        var mother = MotherAfterBirth(newest, born);
        var span = haveTheirOwn ? WantedRecords.EndedSpan(newest.Key.Start, born) : new DateSpan(newest.Key.Start, newest.Told.Content.End);
        var asked = _wanted.Make(
            PlanType.Ucpp, mother, mother?.PersonId ?? newest.Told.HolderId, span, born, endIsForecast: !haveTheirOwn && newest.Told.EndIsForecast);
        if (asked.NumberReason is not null)
        {
            AddAsLastTold(newest.Told);
            return;
        }

        if (!haveTheirOwn && wanted.Any(w => w.Key == asked.Key && _settled.Contains(w)) && !IsShown(asked.Key!, born))
        {
            // What stands under that key does not show this child, and is not changed.
            AddAsLastTold(newest.Told);
            return;
        }

        var current = ofTheSameRows.Find(h => h.Key == asked.Key);
        var others = ofTheSameRows.FindAll(h => h != current);
        var before = _decisions.Count + _lapsed.Count;
        foreach (var other in others)
        {
            var stillUnborn = wanted.Where(other.IsAskedForBy).ToList();
            FollowSuccessors(other, stillUnborn.Count > 0 ? stillUnborn : [asked]);
        }

        if (!haveTheirOwn)
        {
            // Under another number (rule N4), or after the file with it was lost, the record must be told; else it is left as it is.
            // What stands for a twin's fault shows this child too, and nothing takes its place.
            var isReplaced = _decisions.Count + _lapsed.Count > before;
            var mustBeTold = isReplaced && (current is null || Baseline(current.Entry) is null);
            if (!mustBeTold)
            {
                AddAsLastTold(newest.Told);
            }
            else if (compared.Keys.FirstOrDefault(w => w.Key == asked.Key) is { } ofTheUnborn)
            {
                // The record of the children still unborn takes the place of the one that is removed, and shows this child too.
                var longer = EndsBefore(ofTheUnborn, newest.Told) ? asked : ofTheUnborn;
                var ofBoth = _wanted.Make(
                    PlanType.Ucpp, mother, asked.PersonId, longer.Span, [.. born, .. ofTheUnborn.SourceIds.Select(id => _rows[(false, id)])], longer.EndIsForecast);
                _decisions.Remove(compared[ofTheUnborn]);
                _decisions.Add(Compare(ofBoth));
            }
            else if (!wanted.Any(w => w.Key == asked.Key))
            {
                _decisions.Add(Compare(asked));
            }
        }
        else if (current is not null)
        {
            if (EndedLate(asked))
            {
                AddRemoval(current, Reasons.EndedLate, asked.Span.End);
            }
            else
            {
                _decisions.Add(Compare(asked, endsWhatIsHeld: true));
            }
        }
    }

    /// <summary>The own records of born children. One whose plan ended before the birth never gets one and is not waited for.</summary>
    private static List<WantedRecord> Awaited(List<SourceRow> born, IReadOnlyList<WantedRecord> wanted)
    {
        var ids = born.ConvertAll(r => r.Id);
        return [.. wanted.Where(w => w.PlanType == PlanType.Cpp && w.SharesSourceWith(ids) && w.DateReason != Reasons.EndedBeforeBirth)];
    }

    /// <summary>True when a child's own record is in this file or held already, and its birth date, with which the mother's ends, is known.</summary>
    /// <param name="isNeeded">
    /// True when the mother's record would no longer show the child: then what was told in an earlier file counts only once it is confirmed,
    /// because that file may be lost (rule U9).
    /// </param>
    private bool HasItsOwn(WantedRecord own, Dictionary<WantedRecord, Decision> compared, bool isNeeded) =>
        own.Subject?.DateOfBirth is not null
        && (compared.TryGetValue(own, out var decision)
            ? isNeeded ? decision.Record is not null || IsConfirmed(own.Key) : decision.Kind != DecisionKind.Withheld || IsHeld(own.Key)
            : _standing.Any(h => h.IsAskedForBy(own) && (!isNeeded || IsConfirmed(h.Key))));

    private bool IsHeld(RecordKey? key) =>
        key is not null && _ledger.TryGetValue(key, out var entry) && !_lapsed.Contains(key)
        && entry.MayBeHeld(_context.Now, _context.Settings.AcknowledgementWindow) is not null;

    private bool IsConfirmed(RecordKey? key) =>
        key is not null && _ledger.TryGetValue(key, out var entry) && !_lapsed.Contains(key) && entry.IsSurelyHeld;

    /// <summary>True when a record that ends then is hidden before a lost file would be noticed and told again (rule U9).</summary>
    private bool IsSoonHidden(PlanType planType, DateOnly? end) =>
        Visibility.Until(planType, end, _context.Settings) is { } until
        && until.DayNumber <= Today.DayNumber + _context.Settings.AcknowledgementWindow.TotalDays;

    private LedgerEvent? Baseline(LedgerEntry entry) => entry.ForComparison(_context.Now, _context.Settings.AcknowledgementWindow);

    /// <summary>Compares a wanted record with what CP-IS holds of it (rules U1, U4, U9, K1).</summary>
    /// <param name="endsWhatIsHeld">True after a birth (rule S9): what was told and not answered counts as held, to be ended and not started.</param>
    private Decision Compare(WantedRecord wanted, bool endsWhatIsHeld = false)
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

        var before = entry is null ? null : Baseline(entry);
        var kind = before is null ? (endsWhatIsHeld ? DecisionKind.End : DecisionKind.New)
            : before.Content == content ? DecisionKind.Unchanged
            : IsClosed(wanted.PlanType, content.End, wanted.EndIsForecast) && !IsClosed(wanted.PlanType, before.Content.End, before.EndIsForecast) ? DecisionKind.End
            : DecisionKind.Update;
        var changedAt = kind == DecisionKind.Unchanged ? null : ToldChange(wanted, content, before);
        if (kind == DecisionKind.Unchanged && _context.Full)
        {
            kind = DecisionKind.Update;
        }

        var until = Visibility.Until(wanted.PlanType, content.End, _context.Settings);
        var record = kind == DecisionKind.Unchanged ? null : new UploadRecord(key, content, null, until, wanted.EndIsForecast);
        var (sourceIds, childIds) = WithAllThatItShows(wanted);
        if (record is null)
        {
            Regroup(entry!, sourceIds, childIds);
        }

        return new Decision(
            wanted.PersonId, wanted.PlanType, sourceIds, childIds, kind, Reasons.None, key.NhsNumber, key.Start, content.End,
            null, until, record, string.Empty, changedAt);
    }

    /// <summary>
    /// What was lost and is told again by some of its rows is still the record of the others, which only have a fault (rules U3, S9): they
    /// go on belonging to it, as do born children who have no record of their own.
    /// </summary>
    private (IReadOnlyList<string> SourceIds, IReadOnlyList<string> ChildIds) WithAllThatItShows(WantedRecord wanted)
    {
        var sourceIds = wanted.SourceIds;
        var childIds = wanted.ChildIds;
        var lost = _standing.FirstOrDefault(h => h.Key == wanted.Key && h.IsAskedForBy(wanted));
        var kept = lost?.Told.SourceIds.Where(id => !_askedFor.Contains((wanted.PlanType, id)) && lost.Rows.Find(r => r.Id == id)?.State != RowState.NotOurs).ToList();
        if (kept is { Count: > 0 })
        {
            (sourceIds, childIds) = (Union(sourceIds, kept), Union(childIds, lost!.Told.ChildIds));
        }

        return _shownToo.TryGetValue(wanted.Key!, out var born)
            ? (Union(sourceIds, born.Select(r => r.Id)), Union(childIds, born.Select(r => r.Person.PersonId)))
            : (sourceIds, childIds);
    }

    /// <summary>
    /// What is told no more goes by its rows of today. Rows that are gone, at fault or not ours stay with it, for a removal to name them;
    /// those that are asked for elsewhere do not.
    /// </summary>
    private void Regroup(LedgerEntry entry, IReadOnlyList<string> sourceIds, IReadOnlyList<string> childIds)
    {
        foreach (var told in new[] { Baseline(entry), entry.MayBeHeld(_context.Now, _context.Settings.AcknowledgementWindow) }.OfType<LedgerEvent>())
        {
            var stay = told.SourceIds.Where(id => !_askedFor.Contains((told.Key.PlanType, id))).ToList();
            var sources = Union(sourceIds, stay);
            var children = stay.Count == 0 ? childIds : Union(childIds, told.ChildIds);
            if (!sources.SequenceEqual(told.SourceIds, StringComparer.Ordinal) || !children.SequenceEqual(told.ChildIds, StringComparer.Ordinal))
            {
                _regrouped[(told.FileNumber, told.RecordNumber)] = new Regrouping(told.FileNumber, told.RecordNumber, sources, children);
            }
        }
    }

    private static IReadOnlyList<string> Union(IEnumerable<string> some, IEnumerable<string> others) => [.. some.Union(others).Order(StringComparer.Ordinal)];

    /// <summary>An unborn child's plan is closed by its own end or the birth; its expected date of birth is only a forecast (rule U4).</summary>
    private static bool IsClosed(PlanType planType, DateOnly? end, bool endIsForecast) =>
        planType == PlanType.Ucpp ? !endIsForecast : end is not null;

    /// <summary>
    /// The change that a record tells (rule U5): the oldest since CP-IS was last told, of the rows when the dates differ and of the
    /// person when the names do; for a new record the last that it needed, and not before its start.
    /// </summary>
    private static DateTimeOffset? ToldChange(WantedRecord wanted, RecordContent content, LedgerEvent? before)
    {
        if (before is not null)
        {
            var datesDiffer = before.Content.End != content.End;
            var namesDiffer = before.Content with { End = content.End } != content;
            var untold = (datesDiffer ? wanted.RowChanges : []).Concat(namesDiffer ? wanted.SubjectChanges : []).Where(c => c > before.ToldAt).ToList();
            if (untold.Count > 0)
            {
                return untold.Min();
            }
        }

        if (wanted.RowChanges.Count + wanted.SubjectChanges.Count == 0)
        {
            return null;
        }

        var due = London.StartOf(wanted.Span.Start);
        var last = wanted.RowChanges.Concat(wanted.SubjectChanges).Max();
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
        var sendable = !refused && !_household.InactiveNumbers.Contains(held.Key.NhsNumber) && !_household.SharedNumbers.Contains(held.Key.NhsNumber);
        var again = _context.Full && sendable;
        return new Decision(
            held.HolderId, held.Key.PlanType, held.SourceIds, held.ChildIds, again ? DecisionKind.Update : DecisionKind.Unchanged, Reasons.None,
            held.Key.NhsNumber, held.Key.Start, held.Content.End, null, until,
            again ? new UploadRecord(held.Key, held.Content, null, until, held.EndIsForecast) : null, string.Empty, null);
    }

    /// <summary>Adds a removal (rule U3), unless its number is inactive (rule N3) or CP-IS has refused this very removal (rule K1).</summary>
    private void AddRemoval(Held held, string reason, DateOnly? newEnd = null)
    {
        var (key, told) = (held.Key, held.Told);
        if (_household.InactiveNumbers.Contains(key.NhsNumber))
        {
            // Nothing can be told under an inactive number any more: the entry is over.
            _lapsed.Add(key);
            return;
        }

        if (told.SourceIds is [var only])
        {
            _removedAlone.Add((key.PlanType == PlanType.Lac, only));
        }

        var cause = Fingerprint(reason, held);
        if (held.Entry.Last is { IsRemoval: true, Outcome: RecordOutcome.Rejected } refused && refused.Cause == cause)
        {
            _decisions.Add(AsLastTold(told) with
            {
                Kind = DecisionKind.Withheld, Reason = Reasons.UploadRejected, Record = null, VisibleUntil = null, Cause = cause,
            });
            return;
        }

        var content = told.Content with { End = newEnd ?? told.Content.End };
        _decisions.Add(new Decision(
            told.HolderId, key.PlanType, told.SourceIds, told.ChildIds, DecisionKind.Remove, reason, key.NhsNumber, key.Start, content.End,
            Today, null, new UploadRecord(key, content, Today, null, told.EndIsForecast), cause, ChangeRemoved(held, reason)));
    }

    /// <summary>The change that a removal tells (rule U5): of the person for another number, else of the rows, where they changed at all.</summary>
    private DateTimeOffset? ChangeRemoved(Held held, string reason)
    {
        var ofRows = held.Rows.Select(r => r.ChangedAt).Where(c => c > held.Told.ToldAt).Min();
        var ofPeople = held.Rows.SelectMany(r => PeopleBehind(held, r)).Select(p => p.ChangedAt).Where(c => c > held.Told.ToldAt).Min();
        return reason == Reasons.NumberReplaced ? ofPeople ?? ofRows : ofRows ?? ofPeople;
    }

    private IEnumerable<Person> PeopleBehind(Held held, SourceRow row)
    {
        var mother = held.Key.PlanType == PlanType.Ucpp ? _wanted.MotherOf(row.Person) : null;
        return new[] { row.Person.Person, mother }.OfType<Person>();
    }

    private void AddRowDecisions()
    {
        var listed = _decisions.Where(d => d.Kind == DecisionKind.Unchanged || d.Record is not null)
            .SelectMany(d => d.SourceIds.Select(id => (d.PlanType == PlanType.Lac, id)))
            .ToHashSet();
        foreach (var row in _wanted.Rows.Where(r => r.Reason is not null))
        {
            var id = (row.IsLegalStatus, row.Id);
            if ((row.Reason == Reasons.RecordedInError && _removedAlone.Contains(id))
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

    private string Fingerprint(string reason, Held held)
    {
        var text = new StringBuilder(reason);
        foreach (var row in held.Rows.OrderBy(r => r.Id, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"|{row.Id};{row.Reason};{row.Start:O};{row.End:O};{row.ChangedAt:O}");
            foreach (var person in PeopleBehind(held, row))
            {
                text.Append(CultureInfo.InvariantCulture, $";{person.ChangedAt:O}");
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }

    /// <summary>What CP-IS may hold of one record, with those of its source rows that are still there.</summary>
    private sealed record Held(LedgerEntry Entry, LedgerEvent Told, List<SourceRow> Rows)
    {
        public RecordKey Key => Entry.Key;

        public bool IsAskedForBy(WantedRecord wanted) => wanted.PlanType == Key.PlanType && wanted.SharesSourceWith(Told.SourceIds);

        /// <summary>True for the good row of an unborn child's plan whose child has been born.</summary>
        public bool IsBorn(SourceRow row) => Key.PlanType == PlanType.Ucpp && row.State == RowState.Good && row.PlanType == PlanType.Cpp;

        public bool Equals(Held? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => Key.GetHashCode();
    }
}
