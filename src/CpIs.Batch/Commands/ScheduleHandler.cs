namespace CpIs.Batch.Commands;

/// <summary>The work of <c>schedule</c>.</summary>
internal static class ScheduleHandler
{
    public static Task<int> RunAsync(CommandContext context, ScheduleOptions options, CancellationToken cancellationToken) =>
        NotThereYet.Answer("schedule");
}
