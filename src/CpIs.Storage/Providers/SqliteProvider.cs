using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using CpIs.Files;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CpIs.Storage.Providers;

/// <summary>A SQLite file with one writer: write-ahead log, flushed at each commit, foreign keys on, no memory map.</summary>
internal sealed class SqliteProvider : Provider
{
    private const int WaitForLockSeconds = 30;

    /// <summary>SQLite itself cannot be called back while it waits, so it waits no longer than this at a time.</summary>
    private const int LookUpSeconds = 1;
    private const int NativeWaitMilliseconds = 250;
    private readonly string _connectionString;
    private readonly int _timeoutSeconds;

    /// <param name="connectionString">As configured.</param>
    /// <param name="dialect">Folder of the statements below <c>sql/</c>; its <c>connection/open</c> is executed first.</param>
    /// <exception cref="StorageSetupException">The connection string cannot be used.</exception>
    public SqliteProvider(string connectionString, string dialect = "sqlite")
        : base(dialect)
    {
        SqliteConnectionStringBuilder builder;
        try
        {
            builder = new SqliteConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new StorageSetupException("Database:ConnectionString cannot be read: for sqlite it is Data Source=FILE.");
        }

        if (builder.DataSource.Length == 0
            || builder.Mode == SqliteOpenMode.Memory
            || builder.DataSource.StartsWith(':')
            || builder.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            throw new StorageSetupException("Database:ConnectionString must name a file: Data Source=FILE.");
        }

        File = Path.GetFullPath(builder.DataSource);
        builder.DataSource = File;
        builder.Mode = SqliteOpenMode.ReadWrite;

        // A pooled connection would keep the file open after its last use.
        builder.Pooling = false;
        _timeoutSeconds = connectionString.Contains("Timeout", StringComparison.OrdinalIgnoreCase) ? builder.DefaultTimeout : WaitForLockSeconds;
        builder.DefaultTimeout = _timeoutSeconds;
        _connectionString = builder.ToString();
    }

    public override string Name => "sqlite";

    public override bool HasCareTables => true;

    /// <summary>Full path of the database file.</summary>
    public string File { get; }

    public override async Task<DbConnection> OpenAsync(bool create, CancellationToken cancellationToken)
    {
        if (!System.IO.File.Exists(File))
        {
            if (!create)
            {
                throw new StorageSetupException($"There is no database file {File}: run cpis db init.");
            }

            CreateFile();
        }

        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            raw.sqlite3_busy_timeout(connection.Handle, NativeWaitMilliseconds);
            await using var command = connection.CreateCommand();
            command.CommandText = Sql.Named("connection/open");
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch (SqliteException e)
        {
            await connection.DisposeAsync();
            throw Translate(e);
        }
    }

    public override Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken) =>
        WaitingAsync(connection, () => connection.BeginTransactionAsync(cancellationToken).AsTask(), cancellationToken);

    public override async Task<T> WaitingAsync<T>(DbConnection connection, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        var sqlite = (SqliteConnection)connection;
        var begun = Stopwatch.GetTimestamp();
        sqlite.DefaultTimeout = LookUpSeconds;
        try
        {
            while (true)
            {
                try
                {
                    return await work();
                }
                catch (SqliteException e) when (IsBusy(e) && (_timeoutSeconds == 0 || Stopwatch.GetElapsedTime(begun).TotalSeconds < _timeoutSeconds))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            sqlite.DefaultTimeout = _timeoutSeconds;
        }
    }

    public override async Task<long> BulkInsertAsync(
        DbConnection connection, DbTransaction transaction, BulkTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        await using var insert = new SqliteInsert((SqliteConnection)connection, (SqliteTransaction)transaction, table);
        long count = 0;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            insert.Add(row);
            count++;
        }

        return count;
    }

    public override IReadOnlyList<string> Batches(string script) => [script];

    /// <summary>Not needed: a transaction that writes is alone.</summary>
    public override Task LockSetupAsync(DbConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    public override IReadOnlyList<string> Advice => [];

    public override string Script(IReadOnlyList<MigrationScript> scripts)
    {
        var script = new StringBuilder();
        script.Append("-- The engine's tables for SQLite. Run it with: sqlite3 -bail FILE < THIS-SCRIPT\n");
        script.Append("PRAGMA journal_mode = WAL;\nPRAGMA foreign_keys = ON;\nBEGIN IMMEDIATE;\n\n").Append(Sql.Named("migrations/create")).Append('\n');
        foreach (var migration in scripts)
        {
            script.Append(CultureInfo.InvariantCulture, $"\n-- {migration.Name}\n{migration.Text.TrimEnd()}\n");
            script.Append(CultureInfo.InvariantCulture, $"INSERT INTO cpis_migration (number, name, checksum, applied_at)\nVALUES ({migration.Number}, '{migration.Name}', '{migration.Checksum}', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));\n");
        }

        return script.Append("\nCOMMIT;\n").ToString();
    }

    public override async Task<IHeldLock> LockAsync(RunLockHolder holder, CancellationToken cancellationToken) =>
        await LockFile.TakeAsync(File + ".lock", holder, cancellationToken);

    /// <summary>A statement that does not fit the database: a view or column that is not there.</summary>
    public override bool IsSetup(DbException error) => error is SqliteException { SqliteErrorCode: raw.SQLITE_ERROR };

    /// <summary>The wait for a lock is SQLite's own.</summary>
    public override bool IsTransient(DbException error) => false;

    public override string Explain(DbException error) => error is SqliteException e ? Sentence(e, "the database") : "The database reported an error: see the log.";

    /// <summary>What an error means.</summary>
    /// <param name="file">What lies on the disk.</param>
    public static string Sentence(SqliteException e, string file) => (e.SqliteErrorCode & 0xFF) switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "The database is locked by another program: close it and run again.",
        raw.SQLITE_READONLY or raw.SQLITE_PERM => "The database file or its folder cannot be written: check the rights of the user who runs the program.",
        raw.SQLITE_CANTOPEN => "The database file cannot be opened: check that it is there and the rights of the user who runs the program.",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => "The database file is damaged or is not a SQLite database: restore it from a backup.",
        raw.SQLITE_IOERR when e.SqliteExtendedErrorCode != raw.SQLITE_IOERR_SHMSIZE =>
            $"The disk that holds {file} failed, or a quota or a limit on the size of files is reached: check it, and run again.",
        raw.SQLITE_FULL or raw.SQLITE_IOERR => $"The disk that holds {file} is full: make room and run again.",
        _ => string.Create(CultureInfo.InvariantCulture, $"The database reported error {e.SqliteErrorCode} ({e.SqliteExtendedErrorCode})."),
    };

    private static bool IsBusy(SqliteException e) => (e.SqliteErrorCode & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    private void CreateFile()
    {
        try
        {
            using (new FileStream(File, DurableFile.Private(FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite)))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The database file {File} cannot be created: check that its folder is there and may be written.", e);
        }
    }
}
