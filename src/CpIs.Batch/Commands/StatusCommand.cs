using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>status</c> was asked to do.</summary>
internal sealed record StatusOptions;

/// <summary>The command <c>status</c>.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandRunner runner)
    {
        var command = new Command("status", "Show the last runs, due and unanswered files, the match rate, the oldest unsent change and open alerts; exit code 5 when something needs an operator.");
        return runner.Bind(command, ["status", "status --json"], _ => new StatusOptions(), StatusHandler.RunAsync);
    }
}
