using System.Data.Common;
using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Batch.Logging;
using CpIs.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace CpIs.Batch.Schedule;

/// <summary>
/// Brings the schedule in line with the job files before anything fires. What is stored and unchanged is left alone, so that a time that
/// passed while nobody ran is still known; what is no longer in the files goes.
/// </summary>
internal sealed class Registrar(CommandContext context, Plan plan, ISchedulerFactory schedulers) : IHostedService
{
    /// <summary>How far back a missed time is looked for when the schedule is kept nowhere.</summary>
    private static readonly TimeSpan s_lookBack = TimeSpan.FromDays(8);

    private readonly ILogger _log = context.Log("schedule");

    private TimeProvider Clock => context.Environment.MachineClock;

    private bool IsStored => context.Settings.Schedule.Store.Kind != ScheduleStoreKind.Memory;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        var wanted = new HashSet<JobKey>();
        foreach (var (job, council) in plan.Pairs())
        {
            wanted.Add(await RegisterAsync(scheduler, job, council, cancellationToken));
        }

        await RemoveOthersAsync(scheduler, wanted, cancellationToken);
        if (!IsStored)
        {
            await MakeUpAsync(scheduler, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<JobKey> RegisterAsync(IScheduler scheduler, ScheduledJob job, Council council, CancellationToken cancellationToken)
    {
        var key = new JobKey(job.Name, council.Name);
        var detail = JobBuilder.Create<CommandJob>()
            .WithIdentity(key)
            .WithDescription(string.Join(' ', job.Words))
            .RequestRecovery(IsStored)
            .UsingJobData(JobOrder.Of(job, council).ToData())
            .Build();
        var trigger = TriggerOf(job, council, key);
        if (await scheduler.GetTrigger(trigger.Key, cancellationToken) is ICronTrigger stored && IsSame(stored, (ICronTrigger)trigger))
        {
            await scheduler.AddJob(detail, AddJobOptions.ReplacingAndStoringNonDurable, cancellationToken);
            await scheduler.ResetTriggerFromErrorState(trigger.Key, cancellationToken);
            return key;
        }

        await scheduler.ScheduleJob(detail, trigger, ScheduleJobOptions.Replacing, cancellationToken);
        return key;
    }

    private ITrigger TriggerOf(ScheduledJob job, Council council, JobKey key) => TriggerBuilder.Create(Clock)
        .WithIdentity(key.Name, key.Group)
        .ForJob(key)
        .StartAt(Clock.GetUtcNow())
        .WithExecutionGroup(SchedulerHost.CouncilGroup + council.Name)

        // At the same moment the night goes before what would only keep it waiting.
        .WithPriority(job.Missed == MissedPolicy.RunOnce ? TriggerPriority + 1 : TriggerPriority)
        .WithRetryPolicy(job.Retries > 0 ? RetryPolicy.Fixed(job.Retries, job.RetryDelay) : RetryPolicy.None)
        .WithCronSchedule(job.Cron, cron => cron.WithMisfireInstruction(
            job.Missed == MissedPolicy.RunOnce ? CronTriggerMisfireInstruction.FireAndProceed : CronTriggerMisfireInstruction.DoNothing))
        .Build();

    private const int TriggerPriority = 5;

    private static bool IsSame(ICronTrigger stored, ICronTrigger wanted) =>
        stored.CronExpressionString == wanted.CronExpressionString
        && stored.TimeZone.Id == wanted.TimeZone.Id
        && stored.MisfireInstruction == wanted.MisfireInstruction
        && stored.Priority == wanted.Priority
        && stored.ExecutionGroup == wanted.ExecutionGroup
        && Equals(stored.RetryPolicy, wanted.RetryPolicy);

    private async Task RemoveOthersAsync(IScheduler scheduler, HashSet<JobKey> wanted, CancellationToken cancellationToken)
    {
        var stored = await scheduler.QueryJobs(new JobQuery { Take = PagedQuery.All }, cancellationToken);
        var others = stored.Items.Select(j => j.Key).Where(k => !wanted.Contains(k)).ToList();
        if (others.Count > 0)
        {
            _log.LogWarning("No longer in the job files, and removed from the schedule: {Jobs}", string.Join(", ", others.Select(k => $"{k.Name} of {k.Group}")));
            await scheduler.DeleteJobs(others, cancellationToken);
        }
    }

    /// <summary>Runs what was missed, as far as the councils' databases tell.</summary>
    private async Task MakeUpAsync(IScheduler scheduler, CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        foreach (var (job, council) in plan.Pairs().Where(p => p.Job.Missed == MissedPolicy.RunOnce))
        {
            if (job.LastTimeBy(now, s_lookBack) is { } due && await IsMissedAsync(job, council, due, cancellationToken))
            {
                _log.LogWarning("{Job} of {Council} for {Due} was missed and runs now", job.Name, council.Name, due);
                var trigger = TriggerBuilder.Create(Clock)
                    .WithIdentity(job.Name, council.Name + " missed")
                    .ForJob(new JobKey(job.Name, council.Name))
                    .StartAt(now)
                    .WithExecutionGroup(SchedulerHost.CouncilGroup + council.Name)
                    .WithPriority(TriggerPriority + 1)
                    .WithRetryPolicy(job.Retries > 0 ? RetryPolicy.Fixed(job.Retries, job.RetryDelay) : RetryPolicy.None)
                    .WithSimpleSchedule(s => s.WithMisfireInstruction(SimpleTriggerMisfireInstruction.FireNow))
                    .Build();
                await scheduler.ScheduleJob(trigger, ScheduleJobOptions.Replacing, cancellationToken);
            }
        }
    }

    private async Task<bool> IsMissedAsync(ScheduledJob job, Council council, DateTimeOffset due, CancellationToken cancellationToken)
    {
        try
        {
            return CouncilRuns.IsMissed(await CouncilRuns.LatestAsync(council, job.CommandName, Clock, cancellationToken), due);
        }
        catch (Exception e) when (e is StorageException or DbException or IOException)
        {
            _log.LogWarning("Whether {Job} of {Council} was missed cannot be seen: {Error}", job.Name, council.Name, SafeExceptionText.Summary(e));
            return false;
        }
    }
}
