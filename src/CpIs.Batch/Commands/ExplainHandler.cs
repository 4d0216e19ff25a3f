namespace CpIs.Batch.Commands;

/// <summary>The work of <c>explain</c>.</summary>
internal static class ExplainHandler
{
    public static Task<int> RunAsync(CommandContext context, ExplainOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("explain");
}
