namespace CpIs.Batch.Commands;

/// <summary>The work of <c>ingest-access</c>.</summary>
internal static class IngestAccessHandler
{
    public static Task<int> RunAsync(CommandContext context, IngestAccessOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("ingest-access");
}
