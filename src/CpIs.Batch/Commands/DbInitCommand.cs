using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>db init</c> was asked to do.</summary>
internal sealed record DbInitOptions;

/// <summary>The command <c>db init</c>.</summary>
internal static class DbInitCommand
{
    public static Command Create(CommandRunner runner)
    {
        var command = new Command("init", "Create or upgrade the engine's objects in the database; safe to repeat.");
        return runner.Bind(command, ["db init --data /var/lib/cpis"], _ => new DbInitOptions(), DbInitHandler.RunAsync);
    }
}
