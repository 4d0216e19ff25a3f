using CpIs.Batch.Commands;
using CpIs.Domain.Alerts;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using CpIs.Transport;
using CpIs.Transport.Files;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Steps;

/// <summary>What a submit did.</summary>
/// <param name="Sent">Files that the transport took.</param>
/// <param name="Waiting">Files that are still due and may be tried again.</param>
/// <param name="Refused">Files that the transport refused for good.</param>
/// <param name="DuplicateRisk">Files that may have been delivered more than once.</param>
/// <param name="Problem">Why the transport as a whole could not be used, or null.</param>
internal sealed record SubmitResult(
    IReadOnlyList<StoredFile> Sent,
    IReadOnlyList<StoredFile> Waiting,
    IReadOnlyList<(StoredFile File, SendResult Result)> Refused,
    IReadOnlyList<StoredFile> DuplicateRisk,
    string? Problem)
{
    /// <summary>3 while something waits for the transport, 5 when an operator must look, else 0.</summary>
    public int ExitCode => Problem is not null || Waiting.Count > 0 ? ExitCodes.CannotFinish
        : Refused.Count > 0 || DuplicateRisk.Count > 0 ? ExitCodes.NeedsOperator
        : ExitCodes.Done;
}

/// <summary>
/// Hands every due file to the transport in order of its number. A file that fails does not hold up the next. What was begun and not
/// concluded by an earlier run is settled first, by the transport's own rules.
/// </summary>
internal sealed class SubmitStep(CouncilRun run, ITransport transport, string step = "submit")
{
    private readonly FileStore _files = new(run.Session);
    private readonly ILogger _log = run.Context.Log("submit");

    public Task<SubmitResult> RunAsync(CancellationToken cancellationToken) => run.StepAsync(step, async () =>
    {
        var result = await SendAllAsync(cancellationToken);
        var due = result.Sent.Count + result.Waiting.Count + result.Refused.Count;
        return (result, new StepCounts(due, result.Sent.Count, result.Waiting.Count + result.Refused.Count, 0), result.Problem);
    });

    private async Task<SubmitResult> SendAllAsync(CancellationToken cancellationToken)
    {
        var due = await _files.DueAsync(cancellationToken);
        var sent = new List<StoredFile>();
        var waiting = new List<StoredFile>();
        var refused = new List<(StoredFile File, SendResult Result)>();
        var duplicates = new List<StoredFile>();
        string? problem = null;
        foreach (var file in due)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (problem is not null)
            {
                waiting.Add(file);
                continue;
            }

            SendResult result;
            try
            {
                result = await SendAsync(file, cancellationToken);
            }
            catch (TransportException e)
            {
                problem = e.Message;
                _log.LogWarning("The transport cannot be used: {Problem}", e.Message);
                waiting.Add(file);
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

        await RaiseAlertsAsync(refused, duplicates, cancellationToken);
        if (problem is null)
        {
            await TidyAsync(cancellationToken);
        }

        return new SubmitResult(sent, waiting, refused, duplicates, problem);
    }

    private async Task TidyAsync(CancellationToken cancellationToken)
    {
        try
        {
            var open = await _files.DueAsync(cancellationToken);
            await transport.TidyAsync([.. open.Select(f => new OpenFile(f.LocalId!, f.FileName!))], cancellationToken);
        }
        catch (TransportException e)
        {
            _log.LogWarning("Leftovers stay at the transport: {Problem}", e.Message);
        }
    }

    private async Task RaiseAlertsAsync(
        List<(StoredFile File, SendResult Result)> refused, List<StoredFile> duplicates, CancellationToken cancellationToken)
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

        foreach (var file in duplicates)
        {
            await alerts.RaiseAsync(
                AlertType.AcknowledgementProblem,
                AlertWording.AcknowledgementProblem(
                    file.Number.ToString(),
                    "The file may have been delivered to CP-IS more than once, because an earlier sending of it was never concluded.",
                    "Ask the CP-IS service desk whether it arrived twice; the records themselves are the same."),
                $"delivered-twice:{file.Number}",
                cancellationToken);
        }
    }

    private async Task<SendResult> SendAsync(StoredFile file, CancellationToken cancellationToken)
    {
        if (file.Status == FileStatus.Ready && !await IsIntactAsync(file, cancellationToken))
        {
            var missing = new SendResult(SendOutcome.Refused, Detail: "The payload file is missing or was changed since it was written; the next transform makes another.");
            await _files.MarkNotSentAsync(file.Number, null, missing.Detail, refused: true, cancellationToken);
            return missing;
        }

        var outbound = new OutboundFile(
            file.Number, file.LocalId!, PathOf(file), file.FileName!, Formats.Named(file.Format!).ContentType, file.Sha256!,
            file.Status == FileStatus.Sending ? new BegunSending(file.BegunAt!.Value, file.MessageId) : null);
        var result = await transport.SendAsync(outbound, new Journal(_files, run), cancellationToken);
        switch (result.Outcome)
        {
            case SendOutcome.Accepted:
                await _files.MarkSentAsync(file.Number, run.Now, result.MessageId, result.DuplicateRisk, CancellationToken.None);
                break;
            case SendOutcome.Unknown:
                await _files.MarkUnknownAsync(file.Number, result.Code, result.Detail, CancellationToken.None);
                break;
            default:
                await _files.MarkNotSentAsync(file.Number, result.Code, result.Detail, result.Outcome == SendOutcome.Refused, CancellationToken.None);
                break;
        }

        _log.LogInformation("File {FileNumber}: {Outcome} {Code}", file.Number, result.Outcome, result.Code);
        return result;
    }

    private async Task<bool> IsIntactAsync(StoredFile file, CancellationToken cancellationToken) =>
        File.Exists(PathOf(file)) && await DurableFile.HashAsync(PathOf(file), cancellationToken) == file.Sha256;

    private string PathOf(StoredFile file) => run.Context.Data.Resolve(file.Path!);

    private sealed class Journal(FileStore files, CouncilRun run) : ISendJournal
    {
        public Task BeginAsync(OutboundFile file, CancellationToken cancellationToken) =>
            files.MarkSendingAsync(file.FileNumber, run.Now, cancellationToken);

        public Task MessageIdAsync(OutboundFile file, string messageId, CancellationToken cancellationToken) =>
            files.SetMessageIdAsync(file.FileNumber, messageId, cancellationToken);
    }
}
