using System.Data.Common;
using CpIs.Storage.Providers;
using Dapper;

namespace CpIs.Storage;

/// <summary>
/// An open connection, with a transaction while there is one. Everything in a unit of work goes through one session, which serves
/// one caller at a time.
/// </summary>
public sealed partial class StorageSession : IAsyncDisposable
{
    private readonly AllocationBudget _budget = new();
    private DbTransaction? _transaction;
    private bool _spoiled;

    internal StorageSession(Provider provider, DbConnection connection)
    {
        Provider = provider;
        Connection = connection;
    }

    internal Provider Provider { get; }

    internal DbConnection Connection { get; }

    internal bool IsInTransaction => _transaction is not null;

    /// <summary>
    /// Does the work in one transaction, all of it or nothing. Inside a transaction that is already open the work joins it; if it
    /// fails there, the whole outer transaction can no longer be committed.
    /// </summary>
    public async Task<T> InTransactionAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        if (_transaction is not null)
        {
            try
            {
                return await work();
            }
            catch
            {
                _spoiled = true;
                throw;
            }
        }

        _spoiled = false;
        await using var transaction = await Provider.BeginAsync(Connection, cancellationToken);
        _transaction = transaction;
        try
        {
            var result = await work();
            if (_spoiled)
            {
                throw new InvalidOperationException("A part of this transaction failed: nothing of it is committed.");
            }

            Reach(this, "before-commit");
            await transaction.CommitAsync(CancellationToken.None);
            Reach(this, "committed");
            return result;
        }
        finally
        {
            _transaction = null;
        }
    }

    /// <inheritdoc cref="InTransactionAsync{T}(Func{Task{T}}, CancellationToken)"/>
    public Task InTransactionAsync(Func<Task> work, CancellationToken cancellationToken) => InTransactionAsync(
        async () =>
        {
            await work();
            return true;
        },
        cancellationToken);

    /// <summary>Closes the connection; an open transaction is rolled back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_transaction is { } open)
        {
            await open.DisposeAsync();
        }

        await Connection.DisposeAsync();
    }

    /// <param name="name">Statement as <c>GROUP/NAME</c> (see <see cref="Sql"/>).</param>
    /// <returns>Rows affected.</returns>
    internal async Task<int> ExecuteAsync(string name, object? parameters, CancellationToken cancellationToken)
    {
        Reach(this, "before", name);
        var rows = _transaction is not null
            ? await Connection.ExecuteAsync(Command(name, parameters, cancellationToken))
            : await Provider.WaitingAsync(Connection, () => Connection.ExecuteAsync(Command(name, parameters, cancellationToken)), cancellationToken);
        Reach(this, "after", name);
        return rows;
    }

    internal Task ExecuteTextAsync(string text, CancellationToken cancellationToken) =>
        Connection.ExecuteAsync(new CommandDefinition(text, null, _transaction, commandTimeout: 0, cancellationToken: cancellationToken));

    internal Task<T?> ScalarAsync<T>(string name, object? parameters, CancellationToken cancellationToken) =>
        Connection.ExecuteScalarAsync<T>(Command(name, parameters, cancellationToken));

    internal async Task<IReadOnlyList<T>> QueryAsync<T>(string name, object? parameters, CancellationToken cancellationToken) =>
        (await Connection.QueryAsync<T>(Command(name, parameters, cancellationToken))).AsList();

    internal Task<T?> FirstOrDefaultAsync<T>(string name, object? parameters, CancellationToken cancellationToken) =>
        Connection.QueryFirstOrDefaultAsync<T>(Command(name, parameters, cancellationToken));

    /// <summary>Rows one by one, none kept.</summary>
    internal IAsyncEnumerable<T> StreamAsync<T>(string name, object? parameters) =>
        Connection.QueryUnbufferedAsync<T>(Provider.Sql.Named(name), parameters, _transaction);

    /// <summary>A reader over the rows of a statement, for where a row's raw values matter. The caller disposes of it.</summary>
    internal async Task<DbDataReader> ReaderAsync(string name, object? parameters, CancellationToken cancellationToken) =>
        (DbDataReader)await Connection.ExecuteReaderAsync(Command(name, parameters, cancellationToken));

    /// <summary>Inserts many rows in the fastest way the database has, inside a transaction.</summary>
    /// <param name="table">Table and columns.</param>
    /// <param name="rows">Values in the order of the columns.</param>
    /// <returns>How many rows went in.</returns>
    internal Task<long> BulkInsertAsync(BulkTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken) =>
        InTransactionAsync(
            () =>
            {
                Reach(this, "before", table.Name);
                return Provider.BulkInsertAsync(Connection, _transaction!, table, rows, cancellationToken);
            },
            cancellationToken);

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    /// <param name="point">What is about to be done or was just done.</param>
    /// <param name="what">The statement or table.</param>
    static partial void Reach(StorageSession session, string point, string? what = null);

    private CommandDefinition Command(string name, object? parameters, CancellationToken cancellationToken)
    {
        _budget.Check();
        return new(Provider.Sql.Named(name), parameters, _transaction, cancellationToken: cancellationToken);
    }
}
