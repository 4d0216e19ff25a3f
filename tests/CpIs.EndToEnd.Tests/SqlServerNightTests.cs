using CpIs.EndToEnd.Tests.Harness;
using CpIs.Tds;
using Microsoft.Data.SqlClient;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>Nights on SQL Server over the built program. With CPIS_TEST_SQLSERVER set, all end-to-end tests that are not about the embedded database run there.</summary>
public sealed class SqlServerNightTests : IAsyncLifetime
{
    private TdsServer? _standIn;
    private string _server = string.Empty;

    public async Task InitializeAsync()
    {
        var configured = Environment.GetEnvironmentVariable(CouncilServer.Variable);
        if (string.IsNullOrWhiteSpace(configured))
        {
            _standIn = await TdsServer.StartAsync();
            configured = _standIn.ConnectionString;
        }

        _server = configured;
    }

    public async Task DisposeAsync()
    {
        if (_standIn is not null)
        {
            await _standIn.DisposeAsync();
        }
    }

    [Fact]
    public void U1_two_nights_tell_everyone_once_and_what_changed_and_leave_trays_and_audit_to_the_care_system()
    {
        using var cpis = new Cpis(server: _server);
        cpis.Source.Person("P1", Numbers.Of(1), "Alpha", "Ann", "2015-02-03");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Source.Person("P3", null, "Gamma", "Gus", "2016-02-03");
        cpis.Source.Plan("L3", "P3", "2026-01-20");
        cpis.Source.Person("p1", Numbers.Of(2), "Other", "Case", "2017-02-03");
        cpis.Source.Plan("l1", "p1", "2026-01-16");

        var first = cpis.Nightly("2026-03-10");
        first.Summary.ShouldBe(["P1 CPP new", "P3 CPP withheld:nhs-number-missing", "p1 CPP new"]);
        cpis.CpIs.TakeAndConfirmAll().Count.ShouldBe(2);
        cpis.CpIs.Access((Guid.NewGuid(), "20260310063000+0000", Numbers.Of(1), "P1", 1, "Nora", "RX1"));

        cpis.Source.Plans["L1"]["end_date"] = "2026-03-10";
        cpis.Source.Plans["L1"]["changed_at"] = "2026-03-10T15:00:00Z";
        var second = cpis.Nightly("2026-03-11");
        second.Of("P1", "CPP")["decision"].ShouldBe("end");
        second.Of("p1", "CPP")["decision"].ShouldBe("unchanged");
        second.Files.ShouldBe(1);
        cpis.Query("SELECT person_id, accessed_at FROM cpis_access_audit").ShouldHaveSingleItem()["person_id"].ShouldBe("P1");
        cpis.Query("SELECT recipient_kind FROM cpis_alert WHERE alert_type = 'nhs-number-missing' AND status = 'open'").Count.ShouldBeGreaterThan(0);
        cpis.Run("status").ShouldExit(0);
        cpis.Run("explain", "--person", "P1").ShouldExit(0);
        cpis.Run("db", "check").ShouldExit(0);
        File.Exists(cpis.DatabasePath).ShouldBeFalse();
    }

    [Fact]
    public void A_database_that_has_lost_everything_is_noticed_and_made_as_good_as_new_from_the_archive()
    {
        const string Known = "SELECT nhs_number, plan_type, start_date, holder_id, state, last_file_number, confirmed_file_number FROM cpis_ledger ORDER BY nhs_number";
        using var cpis = new Cpis(server: _server);
        cpis.Source.Person("P1", Numbers.Of(1), "Alpha", "Ann", "2015-02-03");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Nightly("2026-03-10");
        cpis.CpIs.TakeAndConfirmAll();
        cpis.CpIs.Access((Guid.NewGuid(), "20260310063000+0000", Numbers.Of(1), "P1", 1, "Nora", "RX1"));
        cpis.Nightly("2026-03-11").Files.ShouldBe(0);
        var known = Rows();

        var uninstall = Path.Combine(Cpis.RepositoryRoot, "sql", "sqlserver", "install", "uninstall.sql");
        cpis.Execute(string.Join('\n', File.ReadLines(uninstall).Where(l => l.StartsWith("DROP TABLE", StringComparison.Ordinal))));
        cpis.Run("db", "init").ShouldExit(0);
        cpis.Run("nightly", "--as-of", "2026-03-12").ShouldExit(5);
        (cpis.Run("db", "recover").ExitCode is 0 or 5).ShouldBeTrue();
        Rows().ShouldBe(known);
        cpis.Query("SELECT person_id FROM cpis_access_audit").ShouldHaveSingleItem()["person_id"].ShouldBe("P1");
        cpis.Nightly("2026-03-12", Cpis.DoneInAnyCase).Summary.ShouldBe(["P1 CPP unchanged"]);

        List<string> Rows() => [.. cpis.Query(Known).Select(r => string.Join('|', r.Values))];
    }

    /// <summary>They fire also when nothing was changed, write rows of their own and count them.</summary>
    [Fact]
    public void Nights_are_the_same_with_triggers_of_the_councils_on_every_table_of_the_engine()
    {
        using var cpis = new Cpis(server: _server);
        cpis.Source.Person("P1", Numbers.Of(1), "Alpha", "Ann", "2015-02-03");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Source.Person("P2", null, "Beta", "Bob", "2016-02-03");
        cpis.Source.Plan("L2", "P2", "2026-01-20");
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        cpis.Execute("CREATE TABLE dbo.council_log (noted_at DATETIME2(3) NOT NULL)");
        foreach (var table in CouncilServer.EngineTables())
        {
            cpis.Execute($"CREATE TRIGGER {table}_log ON {table} AFTER INSERT, UPDATE, DELETE AS INSERT INTO dbo.council_log (noted_at) VALUES (SYSUTCDATETIME()), (SYSUTCDATETIME())");
        }

        cpis.Nightly("2026-03-10").Summary.ShouldBe(["P1 CPP new", "P2 CPP withheld:nhs-number-missing"]);
        cpis.CpIs.TakeAndConfirmAll().ShouldHaveSingleItem();
        cpis.CpIs.Access((Guid.NewGuid(), "20260310063000+0000", Numbers.Of(1), "P1", 1, "Nora", "RX1"));
        cpis.CpIs.Inactive(Numbers.Of(5), "P5", 1, Numbers.Of(6));
        cpis.Source.Plans["L1"]["end_date"] = "2026-03-10";
        cpis.Source.Plans["L1"]["changed_at"] = "2026-03-10T15:00:00Z";
        var second = cpis.Nightly("2026-03-11", Cpis.DoneInAnyCase);
        second.Of("P1", "CPP")["decision"].ShouldBe("end");
        second.Files.ShouldBe(1);
        cpis.Query("SELECT person_id FROM cpis_access_audit").ShouldHaveSingleItem()["person_id"].ShouldBe("P1");
        cpis.Query("SELECT nhs_number FROM cpis_inactive_number").ShouldHaveSingleItem()["nhs_number"].ShouldBe(Numbers.Of(5));
        cpis.Run("report", "--identified", "--out", Path.Combine(cpis.Root, "page.html"), "--as-of", "2026-03-11").ShouldExit(0);
        cpis.Query("SELECT trail_id FROM cpis_trail").ShouldHaveSingleItem()["trail_id"].ShouldBe("1");
        cpis.Query("SELECT noted_at FROM dbo.council_log").Count.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Nights_run_with_the_rights_of_the_engines_role_alone_and_the_check_finds_none_too_many()
    {
        using var cpis = new Cpis(server: _server);
        cpis.Source.Person("P1", Numbers.Of(1), "Alpha", "Ann", "2015-02-03");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        var administrator = cpis.ServerConnectionString;
        var login = "cpis_e2e_" + Guid.NewGuid().ToString("N");
        var password = "Aa1-" + Guid.NewGuid().ToString("N");
        foreach (var batch in File.ReadAllText(Path.Combine(Cpis.RepositoryRoot, "sql", "sqlserver", "install", "roles.sql")).Split("\nGO\n").Where(b => !string.IsNullOrWhiteSpace(b)))
        {
            Execute(administrator, batch);
        }

        Execute(_server, $"CREATE LOGIN [{login}] WITH PASSWORD = N'{password}'");
        try
        {
            // The default schema is left as it is: statements name theirs.
            Execute(administrator, $"CREATE USER [{login}] FOR LOGIN [{login}]");
            Execute(administrator, $"ALTER ROLE cpis_engine ADD MEMBER [{login}]");
            var engine = new SqlConnectionStringBuilder(administrator) { UserID = login, Password = password, IntegratedSecurity = false }.ConnectionString;
            cpis.Configure("CPIS__Database__ConnectionString", engine);
            cpis.Json(0, "2026-03-10", "nightly");
            cpis.CpIs.TakeAndConfirmAll();
            cpis.CpIs.Access((Guid.NewGuid(), "20260310063000+0000", Numbers.Of(1), "P1", 1, "Nora", "RX1"), (Guid.NewGuid(), "20260310073000+0000", Numbers.Of(7), null, 1, "Nils", "RX1"));
            cpis.CpIs.Inactive(Numbers.Of(1), "P1", 1, Numbers.Of(3));
            cpis.Json(Cpis.DoneInAnyCase, "2026-03-11", "nightly").GetProperty("accesses").GetInt32().ShouldBe(2);
            cpis.Run("status", "--as-of", "2026-03-11").ExitCode.ShouldBeOneOf(0, 5);
            cpis.Run("explain", "--person", "P1", "--as-of", "2026-03-11").ShouldExit(0);
            cpis.Run("report", "--identified", "--out", Path.Combine(cpis.Root, "page.html"), "--as-of", "2026-03-11").ShouldExit(0);
            cpis.Run("db", "recover", "--as-of", "2026-03-11").ExitCode.ShouldBeOneOf(0, 5);
            cpis.Run("db", "init").ShouldExit(0);
            var check = cpis.Run("db", "check");
            check.ShouldExit(0);
            check.Output.ShouldNotContain("more than the engine needs");
            check.Output.ShouldNotContain("may write to");
            foreach (var beyond in new[] { "DELETE FROM cpis.cpis_alert", "UPDATE cpis.cpis_source_person SET team = N'x'", "DROP TABLE cpis.cpis_lapse", "SELECT 1 FROM dbo.care_plan", "DELETE FROM cpis.cpis_trail" })
            {
                var refused = Should.Throw<SqlException>(() => Execute(engine, beyond), beyond);
                new[] { 229, 262, 1088, 3701 }.ShouldContain(refused.Number, $"{beyond}: {refused.Message}");
            }
        }
        finally
        {
            Execute(administrator, $"DROP USER IF EXISTS [{login}]");
            CouncilServer.Again(() => Execute(_server, $"DROP LOGIN [{login}]"));
        }

        static void Execute(string connectionString, string sql)
        {
            using var connection = new SqlConnection(new SqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
            connection.Open();
            using var command = new SqlCommand(sql, connection);
            command.ExecuteNonQuery();
        }
    }

    [Fact]
    public void A_second_run_leaves_with_4_and_a_database_that_is_not_there_or_not_set_up_with_2()
    {
        using var cpis = new Cpis(server: _server);
        var finished = cpis.Run("nightly");
        finished.ShouldExit(2);
        finished.Error.ShouldContain("db init");
        cpis.Run("db", "init").ShouldExit(0);
        using (var connection = new SqlConnection(cpis.ServerConnectionString))
        {
            connection.Open();
            using var command = new SqlCommand("DECLARE @name NVARCHAR(255) = CONCAT(N'cpis-run ', DB_NAME()); EXEC sp_getapplock @Resource = @name, @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = 0", connection);
            command.ExecuteNonQuery();
            cpis.Run("nightly").ShouldExit(4);
        }

        finished = cpis.Run("nightly");
        finished.ShouldExit(2);
        finished.Error.ShouldContain("cpis_source_person");

        cpis.Configure("CPIS__Database__ConnectionString", cpis.ServerConnectionString + ";Initial Catalog=cpis_no_such_database;ConnectRetryCount=0");
        finished = cpis.Run("nightly");
        finished.ShouldExit(2);
        finished.Error.ShouldContain("error 4060");

        cpis.Configure("CPIS__Database__ConnectionString", "Server=tcp:127.0.0.1,1;Database=care;Integrated Security=false;User ID=x;Password=hush-hush;Connect Timeout=2;ConnectRetryCount=0");
        finished = cpis.Run("nightly");
        finished.ShouldExit(3);
        finished.Error.ShouldContain("server");
        finished.Error.ShouldNotContain("hush-hush");
    }

    [Fact]
    public void The_script_for_a_DBA_is_written_once_and_touches_no_database()
    {
        using var cpis = new Cpis(server: _server);
        var path = Path.Combine(cpis.Root, "install.sql");
        cpis.Run("db", "init", "--script", path).ShouldExit(0);
        File.ReadAllText(path).ShouldContain("CREATE TABLE cpis.cpis_alert");
        cpis.Run("db", "init", "--script", path).ShouldExit(2);
        cpis.Run("nightly").ShouldExit(2);
    }
}
