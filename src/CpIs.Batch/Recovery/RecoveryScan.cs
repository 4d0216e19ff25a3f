using System.Text;
using System.Text.Json;
using CpIs.Batch.Commands;
using CpIs.Batch.Ingest;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Files;
using CpIs.Messages.Inbound;
using CpIs.Storage;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;

namespace CpIs.Batch.Recovery;

/// <summary>
/// Finds what the database has lost: files in the archive, in the transport's folders and in run folders, messages in the archive and in
/// quarantine. It only reads.
/// </summary>
internal sealed class RecoveryScan(CommandContext context, StorageSession session)
{
    private readonly List<string> _unreadable = [];
    private readonly List<FoundFile> _files = [];
    private readonly List<(SequenceNumber Number, string? NotRebuilt)> _used = [];
    private readonly List<(SequenceNumber Number, DateTimeOffset ToldAt, string? MessageId, bool DuplicateRisk)> _concluded = [];
    private readonly HashSet<SequenceNumber> _answered = [];
    private readonly SentFileReader _reader = new(context);
    private readonly SentFolder _sent = new(context.Data);
    private readonly PayloadPlaces _places = new(context);
    private SequenceNumber? _highest;
    private long _lastUsed;

    /// <summary>The latest business date that the archive knows; null when it knows none.</summary>
    public static async Task<DateOnly?> LastAsOfAsync(DataFolder data, CancellationToken cancellationToken)
    {
        var (lists, _) = await ReceivedList.ReadAsync(data, cancellationToken);
        var last = lists.Max(l => (DateOnly?)l.AsOf);
        var folder = new SentFolder(data);
        foreach (var number in folder.Numbers())
        {
            if (await TryReadAsync(folder.AboutOf(number), cancellationToken) is { } about && !(about.AsOf < last))
            {
                last = about.AsOf;
            }
        }

        return last;
    }

    public async Task<RecoveryPlan> RunAsync(CancellationToken cancellationToken)
    {
        _lastUsed = await new FileStore(session).LastUsedAsync(cancellationToken);
        var messages = await MessagesAsync(cancellationToken);
        foreach (var given in await new AnswerStore(session).ToUnknownFilesAsync(cancellationToken))
        {
            Quoted(given, isAnswer: true);
        }

        await FilesAsync(cancellationToken);
        return new RecoveryPlan(_files, _used, _concluded, messages, _highest, _unreadable);
    }

    private async Task FilesAsync(CancellationToken cancellationToken)
    {
        var used = (await new RecoveryStore(session).NumbersAsync(cancellationToken)).ToDictionary(n => n.Number);
        var handedOver = FirstOfEach(_places.HandedOver());
        var written = FirstOfEach(_places.Written());
        var archived = _sent.Numbers();
        HashSet<SequenceNumber> sent = [.. _places.HandedOverNumbers(), .. _answered];

        // A file is described in the archive before it leaves; that proves something only while nothing of the archive is missing.
        var archiveIsWhole = archived.Count > 0 && used.Values.All(n => n.Attempts == 0 || archived.Contains(n.Number));
        foreach (var number in new SortedSet<SequenceNumber>([.. archived, .. sent.Where(n => !used.ContainsKey(n)), .. written.Keys]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Seen(number);
            var known = used.GetValueOrDefault(number);
            string?[] places = [_sent.FindPayload(number), handedOver.GetValueOrDefault(number), written.GetValueOrDefault(number)];
            if (archived.Contains(number))
            {
                await ArchivedAsync(number, known, [.. places.OfType<string>()], cancellationToken);
            }
            else if (known is null && sent.Contains(number))
            {
                // Without a word of the archive: what was handed over or answered was sent, and what lies in a run folder alone was not.
                await TakeAsync(number, [.. places.OfType<string>()], null, known, cancellationToken);
            }
            else if (known is null)
            {
                if (!archiveIsWhole)
                {
                    Unreadable(
                        written[number],
                        "It lies in a run folder alone, and the archive is not whole: whether it was sent cannot be told. It counts as never sent; ask the CP-IS service desk.");
                }

                _used.Add((number, null));
            }
        }
    }

    private async Task ArchivedAsync(SequenceNumber number, UsedNumber? known, IReadOnlyList<string> places, CancellationToken cancellationToken)
    {
        var about = await TryReadAsync(_sent.AboutOf(number), cancellationToken);
        if (known is { Attempts: > 0 })
        {
            await CompareAsync(number, about, cancellationToken);
            return;
        }

        if (about is null)
        {
            Unreadable(_sent.AboutOf(number), "It is missing or damaged; the file is put back without what it said.");
        }

        await TakeAsync(number, places, about, known, cancellationToken);
    }

    private static async Task<SentFile?> TryReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await SentFile.ReadAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The database knows that the file was sent, or begun.</summary>
    private async Task CompareAsync(SequenceNumber number, SentFile? about, CancellationToken cancellationToken)
    {
        if (about is null || await new FileStore(session).FindAsync(number, cancellationToken) is not { } file)
        {
            return;
        }

        if (file.Sha256 != about.Sha256)
        {
            Unreadable(_sent.AboutOf(number), "The number was used for another file as well: ask the CP-IS service desk which one it holds.");
        }
        else if (file.Status == FileStatus.Sending && about.ToldAt is { } toldAt)
        {
            _concluded.Add((number, toldAt, about.MessageId, about.DuplicateRisk));
        }
    }

    /// <summary>Takes the first of the places where the file can be read.</summary>
    private async Task TakeAsync(SequenceNumber number, IReadOnlyList<string> places, SentFile? about, UsedNumber? known, CancellationToken cancellationToken)
    {
        foreach (var path in places)
        {
            try
            {
                var (restored, _) = await _reader.ReadAsync(number, path, about, cancellationToken);
                _files.Add(new FoundFile(number, path, about is not null, restored.File.RecordCount));
                return;
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                Unreadable(path, e is FormatException ? e.Message : "It cannot be opened.");
            }
        }

        if (places.Count == 0)
        {
            _unreadable.Add(about is null
                ? $"upload-{number}: It was handed over or answered, and its payload file is nowhere to be found."
                : $"{context.Data.Relative(_sent.AboutOf(number))}: The payload file that belongs to it is missing.");
        }

        if (known is not { IsNotRebuilt: true })
        {
            _used.Add((number, "What it told could not be read back."));
        }
    }

    private async Task<IReadOnlyList<FoundMessage>> MessagesAsync(CancellationToken cancellationToken)
    {
        var store = new InboundStore(session);
        var (lists, broken) = await ReceivedList.ReadAsync(context.Data, cancellationToken);
        _unreadable.AddRange(broken.Select(b => $"{b}: It is damaged or cannot be opened."));
        var times = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var list in lists)
        {
            foreach (var message in list.Messages)
            {
                times.TryAdd(message.Sha256, message.ReceivedAt);
            }
        }

        var found = new Dictionary<string, FoundMessage>(StringComparer.Ordinal);
        foreach (var (inboundId, path) in InboundNames.In(context.Data.Archive).Concat(InboundNames.In(context.Data.Quarantine)).OrderBy(m => m.InboundId))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var sha256 = await DurableFile.HashAsync(path, cancellationToken);
                if (!found.ContainsKey(sha256) && await store.FindByHashAsync(sha256, cancellationToken) is null)
                {
                    var at = times.TryGetValue(sha256, out var listed) ? listed : new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero);
                    found.Add(sha256, await LookAtAsync(inboundId, path, sha256, at, cancellationToken));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Unreadable(path, "It cannot be opened.");
            }
        }

        return [.. found.Values];
    }

    private async Task<FoundMessage> LookAtAsync(long inboundId, string path, string sha256, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var length = new FileInfo(path).Length;
        if (length > context.Settings.Inbound.MaxBytes)
        {
            return new FoundMessage(inboundId, path, sha256, length, null, at);
        }

        var content = await File.ReadAllBytesAsync(path, cancellationToken);
        if (ReportIn(path, content) is { } report)
        {
            Quoted(PayloadPlaces.NumberIn(InboundCollector.ReadReport(report)?.LocalId)?.ToString(), isAnswer: true);
            return new FoundMessage(inboundId, path, sha256, 0, report, at);
        }

        switch (new InboundReader().Read(content).Message)
        {
            case Acknowledgement answer:
                Quoted(answer.FileNumber, isAnswer: true);
                break;
            case AccessNotification notification:
                foreach (var access in notification.Accesses)
                {
                    Quoted(access.UploadFileNumber, isAnswer: false);
                }

                break;
        }

        return new FoundMessage(inboundId, path, sha256, length, null, at);
    }

    /// <summary>A transport's report lies in the archive as it was stored.</summary>
    private static string? ReportIn(string path, byte[] content)
    {
        if (Path.GetExtension(path) != ".json")
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(content);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("Item", out _) || !json.RootElement.TryGetProperty("Report", out _))
            {
                return null;
            }

            var stored = Encoding.UTF8.GetString(content);
            InboundCollector.ReadReport(stored);
            return stored;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Dictionary<SequenceNumber, string> FirstOfEach(IEnumerable<(SequenceNumber Number, string Path)> files) =>
        files.GroupBy(f => f.Number).ToDictionary(g => g.Key, g => g.First().Path);

    private void Quoted(string? given, bool isAnswer)
    {
        if (SequenceNumber.TryParse(given, out var number) && BeyondLedger.IsBelievable(number, _lastUsed))
        {
            Seen(number);
            if (isAnswer)
            {
                _answered.Add(number);
            }
        }
    }

    private void Seen(SequenceNumber number) => _highest = _highest is { } highest && highest > number ? highest : number;

    private void Unreadable(string path, string reason) => _unreadable.Add($"{context.Data.Relative(path)}: {reason}");
}
