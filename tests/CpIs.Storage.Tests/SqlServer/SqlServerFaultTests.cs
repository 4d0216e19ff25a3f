using CpIs.Domain.Source;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using CpIs.Storage.Source;
using CpIs.Storage.Transport;
using CpIs.Tds;
using Shouldly;

namespace CpIs.Storage.Tests.SqlServer;

/// <summary>
/// What no test can bring a SQL Server to: to be busy or moved, full, in recovery, or to lose a connection at a chosen point. These tests
/// run on a stand-in of their own whatever server the suite has; what a server can be brought to is in <see cref="SqlServerSessionTests"/>.
/// </summary>
public sealed class SqlServerFaultTests : IAsyncLifetime, IDisposable
{
    private TdsServer _server = null!;
    private TestFolder _folder = null!;
    private Database _database = null!;
    private StorageSession _session = null!;

    private TransportStateStore Store => new(_session);

    public async Task InitializeAsync()
    {
        _server = await TdsServer.StartAsync();
        _folder = new TestFolder(TestFolder.SqlServer, _server.ConnectionString);
        _database = await _folder.NewDatabaseAsync();
        _session = await _database.OpenAsync(default);
    }

    public async Task DisposeAsync()
    {
        _server.Faults.Clear();
        await _session.DisposeAsync();
    }

    public void Dispose()
    {
        _folder.Dispose();
        _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    [Theory]
    [InlineData(1205, 13)]
    [InlineData(10928, 16)]
    [InlineData(10929, 16)]
    [InlineData(1204, 19)]
    [InlineData(40197, 16)]
    [InlineData(40501, 16)]
    [InlineData(40613, 16)]
    [InlineData(49918, 16)]
    [InlineData(49919, 16)]
    [InlineData(49920, 16)]
    public async Task An_error_that_passes_is_tried_again_where_the_whole_work_can_be_repeated_and_nowhere_else(int number, int severity)
    {
        _server.Faults.FailNext(number, severity: (byte)severity, containing: "INSERT INTO cpis.cpis_transport_state");
        await Store.SetAsync("k", "v", default);
        _server.Faults.FailNext(number, severity: (byte)severity, containing: "SELECT state_value");
        (await Store.GetAsync("k", default)).ShouldBe("v");
        _server.Faults.Waiting.ShouldBe(0);

        var attempts = 0;
        _server.Faults.FailNext(number, severity: (byte)severity, containing: "DELETE");
        var error = await Should.ThrowAsync<StorageException>(() => _session.InTransactionAsync(
            () =>
            {
                attempts++;
                return _session.ExecuteTextAsync("DELETE FROM cpis.cpis_transport_state", default);
            },
            default));
        attempts.ShouldBe(1);
        error.ShouldNotBeOfType<StorageSetupException>();
        error.Message.ShouldContain($"error {number}");
        (await Store.GetAsync("k", default)).ShouldBe("v");
    }

    [Fact]
    public async Task An_error_that_does_not_pass_ends_with_its_sentence_after_a_few_attempts()
    {
        for (var i = 0; i < 4; i++)
        {
            _server.Faults.FailNext(40501, severity: 16, containing: "SELECT state_value");
        }

        (await Should.ThrowAsync<StorageException>(() => Store.GetAsync("k", default))).Message.ShouldContain("wait a few minutes");
        _server.Faults.Waiting.ShouldBe(0);
    }

    /// <summary>As when a view reads another database that does not allow it.</summary>
    [Theory]
    [InlineData("ON", true)]
    [InlineData("OFF", false)]
    public async Task A_view_that_snapshot_isolation_cannot_read_is_read_without_it(string allowed, bool isTriedAgain)
    {
        await _session.ExecuteTextAsync("CREATE VIEW cpis.cpis_source_worker AS SELECT N'W1' AS worker_id, N'Pat' AS name, N'' AS email, CAST(1 AS BIT) AS is_active", default);
        await _session.ExecuteTextAsync($"ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION {allowed}", default);
        _server.Faults.FailNext(3952, severity: 16, containing: "FROM cpis.cpis_source_worker");
        Task<List<SourceItem<Worker>>> Read() => new SourceReader(_session, Any.Today).WorkersAsync(default).ToListAsync().AsTask();
        if (isTriedAgain)
        {
            (await Read()).ShouldHaveSingleItem().Row!.WorkerId.ShouldBe("W1");
        }
        else
        {
            (await Should.ThrowAsync<StorageException>(Read)).Message.ShouldContain("error 3952");
        }
    }

    /// <summary>As on a server that speaks TDS and does not have all of SQL Server's functions and views.</summary>
    [Theory]
    [InlineData(195, "IS_SRVROLEMEMBER")]
    [InlineData(208, "FROM sys.databases")]
    [InlineData(33557097, "HAS_PERMS_BY_NAME")]
    public async Task What_a_server_does_not_tell_of_rights_and_settings_is_a_sentence_of_the_check_and_its_views_are_read_all_the_same(int number, string containing)
    {
        await _session.ExecuteTextAsync("CREATE VIEW cpis.cpis_source_worker AS SELECT N'W1' AS worker_id, N'Pat' AS name, N'' AS email, CAST(1 AS BIT) AS is_active", default);
        for (var i = 0; i < 3; i++)
        {
            _server.Faults.FailNext(number, severity: 16, containing: containing);
        }

        (await new SourceReader(_session, Any.Today).WorkersAsync(default).ToListAsync()).ShouldHaveSingleItem().Row!.WorkerId.ShouldBe("W1");
        var findings = await SourceCheck.RunAsync(_session, Any.Today, default);
        findings.Where(f => f.View == "cpis_source_worker").ShouldBeEmpty();
        findings.ShouldContain(f => !f.IsError && f.Text.StartsWith("The server does not tell rights and settings", StringComparison.Ordinal) && f.Text.Contains($"error {number}", StringComparison.Ordinal));
        _server.Faults.Clear();
        (await SourceCheck.RunAsync(_session, Any.Today, default)).ShouldNotContain(f => f.Text.StartsWith("The server does not tell", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_login_that_the_server_is_too_busy_for_is_tried_again()
    {
        _server.Faults.FailLogin(40613);
        await using var session = await new Database("sqlserver", _folder.ConnectionString(options: "ConnectRetryCount=0")).OpenAsync(default);
        _server.Faults.Waiting.ShouldBe(0);
    }

    [Theory]
    [InlineData(208, true, "db check")]
    [InlineData(207, true, "db check")]
    [InlineData(229, true, "roles.sql")]
    [InlineData(245, true, "source view")]
    [InlineData(512, true, "more than one row")]
    [InlineData(18401, false, "recovered")]
    [InlineData(3906, false, "read-only")]
    [InlineData(9002, false, "full")]
    [InlineData(1105, false, "full")]
    [InlineData(922, false, "recovered")]
    [InlineData(1222, false, "lock")]
    [InlineData(547, false, "constraint")]
    [InlineData(824, false, "DBA at once")]
    public async Task An_error_says_what_to_do_and_has_its_number_and_not_the_servers_text(int number, bool isSetup, string words)
    {
        _server.Faults.FailNext(number, "Secret of somebody", severity: 16, containing: "cpis_transport_state");
        var error = await Should.ThrowAsync<StorageException>(() => Store.GetAsync("k", default));
        (error is StorageSetupException).ShouldBe(isSetup);
        error.Message.ShouldContain(words);
        error.Message.ShouldContain($"error {number}");
        error.Message.ShouldNotContain("Secret");
    }

    /// <summary>A database in recovery is told by two errors, of which the first alone would send people looking for a wrong name.</summary>
    [Theory]
    [InlineData(922, 4060)]
    [InlineData(4060, 922)]
    public async Task A_login_to_a_database_that_is_being_recovered_is_not_taken_for_a_wrong_name(int first, int second)
    {
        _server.Faults.FailLogin(first, andThen: second);
        var error = await Should.ThrowAsync<StorageException>(() => new Database("sqlserver", _folder.ConnectionString(options: "ConnectRetryCount=0")).OpenAsync(default));
        error.ShouldNotBeOfType<StorageSetupException>();
        error.Message.ShouldContain("recovered");
        error.Message.ShouldContain("error 922");
    }

    [Theory]
    [InlineData(CutPoint.BeforeCommand, 2)]
    [InlineData(CutPoint.AfterCommand, 2)]
    [InlineData(CutPoint.BeforeCommit, 1)]
    [InlineData(CutPoint.AfterCommit, 1)]
    public async Task A_connection_that_breaks_before_the_commit_is_repeated_and_one_that_breaks_in_it_is_not(CutPoint at, int expected)
    {
        await new RunStore(_session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);
        var number = await new FileStore(_session).TakeNumberAsync("XX", "R1", Any.Now, default);
        var attempts = 0;
        _server.Faults.CutNext(at, at is CutPoint.BeforeCommand or CutPoint.AfterCommand ? "INSERT INTO cpis.cpis_file" : null);
        Task<int> Work() => _session.InRepeatableTransactionAsync(
            async () =>
            {
                attempts++;
                await _session.ExecuteAsync("files/reserve", new { number = number.Value + 1, authorityCode = "XX", runId = "R1", createdAt = Any.Now }, default);
                return attempts;
            },
            default);
        if (expected == 2)
        {
            (await Work()).ShouldBe(2);
        }
        else
        {
            // Whether it was committed is not known: to do it again could do it twice.
            (await Should.ThrowAsync<StorageException>(Work)).ShouldNotBeOfType<StorageSetupException>();
            attempts.ShouldBe(1);
        }

        await using var session = await _database.OpenAsync(default);
        (await new FileStore(session).NewestAsync(default))!.Value.Value.ShouldBe(number.Value + (at == CutPoint.BeforeCommit ? 0 : 1));
    }
}
