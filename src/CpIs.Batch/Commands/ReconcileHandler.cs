namespace CpIs.Batch.Commands;

/// <summary>The work of <c>reconcile</c>.</summary>
internal static class ReconcileHandler
{
    public static Task<int> RunAsync(CommandContext context, ReconcileOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("reconcile");
}
