using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>extract</c> was asked to do.</summary>
/// <param name="Out">The extract folder to write; null = that of a new run.</param>
internal sealed record ExtractOptions(PeopleRange People, string? Out);

/// <summary>The command <c>extract</c>.</summary>
internal static class ExtractCommand
{
    public static Command Create(CommandRunner runner)
    {
        var people = new PeopleOptions();
        var target = OptionParsing.Text("--out", "DIR", "Extract folder to write (default: that of a new run in the data folder)");
        var command = new Command("extract", "Read everyone in scope from the care database into an extract folder.") { target };
        people.AddTo(command);
        return runner.Bind(
            command,
            ["extract --out ./extract", "extract --from 2026-03-01 --to 2026-03-09"],
            parse => new ExtractOptions(people.Read(parse), runner.PathOf(parse.GetValue(target))),
            ExtractHandler.RunAsync);
    }
}
