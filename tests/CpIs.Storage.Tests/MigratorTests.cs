using Dapper;
using Shouldly;

namespace CpIs.Storage.Tests;

public sealed class MigratorTests : IDisposable
{
    private static readonly MigrationScript First = Script("0001_first.sql", "CREATE TABLE first (a TEXT); CREATE TABLE more (a TEXT);");
    private static readonly MigrationScript Second = Script("0002_second.sql", "CREATE TABLE second (a TEXT);");
    private readonly TestFolder _folder = new();
    private readonly Database _database;

    public MigratorTests() => _database = _folder.Database();

    public void Dispose() => _folder.Dispose();

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
            await session.ExecuteTextAsync("DROP TABLE cpis_migration", default);
        }

        var error = await Should.ThrowAsync<StorageSetupException>(() => Migrator(First).EnsureCurrentAsync(default));
        error.Message.ShouldContain("none of the engine's tables");
    }

    [Fact]
    public async Task An_applied_migration_that_was_edited_is_refused()
    {
        await Migrator(First, Second).ApplyAsync(default);
        var edited = Migrator(First, Script("0002_second.sql", Second.Text + " "), Script("0003_third.sql", "CREATE TABLE third (a TEXT)"));
        (await Should.ThrowAsync<StorageSetupException>(() => edited.ApplyAsync(default))).Message.ShouldContain("0002_second was edited");
        (await Should.ThrowAsync<StorageSetupException>(() => edited.EnsureCurrentAsync(default))).Message.ShouldContain("0002_second was edited");
        (await TablesAsync()).ShouldNotContain("third");
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
        var broken = Script("0002_broken.sql", "CREATE TABLE half (a TEXT); CREATE TABLE first (a TEXT);");
        await Should.ThrowAsync<Exception>(() => Migrator(First, broken).ApplyAsync(default));
        var tables = await TablesAsync();
        tables.ShouldContain("first");
        tables.ShouldNotContain("half");
        (await Migrator(First, Second).ApplyAsync(default)).ShouldBe(["0002_second"]);
    }

    [Fact]
    public async Task Two_at_once_apply_each_migration_once()
    {
        var both = await Task.WhenAll(
            Task.Run(() => new Migrator(_database, TimeProvider.System).ApplyAsync(default)),
            Task.Run(() => new Migrator(_folder.Database(), TimeProvider.System).ApplyAsync(default)));
        both.SelectMany(b => b).ShouldBe(new Sql("sqlite").Migrations().Select(m => m.Name), ignoreOrder: true);
    }

    [Fact]
    public void Shipped_migrations_are_numbered_without_a_gap() =>
        new Sql("sqlite").Migrations().Select(m => m.Number).ShouldBe(Enumerable.Range(1, new Sql("sqlite").Migrations().Count));

    private static MigrationScript Script(string name, string text) => MigrationScript.Read(name, text);

    private Migrator Migrator(params MigrationScript[] scripts) => new(_database, TimeProvider.System, scripts);

    private async Task<IReadOnlyList<string>> TablesAsync()
    {
        await using var session = await _database.OpenAsync(default);
        return (await session.Connection.QueryAsync<string>("SELECT name FROM sqlite_schema")).AsList();
    }
}
