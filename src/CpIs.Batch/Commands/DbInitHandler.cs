namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db init</c>.</summary>
internal static class DbInitHandler
{
    public static Task<int> RunAsync(CommandContext context, DbInitOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("db init");
}
