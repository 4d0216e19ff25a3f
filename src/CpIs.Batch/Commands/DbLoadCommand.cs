using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>db load</c> was asked to do.</summary>
/// <param name="From">The folder with the four CSV files.</param>
internal sealed record DbLoadOptions(string From);

/// <summary>The command <c>db load</c>.</summary>
internal static class DbLoadCommand
{
    public static Command Create(CommandRunner runner)
    {
        var source = OptionParsing.Text("--from", "DIR", "Folder with person.csv, plan.csv, legal_status.csv and worker.csv").Needed();
        var command = new Command("load", "Replace all rows of the embedded care tables with CSV files, in one transaction (SQLite only).") { source };
        return runner.Bind(
            command,
            ["db load --from samples/council"],
            parse => new DbLoadOptions(runner.ExistingFolder(source, parse)!),
            DbLoadHandler.RunAsync);
    }
}
