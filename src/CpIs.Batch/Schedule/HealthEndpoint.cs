using System.Text.Json;
using CpIs.Batch.Commands;
using CpIs.Batch.Output;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Quartz;

namespace CpIs.Batch.Schedule;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: the scheduler runs and every council is in order; 503 when not, 200
/// with the status <c>degraded</c> when something needs an operator. The answers hold no personal data.
/// </summary>
internal static class HealthEndpoint
{
    /// <summary>So long an answer is given again before databases are asked anew: a probe must not be able to keep them busy.</summary>
    private static readonly TimeSpan s_keep = TimeSpan.FromSeconds(10);

    public static void Add(IServiceCollection services, CommandContext context, Plan plan)
    {
        var clock = context.Environment.MachineClock;
        var maxAge = TimeSpan.FromHours(context.Settings.Schedule.Health.MaxNightHours);
        var checks = services.AddHealthChecks().AddQuartz(o => o.Name = "scheduler");
        foreach (var council in plan.Councils)
        {
            checks.Add(new HealthCheckRegistration(
                $"council {council.Name}", _ => new CouncilHealth(council, maxAge, clock), HealthStatus.Unhealthy, tags: null, timeout: TimeSpan.FromSeconds(30)));
        }

        services.AddSingleton(provider => new ReadyReport(provider.GetRequiredService<HealthCheckService>(), clock, s_keep));
    }

    public static void Map(WebApplication app)
    {
        app.UseRouting();
        app.MapGet("/health/live", (HttpContext http) => WriteAsync(http, StatusCodes.Status200OK, new { Status = "healthy" }));
        app.MapGet("/health/ready", async (HttpContext http) =>
        {
            var report = await http.RequestServices.GetRequiredService<ReadyReport>().ReadAsync(http.RequestAborted);
            await WriteAsync(http, report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK, new
            {
                Status = Text(report.Status),
                Checks = report.Entries.Select(e => new { Name = e.Key, Status = Text(e.Value.Status), e.Value.Description }).ToList(),
            });
        });
    }

    private static Task WriteAsync<T>(HttpContext http, int status, T body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync(JsonSerializer.Serialize(body, CommandOutput.Json), http.RequestAborted);
    }

    private static string Text(HealthStatus status) => status.ToString().ToLowerInvariant();
}

/// <summary>The last answer about readiness, asked for anew when it is too old.</summary>
internal sealed class ReadyReport(HealthCheckService checks, TimeProvider clock, TimeSpan keep) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private (HealthReport Report, long At)? _last;

    public async Task<HealthReport> ReadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_last is not { } last || clock.GetElapsedTime(last.At) > keep)
            {
                _last = last = (await checks.CheckHealthAsync(cancellationToken), clock.GetTimestamp());
            }

            return last.Report;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
