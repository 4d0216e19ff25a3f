using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>demo</c> was asked to do.</summary>
/// <param name="DataFolder">The folder of <c>--data</c>, in full; null = a new one below the system's temporary folder.</param>
internal sealed record DemoOptions(string? DataFolder);

/// <summary>The command <c>demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create(CommandRunner runner)
    {
        var command = new Command(
            "demo",
            "Set up the sample council in a fresh folder (--data, or a new one below the system's temporary folder), run two nights against a stand-in CP-IS, and show what happened.");
        return runner.Bind(
            command,
            ["demo", "demo --data ./demo"],
            parse => new DemoOptions(runner.PathOf(parse.GetValue<string?>("--data"))),
            DemoHandler.RunAsync,
            usesData: _ => false);
    }
}
