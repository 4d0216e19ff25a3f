using System.Data.Common;
using CpIs.Storage.Providers;
using Microsoft.Data.Sqlite;

namespace CpIs.Storage;

/// <summary>The council's database: where it is and how it is spoken to. Holds no connection itself.</summary>
public sealed class Database
{
    /// <param name="provider">As configured: <c>sqlite</c> or <c>sqlserver</c>.</param>
    /// <param name="connectionString">As configured. A relative file name is taken from the working folder.</param>
    /// <exception cref="StorageSetupException">Unknown provider or unusable connection string; the message names the key and repeats no value.</exception>
    public Database(string provider, string connectionString)
    {
        Provider = provider switch
        {
            "sqlite" => new SqliteProvider(connectionString),
            "sqlserver" => new SqlServerProvider(connectionString),
            _ => throw new StorageSetupException("Database:Provider is not one of those known: sqlite, sqlserver."),
        };
    }

    internal Provider Provider { get; }

    /// <summary>The provider's name as configured.</summary>
    public string ProviderName => Provider.Name;

    /// <summary>True when the care tables are the engine's own, so that <c>db load</c> can fill them.</summary>
    public bool HasCareTables => Provider.HasCareTables;

    /// <summary>Opens a connection for one unit of work after another.</summary>
    /// <exception cref="StorageSetupException">There is no such database.</exception>
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public Task<StorageSession> OpenAsync(CancellationToken cancellationToken) => OpenAsync(create: false, cancellationToken);

    /// <summary>Opens a connection through which nothing is committed once the lock is lost.</summary>
    /// <inheritdoc cref="OpenAsync(CancellationToken)"/>
    public async Task<StorageSession> OpenAsync(RunLock held, CancellationToken cancellationToken) =>
        new(Provider, await Provider.OpenAsync(create: false, cancellationToken), held);

    /// <summary>
    /// Says in a sentence what a database error means that came from no session, and what to do about it: one of a run's work file, which
    /// is SQLite whatever the council's database is.
    /// </summary>
    public string Explain(DbException error) =>
        error is SqliteException file ? SqliteProvider.Sentence(file, "the run folders or the database") : Provider.Explain(error);

    internal async Task<StorageSession> OpenAsync(bool create, CancellationToken cancellationToken) =>
        new(Provider, await Provider.OpenAsync(create, cancellationToken));
}
