namespace CpIs.Batch.Commands;

/// <summary>The work of <c>nightly</c>.</summary>
internal static class NightlyHandler
{
    public static Task<int> RunAsync(CommandContext context, NightlyOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("nightly");
}
