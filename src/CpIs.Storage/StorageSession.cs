using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using CpIs.Storage.Providers;
using Dapper;

namespace CpIs.Storage;

/// <summary>
/// An open connection, with a transaction while there is one. Everything in a unit of work goes through one session, which serves
/// one caller at a time. What the database reports comes out as a <see cref="StorageException"/> with a sentence.
/// </summary>
public sealed partial class StorageSession : IAsyncDisposable
{
    private const int MostAttempts = 4;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private readonly AllocationBudget _budget = new();
    private readonly RunLock? _lock;
    private DbTransaction? _transaction;
    private bool _spoiled;
    private bool _isReading;

    // The client closes a connection that an error has broken on another thread: for a moment its state says that it is open.
    private bool _isBroken;

    internal StorageSession(Provider provider, DbConnection connection, RunLock? held = null)
    {
        Provider = provider;
        Connection = connection;
        _lock = held;
    }

    internal Provider Provider { get; }

    internal DbConnection Connection { get; private set; }

    internal bool IsInTransaction => _transaction is not null;

    /// <summary>
    /// Does the work in one transaction, all of it or nothing. Inside a transaction that is already open the work joins it; if it
    /// fails there, the whole outer transaction can no longer be committed. Nothing is committed once the run lock is lost.
    /// </summary>
    /// <exception cref="StorageException">The database did not do it, or the run lock was lost.</exception>
    public Task<T> InTransactionAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken) => InTransactionAsync(work, 1, cancellationToken);

    /// <inheritdoc cref="InTransactionAsync{T}(Func{Task{T}}, CancellationToken)"/>
    public Task InTransactionAsync(Func<Task> work, CancellationToken cancellationToken) => InTransactionAsync(Counted(work), 1, cancellationToken);

    /// <summary>Closes the connection; an open transaction is rolled back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_transaction is { } open)
        {
            await EndAsync(open);
        }

        await Connection.DisposeAsync();
    }

    /// <summary>
    /// As <see cref="InTransactionAsync{T}(Func{Task{T}}, CancellationToken)"/>, and done again from its beginning when the database broke
    /// it off for a reason that passes (a deadlock, a connection that was reset) before it was committed.
    /// </summary>
    /// <param name="work">Reads and writes through this session and does nothing else that would be done twice.</param>
    internal Task<T> InRepeatableTransactionAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken) =>
        InTransactionAsync(work, MostAttempts, cancellationToken);

    /// <inheritdoc cref="InRepeatableTransactionAsync{T}(Func{Task{T}}, CancellationToken)"/>
    internal Task InRepeatableTransactionAsync(Func<Task> work, CancellationToken cancellationToken) =>
        InTransactionAsync(Counted(work), MostAttempts, cancellationToken);

    /// <param name="name">Statement as <c>GROUP/NAME</c> (see <see cref="Sql"/>).</param>
    /// <returns>Rows affected by the statement itself, without those that a trigger of the council's changes.</returns>
    internal async Task<int> ExecuteAsync(string name, object? parameters, CancellationToken cancellationToken)
    {
        await EnsureLockAsync(cancellationToken);
        Reach(this, "before", name);
        var rows = await RunAsync(
            () => _transaction is not null
                ? ChangeAsync(name, parameters, cancellationToken)
                : Provider.WaitingAsync(Connection, () => ChangeAsync(name, parameters, cancellationToken), cancellationToken),
            Repetition.IfRolledBack,
            cancellationToken);
        Reach(this, "after", name);
        return rows;
    }

    /// <summary>Executes a statement that changes one row, if it is as expected, and gives back its number.</summary>
    /// <returns>Null when the row was not as expected, or another session has just taken it.</returns>
    internal async Task<long?> ClaimAsync(string name, object? parameters, CancellationToken cancellationToken)
    {
        await EnsureLockAsync(cancellationToken);
        Reach(this, "before", name);
        var number = await RunAsync(
            () => Connection.ExecuteScalarAsync<long?>(Command(name, parameters, cancellationToken)), Repetition.IfRolledBack, cancellationToken);
        Reach(this, "after", name);
        return number;
    }

    internal async Task ExecuteTextAsync(string text, CancellationToken cancellationToken)
    {
        await EnsureLockAsync(cancellationToken);
        await RunAsync(
            () => Connection.ExecuteAsync(new CommandDefinition(text, null, _transaction, commandTimeout: 0, cancellationToken: cancellationToken)),
            Repetition.Never,
            cancellationToken);
    }

    internal Task<T?> ScalarAsync<T>(string name, object? parameters, CancellationToken cancellationToken) =>
        RunAsync(() => Connection.ExecuteScalarAsync<T>(Command(name, parameters, cancellationToken)), Repetition.IfRolledBack, cancellationToken);

    internal Task<IReadOnlyList<T>> QueryAsync<T>(string name, object? parameters, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<T>>(
        async () => (await Connection.QueryAsync<T>(Command(name, parameters, cancellationToken))).AsList(), Repetition.IfTransient, cancellationToken);

    internal Task<T?> FirstOrDefaultAsync<T>(string name, object? parameters, CancellationToken cancellationToken) =>
        RunAsync(() => Connection.QueryFirstOrDefaultAsync<T>(Command(name, parameters, cancellationToken)), Repetition.IfTransient, cancellationToken);

    /// <summary>Rows one by one, none kept. Until the last one was read, the session takes no other command.</summary>
    internal async IAsyncEnumerable<T> StreamAsync<T>(
        string name, object? parameters, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RequireIdle();
        _isReading = true;
        try
        {
            await using var rows = Connection.QueryUnbufferedAsync<T>(Provider.Sql.Named(name), parameters, _transaction).GetAsyncEnumerator(cancellationToken);
            Func<Task<bool>> next = () => rows.MoveNextAsync().AsTask();
            while (await TranslateAsync(next))
            {
                yield return rows.Current;
            }
        }
        finally
        {
            _isReading = false;
        }
    }

    /// <summary>
    /// The raw values of rows one by one, each in the same array, without waiting for people at work where the database can do that. Until
    /// the last one was read, the session takes no other command.
    /// </summary>
    internal async IAsyncEnumerable<object?[]> CellsAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RequireIdle();
        _isReading = true;
        DbDataReader? reader = null;
        var isSnapshot = false;
        var hasRow = true;
        try
        {
            isSnapshot = _transaction is null && await TranslateAsync(() => Provider.EnterSnapshotAsync(Connection, cancellationToken));
            try
            {
                (reader, hasRow) = await OpenReaderAsync(name, cancellationToken);
            }
            catch (StorageException e) when (isSnapshot && e.InnerException is DbException error && Provider.RefusesSnapshot(error))
            {
                await TranslateAsync(Counted(() => Provider.LeaveSnapshotAsync(Connection)));
                isSnapshot = false;
                (reader, hasRow) = await OpenReaderAsync(name, cancellationToken);
            }

            Func<Task<bool>> next = () => reader.ReadAsync(cancellationToken);
            var cells = new object?[reader.FieldCount];
            while (hasRow)
            {
                for (var i = 0; i < cells.Length; i++)
                {
                    cells[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
                }

                yield return cells;
                hasRow = await TranslateAsync(next);
            }
        }
        finally
        {
            if (reader is not null)
            {
                if (hasRow)
                {
                    // Closing alone would first fetch all that is left.
                    (reader as IWrappedDataReader)?.Command.Cancel();
                }

                await reader.DisposeAsync();
            }

            _isReading = false;
            if (isSnapshot && IsOpen)
            {
                await TranslateAsync(Counted(() => Provider.LeaveSnapshotAsync(Connection)));
            }
        }
    }

    /// <summary>Inserts many rows in the fastest way the database has, inside a transaction.</summary>
    /// <param name="table">Table and columns.</param>
    /// <param name="rows">Values in the order of the columns. They must not come from this session.</param>
    /// <returns>How many rows went in.</returns>
    internal Task<long> BulkInsertAsync(BulkTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken) => InTransactionAsync(
        async () =>
        {
            RequireIdle();
            _isReading = true;
            try
            {
                return await TranslateAsync(() =>
                {
                    Reach(this, "before", table.Name);
                    return Provider.BulkInsertAsync(Connection, _transaction!, table, rows, cancellationToken);
                });
            }
            finally
            {
                _isReading = false;
            }
        },
        cancellationToken);

    /// <summary>Some errors come with the first row only.</summary>
    private async Task<(DbDataReader Reader, bool HasRow)> OpenReaderAsync(string name, CancellationToken cancellationToken)
    {
        var reader = (DbDataReader)await TranslateAsync(() => Connection.ExecuteReaderAsync(Command(name, null, cancellationToken)));
        try
        {
            return (reader, await TranslateAsync(() => reader.ReadAsync(cancellationToken)));
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    private static Func<Task<bool>> Counted(Func<Task> work) => async () =>
    {
        await work();
        return true;
    };

    private async Task<T> InTransactionAsync<T>(Func<Task<T>> work, int attempts, CancellationToken cancellationToken)
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

        for (var attempt = 1; ; attempt++)
        {
            var isCommitting = false;
            try
            {
                _spoiled = false;
                var transaction = await TranslateAsync(() => Provider.BeginAsync(Connection, cancellationToken));
                _transaction = transaction;
                try
                {
                    var result = await work();
                    if (_spoiled)
                    {
                        throw new InvalidOperationException("A part of this transaction failed: nothing of it is committed.");
                    }

                    await (_lock?.EnsureHeldAsync(CancellationToken.None) ?? Task.CompletedTask);
                    isCommitting = true;
                    await TranslateAsync(Counted(() =>
                    {
                        Reach(this, "before-commit");
                        return transaction.CommitAsync(CancellationToken.None);
                    }));
                    Reach(this, "committed");
                    return result;
                }
                finally
                {
                    _transaction = null;
                    await EndAsync(transaction);
                }
            }
            catch (StorageException e) when (!isCommitting && attempt < attempts && e.InnerException is DbException error && Provider.IsTransient(error))
            {
                await PauseAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>Rolls back what was not committed. With a broken connection that is done, and the client may still be tidying up behind it.</summary>
    private ValueTask EndAsync(DbTransaction transaction) => _isBroken ? ValueTask.CompletedTask : transaction.DisposeAsync();

    private async Task<T> RunAsync<T>(Func<Task<T>> command, Repetition repetition, CancellationToken cancellationToken)
    {
        RequireIdle();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TranslateAsync(command);
            }
            catch (StorageException e) when (
                _transaction is null && attempt < MostAttempts && e.InnerException is DbException error && Provider.IsTransient(error)
                && (repetition == Repetition.IfTransient || (repetition == Repetition.IfRolledBack && IsOpen)))
            {
                await PauseAsync(attempt, cancellationToken);
            }
        }
    }

    private async Task<T> TranslateAsync<T>(Func<Task<T>> command)
    {
        try
        {
            return await command();
        }
        catch (DbException e)
        {
            _isBroken |= Provider.BreaksConnection(e);
            throw Provider.Translate(e);
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException && IsLost)
        {
            throw new StorageException("The connection to the database was lost. Run again: what was begun was not committed.", e);
        }
    }

    private bool IsOpen => !_isBroken && Connection.State == ConnectionState.Open;

    private bool IsLost => !IsOpen || _transaction is { Connection: null };

    private async Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        await Task.Delay(FirstPause * Math.Pow(2, attempt - 1), cancellationToken);
        if (!IsOpen)
        {
            await Connection.DisposeAsync();
            Connection = await Provider.OpenAsync(create: false, cancellationToken);
            _isBroken = false;
        }
    }

    /// <summary>A statement outside a transaction commits by itself.</summary>
    private Task EnsureLockAsync(CancellationToken cancellationToken) =>
        _lock is not null && _transaction is null ? _lock.EnsureHeldAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>SQLite would allow it, SQL Server does not: so that it is noticed on either.</summary>
    private void RequireIdle()
    {
        if (_isReading)
        {
            throw new InvalidOperationException("The session is reading rows or inserting them in bulk, and takes no other command until that has ended.");
        }
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    /// <param name="point">What is about to be done or was just done.</param>
    /// <param name="what">The statement or table.</param>
    static partial void Reach(StorageSession session, string point, string? what = null);

    private Task<int> ChangeAsync(string name, object? parameters, CancellationToken cancellationToken)
    {
        _budget.Check();
        return Provider.ExecuteAsync(Connection, name, parameters, _transaction, cancellationToken);
    }

    private CommandDefinition Command(string name, object? parameters, CancellationToken cancellationToken)
    {
        _budget.Check();
        return new(Provider.Sql.Named(name), parameters, _transaction, cancellationToken: cancellationToken);
    }

    /// <summary>When a command outside a transaction is sent again after an error that passes.</summary>
    private enum Repetition
    {
        Never,

        /// <summary>It may write: only where the database is known to have rolled it back, and the connection stands.</summary>
        IfRolledBack,

        /// <summary>It only reads.</summary>
        IfTransient,
    }
}
