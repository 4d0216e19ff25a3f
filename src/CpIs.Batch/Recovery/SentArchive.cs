using CpIs.Batch.Commands;
using CpIs.Batch.Steps;
using CpIs.Domain.Values;
using CpIs.Files;
using CpIs.Storage.Ledger;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Recovery;

/// <summary>
/// Keeps in <c>archive/sent</c> what was sent, so that the ledger outlives its database. The order is: the database notes that sending
/// begins, the copy is made, the first byte leaves. So whatever left is in the archive; and what the archive lacks after a crash, or
/// should not have, the next submit puts right, because the database notes for each file whether the archive is right about it.
/// </summary>
internal sealed class SentArchive(CouncilRun run)
{
    private readonly RecoveryStore _store = new(run.Session);
    private readonly FileStore _files = new(run.Session);
    private readonly SentFolder _folder = new(run.Context.Data);
    private readonly ILogger _log = run.Context.Log("archive");

    /// <summary>Why the archive could not be written, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Brings the archive into line with the database for every file that it is not right about.</summary>
    public async Task SyncAsync(CancellationToken cancellationToken)
    {
        foreach (var number in await _store.UnarchivedAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await PutAsync(number, cancellationToken);
        }
    }

    /// <summary>
    /// Brings it into line for one file. A folder that cannot be written keeps no file from being sent: a child must not stay invisible
    /// because a copy could not be made.
    /// </summary>
    public async Task PutAsync(SequenceNumber number, CancellationToken cancellationToken)
    {
        try
        {
            var file = await _files.FindAsync(number, cancellationToken) ?? throw new InvalidOperationException($"File {number} has gone.");
            if (file.Status is FileStatus.Sending or FileStatus.Sent)
            {
                await WriteAsync(file, cancellationToken);
            }
            else
            {
                _folder.Remove(number);
            }

            await _store.ArchivedAsync(number, cancellationToken);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            _log.LogWarning("File {FileNumber} could not be put into the archive ({Error})", number, e.GetType().Name);
            Problem = $"The archive folder {_folder.Path} cannot be written. {FileFault.InWords(e)} What was sent is put there by the next run; make sure that it can be.";
        }
    }

    private async Task WriteAsync(StoredFile file, CancellationToken cancellationToken)
    {
        DurableFile.CreateFolder(_folder.Path);
        var source = run.Context.Data.Resolve(file.Path!);
        var copy = _folder.PayloadOf(file.Number, Formats.Named(file.Format!).FileExtension);
        if (!File.Exists(copy) && File.Exists(source))
        {
            await DurableFile.WriteAsync(copy, async target =>
            {
                await using var from = File.OpenRead(source);
                await from.CopyToAsync(target, cancellationToken);
            });
        }

        var lapses = (await _store.LapsesAsync(file.Number, cancellationToken)).ToDictionary(l => l.RecordNumber);
        var records = await _files.RecordsAsync(file.Number)
            .Select(r => new SentRecord(
                r.Kind.ToString(), r.Reason, r.SourceIds, r.ChildIds, r.Cause, r.ChangedAt, r.Record.VisibleUntil, r.Record.EndIsForecast,
                lapses.GetValueOrDefault(r.RecordNumber)?.AfterFile.Value, lapses.GetValueOrDefault(r.RecordNumber)?.On))
            .ToListAsync(cancellationToken);
        await new SentFile(
            SentFile.CurrentVersion, file.Number.Value, file.Format!, file.FileName!, file.Path!, file.Sha256!, file.LocalId!, file.CreatedAt,
            run.Context.BusinessDate, file.BegunAt ?? file.ToldAt!.Value, file.Status == FileStatus.Sent ? file.ToldAt : null, file.MessageId,
            file.Attempts, file.DuplicateRisk, records)
            .WriteAsync(_folder.AboutOf(file.Number), cancellationToken);
    }
}

/// <summary>The folder <c>archive/sent</c> and the names in it.</summary>
internal sealed class SentFolder(DataFolder data)
{
    private const string AboutEnding = ".about.json";

    public string Path { get; } = System.IO.Path.Combine(data.Archive, "sent");

    public string PayloadOf(SequenceNumber number, string extension) => System.IO.Path.Combine(Path, $"upload-{number}{extension}");

    public string AboutOf(SequenceNumber number) => System.IO.Path.Combine(Path, $"upload-{number}{AboutEnding}");

    /// <summary>The numbers of which there is anything.</summary>
    public SortedSet<SequenceNumber> Numbers() => [.. PayloadPlaces.NumbersIn(Path)];

    /// <summary>The copy of a file, in whatever format, or null.</summary>
    public string? FindPayload(SequenceNumber number) => Directory.Exists(Path)
        ? Directory.EnumerateFiles(Path, $"upload-{number}.*").Where(f => !f.EndsWith(AboutEnding, StringComparison.Ordinal)).Order(StringComparer.Ordinal).FirstOrDefault()
        : null;

    public void Remove(SequenceNumber number)
    {
        if (Directory.Exists(Path))
        {
            foreach (var file in Directory.EnumerateFiles(Path, $"upload-{number}.*"))
            {
                File.Delete(file);
            }
        }
    }
}
