using System.CommandLine;
using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;

namespace CpIs.Batch.Schedule;

/// <summary>What is to run when, for whom: the job files and the councils, checked together.</summary>
internal sealed record Plan(string JobsFolder, IReadOnlyList<ScheduledJob> Jobs, IReadOnlyList<Council> Councils)
{
    /// <summary>Every enabled job with every council that it is for.</summary>
    public IEnumerable<(ScheduledJob Job, Council Council)> Pairs() =>
        from job in Jobs
        where job.Enabled
        from council in Councils
        where job.IsFor(council)
        select (job, council);

    /// <param name="jobsFolder">The folder given on the command line, or null for the configured one.</param>
    /// <param name="root">The program's own commands, that jobs are checked against.</param>
    /// <exception cref="SettingsException">Something is wrong; every problem of every file is told.</exception>
    public static Plan Read(CommandContext context, string? jobsFolder, Command root)
    {
        var problems = new List<string>();
        var councils = Schedule.Councils.Read(context, problems);
        var folder = jobsFolder ?? Schedule.Councils.FromConfig(context, context.Settings.Schedule.JobsFolder);
        var jobs = new JobFiles(root, problems).Read(folder);
        foreach (var job in jobs)
        {
            foreach (var unknown in (job.Councils ?? []).Where(c => !councils.Any(known => known.Name.Equals(c, StringComparison.OrdinalIgnoreCase))))
            {
                var near = Nearest.To(unknown, councils.Select(c => c.Name));
                problems.Add($"{job.File}: Councils: there is no council {unknown}{(near is null ? string.Empty : $"; did you mean {near}?")}.");
            }
        }

        return problems.Count == 0 ? new Plan(folder, jobs, councils) : throw new SettingsException(problems);
    }
}
