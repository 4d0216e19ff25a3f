using System.Data.Common;
using CpIs.Batch.Commands;
using CpIs.Batch.Steps;
using CpIs.Domain.Alerts;
using CpIs.Domain.Exchange;
using CpIs.Files;
using CpIs.Messages;
using CpIs.Messages.Inbound;
using CpIs.Storage;
using CpIs.Storage.Inbound;
using CpIs.Storage.Runs;
using CpIs.Transport;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Ingest;

/// <summary>
/// Collects every inbound message, stores it, then applies it: acknowledgements, inactive numbers, accesses, transport reports. Each
/// message is one transaction; whatever breaks off is taken up by the next run, which ends in the same state.
/// </summary>
internal sealed class IngestStep
{
    private static readonly InboundKind[] s_order =
        [InboundKind.Acknowledgement, InboundKind.Inactive, InboundKind.Access, InboundKind.TransportReport];

    private readonly CouncilRun _run;
    private readonly IngestInput _input;
    private readonly InboundReader _reader;
    private readonly InboundStore _store;
    private readonly AlertDesk _desk;
    private readonly MessageFolders _folders;
    private readonly InboundCollector _collector;
    private readonly ILogger _log;

    public IngestStep(CouncilRun run, IngestInput input, InboundReader reader)
    {
        _run = run;
        _input = input;
        _reader = reader;
        _store = new InboundStore(run.Session);
        _desk = new AlertDesk(run);
        _folders = new MessageFolders(run);
        _collector = new InboundCollector(run, _desk, _folders);
        _log = run.Context.Log("ingest");
    }

    /// <summary>Does it.</summary>
    /// <exception cref="UsageException">There is no message to replay under that id.</exception>
    public Task<IngestResult> RunAsync(CancellationToken cancellationToken) => _run.StepAsync("ingest-access", async () =>
    {
        var result = await IngestAsync(cancellationToken);
        return (result, new StepCounts(result.Messages + result.Repeated, result.Applied, result.Quarantined, result.Repeated), result.Problem);
    });

    private async Task<IngestResult> IngestAsync(CancellationToken cancellationToken)
    {
        var tally = new IngestTally();
        var taken = new List<(ReceivedItem Item, long InboundId)>();
        var (problem, pending) = await CollectAsync(taken, tally, cancellationToken);

        if (pending.Count > 0 || await AccessApplier.HasWorkAsync(_run.Session, cancellationToken))
        {
            await using var care = await CareFacts.OpenAsync(_run, cancellationToken);
            var accesses = new AccessApplier(_run, care, _desk);
            await accesses.RematchAsync(tally, cancellationToken);
            await ApplyAsync(pending, care, accesses, tally, cancellationToken);
            await accesses.FindPatternsAsync(tally, cancellationToken);
        }

        await _folders.FileAsync(cancellationToken);
        if (_input is IngestInput.Waiting { Transport: var transport })
        {
            problem ??= await LetGoAsync(transport, taken, cancellationToken);
            return tally.ToResult(transport.Tally.Delayed.Count, transport.Tally.OtherWorkflows, problem);
        }

        return tally.ToResult(0, 0, problem);
    }

    private async Task<(string? Problem, IReadOnlyList<long> Pending)> CollectAsync(
        List<(ReceivedItem Item, long InboundId)> taken, IngestTally tally, CancellationToken cancellationToken)
    {
        string? problem = null;
        switch (_input)
        {
            case IngestInput.Replay { InboundId: var inboundId }:
                await ReleaseAsync(inboundId, cancellationToken);
                return (null, [inboundId]);

            case IngestInput.Stored:
                break;

            case IngestInput.Files { Path: var path }:
                await _collector.CollectAsync(path, tally, cancellationToken);
                break;

            case IngestInput.Waiting { Transport: var transport }:
                try
                {
                    await _collector.CollectAsync(transport, taken, tally, cancellationToken);
                }
                catch (TransportException e)
                {
                    problem = e.Message;
                    _log.LogWarning("The transport cannot be used: {Problem}", e.Message);
                }

                foreach (var delayed in transport.Tally.Delayed)
                {
                    _log.LogWarning("An item waits at the transport: {Reason}", delayed.Reason);
                }

                break;

            default:
                throw new InvalidOperationException("There is no such input.");
        }

        return (problem, await _store.PendingAsync(cancellationToken));
    }

    private async Task ReleaseAsync(long inboundId, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(inboundId, cancellationToken) is not { } head)
        {
            throw new UsageException($"--replay: there is no inbound message {inboundId}.");
        }

        if (head.IsUnread)
        {
            var copy = new FileInfo(_folders.UnreadPathOf(inboundId));
            if (!copy.Exists)
            {
                throw new UsageException($"--replay: message {inboundId} was too large to be stored, and its copy is no longer at {copy.FullName}.");
            }

            if (copy.Length > _run.Context.Settings.Inbound.MaxBytes)
            {
                throw new UsageException($"--replay: message {inboundId} is larger than Inbound:MaxMegabytes ({_run.Context.Settings.Inbound.MaxMegabytes}): raise that first.");
            }

            await _store.RestoreContentAsync(inboundId, await File.ReadAllBytesAsync(copy.FullName, cancellationToken), cancellationToken);
        }

        await _store.ReleaseAsync(inboundId, cancellationToken);
    }

    private async Task ApplyAsync(IReadOnlyList<long> pending, CareFacts care, AccessApplier accesses, IngestTally tally, CancellationToken cancellationToken)
    {
        var byKind = new List<(InboundKind Kind, long InboundId)>();
        foreach (var inboundId in pending)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await ClassifyAsync(inboundId, tally, cancellationToken) is { } kind)
            {
                byKind.Add((kind, inboundId));
            }
        }

        var answers = new AnswerApplier(_run, care, _desk);
        var inactive = new InactiveApplier(_run, care, _desk);
        foreach (var kind in s_order)
        {
            care.Forget();
            foreach (var (_, inboundId) in byKind.Where(m => m.Kind == kind))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await ApplyAsync(inboundId, answers, inactive, accesses, tally, cancellationToken);
            }
        }
    }

    /// <summary>Finds out what a message is, and sets it aside if it is nothing for us.</summary>
    private async Task<InboundKind?> ClassifyAsync(long inboundId, IngestTally tally, CancellationToken cancellationToken)
    {
        var head = await HeadAsync(inboundId, cancellationToken);
        if (head.Report is not null)
        {
            if (InboundCollector.ReadReport(head.Report) is not null)
            {
                return InboundKind.TransportReport;
            }

            await SetAsideAsync(inboundId, "there is nothing in it that can be read", tally, cancellationToken);
            return null;
        }

        var reading = await ReadAsync(inboundId, cancellationToken);
        InboundKind? kind = reading.Message switch
        {
            Acknowledgement => InboundKind.Acknowledgement,
            InactiveNotification => InboundKind.Inactive,
            AccessNotification => InboundKind.Access,
            _ => null,
        };
        await _store.ClassifyAsync(inboundId, reading.Format, kind, cancellationToken);
        var reason = reading.Message is null ? reading.Problem ?? "it could not be read" : ForAnother(reading) ? "other-recipient" : null;
        if (reason is null)
        {
            return kind;
        }

        await SetAsideAsync(inboundId, reason, tally, cancellationToken);
        return null;
    }

    /// <summary>Rule A11. Only a national notification must name its recipient.</summary>
    private bool ForAnother(InboundReading reading) => reading.Message!.RecipientOdsCode?.Trim() is { Length: > 0 } recipient
        ? !recipient.Equals(_run.Context.Settings.Authority.OdsCode.Trim(), StringComparison.OrdinalIgnoreCase)
        : reading is { Format: "hl7v3", Message: AccessNotification or InactiveNotification };

    private async Task ApplyAsync(
        long inboundId, AnswerApplier answers, InactiveApplier inactive, AccessApplier accesses, IngestTally tally, CancellationToken cancellationToken)
    {
        var own = new IngestTally();
        try
        {
            var head = await HeadAsync(inboundId, cancellationToken);
            var message = head.Report is null ? (await ReadAsync(inboundId, cancellationToken)).Message! : null;
            await _run.AtAsync(_input is IngestInput.Stored ? head.ReceivedAt : null, () => _run.Session.InTransactionAsync(
                async () =>
                {
                    await (message switch
                    {
                        Acknowledgement answer => answers.ApplyAsync(answer, head, own, cancellationToken),
                        InactiveNotification notification => inactive.ApplyAsync(notification, head, own, cancellationToken),
                        AccessNotification notification => accesses.ApplyAsync(notification, head, own, cancellationToken),
                        _ => answers.ApplyAsync(InboundCollector.ReadReport(head.Report!)!, head, own, cancellationToken),
                    });
                    await _store.AppliedAsync(inboundId, _run.RunId, _run.Now, cancellationToken);
                    if (message is { Unread.Count: > 0 })
                    {
                        await NoteUnreadAsync(inboundId, message.Unread, own, cancellationToken);
                    }

                    own.Applied++;
                },
                cancellationToken));
        }
        catch (Exception e) when (e is not (OperationCanceledException or DbException or StorageException) && !FileFault.Is(e))
        {
            // One message that the program cannot cope with must not keep the others from being applied (rule K6).
            _log.LogError(e, "Inbound {InboundId} could not be applied", inboundId);
            await SetAsideAsync(inboundId, $"it could not be applied (internal error {e.GetType().Name}, see the log)", tally, cancellationToken);
            return;
        }

        _log.LogInformation("Inbound {InboundId} applied", inboundId);
        tally.Add(own);
    }

    private async Task NoteUnreadAsync(long inboundId, IReadOnlyList<UnreadPart> parts, IngestTally tally, CancellationToken cancellationToken)
    {
        tally.Quarantined++;
        var reason = string.Join("; ", parts.Select(p => $"{p.Where}: {p.Problem}"));
        await _store.AddUnreadPartsAsync(inboundId, reason, _run.RunId, _run.Now, cancellationToken);
        await _desk.RaiseToRoleAsync(
            AlertType.Quarantined,
            AlertWording.PartlyQuarantined(inboundId, parts),
            FormattableString.Invariant($"inbound:{inboundId}"),
            inboundId,
            tally,
            cancellationToken);
    }

    private async Task SetAsideAsync(long inboundId, string reason, IngestTally tally, CancellationToken cancellationToken)
    {
        var own = new IngestTally();
        await _run.Session.InTransactionAsync(() => _collector.QuarantineAsync(inboundId, reason, own, cancellationToken), cancellationToken);
        _log.LogWarning("Inbound {InboundId} was set aside", inboundId);
        tally.Add(own);
    }

    /// <summary>The transport may forget what is stored, applied and filed.</summary>
    /// <returns>Why it could not be told, or null.</returns>
    private async Task<string?> LetGoAsync(ITransport transport, List<(ReceivedItem Item, long InboundId)> taken, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (item, inboundId) in taken)
            {
                await transport.CompleteAsync(item, cancellationToken);
                await _store.CompletedAsync(inboundId, transport.Kind, InboundCollector.ItemId(item), cancellationToken);
            }

            return null;
        }
        catch (TransportException e)
        {
            _log.LogWarning("The transport cannot be told what was taken: {Problem}", e.Message);
            return e.Message;
        }
    }

    private async Task<InboundHead> HeadAsync(long inboundId, CancellationToken cancellationToken) =>
        await _store.FindAsync(inboundId, cancellationToken) ?? throw new InvalidOperationException($"Inbound message {inboundId} has gone.");

    private async Task<InboundReading> ReadAsync(long inboundId, CancellationToken cancellationToken) =>
        _reader.Read(await _store.ContentAsync(inboundId, cancellationToken) ?? []);
}
