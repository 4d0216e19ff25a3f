using System.Runtime.CompilerServices;
using System.Xml;
using CpIs.Files;
using CpIs.Transport.Files;

namespace CpIs.Transport.MeshClient;

/// <summary>
/// Kind <c>mesh-client</c>: the folders through which NHS's own MESH client exchanges files with applications, a <c>.dat</c> with the
/// content and a <c>.ctl</c> that describes it (reference mesh-api section 10).
/// </summary>
/// <remarks>
/// The client has acknowledged to MESH what lies in its <c>in</c> folder: it is the only copy, and stays there until
/// <see cref="CompleteAsync"/>.
/// </remarks>
/// <param name="clock">The clock of the machine, not one set to a business date: it is compared with the times of files.</param>
public sealed partial class MeshClientTransport(MeshClientOptions options, TimeProvider clock) : ITransport
{
    private const string DoneSuffix = ".done";
    private readonly string _root = Path.GetFullPath(options.Root);
    private readonly TimeSpan _settle = TimeSpan.FromSeconds(options.SettleSeconds);
    private readonly TimeSpan _stalled = TimeSpan.FromMinutes(options.StalledMinutes);
    private ReceiveCounter _received = new();
    private ReceiveCounter _reported = new();

    /// <inheritdoc />
    public string Kind => "mesh-client";

    /// <inheritdoc />
    public ReceiveTally Tally => _received.With(_reported);

    private string Out => Path.Combine(_root, options.Folders.Out);

    private string Staging => Path.Combine(_root, options.Folders.Staging);

    /// <inheritdoc />
    /// <remarks>
    /// The pair is made ready beside the client's folders. The .ctl is the client's trigger and is moved last, so while it is still
    /// in the staging folder nothing was sent; once it is gone from there, everything was handed over.
    /// </remarks>
    public async Task<SendResult> SendAsync(OutboundFile file, ISendJournal journal, CancellationToken cancellationToken)
    {
        OutboundNames.Check(file);
        var pair = new OutboundPair(Staging, Out, file.LocalId);
        if (file.Begun is not null)
        {
            return await GuardOutAsync(() => SettleAsync(file, pair, cancellationToken));
        }

        var early = await GuardOutAsync(() => PrepareAsync(file, pair, cancellationToken));
        if (early is not null)
        {
            return early;
        }

        // From here on the staged files must not be removed, whatever BeginAsync throws: its commit may have succeeded.
        await journal.BeginAsync(file, cancellationToken);
        return await GuardOutAsync(() =>
        {
            DurableFile.Rename(pair.StagedData, pair.Data, replace: false);
            DurableFile.Rename(pair.StagedControl, pair.Control, replace: false);
            return Task.FromResult(new SendResult(SendOutcome.Accepted));
        });
    }

    /// <inheritdoc />
    /// <remarks>The staging folder is this engine's own.</remarks>
    public Task TidyAsync(IReadOnlyCollection<OutboundFile> begun, CancellationToken cancellationToken) => GuardOutAsync(() =>
    {
        if (Directory.Exists(Staging))
        {
            var kept = begun.Select(f => f.LocalId).ToList();
            foreach (var left in Directory.EnumerateFiles(Staging, "*", new EnumerationOptions { AttributesToSkip = 0 })
                         .Where(f => !kept.Exists(id => Path.GetFileName(f).TrimStart('.').StartsWith(id + ".", StringComparison.Ordinal))).ToList())
            {
                DurableFile.Delete(left);
            }
        }

        return Task.FromResult(true);
    });

    /// <inheritdoc />
    public async IAsyncEnumerable<ReceivedItem> ReceiveAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _received = new ReceiveCounter();
        Prepare(options.Folders.In);
        foreach (var control in Controls(options.Folders.In))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var item = Guard(() => LookAtInbound(control));
            if (item is not null)
            {
                yield return item;
            }
        }

        Guard(() => TellLoneData(options.Folders.In));
        await Task.CompletedTask;
    }

    /// <inheritdoc />
    /// <remarks>
    /// What the client did with our files: the pairs in <c>sent</c> and <c>failed</c>. A file that it leaves in <c>out</c> for long
    /// is told in <see cref="Tally"/>. Reports that come as a lone .ctl in <c>in</c> are among the items of <see cref="ReceiveAsync"/>.
    /// </remarks>
    public async IAsyncEnumerable<ReceivedItem> ReportsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _reported = new ReceiveCounter();
        Prepare(options.Folders.Sent, options.Folders.Failed, options.Folders.Out);
        foreach (var folder in new[] { options.Folders.Sent, options.Folders.Failed })
        {
            foreach (var control in Controls(folder))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var item = Guard(() => LookAtOutcome(folder, control));
                if (item is not null)
                {
                    yield return item;
                }
            }
        }

        foreach (var control in Controls(options.Folders.Out))
        {
            Guard(() => TellStalled(control));
        }

        await Task.CompletedTask;
    }

    /// <inheritdoc />
    /// <remarks>Removes the pair; one that could not be read is moved to the folder for such, so that nothing is lost.</remarks>
    public Task CompleteAsync(ReceivedItem item, CancellationToken cancellationToken)
    {
        var seen = PairStamp.Parse(item.Stamp);
        if (seen is null || !(new[] { options.Folders.In, options.Folders.Sent, options.Folders.Failed }).Contains(seen.Folder, StringComparer.Ordinal))
        {
            throw new ArgumentException("The item is not one that this transport received.", nameof(item));
        }

        Guard(() =>
        {
            var control = new FileInfo(Path.Combine(_root, seen.Folder, seen.Control));
            if (control.Exists)
            {
                // Other bytes under the same name are another message: it is shown again.
                var now = PairStamp.Of(seen.Folder, control, DataOf(control));
                if (now == seen)
                {
                    Remove(control, aside: item.Problem is not null);
                }
            }
            else
            {
                FinishRemovals(seen.Folder);
            }
        });
        return Task.CompletedTask;
    }

    private static SendResult NameTaken => new(
        SendOutcome.Refused,
        Detail: "A pair of this name lies in the MESH client's out folder already. Find out where it came from (a restored backup?) and move it away.");

    /// <summary>Makes the pair ready in the staging folder; a result when it ends there.</summary>
    private async Task<SendResult?> PrepareAsync(OutboundFile file, OutboundPair pair, CancellationToken cancellationToken)
    {
        DurableFile.CreateFolder(Out);
        DurableFile.CreateFolder(Staging);
        if (!File.Exists(file.Path))
        {
            return Outbound.Missing;
        }

        if (File.Exists(pair.Control) || File.Exists(pair.Data))
        {
            return NameTaken;
        }

        if (await DurableFile.CopyFlushedAsync(file.Path, pair.StagedData, cancellationToken) != file.Sha256)
        {
            DurableFile.Delete(pair.StagedData);
            return Outbound.Changed;
        }

        await DurableFile.WriteAsync(pair.StagedControl, ControlFile.ForUpload(options, file.LocalId), cancellationToken);
        return null;
    }

    private async Task<SendResult> SettleAsync(OutboundFile file, OutboundPair pair, CancellationToken cancellationToken)
    {
        DurableFile.CreateFolder(Out);
        DurableFile.CreateFolder(Staging);
        if (!File.Exists(pair.StagedControl) && !File.Exists(pair.StagedData))
        {
            return new SendResult(SendOutcome.Accepted, Detail: "It had been handed to the MESH client when the earlier run broke off.");
        }

        if (File.Exists(pair.Control))
        {
            return NameTaken;
        }

        // The client may have moved or deleted a .dat that lay there without its .ctl, so its presence is not taken for granted.
        var dataIsOut = !File.Exists(pair.StagedData) && await HasHashAsync(pair.Data, file.Sha256, cancellationToken);
        if (!dataIsOut && !await HasHashAsync(pair.StagedData, file.Sha256, cancellationToken))
        {
            if (!File.Exists(file.Path))
            {
                return Outbound.Missing;
            }

            var again = DurableFile.TemporaryPathOf(pair.StagedData);
            if (await DurableFile.CopyFlushedAsync(file.Path, again, cancellationToken) != file.Sha256)
            {
                DurableFile.Delete(again);
                return Outbound.Changed;
            }

            DurableFile.Rename(again, pair.StagedData, replace: true);
        }

        await DurableFile.WriteAsync(pair.StagedControl, ControlFile.ForUpload(options, file.LocalId), cancellationToken);
        if (!dataIsOut)
        {
            DurableFile.Rename(pair.StagedData, pair.Data, replace: true);
        }

        DurableFile.Rename(pair.StagedControl, pair.Control, replace: false);
        return new SendResult(SendOutcome.Accepted);
    }

    private static async Task<bool> HasHashAsync(string path, string sha256, CancellationToken cancellationToken) =>
        File.Exists(path) && await DurableFile.HashAsync(path, cancellationToken) == sha256;

    private void Prepare(params string[] folders) => Guard(() =>
    {
        foreach (var folder in folders)
        {
            DurableFile.CreateFolder(Path.Combine(_root, folder));
            FinishRemovals(folder);
        }
    });

    private List<FileInfo> Controls(string folder) => Guard(() =>
    {
        var found = FilesOf(folder, ".ctl");
        found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    });

    private List<FileInfo> FilesOf(string folder, string extension) =>
    [
        .. new DirectoryInfo(Path.Combine(_root, folder))
            .EnumerateFiles("*", new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0 })
            .Where(f => !f.Name.StartsWith('.') && string.Equals(f.Extension, extension, StringComparison.OrdinalIgnoreCase)),
    ];

    private ReceivedItem? LookAtInbound(FileInfo control)
    {
        var folder = options.Folders.In;
        var data = DataOf(control);
        if (!IsSettled(control) || (data is not null && !IsSettled(data)))
        {
            return null;
        }

        var stamp = PairStamp.Of(folder, control, data).ToString();
        var stem = Path.GetFileNameWithoutExtension(control.Name);
        var read = Read(control);
        var isReport = read is not null && (read.IsReport || (read.MessageType is null && read.Status is not null && data is null));
        if (read is null || !(isReport || read.IsData || read.MessageType is null))
        {
            return Incomplete(control, "The control file of a message cannot be read.");
        }

        if (isReport)
        {
            return Ours(isReport, read.WorkflowId)
                ? new ReceivedItem($"{folder}/{control.Name}", control.Name, null, read.ToReport(!read.IsSuccess), read.LocalId, read.WorkflowId, stamp)
                : null;
        }

        if (read.WorkflowId is not null && !Ours(report: false, read.WorkflowId))
        {
            return null;
        }

        return data is null
            ? Incomplete(control, "The data file of a message is missing beside its control file.")
            : new ReceivedItem(
                read.MessageId ?? stem,
                data.Name,
                data.FullName,
                Report: null,
                read.LocalId,
                read.WorkflowId,
                stamp,
                read.WorkflowId is null ? "The control file names no workflow." : null);

        // Time is given to a pair that may still be arriving; after that it goes to quarantine rather than wait unseen.
        ReceivedItem? Incomplete(FileInfo file, string problem)
        {
            if (Age(file) < _stalled)
            {
                _received.Delay($"{folder}/{file.Name}", problem + " It is tried again.");
                return null;
            }

            return new ReceivedItem($"{folder}/{file.Name}", file.Name, (data ?? file).FullName, Report: null, read?.LocalId, read?.WorkflowId, stamp, problem);
        }
    }

    private ReceivedItem? LookAtOutcome(string folder, FileInfo control)
    {
        if (!IsSettled(control))
        {
            return null;
        }

        var read = Read(control);
        if (read is null)
        {
            _reported.Delay($"{folder}/{control.Name}", "A control file that the MESH client wrote cannot be read.");
            return null;
        }

        if (!IsNoneOr(read.WorkflowId, options.WorkflowIds.Upload) || !IsNoneOr(read.From, options.Mailbox))
        {
            _reported.OtherWorkflows++;
            return null;
        }

        // Where the client wrote no status into a .ctl that it moved to sent, the folder says it.
        var failed = string.Equals(folder, options.Folders.Failed, StringComparison.Ordinal) || (read.Status is not null && !read.IsSuccess);
        return new ReceivedItem(
            $"{folder}/{control.Name}",
            control.Name,
            ContentPath: null,
            read.ToReport(failed),
            read.LocalId ?? Path.GetFileNameWithoutExtension(control.Name),
            read.WorkflowId,
            PairStamp.Of(folder, control, DataOf(control)).ToString());
    }

    private bool Ours(bool report, string? workflow)
    {
        var ours = report ? options.WorkflowIds.IsOurReport(workflow) : options.WorkflowIds.IsInbound(workflow);
        if (!ours)
        {
            _received.OtherWorkflows++;
        }

        return ours;
    }

    private static bool IsNoneOr(string? given, string expected) =>
        given is null || string.Equals(given, expected.Trim(), StringComparison.OrdinalIgnoreCase);

    private void TellLoneData(string folder)
    {
        foreach (var data in FilesOf(folder, ".dat").Where(d => Age(d) >= _stalled && ControlOf(d) is null))
        {
            _received.Delay($"{folder}/{data.Name}", "A data file has no control file beside it, so it cannot be told whose it is. Ask the people who run the MESH client.");
        }
    }

    private void TellStalled(FileInfo control)
    {
        if (control.Exists && Age(control) >= _stalled && string.Equals(Read(control)?.WorkflowId, options.WorkflowIds.Upload.Trim(), StringComparison.OrdinalIgnoreCase))
        {
            _reported.Delay($"{options.Folders.Out}/{control.Name}", "The MESH client has not taken an upload from its out folder. Check that it is running.");
        }
    }

    private bool IsSettled(FileInfo file) => FileStamp.IsSettled(file, _settle, clock.GetUtcNow());

    private TimeSpan Age(FileInfo file) => (clock.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc).Duration();

    /// <summary>The control file's content, or null if it cannot be read.</summary>
    private static ControlFile? Read(FileInfo control)
    {
        try
        {
            using var stream = DurableFile.OpenRead(control.FullName);
            return ControlFile.Parse(stream);
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static FileInfo? DataOf(FileInfo control) => Sibling(control, [".dat", ".DAT"]);

    private static FileInfo? ControlOf(FileInfo data) => Sibling(data, [".ctl", ".CTL"]);

    private static FileInfo? Sibling(FileInfo file, string[] extensions) => extensions
        .Select(e => new FileInfo(Path.ChangeExtension(file.FullName, e)))
        .FirstOrDefault(f => f.Exists);

    /// <summary>
    /// Two files cannot go in one step: the .ctl first gets a hidden name that marks the removal as decided, so that a crash in the
    /// middle leaves nothing that looks like a message.
    /// </summary>
    private void Remove(FileInfo control, bool aside)
    {
        if (aside)
        {
            var folder = Path.Combine(_root, options.Folders.Unreadable);
            DurableFile.CreateFolder(folder);
            var prefix = Path.Combine(folder, FormattableString.Invariant($"{control.LastWriteTimeUtc:yyyyMMddHHmmssfffffff}-"));
            if (DataOf(control) is { } data)
            {
                DurableFile.Rename(data.FullName, prefix + data.Name, replace: true);
            }

            DurableFile.Rename(control.FullName, prefix + control.Name, replace: true);
            return;
        }

        DurableFile.Rename(control.FullName, Path.Combine(control.DirectoryName!, "." + control.Name + DoneSuffix), replace: true);
        FinishRemoval(control.DirectoryName!, control.Name);
    }

    private void FinishRemovals(string folder)
    {
        var path = Path.Combine(_root, folder);
        if (!Directory.Exists(path))
        {
            return;
        }

        foreach (var marker in new DirectoryInfo(path).EnumerateFiles(".*" + DoneSuffix, new EnumerationOptions { AttributesToSkip = 0 }).ToList())
        {
            FinishRemoval(path, marker.Name[1..^DoneSuffix.Length]);
        }
    }

    private static void FinishRemoval(string folder, string controlName)
    {
        var control = new FileInfo(Path.Combine(folder, controlName));
        if (!control.Exists)
        {
            DataOf(control)?.Delete();
            Reach("data-taken-away", control.FullName);
            DurableFile.FlushFolder(folder);
        }

        File.Delete(Path.Combine(folder, "." + controlName + DoneSuffix));
        Reach("taken-away", control.FullName);
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    static partial void Reach(string point, string path);

    private async Task<T> GuardOutAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw new TransportException($"The MESH client's folders below {_root} (Transport:MeshClient:Root) cannot be written. {FileFault.InWords(e)} Check that they can be reached, their rights and the space left.", e);
        }
    }

    private void Guard(Action action) => Guard<object?>(() =>
    {
        action();
        return null;
    });

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(e);
        }
    }

    /// <summary>Without the file system's own text: it names files, and a name given by others is not ours to repeat.</summary>
    private TransportException Failure(Exception cause) =>
        new($"The MESH client's folders below {_root} (Transport:MeshClient:Root) cannot be used ({cause.GetType().Name}). Check that they can be reached and their rights.");

    private sealed record OutboundPair(string StagedData, string StagedControl, string Data, string Control)
    {
        public OutboundPair(string staging, string outFolder, string name)
            : this(Path.Combine(staging, name + ".dat"), Path.Combine(staging, name + ".ctl"), Path.Combine(outFolder, name + ".dat"), Path.Combine(outFolder, name + ".ctl"))
        {
        }
    }

    /// <summary>Where a pair lay and in what state it was seen; travels in <see cref="ReceivedItem.Stamp"/>.</summary>
    private sealed record PairStamp(string Folder, string Control, string State)
    {
        public static PairStamp Of(string folder, FileInfo control, FileInfo? data) =>
            new(folder, control.Name, FileStamp.Of(control) + "+" + (data is null ? "" : FileStamp.Of(data)));

        public static PairStamp? Parse(string? stamp) =>
            stamp?.Split('|', 3) is [var folder, var state, var control] && !control.AsSpan().ContainsAny('/', '\\') ? new PairStamp(folder, control, state) : null;

        public override string ToString() => $"{Folder}|{State}|{Control}";
    }
}
