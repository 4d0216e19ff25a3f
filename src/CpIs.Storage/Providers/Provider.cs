using System.Data.Common;
using Dapper;

namespace CpIs.Storage.Providers;

/// <summary>A table that rows are inserted into in bulk.</summary>
internal sealed record BulkTable(string Name, params IReadOnlyList<string> Columns);

/// <summary>A run lock that is held until it is disposed of or its process dies.</summary>
internal interface IHeldLock : IAsyncDisposable
{
    /// <exception cref="StorageException">It was lost.</exception>
    Task EnsureHeldAsync(CancellationToken cancellationToken);
}

/// <summary>All that differs between databases besides the text of the statements.</summary>
internal abstract class Provider
{
    static Provider() => SqlTypes.Register();

    /// <param name="dialect">Folder of the statements below <c>sql/</c>.</param>
    protected Provider(string dialect) => Sql = new Sql(dialect);

    public abstract string Name { get; }

    public abstract bool HasCareTables { get; }

    public Sql Sql { get; }

    /// <param name="create">True to create the database where that is possible and there is none.</param>
    public abstract Task<DbConnection> OpenAsync(bool create, CancellationToken cancellationToken);

    /// <summary>Begins a transaction that will write.</summary>
    public abstract Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Does what may have to wait for another writer; the wait ends when it is cancelled.</summary>
    public virtual Task<T> WaitingAsync<T>(DbConnection connection, Func<Task<T>> work, CancellationToken cancellationToken) => work();

    /// <summary>Executes a statement that changes rows.</summary>
    /// <param name="name">As <see cref="Sql"/> has it.</param>
    /// <returns>Rows that the statement itself changed, whatever triggers did besides.</returns>
    public virtual Task<int> ExecuteAsync(
        DbConnection connection, string name, object? parameters, DbTransaction? transaction, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(Sql.Named(name), parameters, transaction, cancellationToken: cancellationToken));

    public abstract Task<long> BulkInsertAsync(
        DbConnection connection, DbTransaction transaction, BulkTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken);

    /// <summary>Lets the reads that follow see one state of the database each and wait for no writer, where the database has that for those who ask.</summary>
    /// <returns>True when <see cref="LeaveSnapshotAsync"/> has to end it.</returns>
    public virtual Task<bool> EnterSnapshotAsync(DbConnection connection, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>Ends what <see cref="EnterSnapshotAsync"/> began.</summary>
    public virtual Task LeaveSnapshotAsync(DbConnection connection) => Task.CompletedTask;

    /// <summary>True when something that is read cannot be read in that way.</summary>
    public virtual bool RefusesSnapshot(DbException error) => false;

    /// <summary>Splits a migration into what can be executed at once.</summary>
    public abstract IReadOnlyList<string> Batches(string script);

    /// <summary>Waits until nobody else sets up the database; ends with the connection.</summary>
    public abstract Task LockSetupAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>What <c>db init</c> would execute, as a script for a person to run.</summary>
    /// <param name="scripts">In order of their numbers.</param>
    public abstract string Script(IReadOnlyList<MigrationScript> scripts);

    /// <summary>What of the connection's settings is less safe than it could be, in sentences.</summary>
    public abstract IReadOnlyList<string> Advice { get; }

    /// <summary>Takes the lock that only one run can hold; it frees itself when the process dies.</summary>
    /// <exception cref="RunLockedException">Somebody else holds it.</exception>
    public abstract Task<IHeldLock> LockAsync(RunLockHolder holder, CancellationToken cancellationToken);

    /// <summary>What the error means and what to do about it; no value of any column.</summary>
    public abstract string Explain(DbException error);

    /// <summary>True when configuration or installation must be put right before it is worth to run again.</summary>
    public abstract bool IsSetup(DbException error);

    /// <summary>True when the database does not know a statement or does not allow it, and goes on as before with all others.</summary>
    public virtual bool IsRefused(DbException error) => false;

    /// <summary>True when the connection does not outlive the error.</summary>
    public virtual bool BreaksConnection(DbException error) => false;

    /// <summary>True when the same work may well succeed a moment later.</summary>
    public abstract bool IsTransient(DbException error);

    public StorageException Translate(DbException error) =>
        IsSetup(error) ? new StorageSetupException(Explain(error), error) : new StorageException(Explain(error), error);
}
