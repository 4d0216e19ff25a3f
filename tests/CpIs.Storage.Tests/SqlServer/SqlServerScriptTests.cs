using CpIs.Storage.Transport;
using Dapper;
using Microsoft.Data.SqlClient;
using Shouldly;

namespace CpIs.Storage.Tests.SqlServer;

/// <summary>The scripts of a DBA, run as a query window runs them: batch by batch, on one connection, going on after an error.</summary>
public sealed class SqlServerScriptTests : IDisposable
{
    private readonly TestFolder _folder = new(TestFolder.SqlServer);

    private Database Database => _folder.Database();

    private string Script => new Migrator(Database, TimeProvider.System).Script();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_script_makes_what_db_init_makes_and_changes_nothing_when_it_is_run_again()
    {
        (await RunAsync(Script)).ShouldBeEmpty();
        await new Migrator(Database, TimeProvider.System).EnsureCurrentAsync(default);
        (await new Migrator(Database, TimeProvider.System).ApplyAsync(default)).ShouldBeEmpty();
        var made = await ObjectsAsync(Database);
        (await RunAsync(Script)).ShouldBeEmpty();
        (await ObjectsAsync(Database)).ShouldBe(made);
        (await ObjectsAsync(await _folder.NewDatabaseAsync("by-db-init.db"))).ShouldBe(made);
        await using var session = await Database.OpenAsync(default);
        await new TransportStateStore(session).SetAsync("k", "v", default);
    }

    [Fact]
    public async Task A_script_that_fails_half_way_leaves_the_upgrades_before_it_whole_and_none_after_it_and_goes_on_from_there()
    {
        var all = new Sql("sqlserver").Migrations();
        await ExecuteAsync("CREATE SCHEMA cpis");
        await ExecuteAsync("CREATE TABLE cpis.cpis_alert (in_the_way INT)");
        (await RunAsync(Script)).ShouldContain(e => e.Number == 2714);
        (await AppliedAsync()).ShouldBe([1]);
        (await ObjectsAsync(Database)).ShouldNotContain("cpis_inbound");

        await ExecuteAsync("DROP TABLE cpis.cpis_alert");
        (await RunAsync(Script)).ShouldBeEmpty();
        (await AppliedAsync()).ShouldBe(all.Select(m => m.Number));
    }

    [Fact]
    public async Task An_upgrade_that_was_edited_is_told_and_none_after_it_is_applied()
    {
        var all = new Sql("sqlserver").Migrations();
        var two = new Migrator(Database, TimeProvider.System, [.. all.Take(2)]);
        await two.ApplyAsync(default);
        await ExecuteAsync("UPDATE cpis.cpis_migration SET checksum = N'0' WHERE number = 2");
        (await RunAsync(Script)).ShouldContain(e => e.Message.Contains(all[1].Name, StringComparison.Ordinal));
        (await AppliedAsync()).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task While_somebody_else_sets_the_database_up_the_script_does_nothing()
    {
        await using var other = new SqlConnection(_folder.ConnectionString());
        await other.OpenAsync();
        await other.ExecuteAsync("DECLARE @name NVARCHAR(255) = CONCAT(N'cpis-init ', DB_NAME()); EXEC sp_getapplock @Resource = @name, @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = 0");
        (await RunAsync(Script.Replace("@LockTimeout = 120000", "@LockTimeout = 0", StringComparison.Ordinal))).ShouldContain(e => e.Message.StartsWith("Somebody else", StringComparison.Ordinal));
        (await ObjectsAsync(Database)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Rights_can_be_given_again_and_uninstalling_leaves_nothing()
    {
        await _folder.NewDatabaseAsync();
        (await RunAsync(Sql.Text("sqlserver/install/roles.sql"))).ShouldBeEmpty();
        (await RunAsync(Sql.Text("sqlserver/install/roles.sql"))).ShouldBeEmpty();
        (await RunAsync(Sql.Text("sqlserver/install/uninstall.sql"))).ShouldBeEmpty();
        (await ObjectsAsync(Database)).ShouldBeEmpty();
        await using var session = await Database.OpenAsync(default);
        (await session.Connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM sys.schemas WHERE name = N'cpis'")).ShouldBe(0);
        (await session.Connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM sys.database_principals WHERE name IN (N'cpis_engine', N'cpis_care_system')")).ShouldBe(0);
        (await RunAsync(Sql.Text("sqlserver/install/uninstall.sql"))).ShouldBeEmpty();
    }

    private async Task<List<SqlError>> RunAsync(string script)
    {
        await using var connection = new SqlConnection(_folder.ConnectionString());
        await connection.OpenAsync();
        var errors = new List<SqlError>();
        foreach (var batch in Database.Provider.Batches(script))
        {
            try
            {
                await connection.ExecuteAsync(batch);
            }
            catch (SqlException e)
            {
                errors.AddRange(e.Errors.Cast<SqlError>());
            }
        }

        return errors;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqlConnection(_folder.ConnectionString());
        await connection.OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    private async Task<IReadOnlyList<int>> AppliedAsync()
    {
        await using var connection = new SqlConnection(_folder.ConnectionString());
        await connection.OpenAsync();
        return (await connection.QueryAsync<int>("SELECT number FROM cpis.cpis_migration ORDER BY number")).AsList();
    }

    /// <summary>Tables, their columns with types, and their indexes.</summary>
    private static async Task<IReadOnlyList<string>> ObjectsAsync(Database database)
    {
        await using var session = await database.OpenAsync(default);
        return (await session.Connection.QueryAsync<string>(
            """
            SELECT t.name FROM sys.tables AS t WHERE t.schema_id = SCHEMA_ID(N'cpis')
            UNION ALL
            SELECT CONCAT(t.name, N'.', c.name, N' ', TYPE_NAME(c.system_type_id), N' ', c.max_length, N' ', c.is_nullable)
            FROM sys.tables AS t JOIN sys.columns AS c ON c.object_id = t.object_id WHERE t.schema_id = SCHEMA_ID(N'cpis')
            UNION ALL
            SELECT CONCAT(t.name, N' index ', i.name, N' ', i.is_unique)
            FROM sys.tables AS t JOIN sys.indexes AS i ON i.object_id = t.object_id WHERE t.schema_id = SCHEMA_ID(N'cpis') AND i.name IS NOT NULL
            """)).Order(StringComparer.Ordinal).ToList();
    }
}
