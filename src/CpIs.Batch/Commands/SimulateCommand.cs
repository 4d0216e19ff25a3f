using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>simulate</c> was asked to do, besides answering the uploads that wait.</summary>
/// <param name="Accesses">Access notifications to make, of people whom the stand-in holds.</param>
/// <param name="Inactive">Inactive NHS number notifications to make.</param>
/// <param name="Seed">Whom they concern follows from it.</param>
internal sealed record SimulateOptions(int Accesses, int Inactive, int Seed);

/// <summary>The command <c>simulate</c>.</summary>
internal static class SimulateCommand
{
    public static Command Create(CommandRunner runner)
    {
        var accesses = OptionParsing.Number("--accesses", "Make this many accesses of people whom it holds", 0, 100_000);
        var inactive = OptionParsing.Number("--inactive", "Report this many NHS numbers as inactive", 0, 100_000);
        var seed = OptionParsing.Number("--seed", "Whom accesses and inactive numbers concern follows from it (default: 1)", 0, int.MaxValue);
        var command = new Command("simulate", "Stand in for CP-IS behind the folder transport: take uploads, answer them, and make notifications on request.") { accesses, inactive, seed };
        return runner.Bind(
            command,
            ["simulate", "simulate --accesses 5 --inactive 1"],
            parse => new SimulateOptions((int)(parse.GetValue(accesses) ?? 0), (int)(parse.GetValue(inactive) ?? 0), (int)(parse.GetValue(seed) ?? 1)),
            SimulateHandler.RunAsync);
    }
}
