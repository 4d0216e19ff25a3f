using System.Data;
using Dapper;
using Microsoft.Data.SqlClient;
using Shouldly;

namespace CpIs.Tds.Tests;

public sealed class TransactionTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static async Task<SqlConnection> TableAsync(ServerFixture fixture)
    {
        var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE TABLE t (id INT NOT NULL PRIMARY KEY)");
        return db;
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Serializable)]
    [InlineData(IsolationLevel.RepeatableRead)]
    public async Task A_transaction_is_whole_or_nothing(IsolationLevel level)
    {
        await using var db = await TableAsync(fixture);
        await using (var undone = await db.BeginTransactionAsync(level))
        {
            await db.ExecuteAsync("INSERT INTO t VALUES (1); CREATE TABLE u (id INT)", transaction: undone);
            await undone.RollbackAsync();
        }

        (await db.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM t")).ShouldBe(0);
        await db.ExecuteAsync("SELECT * FROM u").ShouldFailAsync(208);
        await using (var done = (SqlTransaction)await db.BeginTransactionAsync(level))
        {
            await db.ExecuteAsync("INSERT INTO t VALUES (1)", transaction: done);
            done.Save("point");
            await db.ExecuteAsync("INSERT INTO t VALUES (2)", transaction: done);
            done.Rollback("point");
            await done.CommitAsync();
        }

        (await db.QueryAsync<int>("SELECT id FROM t")).ShouldBe([1]);
    }

    [Fact]
    public async Task Without_xact_abort_a_failed_statement_leaves_the_rest()
    {
        await using var db = await TableAsync(fixture);
        await db.ExecuteAsync("SET XACT_ABORT OFF; BEGIN TRAN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); COMMIT").ShouldFailAsync(2627);
        (await db.QueryAsync<int>("SELECT id FROM t ORDER BY id")).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task With_xact_abort_an_error_rolls_back_and_the_client_knows()
    {
        await using var db = await TableAsync(fixture);
        await db.ExecuteAsync("SET XACT_ABORT ON");
        await using var transaction = await db.BeginTransactionAsync();
        await db.ExecuteAsync("INSERT INTO t VALUES (1)", transaction: transaction);
        await db.ExecuteAsync("INSERT INTO t VALUES (1)", transaction: transaction).ShouldFailAsync(2627);
        await Should.ThrowAsync<InvalidOperationException>(transaction.CommitAsync());
        (await db.ExecuteScalarAsync<int>("SELECT COUNT(*) + @@TRANCOUNT FROM t")).ShouldBe(0);
    }

    [Fact]
    public async Task A_caught_error_dooms_the_transaction_under_xact_abort()
    {
        await using var db = await TableAsync(fixture);
        const string Sql = "SET XACT_ABORT ON; BEGIN TRY BEGIN TRAN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); COMMIT END TRY BEGIN CATCH SELECT XACT_STATE(); ROLLBACK; THROW; END CATCH";
        await using var command = new SqlCommand(Sql, db);
        await using var reader = await command.ExecuteReaderAsync();
        (await reader.ReadAsync()).ShouldBeTrue();
        reader.GetInt16(0).ShouldBe((short)-1);
        await reader.NextResultAsync().ShouldFailAsync(2627);
    }

    [Fact]
    public async Task Writers_wait_for_each_other_and_readers_see_what_is_committed()
    {
        await using var one = await TableAsync(fixture);
        await using var two = await fixture.OpenAsync(one.Database);
        await using var transaction = await one.BeginTransactionAsync();
        await one.ExecuteAsync("INSERT INTO t VALUES (1)", transaction: transaction);
        (await two.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM t")).ShouldBe(0);
        await two.ExecuteAsync("SET LOCK_TIMEOUT 50; INSERT INTO t VALUES (2)").ShouldFailAsync(1222);
        var waiting = two.ExecuteAsync("SET LOCK_TIMEOUT -1; INSERT INTO t VALUES (2)");
        await fixture.SomeoneWaitsAsync();
        await transaction.CommitAsync();
        await waiting.WaitAsync(Deadline);
        (await one.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM t")).ShouldBe(2);
    }

    [Fact]
    public async Task Many_connections_count_up_without_losing_one()
    {
        await using var db = await TableAsync(fixture);
        await db.ExecuteAsync("INSERT INTO t VALUES (0)");
        var name = db.Database;
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            await using var own = await fixture.OpenAsync(name);
            for (var i = 0; i < 10; i++)
            {
                await using var transaction = await own.BeginTransactionAsync();
                var n = await own.ExecuteScalarAsync<int>("SELECT id FROM t WITH (UPDLOCK, HOLDLOCK)", transaction: transaction);
                await own.ExecuteAsync("UPDATE t SET id = @n", new { n = n + 1 }, transaction);
                await transaction.CommitAsync();
            }
        })));
        (await db.ExecuteScalarAsync<int>("SELECT id FROM t")).ShouldBe(60);
    }

    [Fact]
    public async Task Snapshot_isolation_must_be_allowed_and_notices_a_conflict()
    {
        await using var one = await TableAsync(fixture);
        await using var two = await fixture.OpenAsync(one.Database);
        await one.ExecuteAsync("INSERT INTO t VALUES (1)");
        await using (var refused = await one.BeginTransactionAsync(IsolationLevel.Snapshot))
        {
            await one.ExecuteAsync("SELECT * FROM t", transaction: refused).ShouldFailAsync(3952);
        }

        await one.ExecuteAsync($"ALTER DATABASE [{one.Database}] SET ALLOW_SNAPSHOT_ISOLATION ON");
        await using var transaction = await one.BeginTransactionAsync(IsolationLevel.Snapshot);
        (await one.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM t", transaction: transaction)).ShouldBe(1);
        await two.ExecuteAsync("UPDATE t SET id = 2");
        (await one.ExecuteScalarAsync<int>("SELECT id FROM t", transaction: transaction)).ShouldBe(1);
        await one.ExecuteAsync("UPDATE t SET id = 3", transaction: transaction).ShouldFailAsync(3960);
    }

    [Fact]
    public async Task An_application_lock_holds_between_connections_and_goes_with_its_connection()
    {
        await using var db = await TableAsync(fixture);
        await using var one = await fixture.OpenAsync(db.Database, "Pooling=False");
        await using var two = await fixture.OpenAsync(db.Database);
        const string Take = "DECLARE @r INT; EXEC @r = sp_getapplock @Resource = N'run', @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = @wait; SELECT @r";
        (await one.ExecuteScalarAsync<int>(Take, new { wait = 0 })).ShouldBe(0);
        (await two.ExecuteScalarAsync<int>(Take, new { wait = 0 })).ShouldBe(-1);
        (await two.ExecuteScalarAsync<int>(Take, new { wait = 30 })).ShouldBe(-1);
        var waiting = two.ExecuteScalarAsync<int>(Take, new { wait = 20_000 });
        var spid = await one.ExecuteScalarAsync<short>("SELECT @@SPID");
        await fixture.SomeoneWaitsAsync();
        await db.ExecuteAsync($"KILL {spid}");
        (await waiting.WaitAsync(Deadline)).ShouldBe(1);
        await Should.ThrowAsync<Exception>(one.ExecuteScalarAsync<int>("SELECT 1"));
        (await db.ExecuteScalarAsync<int>(Take, new { wait = 0 })).ShouldBe(-1);
        (await two.ExecuteScalarAsync<int>("DECLARE @r INT; EXEC @r = sp_releaseapplock N'run', N'Session'; SELECT @r")).ShouldBe(0);
        (await db.ExecuteScalarAsync<int>(Take, new { wait = 0 })).ShouldBe(0);
        await two.ExecuteAsync("EXEC sp_releaseapplock N'run', N'Session'").ShouldFailAsync(1223);

        // One that a transaction owns goes with it.
        await using (var transaction = await two.BeginTransactionAsync())
        {
            await two.ExecuteAsync("EXEC sp_getapplock N'own', N'Exclusive'", transaction: transaction);
            (await db.ExecuteScalarAsync<int>("DECLARE @r INT; EXEC @r = sp_getapplock N'own', N'Shared', N'Session', 0; SELECT @r")).ShouldBe(-1);
            await transaction.CommitAsync();
        }

        (await db.ExecuteScalarAsync<int>("DECLARE @r INT; EXEC @r = sp_getapplock N'own', N'Shared', N'Session', 0; SELECT @r")).ShouldBe(0);
    }

    [Theory]
    [InlineData("HIGH", "NORMAL", 1205)]
    [InlineData("LOW", "NORMAL", 0)]
    [InlineData("-3", "-2", 0)]
    public async Task Of_sessions_that_wait_for_each_other_the_one_with_the_lower_priority_gives_way(string priorityOfOne, string priorityOfTwo, int errorOfTwo)
    {
        const string Take = "DECLARE @r INT; EXEC @r = sp_getapplock N'both', N'Exclusive', N'Transaction', -1; SELECT @r";
        await using var one = await TableAsync(fixture);
        await using var two = await fixture.OpenAsync(one.Database);
        await one.ExecuteAsync("SET DEADLOCK_PRIORITY " + priorityOfOne);
        await two.ExecuteAsync("SET DEADLOCK_PRIORITY " + priorityOfTwo);
        await using var first = await one.BeginTransactionAsync();
        await using var second = await two.BeginTransactionAsync();
        await one.ExecuteAsync("INSERT INTO t VALUES (1)", transaction: first);
        (await two.ExecuteScalarAsync<int>(Take, transaction: second)).ShouldBe(0);

        // sp_getapplock says by its result that it gave way.
        var waiting = one.ExecuteScalarAsync<int>(Take, transaction: first);
        var writing = two.ExecuteAsync("INSERT INTO t VALUES (2)", transaction: second);
        if (errorOfTwo != 0)
        {
            await writing.ShouldFailAsync(errorOfTwo);
            (await waiting).ShouldBeGreaterThanOrEqualTo(0);
            await first.CommitAsync();
            (await one.QueryAsync<int>("SELECT id FROM t")).ShouldBe([1]);
        }
        else
        {
            (await waiting).ShouldBe(-3);
            await first.RollbackAsync();
            await writing;
            await second.CommitAsync();
            (await one.QueryAsync<int>("SELECT id FROM t")).ShouldBe([2]);
        }
    }

    [Fact]
    public async Task A_killed_connection_leaves_nothing_of_its_transaction()
    {
        await using var db = await TableAsync(fixture);
        await using var doomed = await fixture.OpenAsync(db.Database, "Pooling=False");
        await using var transaction = await doomed.BeginTransactionAsync();
        await doomed.ExecuteAsync("INSERT INTO t VALUES (1)", transaction: transaction);
        await db.ExecuteAsync($"KILL {await doomed.ExecuteScalarAsync<short>("SELECT @@SPID", transaction: transaction)}");
        await db.ExecuteAsync("INSERT INTO t VALUES (2)");
        (await db.QueryAsync<int>("SELECT id FROM t")).ShouldBe([2]);
    }
}

/// <summary>Faults are the server's, so these tests have one of their own.</summary>
public sealed class FaultTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task An_injected_deadlock_rolls_back()
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE TABLE t (id INT NOT NULL PRIMARY KEY)");
        await using var transaction = await db.BeginTransactionAsync();
        await db.ExecuteAsync("INSERT INTO t VALUES (1)", transaction: transaction);
        fixture.Server.Faults.FailNext(1205, containing: "VALUES (2)");
        await db.ExecuteAsync("INSERT INTO t VALUES (3)", transaction: transaction);
        await db.ExecuteAsync("INSERT INTO t VALUES (2)", transaction: transaction).ShouldFailAsync(1205);
        fixture.Server.Faults.Waiting.ShouldBe(0);
        (await db.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM t")).ShouldBe(0);
    }

    [Theory]
    [InlineData(CutPoint.BeforeCommand, 0)]
    [InlineData(CutPoint.AfterCommand, 1)]
    public async Task A_connection_is_cut_around_a_command(CutPoint at, int expected)
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE TABLE t (id INT NOT NULL PRIMARY KEY)");
        await using var victim = await fixture.OpenAsync(db.Database, "Pooling=False;ConnectRetryCount=0");
        fixture.Server.Faults.CutNext(at, containing: "INSERT");
        await Should.ThrowAsync<SqlException>(victim.ExecuteAsync("INSERT INTO t VALUES (1)"));
        (await db.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM t")).ShouldBe(expected);
    }

    [Theory]
    [InlineData(CutPoint.BeforeCommit, 0)]
    [InlineData(CutPoint.AfterCommit, 1)]
    public async Task A_connection_is_cut_around_a_commit(CutPoint at, int expected)
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE TABLE t (id INT NOT NULL PRIMARY KEY)");
        await using var victim = await fixture.OpenAsync(db.Database, "Pooling=False");
        await using var transaction = await victim.BeginTransactionAsync();
        await victim.ExecuteAsync("INSERT INTO t VALUES (1)", transaction: transaction);
        fixture.Server.Faults.CutNext(at);
        await Should.ThrowAsync<Exception>(transaction.CommitAsync());
        await db.ExecuteAsync("UPDATE t SET id = id");
        (await db.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM t")).ShouldBe(expected);
    }

    [Fact]
    public async Task A_connection_is_cut_in_a_result()
    {
        await using var victim = await fixture.OpenAsync("master", "Pooling=False");
        fixture.Server.Faults.CutNext(CutPoint.InResult);
        await Should.ThrowAsync<Exception>(victim.QueryAsync<int>("WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i FROM n"));
    }

    [Fact]
    public async Task A_login_fails_once()
    {
        fixture.Server.Faults.FailLogin(40613, "Database 'x' on server 'y' is not currently available.");
        await using var connection = new SqlConnection(fixture.Server.ConnectionString + ";Pooling=False;ConnectRetryCount=0");
        await connection.OpenAsync().ShouldFailAsync(40613);
        await connection.OpenAsync();
    }

    [Fact]
    public async Task Rights_are_kept()
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT); CREATE TABLE u (id INT)");
        await db.ExecuteAsync("CREATE LOGIN reader WITH PASSWORD = N'Reader!1'; CREATE USER reader FOR LOGIN reader; CREATE ROLE r; ALTER ROLE r ADD MEMBER reader; GRANT SELECT ON t TO r; GRANT UPDATE ON t (a) TO r");
        await using var reader = new SqlConnection(fixture.Server.ConnectionStringTo(db.Database).Replace("User ID=sa", "User ID=reader", StringComparison.Ordinal).Replace(fixture.Server.Password, "Reader!1", StringComparison.Ordinal));
        await reader.OpenAsync();
        await reader.ExecuteAsync("SELECT * FROM t; UPDATE t SET a = 1 WHERE id = 1");
        await reader.ExecuteAsync("UPDATE t SET b = 1").ShouldFailAsync(230);
        await reader.ExecuteAsync("DELETE FROM t").ShouldFailAsync(229);
        await reader.ExecuteAsync("SELECT * FROM u").ShouldFailAsync(229);
        await reader.ExecuteAsync("CREATE TABLE x (id INT)").ShouldFailAsync(262);
        (await reader.QuerySingleAsync<(int, int, int?)>("SELECT HAS_PERMS_BY_NAME(N't', N'OBJECT', N'SELECT'), IS_ROLEMEMBER(N'db_owner'), IS_ROLEMEMBER(N'nothing')")).ShouldBe((1, 0, null));
    }
}
