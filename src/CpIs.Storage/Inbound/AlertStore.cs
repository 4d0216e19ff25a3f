using System.Globalization;
using CpIs.Domain.Alerts;
using CpIs.Domain.Time;
using CpIs.Storage.Providers;

namespace CpIs.Storage.Inbound;

/// <summary>How many alerts of a type there are.</summary>
/// <param name="NeedsOperator">True for role alerts that do not merely stand in for a worker or manager (contract section 1).</param>
public sealed record AlertCount(AlertType Type, bool NeedsOperator, int Number);

/// <summary>An open alert that should have been dealt with (rule K4).</summary>
public sealed record PastDueAlert(long AlertId, AlertType Type, string? PersonId, RecipientKind Kind, string RecipientId, DateOnly DueOn);

/// <summary>The work trays (contract section 4, <c>cpis_alert</c>).</summary>
public sealed class AlertStore(StorageSession session)
{
    /// <summary>Who stands in <c>completed_by</c> of an alert that the engine closed.</summary>
    public const string Engine = "cpis";

    private static readonly BulkTable Trays = new(
        "cpis_alert",
        "alert_type", "person_id", "recipient_kind", "recipient_id", "issued_on", "due_on", "subject", "description", "status", "first_issued_on",
        "days_outstanding", "raised_by_run", "cause", "stands_in_for", "raised_at", "inbound_id", "closed_by_engine", "is_settled");

    /// <summary>Raises alerts, in bulk, but for those that were raised before: ever, or for the types that may come again, as long as one is open.</summary>
    /// <param name="inboundId">The message that called for them, if any.</param>
    /// <returns>Those that were raised, in the order given.</returns>
    /// <exception cref="StorageException">The database failed; none was raised.</exception>
    public Task<IReadOnlyList<AlertDraft>> RaiseAsync(
        IEnumerable<AlertDraft> drafts, string runId, DateTimeOffset now, long? inboundId, CancellationToken cancellationToken) =>
        session.InRepeatableTransactionAsync<IReadOnlyList<AlertDraft>>(
            async () =>
            {
                var raised = new List<AlertDraft>();
                var trays = new HashSet<(AlertType, string, string?, RecipientKind, string)>();
                foreach (var draft in drafts)
                {
                    if (trays.Add((draft.Type, draft.Cause, draft.PersonId, draft.Recipient.Kind, draft.Recipient.Id)) && !await ExistsAsync(draft, cancellationToken))
                    {
                        raised.Add(draft);
                    }
                }

                if (raised.Count > 0)
                {
                    await session.BulkInsertAsync(Trays, raised.Select(d => Row(d, runId, now, inboundId)).ToAsyncEnumerable(), cancellationToken);
                }

                return raised;
            },
            cancellationToken);

    /// <summary>Completes the open alerts of one cause for the engine (rule A4).</summary>
    public Task CloseAsync(AlertType type, string cause, DateTimeOffset now, CancellationToken cancellationToken) =>
        session.ExecuteAsync("alert/close_cause", new { type = type.Code, cause, now, engine = Engine }, cancellationToken);

    /// <summary>The causes of a type's open alerts, in the order in which they were raised.</summary>
    public Task<IReadOnlyList<string>> OpenCausesAsync(AlertType type, CancellationToken cancellationToken) =>
        session.QueryAsync<string>("alert/open_causes", new { type = type.Code }, cancellationToken);

    /// <summary>Every standing alert whose cause is not known to be gone, open and completed (rule A5).</summary>
    public async Task<IReadOnlyList<StandingAlert>> StandingAsync(CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<StandingRow>("alert/standing", null, cancellationToken)).Select(r => new StandingAlert(
            r.AlertId,
            AlertType.Parse(r.Type),
            r.PersonId ?? string.Empty,
            ParseKind(r.Kind),
            r.RecipientId,
            r.Status == "open",
            r.IssuedOn,
            r.FirstIssuedOn,
            CompletedOn(r.CompletedAt),
            r.ClosedByEngine,
            (int)r.DaysOutstanding)),
    ];

    /// <summary>Carries out what <see cref="StandingAlerts.Compare"/> found, all of it or nothing.</summary>
    /// <param name="draft">Words a standing alert that is to be raised.</param>
    /// <returns>How many were raised.</returns>
    public Task<int> ApplyAsync(StandingChanges changes, Func<StandingRaise, AlertDraft> draft, string runId, DateTimeOffset now, CancellationToken cancellationToken) =>
        session.InRepeatableTransactionAsync(
            async () =>
            {
                foreach (var alertId in changes.Close)
                {
                    await session.ExecuteAsync("alert/close", new { alertId, now, engine = Engine }, cancellationToken);
                }

                foreach (var alertId in changes.Settle)
                {
                    await session.ExecuteAsync("alert/settle", new { alertId }, cancellationToken);
                }

                foreach (var (alertId, daysOutstanding) in changes.Refresh)
                {
                    await session.ExecuteAsync("alert/refresh", new { alertId, daysOutstanding }, cancellationToken);
                }

                return (await RaiseAsync(changes.Raise.Select(draft), runId, now, inboundId: null, cancellationToken)).Count;
            },
            cancellationToken);

    /// <summary>What one run raised, by type.</summary>
    public Task<IReadOnlyList<AlertCount>> RaisedByAsync(string runId, CancellationToken cancellationToken) =>
        CountAsync("alert/raised_by_run", new { runId }, cancellationToken);

    /// <summary>What is open, by type.</summary>
    public Task<IReadOnlyList<AlertCount>> OpenAsync(CancellationToken cancellationToken) => CountAsync("alert/open", null, cancellationToken);

    /// <summary>Open alerts whose due date has passed (rule K4), the longest overdue first.</summary>
    public async Task<IReadOnlyList<PastDueAlert>> PastDueAsync(DateOnly businessDate, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<PastDueRow>("alert/past_due", new { businessDate }, cancellationToken)).Select(r => new PastDueAlert(
            r.AlertId, AlertType.Parse(r.Type), r.PersonId, ParseKind(r.Kind), r.RecipientId, r.DueOn)),
    ];

    private async Task<bool> ExistsAsync(AlertDraft draft, CancellationToken cancellationToken) => await session.ScalarAsync<long>(
        "alert/exists",
        new
        {
            type = draft.Type.Code,
            cause = draft.Cause,
            personId = draft.PersonId,
            kind = Text(draft.Recipient.Kind),
            recipientId = draft.Recipient.Id,
            everRaised = draft.Type.IsRaisedOnce,
        },
        cancellationToken) > 0;

    private static object?[] Row(AlertDraft draft, string runId, DateTimeOffset now, long? inboundId) =>
    [
        draft.Type.Code,
        draft.PersonId,
        Text(draft.Recipient.Kind),
        draft.Recipient.Id,
        draft.IssuedOn,
        draft.DueOn,
        draft.Subject,
        draft.Description,
        "open",
        draft.FirstIssuedOn,
        draft.DaysOutstanding,
        runId,
        draft.Cause,
        Text(draft.Recipient.StandsInFor),
        now,
        inboundId,
        false,
        false,
    ];

    private async Task<IReadOnlyList<AlertCount>> CountAsync(string name, object? parameters, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<CountRow>(name, parameters, cancellationToken)).Select(r => new AlertCount(AlertType.Parse(r.Type), r.NeedsOperator, (int)r.Number)),
    ];

    /// <summary>The care system writes this column; whatever it writes that is a time or a date is understood, without offset as UTC.</summary>
    private static DateOnly? CompletedOn(object? written) => written switch
    {
        DateTime time => London.DateOf(new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc))),
        string text when DateOnly.TryParseExact(text.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) => date,
        string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) => London.DateOf(instant),
        _ => null,
    };

    private static string Text(RecipientKind kind) => kind switch
    {
        RecipientKind.Worker => "worker",
        RecipientKind.Manager => "manager",
        _ => "role",
    };

    private static string Text(StandIn standIn) => standIn switch
    {
        StandIn.None => string.Empty,
        StandIn.Worker => "worker",
        StandIn.Manager => "manager",
        _ => "worker+manager",
    };

    private static RecipientKind ParseKind(string kind) => Enum.Parse<RecipientKind>(kind, ignoreCase: true);

    private sealed class StandingRow
    {
        public long AlertId { get; init; }

        public string Type { get; init; } = string.Empty;

        public string? PersonId { get; init; }

        public string Kind { get; init; } = string.Empty;

        public string RecipientId { get; init; } = string.Empty;

        public string Status { get; init; } = string.Empty;

        public DateOnly IssuedOn { get; init; }

        public DateOnly FirstIssuedOn { get; init; }

        public object? CompletedAt { get; init; }

        public bool ClosedByEngine { get; init; }

        public long DaysOutstanding { get; init; }
    }

    private sealed class CountRow
    {
        public string Type { get; init; } = string.Empty;

        public bool NeedsOperator { get; init; }

        public long Number { get; init; }
    }

    private sealed class PastDueRow
    {
        public long AlertId { get; init; }

        public string Type { get; init; } = string.Empty;

        public string? PersonId { get; init; }

        public string Kind { get; init; } = string.Empty;

        public string RecipientId { get; init; } = string.Empty;

        public DateOnly DueOn { get; init; }
    }
}
