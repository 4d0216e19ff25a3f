using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using CpIs.Files;
using Microsoft.Extensions.Logging;

namespace CpIs.Transport.MeshApi;

/// <summary>
/// Brings the inbox, message after message, until nothing of ours is left. A message stays with MESH until it is acknowledged, and
/// it is acknowledged only after the caller has stored it.
/// </summary>
internal sealed class MeshReceiver(MeshApiClient client, MeshApiOptions options, ILogger logger)
{
    /// <summary>How many waiting messages without a filter's match are looked at; beyond, they are only counted.</summary>
    private const int MostLooks = 100;

    /// <summary>So many failures in a row are no longer about single messages.</summary>
    private const int MostFailures = 3;

    private const string Suffix = ".mesh";

    private readonly string _folder = Path.GetFullPath(options.WorkFolder);

    public async IAsyncEnumerable<ReceivedItem> ReceiveAsync(ReceiveCounter counter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PrepareFolder();
        var pass = new Pass(counter);

        // Reports come under the workflow of what they report on.
        foreach (var workflow in options.WorkflowIds.Inbound.Append(options.WorkflowIds.Upload.Trim()).Distinct(StringComparer.Ordinal))
        {
            await foreach (var item in DrainAsync(workflow, pass, cancellationToken))
            {
                yield return item;
            }
        }

        // What is left is for others, but for reports that lost their workflow and what arrived meanwhile.
        await foreach (var item in DrainAsync(null, pass, cancellationToken))
        {
            yield return item;
        }

        logger.LogDebug("MESH inbox: {Seen} messages looked at, {Others} of other workflows left.", pass.Seen.Count, counter.OtherWorkflows);
    }

    public async Task CompleteAsync(ReceivedItem item, CancellationToken cancellationToken)
    {
        try
        {
            await client.AcknowledgeAsync(item.TransportId, cancellationToken);
        }
        catch (MeshCallException e) when (e.Failure.Status is 404 or 410 && !e.Failure.Error.IsPage)
        {
            logger.LogDebug("A message was acknowledged or has expired already.");
        }
        catch (MeshCallException e)
        {
            throw e.ToTransport();
        }

        DeleteFile(PathOf(item.TransportId));
    }

    private async IAsyncEnumerable<ReceivedItem> DrainAsync(string? workflow, Pass pass, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var links = new HashSet<string>(StringComparer.Ordinal);
        string? next = null;
        while (true)
        {
            var page = await ListAsync(workflow, next, cancellationToken);
            var fresh = page.Ids.Where(pass.Seen.Add).ToList();
            foreach (var id in fresh)
            {
                var item = await TakeAsync(id, look: workflow is null, pass, cancellationToken);
                if (item is not null)
                {
                    yield return item;
                }
            }

            if (page.Next is not null)
            {
                // A server that leads in a circle would keep us for ever.
                if (!links.Add(page.Next))
                {
                    yield break;
                }

                next = page.Next;
            }
            else if (page.Ids.Count >= MeshApiClient.PageSize && fresh.Count > 0)
            {
                // Version 1 gives no link: what was acknowledged makes room, and the list is asked for again.
                next = null;
            }
            else
            {
                yield break;
            }
        }
    }

    private async Task<InboxPage> ListAsync(string? workflow, string? next, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ListAsync(workflow, next, cancellationToken);
        }
        catch (MeshCallException e)
        {
            throw e.ToTransport();
        }
    }

    /// <summary>A message, or null when it is not ours or cannot be had now.</summary>
    private async Task<ReceivedItem?> TakeAsync(string id, bool look, Pass pass, CancellationToken cancellationToken)
    {
        try
        {
            if (look)
            {
                if (pass.Looks >= MostLooks)
                {
                    pass.Counter.OtherWorkflows++;
                    return null;
                }

                pass.Looks++;
                if (!IsOurs(await client.LookAsync(id, cancellationToken)))
                {
                    pass.Counter.OtherWorkflows++;
                    pass.Failures = 0;
                    return null;
                }
            }

            var item = await DownloadAsync(id, pass.Counter, cancellationToken);
            pass.Failures = 0;
            return item;
        }
        catch (MeshCallException e) when (e.Failure is { Status: 404 or 410, Error.IsPage: false })
        {
            // Taken by another client of this mailbox, or expired, since it was listed.
            return null;
        }
        catch (MeshCallException e) when (e.Failure.Kind is FailureKind.NotReached or FailureKind.Untrusted || e.Failure.Status == 403)
        {
            throw e.ToTransport();
        }
        catch (MeshCallException e)
        {
            pass.Counter.Delay(id, e.Failure.Detail);
            return ++pass.Failures < MostFailures ? null : throw e.ToTransport();
        }
        catch (MessageTooLargeException)
        {
            pass.Counter.Delay(id, $"A message is larger than {MeshApiOptions.Section}{nameof(options.MaxMessageMegabytes)} allows. Ask the sender, or raise the limit.");
            return null;
        }
    }

    /// <summary>Downloads a message into the work folder; what is not handed on is not kept there.</summary>
    private async Task<ReceivedItem?> DownloadAsync(string id, ReceiveCounter counter, CancellationToken cancellationToken)
    {
        var path = PathOf(id);
        ReceivedItem? item = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var (headers, wanted, problem, missing) = await DownloadPartsAsync(id, path, cancellationToken);
                if (!wanted)
                {
                    counter.OtherWorkflows++;
                    return null;
                }

                if (missing is not null)
                {
                    counter.Delay(id, missing);
                    return null;
                }

                if (headers.IsReport)
                {
                    return new ReceivedItem(id, id, ContentPath: null, headers.ToReport(), headers.LocalId, headers.WorkflowId, Stamp: id);
                }

                if (problem is not null || !options.VerifyChecksum || await MatchesAsync(path, headers.Checksum, cancellationToken))
                {
                    return item = new ReceivedItem(id, NameOf(headers, id), path, Report: null, headers.LocalId, headers.WorkflowId, Stamp: id, problem);
                }

                // Once more, in case the bytes were damaged on the way.
                if (attempt > 1)
                {
                    counter.Delay(id, "A message does not match the checksum that its sender gave. It stays with MESH; ask the sender to send it again.");
                    return null;
                }
            }
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            // The last bytes in the buffer may be what the disk has no room for; what the network does wrong is told otherwise.
            throw FolderFailure(e);
        }
        finally
        {
            if (item is null)
            {
                DeleteFile(path);
            }
        }
    }

    private async Task<Download> DownloadPartsAsync(string id, string path, CancellationToken cancellationToken)
    {
        await using var target = CreateFile(path);
        var part = await client.DownloadAsync(id, 1, target, IsOurs, cancellationToken);
        var headers = part.Headers;
        if (!part.Wanted || headers.IsReport)
        {
            return new Download(headers, part.Wanted);
        }

        var unknown = part.UnknownEncoding;
        var total = headers.TotalChunks;
        for (var next = 2; next <= total || part.MoreFollow; next++)
        {
            try
            {
                part = await client.DownloadAsync(id, next, target, _ => true, cancellationToken);
            }
            catch (MeshCallException e) when (e.Failure is { Status: 404, Error.IsPage: false } && next > total)
            {
                // A server may answer every part with 206; that the part after the announced last is not there is then the end.
                break;
            }
            catch (MeshCallException e) when (e.Failure is { Status: 404, Error.IsPage: false })
            {
                return new Download(headers, Missing: "A part of a message is missing from MESH. It stays there; ask the MESH service desk.");
            }

            unknown ??= part.UnknownEncoding;
            if (total is not null && part.Headers.TotalChunks is { } now && now != total)
            {
                return new Download(headers, Missing: "MESH gives different numbers of parts for one message. It stays there; ask the MESH service desk.");
            }
        }

        return new Download(
            headers, Problem: unknown is not null ? $"The content is encoded as '{unknown}', which cannot be decoded." : headers.IsData ? null : "The message type is neither DATA nor REPORT.");
    }

    private bool IsOurs(MexHeaders headers) =>
        headers.IsReport ? options.WorkflowIds.IsOurReport(headers.WorkflowId) : options.WorkflowIds.IsInbound(headers.WorkflowId);

    /// <summary>Compares where the checksum is of a kind that can be: hexadecimal, by its length or by the name before it.</summary>
    private async Task<bool> MatchesAsync(string path, string? checksum, CancellationToken cancellationToken)
    {
        if (checksum is null)
        {
            return true;
        }

        var parts = checksum.Split([':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var name = parts.Length == 2 ? parts[0].Replace("-", "", StringComparison.Ordinal).ToUpperInvariant() : null;
        var value = parts.Length is 1 or 2 ? parts[^1] : "";
        HashAlgorithmName? algorithm = (name, value.Length) switch
        {
            ("SHA256" or null, 64) => HashAlgorithmName.SHA256,
            ("SHA512" or null, 128) => HashAlgorithmName.SHA512,
            ("SHA1" or null, 40) => HashAlgorithmName.SHA1,
            ("MD5" or null, 32) => HashAlgorithmName.MD5,
            _ => null,
        };
        if (algorithm is not { } known || value.Any(c => !char.IsAsciiHexDigit(c)))
        {
            logger.LogDebug("A message carries a checksum of an unknown kind; it is not compared.");
            return true;
        }

        await using var file = DurableFile.OpenRead(path);
        using var hash = IncrementalHash.CreateHash(known);
        var buffer = new byte[81_920];
        int read;
        while ((read = await file.ReadAsync(buffer, cancellationToken)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexString(hash.GetHashAndReset()).Equals(value, StringComparison.OrdinalIgnoreCase);
    }

    private static string NameOf(MexHeaders headers, string id)
    {
        var name = headers.FileName?.Split('/', '\\')[^1] ?? id + ".dat";
        return string.Concat(name.Select(c => char.IsControl(c) ? ' ' : c));
    }

    /// <summary>Message ids make file names only where they are plain.</summary>
    private string PathOf(string id) => Path.Combine(
        _folder,
        (id.Length is > 0 and <= 100 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? id : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))) + Suffix);

    /// <summary>What an earlier run left half-downloaded or did not take is with MESH still.</summary>
    private void PrepareFolder()
    {
        try
        {
            DurableFile.CreateFolder(_folder);
            foreach (var left in Directory.EnumerateFiles(_folder, "*" + Suffix).ToList())
            {
                File.Delete(left);
            }
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FolderFailure(e);
        }
    }

    private static FileStream CreateFile(string path)
    {
        try
        {
            return DurableFile.Create(path);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FolderFailure(e);
        }
    }

    private static void DeleteFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FolderFailure(e);
        }
    }

    private static TransportException FolderFailure(Exception cause) =>
        new($"{MeshApiOptions.Section}{nameof(MeshApiOptions.WorkFolder)} cannot be used. {FileFault.InWords(cause)} Check that it can be reached, its rights and the space left.", cause);

    /// <summary>What became of a download.</summary>
    /// <param name="Problem">All of it is here and cannot be understood.</param>
    /// <param name="Missing">Not all of it is here.</param>
    private sealed record Download(MexHeaders Headers, bool Wanted = true, string? Problem = null, string? Missing = null);

    /// <summary>What is remembered during one pass over the inbox.</summary>
    private sealed class Pass(ReceiveCounter counter)
    {
        public ReceiveCounter Counter { get; } = counter;

        public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

        public int Looks { get; set; }

        public int Failures { get; set; }
    }
}
