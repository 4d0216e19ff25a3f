using CpIs.Domain.Values;

namespace CpIs.Storage.Reconcile;

/// <summary>A record that was told later after its change than it should be (rule U5). Times are UTC.</summary>
public sealed record LateRecord(SequenceNumber FileNumber, int RecordNumber, string HolderId, PlanType PlanType, DateTimeOffset ChangedAt, DateTimeOffset ToldAt);

/// <summary>An access that became an alert later after its notification was made than it should (rule A9). Times are UTC.</summary>
public sealed record LateAccess(long AccessId, string? PersonId, DateTimeOffset MadeAt, DateTimeOffset RaisedAt);

/// <summary>What reconcile asks of the history, besides what the other stores answer (rule K4).</summary>
public sealed class ReconcileStore(StorageSession session)
{
    /// <summary>Records told since an instant, more than so many hours after the change that they tell.</summary>
    public async Task<IReadOnlyList<LateRecord>> LateRecordsAsync(DateTimeOffset since, int hours, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<RecordRow>("reconcile/late-records", new { since, hours }, cancellationToken)).Select(r => new LateRecord(
            new SequenceNumber(r.FileNumber), (int)r.RecordNumber, r.LocalPersonId, PlanType.Parse(r.PlanType), r.ChangedAt, r.ToldAt)),
    ];

    /// <summary>Accesses that became alerts since an instant, more than so many hours after CP-IS made the notification.</summary>
    public async Task<IReadOnlyList<LateAccess>> LateAccessesAsync(DateTimeOffset since, int hours, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<AccessRow>("reconcile/late-accesses", new { since, hours }, cancellationToken))
            .Select(r => new LateAccess(r.AccessId, r.PersonId, r.MadeAt, r.RaisedAt)),
    ];

    private sealed class RecordRow
    {
        public long FileNumber { get; init; }

        public long RecordNumber { get; init; }

        public string LocalPersonId { get; init; } = string.Empty;

        public string PlanType { get; init; } = string.Empty;

        public DateTimeOffset ChangedAt { get; init; }

        public DateTimeOffset ToldAt { get; init; }
    }

    private sealed class AccessRow
    {
        public long AccessId { get; init; }

        public string? PersonId { get; init; }

        public DateTimeOffset MadeAt { get; init; }

        public DateTimeOffset RaisedAt { get; init; }
    }
}
