using System.Globalization;
using CpIs.Batch.Recovery;
using CpIs.Domain.Alerts;
using CpIs.Messages;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using CpIs.Storage.Source;
using CpIs.Storage.Workspaces;

namespace CpIs.Batch.Steps;

/// <summary>
/// Decides what CP-IS must be told, from an extract and the ledger, and makes the payload files due. File numbers are used up before the
/// first byte is written; the files become due, and earlier unsent ones void, in one transaction at the end (rule U6).
/// </summary>
internal sealed class TransformStep(CouncilRun run)
{
    /// <summary>More runs than break off in a day.</summary>
    private const int MostEarlierRuns = 50;

    /// <param name="extractFolder">The extract to read.</param>
    /// <param name="target">Folder for decisions and payload files.</param>
    /// <param name="formats">The first is the one that is sent.</param>
    public Task<TransformResult> RunAsync(
        string extractFolder, string target, IReadOnlyList<IUploadFormat> formats, bool confirmRemovals, CancellationToken cancellationToken) =>
        run.StepAsync("transform", () => run.Context.Output.WithProgressAsync("Deciding", async progress =>
        {
            var settings = run.Context.Settings;
            var extract = await ExtractFolder.OpenAsync(extractFolder, run.Context.BusinessDate, cancellationToken);
            await using var workspace = await Workspace.CreateAsync(run.Folder, cancellationToken);
            await workspace.LoadAsync(extract, cancellationToken);
            await workspace.LoadLedgerAsync(run.Session, run.Now, settings.Rules().AcknowledgementWindow, cancellationToken);
            await workspace.LinkAsync(extract, cancellationToken);

            var files = new FileStore(run.Session);
            var result = await TransformWork.RunAsync(
                new TransformInput(
                    workspace, extract.Manifest, confirmRemovals, formats, target, settings.Authority, settings.Payload.MaxRecordsPerFile,
                    settings.Rules(), run.Context.BusinessDate, run.Now, run.Now),
                number => files.TakeNumberAsync(settings.Authority.Code, run.RunId, run.Now, cancellationToken),
                progress,
                cancellationToken);
            await RecordAsync(files, workspace, result, cancellationToken);
            await RemoveReplacedAsync(files, target, cancellationToken);

            var counts = workspace.Counts();
            var withheld = result.Withheld.Values.Sum();
            return (result, new StepCounts(counts.People + counts.Plans + counts.LegalStatuses, result.Records, withheld, counts.SetAside), (string?)Detail(result));
        }));

    private Task RecordAsync(FileStore files, Workspace workspace, TransformResult result, CancellationToken cancellationToken) =>
        run.Session.InTransactionAsync(
            async () =>
            {
                var made = result.Files.Select(f => new NewFile(
                    f.Number, f.Format, Path.GetFileName(f.Path), run.Context.Data.Relative(f.Path), f.Sha256, f.RecordCount,
                    string.Create(CultureInfo.InvariantCulture, $"{f.Number}-{run.RunId}"))).ToList();
                await files.AddAsync(made, workspace.PayloadAsync(cancellationToken), cancellationToken);
                await new LedgerStore(run.Session).LapseAsync(workspace.LapsedAsync(cancellationToken), run.Context.BusinessDate, cancellationToken);
                await new LedgerStore(run.Session).RegroupAsync(workspace.RegroupedAsync(cancellationToken), cancellationToken);
                await run.Runs.SetCountsAsync(run.RunId, "decision", result.Decisions, cancellationToken);
                await run.Runs.SetCountsAsync(run.RunId, "withheld", result.Withheld, cancellationToken);
                await run.Runs.SetCountsAsync(
                    run.RunId, "match-rate",
                    new Dictionary<string, long>(StringComparer.Ordinal) { ["in-scope"] = result.Facts.InScope, ["matched"] = result.Facts.Matched },
                    cancellationToken);
                await RaiseAlertsAsync(result, cancellationToken);
            },
            cancellationToken);

    /// <summary>
    /// Rule U6: a transform run again replaces unsent files. In a folder that the caller named, the replaced ones would lie beside the new
    /// and be taken for due by whoever carries them by hand. What this ledger does not know as made here is left alone.
    /// </summary>
    private async Task RemoveReplacedAsync(FileStore files, string target, CancellationToken cancellationToken)
    {
        foreach (var (number, path) in PayloadPlaces.FilesIn(target).ToList())
        {
            if (await files.FindAsync(number, cancellationToken) is { Status: FileStatus.Void, Path: { } made }
                && string.Equals(Path.GetDirectoryName(run.Context.Data.Resolve(made)), Path.GetFullPath(target), StringComparison.Ordinal))
            {
                File.Delete(path);
            }
        }
    }

    private async Task RaiseAlertsAsync(TransformResult result, CancellationToken cancellationToken)
    {
        var alerts = new RoleAlerts(run);
        if (result.Vanished is { } vanished)
        {
            await alerts.RaiseAsync(
                AlertType.Vanished, AlertWording.Vanished(vanished.Removals, vanished.Held, vanished.Limit), "vanished", cancellationToken);
        }

        if (result.SetAside.Count > 0)
        {
            await run.Runs.SetSetAsideAsync(run.RunId, result.SetAside.ToAsyncEnumerable(), cancellationToken);
            await ReplaceOfBrokenOffAsync(alerts, cancellationToken);
            await alerts.RaiseAsync(
                AlertType.BadSourceRow, AlertWording.BadSourceRows(run.RunId, result.SetAside), BadSourceRows(run.RunId), cancellationToken);
        }
    }

    /// <summary>The alert of one run (rule S16): what today's runs that broke off said of the same rows is said by this one.</summary>
    private async Task ReplaceOfBrokenOffAsync(RoleAlerts alerts, CancellationToken cancellationToken)
    {
        var today = run.Context.BusinessDate;
        foreach (var earlier in await run.Runs.LatestAsync(MostEarlierRuns, cancellationToken))
        {
            if (earlier.AsOf == today && earlier.RunId != run.RunId && earlier.Status != RunStatus.Done)
            {
                await alerts.CloseAsync(AlertType.BadSourceRow, BadSourceRows(earlier.RunId), cancellationToken);
            }
        }
    }

    private static string BadSourceRows(string runId) => $"bad-source-row:{runId}";

    private static string Detail(TransformResult result) =>
        string.Create(CultureInfo.InvariantCulture, $"{result.Files.Count} files, {result.Records} records, {result.SetAside.Count} rows set aside");
}
