namespace CpIs.Storage;

/// <summary>The database or the disk did not do what was asked; safe to run again. The message says what to do and carries no data of people.</summary>
public class StorageException : Exception
{
    public StorageException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>Configuration or installation must be put right first: a wrong connection string, no database, a schema that is not current.</summary>
public sealed class StorageSetupException(string message, Exception? innerException = null) : StorageException(message, innerException);

/// <summary>Another run has the council's database.</summary>
/// <param name="holder">Who holds it, where that could be read.</param>
public sealed class RunLockedException(RunLockHolder? holder) : StorageException(Describe(holder))
{
    /// <summary>Who holds the lock; null when that could not be read.</summary>
    public RunLockHolder? Holder { get; } = holder;

    private static string Describe(RunLockHolder? holder) => holder is null
        ? "Another run is at work on this database."
        : FormattableString.Invariant($"Run {holder.RunId} (process {holder.ProcessId}) has been at work on this database since {holder.Since:yyyy-MM-dd HH:mm:ss} UTC.");
}
