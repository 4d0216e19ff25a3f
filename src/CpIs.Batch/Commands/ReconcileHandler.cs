using System.Globalization;
using CpIs.Batch.Steps;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>reconcile</c>.</summary>
internal static class ReconcileHandler
{
    public static async Task<int> RunAsync(CommandContext context, ReconcileOptions options, CancellationToken cancellationToken)
    {
        await using var run = await CouncilRun.BeginAsync(context, "reconcile", null, cancellationToken);
        var folder = options.Out ?? run.Folder;
        var reconciled = await new ReconcileStep(run).RunAsync(new PeopleRange(null, null, null, Full: false), folder, cancellationToken);

        var needs = await OperatorNeeds.ReadAsync(run.Session, run.Now, cancellationToken);
        var summary = new { run.RunId, AsOf = context.BusinessDate, reconciled.MatchRate, reconciled.Findings, FindingCounts = reconciled.Counts, reconciled.AlertsRaised, Open = needs };
        context.Output.Result(summary, console =>
        {
            Show(console, reconciled.Counts);
            console.WriteLine(MatchRateLine(reconciled.MatchRate));
            console.WriteLine($"Findings: {Path.Combine(folder, FindingList.FileName)}");
        });
        return await run.EndAsync(needs.Any ? ExitCodes.NeedsOperator : ExitCodes.Done, new { reconciled.MatchRate, Findings = reconciled.Counts });
    }

    public static string MatchRateLine(decimal? rate) => rate is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"NHS number match rate: {known:P1}")
        : "NHS number match rate: nobody is in scope";

    /// <summary>Findings by kind, for people.</summary>
    public static void Show(IAnsiConsole console, IReadOnlyDictionary<string, long> counts)
    {
        if (counts.Count == 0)
        {
            console.WriteLine("Nothing found: ledger and source agree.");
            return;
        }

        console.Write(TransformSummary.CountTable("finding", counts));
    }
}
