namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db check</c>.</summary>
internal static class DbCheckHandler
{
    public static Task<int> RunAsync(CommandContext context, DbCheckOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("db check");
}
