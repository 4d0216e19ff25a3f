using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using CpIs.Batch.Logging;
using CpIs.Batch.Schedule;
using CpIs.Batch.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;
using Quartz.Diagnostics;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>schedule</c>.</summary>
internal static class ScheduleHandler
{
    private const int TimesShown = 3;

    public static async Task<int> RunAsync(CommandContext context, ScheduleOptions options, CancellationToken cancellationToken)
    {
        if (context.AsOfGiven)
        {
            throw new UsageException("--as-of cannot be used with schedule: its jobs run on the day they run.");
        }

        var plan = Plan.Read(context, options.Jobs, options.Root);
        if (options.List)
        {
            List(context, plan);
            return ExitCodes.Done;
        }

        using var alone = TakeLock(context);
        if (alone is null && !context.Settings.Schedule.Store.IsClustered)
        {
            context.Output.Failure("Another scheduler is at work on this data folder.", ExitCodes.Locked);
            return ExitCodes.Locked;
        }

        using var telemetry = TelemetryExport.Start(context, QuartzInstrumentation.MeterName);
        using var host = SchedulerHost.Create(context, plan);
        await StartAsync(host, cancellationToken);
        var pairs = plan.Pairs().ToList();
        var log = context.Log("schedule");
        log.LogInformation("The scheduler runs: {Jobs} jobs for {Councils} councils", plan.Jobs.Count(j => j.Enabled), plan.Councils.Count);
        context.Output.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Jobs.Count(j => j.Enabled)} jobs for {plan.Councils.Count} councils. {Next(context, pairs)} Stop with Ctrl-C."));
        await host.WaitForShutdownAsync(cancellationToken);
        log.LogInformation("The scheduler stopped");
        cancellationToken.ThrowIfCancellationRequested();
        throw new CannotFinishException("The scheduler ended by itself; the log file says why.");
    }

    /// <summary>
    /// A schedule that is not made for several nodes has one: a second scheduler on the same data folder would run every job twice. The
    /// operating system frees the lock when the process dies.
    /// </summary>
    /// <returns>Null when another process holds it, or when several nodes may share the schedule.</returns>
    private static FileStream? TakeLock(CommandContext context)
    {
        if (context.Settings.Schedule.Store.IsClustered)
        {
            return null;
        }

        try
        {
            return new FileStream(context.Data.Resolve("schedule.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task StartAsync(IHost host, CancellationToken cancellationToken)
    {
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is SchedulerException or DbException or SocketException)
        {
            throw new CannotFinishException($"The schedule's store cannot be used (Schedule:Store): {SafeExceptionText.Summary(CauseOf(e))}", e);
        }
        catch (IOException e)
        {
            throw new CannotFinishException($"The health endpoint cannot be opened (Schedule:Health:Port): {SafeExceptionText.Summary(e)}", e);
        }
    }

    /// <summary>The database's own failure, if that is behind it.</summary>
    private static Exception CauseOf(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is DbException)
            {
                return e;
            }
        }

        return exception.InnerException ?? exception;
    }

    private static string Next(CommandContext context, List<(ScheduledJob Job, Council Council)> pairs)
    {
        var now = context.Environment.MachineClock.GetUtcNow();
        var next = pairs.Select(p => p.Job).Distinct().SelectMany(j => j.TimesAfter(now).Take(1).Select(time => (j.Name, Time: time))).OrderBy(n => n.Time).FirstOrDefault();
        return next.Name is null ? "Nothing is due." : string.Create(CultureInfo.InvariantCulture, $"Next: {next.Name} at {next.Time:yyyy-MM-dd HH:mm:ss zzz}.");
    }

    private static void List(CommandContext context, Plan plan)
    {
        var now = context.Environment.MachineClock.GetUtcNow();
        var jobs = plan.Jobs.Select(job => new
        {
            job.Name,
            Command = string.Join(' ', job.Words),
            job.Enabled,
            Cron = job.Cron.CronExpressionString,
            TimeZone = job.Cron.TimeZone.Id,
            MisfirePolicy = job.Missed == MissedPolicy.RunOnce ? "run-once" : "skip",
            Councils = plan.Councils.Where(job.IsFor).Select(c => c.Name).ToList(),
            Next = job.Enabled ? job.TimesAfter(now).Take(TimesShown).ToList() : [],
        }).ToList();
        context.Output.Result(new { plan.JobsFolder, Jobs = jobs }, console =>
        {
            var table = new Table().AddColumns("job", "command", "councils", "if missed", "next times");
            foreach (var job in jobs)
            {
                table.AddRow(
                    Markup.Escape(job.Name), Markup.Escape(job.Command),
                    job.Councils.Count.ToString(CultureInfo.InvariantCulture),
                    job.MisfirePolicy,
                    job.Enabled ? string.Join('\n', job.Next.Select(t => t.ToString("ddd yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture))) : "off");
            }

            console.Write(table);
            console.WriteLine($"Councils: {string.Join(", ", plan.Councils.Select(c => c.Name))}");
        });
    }
}
