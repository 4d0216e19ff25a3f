using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>ingest-access</c> was asked to do.</summary>
/// <param name="In">A file or folder to read instead of the transport, never changed; null = the transport.</param>
/// <param name="Replay">The id of a stored or quarantined message to apply again, or null.</param>
internal sealed record IngestAccessOptions(string? In, long? Replay = null);

/// <summary>The command <c>ingest-access</c>.</summary>
internal static class IngestAccessCommand
{
    public static Command Create(CommandRunner runner)
    {
        var source = OptionParsing.Text("--in", "FILE|DIR", "Read these files instead of what waits at the transport (a folder with all below it)");
        var replay = OptionParsing.Number("--replay", "Apply a stored or quarantined message again, by its id (see cpis status and the quarantine folder)", 1, long.MaxValue);
        var command = new Command(
            "ingest-access",
            "Collect every inbound message (acknowledgements, inactive NHS numbers, accesses, transport reports), store it, then apply it.")
        {
            source,
            replay,
        };
        return runner.Bind(
            command,
            ["ingest-access", "ingest-access --in samples/inbound", "ingest-access --replay 42"],
            parse =>
            {
                var options = new IngestAccessOptions(runner.ExistingPath(source, parse), parse.GetValue(replay));
                return options.In is null || options.Replay is null ? options : throw new UsageException("ingest-access takes one of --in and --replay.");
            },
            IngestAccessHandler.RunAsync);
    }
}
