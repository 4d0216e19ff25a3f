using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>schedule</c> was asked to do.</summary>
internal sealed record ScheduleOptions;

/// <summary>The command <c>schedule</c>.</summary>
internal static class ScheduleCommand
{
    public static Command Create(CommandRunner runner)
    {
        var command = new Command("schedule", "Stay in the foreground and run the jobs of the jobs folder until stopped.");
        return runner.Bind(command, ["schedule --config /etc/cpis/cpis.json"], _ => new ScheduleOptions(), ScheduleHandler.RunAsync);
    }
}
