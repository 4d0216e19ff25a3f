using System.Globalization;
using CpIs.Domain.Exchange;
using CpIs.Files;
using CpIs.Messages;
using CpIs.Messages.Hl7v3;

namespace CpIs.Batch.StandIn;

/// <summary>
/// Writes messages into the council's folder, whole or not at all. A message's bytes follow from the store and the upload as taken, so
/// that one written a second time after a crash is the same.
/// </summary>
internal sealed class StandInMessages(StandInStore store, StandInFolders folders)
{
    /// <summary>Writes everything that was not written yet.</summary>
    /// <returns>How many messages were written.</returns>
    public async Task<int> SendAsync(CancellationToken cancellationToken)
    {
        var unsent = store.MessagesUnsent();
        foreach (var message in unsent)
        {
            await DurableFile.WriteAsync(folders.InboxPath(message.FileName), (stream, token) => WriteAsync(stream, message, token), cancellationToken);
            store.SetSent(message.MessageId);
        }

        return unsent.Count;
    }

    private Task WriteAsync(Stream stream, StandInMessage message, CancellationToken cancellationToken) => message.Kind switch
    {
        MessageKinds.Acknowledgement => WriteAnswerAsync(stream, message, cancellationToken),
        MessageKinds.Access => Hl7v3AnswerWriter.WriteAccessNotificationAsync(
            stream, HeadOf(message), store.AccessCount(message.MessageId), Blocks(message).ToAsyncEnumerable(), cancellationToken),
        _ => Hl7v3AnswerWriter.WriteInactiveNotificationAsync(
            stream, HeadOf(message), store.Inactive(message.MessageId).Select(NumberOf).ToAsyncEnumerable(), cancellationToken),
    };

    private Task WriteAnswerAsync(Stream stream, StandInMessage message, CancellationToken cancellationToken)
    {
        var upload = store.Upload(message.UploadId!.Value);
        var head = new AcknowledgementHead(
            upload.Council,
            StandInText.ToInstant(message.MadeAt),
            upload.StatedNumber,
            [new AcknowledgementCode(upload.FileCode, AnswerCodes.DisplayOf(upload.FileCode))],
            (int?)upload.Processed,
            (int)upload.Successful,
            (int)upload.Failed);
        return Hl7v3AnswerWriter.WriteAcknowledgementAsync(stream, head, Records(upload).ToAsyncEnumerable(), cancellationToken);
    }

    /// <summary>The records of an upload with their codes; none where it was refused as a whole.</summary>
    private IEnumerable<AcknowledgedRecord> Records(TakenUpload upload)
    {
        if (upload.Successful + upload.Failed == 0)
        {
            yield break;
        }

        using var content = DurableFile.OpenRead(folders.TakenPath(upload.TakenName));
        using var rejections = store.Rejections(upload.UploadId).GetEnumerator();
        var rejection = rejections.MoveNext() ? rejections.Current : null;
        foreach (var entry in Hl7v3UploadReader.Read(content).OfType<UploadEntry>())
        {
            var isRejected = rejection?.RecordNumber == entry.Number;
            var code = isRejected ? rejection!.Code : AnswerCodes.RecordLoaded;
            yield return new AcknowledgedRecord(entry.Claim, code, AnswerCodes.DisplayOf(code), isRejected ? rejection!.Detail : null);
            if (isRejected)
            {
                rejection = rejections.MoveNext() ? rejections.Current : null;
            }
        }
    }

    /// <summary>The accesses of a message, those of one person after another in one block.</summary>
    private IEnumerable<AccessBlock> Blocks(StandInMessage message)
    {
        var staff = new InventedStaff((int)message.Seed!.Value, message.MessageId, message.ByDevice != 0);
        StandInAccess? first = null;
        var queries = new List<AccessQuery>();
        foreach (var access in store.Accesses(message.MessageId))
        {
            if (first is not null && first.NhsNumber != access.NhsNumber)
            {
                yield return new AccessBlock(queries, first.UploadFileNumber);
                queries = [];
                first = null;
            }

            first ??= access;
            queries.Add(new AccessQuery(
                InventedIds.Of(message.Uuid!, access.Position),
                StandInText.ToInstant(access.AccessedAt),
                TimeIsKnown: true,
                staff.AuthorOf(access.Position),
                access.NhsNumber,
                access.LocalPersonId));
        }

        if (first is not null)
        {
            yield return new AccessBlock(queries, first.UploadFileNumber);
        }
    }

    private static InactiveNumber NumberOf(StandInInactive inactive) =>
        new(inactive.NhsNumber, inactive.LocalPersonId, inactive.ReplacementList, inactive.UploadFileNumber);

    private static NotificationHead HeadOf(StandInMessage message) =>
        new(Guid.Parse(message.Uuid!, CultureInfo.InvariantCulture), StandInText.ToInstant(message.MadeAt), message.OdsCode, message.CouncilName);
}
