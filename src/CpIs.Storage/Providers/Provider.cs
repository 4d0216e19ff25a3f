using System.Data.Common;

namespace CpIs.Storage.Providers;

/// <summary>A table that rows are inserted into in bulk.</summary>
internal sealed record BulkTable(string Name, params IReadOnlyList<string> Columns);

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

    public abstract Task<long> BulkInsertAsync(
        DbConnection connection, DbTransaction transaction, BulkTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken);

    /// <summary>Splits a migration into what can be executed at once.</summary>
    public abstract IReadOnlyList<string> Batches(string script);

    /// <summary>Takes the lock that only one run can hold; it frees itself when the process dies.</summary>
    /// <exception cref="RunLockedException">Somebody else holds it.</exception>
    public abstract Task<IAsyncDisposable> LockAsync(RunLockHolder holder, CancellationToken cancellationToken);

    public abstract string Explain(DbException error);
}
