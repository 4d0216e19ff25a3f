using CpIs.Batch.Commands;
using CpIs.Storage.Workspaces;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Steps;

/// <summary>
/// What dead runs left half-made: work files with the council's people in them, halves of extracts and payloads, and of copies for the
/// archive and the quarantine.
/// </summary>
internal static class Leftovers
{
    /// <summary>Removes it. The caller holds the run lock, so whatever still has a name beginning with a dot belongs to nobody.</summary>
    public static void Remove(DataFolder data, ILogger log)
    {
        try
        {
            var hidden = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = 0 };
            foreach (var folder in Directory.EnumerateDirectories(data.Runs, ".*", hidden).ToList())
            {
                Directory.Delete(folder, recursive: true);
            }

            foreach (var file in new[] { data.Runs, data.Archive, data.Quarantine }.SelectMany(f => Directory.EnumerateFiles(f, ".*.tmp", hidden)).ToList())
            {
                File.Delete(file);
            }

            // Last, because on Windows that of an explain which is being asked cannot be deleted.
            Workspace.DeleteLeftovers(data.Runs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The night is worth more than order; the next run tries again.
            log.LogWarning("What an earlier run left half-made in the run folders cannot be removed ({Error}): check their rights", e.GetType().Name);
        }
    }
}
