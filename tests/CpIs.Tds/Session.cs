using System.Buffers.Binary;
using System.Globalization;
using CpIs.Tds.Protocol;
using CpIs.Tds.Sql;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CpIs.Tds;

/// <summary>What one connection has: its login and database, its options, its transaction. Used by one thread at a time.</summary>
internal sealed partial class Session : IDisposable
{
    private readonly Dictionary<string, Relation> _temporary = new(StringComparer.OrdinalIgnoreCase);
    private SqliteConnection? _sqlite;
    private Catalog? _ownCatalog;
    private bool _hasSqliteTransaction;
    private long _transaction;
    private CancellationTokenSource _cancel = new();

    public Session(TdsServer server, int id, ResponseWriter writer)
    {
        Server = server;
        Id = id;
        Out = writer;
        Database = server.Master;
    }

    public TdsServer Server { get; }

    public int Id { get; }

    public ResponseWriter Out { get; }

    public Database Database { get; private set; }

    public string Login { get; private set; } = "";

    public string User { get; private set; } = "dbo";

    public string DefaultSchema { get; private set; } = "dbo";

    public string HostName { get; set; } = "";

    public string ApplicationName { get; set; } = "";

    public string LoginDatabase { get; private set; } = "master";

    public bool IsSysAdmin => Server.IsSysAdmin(Login);

    public bool IsOwner => User.Equals("dbo", StringComparison.OrdinalIgnoreCase) || Catalog.RolesOf(User).Contains("db_owner");

    /// <summary>The database as this session sees it.</summary>
    public Catalog Catalog => _ownCatalog ?? Database.Catalog;

    public int LockTimeout { get; private set; } = -1;

    /// <summary>As SET DEADLOCK_PRIORITY: -10 to 10.</summary>
    public int DeadlockPriority { get; private set; }

    /// <summary>Id of the table for which IDENTITY_INSERT is on.</summary>
    public int IdentityInsert { get; private set; }

    public int TransactionCount { get; private set; }

    public bool IsCancelled => _cancel.IsCancellationRequested;

    public ReadOnlySpan<byte> TransactionDescriptor
    {
        get
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, _transaction);
            return bytes;
        }
    }

    private SqliteConnection Sqlite => _sqlite ??= OpenSqlite();

    public void LogIn(string login, string database)
    {
        Login = login;
        LoginDatabase = database.Length == 0 ? "master" : database;
        var found = Server.Find(LoginDatabase);
        if (found is null || found.IsOffline || Server.UserIn(found, login) is null)
        {
            throw new SqlError(4060, $"Cannot open database \"{LoginDatabase}\" requested by the login. The login failed.", 11);
        }

        LoginDatabase = found.Name;
        Enter(found);
    }

    /// <summary>Changes the database.</summary>
    public void Use(string name)
    {
        var found = Server.Find(name) ?? throw new SqlError(911, $"Database '{name}' does not exist. Make sure that the name is entered correctly.");
        if (Server.UserIn(found, Login) is null)
        {
            throw new SqlError(916, $"The server principal \"{Login}\" is not able to access the database \"{found.Name}\" under the current security context.", 14);
        }

        if (found.IsOffline)
        {
            throw new SqlError(942, $"Database '{found.Name}' cannot be opened because it is offline.", 14);
        }

        if (found != Database)
        {
            if (TransactionCount > 0)
            {
                throw SqlError.Unsupported("USE inside a transaction");
            }

            Enter(found);
        }
    }

    private void Enter(Database database)
    {
        CloseSqlite();
        Server.Left(this);
        Database = database;
        Server.Entered(this, database);
        var user = Server.UserIn(database, Login) ?? new User("dbo", null, "dbo");
        User = user.Name;
        DefaultSchema = user.DefaultSchema;
    }

    /// <summary>Makes the session as it was after login: for a pooled connection that is taken again.</summary>
    public void Reset(bool keepTransaction)
    {
        if (!keepTransaction)
        {
            RollBack();
        }

        Server.AppLocks.ReleaseAll(this, onlyTransactionOwned: false);
        foreach (var relation in _temporary.Values)
        {
            Execute($"DROP TABLE IF EXISTS {relation.SqlName}");
        }

        _temporary.Clear();
        XactAbort = NoCount = FormatOnly = false;
        LockTimeout = -1;
        DeadlockPriority = 0;
        IdentityInsert = 0;
        Isolation = Isolation.ReadCommitted;
        _scopeIdentity = null;
        _rowCount = 0;
        _lastError = 0;
        if (Database.Name != LoginDatabase && Server.Find(LoginDatabase) is { } home)
        {
            Enter(home);
        }
    }

    public void Dispose()
    {
        try
        {
            RollBack(isEnding: true);
        }
        finally
        {
            CloseSqlite();
            Database.Leave(this);
            Server.AppLocks.ReleaseAll(this, onlyTransactionOwned: false);
            Server.Left(this);
        }
    }

    /// <summary>Stops the running command, from another thread.</summary>
    public void Cancel()
    {
        _cancel.Cancel();
        if (_sqlite is { Handle: { } handle })
        {
            try
            {
                raw.sqlite3_interrupt(handle);
            }
            catch (ObjectDisposedException)
            {
                // The command ended meanwhile.
            }
        }
    }

    public void ClearCancel()
    {
        if (_cancel.IsCancellationRequested)
        {
            _cancel.Dispose();
            _cancel = new();
        }
    }

    /// <summary>Waits until the condition holds.</summary>
    /// <param name="condition">Looked at again whenever another session lets go of something.</param>
    /// <param name="milliseconds">Longest wait; -1 for ever.</param>
    /// <param name="holders">Who holds what is waited for; null where that is no lock.</param>
    /// <returns>False when the time is over.</returns>
    /// <exception cref="SqlError">1205: sessions wait for each other, and this one has to give way.</exception>
    public bool Wait(Func<bool> condition, int milliseconds, Func<IEnumerable<Session>>? holders = null)
    {
        var started = Environment.TickCount64;
        try
        {
            while (true)
            {
                var changed = Server.Waits.Changed;
                if (condition())
                {
                    return true;
                }

                var left = milliseconds < 0 ? -1 : (int)Math.Max(0, milliseconds - (Environment.TickCount64 - started));
                if (left == 0)
                {
                    return false;
                }

                if (holders is not null && Server.Deadlocks.HasToGiveWay(this, holders))
                {
                    throw new SqlError(1205, $"Transaction (Process ID {Id}) was deadlocked on lock resources with another process and has been chosen as the deadlock victim. Rerun the transaction.", 13, 51);
                }

                try
                {
                    changed.Wait(left, _cancel.Token);
                }
                catch (OperationCanceledException)
                {
                    throw new CommandCancelled();
                }
            }
        }
        finally
        {
            Server.Deadlocks.Leave(this);
        }
    }

    public void Sleep(TimeSpan time)
    {
        if (_cancel.Token.WaitHandle.WaitOne(time))
        {
            throw new CommandCancelled();
        }
    }

    public string LockName(string resource, string principal) => $"{Database.Id}:{principal.ToUpperInvariant()}:{resource}";

    /// <summary>A table or view by name, in the given schema or else in the default one and dbo.</summary>
    public Relation? FindRelation(string? schema, string name)
    {
        if (name.StartsWith('#'))
        {
            return _temporary.GetValueOrDefault(name);
        }

        return schema is { Length: > 0 } ? Catalog.Find(schema, name) : Catalog.Find(DefaultSchema, name) ?? Catalog.Find("dbo", name);
    }

    /// <exception cref="SqlError">229: the user has no right to do this with it.</exception>
    public void Demand(Relation relation, string permission)
    {
        if (!relation.IsTemporary && !IsOwner && !Has(permission, relation, null))
        {
            throw new SqlError(229, $"The {permission} permission was denied on the object '{relation.Name}', database '{Database.Name}', schema '{relation.Schema}'.", 14, 5);
        }
    }

    /// <exception cref="SqlError">230: the user may not update one of these columns.</exception>
    public void DemandUpdate(Relation relation, IEnumerable<string> columns)
    {
        if (relation.IsTemporary || IsOwner)
        {
            return;
        }

        foreach (var column in columns)
        {
            if (!Has("UPDATE", relation, column))
            {
                throw Catalog.Grants.Exists(g => !g.IsDeny && g.Permission == "UPDATE" && g.Column is not null && g.Securable.Equals(relation.FullName, StringComparison.OrdinalIgnoreCase))
                    ? new SqlError(230, $"The UPDATE permission was denied on the column '{column}' of the object '{relation.Name}', database '{Database.Name}', schema '{relation.Schema}'.", 14)
                    : new SqlError(229, $"The UPDATE permission was denied on the object '{relation.Name}', database '{Database.Name}', schema '{relation.Schema}'.", 14, 5);
            }
        }
    }

    public bool Has(string permission, Relation relation, string? column) => Has(permission, $"{relation.Schema}.{relation.Name}", column, relation.Schema);

    /// <summary>Whether the user was granted this and not denied it, itself or by a role.</summary>
    public bool Has(string permission, string securable, string? column, string? schema = null)
    {
        var principals = Catalog.RolesOf(User);
        principals.Add(User);
        bool Fits(Grant g) => principals.Contains(g.Principal)
            && (g.Permission.Equals(permission, StringComparison.OrdinalIgnoreCase) || g.Permission.Equals("CONTROL", StringComparison.OrdinalIgnoreCase) || g.Permission.Equals("ALL", StringComparison.OrdinalIgnoreCase))
            && (g.Securable.Equals(securable, StringComparison.OrdinalIgnoreCase)
                || g.Securable == "DATABASE"
                || (schema is not null && g.Securable.Equals("SCHEMA::" + schema, StringComparison.OrdinalIgnoreCase)))
            && (g.Column is null || g.Column.Equals(column, StringComparison.OrdinalIgnoreCase));
        if (Catalog.Grants.Exists(g => g.IsDeny && Fits(g)))
        {
            return false;
        }

        return Catalog.Grants.Exists(g => !g.IsDeny && Fits(g))
            || (permission == "SELECT" && schema is not null && principals.Contains("db_datareader"))
            || (permission is "INSERT" or "UPDATE" or "DELETE" && schema is not null && principals.Contains("db_datawriter"))
            || (permission is "CONNECT" && securable == "DATABASE");
    }

    /// <exception cref="SqlError">262: the user may not change the database's objects.</exception>
    private void DemandDefinition(string permission, string? schema = null)
    {
        if (!IsOwner && !Catalog.RolesOf(User).Contains("db_ddladmin") && !Has(permission, "DATABASE", null) && !(schema is not null && Has("ALTER", "SCHEMA::" + schema, null)))
        {
            throw new SqlError(262, $"{permission} permission denied in database '{Database.Name}'.", 14);
        }
    }

    private SqliteConnection OpenSqlite()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Database.File, Pooling = false, DefaultTimeout = 60 }.ToString());
        connection.Open();
        Functions.Register(connection, this);
        Collations.Register(connection);
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = ON; PRAGMA recursive_triggers = ON; PRAGMA busy_timeout = 60000";
        command.ExecuteNonQuery();
        return connection;
    }

    private void CloseSqlite()
    {
        _temporary.Clear();
        _sqlite?.Dispose();
        _sqlite = null;
    }

    private void Execute(string sql)
    {
        using var command = Sqlite.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a change: alone under the writer's lock, or inside the open transaction.</summary>
    private void Write(bool onlyTemporary, Action work)
    {
        if (onlyTemporary)
        {
            Guarded(work);
            return;
        }

        if (Database.IsReadOnly)
        {
            throw new SqlError(3906, $"Failed to update database \"{Database.Name}\" because the database is read-only.");
        }

        if (_isDoomed)
        {
            throw new SqlError(3930, "The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.");
        }

        EnterWriter();
        if (TransactionCount > 0 || _isInTrigger)
        {
            Guarded(work);
            return;
        }

        try
        {
            Execute("BEGIN IMMEDIATE");
            try
            {
                work();
                Execute("COMMIT");
                Publish();
            }
            catch
            {
                _ownCatalog = null;
                if (raw.sqlite3_get_autocommit(Sqlite.Handle) == 0)
                {
                    Execute("ROLLBACK");
                }

                throw;
            }
        }
        finally
        {
            Database.Leave(this);
        }
    }

    /// <summary>Undoes what a statement did, if it fails, and leaves the transaction as it was.</summary>
    private void Guarded(Action work)
    {
        var before = _ownCatalog;
        Execute("SAVEPOINT t_statement");
        try
        {
            work();
            Execute("RELEASE t_statement");
        }
        catch
        {
            _ownCatalog = TransactionCount > 0 ? before : null;
            if (raw.sqlite3_get_autocommit(Sqlite.Handle) == 0)
            {
                Execute("ROLLBACK TO t_statement");
                Execute("RELEASE t_statement");
            }

            throw;
        }
    }

    /// <summary>Takes the writer's lock; inside a transaction SQLite's own begins with it.</summary>
    private void EnterWriter()
    {
        Database.Enter(this);
        if (TransactionCount == 0 || _isWriting)
        {
            return;
        }

        if (_hasSqliteTransaction)
        {
            // A snapshot that somebody has written past cannot be written any more: SQLite says so at the first change.
            _isWriting = true;
            return;
        }

        Execute("BEGIN IMMEDIATE");
        _hasSqliteTransaction = _isWriting = true;
    }

    private void Publish()
    {
        if (_ownCatalog is { } changed)
        {
            Database.Catalog = changed;
            _ownCatalog = null;
        }
    }

    public void Begin(bool announce = true)
    {
        if (TransactionCount++ > 0)
        {
            return;
        }

        _transaction = Server.NextTransaction();
        _isDoomed = false;
        if (announce)
        {
            Out.EnvironmentBytes(8, TransactionDescriptor, []);
        }
    }

    public void Commit()
    {
        if (TransactionCount == 0)
        {
            throw new SqlError(3902, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.");
        }

        if (_isDoomed)
        {
            throw new SqlError(3930, "The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.");
        }

        if (TransactionCount > 1)
        {
            TransactionCount--;
            return;
        }

        Server.Faults.At(CutPoint.BeforeCommit, "");
        if (_hasSqliteTransaction)
        {
            Execute("COMMIT");
        }

        Publish();
        EndTransaction(9);
        Server.Faults.At(CutPoint.AfterCommit, "");
    }

    public void RollBack(bool isEnding = false)
    {
        if (TransactionCount == 0)
        {
            return;
        }

        if (_hasSqliteTransaction && _sqlite is not null && raw.sqlite3_get_autocommit(_sqlite.Handle) == 0)
        {
            Execute("ROLLBACK");
        }

        _ownCatalog = null;
        EndTransaction(10, !isEnding);
    }

    private void EndTransaction(byte change, bool announce = true)
    {
        if (announce)
        {
            Out.EnvironmentBytes(change, [], TransactionDescriptor);
        }

        TransactionCount = 0;
        _hasSqliteTransaction = _isWriting = _isDoomed = false;
        _transaction = 0;
        _savepoints.Clear();
        Database.Leave(this);
        Server.AppLocks.ReleaseAll(this, onlyTransactionOwned: true);
    }

    /// <summary>Values that a statement sees throughout.</summary>
    public object? Value(string name) => name.ToUpperInvariant() switch
    {
        "@@ROWCOUNT" => _rowCount,
        "@@TRANCOUNT" => (long)TransactionCount,
        "@@ERROR" => (long)_lastError,
        "@@SPID" => (long)Id,
        "@@LOCK_TIMEOUT" => (long)LockTimeout,
        "@@NESTLEVEL" or "@@FETCH_STATUS" or "@@OPTIONS" => 0L,
        "@@MAX_PRECISION" => 38L,
        "@@IDENTITY" or "SCOPE_IDENTITY" => _scopeIdentity?.ToString(CultureInfo.InvariantCulture),
        "@@VERSION" => "Microsoft SQL Server 2019 (stand-in for tests) - 15.0.2000.5",
        "@@SERVERNAME" or "@@SERVICENAME" => TdsServer.ServerName,
        "@@LANGUAGE" => "us_english",
        "SYSUTCDATETIME" => Stored.Instant(Server.Time.GetUtcNow().UtcDateTime),
        "GETUTCDATE" => Stored.Instant(Stored.RoundDateTime(Server.Time.GetUtcNow().UtcDateTime)),
        "SYSDATETIMEOFFSET" => Stored.Offset(Server.Time.GetUtcNow()),
        "XACT_STATE" => TransactionCount == 0 ? 0L : _isDoomed ? -1L : 1L,
        "ERROR_NUMBER" => _caught is null ? null : (long)_caught.Number,
        "ERROR_SEVERITY" => _caught is null ? null : (long)_caught.Severity,
        "ERROR_STATE" => _caught is null ? null : (long)_caught.State,
        "ERROR_LINE" => _caught is null ? null : (long)_caught.Line,
        "ERROR_MESSAGE" => _caught?.Message,
        "ERROR_PROCEDURE" => null,
        _ => throw SqlError.Unsupported(name),
    };
}

internal enum Isolation
{
    ReadUncommitted = 1,
    ReadCommitted = 2,
    RepeatableRead = 3,
    Serializable = 4,
    Snapshot = 5,
}
