using CpIs.Batch.Ingest;
using CpIs.Batch.Steps;
using CpIs.Messages.Inbound;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Transport;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The result of a night (contract section 1).</summary>
/// <param name="Files">One element for each payload file of this run.</param>
/// <param name="Decisions">How many by decision.</param>
/// <param name="Withheld">How many by reason.</param>
/// <param name="Accesses">Accesses recorded that were not known before.</param>
/// <param name="Alerts">Alerts raised by this run, by type.</param>
/// <param name="OldestChangeHours">Age of the oldest change that this run sends (rule U5).</param>
/// <param name="MatchRate">A fraction (rule K5); null when nobody is in scope.</param>
/// <param name="Findings">What reconcile found: the first of them; all are in <c>findings.csv</c> in the run's folder.</param>
/// <param name="FindingCounts">How many there are by kind.</param>
/// <param name="Problems">What could not be finished, in words.</param>
internal sealed record NightSummary(
    string RunId,
    DateOnly AsOf,
    IReadOnlyList<FileSummary> Files,
    IReadOnlyDictionary<string, long> Decisions,
    IReadOnlyDictionary<string, long> Withheld,
    int Accesses,
    IReadOnlyDictionary<string, int> Alerts,
    double? OldestChangeHours,
    decimal? MatchRate,
    string TransformDir,
    IReadOnlyList<Finding> Findings,
    IReadOnlyDictionary<string, long> FindingCounts,
    IReadOnlyList<string> Problems,
    OperatorNeeds Open);

/// <summary>The work of <c>nightly</c>: ingest-access, extract, transform, submit, reconcile, as one run.</summary>
internal static class NightlyHandler
{
    public static async Task<int> RunAsync(CommandContext context, NightlyOptions options, CancellationToken cancellationToken)
    {
        var (exitCode, _) = await NightAsync(context, options, show: true, cancellationToken);
        return exitCode;
    }

    /// <summary>Runs a night.</summary>
    /// <param name="show">False when the caller tells the result itself.</param>
    public static async Task<(int ExitCode, NightSummary Summary)> NightAsync(
        CommandContext context, NightlyOptions options, bool show, CancellationToken cancellationToken)
    {
        await using var run = await CouncilRun.BeginAsync(context, "nightly", options.People, cancellationToken);
        await using var configured = ConfiguredTransport.Open(context, run.Session);
        var transport = configured.Transport;
        var problems = new List<string>();

        // A transport that is down must not keep the rest of the night from being done: what was not taken in or sent stays where it is.
        var ingested = await new IngestStep(run, new IngestInput.Waiting(transport), new InboundReader()).RunAsync(cancellationToken);
        Note(problems, ingested.Problem);
        await run.StopOnUnknownAnswersAsync(cancellationToken);
        var sentBefore = options.People.IsRestricted ? await SendEarlierAsync(run, transport, cancellationToken) : null;
        Note(problems, sentBefore?.Problem);

        await new ExtractStep(run).RunAsync(options.People, context.Data.Extract(run.RunId), cancellationToken);
        var formats = context.Settings.Payload.Formats.Select(Formats.Named).ToList();
        var transformed = await new TransformStep(run).RunAsync(
            context.Data.Extract(run.RunId), context.Data.Transform(run.RunId), formats, options.ConfirmRemovals, cancellationToken);
        var submitted = await new SubmitStep(run, transport).RunAsync(cancellationToken);
        Note(problems, submitted.Problem);
        Note(problems, submitted.ArchiveProblem);
        var reconciled = await new ReconcileStep(run).RunAsync(options.People, run.Folder, cancellationToken);

        var needs = await OperatorNeeds.ReadAsync(run.Session, run.Now, cancellationToken);
        var raised = await new AlertStore(run.Session).RaisedByAsync(run.RunId, cancellationToken);
        var summary = new NightSummary(
            run.RunId,
            context.BusinessDate,
            [.. transformed.Files.Select(f => new FileSummary(
                f.Number.Value, Path.GetFileName(f.Path), f.Format, f.RecordCount, f.Path, StatusOf(f, submitted)))],
            transformed.Decisions,
            transformed.Withheld,
            ingested.Accesses,
            raised.GroupBy(a => a.Type.Code, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(a => a.Number), StringComparer.Ordinal),
            TransformSummary.Hours(transformed.OldestChange, run.Now),
            transformed.Facts.MatchRate,
            context.Data.Transform(run.RunId),
            reconciled.Findings,
            reconciled.Counts,
            problems,
            needs);
        if (show)
        {
            context.Output.Result(summary, console => Show(console, ingested, summary));
        }

        var unfinished = ingested.Problem is not null || ingested.Delayed > 0 || sentBefore?.IsUnfinished == true || submitted.IsUnfinished;
        var needsOperator = needs.Any || submitted.Stuck.Count > 0 || ingested.NeedsOperator || transformed.Vanished is not null || submitted.DuplicateRisk.Count > 0;
        var exitCode = unfinished ? ExitCodes.CannotFinish : needsOperator ? ExitCodes.NeedsOperator : ExitCodes.Done;
        return (await run.EndAsync(exitCode, summary with { Findings = [] }), summary);
    }

    /// <summary>
    /// A restricted transform voids what an earlier night could not send, and decides nobody outside its range: so what waits goes out
    /// first, or those people would wait for another night.
    /// </summary>
    private static async Task<SubmitResult?> SendEarlierAsync(CouncilRun run, ITransport transport, CancellationToken cancellationToken) =>
        (await new FileStore(run.Session).DueAsync(cancellationToken)).Count > 0
            ? await new SubmitStep(run, transport, "submit-earlier").RunAsync(cancellationToken)
            : null;

    private static void Note(List<string> problems, string? problem)
    {
        if (problem is not null && !problems.Contains(problem, StringComparer.Ordinal))
        {
            problems.Add(problem);
        }
    }

    private static string StatusOf(PayloadFile file, SubmitResult submitted) =>
        submitted.Sent.Any(f => f.Number == file.Number) ? "sent"
        : submitted.Refused.Any(f => f.File.Number == file.Number) ? "refused"
        : "waiting";

    private static void Show(IAnsiConsole console, IngestResult ingested, NightSummary night)
    {
        IngestAccessHandler.Show(console, ingested);
        console.Write(TransformSummary.CountTable("decision", night.Decisions));
        if (night.Withheld.Count > 0)
        {
            console.Write(TransformSummary.CountTable("withheld because", night.Withheld));
        }

        foreach (var file in night.Files)
        {
            console.WriteLine($"{file.Name}: {file.Records} records, {file.Status}");
        }

        ReconcileHandler.Show(console, night.FindingCounts);
        console.WriteLine(ReconcileHandler.MatchRateLine(night.MatchRate));
        if (night.Open.Any)
        {
            console.WriteLine("Something needs an operator: see cpis status.");
        }

        foreach (var problem in night.Problems)
        {
            console.WriteLine(problem);
        }

        console.WriteLine($"Decisions and payload files: {night.TransformDir}");
    }
}
