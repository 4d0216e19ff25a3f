using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;

namespace CpIs.Storage.Ledger;

/// <summary>What CP-IS was told and answered, record by record (rule U1). Only what was told is history.</summary>
/// <param name="session">The unit of work.</param>
public sealed class LedgerStore(StorageSession session)
{
    /// <summary>Ends the history of records without anything being sent (rules S6, S10, S13). What is told later begins a new one.</summary>
    /// <param name="keys">Records to end; those that the ledger does not know are passed over.</param>
    /// <param name="on">The business date.</param>
    public Task LapseAsync(IAsyncEnumerable<RecordKey> keys, DateOnly on, CancellationToken cancellationToken) => session.InTransactionAsync(
        async () =>
        {
            await foreach (var key in keys.WithCancellation(cancellationToken))
            {
                var parameters = new { nhsNumber = key.NhsNumber.Value, planType = key.PlanType.Code, start = key.Start, lapsedOn = on };
                if (await session.ExecuteAsync("ledger/mark-lapsed", parameters, cancellationToken) == 1)
                {
                    await session.ExecuteAsync("ledger/lapse-clear", parameters, cancellationToken);
                    await session.ExecuteAsync("ledger/lapse", parameters, cancellationToken);
                }
            }
        },
        cancellationToken);

    /// <summary>Notes of what rows, and of whom, records that were told are made now. What was sent is not touched.</summary>
    /// <param name="regrouped">Records to change.</param>
    public Task RegroupAsync(IAsyncEnumerable<Regrouping> regrouped, CancellationToken cancellationToken) => session.InTransactionAsync(
        async () =>
        {
            await foreach (var r in regrouped.WithCancellation(cancellationToken))
            {
                var (fileNumber, recordNumber) = (r.FileNumber.Value, (long)r.RecordNumber);
                await session.ExecuteAsync(
                    "ledger/regroup", new { fileNumber, recordNumber, sourceIds = Columns.ToJson(r.SourceIds), childIds = Columns.ToJson(r.ChildIds) }, cancellationToken);
                foreach (var personId in r.ChildIds)
                {
                    await session.ExecuteAsync("ledger/regroup-child", new { fileNumber, recordNumber, personId }, cancellationToken);
                }
            }
        },
        cancellationToken);

    /// <summary>The ledger rows of a person: held under them, or made from their plans.</summary>
    public async Task<IReadOnlyList<LedgerRow>> RowsOfPersonAsync(string personId, CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<LedgerTableRow>("ledger/rows-of-person", new { personId }, cancellationToken)).Select(r => r.ToRow())];

    /// <summary>Everything told of one record, oldest first.</summary>
    public Task<IReadOnlyList<FileRecord>> HistoryAsync(RecordKey key, CancellationToken cancellationToken) =>
        ListAsync("ledger/history-of-key", new { nhsNumber = key.NhsNumber.Value, planType = key.PlanType.Code, start = key.Start }, cancellationToken);

    /// <summary>Everything told of a person as holder or as child, oldest first.</summary>
    public Task<IReadOnlyList<FileRecord>> HistoryOfPersonAsync(string personId, CancellationToken cancellationToken) =>
        ListAsync("ledger/history-of-person", new { personId }, cancellationToken);

    /// <summary>Everything told under a number, oldest first (rule A4).</summary>
    public Task<IReadOnlyList<FileRecord>> HistoryOfNumberAsync(NhsNumber number, CancellationToken cancellationToken) =>
        ListAsync("ledger/history-of-number", new { nhsNumber = number.Value }, cancellationToken);

    /// <summary>The records of a file that stand under a number (rules A4, K1).</summary>
    public Task<IReadOnlyList<FileRecord>> RecordsAsync(SequenceNumber file, NhsNumber number, CancellationToken cancellationToken) =>
        ListAsync("ledger/of-file-and-number", new { number = file.Value, nhsNumber = number.Value }, cancellationToken);

    /// <summary>Records whose last word from CP-IS was a rejection, in order of file (rule K4).</summary>
    public IAsyncEnumerable<FileRecord> RejectedAsync() => session.StreamAsync<RecordRow>("ledger/rejected", null).Select(r => r.ToRecord());

    /// <summary>How many records stand in each state (see <see cref="LedgerRow.State"/>).</summary>
    public async Task<IReadOnlyDictionary<string, long>> CountByStateAsync(CancellationToken cancellationToken) =>
        (await session.QueryAsync<StateCount>("ledger/count-by-state", null, cancellationToken)).ToDictionary(c => c.State, c => c.Number, StringComparer.Ordinal);

    /// <summary>
    /// For each record that has not lapsed, what was told from the last confirmed on, in order of key and file: all that the fold
    /// over its history looks at.
    /// </summary>
    internal IAsyncEnumerable<RecordRow> SnapshotAsync() => session.StreamAsync<RecordRow>("ledger/snapshot", null);

    private async Task<IReadOnlyList<FileRecord>> ListAsync(string statement, object parameters, CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<RecordRow>(statement, parameters, cancellationToken)).Select(r => r.ToRecord())];

    private sealed class StateCount
    {
        public string State { get; init; } = "";

        public long Number { get; init; }
    }
}
