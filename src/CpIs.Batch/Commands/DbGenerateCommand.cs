using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>db generate</c> was asked to do.</summary>
/// <param name="Children">How many children, born and unborn; mothers and workers come on top.</param>
/// <param name="Seed">The same seed, number and business date give the same files.</param>
/// <param name="Out">Folder for the files: not there yet, empty, or with such files of an earlier time, which are replaced.</param>
/// <param name="BadRows">Rows that cannot be read, added on top (rule S16).</param>
internal sealed record DbGenerateOptions(int Children, int Seed, string Out, int BadRows);

/// <summary>The command <c>db generate</c>.</summary>
internal static class DbGenerateCommand
{
    public static Command Create(CommandRunner runner)
    {
        var children = OptionParsing.Number("--children", "How many children, born and unborn", 1, 5_000_000).Needed();
        var seed = OptionParsing.Number("--seed", "The same seed, number and business date give the same files", 0, int.MaxValue).Needed();
        var target = OptionParsing.Text("--out", "DIR", "Folder for the four CSV files and manifest.json").Needed();
        var badRows = OptionParsing.Number("--bad-rows", "Add this many rows that cannot be read (default: none)", 0, 1_000_000);
        var command = new Command("generate", "Write synthetic care data as CSV files, deterministic, in a realistic mix.") { children, seed, target, badRows };
        return runner.Bind(
            command,
            ["db generate --children 2000 --seed 7 --out ./synthetic --as-of 2026-03-10"],
            parse => new DbGenerateOptions(
                (int)parse.GetValue(children)!.Value,
                (int)parse.GetValue(seed)!.Value,
                runner.PathOf(parse.GetValue(target)) ?? throw new UsageException("--out takes a folder."),
                (int)(parse.GetValue(badRows) ?? 0)),
            DbGenerateHandler.RunAsync,
            usesData: _ => false);
    }
}
