using System.Data;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.SqlClient;

namespace CpIs.EndToEnd.Tests.Harness;

/// <summary>A database of its own on a SQL Server, with care tables and source views as a council's data team would make them.</summary>
internal sealed partial class CouncilServer : IDisposable
{
    public const string Variable = "CPIS_TEST_SQLSERVER";

    private static readonly (string Name, string[] Columns)[] s_tables =
    [
        ("person", ["person_id", "nhs_number", "family_name", "given_names", "date_of_birth", "is_unborn", "expected_date_of_birth", "mother_person_id", "worker_id", "manager_id", "team", "changed_at"]),
        ("plan", ["plan_id", "person_id", "start_date", "end_date", "held_by_other_authority", "recorded_in_error", "changed_at"]),
        ("legal_status", ["legal_status_id", "person_id", "code", "start_date", "end_date", "recorded_in_error", "changed_at"]),
        ("worker", ["worker_id", "name", "email", "is_active"]),
    ];

    private readonly string _master;
    private readonly string _name = "cpis_e2e_" + Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, IReadOnlyList<DataTable>> _backups = [];
    private bool _hasViews;

    public CouncilServer(string server)
    {
        _master = server;
        Execute(server, $"CREATE DATABASE [{_name}] COLLATE Latin1_General_CI_AI");
        ConnectionString = new SqlConnectionStringBuilder(server) { InitialCatalog = _name, Pooling = false }.ConnectionString;
    }

    public string ConnectionString { get; }

    /// <summary>On which databases the tests run.</summary>
    public static string Describe()
    {
        const string Exceptions = "on SQLite those that are about the embedded database itself, on the stand-in those that let a server fail";
        var named = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(named))
        {
            return "SQLite, and those about SQL Server on the stand-in of tests/CpIs.Tds.";
        }

        using var connection = new SqlConnection(named);
        connection.Open();
        using var command = new SqlCommand("SELECT @@VERSION", connection);
        return $"the server that {Variable} names ({((string)command.ExecuteScalar()).Split('\n')[0].Trim()}); {Exceptions}.";
    }

    /// <summary>Replaces all rows of the care tables with those of an extract folder, cell by cell as they are.</summary>
    public void Load(string folder)
    {
        using var connection = new SqlConnection(ConnectionString);
        connection.Open();
        if (!_hasViews)
        {
            MakeViews(connection);
        }

        foreach (var (name, columns) in s_tables)
        {
            Execute(connection, $"DELETE FROM dbo.care_{name}");
            using var rows = new DataTable();
            foreach (var column in columns)
            {
                rows.Columns.Add(column, typeof(string));
            }

            foreach (var row in CsvTable.Read(Path.Combine(folder, name + ".csv")))
            {
                rows.Rows.Add([.. columns.Select(c => row[c].Length == 0 ? DBNull.Value : (object)row[c])]);
            }

            using var copy = new SqlBulkCopy(connection) { DestinationTableName = "[dbo].[care_" + name + "]" };
            copy.WriteToServer(rows);
        }
    }

    public IReadOnlyList<IReadOnlyDictionary<string, string>> Query(string sql)
    {
        using var connection = new SqlConnection(ConnectionString);
        connection.Open();
        using var command = new SqlCommand(TableName().Replace(sql, "cpis.$0"), connection);
        using var reader = command.ExecuteReader();
        var rows = new List<IReadOnlyDictionary<string, string>>();
        while (reader.Read())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => reader.IsDBNull(i) ? string.Empty : Text(reader.GetValue(i), reader.GetDataTypeName(i))));
        }

        return rows;
    }

    /// <summary>Keeps all rows of the engine's tables under a name, as a backup of the database would.</summary>
    public void BackUp(string name)
    {
        using var connection = new SqlConnection(ConnectionString);
        connection.Open();
        _backups[name] = [.. EngineTables().Select(t => Read(connection, t))];
    }

    /// <summary>Makes the engine's tables what they were when they were backed up.</summary>
    public void Restore(string name)
    {
        using var connection = new SqlConnection(ConnectionString);
        connection.Open();
        foreach (var table in _backups[name])
        {
            Execute(connection, $"DELETE FROM {table.TableName}");
        }

        const SqlBulkCopyOptions AsTheyWere = SqlBulkCopyOptions.KeepIdentity | SqlBulkCopyOptions.KeepNulls | SqlBulkCopyOptions.CheckConstraints;
        foreach (var table in Enumerable.Reverse(_backups[name]).Where(t => t.Rows.Count > 0))
        {
            using var copy = new SqlBulkCopy(connection, AsTheyWere, null) { DestinationTableName = table.TableName };
            copy.WriteToServer(table);
        }
    }

    public void Execute(string sql) => Execute(ConnectionString, TableName().Replace(sql, "cpis.$0"));

    public void Dispose()
    {
        try
        {
            Execute(_master, $"ALTER DATABASE [{_name}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE");
        }
        catch (SqlException e) when (IsNotThere(e))
        {
            // It only ends sessions that a test has left behind.
        }

        Again(() => Execute(_master, $"DROP DATABASE [{_name}]"));
    }

    /// <summary>
    /// True when the server itself says that it has no such thing. Azure SQL Database: a keyword, statement or option; Babelfish: its number for
    /// all errors that SQL Server does not have.
    /// </summary>
    public static bool IsNotThere(SqlException e) =>
        e.Number is 40510 or 40517 or 40518 || (e.Number == 33557097 && e.Message.Contains("not currently supported in Babelfish", StringComparison.Ordinal));

    /// <summary>A server needs a moment to notice that the connections of a process have ended.</summary>
    public static void Again(Action work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                work();
                return;
            }
            catch (SqlException) when (attempt < 100)
            {
                Thread.Sleep(100);
            }
        }
    }

    private void MakeViews(SqlConnection connection)
    {
        Execute(connection, "IF SCHEMA_ID(N'cpis') IS NULL EXEC (N'CREATE SCHEMA cpis')");
        foreach (var (name, columns) in s_tables)
        {
            Execute(connection, $"CREATE TABLE dbo.care_{name} ({string.Join(", ", columns.Select(c => c + " NVARCHAR(400) NULL"))})");
            Execute(connection, $"CREATE VIEW cpis.cpis_source_{name} AS SELECT {string.Join(", ", columns)} FROM dbo.care_{name}");
        }

        _hasViews = true;
    }

    /// <summary>A table before those that it refers to, as they are dropped.</summary>
    public static IEnumerable<string> EngineTables()
    {
        const string Drop = "DROP TABLE IF EXISTS ";
        return File.ReadLines(Path.Combine(Cpis.RepositoryRoot, "sql", "sqlserver", "install", "uninstall.sql"))
            .Where(l => l.StartsWith(Drop, StringComparison.Ordinal))
            .Select(l => l[Drop.Length..].TrimEnd(';'));
    }

    private static DataTable Read(SqlConnection connection, string table)
    {
        using var command = new SqlCommand($"SELECT * FROM {table}", connection);
        using var reader = command.ExecuteReader();
        var rows = new DataTable(table);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            rows.Columns.Add(reader.GetName(i), reader.GetFieldType(i));
        }

        while (reader.Read())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Rows.Add(values);
        }

        return rows;
    }

    private static string Text(object value, string type) => value switch
    {
        DateTime date when type == "date" => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        bool flag => flag ? "1" : "0",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static void Execute(string connectionString, string sql)
    {
        using var connection = new SqlConnection(new SqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        Execute(connection, sql);
    }

    private static void Execute(SqlConnection connection, string sql)
    {
        using var command = new SqlCommand(sql, connection) { CommandTimeout = 120 };
        command.ExecuteNonQuery();
    }

    [GeneratedRegex(@"(?<![.\w'])cpis_\w+", RegexOptions.None, 1000)]
    private static partial Regex TableName();
}
