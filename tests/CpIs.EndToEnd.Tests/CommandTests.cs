using System.Diagnostics;
using CpIs.EndToEnd.Tests.Harness;
using CpIs.Storage;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>Exit codes and messages that schedulers and people rely on (contract section 1).</summary>
public class CommandTests
{
    [Fact]
    public void A_missing_database_is_a_set_up_error_and_is_not_made_by_a_night()
    {
        // A server's database is never made by the program; SqlServerNightTests has what is said of one that is missing.
        using var cpis = new Cpis(embedded: true);
        var finished = cpis.Run("nightly");
        finished.ShouldExit(2);
        finished.Error.ShouldContain("db init");
        File.Exists(cpis.DatabasePath).ShouldBeFalse();
    }

    [Fact]
    public void A_configuration_error_names_its_key()
    {
        using var cpis = new Cpis();
        File.WriteAllText(Path.Combine(cpis.Root, "cpis.json"), """{ "Rules": { "RetentionMonth": 12 } }""");
        var finished = cpis.Run("status");
        finished.ShouldExit(2);
        finished.Error.ShouldContain("Rules:RetentionMonth");
        finished.Error.ShouldContain("RetentionMonths");
    }

    [Theory]
    [InlineData("plan.csv", "end_date")]
    [InlineData("person.csv", "nhs_number")]
    public void A_missing_column_stops_with_the_file_and_column_named(string file, string column)
    {
        // db load fills the embedded care tables alone.
        using var cpis = Ready(embedded: true);
        cpis.Source.Write();
        var path = Path.Combine(cpis.Source.Folder, file);
        File.WriteAllText(path, File.ReadAllText(path).Replace(column, column + "_"));
        var finished = cpis.Run("db", "load", "--from", cpis.Source.Folder);
        finished.ShouldExit(2);
        finished.Error.ShouldContain(file);
        finished.Error.ShouldContain(column);
    }

    [Fact]
    public void A_business_date_before_the_last_runs_is_refused()
    {
        using var cpis = Ready();
        cpis.Json(0, "2026-03-10", "nightly");
        var finished = cpis.Run("nightly", "--as-of", "2026-03-09");
        finished.ShouldExit(2);
        finished.Error.ShouldContain("--as-of");
        cpis.Json(0, "2026-03-10", "nightly");
    }

    [Fact]
    public async Task Two_runs_at_once_one_works_and_the_other_leaves_with_4()
    {
        using var cpis = Ready();
        await using (await RunLock.TakeAsync(cpis.OpenDatabase(), "another", TimeProvider.System, default))
        {
            cpis.Run("nightly", "--as-of", "2026-03-10").ShouldExit(4);
        }

        cpis.Json(0, "2026-03-10", "nightly");
    }

    [Fact]
    public void U6_a_transform_run_again_voids_unsent_numbers_and_submit_sends_the_last()
    {
        using var cpis = OneChildExtracted();
        cpis.Json(0, "2026-03-10", "transform").GetProperty("files")[0].GetProperty("number").GetInt64().ShouldBe(1);
        cpis.Json(0, "2026-03-10", "transform").GetProperty("files")[0].GetProperty("number").GetInt64().ShouldBe(2);
        cpis.Json(0, "2026-03-10", "submit").GetProperty("sent").EnumerateArray().Select(n => n.GetInt64()).ShouldBe([2]);
        cpis.CpIs.Waiting.ShouldBe([2]);
        cpis.Json(0, "2026-03-10", "submit").GetProperty("sent").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public void U6_a_transform_run_again_into_the_same_folder_leaves_no_payload_there_that_it_replaced()
    {
        using var cpis = OneChildExtracted();
        var folder = Path.Combine(cpis.Root, "by-hand");
        cpis.Json(0, "2026-03-10", "transform", "--out", folder, "--format", "hl7v3,flat");
        File.WriteAllText(Path.Combine(folder, "upload-000009.xml"), "not of this engine's making");
        cpis.Json(0, "2026-03-10", "transform", "--out", folder, "--format", "hl7v3,flat");
        Uploads().ShouldBe(["upload-000002.csv", "upload-000002.xml", "upload-000009.xml"]);

        // What was sent is no longer replaced.
        cpis.Json(0, "2026-03-10", "submit");
        cpis.Json(0, "2026-03-10", "transform", "--out", folder);
        Uploads().ShouldBe(["upload-000002.csv", "upload-000002.xml", "upload-000009.xml"]);

        IEnumerable<string?> Uploads() => Directory.EnumerateFiles(folder, "upload-*").Select(Path.GetFileName).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void U7_a_mother_and_her_child_are_never_split_over_files()
    {
        using var cpis = Ready();
        cpis.Configure("CPIS__PAYLOAD__MAXRECORDSPERFILE", "2");
        for (var i = 1; i <= 3; i++)
        {
            cpis.Source.Person($"M{i}", Numbers.Of(10 + i), "Mother", "Mona", "1990-01-01");
            cpis.Source.Unborn($"U{i}", $"M{i}", "2026-08-01");
            cpis.Source.Plan($"LU{i}", $"U{i}", "2026-02-01");
            cpis.Source.Person($"C{i}", Numbers.Of(20 + i), "Child", "Cora", "2020-01-01")["mother_person_id"] = $"M{i}";
            cpis.Source.Plan($"LC{i}", $"C{i}", "2026-02-01");
            cpis.Source.Status($"SC{i}", $"C{i}", "C2", "2026-02-02");
        }

        cpis.Nightly("2026-03-10").Files.ShouldBe(3);
        foreach (var file in cpis.CpIs.Waiting)
        {
            cpis.CpIs.Read(file).Count.ShouldBe(3);
        }
    }

    [Fact]
    public void K6_a_message_that_cannot_be_parsed_is_quarantined_with_its_bytes_and_the_rest_goes_on()
    {
        using var cpis = Ready();
        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Nightly("2026-03-10");
        cpis.CpIs.TakeAndConfirmAll();
        var bytes = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><CP-ISAccessToServiceNotification>&b;</CP-ISAccessToServiceNotification>";
        cpis.CpIs.Put("bad.xml", bytes);
        cpis.CpIs.Access((Guid.NewGuid(), "20260310221500+0000", Numbers.Of(1), "P1", 1, "Nora", "RXX"));

        var result = cpis.Json(5, "2026-03-11", "ingest-access");
        result.GetProperty("quarantined").GetInt32().ShouldBe(1);
        result.GetProperty("accesses").GetInt32().ShouldBe(1);
        var kept = Directory.GetFiles(Path.Combine(cpis.Data, "quarantine"));
        kept.Length.ShouldBe(2);
        kept.Select(File.ReadAllText).ShouldContain(bytes);
        Directory.GetFiles(cpis.Inbox).ShouldBeEmpty();
        cpis.Query("SELECT recipient_kind FROM cpis_alert WHERE alert_type = 'quarantined'").Single()["recipient_kind"].ShouldBe("role");
    }

    [Fact]
    public async Task Ctrl_c_and_termination_end_a_run_with_130_and_the_next_one_goes_on()
    {
        using var cpis = Ready();
        cpis.RunIn(cpis.Root, ["db", "generate", "--children", "3000", "--seed", "1", "--out", "many", "--as-of", "2026-03-10"]).ShouldExit(0);
        cpis.Run("db", "load", "--from", Path.Combine(cpis.Root, "many")).ShouldExit(0);
        using var process = cpis.Start("nightly", "--as-of", "2026-03-10", "--json");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();

        // The run is under way once its folder is there.
        SpinWait.SpinUntil(() => process.HasExited || Directory.EnumerateDirectories(Path.Combine(cpis.Data, "runs")).Any(), TimeSpan.FromSeconds(60)).ShouldBeTrue();
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString()]))
        {
            kill.WaitForExit();
        }

        process.WaitForExit(TimeSpan.FromSeconds(30)).ShouldBeTrue();
        process.ExitCode.ShouldBe(130, await error);
        (await output).ShouldContain("130");
        cpis.Run("nightly", "--as-of", "2026-03-10").ExitCode.ShouldBeOneOf(0, 5);
    }

    [Fact]
    public void Mesh_check_names_what_is_missing_with_2_and_what_does_not_work_with_3()
    {
        using var cpis = new Cpis();
        cpis.Run("mesh", "check").ShouldExit(2);

        cpis.Configure("CPIS__TRANSPORT__KIND", "mesh-api");
        cpis.Configure("CPIS__AUTHORITY__CODE", "Y12");
        cpis.Configure("CPIS__AUTHORITY__ODSCODE", "Y12");
        cpis.Configure("CPIS__AUTHORITY__NAME", "OTHERTON COUNCIL");
        cpis.Configure("CPIS__AUTHORITY__EMERGENCYDUTYPHONE", "01632960002");
        var incomplete = cpis.Run("mesh", "check");
        incomplete.ShouldExit(2);
        incomplete.Error.ShouldContain("Transport:MeshApi:Mailbox");

        cpis.Configure("CPIS__TRANSPORT__MESHAPI__URL", "https://127.0.0.1:1");
        cpis.Configure("CPIS__TRANSPORT__MESHAPI__MAILBOX", "Y12OT001");
        cpis.Configure("CPIS__TRANSPORT__MESHAPI__RECIPIENT", "Y12OT002");
        cpis.Configure("CPIS__TRANSPORT__MESHAPI__PASSWORD", "not-a-real-password");
        cpis.Configure("CPIS__TRANSPORT__MESHAPI__SHAREDKEY", "not-a-real-key");
        foreach (var flow in new[] { "UPLOAD", "ACKNOWLEDGEMENT", "ACCESS", "INACTIVE" })
        {
            cpis.Configure("CPIS__TRANSPORT__MESHAPI__WORKFLOWIDS__" + flow, "W_" + flow);
        }

        var missing = Path.Combine(cpis.Root, "no-such-file.pem");
        File.WriteAllText(missing, "this is no certificate");
        cpis.Configure("CPIS__TRANSPORT__MESHAPI__CLIENTCERTIFICATEFILE", missing);
        cpis.Configure("CPIS__TRANSPORT__MESHAPI__TRUSTEDROOTSFILE", missing);
        var failed = cpis.Run("mesh", "check", "--json");
        failed.ShouldExit(3);
        failed.Output.ShouldContain("failure");
        (failed.Output + failed.Error).ShouldNotContain("not-a-real");
        foreach (var log in Directory.GetFiles(Path.Combine(cpis.Data, "logs")))
        {
            File.ReadAllText(log).ShouldNotContain("not-a-real");
        }
    }

    [Fact]
    public void A_run_that_a_set_up_error_breaks_off_is_recorded_with_the_exit_code_that_the_scheduler_sees()
    {
        using var cpis = Ready();
        cpis.Execute("DROP VIEW cpis_source_plan");
        cpis.Run("nightly", "--as-of", "2026-03-10").ShouldExit(2);
        var run = cpis.Query("SELECT status, exit_code FROM cpis_run").ShouldHaveSingleItem();
        run["status"].ShouldBe("failed");
        run["exit_code"].ShouldBe("2");
    }

    [Fact]
    public void U8_a_person_whom_nobody_knows_is_said_and_not_repeated()
    {
        using var cpis = Ready();
        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        var unknown = cpis.Run("nightly", "--as-of", "2026-03-10", "--person", Numbers.Of(2));
        unknown.ShouldExit(0);
        unknown.Error.ShouldContain("--person");
        unknown.Error.ShouldNotContain(Numbers.Of(2));
        Directory.EnumerateFiles(Path.Combine(cpis.Data, "logs")).ShouldAllBe(f => !File.ReadAllText(f).Contains(Numbers.Of(2)));
        var known = cpis.Run("nightly", "--as-of", "2026-03-10", "--person", "P1");
        known.ShouldExit(0);
        known.Error.ShouldBeEmpty();
    }

    [Fact]
    public void A_data_folder_that_is_a_file_is_a_usage_error()
    {
        using var cpis = new Cpis();
        File.WriteAllText(cpis.Data, "no folder");
        var finished = cpis.Run("status");
        finished.ShouldExit(2);
        finished.Error.ShouldContain("--data");
    }

    [Fact]
    public void A_log_line_writes_the_business_date_as_every_other_date_is_written()
    {
        using var cpis = Ready();
        cpis.Json(0, "2026-03-10", "nightly");
        var log = string.Concat(Directory.EnumerateFiles(Path.Combine(cpis.Data, "logs")).Select(File.ReadAllText));
        log.ShouldContain("business date 2026-03-10");
        log.ShouldNotContain("03/10/2026");
    }

    /// <summary>One child with a plan, extracted on 10 March 2026 and not decided yet.</summary>
    private static Cpis OneChildExtracted()
    {
        var cpis = Ready();
        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        cpis.Json(0, "2026-03-10", "extract");
        return cpis;
    }

    private static Cpis Ready(bool embedded = false)
    {
        var cpis = new Cpis(embedded);
        cpis.Source.Write();
        cpis.Run("db", "init").ShouldExit(0);
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        return cpis;
    }
}
