using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>submit</c> was asked to do.</summary>
internal sealed record SubmitOptions;

/// <summary>The command <c>submit</c>.</summary>
internal static class SubmitCommand
{
    public static Command Create(CommandRunner runner)
    {
        var command = new Command("submit", "Send every due payload file through the transport, and record what the transport answered.");
        return runner.Bind(command, ["submit --data /var/lib/cpis"], _ => new SubmitOptions(), SubmitHandler.RunAsync);
    }
}
