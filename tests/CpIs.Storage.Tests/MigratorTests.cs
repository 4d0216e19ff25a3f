using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using Dapper;
using Shouldly;

namespace CpIs.Storage.Tests;

public abstract class MigratorTests(string provider) : IDisposable
{
    private static readonly MigrationScript First = Script("0001_first.sql", "CREATE TABLE cpis_first (a INT); CREATE TABLE cpis_more (a INT);");
    private static readonly MigrationScript Second = Script("0002_second.sql", "CREATE TABLE cpis_second (a INT);");
    private readonly TestFolder _folder = new(provider);
    private Database? _made;

    private Database _database => _made ??= _folder.Database();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Applied_once_however_often_it_is_run()
    {
        var migrator = new Migrator(_database, TimeProvider.System);
        (await migrator.ApplyAsync(default)).ShouldNotBeEmpty();
        (await migrator.ApplyAsync(default)).ShouldBeEmpty();
        await migrator.EnsureCurrentAsync(default);
    }

    [Fact]
    public async Task An_older_database_is_upgraded_step_by_step()
    {
        (await Migrator(First).ApplyAsync(default)).ShouldBe(["0001_first"]);
        var error = await Should.ThrowAsync<StorageSetupException>(() => Migrator(First, Second).EnsureCurrentAsync(default));
        error.Message.ShouldContain("cpis db init");
        (await Migrator(First, Second).ApplyAsync(default)).ShouldBe(["0002_second"]);
        await Migrator(First, Second).EnsureCurrentAsync(default);
    }

    [Fact]
    public async Task An_empty_database_is_told_from_an_old_one()
    {
        await Migrator().ApplyAsync(default);
        await using (var session = await _database.OpenAsync(default))
        {
            await session.ExecuteTextAsync(_folder.Fit("DROP TABLE cpis_migration"), default);
        }

        var error = await Should.ThrowAsync<StorageSetupException>(() => Migrator(First).EnsureCurrentAsync(default));
        error.Message.ShouldContain("none of the engine's tables");
    }

    [Fact]
    public async Task An_applied_migration_that_was_edited_is_refused()
    {
        await Migrator(First, Second).ApplyAsync(default);
        var edited = Migrator(First, Script("0002_second.sql", Second.Text + " "), Script("0003_third.sql", "CREATE TABLE cpis_third (a INT)"));
        (await Should.ThrowAsync<StorageSetupException>(() => edited.ApplyAsync(default))).Message.ShouldContain("0002_second was edited");
        (await Should.ThrowAsync<StorageSetupException>(() => edited.EnsureCurrentAsync(default))).Message.ShouldContain("0002_second was edited");
        (await TablesAsync()).ShouldNotContain("cpis_third");
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_refused()
    {
        await Migrator(First, Second).ApplyAsync(default);
        (await Should.ThrowAsync<StorageSetupException>(() => Migrator(First).EnsureCurrentAsync(default))).Message.ShouldContain("older than the database");
        await Should.ThrowAsync<StorageSetupException>(() => Migrator(First).ApplyAsync(default));
    }

    [Fact]
    public async Task A_gap_is_refused()
    {
        await Migrator(Second).ApplyAsync(default);
        (await Should.ThrowAsync<StorageSetupException>(() => Migrator(First, Second).ApplyAsync(default))).Message.ShouldContain("0001_first is missing");
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_and_keeps_those_before_it()
    {
        var broken = Script("0002_broken.sql", "CREATE TABLE cpis_half (a INT); CREATE TABLE cpis_first (a INT);");
        await Should.ThrowAsync<Exception>(() => Migrator(First, broken).ApplyAsync(default));
        var tables = await TablesAsync();
        tables.ShouldContain("cpis_first");
        tables.ShouldNotContain("cpis_half");
        (await Migrator(First, Second).ApplyAsync(default)).ShouldBe(["0002_second"]);
    }

    [Fact]
    public async Task Two_at_once_apply_each_migration_once()
    {
        var both = await Task.WhenAll(
            Task.Run(() => new Migrator(_database, TimeProvider.System).ApplyAsync(default)),
            Task.Run(() => new Migrator(_folder.Database(), TimeProvider.System).ApplyAsync(default)));
        both.SelectMany(b => b).ShouldBe(new Sql(_folder.Provider).Migrations().Select(m => m.Name), ignoreOrder: true);
    }

    [Fact]
    public void Shipped_migrations_are_numbered_without_a_gap() =>
        new Sql(_folder.Provider).Migrations().Select(m => m.Number).ShouldBe(Enumerable.Range(1, new Sql(_folder.Provider).Migrations().Count));

    [Fact]
    public async Task Each_earlier_version_is_upgraded_and_keeps_what_is_in_it()
    {
        var shipped = new Sql(_folder.Provider).Migrations();
        for (var version = 1; version <= shipped.Count; version++)
        {
            var database = _folder.Database($"v{version}.db");
            await new Migrator(database, TimeProvider.System, [.. shipped.Take(version)]).ApplyAsync(default);
            await using (var session = await database.OpenAsync(default))
            {
                await new RunStore(session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);
                await session.ExecuteTextAsync(_folder.Fit("INSERT INTO cpis_sequence (authority_code, last_number) VALUES ('XX', 41)"), default);
            }

            (await new Migrator(database, TimeProvider.System).ApplyAsync(default)).ShouldBe(shipped.Skip(version).Select(m => m.Name));
            await new Migrator(database, TimeProvider.System).EnsureCurrentAsync(default);
            await using var after = await database.OpenAsync(default);
            (await new RunStore(after).LatestAsync(1, default)).ShouldHaveSingleItem().RunId.ShouldBe("R1");
            (await new FileStore(after).TakeNumberAsync("XX", "R1", Any.Now, default)).Value.ShouldBe(42);
        }
    }

    [Fact]
    public async Task The_script_for_a_person_does_what_db_init_does()
    {
        var database = _folder.Database();
        var migrator = new Migrator(database, TimeProvider.System);
        for (var time = 0; time < (_folder.IsServer ? 2 : 1); time++)
        {
            await using var session = await database.OpenAsync(create: true, default);
            foreach (var batch in database.Provider.Batches(migrator.Script()))
            {
                await session.ExecuteTextAsync(batch, default);
            }
        }

        await migrator.EnsureCurrentAsync(default);
        (await migrator.ApplyAsync(default)).ShouldBeEmpty();
    }

    private static MigrationScript Script(string name, string text) => MigrationScript.Read(name, text);

    private Migrator Migrator(params MigrationScript[] scripts) => new(_database, TimeProvider.System, [.. scripts.Select(s => s with { Text = _folder.Fit(s.Text) })]);

    private async Task<IReadOnlyList<string>> TablesAsync()
    {
        await using var session = await _database.OpenAsync(default);
        return (await session.Connection.QueryAsync<string>(_folder.IsServer ? "SELECT name FROM sys.tables" : "SELECT name FROM sqlite_schema")).AsList();
    }
}

public sealed class MigratorTestsOnSqlite() : MigratorTests(TestFolder.Sqlite);

public sealed class MigratorTestsOnSqlServer() : MigratorTests(TestFolder.SqlServer);
