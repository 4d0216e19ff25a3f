using System.Globalization;
using CpIs.Batch.Recovery;
using CpIs.Batch.Steps;
using CpIs.Storage;
using CpIs.Storage.Runs;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The result of a purge.</summary>
/// <param name="RunFolders">Run folders that went as a whole.</param>
/// <param name="Files">Files that went out of other run folders.</param>
/// <param name="Kept">Payload files that are old and stay, because they are due, unanswered or not in the archive.</param>
/// <param name="Runs">The first of the run folders by name.</param>
internal sealed record PurgeSummary(bool DryRun, DateOnly AsOf, int RunFolders, int Files, long Bytes, int Kept, IReadOnlyList<string> Runs);

/// <summary>The work of <c>purge</c>.</summary>
internal static class PurgeHandler
{
    private const int Named = 500;

    public static async Task<int> RunAsync(CommandContext context, PurgeOptions options, CancellationToken cancellationToken)
    {
        if (options.DryRun)
        {
            var database = Databases.Of(context);
            await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
            await using var held = await RunLock.TakeAsync(database, "purge", context.Environment.MachineClock, cancellationToken);
            await using var session = await database.OpenAsync(cancellationToken);
            await BeyondLedger.RefuseAsync(context, session, withAnswers: true, cancellationToken);
            Write(context, await new RunFolders(context, session).FindOldAsync(context.Clock.GetUtcNow(), cancellationToken), isDryRun: true);
            return ExitCodes.Done;
        }

        await using var run = await CouncilRun.BeginAsync(context, "purge", null, cancellationToken);
        await run.StopOnUnknownAnswersAsync(cancellationToken);
        var removed = await run.StepAsync("purge", async () =>
        {
            var folders = new RunFolders(context, run.Session);
            var old = await folders.FindOldAsync(run.Now, cancellationToken);
            RunFolders.Remove(old, cancellationToken);
            return (old, new StepCounts(old.Folders.Count + old.Files.Count, old.Folders.Count + old.Files.Count, 0, 0), (string?)null);
        });
        return await run.EndAsync(ExitCodes.Done, Write(context, removed, isDryRun: false));
    }

    private static PurgeSummary Write(CommandContext context, OldRuns old, bool isDryRun)
    {
        var summary = new PurgeSummary(
            isDryRun, context.BusinessDate, old.Folders.Count, old.Files.Count, old.Bytes, old.Kept, [.. old.Folders.Take(Named).Select(f => Path.GetFileName(f))]);
        context.Output.Result(summary, console => console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{summary.RunFolders} run folders and {summary.Files} further files, {old.Bytes / 1048576.0:F1} megabytes, {(isDryRun ? "would be" : "were")} removed. {old.Kept} old payload files stay, because they are due, unanswered or not in the archive.")));
        return summary;
    }
}
