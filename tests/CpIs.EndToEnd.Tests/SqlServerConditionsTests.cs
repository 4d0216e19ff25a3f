using CpIs.EndToEnd.Tests.Harness;
using CpIs.Tds;
using Microsoft.Data.SqlClient;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>
/// What goes wrong with a SQL Server and its views: a sentence, 2 or 3, and nothing half-done, so that the next night does it all. On the
/// server that CPIS_TEST_SQLSERVER names, else on a stand-in; what no test can bring a server to, on the stand-in always.
/// </summary>
public sealed class SqlServerConditionsTests : IAsyncLifetime
{
    private const string Plans = "CREATE OR ALTER VIEW cpis.cpis_source_plan AS SELECT plan_id, person_id, {0} AS start_date, end_date, held_by_other_authority, recorded_in_error, changed_at FROM dbo.care_plan";
    private TdsServer _standIn = null!;
    private string _server = string.Empty;

    public async Task InitializeAsync()
    {
        _standIn = await TdsServer.StartAsync();
        _server = Environment.GetEnvironmentVariable(CouncilServer.Variable) is { } named && !string.IsNullOrWhiteSpace(named) ? named : _standIn.ConnectionString;
    }

    public async Task DisposeAsync() => await _standIn.DisposeAsync();

    [Fact]
    public void A_wrong_login_is_told_with_2_and_no_password()
    {
        using var cpis = new Cpis(server: _server);
        cpis.Configure("CPIS__Database__ConnectionString", cpis.ServerConnectionString + ";Integrated Security=false;User ID=nobody;Password=hush-hush;ConnectRetryCount=0");
        foreach (var command in new[] { new[] { "nightly" }, ["db", "init"], ["db", "check"] })
        {
            var refused = cpis.Run(command);
            refused.ShouldExit(2);
            refused.Error.ShouldContain("user and password");
            refused.Error.ShouldContain("error 18456");
            (refused.Error + refused.Output).ShouldNotContain("hush-hush");
        }
    }

    [Fact]
    public void A_view_that_is_missing_or_lacks_a_column_stops_the_night_with_2_and_the_check_names_it()
    {
        using var cpis = Ready(_server);
        Change(cpis, "DROP VIEW cpis.cpis_source_plan");
        StopsWith(cpis, 2, "cpis_source_plan", "cpis db check", "error 208");
        Check(cpis, 2).ShouldContain("cpis_source_plan is missing");

        Change(cpis, "CREATE VIEW cpis.cpis_source_plan AS SELECT plan_id, person_id, start_date, held_by_other_authority, recorded_in_error, changed_at FROM dbo.care_plan");
        StopsWith(cpis, 2, "cpis_source_plan", "cpis db check", "error 207");
        Check(cpis, 2).ShouldContain("has no column end_date");

        Change(cpis, Plans.Replace("{0}", "start_date", StringComparison.Ordinal));
        SendsAll(cpis);
        Check(cpis, 0);
    }

    [Fact]
    public void A_column_of_a_wrong_type_sets_rows_aside_and_what_is_held_stands_and_a_value_that_the_view_cannot_convert_stops_the_night()
    {
        using var cpis = Ready(_server);
        SendsAll(cpis);
        cpis.CpIs.TakeAndConfirmAll();

        Change(cpis, Plans.Replace("{0}", "CAST(1 AS INT)", StringComparison.Ordinal));
        Check(cpis, 2).ShouldContain("gives start_date as INT");
        var night = new Night(cpis, cpis.Json(5, "2026-03-11", "nightly"));
        night.Files.ShouldBe(0);
        night.Decisions.Where(d => d["decision"] != "withheld").ShouldAllBe(d => d["decision"] == "unchanged");
        cpis.Query("SELECT alert_type FROM cpis_alert WHERE alert_type = 'bad-source-row' AND status = 'open'").ShouldHaveSingleItem();

        Change(cpis, Plans.Replace("{0}", "CAST(start_date AS DATE)", StringComparison.Ordinal));
        Change(cpis, "UPDATE dbo.care_plan SET start_date = N'soon' WHERE plan_id = N'L2'");
        StopsWith(cpis, 2, "cpis_source_plan", "data team must correct the view", "error 241");
        Check(cpis, 2).ShouldContain("cannot be converted");
        Change(cpis, "UPDATE dbo.care_plan SET start_date = N'2026-01-15' WHERE plan_id = N'L2'");
        new Night(cpis, cpis.Json(Cpis.DoneInAnyCase, "2026-03-11", "nightly")).Files.ShouldBe(0);
    }

    [SkippableFact]
    public void A_read_only_database_and_one_that_somebody_else_has_locked_end_with_3_and_the_next_night_does_it_all()
    {
        using var cpis = Ready(_server);
        var name = new SqlConnectionStringBuilder(cpis.ServerConnectionString).InitialCatalog;
        try
        {
            Change(cpis, $"ALTER DATABASE [{name}] SET READ_ONLY WITH ROLLBACK IMMEDIATE", "master");
        }
        catch (SqlException e) when (CouncilServer.IsNotThere(e))
        {
            Skip.If(true, $"Not on this server, which refuses ALTER DATABASE ... SET READ_ONLY: {e.Message} (error {e.Number})");
        }

        StopsWith(cpis, 3, "read-only", "error 3906");
        cpis.Run("status").ExitCode.ShouldBe(0);
        Change(cpis, $"ALTER DATABASE [{name}] SET READ_WRITE WITH ROLLBACK IMMEDIATE", "master");

        var settings = cpis.ServerConnectionString;
        cpis.Configure("CPIS__Database__ConnectionString", settings + ";Command Timeout=1");
        using (var connection = new SqlConnection(settings))
        {
            connection.Open();
            using var command = new SqlCommand("BEGIN TRANSACTION; UPDATE cpis.cpis_transport_state WITH (TABLOCKX) SET state_value = N'' WHERE 1 = 0; UPDATE cpis.cpis_run_lock WITH (TABLOCKX) SET process_id = 0; UPDATE cpis.cpis_run WITH (TABLOCKX) SET exit_code = 0", connection);
            command.ExecuteNonQuery();
            StopsWith(cpis, 3, "did not answer in time", "error -2");
        }

        cpis.Configure("CPIS__Database__ConnectionString", settings);
        SendsAll(cpis);
    }

    /// <param name="statement">What meets the full log: at the beginning, when records are written, when a file is claimed, when it has been sent.</param>
    /// <param name="sent">Whether the file has left by then.</param>
    [Theory]
    [InlineData("INSERT INTO cpis.cpis_run ", false)]
    [InlineData("INSERT BULK cpis.cpis_file_record", false)]
    [InlineData("SET status = N'sending'", false)]
    [InlineData("SET status = N'sent'", true)]
    public void A_full_log_ends_with_3_and_nobody_is_told_half_or_twice(string statement, bool sent)
    {
        using var cpis = Ready(_standIn.ConnectionString);
        _standIn.Faults.FailNext(9002, "The transaction log is full, says the server, and quotes Quillfeather.", severity: 17, containing: statement);
        var full = cpis.Run("nightly", "--as-of", "2026-03-10");
        full.ShouldExit(3);
        full.Error.ShouldContain("log is full");
        full.Error.ShouldContain("error 9002");
        full.Error.ShouldNotContain("Quillfeather");
        _standIn.Faults.Waiting.ShouldBe(0);
        cpis.CpIs.Waiting.Count.ShouldBe(sent ? 1 : 0);
        SendsAll(cpis, sent);
    }

    [Fact]
    public void A_database_in_recovery_ends_with_3_and_a_server_that_is_busy_for_a_moment_is_waited_for()
    {
        using var cpis = Ready(_standIn.ConnectionString);

        // The client itself would try a 4060 again, ten seconds later.
        cpis.Configure("CPIS__Database__ConnectionString", cpis.ServerConnectionString + ";ConnectRetryCount=0");
        _standIn.Faults.FailLogin(922, andThen: 4060);
        StopsWith(cpis, 3, "being recovered", "error 922");
        _standIn.Faults.FailLogin(4060, andThen: 927);
        StopsWith(cpis, 3, "restored", "error 927");
        _standIn.Faults.FailLogin(40613);
        _standIn.Faults.FailNext(49920, severity: 16, containing: "FROM cpis.cpis_migration");
        SendsAll(cpis);
        _standIn.Faults.Waiting.ShouldBe(0);
    }

    /// <summary>Three children whose plans are to be told, nothing told yet.</summary>
    private static Cpis Ready(string server)
    {
        var cpis = new Cpis(server: server);
        foreach (var i in new[] { 1, 2, 3 })
        {
            cpis.Source.Person($"P{i}", Numbers.Of(i), "Quillfeather", "Given", "2018-05-04");
            cpis.Source.Plan($"L{i}", $"P{i}", "2026-01-15");
        }

        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        return cpis;
    }

    private static void StopsWith(Cpis cpis, int exit, params string[] words)
    {
        var files = cpis.CpIs.Waiting.Count;
        var stopped = cpis.Run("nightly", "--as-of", "2026-03-11");
        stopped.ShouldExit(exit);
        foreach (var word in words)
        {
            stopped.Error.ShouldContain(word);
        }

        stopped.Error.ShouldNotContain("Unexpected");
        stopped.Error.ShouldNotContain("soon");
        cpis.CpIs.Waiting.Count.ShouldBe(files);
        cpis.Query("SELECT file_number FROM cpis_file WHERE status IN ('ready', 'sending')").ShouldBeEmpty();
    }

    /// <summary>The night after tells every child once.</summary>
    private static void SendsAll(Cpis cpis, bool sent = false)
    {
        new Night(cpis, cpis.Json(0, "2026-03-11", "nightly")).Files.ShouldBe(sent ? 0 : 1);
        cpis.CpIs.Waiting.SelectMany(cpis.CpIs.Read).Select(r => r.LocalId).Order(StringComparer.Ordinal).ShouldBe(["P1", "P2", "P3"]);
        cpis.Query("SELECT status FROM cpis_file WHERE status <> 'void'").ShouldHaveSingleItem()["status"].ShouldBe("sent");
    }

    private static string Check(Cpis cpis, int exit)
    {
        var finished = cpis.Run("db", "check");
        finished.ShouldExit(exit);
        return finished.Output + finished.Error;
    }

    private static void Change(Cpis cpis, string sql, string? database = null)
    {
        var settings = new SqlConnectionStringBuilder(cpis.ServerConnectionString) { Pooling = false };
        settings.InitialCatalog = database ?? settings.InitialCatalog;
        using var connection = new SqlConnection(settings.ConnectionString);
        connection.Open();
        using var command = new SqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
