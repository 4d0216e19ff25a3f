using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>reconcile</c> was asked to do.</summary>
/// <param name="Out">Folder for the findings as CSV, or null.</param>
internal sealed record ReconcileOptions(string? Out);

/// <summary>The command <c>reconcile</c>.</summary>
internal static class ReconcileCommand
{
    public static Command Create(CommandRunner runner)
    {
        var target = OptionParsing.Text("--out", "DIR", "Write the findings as CSV into this folder");
        var command = new Command("reconcile", "Check ledger, source, files, alerts and the NHS number match rate against each other, and keep the standing alerts.") { target };
        return runner.Bind(
            command,
            ["reconcile --out ./findings"],
            parse => new ReconcileOptions(runner.PathOf(parse.GetValue(target))),
            ReconcileHandler.RunAsync);
    }
}
