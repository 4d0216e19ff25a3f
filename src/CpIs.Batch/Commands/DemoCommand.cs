using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>demo</c> was asked to do.</summary>
internal sealed record DemoOptions;

/// <summary>The command <c>demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create(CommandRunner runner)
    {
        var command = new Command("demo", "Set up the sample council in a fresh folder, run two nights against a stand-in CP-IS, and show what happened.");
        return runner.Bind(command, ["demo"], _ => new DemoOptions(), DemoHandler.RunAsync);
    }
}
