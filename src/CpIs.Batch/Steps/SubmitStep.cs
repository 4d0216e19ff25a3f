using CpIs.Batch.Commands;
using CpIs.Batch.Recovery;
using CpIs.Domain.Alerts;
using CpIs.Domain.Values;
using CpIs.Files;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using CpIs.Transport;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Steps;

/// <summary>What a submit did.</summary>
/// <param name="Sent">Files that the transport took.</param>
/// <param name="Waiting">Files that are still due and may be tried again.</param>
/// <param name="Refused">Files that the transport refused for good.</param>
/// <param name="DuplicateRisk">Files that may have been delivered more than once.</param>
/// <param name="Stuck">Of <paramref name="Waiting"/>, those that have failed so often, or for so long, that an operator must look.</param>
/// <param name="Problem">Why the transport as a whole could not be used, or null.</param>
/// <param name="ArchiveProblem">Why the archive does not hold all that was sent, or null.</param>
internal sealed record SubmitResult(
    IReadOnlyList<StoredFile> Sent,
    IReadOnlyList<StoredFile> Waiting,
    IReadOnlyList<(StoredFile File, SendResult Result)> Refused,
    IReadOnlyList<StoredFile> DuplicateRisk,
    IReadOnlyList<StuckFile> Stuck,
    string? Problem,
    string? ArchiveProblem)
{
    /// <summary>True while another run may do what this one could not; a file that is stuck has become an operator's.</summary>
    public bool IsUnfinished => Waiting.Count > Stuck.Count || ArchiveProblem is not null;

    /// <summary>3 while something waits for the transport, 5 when an operator must look, else 0.</summary>
    public int ExitCode => IsUnfinished ? ExitCodes.CannotFinish
        : Refused.Count > 0 || DuplicateRisk.Count > 0 || Stuck.Count > 0 ? ExitCodes.NeedsOperator
        : ExitCodes.Done;
}

/// <summary>
/// Hands every due file to the transport in order of its number. A file that fails does not hold up the next; one that keeps failing
/// becomes an alert. What was begun and not concluded by an earlier run is settled first, by the transport's own rules.
/// </summary>
internal sealed class SubmitStep(CouncilRun run, ITransport transport, string step = "submit")
{
    /// <summary>After so many files that fail for the first time the transport itself counts as down.</summary>
    private const int MostFailures = 2;

    private const string StuckCause = "stuck:";

    private readonly FileStore _files = new(run.Session);
    private readonly SentArchive _archive = new(run);
    private readonly ILogger _log = run.Context.Log("submit");

    public Task<SubmitResult> RunAsync(CancellationToken cancellationToken) => run.StepAsync(step, async () =>
    {
        var result = await SendAllAsync(cancellationToken);
        var due = result.Sent.Count + result.Waiting.Count + result.Refused.Count;
        return (result, new StepCounts(due, result.Sent.Count, result.Waiting.Count + result.Refused.Count, 0), result.Problem);
    });

    private async Task<SubmitResult> SendAllAsync(CancellationToken cancellationToken)
    {
        await _archive.SyncAsync(cancellationToken);
        var due = await _files.DueAsync(cancellationToken);
        await TidyAsync(due, cancellationToken);
        var failures = 0;
        var sent = new List<StoredFile>();
        var waiting = new List<StoredFile>();
        var refused = new List<(StoredFile File, SendResult Result)>();
        var duplicates = new List<StoredFile>();
        string? problem = null;
        foreach (var file in due)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (failures == MostFailures)
            {
                waiting.Add(file);
                continue;
            }

            SendResult result;
            try
            {
                result = await SendAsync(file, cancellationToken);
                problem = null;
            }
            catch (TransportException e)
            {
                problem = e.Message;
                _log.LogWarning("The transport cannot be used: {Problem}", e.Message);
                await NoteFailureAsync(file.Number, e.Message, cancellationToken);
                waiting.Add(file);
                failures += StuckFile.HasFailed(file) ? 0 : 1;
                continue;
            }

            if (result.DuplicateRisk)
            {
                duplicates.Add(file);
            }

            switch (result.Outcome)
            {
                case SendOutcome.Accepted:
                    sent.Add(file);
                    break;
                case SendOutcome.Refused:
                    refused.Add((file, result));
                    break;
                default:
                    waiting.Add(file);
                    break;
            }
        }

        var stuck = await StuckFile.AmongAsync(_files, waiting, run.Now, cancellationToken);
        await RaiseAlertsAsync(refused, cancellationToken);
        await TellStuckAsync(stuck, cancellationToken);
        return new SubmitResult(sent, waiting, refused, duplicates, stuck, problem, _archive.Problem);
    }

    /// <summary>What the transport said of the file, for people; where its sending was begun, that stays begun.</summary>
    private async Task NoteFailureAsync(SequenceNumber number, string detail, CancellationToken cancellationToken)
    {
        var isBegun = await _files.FindAsync(number, cancellationToken) is { Status: FileStatus.Sending };
        await (isBegun
            ? _files.MarkUnknownAsync(number, null, detail, cancellationToken)
            : _files.MarkNotSentAsync(number, null, detail, refused: false, cancellationToken));
    }

    /// <summary>One alert for each record history that is stuck, however many numbers it has had; closed when it is not any more.</summary>
    private async Task TellStuckAsync(IReadOnlyList<StuckFile> stuck, CancellationToken cancellationToken)
    {
        var alerts = new RoleAlerts(run);
        var causes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (file, waiting) in stuck)
        {
            var cause = $"{StuckCause}{waiting.First}";
            causes.Add(cause);
            var now = await _files.FindAsync(file.Number, cancellationToken) ?? file;
            await alerts.RaiseAsync(
                AlertType.FileRejected, AlertWording.NotTaken(file.Number, file.RecordCount, waiting.Since, AlertWording.Verbatim(now.FailureCode ?? string.Empty, now.FailureText)), cause, cancellationToken);
        }

        var store = new AlertStore(run.Session);
        foreach (var cause in await store.OpenCausesAsync(AlertType.FileRejected, cancellationToken))
        {
            if (cause.StartsWith(StuckCause, StringComparison.Ordinal) && !causes.Contains(cause))
            {
                await store.CloseAsync(AlertType.FileRejected, cause, run.Now, cancellationToken);
            }
        }
    }

    private async Task TidyAsync(IReadOnlyList<StoredFile> due, CancellationToken cancellationToken)
    {
        try
        {
            await transport.TidyAsync([.. due.Where(f => f.Status == FileStatus.Sending).Select(Outbound)], cancellationToken);
        }
        catch (TransportException e)
        {
            // Whether anything can be sent is for the sending to say.
            _log.LogWarning("What earlier runs had made ready to be sent cannot be removed: {Problem}", e.Message);
        }
    }

    private async Task RaiseAlertsAsync(List<(StoredFile File, SendResult Result)> refused, CancellationToken cancellationToken)
    {
        var alerts = new RoleAlerts(run);
        foreach (var (file, result) in refused)
        {
            var verbatim = string.Join(' ', new[] { result.Code, result.Detail }.OfType<string>());
            await alerts.RaiseAsync(
                AlertType.FileRejected,
                AlertWording.FileRejected(file.Number, file.RecordCount, "The transport did not take the file.", verbatim, "Correct the cause first."),
                $"not-taken:{file.Number}",
                cancellationToken);
        }
    }

    /// <summary>Notes that the transport has the file, with the alert that it may have it twice: nobody would come back to that later.</summary>
    private Task MarkSentAsync(StoredFile file, SendResult result) => run.Session.InTransactionAsync(
        async () =>
        {
            await _files.MarkSentAsync(file.Number, run.Now, result.MessageId, result.DuplicateRisk, CancellationToken.None);
            if (result.DuplicateRisk)
            {
                await new RoleAlerts(run).RaiseAsync(
                    AlertType.AcknowledgementProblem,
                    AlertWording.AcknowledgementProblem(
                        file.Number.ToString(),
                        "The file may have been delivered to CP-IS more than once, because an earlier sending of it was never concluded.",
                        "Ask the CP-IS service desk whether it arrived twice; the records themselves are the same."),
                    $"delivered-twice:{file.Number}",
                    CancellationToken.None);
            }
        },
        CancellationToken.None);

    private async Task<SendResult> SendAsync(StoredFile file, CancellationToken cancellationToken)
    {
        if (file.Status == FileStatus.Ready && !await IsIntactAsync(file, cancellationToken))
        {
            var missing = new SendResult(SendOutcome.Refused, Detail: "The payload file is missing or was changed since it was written; the next transform makes another.");
            await _files.MarkNotSentAsync(file.Number, null, missing.Detail, refused: true, cancellationToken);
            return missing;
        }

        var result = await transport.SendAsync(Outbound(file), new Journal(_files, _archive, run), cancellationToken);
        switch (result.Outcome)
        {
            case SendOutcome.Accepted:
                await MarkSentAsync(file, result);
                break;
            case SendOutcome.Unknown:
                await _files.MarkUnknownAsync(file.Number, result.Code, result.Detail, CancellationToken.None);
                break;
            default:
                await _files.MarkNotSentAsync(file.Number, result.Code, result.Detail, result.Outcome == SendOutcome.Refused, CancellationToken.None);
                break;
        }

        await _archive.PutAsync(file.Number, CancellationToken.None);
        _log.LogInformation("File {FileNumber}: {Outcome} {Code}", file.Number, result.Outcome, result.Code);
        return result;
    }

    private OutboundFile Outbound(StoredFile file) => new(
        file.Number, file.LocalId!, PathOf(file), file.FileName!, Formats.Named(file.Format!).ContentType, file.Sha256!,
        file.Status == FileStatus.Sending ? new BegunSending(file.BegunAt!.Value, file.MessageId) : null);

    private async Task<bool> IsIntactAsync(StoredFile file, CancellationToken cancellationToken) =>
        File.Exists(PathOf(file)) && await DurableFile.HashAsync(PathOf(file), cancellationToken) == file.Sha256;

    private string PathOf(StoredFile file) => run.Context.Data.Resolve(file.Path!);

    private sealed class Journal(FileStore files, SentArchive archive, CouncilRun run) : ISendJournal
    {
        public async Task BeginAsync(OutboundFile file, CancellationToken cancellationToken)
        {
            await files.MarkSendingAsync(file.FileNumber, run.Now, cancellationToken);
            await archive.PutAsync(file.FileNumber, CancellationToken.None);
        }

        public Task MessageIdAsync(OutboundFile file, string messageId, CancellationToken cancellationToken) =>
            files.SetMessageIdAsync(file.FileNumber, messageId, cancellationToken);
    }
}
