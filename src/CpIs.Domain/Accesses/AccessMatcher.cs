using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Time;
using CpIs.Domain.Values;

namespace CpIs.Domain.Accesses;

/// <summary>A file in the care database on which an access belongs.</summary>
/// <param name="ThroughMother">True when the record that was accessed hangs on the mother (rule S5).</param>
public sealed record ReachedFile(string PersonId, bool ThroughMother);

/// <summary>Whom an access concerns (rule A4).</summary>
/// <param name="Files">In ordinal order of person id; empty when it matches nobody.</param>
/// <param name="ConflictWith">The people to whom the number belongs when the local id is another person's; else empty.</param>
public sealed record AccessMatch(IReadOnlyList<ReachedFile> Files, IReadOnlyList<string> ConflictWith)
{
    /// <summary>True when the access matches nobody, also when it reaches a mother and through her no child.</summary>
    public bool IsNobody => Files.Count == 0;
}

/// <summary>
/// Finds whose record was accessed (rule A4): by local person id, by upload file number and NHS number, by NHS number in the care
/// database, then in what was ever told to CP-IS. A mother's number leads on to the files of her children.
/// </summary>
public static class AccessMatcher
{
    /// <summary>Matches one access. Pure; the order of the facts does not matter.</summary>
    public static AccessMatch Match(Access access, AccessFacts facts)
    {
        var number = NhsNumber.TryParse(access.NhsNumber, out var valid) ? valid : null;
        var localId = access.LocalPersonId?.Trim() ?? string.Empty;
        var day = London.DateOf(access.AccessedAt);

        var byLocalId = facts.People.FirstOrDefault(p => p.PersonId == localId);
        if (byLocalId is not null)
        {
            List<string> conflict = number is null ? [] : ConflictOf(localId, number, facts);
            var records = RecordsOf(localId, number, facts, day);
            if (records.Count == 0 && number is not null && conflict.Count == 0)
            {
                records = UnbornUnder(number, facts, day);
            }

            return new AccessMatch(Reached([localId], records, facts, day), conflict);
        }

        if (number is not null)
        {
            var holders = HoldersByNumber(number, access.UploadFileNumber, facts, day);
            var files = Reached(holders, UnbornUnder(number, facts, day), facts, day);
            if (holders.Count > 0 || files.Count > 0)
            {
                return new AccessMatch(files, []);
            }
        }

        // Someone who has left the care database is still known by the id that was sent for them.
        return localId.Length > 0 && facts.History.Any(e => e.HolderId == localId)
            ? new AccessMatch(Reached([localId], RecordsOf(localId, number, facts, day), facts, day), [])
            : new AccessMatch([], []);
    }

    private static List<string> HoldersByNumber(NhsNumber number, string? quotedFile, AccessFacts facts, DateOnly day)
    {
        var known = facts.People.Select(p => p.PersonId).ToHashSet(StringComparer.Ordinal);
        var history = facts.History.Where(e => e.Key.NhsNumber == number).ToList();

        if (SequenceNumber.TryParse(quotedFile, out var file))
        {
            var quoted = Distinct(history.Where(e => e.FileNumber == file).Select(e => e.HolderId).Where(known.Contains));
            if (quoted.Count > 0)
            {
                return quoted;
            }
        }

        var inCareData = PeopleWith(number, facts);
        if (inCareData.Count > 0)
        {
            return TheOne(inCareData, history);
        }

        var visible = Distinct(Visible(history, day).Select(e => e.HolderId));
        return visible.Count > 0 ? visible : Distinct(Newest(history).Select(e => e.HolderId));
    }

    /// <summary>With one number on several people (rule N6) the access belongs to whose record was told; where that does not tell, to nobody.</summary>
    private static List<string> TheOne(List<CarePerson> people, List<LedgerEvent> history)
    {
        if (people.Count == 1)
        {
            return [people[0].PersonId];
        }

        var told = Distinct(people.Select(p => p.PersonId).Where(id => history.Exists(e => WasTold(e) && e.HolderId == id)));
        if (told.Count > 0)
        {
            return told;
        }

        var inScope = people.FindAll(p => p.IsInScope);
        return inScope.Count == 1 ? [inScope[0].PersonId] : [];
    }

    private static List<string> ConflictOf(string personId, NhsNumber number, AccessFacts facts)
    {
        var owners = Distinct(PeopleWith(number, facts).Select(p => p.PersonId));
        if (owners.Count == 0)
        {
            owners = Distinct(facts.History.Where(e => e.Key.NhsNumber == number).Select(e => e.HolderId));
        }

        return owners.Contains(personId, StringComparer.Ordinal) ? [] : owners;
    }

    internal static List<CarePerson> PeopleWith(NhsNumber number, AccessFacts facts) =>
        [.. facts.People.Where(p => !p.IsUnborn && p.Number == number).DistinctBy(p => p.PersonId)];

    /// <summary>The visible unborn records of one mother: those under the number given, or without any there all of hers.</summary>
    private static IReadOnlyList<LedgerEvent> RecordsOf(string holderId, NhsNumber? number, AccessFacts facts, DateOnly day)
    {
        var all = VisibleUnborn(facts.History.Where(e => e.HolderId == holderId), day);
        var underNumber = all.Where(e => e.Key.NhsNumber == number).ToList();
        return underNumber.Count > 0 ? underNumber : all;
    }

    internal static IReadOnlyList<LedgerEvent> UnbornUnder(NhsNumber number, AccessFacts facts, DateOnly day) =>
        VisibleUnborn(facts.History.Where(e => e.Key.NhsNumber == number), day);

    private static IReadOnlyList<ReachedFile> Reached(
        IReadOnlyList<string> holders, IReadOnlyList<LedgerEvent> unbornRecords, AccessFacts facts, DateOnly day)
    {
        var files = new SortedDictionary<string, ReachedFile>(StringComparer.Ordinal);
        foreach (var childId in unbornRecords.SelectMany(r => ChildrenOf(r, facts, day)))
        {
            files[childId] = new ReachedFile(childId, ThroughMother: true);
        }

        foreach (var id in holders.Where(id => !IsMother(id, facts) || HasOwnRecord(id, facts)))
        {
            files[id] = new ReachedFile(id, ThroughMother: false);
        }

        return [.. files.Values];
    }

    private static IEnumerable<string> ChildrenOf(LedgerEvent record, AccessFacts facts, DateOnly day) =>
        record.ChildIds.Concat(facts.UnbornPlans
            .Where(p => p.MotherId == record.HolderId && p.Start >= record.Key.Start && p.Start <= day && !(p.Start > record.Content.End))
            .Select(p => p.ChildId));

    internal static bool IsMother(string personId, AccessFacts facts) =>
        facts.People.Any(p => p.PersonId == personId && p.IsMotherOfUnborn)
        || facts.History.Any(e => e.HolderId == personId && e.Key.PlanType == PlanType.Ucpp && WasTold(e));

    internal static bool HasOwnRecord(string personId, AccessFacts facts) =>
        facts.History.Any(e => e.HolderId == personId && e.Key.PlanType != PlanType.Ucpp && WasTold(e));

    private static IReadOnlyList<LedgerEvent> VisibleUnborn(IEnumerable<LedgerEvent> history, DateOnly day) =>
        Visible(history.Where(e => e.Key.PlanType == PlanType.Ucpp), day);

    private static IReadOnlyList<LedgerEvent> Visible(IEnumerable<LedgerEvent> history, DateOnly day) =>
        [.. history.GroupBy(e => e.Key).Select(g => VisibleOn(g, day)).OfType<LedgerEvent>()];

    /// <summary>
    /// What CP-IS showed of one record on a day: by what it has been told until now, or else by what it had been told by the end of
    /// that day, so that a visit is not lost because the record was shortened after it.
    /// </summary>
    private static LedgerEvent? VisibleOn(IEnumerable<LedgerEvent> eventsOfOneKey, DateOnly day)
    {
        var told = eventsOfOneKey.Where(WasTold).OrderByDescending(e => e.FileNumber).ToList();
        return Shown(told, day) ?? Shown(told.FindAll(e => London.DateOf(e.ToldAt) <= day), day);
    }

    private static LedgerEvent? Shown(List<LedgerEvent> newestFirst, DateOnly day)
    {
        if (newestFirst.Count == 0 || RemovedOn(newestFirst[0]) < day)
        {
            return null;
        }

        var record = newestFirst.Find(e => !e.IsRemoval);
        return record is not null && record.Key.Start <= day && !(record.VisibleUntil < day) ? record : null;
    }

    private static DateOnly? RemovedOn(LedgerEvent e) => e.IsRemoval ? e.DeleteDate ?? London.DateOf(e.ToldAt) : null;

    private static bool WasTold(LedgerEvent e) => e.Outcome is RecordOutcome.Unanswered or RecordOutcome.Confirmed;

    internal static IEnumerable<LedgerEvent> Newest(List<LedgerEvent> history)
    {
        if (history.Count == 0)
        {
            return [];
        }

        var last = history.Max(e => e.FileNumber);
        return history.Where(e => e.FileNumber == last);
    }

    private static List<string> Distinct(IEnumerable<string> ids) => [.. ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
