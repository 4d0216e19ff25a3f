namespace CpIs.Batch.Commands;

/// <summary>The work of <c>status</c>.</summary>
internal static class StatusHandler
{
    public static Task<int> RunAsync(CommandContext context, StatusOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("status");
}
