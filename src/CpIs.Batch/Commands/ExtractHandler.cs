namespace CpIs.Batch.Commands;

/// <summary>The work of <c>extract</c>.</summary>
internal static class ExtractHandler
{
    public static Task<int> RunAsync(CommandContext context, ExtractOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("extract");
}
