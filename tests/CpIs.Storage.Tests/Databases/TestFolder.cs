using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Data.SqlClient;

namespace CpIs.Storage.Tests;

/// <summary>A folder of its own for each test, with databases of its own on SQLite or on a SQL Server; all of it is gone afterwards.</summary>
public sealed partial class TestFolder : IDisposable
{
    public const string Sqlite = "sqlite";
    public const string SqlServer = "sqlserver";
    private readonly Dictionary<string, string> _created = new(StringComparer.Ordinal);
    private readonly string? _server;

    /// <param name="server">A SQL Server other than that of the suite, as a connection string to its master.</param>
    public TestFolder(string provider = Sqlite, string? server = null)
    {
        Provider = provider;
        _server = server;
        Root = Directory.CreateTempSubdirectory("cpis-storage-").FullName;
    }

    public string Provider { get; }

    public bool IsServer => Provider == SqlServer;

    public string Root { get; }

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>A database without any table; on SQLite not even the file.</summary>
    public Database Database(string name = "cpis.db", string options = "") => new(Provider, ConnectionString(name, options));

    public async Task<Database> NewDatabaseAsync(string name = "cpis.db")
    {
        var database = Database(name);
        await new Migrator(database, TimeProvider.System).ApplyAsync(default);
        return database;
    }

    public string ConnectionString(string name = "cpis.db", string options = "")
    {
        if (!IsServer)
        {
            return $"Data Source={At(name)};{options}";
        }

        lock (_created)
        {
            if (!_created.TryGetValue(name, out var database))
            {
                _created[name] = database = TestServer.Create(_server);
            }

            return TestServer.ConnectionStringTo(database, _server) + ";" + options;
        }
    }

    /// <summary>A statement of a test, written with the tables' plain names, as this database wants it.</summary>
    public string Fit(string sql) => IsServer ? TableName().Replace(sql, "cpis.$0") : sql;

    /// <summary>Rows of a test's own query, every value as SQLite would show it: dates and times as text, booleans as 0 and 1.</summary>
    internal async Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> RowsAsync(StorageSession session, string sql)
    {
        await using var reader = await session.Connection.ExecuteReaderAsync(Fit(sql));
        var rows = new List<IReadOnlyDictionary<string, object?>>();
        while (await reader.ReadAsync())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => reader.IsDBNull(i) ? null : Plain(reader.GetValue(i), reader.GetDataTypeName(i))));
        }

        return rows;
    }

    internal static async Task<IReadOnlyList<string>> ColumnsAsync(StorageSession session, string table) => (await session.Connection.QueryAsync<string>(
        session.Provider.Name == SqlServer
            ? "SELECT name FROM sys.columns WHERE object_id = OBJECT_ID(N'cpis.' + @table) ORDER BY column_id"
            : "SELECT name FROM pragma_table_info(@table) ORDER BY cid",
        new { table })).AsList();

    public void Dispose()
    {
        Directory.Delete(Root, recursive: true);
        foreach (var database in _created.Values)
        {
            TestServer.Drop(database, _server);
        }
    }

    private static object Plain(object value, string type) => value switch
    {
        DateTime date when type == "date" => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        bool flag => flag ? 1L : 0L,
        int number => (long)number,
        _ => value,
    };

    [GeneratedRegex(@"(?<![.\w'])cpis_\w+")]
    private static partial Regex TableName();
}

/// <summary>The SQL Server that the tests use: the one that CPIS_TEST_SQLSERVER names, otherwise a stand-in within this process.</summary>
internal static class TestServer
{
    public const string Variable = "CPIS_TEST_SQLSERVER";
    private static readonly Lazy<string> Master = new(Find);

    /// <summary>Says on which server the tests ran.</summary>
    public static string Description { get; private set; } = "none";

    /// <param name="server">As in <see cref="TestFolder"/>.</param>
    public static string ConnectionStringTo(string database, string? server = null) =>
        new SqlConnectionStringBuilder(server ?? Master.Value) { InitialCatalog = database, Pooling = false }.ConnectionString;

    /// <summary>Makes a database whose collation ignores case and accents, to make it hard.</summary>
    public static string Create(string? server = null)
    {
        var database = "cpis_test_" + Guid.NewGuid().ToString("N");
        Execute($"CREATE DATABASE [{database}] COLLATE Latin1_General_CI_AI", server);
        return database;
    }

    public static void Drop(string database, string? server = null)
    {
        try
        {
            Execute($"ALTER DATABASE [{database}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE", server);
        }
        catch (SqlException e) when (IsNotThere(e))
        {
            // It only ends sessions that a test has left behind.
        }

        Eventually.NoExceptionAsync<bool, SqlException>(() =>
        {
            Execute($"DROP DATABASE [{database}]", server);
            return Task.FromResult(true);
        }).GetAwaiter().GetResult();
    }

    /// <summary>
    /// Does to the server what a test needs done to it. Where the server itself says that it has no such thing, the test is shown as not run,
    /// with the reason; anything else that goes wrong fails it. For a <c>SkippableFact</c> or <c>SkippableTheory</c>.
    /// </summary>
    public static void Demand(string sql)
    {
        try
        {
            Execute(sql);
        }
        catch (SqlException e) when (IsNotThere(e))
        {
            Skip.If(true, $"Not on this server, which refuses \"{sql}\": {e.Message} (error {e.Number})");
        }
    }

    /// <summary>Azure SQL Database: a keyword, statement or option that it does not have. Babelfish: its number for all errors that SQL Server does not have.</summary>
    private static bool IsNotThere(SqlException e) =>
        e.Number is 40510 or 40517 or 40518 || (e.Number == 33557097 && e.Message.Contains("not currently supported in Babelfish", StringComparison.Ordinal));

    public static void Execute(string sql, string? server = null)
    {
        using var connection = new SqlConnection(ConnectionStringTo("master", server));
        connection.Open();
        connection.Execute(sql, commandTimeout: 120);
    }

    private static string Find()
    {
        var configured = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrWhiteSpace(configured))
        {
            using var connection = new SqlConnection(configured);
            connection.Open();
            Description = $"the server that {Variable} names ({connection.ExecuteScalar<string>("SELECT @@VERSION")?.Split('\n')[0].Trim()})";
            return configured;
        }

        var standIn = Tds.TdsServer.StartAsync().GetAwaiter().GetResult();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => standIn.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Description = "the stand-in of tests/CpIs.Tds";
        return standIn.ConnectionString;
    }
}
