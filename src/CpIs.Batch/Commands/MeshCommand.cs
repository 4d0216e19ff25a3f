using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>mesh check</c> was asked to do.</summary>
internal sealed record MeshCheckOptions;

/// <summary>The command <c>mesh</c> with its subcommand.</summary>
internal static class MeshCommand
{
    public static Command Create(CommandRunner runner) => new("mesh", "Look after the connection to MESH.")
    {
        runner.Bind(
            new Command("check", "Check handshake, clock, certificates, mailboxes and workflow ids of the MESH API; sends and acknowledges nothing."),
            ["mesh check --config /etc/cpis/cpis.json"],
            _ => new MeshCheckOptions(),
            MeshCheckHandler.RunAsync),
    };
}
