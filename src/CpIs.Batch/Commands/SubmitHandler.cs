namespace CpIs.Batch.Commands;

/// <summary>The work of <c>submit</c>.</summary>
internal static class SubmitHandler
{
    public static Task<int> RunAsync(CommandContext context, SubmitOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("submit");
}
