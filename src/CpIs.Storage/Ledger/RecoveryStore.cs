using CpIs.Domain.Decisions;
using CpIs.Domain.Values;

namespace CpIs.Storage.Ledger;

/// <summary>Puts files back that the database has lost, and keeps account of what the archive folder knows.</summary>
/// <param name="session">The unit of work.</param>
public sealed class RecoveryStore(StorageSession session)
{
    private const string NotRebuilt = "not-rebuilt";
    private readonly FileStore _files = new(session);

    /// <summary>Files of which the archive folder does not say what the database says, in order of number.</summary>
    public async Task<IReadOnlyList<SequenceNumber>> UnarchivedAsync(CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<long>("files/unarchived", null, cancellationToken)).Select(n => new SequenceNumber(n))];

    /// <summary>Notes that the archive folder is right about a file.</summary>
    public Task ArchivedAsync(SequenceNumber number, CancellationToken cancellationToken) =>
        session.ExecuteAsync("files/archived", new { number = number.Value }, cancellationToken);

    /// <summary>Of the records of a file, those whose history had ended before (rules S6, S10, S13).</summary>
    public async Task<IReadOnlyList<EarlierLapse>> LapsesAsync(SequenceNumber number, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<LapseRow>("ledger/lapses-of-file", new { number = number.Value }, cancellationToken))
            .Select(r => new EarlierLapse((int)r.RecordNumber, new(r.LapsedAfterFile), r.LapsedOn)),
    ];

    /// <summary>Every number that was handed out.</summary>
    public async Task<IReadOnlyList<UsedNumber>> NumbersAsync(CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<NumberRow>("files/numbers", null, cancellationToken))
            .Select(r => new UsedNumber(new(r.FileNumber), (int)r.Attempts, r.FailureCode == NotRebuilt)),
    ];

    /// <summary>Gives a number that was seen in use a row, void, without moving the sequence. One that has a row keeps it.</summary>
    /// <param name="notRebuilt">Why what it said could not be found again; null when it said nothing to anybody.</param>
    public Task ReserveAsync(
        SequenceNumber number, string authorityCode, string runId, DateTimeOffset now, string? notRebuilt, CancellationToken cancellationToken) => session.InTransactionAsync(
        async () =>
        {
            if (await _files.FindAsync(number, cancellationToken) is null)
            {
                await session.ExecuteAsync("files/reserve", new { number = number.Value, authorityCode, runId, createdAt = now }, cancellationToken);
            }

            if (notRebuilt is not null)
            {
                await session.ExecuteAsync("files/not-rebuilt", new { number = number.Value, code = NotRebuilt, detail = notRebuilt }, cancellationToken);
            }
        },
        cancellationToken);

    /// <summary>Puts a file back with its records, as sent or as begun, all of it or nothing.</summary>
    /// <param name="records">In the order of the file.</param>
    /// <returns>False when the database knows already that its sending was begun: nothing was changed.</returns>
    public Task<bool> RestoreAsync(
        RestoredFile restored, IReadOnlyList<Decision> records, string authorityCode, string runId, DateTimeOffset now, CancellationToken cancellationToken) => session.InTransactionAsync(
        async () =>
        {
            var file = restored.File;
            var number = file.Number.Value;
            await ReserveAsync(file.Number, authorityCode, runId, now, null, cancellationToken);
            var changed = await session.ExecuteAsync(
                "files/restore",
                new
                {
                    number,
                    status = Columns.ToText(restored.ToldAt is null ? FileStatus.Sending : FileStatus.Sent),
                    format = file.Format,
                    fileName = file.FileName,
                    path = file.Path,
                    sha256 = file.Sha256,
                    recordCount = file.RecordCount,
                    localId = file.LocalId,
                    messageId = restored.MessageId,
                    createdAt = restored.CreatedAt,
                    begunAt = restored.BegunAt,
                    toldAt = restored.ToldAt,
                    attempts = Math.Max(1, restored.Attempts),
                    duplicateRisk = restored.DuplicateRisk,
                    isArchived = restored.IsArchived,
                },
                cancellationToken);
            if (changed == 0)
            {
                return false;
            }

            if (await session.ScalarAsync<long>("files/count-records", new { number }, cancellationToken) == 0)
            {
                await _files.AddRecordsAsync([file], records.ToAsyncEnumerable(), cancellationToken);
            }

            await RestoreLapsesAsync(restored.Lapses, records, cancellationToken);
            await session.ExecuteAsync("files/tell-records", new { number, toldAt = restored.ToldAt ?? restored.BegunAt }, cancellationToken);
            await _files.RebuildAsync(file.Number, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>
    /// Takes back what a run with a business date in the future left behind: files count as told now at the latest, and no record has
    /// lapsed on a day that is still to come.
    /// </summary>
    /// <param name="today">The business date that holds from now on.</param>
    /// <returns>How many files were concerned, and how many ledger rows.</returns>
    public Task<(int Files, int Lapses)> TakeBackAsync(DateTimeOffset now, DateOnly today, CancellationToken cancellationToken) => session.InTransactionAsync(
        async () =>
        {
            var told = await session.QueryAsync<long>("files/told-after", new { now }, cancellationToken);
            foreach (var number in told)
            {
                await session.ExecuteAsync("files/told-at-latest", new { number, now }, cancellationToken);
                await session.ExecuteAsync("files/tell-records", new { number, toldAt = now }, cancellationToken);
            }

            var touched = await session.QueryAsync<long>("ledger/lapsed-after", new { today }, cancellationToken);
            var lapses = await session.ExecuteAsync("ledger/unlapse-after", new { today }, cancellationToken);
            foreach (var number in told.Concat(touched).Distinct())
            {
                await _files.RebuildAsync(new SequenceNumber(number), cancellationToken);
            }

            return (told.Count, lapses);
        },
        cancellationToken);

    private async Task RestoreLapsesAsync(IReadOnlyList<EarlierLapse> lapses, IReadOnlyList<Decision> records, CancellationToken cancellationToken)
    {
        foreach (var lapse in lapses.Where(l => l.RecordNumber >= 1 && l.RecordNumber <= records.Count))
        {
            var key = records[lapse.RecordNumber - 1].Record!.Key;
            var parameters = new
            {
                nhsNumber = key.NhsNumber.Value,
                planType = key.PlanType.Code,
                start = key.Start,
                lapsedAfterFile = lapse.AfterFile.Value,
                lapsedOn = lapse.On,
            };
            if (await session.ScalarAsync<long>("ledger/lapse-known", parameters, cancellationToken) == 0)
            {
                await session.ExecuteAsync("ledger/lapse-clear", parameters, cancellationToken);
                await session.ExecuteAsync("ledger/lapse-restore", parameters, cancellationToken);
            }
        }
    }

    private sealed class LapseRow
    {
        public long RecordNumber { get; init; }

        public long LapsedAfterFile { get; init; }

        public DateOnly LapsedOn { get; init; }
    }

    private sealed class NumberRow
    {
        public long FileNumber { get; init; }

        public long Attempts { get; init; }

        public string FailureCode { get; init; } = "";
    }
}
