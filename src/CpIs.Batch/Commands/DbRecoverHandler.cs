using System.Globalization;
using CpIs.Batch.Recovery;
using CpIs.Batch.Steps;
using CpIs.Domain.Time;
using CpIs.Storage;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db recover</c>.</summary>
internal static class DbRecoverHandler
{
    public static Task<int> RunAsync(CommandContext context, DbRecoverOptions options, CancellationToken cancellationToken) =>
        options.DryRun ? ShowAsync(context, cancellationToken) : RecoverAsync(context, cancellationToken);

    private static async Task<int> ShowAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        await using var held = await RunLock.TakeAsync(database, "db-recover", context.Environment.MachineClock, cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        var plan = await new RecoveryScan(context, session).RunAsync(cancellationToken);
        Write(context, plan, await new FileStore(session).LastUsedAsync(cancellationToken), null);
        return plan.Unreadable.Count > 0 ? ExitCodes.NeedsOperator : ExitCodes.Done;
    }

    private static async Task<int> RecoverAsync(CommandContext given, CancellationToken cancellationToken)
    {
        var context = await OnItsDateAsync(given, cancellationToken);
        await using var run = await CouncilRun.BeginRecoveryAsync(context, "db recover", cancellationToken);
        var plan = await new RecoveryScan(context, run.Session).RunAsync(cancellationToken);
        var before = await new FileStore(run.Session).LastUsedAsync(cancellationToken);
        var result = await new RecoveryStep(run, plan).RunAsync(context.AsOfGiven, cancellationToken);
        Write(context, plan, before, result);
        var exitCode = plan.Unreadable.Count > 0 || result.Ingested.NeedsOperator ? ExitCodes.NeedsOperator : ExitCodes.Done;
        return await run.EndAsync(exitCode, result);
    }

    /// <summary>
    /// Without <c>--as-of</c> the run keeps the last business date that database or archive know, so that it keeps no later run from beginning.
    /// </summary>
    private static async Task<CommandContext> OnItsDateAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.AsOfGiven)
        {
            return context;
        }

        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        var last = new[]
        {
            await new RunStore(session).LastAsOfAsync(string.Empty, cancellationToken),
            await RecoveryScan.LastAsOfAsync(context.Data, cancellationToken),
        }.Max();
        return last is { } date ? context with { Clock = new RunClock(context.Environment.MachineClock, date) } : context;
    }

    private static void Write(CommandContext context, RecoveryPlan plan, long before, RecoveryResult? result)
    {
        var after = Math.Max(before, plan.HighestSeen?.Value ?? 0);
        var summary = new
        {
            DryRun = result is null,
            AsOf = context.BusinessDate,
            Files = plan.Files.Select(f => f.Number.Value).Concat(plan.Concluded.Select(c => c.Number.Value)).Order().ToList(),
            Records = plan.Files.Sum(f => f.RecordCount),
            NotRebuilt = plan.Used.Where(u => u.NotRebuilt is not null).Select(u => u.Number.Value).ToList(),
            Messages = plan.Messages.Select(m => m.InboundId).ToList(),
            LastNumberBefore = before,
            LastNumber = after,
            TakenBack = result?.TakenBack ?? 0,
            plan.Unreadable,
            result?.Ingested,
        };
        context.Output.Result(summary, console =>
        {
            var verb = summary.DryRun ? "would be" : "were";
            if (summary.Files.Count + summary.Messages.Count + plan.Used.Count + summary.TakenBack == 0 && after == before)
            {
                console.WriteLine("Nothing to recover: the database knows all that lies in the folders.");
            }

            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{summary.Files.Count} files with {summary.Records} records and {summary.Messages.Count} messages {verb} put back. The last file number was {before} and {(summary.DryRun ? "would be" : "is")} {after}."));
            if (summary.TakenBack > 0)
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{summary.TakenBack} files and ledger rows with a date after {context.BusinessDate:yyyy-MM-dd} were taken back."));
            }

            foreach (var number in summary.NotRebuilt)
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"File {number}: what it told could not be read back."));
            }

            foreach (var unreadable in plan.Unreadable)
            {
                console.WriteLine(unreadable);
            }
        });
    }
}
