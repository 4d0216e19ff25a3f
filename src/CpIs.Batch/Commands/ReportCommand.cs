using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>report</c> was asked to do.</summary>
/// <param name="Out">The page to write.</param>
/// <param name="Identified">Show names and NHS numbers, which is recorded in the trail.</param>
internal sealed record ReportOptions(string Out, bool Identified);

/// <summary>The command <c>report</c>.</summary>
internal static class ReportCommand
{
    public static Command Create(CommandRunner runner)
    {
        var target = OptionParsing.Text("--out", "FILE.html", "The page to write").Needed();
        var identified = OptionParsing.Flag("--identified", "Show names and NHS numbers; this is recorded");
        var command = new Command("report", "Write the state of things as one self-contained page.") { target, identified };
        return runner.Bind(
            command,
            ["report --out morning.html", "report --out morning.html --identified"],
            parse => new ReportOptions(runner.PathOf(parse.GetValue(target)) ?? throw new UsageException("--out takes a file."), parse.GetValue(identified)),
            ReportHandler.RunAsync);
    }
}
