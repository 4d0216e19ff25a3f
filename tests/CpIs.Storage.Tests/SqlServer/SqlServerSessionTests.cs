using CpIs.Domain.Source;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Report;
using CpIs.Storage.Runs;
using CpIs.Storage.Source;
using CpIs.Storage.Transport;
using Dapper;
using Shouldly;
using Xunit.Abstractions;

namespace CpIs.Storage.Tests.SqlServer;

/// <summary>What SQL Server does that SQLite does not: typed views, collations, connections that break, errors with numbers.</summary>
public sealed class SqlServerSessionTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
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

    /// <summary>Two sessions that lock the same two things in opposite order; the other has the higher priority, so that ours must give way.</summary>
    [Fact]
    public async Task A_deadlock_is_tried_again_where_the_work_can_be_repeated()
    {
        const string TakeLock = "EXEC sp_getapplock @Resource = N'cpis-test', @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 60000";
        const string Change = "UPDATE cpis.cpis_transport_state SET state_value = state_value + N'!' WHERE state_key = N'row'";
        await new TransportStateStore(_session).SetAsync("row", "v", default);
        await using var other = await _database.OpenAsync(default);
        await other.ExecuteTextAsync("SET DEADLOCK_PRIORITY HIGH", default);
        var attempts = 0;
        var rounds = 0;
        var changes = 0;
        while (attempts < 2)
        {
            // A server that knows no priorities may end the other one: then ours had nothing to repeat.
            (++rounds).ShouldBeLessThan(20);
            attempts = 0;
            var hasLock = new TaskCompletionSource();
            var hasRow = new TaskCompletionSource();
            var ours = _session.InRepeatableTransactionAsync(
                async () =>
                {
                    attempts++;
                    await ExecuteAsync(TakeLock);
                    hasLock.TrySetResult();
                    await hasRow.Task;
                    await ExecuteAsync(Change);
                },
                default);
            var theirs = other.InTransactionAsync(
                async () =>
                {
                    await hasLock.Task;
                    await other.ExecuteTextAsync(Change, default);
                    hasRow.TrySetResult();
                    await other.ExecuteTextAsync(TakeLock, default);
                },
                default);
            await ours;
            changes++;
            try
            {
                await theirs;
                changes++;
            }
            catch (StorageException)
            {
                // It was the other that gave way.
            }
        }

        (await new TransportStateStore(_session).GetAsync("row", default)).ShouldBe("v" + new string('!', changes));
    }

    [Fact]
    public async Task A_lock_that_is_held_too_long_by_somebody_else_says_what_to_do()
    {
        await new TransportStateStore(_session).SetAsync("row", "v", default);
        await using var other = await _database.OpenAsync(default);
        await other.InTransactionAsync(
            async () =>
            {
                await other.ExecuteTextAsync("UPDATE cpis.cpis_transport_state SET state_value = N'w' WHERE state_key = N'row'", default);
                await ExecuteAsync("SET LOCK_TIMEOUT 50");
                var error = await Should.ThrowAsync<StorageException>(() => new TransportStateStore(_session).SetAsync("row", "x", default));
                error.ShouldNotBeOfType<StorageSetupException>();
                error.Message.ShouldContain("holds a lock");
                error.Message.ShouldContain("error 1222");
            },
            default);
        (await new TransportStateStore(_session).GetAsync("row", default)).ShouldBe("w");
    }

    [SkippableFact]
    public async Task A_database_that_is_read_only_is_read_and_says_what_to_do_when_it_is_written()
    {
        await new TransportStateStore(_session).SetAsync("row", "v", default);
        await _session.DisposeAsync();
        var name = await NameOfDatabaseAsync();
        TestServer.Demand($"ALTER DATABASE [{name}] SET READ_ONLY WITH ROLLBACK IMMEDIATE");
        await using var session = await _database.OpenAsync(default);
        (await new TransportStateStore(session).GetAsync("row", default)).ShouldBe("v");
        var error = await Should.ThrowAsync<StorageException>(() => new TransportStateStore(session).SetAsync("row", "x", default));
        error.ShouldNotBeOfType<StorageSetupException>();
        error.Message.ShouldContain("read-only");
        error.Message.ShouldContain("error 3906");
        (await Should.ThrowAsync<StorageException>(() => RunLock.TakeAsync(_database, "R1", TimeProvider.System, default))).Message.ShouldContain("error 3906");
    }

    [Theory]
    [InlineData("INSERT INTO cpis.cpis_file (file_number, authority_code, run_id, record_count, status, created_at, attempts, is_refused, duplicate_risk, is_archived) VALUES (1, N'XX', N'none', 0, N'void', SYSUTCDATETIME(), 0, 0, 0, 1)", 547)]
    [InlineData("INSERT INTO cpis.cpis_transport_state (state_key, state_value) VALUES (N'k', NULL)", 515)]
    [InlineData("INSERT INTO cpis.cpis_transport_state (state_key, state_value) VALUES (N'k', N'a'), (N'k', N'b')", 2627)]
    public async Task A_row_that_breaks_a_constraint_is_refused_whole_and_its_content_is_not_told(string sql, int number)
    {
        var error = await Should.ThrowAsync<StorageException>(() => ExecuteAsync(sql));
        error.ShouldNotBeOfType<StorageSetupException>();
        error.Message.ShouldContain("constraint");
        error.Message.ShouldContain($"error {number}");
        (await _session.Connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM cpis.cpis_transport_state")).ShouldBe(0);
    }

    /// <summary>They fire also when no row is changed, and what they count is added to what the engine's own statement counted.</summary>
    [Fact]
    public async Task A_council_may_have_triggers_on_every_table_of_the_engine()
    {
        await ExecuteAsync("CREATE TABLE dbo.council_log (noted_at DATETIME2(3) NOT NULL)");
        foreach (var table in TSqlSchema.Shipped().Tables.Keys)
        {
            await ExecuteAsync($"CREATE TRIGGER cpis.council_{table["cpis.".Length..]} ON {table} AFTER INSERT, UPDATE, DELETE AS INSERT INTO dbo.council_log (noted_at) VALUES (SYSUTCDATETIME()), (SYSUTCDATETIME())");
        }

        var state = new TransportStateStore(_session);
        await state.SetAsync("k", "v", default);
        (await state.GetAsync("k", default)).ShouldBe("v");
        await using var held = await RunLock.TakeAsync(_database, "R1", TimeProvider.System, default);
        await new RunStore(_session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);

        var files = new FileStore(_session);
        (await files.TakeNumberAsync("XX", "R1", Any.Now, default)).Value.ShouldBe(1);
        var number = await files.TakeNumberAsync("XX", "R1", Any.Now, default);
        number.Value.ShouldBe(2);
        await files.AddAsync([new NewFile(number, "hl7v3", "upload.xml", "runs/R1/upload.xml", "00", 1, "L2")], new[] { Any.Decision(Any.Key(1), "P1") }.ToAsyncEnumerable(), default);
        await files.MarkSendingAsync(number, Any.Now, default);
        await Should.ThrowAsync<InvalidOperationException>(() => files.MarkSendingAsync(number, Any.Now, default));
        await files.MarkSentAsync(number, Any.Now, "M2", duplicateRisk: false, default);
        await Should.ThrowAsync<InvalidOperationException>(() => files.SetMessageIdAsync(number, "M3", default));
        (await new LedgerStore(_session).CountByStateAsync(default)).ShouldBe(new Dictionary<string, long> { ["told"] = 1 });

        var inbound = new InboundStore(_session);
        var message = new NewInbound("folder", "1", "in.xml", new string('a', 64), 3, [1, 2, 3], null, true, Any.Now);
        (await inbound.StoreAsync(message, "R1", default)).ShouldBe(new StoredInbound(1, true, false, InboundStatus.Stored, false));
        (await inbound.StoreAsync(message with { Sha256 = new string('b', 64) }, "R1", default)).InboundId.ShouldBe(2);
        (await inbound.ReleaseAsync(1, default)).ShouldBeFalse();
        await new InactiveNumberStore(_session).PutAsync("9990000018", [], 1, Any.Now, default);
        (await new InactiveNumberStore(_session).NumbersAsync(default)).ShouldHaveSingleItem();
        (await new ReportStore(_session).AddToTrailAsync(Any.Now, "somebody", "machine", "report", "", default)).ShouldBe(1);
        (await _session.Connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM dbo.council_log")).ShouldBeGreaterThan(20);
    }

    /// <summary>"user options" of the server can have it on for every session.</summary>
    [Fact]
    public async Task A_session_that_does_not_count_rows_changes_what_is_there_and_adds_what_is_not()
    {
        await ExecuteAsync("SET NOCOUNT ON");
        var state = new TransportStateStore(_session);
        await state.SetAsync("k", "v", default);
        await state.SetAsync("k", "w", default);
        (await state.GetAsync("k", default)).ShouldBe("w");
    }

    [SkippableTheory]
    [InlineData("OFF", "OFF", true)]
    [InlineData("ON", "OFF", false)]
    [InlineData("OFF", "ON", false)]
    public async Task Reading_without_waiting_is_recommended_where_it_is_off_and_never_required(string readCommitted, string allowed, bool isRecommended)
    {
        await MakeViewsAsync("");
        await _session.DisposeAsync();
        var name = await NameOfDatabaseAsync();
        TestServer.Demand($"ALTER DATABASE [{name}] SET READ_COMMITTED_SNAPSHOT {readCommitted} WITH ROLLBACK IMMEDIATE");
        TestServer.Demand($"ALTER DATABASE [{name}] SET ALLOW_SNAPSHOT_ISOLATION {allowed}");
        await using var session = await _database.OpenAsync(default);
        var findings = await SourceCheck.RunAsync(session, Any.Today, default);
        findings.Count(f => f.Text.Contains("READ_COMMITTED_SNAPSHOT", StringComparison.Ordinal)).ShouldBe(isRecommended ? 1 : 0);
        findings.ShouldAllBe(f => !f.IsError);
    }

    [SkippableTheory]
    [InlineData("READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE")]
    [InlineData("ALLOW_SNAPSHOT_ISOLATION ON")]
    public async Task With_either_kind_of_snapshot_the_views_are_read_as_they_were_while_somebody_is_at_work(string option)
    {
        await MakeViewsAsync("INSERT INTO dbo.people (person_id, team, is_unborn) VALUES (N'P1', N'North', 0)");
        await _session.DisposeAsync();
        TestServer.Demand($"ALTER DATABASE [{await NameOfDatabaseAsync()}] SET {option}");
        await using var session = await _database.OpenAsync(default);
        await using var other = await _database.OpenAsync(default);
        await session.ExecuteTextAsync("SET LOCK_TIMEOUT 0", default);
        await other.InTransactionAsync(
            async () =>
            {
                await other.ExecuteTextAsync("UPDATE dbo.people SET team = N'South'", default);
                (await new SourceReader(session, Any.Today).PeopleAsync(default).SingleAsync()).Row!.Team.ShouldBe("North");
            },
            default);
        (await new SourceReader(session, Any.Today).PeopleAsync(default).SingleAsync()).Row!.Team.ShouldBe("South");

        // What is written goes on as before.
        await new TransportStateStore(session).SetAsync("k", "v", default);
        (await new TransportStateStore(session).GetAsync("k", default)).ShouldBe("v");
    }

    [SkippableFact]
    public async Task A_connection_that_was_killed_is_opened_again_for_work_that_can_be_repeated_and_for_no_other()
    {
        await KillAsync(_session);
        await new TransportStateStore(_session).SetAsync("killed", "v", default);
        (await new TransportStateStore(_session).GetAsync("killed", default)).ShouldBe("v");

        await KillAsync(_session);
        var error = await Should.ThrowAsync<StorageException>(() => _session.InTransactionAsync(() => _session.ExecuteTextAsync("DELETE FROM cpis.cpis_transport_state", default), default));
        error.ShouldNotBeOfType<StorageSetupException>();
    }

    [SkippableFact]
    public async Task Nothing_is_committed_once_the_run_lock_is_lost()
    {
        var held = await RunLock.TakeAsync(_database, "R1", TimeProvider.System, default);
        await using var session = await _database.OpenAsync(held, default);
        await new RunStore(session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);
        foreach (var other in (await _session.Connection.QueryAsync<int>("SELECT session_id FROM sys.dm_exec_sessions WHERE is_user_process = 1 AND session_id <> @@SPID AND database_id = DB_ID()")).ToList())
        {
            if (other != await session.Connection.ExecuteScalarAsync<int>("SELECT @@SPID"))
            {
                TestServer.Demand($"KILL {other}");
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

        var wrongLogin = new Database("sqlserver", _folder.ConnectionString() + ";Integrated Security=false;User ID=nobody;Password=secret-value;ConnectRetryCount=0");
        error = await Should.ThrowAsync<StorageSetupException>(() => wrongLogin.OpenAsync(default));
        error.Message.ShouldContain("user and password");
        error.Message.ShouldContain("error 18456");
        error.Message.ShouldNotContain("secret-value");
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
        TestServer.Demand($"KILL {id}");
    }

    private async Task<string> NameOfDatabaseAsync()
    {
        await using var session = await _database.OpenAsync(default);
        return (await session.Connection.ExecuteScalarAsync<string>("SELECT DB_NAME()"))!;
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
