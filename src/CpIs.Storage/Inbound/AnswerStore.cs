using CpIs.Domain.Acknowledgements;
using CpIs.Domain.Values;
using CpIs.Storage.Ledger;

namespace CpIs.Storage.Inbound;

/// <summary>Every answer to an upload file, also those that change nothing (rule K3).</summary>
public sealed class AnswerStore(StorageSession session)
{
    /// <summary>The answer that stands, or null while the file is unanswered.</summary>
    public async Task<FirstAnswer?> FirstAsync(SequenceNumber fileNumber, CancellationToken cancellationToken)
    {
        var row = await session.FirstOrDefaultAsync<FirstRow>("answer/first", new { fileNumber = fileNumber.Value }, cancellationToken);
        return row is null ? null : new FirstAnswer(row.Fingerprint, row.IsComplete);
    }

    /// <summary>The file numbers, as given, of answers that named no file of ours when they came.</summary>
    public Task<IReadOnlyList<string>> ToUnknownFilesAsync(CancellationToken cancellationToken) =>
        session.QueryAsync<string>("answer/to_unknown_files", null, cancellationToken);

    /// <summary>Records an answer. Belongs into the transaction that applies it.</summary>
    /// <param name="fileNumber">The file, or null when the answer names none that was handed over.</param>
    /// <param name="givenNumber">The file number as given.</param>
    /// <param name="codes">File codes as given.</param>
    /// <param name="isComplete">False when parts of it could not be read.</param>
    public Task AddAsync(
        long inboundId,
        SequenceNumber? fileNumber,
        string givenNumber,
        IEnumerable<string> codes,
        AcknowledgementReading reading,
        bool isComplete,
        string runId,
        DateTimeOffset now,
        CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
            async () =>
            {
                var isFirst = reading.Effect is AnswerEffect.Answered or AnswerEffect.Refused or AnswerEffect.DueAgain;
                await session.ExecuteAsync(
                    "answer/add",
                    new
                    {
                        inboundId,
                        fileNumber = fileNumber?.Value,
                        givenNumber,
                        codes = string.Join(';', codes),
                        effect = reading.Effect.ToString(),
                        fingerprint = reading.Fingerprint,
                        isFirst,
                        isComplete,
                        now,
                        runId,
                    },
                    cancellationToken);
                if (reading.Effect == AnswerEffect.FillsIn)
                {
                    await session.ExecuteAsync("answer/replace_first", new { fileNumber = fileNumber?.Value, fingerprint = reading.Fingerprint, isComplete }, cancellationToken);
                }
            },
            cancellationToken);

    /// <summary>
    /// Fills in what a file's first answer said of records and could not be read then (rule K6). A record that has been answered keeps
    /// what was said first (rule K3). The ledger rows follow in the same transaction.
    /// </summary>
    public Task FillInAsync(SequenceNumber fileNumber, IReadOnlyList<RecordVerdict> verdicts, DateTimeOffset now, CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
        async () =>
        {
            var number = fileNumber.Value;
            foreach (var verdict in verdicts)
            {
                await session.ExecuteAsync(
                    "files/answer-record",
                    new
                    {
                        number,
                        recordNumber = verdict.Record.RecordNumber,
                        outcome = Columns.ToText(verdict.Outcome),
                        code = verdict.Code,
                        display = verdict.Display,
                        detail = verdict.Detail,
                        answeredAt = now,
                    },
                    cancellationToken);
            }

            await session.ExecuteAsync("ledger/clear-of-file", new { number }, cancellationToken);
            await session.ExecuteAsync("ledger/rebuild-of-file", new { number }, cancellationToken);
        },
        cancellationToken);

    private sealed class FirstRow
    {
        public string Fingerprint { get; init; } = string.Empty;

        public bool IsComplete { get; init; }
    }
}
