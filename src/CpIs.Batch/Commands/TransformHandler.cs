namespace CpIs.Batch.Commands;

/// <summary>The work of <c>transform</c>.</summary>
internal static class TransformHandler
{
    public static Task<int> RunAsync(CommandContext context, TransformOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("transform");
}
