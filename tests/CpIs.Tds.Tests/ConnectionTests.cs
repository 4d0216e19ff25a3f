using Shouldly;
using System.Data;
using Dapper;
using Microsoft.Data.SqlClient;

namespace CpIs.Tds.Tests;

public sealed class ConnectionTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TdsServer _server = fixture.Server;

    [Theory]
    [InlineData("Encrypt=Mandatory;TrustServerCertificate=True")]
    [InlineData("Encrypt=Optional")]
    [InlineData("Encrypt=Strict;TrustServerCertificate=False;HostNameInCertificate=localhost;ServerCertificate=")]
    [InlineData("Encrypt=Mandatory;TrustServerCertificate=False;ServerCertificate=")]
    [InlineData("Encrypt=Optional;Pooling=False")]
    [InlineData("Encrypt=Mandatory;TrustServerCertificate=True;Packet Size=512")]
    [InlineData("Encrypt=Mandatory;TrustServerCertificate=True;Packet Size=4096")]
    [InlineData("Encrypt=Mandatory;TrustServerCertificate=True;Packet Size=32767")]
    public async Task Opens_and_answers(string options)
    {
        var file = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".cer");
        _server.WriteCertificate(file);
        try
        {
            options = options.EndsWith("ServerCertificate=", StringComparison.Ordinal) ? options + file : options;
            await using var connection = new SqlConnection($"Server=tcp:127.0.0.1,{_server.Port};Database=master;User ID=sa;Password={_server.Password};{options}");
            await connection.OpenAsync();
            var text = new string('ä', 40_000);
            (await connection.QuerySingleAsync<string>("SELECT @text", new { text })).ShouldBe(text);
            connection.ServerVersion.ShouldStartWith("15.");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Refuses_an_unknown_certificate()
    {
        await using var connection = new SqlConnection($"Server=tcp:127.0.0.1,{_server.Port};User ID=sa;Password={_server.Password};Encrypt=Mandatory;Pooling=False");
        var error = await Should.ThrowAsync<SqlException>(connection.OpenAsync());
        error.ToString().ShouldContain("certificate");
    }

    [Fact]
    public async Task Refuses_a_wrong_login_and_an_unknown_database()
    {
        await using var wrong = new SqlConnection(_server.ConnectionString.Replace(_server.Password, "wrong", StringComparison.Ordinal) + ";Pooling=False");
        await wrong.OpenAsync().ShouldFailAsync(18456);
        await using var unknown = new SqlConnection(_server.ConnectionStringTo("nowhere") + ";Pooling=False");
        await unknown.OpenAsync().ShouldFailAsync(4060);
    }

    [Fact]
    public async Task A_timeout_cancels_the_command_and_leaves_the_connection_usable()
    {
        await using var connection = await fixture.OpenAsync("master");
        await using var slow = new SqlCommand("WAITFOR DELAY '00:00:30'", connection) { CommandTimeout = 1 };
        await slow.ExecuteNonQueryAsync().ShouldFailAsync(-2);
        (await connection.ExecuteScalarAsync<int>("SELECT 7")).ShouldBe(7);
    }

    [Fact]
    public async Task Cancelling_stops_a_command()
    {
        await using var connection = await fixture.OpenAsync("master");
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Should.ThrowAsync<Exception>(connection.ExecuteAsync(new CommandDefinition("WAITFOR DELAY '00:00:30'", cancellationToken: cancel.Token)));
        (await connection.ExecuteScalarAsync<int>("SELECT 8")).ShouldBe(8);
    }

    [Fact]
    public async Task A_pooled_connection_comes_back_clean()
    {
        await using var database = await fixture.NewDatabaseAsync();
        var name = database.Database;
        await database.ExecuteAsync("CREATE TABLE t (id INT NOT NULL PRIMARY KEY)");
        short spid;
        var pooled = _server.ConnectionStringTo(name) + ";Max Pool Size=1;Application Name=pooled";
        await using (var first = new SqlConnection(pooled))
        {
            await first.OpenAsync();
            spid = await first.ExecuteScalarAsync<short>("SELECT @@SPID");
            await first.ExecuteAsync("SET XACT_ABORT ON; SET LOCK_TIMEOUT 5; CREATE TABLE #own (a INT); BEGIN TRANSACTION; INSERT INTO t (id) VALUES (1)");
            await first.ExecuteAsync("EXEC sp_getapplock @Resource = 'r', @LockMode = 'Exclusive', @LockOwner = 'Session'");
        }

        await using var second = new SqlConnection(pooled);
        await second.OpenAsync();
        (await second.ExecuteScalarAsync<short>("SELECT @@SPID")).ShouldBe(spid);
        (await second.ExecuteScalarAsync<int>("SELECT @@TRANCOUNT")).ShouldBe(0);
        (await second.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM t")).ShouldBe(0);
        (await second.ExecuteScalarAsync<int>("SELECT @@LOCK_TIMEOUT")).ShouldBe(-1);
        await second.ExecuteAsync("SELECT * FROM #own").ShouldFailAsync(208);
        (await second.ExecuteScalarAsync<string>("SELECT APPLOCK_MODE('public', 'r', 'Session')")).ShouldBe("NoLock");
        (await database.ExecuteScalarAsync<int>("DECLARE @r INT; EXEC @r = sp_getapplock 'r', 'Exclusive', 'Session', 0; SELECT @r")).ShouldBe(0);
    }

    [Fact]
    public async Task One_reader_at_a_time_is_the_clients_own_rule()
    {
        await using var connection = await fixture.OpenAsync("master");
        await using var command = new SqlCommand("SELECT 1 UNION ALL SELECT 2", connection);
        await using var reader = await command.ExecuteReaderAsync();
        await using var other = new SqlCommand("SELECT 1", connection);
        await Should.ThrowAsync<InvalidOperationException>(other.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Messages_and_return_values_arrive()
    {
        await using var connection = await fixture.OpenAsync("master");
        var messages = new List<string>();
        connection.InfoMessage += (_, e) => messages.Add(e.Message);
        await connection.ExecuteAsync("PRINT 'hello'; RAISERROR('%d of %s', 5, 1, 3, 'x')");
        string.Join('|', messages).ReplaceLineEndings("|").ShouldBe("hello|3 of x");
        var parameters = new DynamicParameters();
        parameters.Add("@Resource", "r2");
        parameters.Add("@LockMode", "Shared");
        parameters.Add("@LockOwner", "Session");
        parameters.Add("@result", dbType: DbType.Int32, direction: ParameterDirection.ReturnValue);
        await connection.ExecuteAsync("sp_getapplock", parameters, commandType: CommandType.StoredProcedure);
        parameters.Get<int>("@result").ShouldBe(0);
        var output = new DynamicParameters();
        output.Add("@n", 20, DbType.Int32, ParameterDirection.InputOutput);
        output.Add("@s", dbType: DbType.String, size: 50, direction: ParameterDirection.Output);
        await connection.ExecuteAsync("SET @n = @n + 1; SET @s = N'ž' + CAST(@n AS NVARCHAR(10))", output);
        output.Get<int>("@n").ShouldBe(21);
        output.Get<string>("@s").ShouldBe("ž21");
    }
}
