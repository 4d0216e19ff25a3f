using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>purge</c> was asked to do.</summary>
/// <param name="DryRun">Only show what would be removed.</param>
internal sealed record PurgeOptions(bool DryRun);

/// <summary>The command <c>purge</c>.</summary>
internal static class PurgeCommand
{
    public static Command Create(CommandRunner runner)
    {
        var dryRun = OptionParsing.Flag("--dry-run", "Show what would be removed and remove nothing");
        var command = new Command(
            "purge",
            "Remove run folders and payload files that are older than Retention:RunDays and Retention:PayloadDays. Nothing goes that is due, unanswered or not in the archive; "
            + "the archive itself stays. Safe to repeat.")
        {
            dryRun,
        };
        return runner.Bind(command, ["purge --dry-run", "purge --json"], parse => new PurgeOptions(parse.GetValue(dryRun)), PurgeHandler.RunAsync);
    }
}
