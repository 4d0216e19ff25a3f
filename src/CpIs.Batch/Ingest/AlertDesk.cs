using CpIs.Batch.Steps;
using CpIs.Domain.Accesses;
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
        var settings = run.Context.Settings.Alerts;
        Policy = new AlertPolicy(
            settings.DueDays,
            new DutyRole(settings.DutyRole),
            new PatternSettings(settings.Pattern.Accesses, settings.Pattern.Days, settings.Pattern.Organisations, settings.Pattern.OrganisationDays));
    }

    public AlertPolicy Policy { get; }

    /// <summary>An alert about a person, to each recipient.</summary>
    public async Task RaiseAsync(
        AlertType type, string? personId, IEnumerable<Recipient> recipients, AlertText text, string cause, long? inboundId, IngestTally tally, CancellationToken cancellationToken)
    {
        foreach (var recipient in recipients)
        {
            tally.CalledOperator |= recipient.NeedsOperator;
            var draft = AlertDraft.Create(type, personId, recipient, text, cause, _run.Context.BusinessDate, Policy.DueDays);
            if (await _store.RaiseAsync(draft, _run.RunId, _run.Now, inboundId, cancellationToken))
            {
                tally.Raised(type);
            }
        }
    }

    /// <summary>An alert about nobody, to the duty role without a team.</summary>
    public Task RaiseToRoleAsync(AlertType type, AlertText text, string cause, long? inboundId, IngestTally tally, CancellationToken cancellationToken) =>
        RaiseAsync(type, null, [Policy.DutyRole.Recipient()], text, cause, inboundId, tally, cancellationToken);

    /// <summary>Completes the alerts of a cause for the engine (rule A4).</summary>
    public Task CloseAsync(AlertType type, string cause, CancellationToken cancellationToken) => _store.CloseAsync(type, cause, _run.Now, cancellationToken);
}
