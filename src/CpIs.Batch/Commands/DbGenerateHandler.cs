namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db generate</c>.</summary>
internal static class DbGenerateHandler
{
    public static Task<int> RunAsync(CommandContext context, DbGenerateOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("db generate");
}
