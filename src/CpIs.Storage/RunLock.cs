using CpIs.Storage.Providers;

namespace CpIs.Storage;

/// <summary>Who holds the run lock.</summary>
/// <param name="Since">When it was taken, UTC.</param>
public sealed record RunLockHolder(string RunId, int ProcessId, string Machine, DateTimeOffset Since);

/// <summary>The lock that lets one run at a time work on a council's database. It is freed when the process dies.</summary>
public sealed class RunLock : IAsyncDisposable
{
    private readonly IHeldLock _held;

    private RunLock(IHeldLock held) => _held = held;

    /// <summary>Takes the lock without waiting.</summary>
    /// <param name="database">The council's database.</param>
    /// <param name="runId">The run that takes it.</param>
    /// <param name="time">Clock of the machine, so that others can be told since when.</param>
    /// <exception cref="RunLockedException">Another run holds it; the message says which.</exception>
    /// <exception cref="StorageException">The lock cannot be had at all.</exception>
    public static async Task<RunLock> TakeAsync(Database database, string runId, TimeProvider time, CancellationToken cancellationToken) =>
        new(await database.Provider.LockAsync(
            new RunLockHolder(runId, Environment.ProcessId, Environment.MachineName, time.GetUtcNow()), cancellationToken));

    /// <summary>Makes sure that the lock was not lost, as it is with the connection that holds it.</summary>
    /// <exception cref="StorageException">It was: another run may be at work.</exception>
    public Task EnsureHeldAsync(CancellationToken cancellationToken) => _held.EnsureHeldAsync(cancellationToken);

    /// <summary>Frees the lock.</summary>
    public ValueTask DisposeAsync() => _held.DisposeAsync();
}
