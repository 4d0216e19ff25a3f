using CpIs.Batch.Steps;
using CpIs.Storage.Runs;

namespace CpIs.Batch.Schedule;

/// <summary>What a council's database says about earlier runs.</summary>
internal static class CouncilRuns
{
    /// <summary>How many of a command's latest runs are looked at: more than there can be restricted ones between two whole ones.</summary>
    private const int Looked = 50;

    /// <summary>The latest whole runs of a command, newest first; runs that looked at some people only do not count.</summary>
    /// <exception cref="CpIs.Storage.StorageSetupException">The database is missing or not current.</exception>
    public static async Task<IReadOnlyList<StoredRun>> LatestAsync(
        Council council, string command, TimeProvider clock, CancellationToken cancellationToken)
    {
        var database = Databases.Of(council.Settings, council.Data);
        await new CpIs.Storage.Migrator(database, clock).EnsureCurrentAsync(cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        return [.. (await new RunStore(session).LatestOfAsync(command, Looked, cancellationToken)).Where(r => r.Restriction is null)];
    }

    /// <summary>
    /// Whether a command's time passed without a run of it that came to its end. False while it never ran at all: then its first time is
    /// still to come.
    /// </summary>
    public static bool IsMissed(IReadOnlyList<StoredRun> runs, DateTimeOffset due) => runs.Count > 0 && !IsDone(runs, due);

    /// <summary>Whether a run of the command that began at or after an instant came to its end.</summary>
    public static bool IsDone(IReadOnlyList<StoredRun> runs, DateTimeOffset due) => runs.Any(r => r.Status == RunStatus.Done && r.StartedAt >= due);
}
