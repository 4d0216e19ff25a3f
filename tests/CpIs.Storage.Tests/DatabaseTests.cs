using CpIs.Storage.Providers;
using Dapper;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace CpIs.Storage.Tests;

public sealed class DatabaseTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_connection_has_the_settings_that_keep_data_safe()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        string Pragma(string name) => session.Connection.ExecuteScalar<string>("PRAGMA " + name)!;
        Pragma("journal_mode").ShouldBe("wal");
        Pragma("synchronous").ShouldBe("2");
        Pragma("foreign_keys").ShouldBe("1");
        Pragma("mmap_size").ShouldBe("0");
    }

    [Theory]
    [InlineData(13, 13, "full")]
    [InlineData(10, 4874, "full")]
    [InlineData(10, 778, "limit")]
    public void A_full_disk_is_told_as_one_also_where_the_councils_database_is_on_a_server(int code, int extended, string word)
    {
        foreach (var database in new[] { new Database("sqlite", "Data Source=x.db"), new Database("sqlserver", "Server=x;Database=y;Integrated Security=true") })
        {
            var sentence = database.Explain(new SqliteException("whatever it says", code, extended));
            sentence.ShouldContain(word);
            sentence.ShouldContain("run folders");
            sentence.ShouldEndWith("run again.");
        }
    }

    [Theory]
    [InlineData("oracle", "Data Source=x.db", "Database:Provider")]
    [InlineData("sqlite", "Data Source=:memory:", "Database:ConnectionString")]
    [InlineData("sqlite", "Data Source=x.db;Mode=Memory", "Database:ConnectionString")]
    [InlineData("sqlite", "", "Database:ConnectionString")]
    [InlineData("sqlite", "Sauce=secret-value", "Database:ConnectionString")]
    [InlineData("sqlite", "Data Source=x.db;Foreign Keys=secret-value", "Database:ConnectionString")]
    public void A_bad_configuration_names_its_key_and_no_value(string provider, string connectionString, string key)
    {
        var error = Should.Throw<StorageSetupException>(() => new Database(provider, connectionString));
        error.Message.ShouldContain(key);
        error.ToString().ShouldNotContain("secret-value");
    }

    [Fact]
    public async Task A_missing_database_says_what_to_do()
    {
        var error = await Should.ThrowAsync<StorageSetupException>(() => _folder.Database().OpenAsync(default));
        error.Message.ShouldContain("cpis db init");
        File.Exists(_folder.At("cpis.db")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_that_is_no_database_says_so()
    {
        File.WriteAllText(_folder.At("cpis.db"), new string('x', 5000));
        var error = await Should.ThrowAsync<StorageException>(() => _folder.Database().OpenAsync(default));
        error.Message.ShouldContain("restore it from a backup");
    }

    [Fact]
    public async Task A_database_locked_by_another_program_ends_in_a_sentence()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var holder = await database.OpenAsync(default);
        var waiting = _folder.Database(options: "Default Timeout=1");
        await holder.InTransactionAsync(
            async () =>
            {
                await using var session = await waiting.OpenAsync(default);
                var error = await Should.ThrowAsync<StorageException>(() => session.InTransactionAsync(() => Task.CompletedTask, default));
                error.Message.ShouldContain("locked by another program");
            },
            default);
    }

    [Fact]
    public async Task Waiting_for_another_writer_can_be_broken_off()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var holder = await database.OpenAsync(default);
        await using var waiting = await database.OpenAsync(default);
        using var interruption = new CancellationTokenSource();
        await holder.InTransactionAsync(
            async () =>
            {
                var begins = Task.Run(() => waiting.InTransactionAsync(() => Task.CompletedTask, interruption.Token));
                await interruption.CancelAsync();
                await Should.ThrowAsync<OperationCanceledException>(() => begins.WaitAsync(TimeSpan.FromSeconds(20)));
            },
            default);
    }

    [Fact]
    public async Task Another_writer_is_waited_for_until_it_is_done()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var holder = await database.OpenAsync(default);
        await using var waiting = await database.OpenAsync(default);
        Task<int>? writes = null;
        await holder.InTransactionAsync(
            () =>
            {
                writes = Task.Run(() => waiting.ExecuteAsync("runs/abandon", null, default));
                return Task.CompletedTask;
            },
            default);
        (await writes!.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBe(0);
    }

    [Fact]
    public async Task The_file_can_be_read_by_its_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        foreach (var file in Directory.GetFiles(_folder.Root))
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }
    }

    [Fact]
    public async Task Dates_and_instants_survive_as_readable_text()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        await session.Connection.ExecuteAsync("CREATE TABLE t (d TEXT, i TEXT, n TEXT)");
        var summer = new DateTimeOffset(2026, 7, 1, 0, 30, 15, 987, TimeSpan.FromHours(1)).AddTicks(9999);
        await session.Connection.ExecuteAsync(
            "INSERT INTO t VALUES (@d, @i, @n)", new { d = new DateOnly(2024, 2, 29), i = summer, n = (DateTimeOffset?)null });

        (await session.Connection.QuerySingleAsync<string>("SELECT d || ' ' || i FROM t")).ShouldBe("2024-02-29 2026-06-30T23:30:15.987Z");
        var row = await session.Connection.QuerySingleAsync<Row>("SELECT d, i, n FROM t");
        row.D.ShouldBe(new DateOnly(2024, 2, 29));
        row.I.ShouldBe(new DateTimeOffset(2026, 6, 30, 23, 30, 15, 987, TimeSpan.Zero));
        row.I.Offset.ShouldBe(TimeSpan.Zero);
        row.N.ShouldBeNull();
    }

    [Theory]
    [InlineData(DateTimeKind.Unspecified)]
    [InlineData(DateTimeKind.Utc)]
    [InlineData(DateTimeKind.Local)]
    public void A_time_column_is_UTC_whatever_kind_the_client_gives_it(DateTimeKind kind) =>
        SqlTypes.ToInstant(DateTime.SpecifyKind(new DateTime(2026, 7, 1, 12, 0, 0), kind))
            .ShouldBe(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_transaction_is_all_or_nothing()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        await Should.ThrowAsync<TimeoutException>(() => session.InTransactionAsync(
            async () =>
            {
                await InsertWorkerAsync(session);
                throw new TimeoutException();
            },
            default));
        (await WorkersAsync(session)).ShouldBe(0);
    }

    [Fact]
    public async Task A_failed_inner_part_keeps_the_outer_transaction_from_committing_even_if_it_is_swallowed()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        await Should.ThrowAsync<InvalidOperationException>(() => session.InTransactionAsync(
            async () =>
            {
                await InsertWorkerAsync(session);
                await Should.ThrowAsync<TimeoutException>(() => session.InTransactionAsync(() => throw new TimeoutException(), default));
            },
            default));
        (await WorkersAsync(session)).ShouldBe(0);

        await session.InTransactionAsync(() => session.InTransactionAsync(() => InsertWorkerAsync(session), default), default);
        (await WorkersAsync(session)).ShouldBe(1);
    }

    [Fact]
    public async Task A_session_that_reads_rows_takes_no_other_command_on_any_database()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        await session.ExecuteTextAsync("INSERT INTO care_worker (worker_id) VALUES ('W1'), ('W2')", default);
        await foreach (var cells in session.CellsAsync("source/worker"))
        {
            cells[0].ShouldBe("W1");
            await Should.ThrowAsync<InvalidOperationException>(() => session.QueryAsync<string>("source/columns", new { view = "cpis_source_worker" }, default));
            break;
        }

        (await session.QueryAsync<string>("source/columns", new { view = "cpis_source_worker" }, default)).Count.ShouldBe(4);
    }

    private static Task InsertWorkerAsync(StorageSession session) =>
        session.ExecuteTextAsync("INSERT INTO care_worker (worker_id) VALUES ('W1')", default);

    private static Task<long> WorkersAsync(StorageSession session) =>
        session.Connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM care_worker");

    private sealed class Row
    {
        public DateOnly D { get; init; }

        public DateTimeOffset I { get; init; }

        public DateTimeOffset? N { get; init; }
    }
}
