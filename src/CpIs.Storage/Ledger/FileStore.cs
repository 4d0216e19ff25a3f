using System.Runtime.CompilerServices;
using CpIs.Domain.Decisions;
using CpIs.Domain.Values;
using CpIs.Storage.Providers;

namespace CpIs.Storage.Ledger;

/// <summary>
/// Upload files and their records: numbers, what is due, what was told, what was answered. Every change is one transaction, which
/// also brings the ledger rows it touches up to date.
/// </summary>
/// <param name="session">The unit of work.</param>
public sealed class FileStore(StorageSession session)
{
    private static readonly BulkTable Records = new(
        "cpis_file_record",
        "file_number", "record_number", "nhs_number", "plan_type", "start_date", "decision", "reason", "is_removal", "end_date",
        "family_name", "given_name", "birth_date", "local_person_id", "delete_date", "visible_until", "end_is_forecast", "source_ids",
        "child_ids", "cause", "changed_at", "outcome");

    private static readonly BulkTable Children = new("cpis_file_record_child", "person_id", "file_number", "record_number");

    /// <summary>
    /// Hands out the next file number of the council (rule U6), durably: it is void until <see cref="AddAsync"/> completes it, and is
    /// never handed out again whatever fails.
    /// </summary>
    /// <param name="authorityCode">The council's own code.</param>
    /// <param name="runId">The run that asks, begun before.</param>
    /// <exception cref="InvalidOperationException">A transaction is open: the number could be lost with it.</exception>
    public async Task<SequenceNumber> TakeNumberAsync(string authorityCode, string runId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (session.IsInTransaction)
        {
            throw new InvalidOperationException("A file number must not be handed out inside a transaction that could be rolled back.");
        }

        return await session.InRepeatableTransactionAsync(
            async () =>
            {
                var number = await session.ScalarAsync<long>("files/next-number", null, cancellationToken);
                await MoveSequenceAsync(authorityCode, number, cancellationToken);
                await session.ExecuteAsync("files/reserve", new { number, authorityCode, runId, createdAt = now }, cancellationToken);
                return new SequenceNumber(number);
            },
            cancellationToken);
    }

    /// <summary>Moves the sequence past a number that was seen in use elsewhere; never back.</summary>
    public Task MoveSequencePastAsync(string authorityCode, SequenceNumber seen, CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
        async () =>
        {
            var next = await session.ScalarAsync<long>("files/next-number", null, cancellationToken);
            if (next <= seen.Value)
            {
                await MoveSequenceAsync(authorityCode, seen.Value, cancellationToken);
            }
        },
        cancellationToken);

    /// <summary>Makes files due with their records, and voids all that were due before (rule U6), all of it or nothing.</summary>
    /// <param name="files">In order; none when there is nothing to send, which still voids the earlier ones.</param>
    /// <param name="decisions">Those with a record to send, in the order written: the first <see cref="NewFile.RecordCount"/> belong to the first file, and so on.</param>
    /// <exception cref="InvalidOperationException">Records and files do not match, or a number was not handed out for it.</exception>
    public Task AddAsync(IReadOnlyList<NewFile> files, IAsyncEnumerable<Decision> decisions, CancellationToken cancellationToken) => session.InTransactionAsync(
        async () =>
        {
            await session.ExecuteAsync("files/void-ready", null, cancellationToken);
            foreach (var file in files)
            {
                var completed = await session.ExecuteAsync(
                    "files/complete",
                    new
                    {
                        number = file.Number.Value,
                        format = file.Format,
                        fileName = file.FileName,
                        path = file.Path,
                        sha256 = file.Sha256,
                        recordCount = file.RecordCount,
                        localId = file.LocalId,
                    },
                    cancellationToken);
                if (completed != 1 || file.RecordCount < 1)
                {
                    throw new InvalidOperationException($"File {file.Number} has no number of its own, or no records.");
                }
            }

            await AddRecordsAsync(files, decisions, cancellationToken);
        },
        cancellationToken);

    /// <summary>Files ready to be sent, and those whose sending was begun and not concluded, in order of number.</summary>
    public async Task<IReadOnlyList<StoredFile>> DueAsync(CancellationToken cancellationToken) => await ListAsync("files/due", null, cancellationToken);

    /// <summary>A file by its number; null when that was never handed out.</summary>
    public async Task<StoredFile?> FindAsync(SequenceNumber number, CancellationToken cancellationToken) =>
        (await session.FirstOrDefaultAsync<FileRow>("files/find", new { number = number.Value }, cancellationToken))?.ToFile();

    /// <summary>A file by our own id of its sending.</summary>
    public async Task<StoredFile?> FindByLocalIdAsync(string localId, CancellationToken cancellationToken) =>
        (await session.FirstOrDefaultAsync<FileRow>("files/find-by-local-id", new { localId }, cancellationToken))?.ToFile();

    /// <summary>A file by the transport's id of its message.</summary>
    public async Task<StoredFile?> FindByMessageIdAsync(string messageId, CancellationToken cancellationToken) =>
        (await session.FirstOrDefaultAsync<FileRow>("files/find-by-message-id", new { messageId }, cancellationToken))?.ToFile();

    /// <summary>The files that a run made, in order of number, lost numbers too.</summary>
    public Task<IReadOnlyList<StoredFile>> OfRunAsync(string runId, CancellationToken cancellationToken) => ListAsync("files/of-run", new { runId }, cancellationToken);

    /// <summary>Files told at that time or before and not answered, in order of number (rules U9, K4).</summary>
    public Task<IReadOnlyList<StoredFile>> UnansweredAsync(DateTimeOffset toldBy, CancellationToken cancellationToken) =>
        ListAsync("files/unanswered", new { toldBy }, cancellationToken);

    /// <summary>The highest number ever handed out; null when there was none.</summary>
    public async Task<SequenceNumber?> NewestAsync(CancellationToken cancellationToken) =>
        Columns.ToNumber(await session.ScalarAsync<long?>("files/newest", null, cancellationToken));

    /// <summary>The highest number that is used up, handed out or seen in use elsewhere; 0 when there was none.</summary>
    public async Task<long> LastUsedAsync(CancellationToken cancellationToken) => await session.ScalarAsync<long>("files/next-number", null, cancellationToken) - 1;

    /// <summary>The records of a file in order, told or not.</summary>
    public IAsyncEnumerable<FileRecord> RecordsAsync(SequenceNumber number) =>
        session.StreamAsync<RecordRow>("ledger/of-file", new { number = number.Value }).Select(r => r.ToRecord());

    /// <summary>
    /// Takes a file that is ready, before its first byte leaves, and notes that its sending begins; from now on its records count as told.
    /// Of several that try at once only one has it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The file is not ready, or somebody else has taken it.</exception>
    public Task MarkSendingAsync(SequenceNumber number, DateTimeOffset begunAt, CancellationToken cancellationToken) => ChangeAsync(
        number,
        async () => await session.ClaimAsync("files/begin-sending", new { number = number.Value, begunAt }, cancellationToken) is null ? 0 : 1,
        begunAt,
        cancellationToken);

    /// <summary>Notes the transport's own id of a sending that was begun.</summary>
    /// <exception cref="InvalidOperationException">Its sending was not begun.</exception>
    public async Task SetMessageIdAsync(SequenceNumber number, string messageId, CancellationToken cancellationToken) =>
        Changed(number, await session.ExecuteAsync("files/message-id", new { number = number.Value, messageId }, cancellationToken));

    /// <summary>
    /// Notes that the transport has the file. A repetition changes nothing. If newer files went out before it, what they told of its records
    /// is due again wherever it was something else: CP-IS holds what came to it last, which may be the older (rule U1).
    /// </summary>
    /// <param name="messageId">The transport's own id, where it gave one.</param>
    /// <param name="duplicateRisk">True when it may have been delivered more than once.</param>
    /// <exception cref="InvalidOperationException">The file was not due.</exception>
    public async Task MarkSentAsync(SequenceNumber number, DateTimeOffset toldAt, string? messageId, bool duplicateRisk, CancellationToken cancellationToken)
    {
        var file = await FindAsync(number, cancellationToken);
        if (file is { Status: FileStatus.Sent })
        {
            return;
        }

        if (file is null or { Status: FileStatus.Void })
        {
            throw NotDue(number);
        }

        await SetSentAsync(number, toldAt, messageId, duplicateRisk, cancellationToken);
    }

    /// <summary>Notes that the file was not taken and nothing is on its way: it is due again, and its records do not count as told.</summary>
    /// <param name="refused">True when an operator must act before another attempt is worth it.</param>
    /// <exception cref="InvalidOperationException">The file was not due.</exception>
    public Task MarkNotSentAsync(SequenceNumber number, string? code, string? detail, bool refused, CancellationToken cancellationToken) => ChangeAsync(
        number, "files/not-sent", new { number = number.Value, code, detail, isRefused = refused }, null, cancellationToken);

    /// <summary>Notes why the outcome of a sending is not known; it stays begun.</summary>
    /// <exception cref="InvalidOperationException">Its sending was not begun.</exception>
    public async Task MarkUnknownAsync(SequenceNumber number, string? code, string? detail, CancellationToken cancellationToken) =>
        Changed(number, await session.ExecuteAsync("files/unknown", new { number = number.Value, code, detail }, cancellationToken));

    /// <summary>
    /// Applies a file's first answer to the file and its records. An answer proves that the file arrived: one whose sending was begun,
    /// whatever the transport said of it, counts as sent.
    /// </summary>
    public Task<AnswerResult> MarkAnsweredAsync(FileAnswer answer, CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
        async () =>
        {
            var file = await FindAsync(answer.FileNumber, cancellationToken);
            if (file is null or { Attempts: 0 })
            {
                return AnswerResult.NotTold;
            }

            if (file.AnsweredAt is not null)
            {
                return AnswerResult.AlreadyAnswered;
            }

            if (file.Status != FileStatus.Sent)
            {
                await SetSentAsync(file.Number, file.BegunAt ?? answer.AnsweredAt, null, duplicateRisk: false, cancellationToken);
            }

            await session.ExecuteAsync(
                "files/answer",
                new
                {
                    number = file.Number.Value,
                    answeredAt = answer.AnsweredAt,
                    codes = Columns.ToJson(answer.Codes),
                    source = answer.Source,
                    outcome = Columns.ToText(answer.Outcome),
                },
                cancellationToken);
            await AnswerRecordsAsync(answer, cancellationToken);
            await RebuildAsync(file.Number, cancellationToken);
            return AnswerResult.Applied;
        },
        cancellationToken);

    /// <summary>
    /// Since when, and in how many files in a row, the record of this file waits that has waited longest: a file that is not taken gets
    /// another number with the next night, so that its own age says little. Null for a file without records.
    /// </summary>
    public async Task<WaitingSince?> WaitingSinceAsync(SequenceNumber number, CancellationToken cancellationToken)
    {
        var row = await session.FirstOrDefaultAsync<WaitingRow>("files/waiting-since", new { number = number.Value }, cancellationToken);
        return row is null ? null : new WaitingSince(new(row.FirstNumber), row.Since, (int)row.Tries);
    }

    /// <summary>How often in a row, this file included, the unluckiest of its records failed with this file code (rule K2, CPF05).</summary>
    public async Task<int> ConsecutiveFailuresAsync(SequenceNumber number, string code, CancellationToken cancellationToken) =>
        (int)await session.ScalarAsync<long>("files/consecutive-failures", new { number = number.Value, code }, cancellationToken);

    /// <summary>The oldest change in the care database that a file not yet sent would tell, UTC; null when none waits.</summary>
    public Task<DateTimeOffset?> OldestUntoldChangeAsync(CancellationToken cancellationToken) => InstantAsync("files/oldest-untold", null, cancellationToken);

    /// <summary>The oldest change in the care database that the files of a run tell, UTC (rule U5); null when none is known.</summary>
    public Task<DateTimeOffset?> OldestChangeOfRunAsync(string runId, CancellationToken cancellationToken) =>
        InstantAsync("files/oldest-change-of-run", new { runId }, cancellationToken);

    internal async Task AddRecordsAsync(IReadOnlyList<NewFile> files, IAsyncEnumerable<Decision> decisions, CancellationToken cancellationToken)
    {
        var children = new List<object?[]>();
        await session.BulkInsertAsync(Records, RowsAsync(files, decisions, children, cancellationToken), cancellationToken);
        await session.BulkInsertAsync(Children, children.ToAsyncEnumerable(), cancellationToken);
    }

    /// <summary>Makes the ledger rows of a file's records anew from their history.</summary>
    internal async Task RebuildAsync(SequenceNumber number, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync("ledger/clear-of-file", new { number = number.Value }, cancellationToken);
        await session.ExecuteAsync("ledger/rebuild-of-file", new { number = number.Value }, cancellationToken);
    }

    private static async IAsyncEnumerable<object?[]> RowsAsync(
        IReadOnlyList<NewFile> files,
        IAsyncEnumerable<Decision> decisions,
        List<object?[]> children,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var file = -1;
        var number = 0;
        var row = new object?[Records.Columns.Count];
        await foreach (var decision in decisions.WithCancellation(cancellationToken))
        {
            if (decision.Record is not { } record)
            {
                throw new InvalidOperationException("A decision without a record cannot be in a file.");
            }

            if (file < 0 || number == files[file].RecordCount)
            {
                number = 0;
                if (++file == files.Count)
                {
                    throw new InvalidOperationException("There are more records than the files hold.");
                }
            }

            number++;
            var fileNumber = files[file].Number.Value;
            children.AddRange(decision.ChildIds
                .Where(c => !string.Equals(c, record.Content.LocalPersonId, StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal)
                .Select(c => new object?[] { c, fileNumber, (long)number }));
            object?[] values =
            [
                fileNumber,
                (long)number,
                record.Key.NhsNumber.Value,
                record.Key.PlanType.Code,
                record.Key.Start,
                Columns.ToText(decision.Kind),
                decision.Reason,
                record.DeleteDate is not null,
                record.Content.End,
                record.Content.FamilyName,
                record.Content.GivenName,
                record.Content.BirthDate,
                record.Content.LocalPersonId,
                record.DeleteDate,
                record.VisibleUntil,
                record.EndIsForecast,
                Columns.ToJson(decision.SourceIds),
                Columns.ToJson(decision.ChildIds),
                decision.Cause,
                decision.ChangedAt,
                "unanswered",
            ];
            values.CopyTo(row, 0);
            yield return row;
        }

        if (file != files.Count - 1 || (file >= 0 && number != files[file].RecordCount))
        {
            throw new InvalidOperationException("There are fewer records than the files hold.");
        }
    }

    private async Task AnswerRecordsAsync(FileAnswer answer, CancellationToken cancellationToken)
    {
        var number = answer.FileNumber.Value;
        var answeredAt = answer.AnsweredAt;
        if (answer.Outcome == FileOutcome.ByRecord)
        {
            foreach (var record in answer.Records)
            {
                await session.ExecuteAsync(
                    "files/answer-record",
                    new
                    {
                        number,
                        recordNumber = record.RecordNumber,
                        outcome = Columns.ToText(record.Outcome),
                        code = record.Code,
                        display = record.Display,
                        detail = record.Detail,
                        answeredAt,
                    },
                    cancellationToken);
            }

            return;
        }

        var code = answer.Codes.Count > 0 ? answer.Codes[0] : null;
        await session.ExecuteAsync(
            "files/answer-all-records",
            new
            {
                number,
                outcome = answer.Outcome == FileOutcome.Failed ? "failed" : "confirmed",
                code = code?.Code,
                display = code?.Display,
                answeredAt,
            },
            cancellationToken);
    }

    private Task SetSentAsync(SequenceNumber number, DateTimeOffset toldAt, string? messageId, bool duplicateRisk, CancellationToken cancellationToken) =>
        ChangeAsync(
            number,
            async () =>
            {
                var changed = await session.ExecuteAsync(
                    "files/sent", new { number = number.Value, toldAt, messageId, duplicateRisk }, cancellationToken);
                await session.ExecuteAsync("files/overtaken", new { number = number.Value }, cancellationToken);
                return changed;
            },
            toldAt,
            cancellationToken);

    private Task ChangeAsync(SequenceNumber number, string statement, object parameters, DateTimeOffset? toldAt, CancellationToken cancellationToken) =>
        ChangeAsync(number, () => session.ExecuteAsync(statement, parameters, cancellationToken), toldAt, cancellationToken);

    private Task ChangeAsync(SequenceNumber number, Func<Task<int>> change, DateTimeOffset? toldAt, CancellationToken cancellationToken) =>
        session.InRepeatableTransactionAsync(
            async () =>
            {
                Changed(number, await change());
                await session.ExecuteAsync("files/tell-records", new { number = number.Value, toldAt }, cancellationToken);
                await RebuildAsync(number, cancellationToken);
            },
            cancellationToken);

    private async Task MoveSequenceAsync(string authorityCode, long number, CancellationToken cancellationToken)
    {
        if (await session.ExecuteAsync("files/update-sequence", new { authorityCode, number }, cancellationToken) == 0)
        {
            await session.ExecuteAsync("files/insert-sequence", new { authorityCode, number }, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<StoredFile>> ListAsync(string statement, object? parameters, CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<FileRow>(statement, parameters, cancellationToken)).Select(r => r.ToFile())];

    private async Task<DateTimeOffset?> InstantAsync(string statement, object? parameters, CancellationToken cancellationToken) =>
        await session.ScalarAsync<object>(statement, parameters, cancellationToken) is { } value and not DBNull ? SqlTypes.ToInstant(value) : null;

    private static void Changed(SequenceNumber number, int rows)
    {
        if (rows != 1)
        {
            throw NotDue(number);
        }
    }

    private static InvalidOperationException NotDue(SequenceNumber number) => new($"File {number} is not in a state that allows this.");

    private sealed class WaitingRow
    {
        public long FirstNumber { get; init; }

        public DateTimeOffset Since { get; init; }

        public long Tries { get; init; }
    }
}
