using System.Diagnostics;
using CpIs.EndToEnd.Tests.Harness;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>
/// A database file that somebody else holds, and a disk that fills under it: on SQLite whatever server is named, because a server has its
/// files elsewhere. What a server reports instead is in <see cref="SqlServerConditionsTests"/>.
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

    [Theory]
    [InlineData(48)]
    [InlineData(140)]
    public void A_full_disk_ends_with_3_and_the_next_night_does_what_was_left(int kilobytes)
    {
        if (OperatingSystem.IsWindows())
        {
            // Windows has no such limit for a process.
            return;
        }

        People();
        _cpis.Run("db", "init").ShouldExit(0);
        _cpis.Source.Write();
        _cpis.Run("db", "load", "--from", _cpis.Source.Folder).ShouldExit(0);

        // No file can grow beyond the limit, as on a disk without room: the first is met at once, the other by the write-ahead log on the way.
        var full = RunLimited(kilobytes, "nightly", "--as-of", "2026-03-10");
        full.ShouldExit(3);
        full.Error.ShouldNotContain("Unexpected");

        var night = _cpis.Nightly("2026-03-10");
        var sent = _cpis.CpIs.TakeAndConfirmAll();
        sent.Count.ShouldBe(100);
        sent.Select(r => r.LocalId).Distinct().Count().ShouldBe(100);
        night.Decisions.Count.ShouldBe(100);
        _cpis.Nightly("2026-03-11").Files.ShouldBe(0);
    }

    private Finished RunLimited(int kilobytes, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "cpis.dll");
        var start = new ProcessStartInfo("bash", ["-c", $"trap '' XFSZ; ulimit -f {kilobytes}; exec dotnet \"$@\"", "bash", program, .. arguments, "--data", _cpis.Data])
        {
            WorkingDirectory = _cpis.Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The runtime keeps its own code in a file in memory, which is not what is to be limited.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.WaitForExit(TimeSpan.FromMinutes(5)).ShouldBeTrue();
        return new Finished(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult(), string.Join(' ', arguments));
    }

    private void People()
    {
        for (var i = 1; i <= 100; i++)
        {
            _cpis.Source.Person($"P{i}", Numbers.Of(i), "Family", "Given", "2018-05-04");
            _cpis.Source.Plan($"L{i}", $"P{i}", "2026-01-15");
        }
    }
}
