using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>db recover</c> was asked to do.</summary>
/// <param name="DryRun">Only show what would be done.</param>
internal sealed record DbRecoverOptions(bool DryRun);

/// <summary>The command <c>db recover</c>.</summary>
internal static class DbRecoverCommand
{
    public static Command Create(CommandRunner runner)
    {
        var dryRun = OptionParsing.Flag("--dry-run", "Show what would be done and change nothing");
        var command = new Command(
            "recover",
            "After a restore from an older backup: put back from the archive what was sent and received since, and move the file numbers past all that were used. "
            + "With --as-of also: take back a later business date that was a mistake. Safe to repeat.")
        {
            dryRun,
        };
        return runner.Bind(
            command,
            ["db recover --dry-run", "db recover", "db recover --as-of 2026-03-10"],
            parse => new DbRecoverOptions(parse.GetValue(dryRun)),
            DbRecoverHandler.RunAsync);
    }
}
