using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using CpIs.Storage.Ledger;
using Microsoft.Data.Sqlite;

namespace CpIs.Storage.Workspaces;

/// <summary>Puts households together from cursors that all stand in order of household and person: one pass, one household in memory.</summary>
internal sealed class HouseholdReader : IDisposable
{
    private const int MemberPerson = 3;
    private const int MemberNumber = 14;

    private readonly WorkspaceFile.Cursor _members;
    private readonly WorkspaceFile.Cursor _plans;
    private readonly WorkspaceFile.Cursor _statuses;
    private readonly WorkspaceFile.Cursor _setAside;
    private readonly WorkspaceFile.Cursor _events;

    public HouseholdReader(WorkspaceFile file, long first, long last)
    {
        WorkspaceFile.Cursor Open(string name) => file.Open(name, ("first", first), ("last", last));
        _members = Open("households/members");
        _plans = Open("households/plans");
        _statuses = Open("households/legal-statuses");
        _setAside = Open("households/set-aside");
        _events = Open("households/events");
    }

    /// <returns>Null after the last.</returns>
    public NumberedHousehold? Next()
    {
        if (_members.AtEnd)
        {
            return null;
        }

        var household = _members.Row.GetInt64(0);
        var people = new List<PersonCase>();
        var shared = new HashSet<NhsNumber>();
        var inactive = new HashSet<NhsNumber>();
        for (; !_members.AtEnd && _members.Row.GetInt64(0) == household; _members.Next())
        {
            var row = _members.Row;
            var node = row.GetInt64(1);
            var personId = row.GetString(2);

            // is_unborn is never null in a row that is there.
            var person = row.IsDBNull(MemberPerson + 4) ? null : row.Person(personId, MemberPerson);
            Note(row, MemberNumber, shared, inactive);
            people.Add(new PersonCase(
                personId,
                person,
                Take(_plans, household, node, r => r.Plan(2), (a, b) => string.CompareOrdinal(a.PlanId, b.PlanId)),
                Take(_statuses, household, node, r => r.LegalStatus(2), (a, b) => string.CompareOrdinal(a.LegalStatusId, b.LegalStatusId)),
                Take(_setAside, household, node, r => r.SetAside(2), null)));
        }

        return new(household, new Household(people, Entries(household, shared, inactive), shared, inactive));
    }

    public void Dispose()
    {
        _members.Dispose();
        _plans.Dispose();
        _statuses.Dispose();
        _setAside.Dispose();
        _events.Dispose();
    }

    private static List<T> Take<T>(WorkspaceFile.Cursor cursor, long household, long node, Func<SqliteDataReader, T> read, Comparison<T>? order)
    {
        var items = new List<T>();
        for (; !cursor.AtEnd && cursor.Row.GetInt64(0) == household && cursor.Row.GetInt64(1) == node; cursor.Next())
        {
            items.Add(read(cursor.Row));
        }

        if (order is not null)
        {
            items.Sort(order);
        }

        return items;
    }

    private List<LedgerEntry> Entries(long household, HashSet<NhsNumber> shared, HashSet<NhsNumber> inactive)
    {
        var entries = new List<LedgerEntry>();
        while (!_events.AtEnd && _events.Row.GetInt64(0) == household)
        {
            var row = _events.Row;
            var entry = row.GetInt64(1);
            Note(row, 2, shared, inactive, flags: 6);
            var key = new RecordKey(NhsNumber.Parse(row.GetString(2)), PlanType.Parse(row.GetString(3)), row.Day(4));
            var lapsedAfter = Columns.ToNumber(row.IsDBNull(5) ? null : row.GetInt64(5));
            var events = new List<LedgerEvent>();
            for (; !_events.AtEnd && _events.Row.GetInt64(0) == household && _events.Row.GetInt64(1) == entry; _events.Next())
            {
                events.Add(Event(key, _events.Row));
            }

            entries.Add(new LedgerEntry(key, events, lapsedAfter));
        }

        return entries;
    }

    private static LedgerEvent Event(RecordKey key, SqliteDataReader row) => new(
        key,
        new SequenceNumber(row.GetInt64(8)),
        row.GetInt32(9),
        row.Flag(10),
        new RecordContent(row.DayOrNull(11), row.GetString(12), row.GetString(13), row.Day(14), row.GetString(15)),
        row.DayOrNull(16),
        row.DayOrNull(17),
        row.Flag(18),
        Columns.ToIds(row.GetString(19)),
        Columns.ToIds(row.GetString(20)),
        row.GetString(21),
        row.Time(22),
        (RecordOutcome)row.GetInt32(23),
        row.Text(24));

    private static void Note(SqliteDataReader row, int number, HashSet<NhsNumber> shared, HashSet<NhsNumber> inactive, int? flags = null)
    {
        if (row.IsDBNull(number))
        {
            return;
        }

        var at = flags ?? number + 1;
        if (row.Flag(at))
        {
            shared.Add(NhsNumber.Parse(row.GetString(number)));
        }

        if (row.Flag(at + 1))
        {
            inactive.Add(NhsNumber.Parse(row.GetString(number)));
        }
    }
}
