using System.Data.Common;
using System.Globalization;
using CpIs.Batch.Logging;
using CpIs.Batch.Steps;
using CpIs.Storage;
using CpIs.Storage.Runs;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CpIs.Batch.Schedule;

/// <summary>
/// Whether a council's night is in order: its database can be reached and is current, its last whole night that came to an end is not
/// too old, and nothing waits for an operator.
/// </summary>
internal sealed class CouncilHealth(Council council, TimeSpan maxNightAge, TimeProvider clock) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var runs = await CouncilRuns.LatestAsync(council, "nightly", clock, cancellationToken);
            if (runs.Count == 0)
            {
                return HealthCheckResult.Degraded("No night has run yet.");
            }

            var age = clock.GetUtcNow() - runs.Where(r => r.Status == RunStatus.Done).Select(r => r.EndedAt).Max();
            if (age is not { } known || known > maxNightAge)
            {
                return HealthCheckResult.Unhealthy(age is null
                    ? "No night came to its end."
                    : string.Create(CultureInfo.InvariantCulture, $"The last night ended {age.Value.TotalHours:F0} hours ago."));
            }

            await using var session = await Databases.Of(council.Settings, council.Data).OpenAsync(cancellationToken);
            return (await OperatorNeeds.ReadAsync(session, clock.GetUtcNow(), cancellationToken)).Any
                ? HealthCheckResult.Degraded("Something needs an operator: see cpis status.")
                : HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is StorageException or DbException or IOException or UnauthorizedAccessException)
        {
            return HealthCheckResult.Unhealthy(e is StorageSetupException ? "The database is missing or not current." : SafeExceptionText.Summary(e));
        }
    }
}
