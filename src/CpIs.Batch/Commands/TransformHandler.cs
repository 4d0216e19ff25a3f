using CpIs.Batch.Steps;
using CpIs.Domain.Time;
using CpIs.Domain.Values;
using CpIs.Storage.Source;
using CpIs.Storage.Workspaces;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>transform</c>, with the council's database or, for replaying sample files, without any.</summary>
internal static class TransformHandler
{
    public static Task<int> RunAsync(CommandContext context, TransformOptions options, CancellationToken cancellationToken) =>
        options.Offline ? OfflineAsync(context, options, cancellationToken) : OnlineAsync(context, options, cancellationToken);

    private static async Task<int> OnlineAsync(CommandContext context, TransformOptions options, CancellationToken cancellationToken)
    {
        await using var run = await CouncilRun.BeginAsync(context, "transform", null, cancellationToken);
        await run.StopOnUnknownAnswersAsync(cancellationToken);
        var extract = options.In ?? await LatestExtractAsync(run, cancellationToken);
        var formats = FormatsOf(context, options);
        var transformed = await new TransformStep(run).RunAsync(
            extract, options.Out ?? context.Data.Transform(run.RunId), formats, options.ConfirmRemovals, cancellationToken);
        var needsOperator = transformed.Vanished is not null || transformed.SetAside.Count > 0;
        var summary = TransformSummary.Of(run.RunId, context, transformed);
        context.Output.Result(summary, summary.Show);
        return await run.EndAsync(needsOperator ? ExitCodes.NeedsOperator : ExitCodes.Done, summary);
    }

    /// <summary>Touches no database and no run folder; everything in the files follows from the input and the business date.</summary>
    private static async Task<int> OfflineAsync(CommandContext context, TransformOptions options, CancellationToken cancellationToken)
    {
        var manifest = await ExtractFolder.ReadManifestAsync(options.In!, cancellationToken);
        var businessDate = context.AsOfGiven || manifest is null ? context.BusinessDate : manifest.AsOf;
        var midnight = London.StartOf(businessDate);
        var extract = await ExtractFolder.OpenAsync(options.In!, businessDate, cancellationToken);
        await using var workspace = await Workspace.CreateAsync(Path.GetTempPath(), cancellationToken);
        await workspace.LoadAsync(extract, cancellationToken);
        await workspace.LinkAsync(extract, cancellationToken);
        var settings = context.Settings;
        var next = options.Sequence;
        var result = await context.Output.WithProgressAsync("Deciding", progress => TransformWork.RunAsync(
            new TransformInput(
                workspace, extract.Manifest, options.ConfirmRemovals, FormatsOf(context, options), options.Out!, settings.Authority,
                settings.Payload.MaxRecordsPerFile, settings.Rules(), businessDate, midnight, midnight),
            _ => Task.FromResult(Take(ref next)),
            progress,
            cancellationToken));
        foreach (var row in result.SetAside)
        {
            context.Output.Say($"{row.Where}{(row.Column is null ? string.Empty : $", {row.Column}")}: {row.Problem}");
        }

        var summary = TransformSummary.Of(null, context, result) with { AsOf = businessDate };
        context.Output.Result(summary, summary.Show);
        return result.SetAside.Count > 0 ? ExitCodes.NeedsOperator : ExitCodes.Done;
    }

    private static SequenceNumber Take(ref SequenceNumber next)
    {
        var taken = next;
        next = next.Next;
        return taken;
    }

    private static List<CpIs.Messages.IUploadFormat> FormatsOf(CommandContext context, TransformOptions options) =>
        [.. (options.Formats ?? context.Settings.Payload.Formats).Select(Formats.Named)];

    private static async Task<string> LatestExtractAsync(CouncilRun run, CancellationToken cancellationToken)
    {
        var recent = await run.Runs.LatestAsync(1000, cancellationToken);
        foreach (var earlier in recent.Where(r => r.RunId != run.RunId))
        {
            var folder = run.Context.Data.Extract(earlier.RunId);
            if (File.Exists(Path.Combine(folder, ExtractManifest.FileName)))
            {
                return folder;
            }
        }

        throw new UsageException("There is no extract yet: run cpis extract first, or name a folder with --in.");
    }
}
