using CpIs.Storage.Ledger;

namespace CpIs.Batch.Steps;

/// <summary>A file that the transport has failed to take again and again, so that a person must look.</summary>
internal sealed record StuckFile(StoredFile File, WaitingSince Waiting)
{
    private const int MostTries = 3;

    /// <summary>Less than a day, so that a second night counts that begins a little earlier than the first.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromHours(20);

    /// <summary>True for a file of which a sending has come to nothing, or to nothing certain.</summary>
    public static bool HasFailed(StoredFile file) => file.Status == FileStatus.Sending || file.Attempts > 0 || file.FailureText is not null;

    /// <summary>Those whose records wait for a third try, or since the night before; refused files have alerts of their own.</summary>
    /// <param name="failed">Files whose sending failed.</param>
    public static async Task<IReadOnlyList<StuckFile>> AmongAsync(
        FileStore files, IEnumerable<StoredFile> failed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var stuck = new List<StuckFile>();
        foreach (var file in failed.Where(f => !f.IsRefused))
        {
            if (await files.WaitingSinceAsync(file.Number, cancellationToken) is { } waiting
                && (waiting.Tries >= MostTries || file.Attempts >= MostTries || now - waiting.Since >= s_patience))
            {
                stuck.Add(new StuckFile(file, waiting));
            }
        }

        return stuck;
    }
}
