namespace CpIs.Batch.Commands;

/// <summary>The work of <c>simulate</c>.</summary>
internal static class SimulateHandler
{
    public static Task<int> RunAsync(CommandContext context, SimulateOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("simulate");
}
