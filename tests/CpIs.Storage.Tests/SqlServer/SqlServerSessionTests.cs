using CpIs.Domain.Source;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using CpIs.Storage.Source;
using CpIs.Storage.Transport;
using Dapper;
using Shouldly;
using Xunit.Abstractions;

namespace CpIs.Storage.Tests.SqlServer;

/// <summary>Tests that run when no other does.</summary>
[CollectionDefinition(SqlServerSessionTests.Alone, DisableParallelization = true)]
public sealed class SqlServerAlone;

/// <summary>What SQL Server does that SQLite does not: typed views, collations, connections that break, errors with numbers.</summary>
[Collection(Alone)]
public sealed class SqlServerSessionTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    /// <summary>An error that is to be injected meets the next command of anybody: no other test may run meanwhile.</summary>
    internal const string Alone = "SQL Server alone";

    private readonly TestFolder _folder = new(TestFolder.SqlServer);
    private Database _database = null!;
    private StorageSession _session = null!;

    public async Task InitializeAsync()
    {
        _database = await _folder.NewDatabaseAsync();
        _session = await _database.OpenAsync(default);
    }

    public async Task DisposeAsync() => await _session.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_databases_that_the_suite_ran_on_are_told()
    {
        var text = $"The storage tests ran on SQLite and on {TestServer.Description}.";
        output.WriteLine(text);

        // The test runner swallows what tests print: the project shows this file when the run has ended.
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "databases.txt"), text);
        TestServer.Description.ShouldNotBe("none");
    }

    [Fact]
    public async Task Typed_views_are_read_row_by_row_and_what_does_not_fit_is_set_aside()
    {
        await MakeViewsAsync(
            """
            INSERT INTO dbo.people VALUES
                (N'P1', N'9990000018', N'Sample 𠮷', N'Zoë', '2020-01-01', 0, NULL, N'M1', N'W1', NULL, N'Team', '2026-03-29T00:59:59.999'),
                (N' p1 ', NULL, N'', NULL, NULL, 1, '2026-06-01', NULL, NULL, NULL, NULL, '2026-10-25T01:30:00'),
                (N'P3', NULL, NULL, NULL, '2099-01-01', 0, NULL, NULL, NULL, NULL, NULL, NULL);
            """);
        var people = await new SourceReader(_session, Any.Today).PeopleAsync(default).ToListAsync();
        people[0].Row.ShouldBe(new Person(
            "P1", "9990000018", "Sample 𠮷", "Zoë", new DateOnly(2020, 1, 1), false, null, "M1", "W1", null, "Team", new DateTimeOffset(2026, 3, 29, 0, 59, 59, 999, TimeSpan.Zero)));
        people[1].Row!.PersonId.ShouldBe("p1");
        people[1].Row!.FamilyName.ShouldBeNull();
        people[1].Row!.ChangedAt.ShouldBe(new DateTimeOffset(2026, 10, 25, 1, 30, 0, TimeSpan.Zero));
        people[2].SetAside!.Column.ShouldBe("date_of_birth");
        (await new SourceReader(_session, Any.Today).WorkersAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Db_check_names_views_columns_and_types_that_do_not_fit()
    {
        await MakeViewsAsync("");
        await ExecuteAsync("DROP VIEW cpis.cpis_source_plan");
        await ExecuteAsync("CREATE VIEW dbo.cpis_source_plan AS SELECT 1 AS plan_id");
        await ExecuteAsync("DROP VIEW cpis.cpis_source_worker");
        await ExecuteAsync("CREATE VIEW cpis.cpis_source_worker AS SELECT CAST(1 AS INT) AS worker_id, N'Pat' AS name, CAST(1 AS BIT) AS is_active, 1 AS extra");
        var findings = await SourceCheck.RunAsync(_session, Any.Today, default);
        findings.Where(f => f.IsError).Select(f => f.Text).ShouldBe(
        [
            "The view cpis_source_plan is missing. There is one in schema dbo: it must be in schema cpis.",
            "The view cpis_source_worker gives worker_id as INT, of which rows cannot be read: it must be NVARCHAR(64).",
            "The view cpis_source_worker has no column email.",
        ]);
        findings.ShouldContain(f => f.Text.Contains("sysadmin", StringComparison.Ordinal) || f.Text.Contains("db_owner", StringComparison.Ordinal));

        var error = await Should.ThrowAsync<StorageSetupException>(() => new SourceReader(_session, Any.Today).PlansAsync(default).ToListAsync().AsTask());
        error.Message.ShouldContain("cpis db check");
        error.Message.ShouldContain("error 208");
        (await Should.ThrowAsync<StorageSetupException>(() => new SourceReader(_session, Any.Today).WorkersAsync(default).ToListAsync().AsTask())).Message.ShouldContain("error 207");
    }

    [Fact]
    public async Task Ids_differ_by_case_accent_and_four_byte_characters_whatever_the_databases_collation()
    {
        var store = new TransportStateStore(_session);
        string[] keys = ["a", "A", "á", "ａ", "𠮷", "𠮸", "ß", "ss"];
        foreach (var key in keys)
        {
            await store.SetAsync(key, "value of " + key, default);
        }

        foreach (var key in keys)
        {
            (await store.GetAsync(key, default)).ShouldBe("value of " + key);
        }

        await store.SetAsync("empty", "", default);
        (await store.GetAsync("empty", default)).ShouldBe("");
        (await store.GetAsync("none", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_text_longer_than_4000_characters_is_kept_whole()
    {
        var text = string.Concat(Enumerable.Repeat("é𠮷", 5000));
        await new TransportStateStore(_session).SetAsync("long", text, default);
        (await new TransportStateStore(_session).GetAsync("long", default)).ShouldBe(text);
    }

    [Fact]
    public async Task A_deadlock_is_tried_again_where_the_work_can_be_repeated()
    {
        if (TestServer.StandIn is not { } server)
        {
            return;
        }

        server.Faults.FailNext(1205, containing: "INSERT INTO cpis.cpis_transport_state");
        await new TransportStateStore(_session).SetAsync("deadlock", "v", default);
        (await new TransportStateStore(_session).GetAsync("deadlock", default)).ShouldBe("v");
    }

    [Fact]
    public async Task A_connection_that_was_killed_is_opened_again_for_work_that_can_be_repeated_and_for_no_other()
    {
        await KillAsync(_session);
        await new TransportStateStore(_session).SetAsync("killed", "v", default);
        (await new TransportStateStore(_session).GetAsync("killed", default)).ShouldBe("v");

        await KillAsync(_session);
        var error = await Should.ThrowAsync<StorageException>(() => _session.InTransactionAsync(() => _session.ExecuteTextAsync("DELETE FROM cpis.cpis_transport_state", default), default));
        error.ShouldNotBeOfType<StorageSetupException>();
    }

    [Fact]
    public async Task Nothing_is_committed_once_the_run_lock_is_lost()
    {
        var held = await RunLock.TakeAsync(_database, "R1", TimeProvider.System, default);
        await using var session = await _database.OpenAsync(held, default);
        await new RunStore(session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);
        foreach (var other in (await _session.Connection.QueryAsync<int>("SELECT session_id FROM sys.dm_exec_sessions WHERE is_user_process = 1 AND session_id <> @@SPID AND database_id = DB_ID()")).ToList())
        {
            if (other != await session.Connection.ExecuteScalarAsync<int>("SELECT @@SPID"))
            {
                TestServer.Execute($"KILL {other}");
            }
        }

        var error = await Should.ThrowAsync<StorageException>(() => new FileStore(session).TakeNumberAsync("XX", "R1", Any.Now, default));
        error.Message.ShouldContain("run lock was lost");
        (await new FileStore(_session).NewestAsync(default)).ShouldBeNull();
        await Should.ThrowAsync<StorageException>(() => new RunStore(session).EndAsync("R1", RunStatus.Done, 0, Any.Now, null, default));
        await held.DisposeAsync();
        await using var next = await Eventually.NoExceptionAsync<RunLock, RunLockedException>(() => RunLock.TakeAsync(_database, "R2", TimeProvider.System, default));
    }

    [Fact]
    public async Task A_database_or_login_that_is_not_there_says_what_to_do()
    {
        var wrongDatabase = new Database("sqlserver", TestServer.ConnectionStringTo("cpis_no_such_database") + ";ConnectRetryCount=0");
        var error = await Should.ThrowAsync<StorageSetupException>(() => wrongDatabase.OpenAsync(default));
        error.Message.ShouldContain("check its name");
        error.Message.ShouldContain("error 4060");

        var wrongLogin = new Database("sqlserver", _folder.ConnectionString() + ";User ID=nobody;Password=secret-value;ConnectRetryCount=0");
        error = await Should.ThrowAsync<StorageSetupException>(() => wrongLogin.OpenAsync(default));
        error.Message.ShouldContain("user and password");
        error.Message.ShouldContain("error 18456");
        error.Message.ShouldNotContain("secret-value");
    }

    [Theory]
    [InlineData(208, true, "db check")]
    [InlineData(207, true, "db check")]
    [InlineData(229, true, "roles.sql")]
    [InlineData(3906, false, "read-only")]
    [InlineData(9002, false, "full")]
    [InlineData(922, false, "recovered")]
    [InlineData(1222, false, "lock")]
    [InlineData(547, false, "constraint")]
    public async Task An_error_says_what_to_do_and_has_its_number(int number, bool isSetup, string words)
    {
        if (TestServer.StandIn is not { } server)
        {
            return;
        }

        server.Faults.FailNext(number, "Secret of somebody", severity: 16, containing: "cpis_transport_state");
        var error = await Should.ThrowAsync<StorageException>(() => new TransportStateStore(_session).GetAsync("k", default));
        (error is StorageSetupException).ShouldBe(isSetup);
        error.Message.ShouldContain(words);
        error.Message.ShouldContain($"error {number}");
        error.Message.ShouldNotContain("Secret");
    }

    [Fact]
    public async Task A_server_that_is_not_there_ends_in_a_sentence()
    {
        var error = await Should.ThrowAsync<StorageException>(() => new Database("sqlserver", "Server=tcp:127.0.0.1,1;Database=care;User ID=x;Password=y;Connect Timeout=2;ConnectRetryCount=0").OpenAsync(default));
        error.ShouldNotBeOfType<StorageSetupException>();
        error.Message.ShouldContain("server");
    }

    [Theory]
    [InlineData("Server=x")]
    [InlineData("Database=x")]
    [InlineData("Server=x;Database=y;Sauce=secret-value")]
    [InlineData("Server=x;Database=y;Encrypt=secret-value")]
    public void A_connection_string_that_cannot_be_used_names_the_key_and_no_value(string connectionString)
    {
        var error = Should.Throw<StorageSetupException>(() => new Database("sqlserver", connectionString));
        error.Message.ShouldContain("Database:ConnectionString");
        error.ToString().ShouldNotContain("secret-value");
    }

    private static async Task KillAsync(StorageSession session)
    {
        var id = await session.Connection.ExecuteScalarAsync<int>("SELECT @@SPID");
        TestServer.Execute($"KILL {id}");
    }

    private Task ExecuteAsync(string sql) => _session.ExecuteTextAsync(sql, default);

    private async Task MakeViewsAsync(string rows)
    {
        await ExecuteAsync(
            """
            CREATE TABLE dbo.people (
                person_id NVARCHAR(64), nhs_number NVARCHAR(200), family_name NVARCHAR(200), given_names NVARCHAR(200), date_of_birth DATE, is_unborn BIT,
                expected_date_of_birth DATE, mother_person_id NVARCHAR(64), worker_id NVARCHAR(64), manager_id NVARCHAR(64), team NVARCHAR(200), changed_at DATETIME2(3))
            """);
        await ExecuteAsync(
            """
            CREATE VIEW cpis.cpis_source_person AS
            SELECT person_id, nhs_number, family_name, given_names, date_of_birth, is_unborn, expected_date_of_birth, mother_person_id, worker_id, manager_id, team, changed_at
            FROM dbo.people
            """);
        await ExecuteAsync(
            """
            CREATE VIEW cpis.cpis_source_plan AS
            SELECT CAST(N'' AS NVARCHAR(64)) AS plan_id, person_id, date_of_birth AS start_date, date_of_birth AS end_date, is_unborn AS held_by_other_authority, is_unborn AS recorded_in_error, changed_at
            FROM dbo.people WHERE 1 = 0
            """);
        await ExecuteAsync(
            """
            CREATE VIEW cpis.cpis_source_legal_status AS
            SELECT CAST(N'' AS NVARCHAR(64)) AS legal_status_id, person_id, team AS code, date_of_birth AS start_date, date_of_birth AS end_date, is_unborn AS recorded_in_error, changed_at
            FROM dbo.people WHERE 1 = 0
            """);
        await ExecuteAsync("CREATE VIEW cpis.cpis_source_worker AS SELECT worker_id, team AS name, team AS email, is_unborn AS is_active FROM dbo.people WHERE 1 = 0");
        if (rows.Length > 0)
        {
            await ExecuteAsync(rows);
        }
    }
}
