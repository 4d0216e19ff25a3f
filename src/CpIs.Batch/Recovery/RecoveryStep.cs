using CpIs.Batch.Ingest;
using CpIs.Batch.Steps;
using CpIs.Messages.Inbound;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Recovery;

/// <summary>What a recovery did.</summary>
/// <param name="Files">Files put back.</param>
/// <param name="Messages">Messages put back.</param>
/// <param name="TakenBack">Files and ledger rows whose dates lay in the future.</param>
/// <param name="Ingested">What applying the messages came to.</param>
internal sealed record RecoveryResult(int Files, int Messages, int TakenBack, IngestResult Ingested);

/// <summary>
/// Carries a plan out: first the sequence is moved past everything that was seen, then files come back one by one, then messages, which
/// are applied last. Each is a transaction of its own, and what is there already is left alone, so that it can break off and be repeated.
/// </summary>
internal sealed class RecoveryStep(CouncilRun run, RecoveryPlan plan)
{
    private readonly RecoveryStore _store = new(run.Session);
    private readonly FileStore _files = new(run.Session);
    private readonly InboundStore _inbound = new(run.Session);
    private readonly ILogger _log = run.Context.Log("recover");

    /// <param name="takesDateBack">True when an operator named the business date that holds from now on.</param>
    public async Task<RecoveryResult> RunAsync(bool takesDateBack, CancellationToken cancellationToken)
    {
        var (files, messages, takenBack) = await run.StepAsync("recover", async () =>
        {
            var done = (Files: await FilesAsync(cancellationToken), Messages: await MessagesAsync(cancellationToken), TakenBack: 0);
            if (takesDateBack)
            {
                var (told, lapses) = await _store.TakeBackAsync(run.Now, run.Context.BusinessDate, cancellationToken);
                done.TakenBack = told + lapses;
            }

            return (done, new StepCounts(plan.Files.Count + plan.Messages.Count, done.Files + done.Messages, 0, plan.Unreadable.Count), (string?)null);
        });
        var ingested = await new IngestStep(run, new IngestInput.Stored(), new InboundReader()).RunAsync(cancellationToken);
        await new SentArchive(run).SyncAsync(cancellationToken);
        return new RecoveryResult(files, messages, takenBack, ingested);
    }

    private async Task<int> FilesAsync(CancellationToken cancellationToken)
    {
        var council = run.Context.Settings.Authority.Code;
        if (plan.HighestSeen is { } highest)
        {
            await _files.MoveSequencePastAsync(council, highest, cancellationToken);
        }

        foreach (var (number, notRebuilt) in plan.Used)
        {
            await _store.ReserveAsync(number, council, run.RunId, run.Now, notRebuilt, cancellationToken);
        }

        var put = 0;
        var reader = new SentFileReader(run.Context);
        var folder = new SentFolder(run.Context.Data);

        // Before the newer files are there: these went out after it, and must not be taken for what it has overtaken.
        foreach (var (number, toldAt, messageId, duplicateRisk) in plan.Concluded)
        {
            await _files.MarkSentAsync(number, toldAt, messageId, duplicateRisk, cancellationToken);
            put++;
        }

        foreach (var found in plan.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var about = found.IsDescribed ? await SentFile.ReadAsync(folder.AboutOf(found.Number), cancellationToken) : null;
            var (file, records) = await reader.ReadAsync(found.Number, found.Path, about, cancellationToken);
            put += await _store.RestoreAsync(file, records, council, run.RunId, run.Now, cancellationToken) ? 1 : 0;
            _log.LogInformation("File {FileNumber} was put back", found.Number);
        }

        return put;
    }

    private async Task<int> MessagesAsync(CancellationToken cancellationToken)
    {
        var put = 0;

        // Those whose old id is free come first, so that the others do not take it.
        var free = new List<FoundMessage>();
        var taken = new List<FoundMessage>();
        foreach (var message in plan.Messages)
        {
            (await _inbound.FindAsync(message.InboundId, cancellationToken) is null ? free : taken).Add(message);
        }

        foreach (var message in free.Concat(taken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            put += await PutBackAsync(message, cancellationToken) ? 1 : 0;
        }

        return put;
    }

    private async Task<bool> PutBackAsync(FoundMessage message, CancellationToken cancellationToken)
    {
        var settings = run.Context.Settings.Inbound;
        var isTooLarge = message.Report is null && message.Length > settings.MaxBytes;
        var content = isTooLarge || message.Report is not null ? null : await File.ReadAllBytesAsync(message.Path, cancellationToken);
        var folders = new MessageFolders(run);
        var inboundId = await run.Session.InTransactionAsync(
            async () =>
            {
                var id = await _inbound.RestoreAsync(message.ToInbound(content), message.InboundId, run.RunId, cancellationToken);
                if (id is { } added && isTooLarge)
                {
                    await new InboundCollector(run, new AlertDesk(run), folders)
                        .QuarantineAsync(added, $"it is larger than Inbound:MaxMegabytes ({settings.MaxMegabytes})", new IngestTally(), cancellationToken);
                }

                return id;
            },
            cancellationToken);
        if (inboundId is { } put && isTooLarge && folders.UnreadPathOf(put) != message.Path)
        {
            await folders.KeepUnreadAsync(put, message.Path, cancellationToken);
        }

        return inboundId is not null;
    }
}
