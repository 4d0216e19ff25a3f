using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CpIs.Batch.Steps;
using CpIs.Domain.Alerts;
using CpIs.Files;
using CpIs.Storage.Inbound;
using CpIs.Transport;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Ingest;

/// <summary>Stores every message whole, with its hash, before anything is made of it. Each is committed by itself.</summary>
internal sealed class InboundCollector(CouncilRun run, AlertDesk desk, MessageFolders folders)
{
    /// <summary>The name under which files given by hand are recorded.</summary>
    private const string ByHand = "file";

    private readonly InboundStore _store = new(run.Session);
    private readonly ILogger _log = run.Context.Log("ingest");
    private readonly long _maxBytes = run.Context.Settings.Inbound.MaxBytes;

    /// <summary>Stores everything that waits at the transport and what it reports.</summary>
    /// <param name="taken">Gets each item, once it is committed, with our id of it.</param>
    /// <exception cref="TransportException">The transport as a whole does not work; what was taken before is stored.</exception>
    public async Task CollectAsync(ITransport transport, List<(ReceivedItem Item, long InboundId)> taken, IngestTally tally, CancellationToken cancellationToken)
    {
        foreach (var items in new[] { transport.ReceiveAsync(cancellationToken), transport.ReportsAsync(cancellationToken) })
        {
            await foreach (var item in items.WithCancellation(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (await StoreAsync(transport.Kind, item, tally, cancellationToken) is { } inboundId)
                {
                    taken.Add((item, inboundId));
                }
            }
        }
    }

    /// <summary>Stores a file, or every file below a folder in ordinal order of path; hidden files are left out.</summary>
    public async Task CollectAsync(string path, IngestTally tally, CancellationToken cancellationToken)
    {
        foreach (var (file, name) in FilesAt(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (DurableFile.IsPipe(file))
            {
                _log.LogWarning("What is a pipe and not a file was passed over");
                continue;
            }

            await StoreAsync(ByHand, new ReceivedItem(name, Path.GetFileName(file), file, Report: null), tally, cancellationToken);
        }
    }

    /// <summary>What identifies an item at its transport: the id with the state in which it was seen.</summary>
    public static string ItemId(ReceivedItem item) => item.Stamp is null ? item.TransportId : $"{item.TransportId}\n{item.Stamp}";

    /// <summary>The report as it was stored; null for an item of which the transport could make nothing.</summary>
    public static TransportReport? ReadReport(string stored) => JsonSerializer.Deserialize<StoredReport>(stored)?.Report;

    private static IEnumerable<(string File, string Name)> FilesAt(string path)
    {
        if (File.Exists(path))
        {
            return [(path, Path.GetFileName(path))];
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directory.EnumerateFiles(path, "*", options)
            .Select(f => (File: f, Name: Path.GetRelativePath(path, f).Replace(Path.DirectorySeparatorChar, '/')))
            .Where(f => !f.Name.Split('/').Any(part => part.StartsWith('.')))
            .OrderBy(f => f.Name, StringComparer.Ordinal);
    }

    private async Task<long?> StoreAsync(string transport, ReceivedItem item, IngestTally tally, CancellationToken cancellationToken)
    {
        NewInbound message;
        try
        {
            message = await ReadAsync(transport, item, cancellationToken);
        }
        catch (FileNotFoundException)
        {
            // Somebody took it away between listing and reading.
            _log.LogWarning("A message that was listed is no longer there");
            return null;
        }

        var isTooLarge = message is { Content: null, Report: null };
        var problem = item.Problem ?? (isTooLarge ? $"it is larger than Inbound:MaxMegabytes ({run.Context.Settings.Inbound.MaxMegabytes})" : null);
        var own = new IngestTally();
        var stored = await run.Session.InTransactionAsync(
            async () =>
            {
                var result = await _store.StoreAsync(message, run.RunId, cancellationToken);
                if (result.IsNew && problem is not null)
                {
                    await QuarantineAsync(result.InboundId, problem, own, cancellationToken);
                }

                return result;
            },
            cancellationToken);
        own.Messages += stored.IsNew ? 1 : 0;
        own.Repeated += stored.IsRepetition ? 1 : 0;
        tally.Add(own);
        if (isTooLarge && !stored.IsFiled)
        {
            await folders.KeepUnreadAsync(stored.InboundId, item.ContentPath!, cancellationToken);
        }

        _log.LogInformation("Inbound {InboundId}: {Bytes} bytes, {News}", stored.InboundId, message.Length, stored.IsNew ? "new" : stored.IsRepetition ? "came before" : "shown again");
        return stored.InboundId;
    }

    /// <summary>Sets a message aside as a whole, with its alert (rules A11, K6), inside the caller's transaction.</summary>
    public async Task QuarantineAsync(long inboundId, string reason, IngestTally tally, CancellationToken cancellationToken)
    {
        tally.Quarantined++;
        await _store.QuarantineAsync(inboundId, reason, run.RunId, run.Now, cancellationToken);
        await desk.RaiseToRoleAsync(
            AlertType.Quarantined,
            AlertWording.Quarantined(inboundId, reason.TrimEnd('.')),
            FormattableString.Invariant($"inbound:{inboundId}"),
            inboundId,
            tally,
            cancellationToken);
    }

    private async Task<NewInbound> ReadAsync(string transport, ReceivedItem item, CancellationToken cancellationToken)
    {
        string sha256;
        long length = 0;
        byte[]? content = null;
        string? report = null;
        if (item.Report is not null || item.ContentPath is null)
        {
            report = JsonSerializer.Serialize(new StoredReport(ItemId(item), item.Report));
            sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(report)));
        }
        else
        {
            await using var stream = DurableFile.OpenRead(item.ContentPath);
            length = stream.Length;
            if (length > _maxBytes)
            {
                sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
            }
            else
            {
                content = new byte[length];
                await stream.ReadExactlyAsync(content, cancellationToken);
                sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
            }
        }

        return new NewInbound(transport, ItemId(item), item.Name, sha256, length, content, report, StaysWithSender: transport != ByHand, run.Now);
    }

    private sealed record StoredReport(string Item, TransportReport? Report);
}
