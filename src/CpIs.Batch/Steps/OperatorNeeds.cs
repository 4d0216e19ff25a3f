using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;

namespace CpIs.Batch.Steps;

/// <summary>What is open and needs an operator: the second half of exit code 5 (contract section 1).</summary>
/// <param name="RoleAlerts">Open role alerts by type, without those in which the duty role only stands in.</param>
/// <param name="Rejected">Records refused and unchanged since.</param>
/// <param name="Refused">Files that the transport refused for good.</param>
/// <param name="Stuck">Files that the transport has not taken for long.</param>
internal sealed record OperatorNeeds(IReadOnlyDictionary<string, int> RoleAlerts, int Rejected, int Refused, int Stuck)
{
    public bool Any => RoleAlerts.Count > 0 || Rejected > 0 || Refused > 0 || Stuck > 0;

    public static async Task<OperatorNeeds> ReadAsync(CpIs.Storage.StorageSession session, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var files = new FileStore(session);
        var open = await new AlertStore(session).OpenAsync(cancellationToken);
        var rejected = await new LedgerStore(session).RejectedAsync().CountAsync(cancellationToken);
        var due = await files.DueAsync(cancellationToken);
        return new OperatorNeeds(
            open.Where(a => a.NeedsOperator).ToDictionary(a => a.Type.Code, a => a.Number, StringComparer.Ordinal),
            rejected,
            due.Count(f => f.IsRefused),
            (await StuckFile.AmongAsync(files, due.Where(StuckFile.HasFailed), now, cancellationToken)).Count);
    }
}
