using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>schedule</c> was asked to do.</summary>
/// <param name="Jobs">The folder with the job files; null = the configured one.</param>
/// <param name="List">Show what would run when, and leave.</param>
/// <param name="Root">The program's commands, that job files are checked against.</param>
internal sealed record ScheduleOptions(string? Jobs, bool List, Command Root);

/// <summary>The command <c>schedule</c>.</summary>
internal static class ScheduleCommand
{
    public static Command Create(CommandRunner runner)
    {
        var jobs = OptionParsing.Text("--jobs", "DIR", "Folder with the job files (default: Schedule:JobsFolder, jobs beside the configuration file)");
        var list = OptionParsing.Flag("--list", "Check the job files, show what runs when and for which council, and leave");
        var command = new Command("schedule", "Stay in the foreground and run the jobs of the jobs folder until stopped.") { jobs, list };
        return runner.Bind(
            command,
            ["schedule --list", "schedule --config /etc/cpis/cpis.json --data /var/lib/cpis"],
            parse => new ScheduleOptions(runner.ExistingFolder(jobs, parse), parse.GetValue(list), parse.RootCommandResult.Command),
            ScheduleHandler.RunAsync,
            usesData: options => !options.List);
    }
}
