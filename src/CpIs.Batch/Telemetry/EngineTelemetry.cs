using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using CpIs.Batch.Schedule;
using CpIs.Batch.Steps;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Telemetry;

/// <summary>
/// What the engine measures of itself. Tags are codes of ours (decision, reason, alert type, step, command, job, council's file name):
/// never anything of a person. Without a listener a measurement costs next to nothing.
/// </summary>
internal static class EngineTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "CpIs.Batch";

    private static readonly Meter s_meter = new(Name);
    private static readonly ActivitySource s_source = new(Name);
    private static readonly Counter<long> s_records = s_meter.CreateCounter<long>("cpis.records", "{record}", "Records considered, by decision");
    private static readonly Counter<long> s_withheld = s_meter.CreateCounter<long>("cpis.records.withheld", "{record}", "Records withheld, by reason");
    private static readonly Counter<long> s_alerts = s_meter.CreateCounter<long>("cpis.alerts", "{alert}", "Alerts raised, by type");
    private static readonly Histogram<double> s_steps = s_meter.CreateHistogram<double>("cpis.step.duration", "s", "How long a step took");
    private static readonly Histogram<double> s_runs = s_meter.CreateHistogram<double>("cpis.run.duration", "s", "How long a run took");
    private static readonly Histogram<double> s_jobs = s_meter.CreateHistogram<double>("cpis.job.duration", "s", "How long a scheduled job took");
    private static readonly Gauge<double> s_oldestUnsent = s_meter.CreateGauge<double>("cpis.change.oldest_unsent", "s", "Age of the oldest change that CP-IS has not been told; 0 when there is none");
    private static readonly Gauge<double> s_matchRate = s_meter.CreateGauge<double>("cpis.match_rate", "1", "Part of the people in scope with a usable NHS number");
    private static readonly Gauge<long> s_unanswered = s_meter.CreateGauge<long>("cpis.files.unanswered", "{file}", "Files sent and not answered");
    private static readonly Gauge<long> s_due = s_meter.CreateGauge<long>("cpis.files.due", "{file}", "Files that wait to be sent");

    /// <summary>Begins the trace of a run, below the scheduler's if it was started by one.</summary>
    /// <param name="parent">A W3C traceparent, or null.</param>
    public static Activity? StartRun(string command, string runId, string? parent)
    {
        var context = ActivityContext.TryParse(parent, null, isRemote: true, out var given) ? given : default;
        return s_source.StartActivity(ActivityKind.Internal, context, [new("cpis.command", command), new("cpis.run_id", runId)], name: $"cpis {command}");
    }

    /// <param name="exitCode">Null when the run ended before it had one.</param>
    public static void RunEnded(Activity? activity, string command, int? exitCode, TimeSpan took)
    {
        var code = exitCode?.ToString(CultureInfo.InvariantCulture) ?? "none";
        s_runs.Record(took.TotalSeconds, new("cpis.command", command), new("cpis.exit_code", code));
        End(activity, code, exitCode is Commands.ExitCodes.Done or Commands.ExitCodes.NeedsOperator);
    }

    public static Activity? StartStep(string step) => s_source.StartActivity(ActivityKind.Internal, tags: [new("cpis.step", step)], name: step);

    public static void StepEnded(Activity? activity, string step, RunStatus status, StepCounts counts, TimeSpan took)
    {
        s_steps.Record(took.TotalSeconds, new("cpis.step", step), new("cpis.status", Text(status)));
        activity?.SetTag("cpis.read", counts.Read).SetTag("cpis.written", counts.Written).SetTag("cpis.withheld", counts.Withheld).SetTag("cpis.skipped", counts.Skipped);
        End(activity, Text(status), status == RunStatus.Done);
    }

    public static Activity? StartJob(string job, string council) =>
        s_source.StartActivity(ActivityKind.Internal, tags: [new("cpis.job", job), new("cpis.council", council)], name: $"job {job}");

    public static void JobEnded(Activity? activity, string job, string council, JobOutcome outcome)
    {
        var code = outcome.ExitCode.ToString(CultureInfo.InvariantCulture);
        s_jobs.Record(outcome.Took.TotalSeconds, new("cpis.job", job), new("cpis.council", council), new("cpis.exit_code", code), new("cpis.timed_out", outcome.TimedOut));
        End(activity, code, outcome.ExitCode is Commands.ExitCodes.Done or Commands.ExitCodes.NeedsOperator);
    }

    /// <summary>Measures a run as it ends: what it decided and raised, and what is open. A failure to measure is no failure of the run.</summary>
    public static async Task MeasureAsync(CouncilRun run, ILogger log)
    {
        if (!s_records.Enabled && !s_unanswered.Enabled)
        {
            return;
        }

        try
        {
            await MeasureCountsAsync(run);
            await MeasureFilesAsync(run);
        }
#pragma warning disable CA1031 // The run is done; whether it can be measured must not change how it ended.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.LogInformation("Run {RunId} could not be measured ({Error})", run.RunId, e.GetType().Name);
        }
    }

    private static async Task MeasureCountsAsync(CouncilRun run)
    {
        foreach (var count in await OwnAsync(run, "decision"))
        {
            s_records.Add(count.Number, new KeyValuePair<string, object?>("cpis.decision", count.Item));
        }

        foreach (var count in await OwnAsync(run, "withheld"))
        {
            s_withheld.Add(count.Number, new KeyValuePair<string, object?>("cpis.reason", count.Item));
        }

        foreach (var alert in await new AlertStore(run.Session).RaisedByAsync(run.RunId, CancellationToken.None))
        {
            s_alerts.Add(alert.Number, new KeyValuePair<string, object?>("cpis.alert_type", alert.Type.Code));
        }

        var people = (await OwnAsync(run, "match-rate")).ToDictionary(c => c.Item, c => c.Number, StringComparer.Ordinal);
        if (people.GetValueOrDefault("in-scope") is var inScope and > 0)
        {
            s_matchRate.Record((double)people.GetValueOrDefault("matched") / inScope);
        }
    }

    private static async Task MeasureFilesAsync(CouncilRun run)
    {
        var files = new FileStore(run.Session);
        var oldest = await files.OldestUntoldChangeAsync(CancellationToken.None);
        s_oldestUnsent.Record(oldest is { } since ? Math.Max(0, (run.Now - since).TotalSeconds) : 0);
        s_unanswered.Record((await files.UnansweredAsync(run.Now, CancellationToken.None)).Count);
        s_due.Record((await files.DueAsync(CancellationToken.None)).Count);
    }

    private static async Task<IEnumerable<StoredCount>> OwnAsync(CouncilRun run, string kind) =>
        (await run.Runs.CountsAsync(kind, run.Context.BusinessDate, CancellationToken.None)).Where(c => c.RunId == run.RunId);

    private static void End(Activity? activity, string outcome, bool isGood)
    {
        activity?.SetTag("cpis.outcome", outcome).SetStatus(isGood ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
        activity?.Dispose();
    }

    private static string Text(RunStatus status) => status switch
    {
        RunStatus.Done => "done",
        RunStatus.Failed => "failed",
        RunStatus.Interrupted => "interrupted",
        RunStatus.Abandoned => "abandoned",
        _ => "running",
    };
}
