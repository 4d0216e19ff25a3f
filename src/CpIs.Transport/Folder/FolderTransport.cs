using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CpIs.Files;
using CpIs.Transport.Files;

namespace CpIs.Transport.Folder;

/// <summary>
/// Kind <c>folder</c>: uploads are put in one folder, messages are taken from another. Whoever stands behind them (an integration
/// engine, the stand-in CP-IS) takes and brings the files.
/// </summary>
/// <param name="clock">The clock of the machine, not one set to a business date: it is compared with the times of files.</param>
public sealed partial class FolderTransport(FolderOptions options, TimeProvider clock) : ITransport
{
    /// <summary>What .NET says of an entry that it cannot look at.</summary>
    private const FileAttributes Unknown = (FileAttributes)(-1);

    private readonly string _out = Path.GetFullPath(options.Out);
    private readonly string _in = Path.GetFullPath(options.In);
    private readonly TimeSpan _settle = TimeSpan.FromSeconds(options.SettleSeconds);
    private ReceiveCounter _counter = new();

    /// <inheritdoc />
    public string Kind => "folder";

    /// <inheritdoc />
    public ReceiveTally Tally => _counter.ToTally();

    /// <inheritdoc />
    /// <remarks>
    /// The temporary file stays until the rename: after a crash its presence tells that the file was not delivered, its absence that
    /// it was, even when the receiver has taken it since.
    /// </remarks>
    public async Task<SendResult> SendAsync(OutboundFile file, ISendJournal journal, CancellationToken cancellationToken)
    {
        OutboundNames.Check(file);
        var target = Path.Combine(_out, file.FileName);
        var temporary = DurableFile.TemporaryPathOf(target);
        if (file.Begun is not null)
        {
            return await GuardOutAsync(() => SettleAsync(file, target, temporary, cancellationToken));
        }

        var early = await GuardOutAsync(() => PrepareAsync(file, target, temporary, cancellationToken));
        if (early is not null)
        {
            return early;
        }

        // From here on the temporary file must not be removed, whatever BeginAsync throws: its commit may have succeeded.
        await journal.BeginAsync(file, cancellationToken);
        return await GuardOutAsync(() =>
        {
            DurableFile.Rename(temporary, target, replace: false);
            return Task.FromResult(new SendResult(SendOutcome.Accepted));
        });
    }

    /// <inheritdoc />
    public Task TidyAsync(IReadOnlyCollection<OutboundFile> begun, CancellationToken cancellationToken) => GuardOutAsync(() =>
    {
        if (Directory.Exists(_out))
        {
            var kept = begun.Select(f => DurableFile.TemporaryPathOf(Path.Combine(_out, f.FileName))).ToList();
            foreach (var left in Directory.EnumerateFiles(_out, ".*", new EnumerationOptions { AttributesToSkip = 0 })
                         .Where(f => Prepared().IsMatch(Path.GetFileName(f)) && !kept.Contains(f, StringComparer.Ordinal)).ToList())
            {
                DurableFile.Delete(left);
            }
        }

        return Task.FromResult(true);
    });

    /// <inheritdoc />
    public async IAsyncEnumerable<ReceivedItem> ReceiveAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _counter = new ReceiveCounter();
        foreach (var name in Waiting())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var item = Look(name);
            if (item is not null)
            {
                yield return item;
            }
        }

        await Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task CompleteAsync(ReceivedItem item, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(Path.Combine(_in, item.TransportId));
        if (item.Stamp is null || !path.StartsWith(_in + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new ArgumentException("The item is not one that this transport received.", nameof(item));
        }

        try
        {
            // Other bytes under the same name are another message: it is shown again.
            var found = new FileInfo(path);
            if (found.Exists && string.Equals(FileStamp.Of(found), item.Stamp, StringComparison.Ordinal))
            {
                Reach("before-taking-away", path);
                found.Delete();
                Reach("taken-away", path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InboxFailure(e);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public IAsyncEnumerable<ReceivedItem> ReportsAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<ReceivedItem>();

    /// <summary>Makes the temporary file ready; a result when it ends there.</summary>
    private async Task<SendResult?> PrepareAsync(OutboundFile file, string target, string temporary, CancellationToken cancellationToken)
    {
        DurableFile.CreateFolder(_out);
        if (!File.Exists(file.Path))
        {
            return Outbound.Missing;
        }

        if (File.Exists(target))
        {
            return await DurableFile.HashAsync(target, cancellationToken) == file.Sha256 ? new SendResult(SendOutcome.Accepted) : NameTaken;
        }

        if (await DurableFile.CopyFlushedAsync(file.Path, temporary, cancellationToken) != file.Sha256)
        {
            DurableFile.Delete(temporary);
            return Outbound.Changed;
        }

        return null;
    }

    private async Task<SendResult> SettleAsync(OutboundFile file, string target, string temporary, CancellationToken cancellationToken)
    {
        DurableFile.CreateFolder(_out);
        if (!File.Exists(temporary))
        {
            return new SendResult(SendOutcome.Accepted, Detail: "It had been delivered when the earlier run broke off.");
        }

        if (File.Exists(target))
        {
            if (await DurableFile.HashAsync(target, cancellationToken) != file.Sha256)
            {
                return NameTaken;
            }

            DurableFile.Delete(temporary);
            return new SendResult(SendOutcome.Accepted);
        }

        if (await DurableFile.HashAsync(temporary, cancellationToken) != file.Sha256)
        {
            if (!File.Exists(file.Path))
            {
                return Outbound.Missing;
            }

            // Rewritten beside it, so that the mark of an undelivered file is never missing.
            var again = DurableFile.TemporaryPathOf(temporary);
            if (await DurableFile.CopyFlushedAsync(file.Path, again, cancellationToken) != file.Sha256)
            {
                DurableFile.Delete(again);
                return Outbound.Changed;
            }

            DurableFile.Rename(again, temporary, replace: true);
        }

        DurableFile.Rename(temporary, target, replace: false);
        return new SendResult(SendOutcome.Accepted);
    }

    private static SendResult NameTaken => new(
        SendOutcome.Refused,
        Detail: "Another file of this name lies in Transport:Folder:Out. Find out where it came from (a restored backup?) and move it away.");

    /// <summary>Relative paths with '/' in ordinal order, so that every system takes files in the same order.</summary>
    private List<string> Waiting()
    {
        var names = new List<string>();
        var folders = new Stack<string>();
        try
        {
            DurableFile.CreateFolder(_in);
            ListFolder(_in, names, folders);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InboxFailure(e);
        }

        while (folders.TryPop(out var folder))
        {
            try
            {
                ListFolder(folder, names, folders);
            }
            catch (DirectoryNotFoundException)
            {
                // Somebody took it away meanwhile.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The messages beside it must not wait for it.
                _counter.Delay(RelativeName(folder), "A folder in Transport:Folder:In cannot be read: check its rights. What lies in it waits.");
            }
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private void ListFolder(string folder, List<string> names, Stack<string> folders)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0 }))
        {
            if (IsIgnored(entry.Name))
            {
                continue;
            }

            // Its own full name is empty where the path is too long.
            var path = Path.Combine(folder, entry.Name);
            if (entry is not DirectoryInfo)
            {
                names.Add(RelativeName(path));
            }
            else if (entry.Attributes == Unknown || !entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                folders.Push(path);
            }
        }
    }

    private string RelativeName(string path) => Path.GetRelativePath(_in, path).Replace(Path.DirectorySeparatorChar, '/');

    private ReceivedItem? Look(string name)
    {
        var file = new FileInfo(Path.Combine(_in, name));
        try
        {
            if (!file.Exists || !FileStamp.IsSettled(file, _settle, clock.GetUtcNow()))
            {
                return null;
            }

            using (DurableFile.OpenRead(file.FullName))
            {
                return new ReceivedItem(name, file.Name, file.FullName, Report: null, Stamp: FileStamp.Of(file));
            }
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _counter.Delay(name, "A file in Transport:Folder:In cannot be read: it is still being written, its rights do not allow it, or it is no file but a pipe.");
            return null;
        }
    }

    private async Task<T> GuardOutAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw new TransportException($"The folder {_out} (Transport:Folder:Out) cannot be written. {FileFault.InWords(e)} Check that it can be reached, its rights and the space left.", e);
        }
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    static partial void Reach(string point, string path);

    /// <summary>The names that this engine's uploads have until they are delivered.</summary>
    [GeneratedRegex(@"^\.{1,2}upload-[0-9]+\.[a-z]+(\.tmp){1,2}$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Prepared();

    private static bool IsIgnored(string name) =>
        name.StartsWith('.') || name.EndsWith(".tmp", StringComparison.OrdinalIgnoreCase);

    /// <summary>Without the file system's own text: it names files, and a name given by others is not ours to repeat.</summary>
    private TransportException InboxFailure(Exception cause) =>
        new($"The folder {_in} (Transport:Folder:In) cannot be used ({cause.GetType().Name}). Check that it can be reached and its rights.");
}
