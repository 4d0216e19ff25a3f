using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>explain</c> was asked to do: one of the two is set.</summary>
/// <param name="NhsNumberFile">A file that holds the number, so that none stands on a command line.</param>
internal sealed record ExplainOptions(string? Person, string? NhsNumberFile);

/// <summary>The command <c>explain</c>.</summary>
internal static class ExplainCommand
{
    public static Command Create(CommandRunner runner)
    {
        var person = OptionParsing.Text("--person", "ID", "Person id in the care database");
        var numberFile = OptionParsing.Text("--nhs-number-file", "FILE", "File that holds the person's NHS number, so that no number stands on a command line");
        var command = new Command("explain", "Say why a person is, or is not, on CP-IS: every rule applied, the decision, ledger, files and accesses.") { person, numberFile };
        return runner.Bind(
            command,
            ["explain --person P1001", "explain --nhs-number-file number.txt --json"],
            parse =>
            {
                var options = new ExplainOptions(OptionParsing.Id(parse, person), runner.ExistingFile(numberFile, parse));
                return options.Person is null != options.NhsNumberFile is null
                    ? options
                    : throw new UsageException("explain takes one of --person and --nhs-number-file.");
            },
            ExplainHandler.RunAsync);
    }
}
