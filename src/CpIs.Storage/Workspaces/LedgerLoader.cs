using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using CpIs.Storage.Ledger;
using CpIs.Storage.Providers;

namespace CpIs.Storage.Workspaces;

/// <summary>Fills the workspace with what of the ledger counts now.</summary>
internal sealed class LedgerLoader(WorkspaceFile file)
{
    private readonly SqliteInsert _entries = file.Insert(
        "entry", "entry", "nhs_number", "plan_type", "start", "lapsed_after", "is_live", "held_by");

    private readonly SqliteInsert _events = file.Insert(
        "event", "entry", "file_number", "record_number", "is_removal", "\"end\"", "family_name", "given_name", "birth", "local_person_id",
        "delete_date", "visible_until", "end_is_forecast", "source_ids", "child_ids", "cause", "told", "outcome", "rejection_code");

    private readonly SqliteInsert _people = file.Insert("entry_person", "entry", "person_id");
    private readonly SqliteInsert _sources = file.Insert("entry_source", "entry", "plan_type", "source_id");
    private long _number;

    public async Task LoadAsync(StorageSession session, DateTimeOffset now, TimeSpan acknowledgementWindow, CancellationToken cancellationToken)
    {
        var events = new List<LedgerEvent>();
        long? lapsedAfter = null;
        await foreach (var row in new LedgerStore(session).SnapshotAsync().WithCancellation(cancellationToken))
        {
            var next = row.ToRecord().ToEvent();
            if (events.Count > 0 && events[0].Key != next.Key)
            {
                Add(events, lapsedAfter, now, acknowledgementWindow);
                events.Clear();
            }

            events.Add(next);
            lapsedAfter = row.LapsedAfterFile;
        }

        if (events.Count > 0)
        {
            Add(events, lapsedAfter, now, acknowledgementWindow);
        }

        await LoadInactiveNumbersAsync(session, cancellationToken);
    }

    private void Add(List<LedgerEvent> events, long? lapsedAfter, DateTimeOffset now, TimeSpan acknowledgementWindow)
    {
        var key = events[0].Key;
        var entry = new LedgerEntry(key, events, Columns.ToNumber(lapsedAfter));
        _number++;

        // A confirmed removal is the end of the story: it makes nobody a person of this run.
        var isLive = entry.Last is not { IsRemoval: true, Outcome: RecordOutcome.Confirmed };
        _entries.Add(
            _number, key.NhsNumber.Value, key.PlanType.Code, key.Start.DayNumber, lapsedAfter, isLive, entry.MayBeHeld(now, acknowledgementWindow)?.HolderId);
        foreach (var e in events)
        {
            _events.Add(
                _number, e.FileNumber.Value, e.RecordNumber, e.IsRemoval, Cells.Of(e.Content.End), e.Content.FamilyName, e.Content.GivenName,
                e.Content.BirthDate.DayNumber, e.Content.LocalPersonId, Cells.Of(e.DeleteDate), Cells.Of(e.VisibleUntil), e.EndIsForecast,
                Columns.ToJson(e.SourceIds), Columns.ToJson(e.ChildIds), e.Cause, e.ToldAt.UtcTicks, (int)e.Outcome, e.RejectionCode);
        }

        foreach (var personId in events.SelectMany(e => e.ChildIds.Append(e.HolderId)).Distinct(StringComparer.Ordinal))
        {
            _people.Add(_number, personId);
        }

        foreach (var sourceId in events.SelectMany(e => e.SourceIds).Distinct(StringComparer.Ordinal))
        {
            _sources.Add(_number, key.PlanType.Code, sourceId);
        }
    }

    private async Task LoadInactiveNumbersAsync(StorageSession session, CancellationToken cancellationToken)
    {
        if (await session.ScalarAsync<long>("snapshot/has-inactive-numbers", null, cancellationToken) == 0)
        {
            return;
        }

        var inactive = file.Insert("inactive_number", "number");
        var seen = new HashSet<NhsNumber>();
        await foreach (var given in session.StreamAsync<string>("snapshot/inactive-numbers", null, cancellationToken))
        {
            if (NhsNumber.TryParse(given, out var number) && seen.Add(number))
            {
                inactive.Add(number.Value);
            }
        }
    }
}
