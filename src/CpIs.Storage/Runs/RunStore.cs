using System.Runtime.CompilerServices;
using CpIs.Domain.Source;
using CpIs.Storage.Ledger;
using CpIs.Storage.Providers;
using CpIs.Storage.Source;

namespace CpIs.Storage.Runs;

/// <summary>Where a run or a step stands.</summary>
public enum RunStatus
{
    Running,
    Done,
    Failed,
    Interrupted,

    /// <summary>Its process died; noticed by the next run.</summary>
    Abandoned,
}

/// <summary>A run as it begins.</summary>
/// <param name="Restriction">In words or as options, no personal data; null when unrestricted.</param>
/// <param name="StartedAt">UTC.</param>
public sealed record NewRun(string RunId, string Command, DateOnly AsOf, string? Restriction, bool Full, DateTimeOffset StartedAt);

/// <summary>A run as stored.</summary>
/// <param name="Summary">JSON, as the command gave it.</param>
public sealed record StoredRun(
    string RunId,
    string Command,
    DateOnly AsOf,
    string? Restriction,
    bool Full,
    RunStatus Status,
    int? ExitCode,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string? Summary);

/// <summary>What a step counted.</summary>
public sealed record StepCounts(long Read, long Written, long Withheld, long Skipped)
{
    /// <summary>Nothing counted.</summary>
    public static StepCounts None { get; } = new(0, 0, 0, 0);
}

/// <summary>A step of a run as stored.</summary>
public sealed record StoredStep(string Step, RunStatus Status, StepCounts Counts, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Detail);

/// <summary>One figure of one run, for trends.</summary>
public sealed record StoredCount(string RunId, DateOnly AsOf, string Item, long Number);

/// <summary>Runs, their steps and figures.</summary>
/// <param name="session">The unit of work.</param>
public sealed class RunStore(StorageSession session)
{
    private static readonly BulkTable SetAside = new(
        "cpis_set_aside", "run_id", "row_number", "source_table", "location", "row_id", "person_id", "column_name", "problem");

    /// <summary>
    /// Begins a run. The caller holds the <see cref="RunLock"/>: whatever still seems to run is dead, and is noted as abandoned.
    /// </summary>
    public Task BeginAsync(NewRun run, CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
        async () =>
        {
            await session.ExecuteAsync("runs/abandon", null, cancellationToken);
            await session.ExecuteAsync("runs/abandon-steps", null, cancellationToken);
            await session.ExecuteAsync(
                "runs/begin",
                new { runId = run.RunId, command = run.Command, asOf = run.AsOf, restriction = run.Restriction, isFull = run.Full, startedAt = run.StartedAt },
                cancellationToken);
        },
        cancellationToken);

    /// <summary>Ends a run.</summary>
    /// <param name="summary">JSON, or null.</param>
    public Task EndAsync(string runId, RunStatus status, int exitCode, DateTimeOffset endedAt, string? summary, CancellationToken cancellationToken) =>
        session.ExecuteAsync("runs/end", new { runId, status = Columns.ToText(status), exitCode, endedAt, summary }, cancellationToken);

    /// <summary>Begins a step, anew if it was begun before.</summary>
    public Task BeginStepAsync(string runId, string step, DateTimeOffset startedAt, CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
        async () =>
        {
            await session.ExecuteAsync("runs/begin-step-clear", new { runId, step }, cancellationToken);
            await session.ExecuteAsync("runs/begin-step", new { runId, step, startedAt }, cancellationToken);
        },
        cancellationToken);

    /// <summary>Ends a step.</summary>
    /// <param name="detail">A sentence or JSON; no personal data.</param>
    public Task EndStepAsync(
        string runId, string step, RunStatus status, StepCounts counts, DateTimeOffset endedAt, string? detail, CancellationToken cancellationToken) =>
        session.ExecuteAsync(
            "runs/end-step",
            new
            {
                runId,
                step,
                status = Columns.ToText(status),
                read = counts.Read,
                written = counts.Written,
                withheld = counts.Withheld,
                skipped = counts.Skipped,
                endedAt,
                detail,
            },
            cancellationToken);

    /// <summary>Records figures of a run, replacing those of that kind.</summary>
    /// <param name="kind">For instance <c>decision</c>, <c>withheld</c>, <c>alert</c>.</param>
    public Task SetCountsAsync(string runId, string kind, IReadOnlyDictionary<string, long> counts, CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
        async () =>
        {
            await session.ExecuteAsync("runs/clear-counts", new { runId, kind }, cancellationToken);
            foreach (var (item, number) in counts)
            {
                await session.ExecuteAsync("runs/add-count", new { runId, kind, item, number }, cancellationToken);
            }
        },
        cancellationToken);

    /// <summary>Records the source rows that a run set aside (rule S16), replacing what it recorded before.</summary>
    public Task SetSetAsideAsync(string runId, IAsyncEnumerable<SetAsideRow> rows, CancellationToken cancellationToken) => session.InTransactionAsync(
        async () =>
        {
            await session.ExecuteAsync("runs/clear-set-aside", new { runId }, cancellationToken);
            await session.BulkInsertAsync(SetAside, RowsAsync(runId, rows, cancellationToken), cancellationToken);
        },
        cancellationToken);

    /// <summary>The source rows that a run set aside.</summary>
    public IAsyncEnumerable<SetAsideRow> SetAsideAsync(string runId) => session.StreamAsync<SetAsideTableRow>("runs/set-aside", new { runId }).Select(r => r.ToRow());

    /// <summary>The business date of the last run begun other than this one; null when there was none.</summary>
    public async Task<DateOnly?> LastAsOfAsync(string exceptRunId, CancellationToken cancellationToken) =>
        await session.ScalarAsync<object>("runs/last-as-of", new { exceptRunId }, cancellationToken) is { } value ? SqlTypes.ToDate(value) : null;

    /// <summary>The latest runs, newest first.</summary>
    public async Task<IReadOnlyList<StoredRun>> LatestAsync(int count, CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<RunTableRow>("runs/latest", new { count }, cancellationToken)).Select(r => r.ToRun())];

    /// <summary>The latest runs of one command, newest first, without their summaries.</summary>
    public async Task<IReadOnlyList<StoredRun>> LatestOfAsync(string command, int count, CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<RunTableRow>("runs/latest-of", new { command, count }, cancellationToken)).Select(r => r.ToRun())];

    /// <summary>The steps of a run in order of time.</summary>
    public async Task<IReadOnlyList<StoredStep>> StepsAsync(string runId, CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<StepTableRow>("runs/steps", new { runId }, cancellationToken)).Select(r => r.ToStep())];

    /// <summary>Figures of one kind of all runs since a business date, oldest run first.</summary>
    public async Task<IReadOnlyList<StoredCount>> CountsAsync(string kind, DateOnly from, CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<CountTableRow>("runs/counts", new { kind, from }, cancellationToken)).Select(r => new StoredCount(r.RunId, r.AsOf, r.Item, r.Number))];

    private static async IAsyncEnumerable<object?[]> RowsAsync(
        string runId, IAsyncEnumerable<SetAsideRow> rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long number = 0;
        await foreach (var r in rows.WithCancellation(cancellationToken))
        {
            yield return [runId, ++number, TableLayout.Of(r.Table).Name, r.Where, r.RowId, r.PersonId, r.Column, r.Problem];
        }
    }

    private sealed class SetAsideTableRow
    {
        public string SourceTable { get; init; } = "";

        public string Location { get; init; } = "";

        public string? RowId { get; init; }

        public string? PersonId { get; init; }

        public string? ColumnName { get; init; }

        public string Problem { get; init; } = "";

        public SetAsideRow ToRow() => new(
            TableLayout.TryFind(SourceTable, out var table) ? table : default, Location, RowId, PersonId, ColumnName, Problem);
    }

    private sealed class RunTableRow
    {
        public string RunId { get; init; } = "";

        public string Command { get; init; } = "";

        public DateOnly AsOf { get; init; }

        public string? Restriction { get; init; }

        public bool IsFull { get; init; }

        public string Status { get; init; } = "";

        public int? ExitCode { get; init; }

        public DateTimeOffset StartedAt { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        public string? Summary { get; init; }

        public StoredRun ToRun() => new(RunId, Command, AsOf, Restriction, IsFull, Columns.ToEnum<RunStatus>(Status), ExitCode, StartedAt, EndedAt, Summary);
    }

    private sealed class StepTableRow
    {
        public string Step { get; init; } = "";

        public string Status { get; init; } = "";

        public long ReadCount { get; init; }

        public long WrittenCount { get; init; }

        public long WithheldCount { get; init; }

        public long SkippedCount { get; init; }

        public DateTimeOffset StartedAt { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        public string? Detail { get; init; }

        public StoredStep ToStep() => new(
            Step, Columns.ToEnum<RunStatus>(Status), new(ReadCount, WrittenCount, WithheldCount, SkippedCount), StartedAt, EndedAt, Detail);
    }

    private sealed class CountTableRow
    {
        public string RunId { get; init; } = "";

        public DateOnly AsOf { get; init; }

        public string Item { get; init; } = "";

        public long Number { get; init; }
    }
}
