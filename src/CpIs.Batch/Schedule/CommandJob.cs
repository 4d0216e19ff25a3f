using System.Globalization;
using System.Text.Json;
using CpIs.Batch.Commands;
using CpIs.Batch.Logging;
using CpIs.Batch.Telemetry;
using CpIs.Storage;
using Microsoft.Extensions.Logging;
using Quartz;

namespace CpIs.Batch.Schedule;

/// <summary>
/// What one job is for one council, as the schedule's store keeps it: texts only, and no secret, so that every node that shares the store
/// can run it.
/// </summary>
internal sealed record JobOrder(
    string Job, string Council, string? Config, string Data, IReadOnlyList<string> Words, string CommandName, MissedPolicy Missed, TimeSpan Timeout)
{
    private const string Key = "order";

    public static JobOrder Of(ScheduledJob job, Council council) => new(
        job.Name, council.Name, council.ConfigFile, council.Data.Root, job.Words, job.CommandName, job.Missed, job.Timeout);

    public static JobOrder Read(JobDataMap map) =>
        JsonSerializer.Deserialize<JobOrder>(map.GetString(Key)!) ?? throw new InvalidDataException("The schedule holds a job without an order.");

    public JobDataMap ToData() => new() { [Key] = JsonSerializer.Serialize(this) };

    /// <summary>The command line of the job's process, without the program's name.</summary>
    public IReadOnlyList<string> CommandLine() => [.. Words, .. Config is null ? Array.Empty<string>() : ["--config", Config], "--data", Data];
}

/// <summary>
/// A job: runs its command for its council as a process of its own, and says how that ended. That two jobs of one council never run
/// together is the schedule's doing; a run that somebody started by hand is waited for here.
/// </summary>
internal sealed class CommandJob(ScheduledRun run) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var order = JobOrder.Read(context.MergedJobDataMap);

        // Quartz takes any exception for a failure, and a cancelled one at a stop for a firing that is to be done again.
        if (!await run.RunAsync(order, context.Recovering, context.ScheduledFireTimeUtc ?? context.FireTimeUtc, cancellationToken))
        {
            throw new JobExecutionException($"{order.Job} of {order.Council} could not finish.");
        }
    }
}

/// <summary>One firing of a job.</summary>
/// <param name="workingFolder">The folder that the processes work in.</param>
internal sealed class ScheduledRun(ILoggerFactory logs, TimeProvider clock, JobProcess process, TelemetryVariables telemetry, string workingFolder)
{
    /// <summary>How long between two looks whether another run has let go of the council's database.</summary>
    private static readonly TimeSpan s_lockedWait = TimeSpan.FromSeconds(5);

    private readonly ILogger _log = logs.CreateLogger("schedule");

    /// <summary>Runs a job to its end.</summary>
    /// <param name="again">True when an earlier firing was broken off, so that it may be done already.</param>
    /// <param name="due">The time that this firing is for.</param>
    /// <returns>False when it could not finish and is worth another try.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<bool> RunAsync(JobOrder order, bool again, DateTimeOffset due, CancellationToken cancellationToken)
    {
        if (again && await IsDoneAsync(order, due, cancellationToken))
        {
            _log.LogInformation("{Job} of {Council} for {Due} is done already", order.Job, order.Council, due);
            return true;
        }

        var began = clock.GetTimestamp();
        while (true)
        {
            _log.LogInformation("{Job} of {Council} for {Due} begins", order.Job, order.Council, due);
            var outcome = await OnceAsync(order, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (outcome.ExitCode != ExitCodes.Locked || order.Missed == MissedPolicy.Skip || clock.GetElapsedTime(began) > order.Timeout)
            {
                return outcome.ExitCode != ExitCodes.CannotFinish && !outcome.Ended && !outcome.TimedOut;
            }

            await Task.Delay(s_lockedWait, clock, cancellationToken);
        }
    }

    private async Task<JobOutcome> OnceAsync(JobOrder order, CancellationToken cancellationToken)
    {
        using var activity = EngineTelemetry.StartJob(order.Job, order.Council);
        var outcome = await process.RunAsync(order.CommandLine(), workingFolder, telemetry.ForChild(activity), order.Timeout, cancellationToken);
        EngineTelemetry.JobEnded(activity, order.Job, order.Council, outcome);
        Tell(order, outcome, cancellationToken.IsCancellationRequested);
        return outcome;
    }

    private void Tell(JobOrder order, JobOutcome outcome, bool stopped)
    {
        var (level, what) = outcome switch
        {
            _ when stopped && outcome.Ended => (LogLevel.Warning, "did not stop in time and was ended"),
            _ when stopped => (LogLevel.Information, "was stopped; it is done again"),
            { Ended: true } => (LogLevel.Error, "took too long, did not stop and was ended"),
            { TimedOut: true } => (LogLevel.Error, "took too long and was stopped"),
            { ExitCode: ExitCodes.Done } => (LogLevel.Information, "done"),
            { ExitCode: ExitCodes.NeedsOperator } => (LogLevel.Warning, "done, and something needs an operator: see cpis status"),
            { ExitCode: ExitCodes.CannotFinish } => (LogLevel.Warning, "could not finish"),
            { ExitCode: ExitCodes.Locked } => (LogLevel.Information, "found another run at work"),
            { ExitCode: ExitCodes.Usage } => (LogLevel.Error, "cannot run: wrong usage or configuration"),
            _ => (LogLevel.Error, "ended unexpectedly"),
        };
        var words = outcome.ExitCode is ExitCodes.Done or ExitCodes.NeedsOperator || outcome.LastWords is null ? string.Empty : " " + outcome.LastWords;
        _log.Log(
            level, "{Job} of {Council}: {Outcome} (exit code {ExitCode}, {Seconds} s).{LastWords}",
            order.Job, order.Council, what, outcome.ExitCode, outcome.Took.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture), words);
    }

    private async Task<bool> IsDoneAsync(JobOrder order, DateTimeOffset due, CancellationToken cancellationToken)
    {
        try
        {
            var settings = Configuration.SettingsLoader.Load(order.Config, workingFolder, telemetry.Environment);
            var council = new Council(order.Council, order.Config, new DataFolder(order.Data), settings);
            return CouncilRuns.IsDone(await CouncilRuns.LatestAsync(council, order.CommandName, clock, cancellationToken), due);
        }
        catch (Exception e) when (e is StorageException or StorageSetupException or Configuration.SettingsException or System.Data.Common.DbException)
        {
            // The run itself will say what is wrong.
            _log.LogWarning("Whether {Job} of {Council} is done already cannot be seen: {Error}", order.Job, order.Council, SafeExceptionText.Summary(e));
            return false;
        }
    }
}
