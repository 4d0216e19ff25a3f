namespace CpIs.Batch.Commands;

/// <summary>The work of <c>demo</c>.</summary>
internal static class DemoHandler
{
    public static Task<int> RunAsync(CommandContext context, DemoOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("demo");
}
