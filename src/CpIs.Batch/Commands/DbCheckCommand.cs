using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>db check</c> was asked to do.</summary>
internal sealed record DbCheckOptions;

/// <summary>The command <c>db check</c>.</summary>
internal static class DbCheckCommand
{
    public static Command Create(CommandRunner runner)
    {
        var command = new Command("check", "Check that the source views are there with the columns needed, and that the rights are no wider than needed.");
        return runner.Bind(command, ["db check"], _ => new DbCheckOptions(), DbCheckHandler.RunAsync);
    }
}
