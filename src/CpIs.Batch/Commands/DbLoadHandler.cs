namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db load</c>.</summary>
internal static class DbLoadHandler
{
    public static Task<int> RunAsync(CommandContext context, DbLoadOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("db load");
}
