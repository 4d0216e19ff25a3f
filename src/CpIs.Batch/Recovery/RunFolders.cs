using System.Globalization;
using CpIs.Batch.Commands;
using CpIs.Domain.Values;
using CpIs.Storage;
using CpIs.Storage.Ledger;
using CpIs.Storage.Source;

namespace CpIs.Batch.Recovery;

/// <summary>What is old enough to go.</summary>
/// <param name="Folders">Run folders that go as a whole.</param>
/// <param name="Files">Files that go out of run folders whose payload files stay.</param>
/// <param name="Bytes">Of both.</param>
/// <param name="Kept">Payload files that are old and needed.</param>
internal sealed record OldRuns(IReadOnlyList<string> Folders, IReadOnlyList<string> Files, long Bytes, int Kept);

/// <summary>
/// The folder <c>runs</c> and what can go from it. A run's extract, decisions and findings are kept for <c>Retention:RunDays</c>, its payload
/// files for <c>Retention:PayloadDays</c> and, however old, while they are due or unanswered or the archive lacks them.
/// </summary>
internal sealed class RunFolders(CommandContext context, StorageSession session)
{
    private readonly string _runs = context.Data.Runs;

    public async Task<OldRuns> FindOldAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var retention = context.Settings.Retention;
        var needed = await NeededAsync(cancellationToken);
        var folders = new List<string>();
        var files = new List<string>();
        long bytes = 0;
        var kept = 0;
        var byAge = Directory.Exists(_runs)
            ? Directory.EnumerateDirectories(_runs).Select(f => (Folder: f, MadeAt: MadeAt(f))).OrderByDescending(f => f.MadeAt).ToList()
            : [];

        // Transform takes the latest extract when none is named.
        var latestExtract = byAge.Find(f => File.Exists(Path.Combine(f.Folder, "extract", ExtractManifest.FileName))).Folder;
        foreach (var (folder, madeAt) in byAge.Where(f => f.Folder != latestExtract))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var runIsOld = now - madeAt > TimeSpan.FromDays(retention.RunDays);
            var payloadIsOld = now - madeAt > TimeSpan.FromDays(retention.PayloadDays);
            var all = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToList();
            var payloads = PayloadPlaces.FilesIn(Path.Combine(folder, "transform")).ToDictionary(f => f.Path, f => f.Number, StringComparer.Ordinal);
            var old = all.Where(f => payloads.TryGetValue(f, out var number) ? payloadIsOld && !needed.Contains(number) : runIsOld).ToList();
            kept += payloadIsOld ? payloads.Values.Count(needed.Contains) : 0;
            if (old.Count == all.Count && runIsOld)
            {
                folders.Add(folder);
            }
            else
            {
                files.AddRange(old);
            }

            bytes += old.Sum(f => new FileInfo(f).Length);
        }

        return new OldRuns(folders, files, bytes, kept);
    }

    /// <summary>Removes it. What is gone already is passed over.</summary>
    public static void Remove(OldRuns old, CancellationToken cancellationToken)
    {
        foreach (var file in old.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            File.Delete(file);
        }

        foreach (var folder in old.Folders.Where(Directory.Exists))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Directory.Delete(folder, recursive: true);
        }

        foreach (var folder in old.Files.Select(Path.GetDirectoryName).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }
        }
    }

    private async Task<HashSet<SequenceNumber>> NeededAsync(CancellationToken cancellationToken)
    {
        var files = new FileStore(session);
        var needed = new HashSet<SequenceNumber>(await new RecoveryStore(session).UnarchivedAsync(cancellationToken));
        needed.UnionWith((await files.DueAsync(cancellationToken)).Select(f => f.Number));
        needed.UnionWith((await files.UnansweredAsync(DateTimeOffset.MaxValue.AddDays(-1), cancellationToken)).Select(f => f.Number));
        return needed;
    }

    /// <summary>As the folder's name says; for one that is not named by a run its last change.</summary>
    private static DateTimeOffset MadeAt(string folder)
    {
        const string Form = "yyyyMMdd'-'HHmmss";
        var name = Path.GetFileName(folder);
        return name.Length > 15 && DateTimeOffset.TryParseExact(name[..15], Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : new DateTimeOffset(Directory.GetLastWriteTimeUtc(folder), TimeSpan.Zero);
    }
}
