using System.Collections.Frozen;
using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using Dapper;
using Microsoft.Data.SqlClient;

namespace CpIs.Storage.Providers;

/// <summary>
/// A database on SQL Server. Every connection is opened for itself, so that no setting, lock or broken connection is handed on, and
/// carries one command at a time: multiple active result sets stay off.
/// </summary>
internal sealed class SqlServerProvider : Provider
{
    public const string Schema = "cpis";
    private const string RunLockName = "cpis-run";
    private const string SetupLockName = "cpis-init";
    private const int CommandSeconds = 300;
    private const int OpenAttempts = 4;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SetupWait = TimeSpan.FromMinutes(2);
    private readonly SqlConnectionStringBuilder _settings;
    private readonly FrozenDictionary<string, string> _counted;

    /// <param name="connectionString">As configured.</param>
    /// <exception cref="StorageSetupException">The connection string cannot be used.</exception>
    public SqlServerProvider(string connectionString)
        : base("sqlserver")
    {
        try
        {
            _settings = new SqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new StorageSetupException("Database:ConnectionString cannot be read: for sqlserver it is Server=HOST;Database=NAME;Integrated Security=true, or with User ID and Password.");
        }

        if (string.IsNullOrWhiteSpace(_settings.DataSource) || string.IsNullOrWhiteSpace(_settings.InitialCatalog))
        {
            throw new StorageSetupException("Database:ConnectionString must name server and database: Server=HOST;Database=NAME.");
        }

        _counted = Sql.Statements.ToFrozenDictionary(s => s.Key, s => s.Value + "\n" + Sql.Named("connection/rows"), StringComparer.Ordinal);
        _settings.MultipleActiveResultSets = false;
        _settings.Pooling = false;
        if (!_settings.ShouldSerialize("Application Name"))
        {
            _settings.ApplicationName = "cpis";
        }

        if (!_settings.ShouldSerialize("Command Timeout"))
        {
            _settings.CommandTimeout = CommandSeconds;
        }
    }

    public override string Name => "sqlserver";

    public override bool HasCareTables => false;

    public override IReadOnlyList<string> Advice =>
    [
        .. SqlConnectionEncryptOption.Optional.Equals(_settings.Encrypt)
            ? ["The connection is not encrypted: take Encrypt out of Database:ConnectionString, which makes it mandatory."]
            : Array.Empty<string>(),
        .. _settings.TrustServerCertificate
            ? ["Whoever answers is trusted: take TrustServerCertificate out of Database:ConnectionString, and have the server's certificate issued by an authority that this machine trusts."]
            : Array.Empty<string>(),
    ];

    public override Task<DbConnection> OpenAsync(bool create, CancellationToken cancellationToken) => OpenAsync(_settings.ConnectionString, cancellationToken);

    public override async Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken) =>
        await connection.BeginTransactionAsync(cancellationToken);

    /// <summary>The number that the client adds up has the rows of triggers in it, so that an UPDATE of no row could seem to have found one.</summary>
    public override Task<int> ExecuteAsync(
        DbConnection connection, string name, object? parameters, DbTransaction? transaction, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<int>(new CommandDefinition(_counted[name], parameters, transaction, cancellationToken: cancellationToken));

    public override async Task<long> BulkInsertAsync(
        DbConnection connection, DbTransaction transaction, BulkTable table, IAsyncEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        // Without the first two options constraints, and triggers of the council's, would be passed over, and the login would need the right
        // to alter the table.
        const SqlBulkCopyOptions options = SqlBulkCopyOptions.CheckConstraints | SqlBulkCopyOptions.FireTriggers | SqlBulkCopyOptions.KeepNulls;
        using var copy = new SqlBulkCopy((SqlConnection)connection, options, (SqlTransaction)transaction)
        {
            DestinationTableName = $"[{Schema}].[{table.Name}]",
            BulkCopyTimeout = _settings.CommandTimeout,
        };
        for (var i = 0; i < table.Columns.Count; i++)
        {
            copy.ColumnMappings.Add(i, table.Columns[i]);
        }

        await using var reader = new BulkReader(table.Columns, rows, cancellationToken);
        try
        {
            await copy.WriteToServerAsync(reader, cancellationToken);
            return reader.Count;
        }
        catch when (reader.Failure is not null)
        {
            // The rows themselves failed, not the database.
            ExceptionDispatchInfo.Throw(reader.Failure);
            throw;
        }
    }

    /// <summary>Only where snapshot isolation is allowed: with READ_COMMITTED_SNAPSHOT readers wait for nobody anyway.</summary>
    public override async Task<bool> EnterSnapshotAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(Sql.Named("connection/enter_snapshot"), cancellationToken: cancellationToken));
        }
        catch (SqlException e) when (IsRefused(e) && connection.State == ConnectionState.Open)
        {
            // It is a kindness to people at work, which no night depends on.
            return false;
        }
    }

    public override Task LeaveSnapshotAsync(DbConnection connection) => connection.ExecuteAsync(Sql.Named("connection/leave_snapshot"));

    public override bool RefusesSnapshot(DbException error) => SqlServerErrors.IsSnapshotRefused(error);

    public override IReadOnlyList<string> Batches(string script)
    {
        var batches = new List<string>();
        var batch = new StringBuilder();
        foreach (var line in script.Split('\n').Append("GO"))
        {
            if (!line.Trim().Equals("GO", StringComparison.OrdinalIgnoreCase))
            {
                batch.Append(line).Append('\n');
            }
            else if (!string.IsNullOrWhiteSpace(batch.ToString()))
            {
                batches.Add(batch.ToString().Trim());
                batch.Clear();
            }
        }

        return batches;
    }

    public override async Task LockSetupAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (!await TryLockAsync(connection, SetupLockName, SetupWait, cancellationToken))
        {
            throw new StorageException("Somebody else has been setting up this database for two minutes: wait until that has ended and run again.");
        }
    }

    public override string Script(IReadOnlyList<MigrationScript> scripts)
    {
        var script = new StringBuilder();
        script.Append(
            """
            -- The engine's tables for SQL Server, schema cpis. Run it in the council's database as a user who may create schemas and tables
            -- (sqlcmd -b -i THIS-SCRIPT, or in a query window). It can be run again at any time: what was applied is passed over. Afterwards
            -- run roles.sql.
            SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON;
            SET NUMERIC_ROUNDABORT OFF;
            SET XACT_ABORT ON;
            SET IMPLICIT_TRANSACTIONS OFF;
            SET NOCOUNT ON;
            GO

            """);
        var held = $"APPLOCK_MODE(N'public', CONCAT(N'{SetupLockName} ', DB_NAME()), N'Session') = N'Exclusive'";
        script.Append(CultureInfo.InvariantCulture, $"DECLARE @result INT, @name NVARCHAR(255) = CONCAT(N'{SetupLockName} ', DB_NAME());\n");
        script.Append(CultureInfo.InvariantCulture, $"EXEC @result = sp_getapplock @Resource = @name, @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = {SetupWait.TotalMilliseconds};\n");
        script.Append("IF @result < 0\n    RAISERROR (N'Somebody else is setting up this database, and nothing was done: run the script again later.', 16, 1);\nGO\n\n");
        script.Append(CultureInfo.InvariantCulture, $"IF {held}\nBEGIN\n{Sql.Named("migrations/create")}\nEND\nGO\n");
        MigrationScript? before = null;
        foreach (var migration in scripts)
        {
            script.Append(CultureInfo.InvariantCulture, $"\n-- {migration.Name}\n");
            script.Append(CultureInfo.InvariantCulture, $"IF EXISTS (SELECT 1 FROM cpis.cpis_migration WHERE number = {migration.Number} AND checksum <> N'{migration.Checksum}')\n");
            script.Append(CultureInfo.InvariantCulture, $"    RAISERROR (N'Upgrade {migration.Name} was edited after it had been applied to this database, and nothing more was done. Use the program it was applied by.', 16, 1);\nGO\n");
            var batches = Batches(migration.Text);
            for (var i = 0; i < batches.Count; i++)
            {
                // A query window goes on with the next batch after an error: each one looks for itself whether it may do anything.
                script.Append(CultureInfo.InvariantCulture, $"IF {held}\n");
                script.Append(CultureInfo.InvariantCulture, $"   AND NOT EXISTS (SELECT 1 FROM cpis.cpis_migration WHERE number = {migration.Number})\n");
                if (before is not null)
                {
                    script.Append(CultureInfo.InvariantCulture, $"   AND EXISTS (SELECT 1 FROM cpis.cpis_migration WHERE number = {before.Number} AND checksum = N'{before.Checksum}')\n");
                }

                // In one transaction over all batches of the migration; with XACT_ABORT the first error rolls it back.
                script.Append(i == 0 ? "BEGIN\nBEGIN TRANSACTION;\n" : "   AND @@TRANCOUNT = 1\nBEGIN\n");
                script.Append(batches[i]).Append('\n');
                if (i == batches.Count - 1)
                {
                    script.Append(CultureInfo.InvariantCulture, $"INSERT INTO cpis.cpis_migration (number, name, checksum, applied_at)\nVALUES ({migration.Number}, N'{migration.Name}', N'{migration.Checksum}', SYSUTCDATETIME());\nCOMMIT TRANSACTION;\n");
                }

                script.Append("END\nGO\n");
            }

            before = migration;
        }

        script.Append(CultureInfo.InvariantCulture, $"\nDECLARE @name NVARCHAR(255) = CONCAT(N'{SetupLockName} ', DB_NAME());\nIF {held}\n    EXEC sp_releaseapplock @Resource = @name, @LockOwner = N'Session';\nGO\n");
        return script.ToString();
    }

    public override async Task<IHeldLock> LockAsync(RunLockHolder holder, CancellationToken cancellationToken)
    {
        // A connection of its own that is never opened again behind our back: the lock would be gone and nobody would know.
        var settings = new SqlConnectionStringBuilder(_settings.ConnectionString) { ConnectRetryCount = 0 };
        var connection = await OpenAsync(settings.ConnectionString, cancellationToken);
        try
        {
            if (!await TryLockAsync(connection, RunLockName, TimeSpan.Zero, cancellationToken))
            {
                throw new RunLockedException(await HolderAsync(connection, cancellationToken));
            }

            await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
            {
                await connection.ExecuteAsync(new CommandDefinition(Sql.Named("connection/forget_holder"), null, transaction, cancellationToken: cancellationToken));
                await connection.ExecuteAsync(new CommandDefinition(
                    Sql.Named("connection/note_holder"),
                    new { runId = holder.RunId, processId = holder.ProcessId, machine = holder.Machine, since = holder.Since },
                    transaction,
                    cancellationToken: cancellationToken));
                await transaction.CommitAsync(cancellationToken);
            }

            return new AppLock(connection, Sql.Named("connection/is_locked"), RunLockName);
        }
        catch (DbException e)
        {
            await connection.DisposeAsync();
            throw Translate(e);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override string Explain(DbException error) => SqlServerErrors.Explain(error);

    public override bool IsSetup(DbException error) => SqlServerErrors.IsSetup(error);

    public override bool IsRefused(DbException error) => SqlServerErrors.IsRefused(error);

    public override bool BreaksConnection(DbException error) => SqlServerErrors.BreaksConnection(error);

    public override bool IsTransient(DbException error) => SqlServerErrors.IsTransient(error);

    private async Task<DbConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            SqlConnection connection;
            try
            {
                connection = new SqlConnection(connectionString);
            }
            catch (ArgumentException e)
            {
                throw new StorageSetupException("Database:ConnectionString asks for things that exclude each other, such as Integrated Security with Authentication.", e);
            }

            try
            {
                await connection.OpenAsync(cancellationToken);
                await connection.ExecuteAsync(new CommandDefinition(Sql.Named("connection/open"), cancellationToken: cancellationToken));
                return connection;
            }
            catch (DbException e) when (attempt < OpenAttempts && SqlServerErrors.IsBusy(e))
            {
                await connection.DisposeAsync();
                await Task.Delay(FirstPause * Math.Pow(2, attempt - 1), cancellationToken);
            }
            catch (DbException e)
            {
                await connection.DisposeAsync();
                var sentence = SqlServerErrors.ExplainOpening(e);
                throw IsSetup(e) ? new StorageSetupException(sentence, e) : new StorageException(sentence, e);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
    }

    private async Task<bool> TryLockAsync(DbConnection connection, string resource, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.ExecuteScalarAsync<int>(new CommandDefinition(
                Sql.Named("connection/lock"), new { resource, milliseconds = (int)wait.TotalMilliseconds }, cancellationToken: cancellationToken)) >= 0;
        }
        catch (DbException e)
        {
            throw Translate(e);
        }
    }

    private async Task<RunLockHolder?> HolderAsync(DbConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryFirstOrDefaultAsync<HolderRow>(new CommandDefinition(Sql.Named("connection/holder"), cancellationToken: cancellationToken)))?.ToHolder();

    /// <summary>An application lock that belongs to a connection.</summary>
    private sealed class AppLock(DbConnection connection, string check, string resource) : IHeldLock
    {
        private readonly SemaphoreSlim _oneAtATime = new(1);

        public async Task EnsureHeldAsync(CancellationToken cancellationToken)
        {
            await _oneAtATime.WaitAsync(cancellationToken);
            try
            {
                var mode = await connection.ExecuteScalarAsync<string>(new CommandDefinition(check, new { resource }, cancellationToken: cancellationToken));
                if (mode != "Exclusive")
                {
                    throw Lost(null);
                }
            }
            catch (Exception e) when (e is DbException or InvalidOperationException)
            {
                throw Lost(e);
            }
            finally
            {
                _oneAtATime.Release();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await connection.DisposeAsync();
            _oneAtATime.Dispose();
        }

        private static StorageException Lost(Exception? e) =>
            new("The connection that holds the run lock was lost: another run may have begun, so nothing more was committed. Run again.", e is DbException ? null : e);
    }

    private sealed class HolderRow
    {
        public string RunId { get; init; } = "";

        public int ProcessId { get; init; }

        public string Machine { get; init; } = "";

        public DateTimeOffset TakenAt { get; init; }

        public RunLockHolder ToHolder() => new(RunId, ProcessId, Machine, TakenAt);
    }
}
