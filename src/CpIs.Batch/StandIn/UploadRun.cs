using CpIs.Batch.Commands;
using CpIs.Batch.Output;
using CpIs.Domain.Values;
using CpIs.Files;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.StandIn;

/// <summary>One upload as it was met.</summary>
internal sealed record TakenFile(string Name, string FileNumber, string FileCode, bool Answered, bool TakenBefore, int Loaded, int Removed, int Rejected);

/// <summary>Takes every upload that waits and answers it. Killed anywhere and run again, each upload gets its answer.</summary>
internal sealed class UploadRun(
    StandInStore store,
    StandInFolders folders,
    StandInMessages messages,
    IntakeSettings settings,
    RecordJudge judge,
    bool answers,
    TimeProvider clock,
    ILogger log)
{
    /// <summary>Finishes what an earlier run left undone when it was killed.</summary>
    /// <returns>How many messages were written.</returns>
    public async Task<int> RecoverAsync(CancellationToken cancellationToken)
    {
        var sent = await messages.SendAsync(cancellationToken);
        foreach (var upload in store.UploadsWaiting())
        {
            await TakeAwayAsync(upload, cancellationToken);
        }

        return sent;
    }

    public async Task<IReadOnlyList<TakenFile>> TakeAllAsync(ProgressCounter progress, CancellationToken cancellationToken)
    {
        var waiting = folders.WaitingUploads();
        progress.Total = waiting.Count;
        var taken = new List<TakenFile>();
        foreach (var name in waiting)
        {
            cancellationToken.ThrowIfCancellationRequested();
            taken.Add(await TakeAsync(name, cancellationToken));
            progress.Add();
        }

        return taken;
    }

    private async Task<TakenFile> TakeAsync(string name, CancellationToken cancellationToken)
    {
        var sha256 = await DurableFile.HashAsync(folders.WaitingPath(name), cancellationToken);
        var known = store.UploadByBytes(sha256);
        var (upload, tally) = known is null ? await TakeNewAsync(name, sha256, cancellationToken) : TakeAgain(known, name);
        await messages.SendAsync(cancellationToken);
        await TakeAwayAsync(upload, cancellationToken);
        log.LogInformation(
            "Stand-in CP-IS: upload file {FileNumber} met with {FileCode}, {Loaded} loaded, {Removed} removed, {Rejected} rejected",
            upload.StatedNumber,
            upload.FileCode,
            tally.Loaded,
            tally.Removed,
            tally.Rejected);
        return new TakenFile(name, upload.StatedNumber, upload.FileCode, answers, known is not null, tally.Loaded, tally.Removed, tally.Rejected);
    }

    private async Task<(TakenUpload Upload, IntakeTally Tally)> TakeNewAsync(string name, string sha256, CancellationToken cancellationToken)
    {
        var takenName = await TakenNameAsync(name, sha256, cancellationToken);
        var path = folders.TakenPath(takenName);
        if (await DurableFile.CopyAsync(folders.WaitingPath(name), path, cancellationToken) != sha256)
        {
            DurableFile.Delete(path);
            throw new IOException($"{name} changed while it was being taken. Run simulate again once it is written.");
        }

        try
        {
            await using var content = DurableFile.OpenRead(path);
            return store.InTransaction(() =>
            {
                var result = new UploadIntake(store, judge, settings).Take(content, name, takenName, sha256, clock.GetUtcNow());
                if (answers)
                {
                    AddAnswer(result.Upload);
                }

                return result;
            });
        }
        catch (UsageException)
        {
            DurableFile.Delete(path);
            throw;
        }
    }

    /// <summary>The same bytes once more: nothing is loaded, and the answer is the one that was given or withheld the first time.</summary>
    private (TakenUpload Upload, IntakeTally Tally) TakeAgain(TakenUpload known, string name) => store.InTransaction(() =>
    {
        store.SetWaiting(known.UploadId, name);
        if (answers)
        {
            if (store.AnswerOf(known.UploadId) is { } answer)
            {
                store.SendAgain(answer.MessageId);
            }
            else
            {
                AddAnswer(known);
            }
        }

        return (store.Upload(known.UploadId), default(IntakeTally));
    });

    private void AddAnswer(TakenUpload upload)
    {
        var number = upload.FileNumber is { } n ? new SequenceNumber(n).ToString() : "unread";
        store.Add(new StandInMessage
        {
            MessageId = store.NextMessageId(),
            Kind = MessageKinds.Acknowledgement,
            FileName = $"{MessageKinds.Acknowledgement}-{number}-{upload.Sha256[..12]}.xml",
            MadeAt = upload.TakenAt,
            OdsCode = upload.OdsCode,
            CouncilName = upload.CouncilName,
            UploadId = upload.UploadId,
        });
    }

    private async Task TakeAwayAsync(TakenUpload upload, CancellationToken cancellationToken)
    {
        // Other bytes under the same name are another upload.
        var path = folders.WaitingPath(upload.SourceName);
        if (File.Exists(path) && await DurableFile.HashAsync(path, cancellationToken) == upload.Sha256)
        {
            DurableFile.Delete(path);
        }

        store.SetAway(upload.UploadId);
    }

    /// <summary>The upload's own name, or where another upload has it, the name with a part of its hash.</summary>
    private async Task<string> TakenNameAsync(string name, string sha256, CancellationToken cancellationToken)
    {
        var path = folders.TakenPath(name);
        return !File.Exists(path) || await DurableFile.HashAsync(path, cancellationToken) == sha256
            ? name
            : $"{Path.GetFileNameWithoutExtension(name)}.{sha256[..12]}{Path.GetExtension(name)}";
    }
}
