using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>ingest-access</c> was asked to do.</summary>
/// <param name="In">A file or folder to read instead of the transport, never changed; null = the transport.</param>
internal sealed record IngestAccessOptions(string? In);

/// <summary>The command <c>ingest-access</c>.</summary>
internal static class IngestAccessCommand
{
    public static Command Create(CommandRunner runner)
    {
        var source = OptionParsing.Text("--in", "FILE|DIR", "Read these files instead of what waits at the transport (a folder with all below it)");
        var command = new Command(
            "ingest-access",
            "Collect every inbound message (acknowledgements, inactive NHS numbers, accesses, transport reports), store it, then apply it.")
        {
            source,
        };
        return runner.Bind(
            command,
            ["ingest-access", "ingest-access --in samples/inbound"],
            parse => new IngestAccessOptions(runner.ExistingPath(source, parse)),
            IngestAccessHandler.RunAsync);
    }
}
