using CpIs.Domain.Alerts;
using CpIs.Storage.Inbound;

namespace CpIs.Batch.Steps;

/// <summary>Raises alerts about no child, for the duty role; one open alert per cause.</summary>
internal sealed class RoleAlerts(CouncilRun run)
{
    private readonly AlertStore _alerts = new(run.Session);
    private readonly AlertPolicy _policy = run.Context.Settings.AlertPolicy();

    /// <param name="cause">What makes two of them the same; no personal data.</param>
    /// <returns>True when it was raised, false when one is open already.</returns>
    public async Task<bool> RaiseAsync(AlertType type, AlertText text, string cause, CancellationToken cancellationToken)
    {
        var draft = AlertDraft.Create(type, null, _policy.DutyRole.Recipient(), text, cause, run.Context.BusinessDate, _policy.DueDays);
        return (await _alerts.RaiseAsync([draft], run.RunId, run.Now, inboundId: null, cancellationToken)).Count > 0;
    }

    /// <summary>Completes the open alerts of a cause for the engine.</summary>
    public Task CloseAsync(AlertType type, string cause, CancellationToken cancellationToken) => _alerts.CloseAsync(type, cause, run.Now, cancellationToken);
}
