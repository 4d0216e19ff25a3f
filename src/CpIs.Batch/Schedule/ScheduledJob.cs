using Quartz;

namespace CpIs.Batch.Schedule;

/// <summary>What becomes of a job whose time passed while it could not run.</summary>
internal enum MissedPolicy
{
    /// <summary>It runs once as soon as it can, however often it was missed.</summary>
    RunOnce,

    /// <summary>It waits for its next time.</summary>
    Skip,
}

/// <summary>A job as its file describes it, checked.</summary>
/// <param name="File">The file's name, without its folder.</param>
/// <param name="Cron">When it runs, with its time zone.</param>
/// <param name="Words">Command and options, without those that the scheduler adds.</param>
/// <param name="CommandName">The command alone, as runs record it.</param>
/// <param name="Councils">The councils that it runs for, by name; null = all.</param>
/// <param name="Timeout">A run that takes longer is asked to stop.</param>
/// <param name="Retries">How often a run that could not finish (exit code 3) is tried again before the next time comes.</param>
internal sealed record ScheduledJob(
    string File,
    string Name,
    CronExpression Cron,
    IReadOnlyList<string> Words,
    string CommandName,
    IReadOnlyList<string>? Councils,
    MissedPolicy Missed,
    TimeSpan Timeout,
    int Retries,
    TimeSpan RetryDelay,
    bool Enabled)
{
    /// <summary>Whether it runs for a council.</summary>
    public bool IsFor(Council council) => Councils?.Contains(council.Name, StringComparer.OrdinalIgnoreCase) != false;

    /// <summary>The next times after an instant; fewer when there are no more.</summary>
    public IEnumerable<DateTimeOffset> TimesAfter(DateTimeOffset instant)
    {
        for (var next = Cron.GetNextValidTimeAfter(instant); next is { } time; next = Cron.GetNextValidTimeAfter(time))
        {
            yield return TimeZoneInfo.ConvertTime(time, Cron.TimeZone);
        }
    }

    /// <summary>The last time at or before an instant, looked for in the days before it; null when there was none.</summary>
    public DateTimeOffset? LastTimeBy(DateTimeOffset instant, TimeSpan lookBack)
    {
        DateTimeOffset? last = null;
        foreach (var time in TimesAfter(instant - lookBack).TakeWhile(t => t <= instant))
        {
            last = time;
        }

        return last;
    }
}
