namespace CpIs.Batch.Commands;

/// <summary>The work of <c>report</c>.</summary>
internal static class ReportHandler
{
    public static Task<int> RunAsync(CommandContext context, ReportOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("report");
}
