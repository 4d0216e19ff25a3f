using System.Text;
using CpIs.Batch.Recovery;
using CpIs.Batch.Steps;
using CpIs.Files;
using CpIs.Storage.Inbound;

namespace CpIs.Batch.Ingest;

/// <summary>
/// The copies of messages for people (contract section 6): bytes as received in the archive, once applied; in the quarantine with the
/// reason beside them, as long as something of them is set aside. They are made after the commit and made again if a run broke off.
/// </summary>
internal sealed partial class MessageFolders(CouncilRun run)
{
    private readonly InboundStore _store = new(run.Session);
    private readonly string _archive = run.Context.Data.Archive;
    private readonly string _quarantine = run.Context.Data.Quarantine;

    /// <summary>Puts every copy in place that is not, and with them a list of when the messages came.</summary>
    public async Task FileAsync(CancellationToken cancellationToken)
    {
        var filed = new List<InboundHead>();
        foreach (var inboundId in await _store.UnfiledAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var head = await _store.FindAsync(inboundId, cancellationToken) ?? throw new InvalidOperationException($"Inbound message {inboundId} has gone.");
            if (head.IsUnread && !File.Exists(UnreadPathOf(inboundId)))
            {
                // Too large for the database: its bytes come again from where it still lies.
                continue;
            }

            await FileAsync(head, cancellationToken);
            filed.Add(head);
        }

        if (filed.Count == 0)
        {
            return;
        }

        await new ReceivedList(run.RunId, run.Context.BusinessDate, [.. filed.Select(h => new ReceivedMessage(h.InboundId, h.Sha256, h.ReceivedAt))])
            .WriteAsync(run.Context.Data);
        foreach (var head in filed)
        {
            await _store.FiledAsync(head.InboundId, cancellationToken);
        }
    }

    /// <summary>Puts a message that is too large to be read into the quarantine, where its only copy is kept.</summary>
    public Task KeepUnreadAsync(long inboundId, string path, CancellationToken cancellationToken)
    {
        DurableFile.CreateFolder(_quarantine);
        return DurableFile.WriteAsync(UnreadPathOf(inboundId), async target =>
        {
            await using var source = File.OpenRead(path);
            await source.CopyToAsync(target, cancellationToken);
        });
    }

    /// <summary>Where the only copy of a message lies that was too large.</summary>
    public string UnreadPathOf(long inboundId) => Path.Combine(_quarantine, NameOf(inboundId, null, isReport: false));

    private async Task FileAsync(InboundHead head, CancellationToken cancellationToken)
    {
        var content = head.Report is { } report ? Encoding.UTF8.GetBytes(report) : await _store.ContentAsync(head.InboundId, cancellationToken);
        var name = NameOf(head.InboundId, head.Format, head.Report is not null);
        if (head.Status == InboundStatus.Applied)
        {
            await WriteAsync(_archive, name, content ?? []);
        }

        var reasons = await _store.QuarantineReasonsAsync(head.InboundId, cancellationToken);
        RemoveOthers(head.InboundId, reasons.Count > 0 ? name : null, keepUnread: head.IsUnread);
        if (reasons.Count > 0)
        {
            if (content is not null)
            {
                await WriteAsync(_quarantine, name, content);
            }

            await WriteAsync(_quarantine, Path.ChangeExtension(name, ".txt"), Encoding.UTF8.GetBytes(Explain(head, reasons)));
        }
    }

    private static string Explain(InboundHead head, IReadOnlyList<QuarantineReason> reasons)
    {
        var text = new StringBuilder();
        text.Append(FormattableString.Invariant($"Inbound message {head.InboundId}, received {head.ReceivedAt:yyyy-MM-dd HH:mm:ss} UTC.\n"));
        foreach (var reason in reasons)
        {
            text.Append(reason.IsWhole ? "Nothing of it was applied: " : "Applied but for what could not be read: ").Append(reason.Reason).Append('\n');
        }

        text.Append(FormattableString.Invariant($"When the cause has been removed: cpis ingest-access --replay {head.InboundId}\n"));
        return text.ToString();
    }

    private static async Task WriteAsync(string folder, string name, byte[] content)
    {
        DurableFile.CreateFolder(folder);
        await DurableFile.WriteAsync(Path.Combine(folder, name), stream => stream.WriteAsync(content).AsTask());
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    static partial void Reach(string point, string path);

    /// <summary>The format, and with it the name's ending, may have become known only later.</summary>
    private void RemoveOthers(long inboundId, string? keep, bool keepUnread)
    {
        if (!Directory.Exists(_quarantine))
        {
            return;
        }

        foreach (var path in Directory.EnumerateFiles(_quarantine, FormattableString.Invariant($"inbound-{inboundId:D6}.*")))
        {
            var name = Path.GetFileName(path);
            var isKept = keep is not null && (name == keep || name == Path.ChangeExtension(keep, ".txt"));
            if (!isKept && !(keepUnread && path == UnreadPathOf(inboundId)))
            {
                Reach("before-delete", path);
                File.Delete(path);
                Reach("deleted", path);
            }
        }
    }

    private static string NameOf(long inboundId, string? format, bool isReport) => FormattableString.Invariant($"inbound-{inboundId:D6}") + (format switch
    {
        _ when isReport => ".json",
        "hl7v3" => ".xml",
        "flat" => ".csv",
        "fhir" => ".json",
        _ => ".bin",
    });
}
