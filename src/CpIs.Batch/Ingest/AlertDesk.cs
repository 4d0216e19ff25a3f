using CpIs.Batch.Steps;
using CpIs.Domain.Alerts;
using CpIs.Storage.Inbound;

namespace CpIs.Batch.Ingest;

/// <summary>Puts alerts on work trays for one run.</summary>
internal sealed class AlertDesk
{
    private readonly CouncilRun _run;
    private readonly AlertStore _store;

    public AlertDesk(CouncilRun run)
    {
        _run = run;
        _store = new AlertStore(run.Session);
        Policy = run.Context.Settings.AlertPolicy();
    }

    public AlertPolicy Policy { get; }

    /// <summary>An alert about a person, to each recipient.</summary>
    public Task RaiseAsync(
        AlertType type, string? personId, IEnumerable<Recipient> recipients, AlertText text, string cause, long? inboundId, IngestTally tally, CancellationToken cancellationToken) =>
        RaiseAsync(Drafts(type, personId, recipients, text, cause), inboundId, tally, cancellationToken);

    /// <summary>Alerts that were worded with <see cref="Drafts"/>.</summary>
    public async Task RaiseAsync(IReadOnlyList<AlertDraft> drafts, long? inboundId, IngestTally tally, CancellationToken cancellationToken)
    {
        tally.CalledOperator |= drafts.Any(d => d.Recipient.NeedsOperator);
        foreach (var raised in await _store.RaiseAsync(drafts, _run.RunId, _run.Now, inboundId, cancellationToken))
        {
            tally.Raised(raised.Type);
        }
    }

    /// <summary>Words an alert for each recipient; they are raised together with others.</summary>
    public IReadOnlyList<AlertDraft> Drafts(AlertType type, string? personId, IEnumerable<Recipient> recipients, AlertText text, string cause) =>
        [.. recipients.Select(r => AlertDraft.Create(type, personId, r, text, cause, _run.Context.BusinessDate, Policy.DueDays))];

    /// <summary>Words an alert about nobody, for the duty role without a team.</summary>
    public IReadOnlyList<AlertDraft> RoleDrafts(AlertType type, AlertText text, string cause) => Drafts(type, null, [Policy.DutyRole.Recipient()], text, cause);

    /// <summary>An alert about nobody, to the duty role without a team.</summary>
    public Task RaiseToRoleAsync(AlertType type, AlertText text, string cause, long? inboundId, IngestTally tally, CancellationToken cancellationToken) =>
        RaiseAsync(RoleDrafts(type, text, cause), inboundId, tally, cancellationToken);

    /// <summary>Completes the alerts of a cause for the engine (rule A4).</summary>
    public Task CloseAsync(AlertType type, string cause, CancellationToken cancellationToken) => _store.CloseAsync(type, cause, _run.Now, cancellationToken);
}
