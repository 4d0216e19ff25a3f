using CpIs.EndToEnd.Tests.Harness;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>
/// A database file that somebody else holds: on SQLite whatever server is named, because a server has its files elsewhere. What a server
/// reports instead is in <see cref="SqlServerConditionsTests"/>.
/// </summary>
public sealed class EmbeddedConditionsTests : IDisposable
{
    private readonly Cpis _cpis = new(embedded: true);

    public void Dispose() => _cpis.Dispose();

    [Fact]
    public void A_database_that_another_program_holds_is_named_and_the_next_run_works()
    {
        People();
        _cpis.Run("db", "init").ShouldExit(0);
        _cpis.Source.Write();
        _cpis.Run("db", "load", "--from", _cpis.Source.Folder).ShouldExit(0);
        _cpis.Configure("CPIS__Database__ConnectionString", $"Data Source={_cpis.DatabasePath};Default Timeout=1");
        using (var connection = new SqliteConnection($"Data Source={_cpis.DatabasePath};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "BEGIN EXCLUSIVE";
            command.ExecuteNonQuery();

            var held = _cpis.Run("nightly", "--as-of", "2026-03-10");
            held.ShouldExit(3);
            held.Error.ShouldContain("locked by another program");
        }

        _cpis.Nightly("2026-03-10").Files.ShouldBe(1);
    }

    private void People()
    {
        for (var i = 1; i <= 3; i++)
        {
            _cpis.Source.Person($"P{i}", Numbers.Of(i), "Family", "Given", "2018-05-04");
            _cpis.Source.Plan($"L{i}", $"P{i}", "2026-01-15");
        }
    }
}
