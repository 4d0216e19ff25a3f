using CpIs.Domain.Values;

namespace CpIs.Storage.Reconcile;

/// <summary>A record that was told later after its change than it should be (rule U5). Times are UTC.</summary>
public sealed record LateRecord(SequenceNumber FileNumber, int RecordNumber, string HolderId, PlanType PlanType, DateTimeOffset ChangedAt, DateTimeOffset ToldAt);

/// <summary>What reconcile asks of the history, besides what the other stores answer (rule K4).</summary>
public sealed class ReconcileStore(StorageSession session)
{
    /// <summary>Records told since an instant, more than so many hours after the change that they tell; one by one, none kept.</summary>
    public IAsyncEnumerable<LateRecord> LateRecords(DateTimeOffset since, int hours) =>
        session.StreamAsync<RecordRow>("reconcile/late-records", new { since, hours }).Select(r => new LateRecord(
            new SequenceNumber(r.FileNumber), (int)r.RecordNumber, r.LocalPersonId, PlanType.Parse(r.PlanType), r.ChangedAt, r.ToldAt));

    private sealed class RecordRow
    {
        public long FileNumber { get; init; }

        public long RecordNumber { get; init; }

        public string LocalPersonId { get; init; } = string.Empty;

        public string PlanType { get; init; } = string.Empty;

        public DateTimeOffset ChangedAt { get; init; }

        public DateTimeOffset ToldAt { get; init; }
    }
}
