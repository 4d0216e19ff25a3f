using System.Globalization;
using System.Text.Json;
using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>A database that is older than what was sent and received is noticed, and made as good as new from the archive.</summary>
public sealed class RecoverTests : IDisposable
{
    private const string Ledger = "SELECT nhs_number, plan_type, start_date, holder_id, state, last_file_number, last_record_number, confirmed_file_number FROM cpis_ledger WHERE holder_id <> 'P5' ORDER BY 1, 2, 3";

    private const string FullLedger = "SELECT nhs_number, plan_type, start_date, holder_id, state, last_file_number, last_record_number, confirmed_file_number, lapsed_after_file FROM cpis_ledger ORDER BY 1, 2, 3";

    private const string Records = """
        SELECT file_number, record_number, nhs_number, plan_type, start_date, decision, reason, end_date, family_name, given_name, birth_date, local_person_id, delete_date,
               visible_until, end_is_forecast, source_ids, child_ids, cause, changed_at, told_at, outcome, answer_code
        FROM cpis_file_record ORDER BY 1, 2
        """;

    private const string Files = "SELECT file_number, format, file_name, path, sha256, record_count, status, local_id, told_at, attempts, outcome FROM cpis_file WHERE status = 'sent' ORDER BY 1";
    private const string Audit = "SELECT person_id, nhs_number, accessed_at, accessed_by, organisation_code, upload_file_number, query_id, received_at, inbound_id FROM cpis_access_audit ORDER BY query_id, person_id";
    private const string Inactive = "SELECT nhs_number, replacements FROM cpis_inactive_number ORDER BY 1";

    private readonly Cpis _cpis = new();

    public void Dispose() => _cpis.Dispose();

    [Theory]
    [InlineData(1, "hl7v3")]
    [InlineData(0, "fhir")]
    public void A_restored_database_is_noticed_and_recovered_and_the_next_night_decides_as_if_nothing_had_been_lost(int nightsInBackup, string format)
    {
        // The stand-in answers read hl7v3, so that it lies beside the format that is sent.
        _cpis.Configure("CPIS__Payload__Formats__0", format);
        if (format != "hl7v3")
        {
            _cpis.Configure("CPIS__Payload__Formats__1", "hl7v3");
        }

        if (nightsInBackup == 0)
        {
            _cpis.Run("db", "init").ShouldExit(0);
            _cpis.BackUp("restored");
        }

        ThreeNights(after: night =>
        {
            if (night == nightsInBackup)
            {
                _cpis.BackUp("restored");
            }
        });
        var original = Snapshot();
        var sequence = LastNumber();
        var aside = Path.Combine(_cpis.Root, "original");
        CopyFolder(_cpis.Data, aside);
        _cpis.BackUp("original");

        _cpis.Restore("restored");
        _cpis.Source.Write();
        _cpis.Run("db", "load", "--from", _cpis.Source.Folder).ShouldExit(0);

        // Nothing runs on it, nothing is sent, and everybody is told what to do.
        var outbox = Outbox();
        foreach (var command in new[] { "nightly", "ingest-access", "submit" })
        {
            var refused = _cpis.Run(command, "--as-of", "2026-03-13", "--json");
            refused.ShouldExit(5);
            JsonDocument.Parse(refused.Output).RootElement.GetProperty("error").GetString()!.ShouldContain("cpis db recover");
        }

        var status = _cpis.Json(5, "2026-03-13", "status");
        status.GetProperty("beyond").GetProperty("files").GetArrayLength().ShouldBeGreaterThan(0);
        status.GetProperty("beyond").GetProperty("messages").GetArrayLength().ShouldBeGreaterThan(0);
        Outbox().ShouldBe(outbox);

        // A dry run names what is missing and changes nothing.
        var plan = Recover("--dry-run");
        plan.GetProperty("files").GetArrayLength().ShouldBeGreaterThan(0);
        plan.GetProperty("last_number").GetInt64().ShouldBe(sequence);
        LastNumber().ShouldBeLessThan(sequence);
        _cpis.Run("status").ShouldExit(5);

        // A record lapses again with the next night; until then it stands as last told.
        Recover();
        Snapshot().ShouldBe(original);
        LastNumber().ShouldBe(sequence);
        var alerts = _cpis.Query("SELECT COUNT(*) AS n FROM cpis_alert")[0]["n"];

        // Twice changes nothing.
        var again = Recover();
        again.GetProperty("files").GetArrayLength().ShouldBe(0);
        again.GetProperty("messages").GetArrayLength().ShouldBe(0);
        Snapshot().ShouldBe(original);
        _cpis.Query("SELECT COUNT(*) AS n FROM cpis_alert")[0]["n"].ShouldBe(alerts);

        // The fourth night on both.
        Change(4);
        var recovered = _cpis.Nightly("2026-03-13", Cpis.DoneInAnyCase);
        var recoveredFiles = recovered.Json.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("number").GetInt64()).ToList();
        var recoveredLedger = _cpis.Query(FullLedger).Select(Cells).ToList();
        Directory.Move(_cpis.Data, Path.Combine(_cpis.Root, "recovered"));
        CopyFolder(aside, _cpis.Data);
        _cpis.Restore("original");
        var undisturbed = _cpis.Nightly("2026-03-13", Cpis.DoneInAnyCase);
        recovered.Decisions.Select(Cells).ShouldBe(undisturbed.Decisions.Select(Cells));
        recoveredLedger.ShouldBe(_cpis.Query(FullLedger).Select(Cells));
        recoveredFiles.ShouldBe(undisturbed.Json.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("number").GetInt64()));
        recoveredFiles.ShouldNotBeEmpty();
        recoveredFiles.Min().ShouldBe(sequence + 1);
    }

    [Fact]
    public void What_cannot_be_read_is_named_and_left_out_and_the_number_is_never_used_again()
    {
        _cpis.Run("db", "init").ShouldExit(0);
        _cpis.BackUp("restored");
        ThreeNights(after: _ => { });
        var sequence = LastNumber();
        _cpis.Restore("restored");
        var sent = Path.Combine(_cpis.Data, "archive", "sent");
        File.WriteAllText(Path.Combine(sent, "upload-000001.xml"), "<File>torn");
        foreach (var copy in Directory.GetFiles(_cpis.Data, "upload-000001.*", SearchOption.AllDirectories).Where(f => !f.StartsWith(sent, StringComparison.Ordinal)))
        {
            File.Delete(copy);
        }

        File.WriteAllText(Path.Combine(sent, "upload-000002.about.json"), "{}");
        var result = Recover(5);
        result.GetProperty("unreadable").EnumerateArray().Select(u => u.GetString()!.Split(':')[0]).ShouldBe(
            ["archive/sent/upload-000001.xml", "archive/sent/upload-000002.about.json"], ignoreOrder: true);
        result.GetProperty("not_rebuilt").EnumerateArray().Single().GetInt64().ShouldBe(1);

        // The second file is there, by its bytes alone, with its answer.
        _cpis.Query("SELECT status, outcome FROM cpis_file WHERE file_number = 1").Single()["status"].ShouldBe("void");
        _cpis.Query("SELECT outcome FROM cpis_file WHERE file_number = 2").Single()["outcome"].ShouldNotBeEmpty();
        LastNumber().ShouldBe(sequence);
        _cpis.Nightly("2026-03-13", Cpis.DoneInAnyCase).Json.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("number").GetInt64()).Min().ShouldBe(sequence + 1);
    }

    [Fact]
    public void A_backup_from_the_middle_of_a_night_learns_what_was_sent_and_what_was_only_begun()
    {
        _cpis.Configure("CPIS__Payload__MaxRecordsPerFile", "1");
        foreach (var i in new[] { 1, 2 })
        {
            _cpis.Source.Person($"P{i}", Numbers.Of(i), "Family", "Given", "2018-05-04");
            _cpis.Source.Plan($"L{i}", $"P{i}", "2026-01-15");
        }

        _cpis.Source.Write();
        _cpis.Run("db", "load", "--from", _cpis.Source.Folder).ShouldExit(0);
        _cpis.Run("extract", "--as-of", "2026-03-10").ShouldExit(0);
        _cpis.Run("transform", "--as-of", "2026-03-10").ShouldExit(0);
        _cpis.BackUp("restored");
        _cpis.Run("submit", "--as-of", "2026-03-10").ShouldExit(0);
        _cpis.Restore("restored");

        // As if the power had failed before the outcome of the second was written down.
        var about = Path.Combine(_cpis.Data, "archive", "sent", "upload-000002.about.json");
        var told = JsonDocument.Parse(File.ReadAllText(about)).RootElement.GetProperty("told_at").GetRawText();
        File.WriteAllText(about, File.ReadAllText(about).Replace($"\"told_at\": {told}", "\"told_at\": null", StringComparison.Ordinal));

        _cpis.Run("nightly", "--as-of", "2026-03-11").ShouldExit(5);
        Recover().GetProperty("files").GetArrayLength().ShouldBe(2);
        _cpis.Query("SELECT status FROM cpis_file ORDER BY file_number").Select(f => f["status"]).ShouldBe(["sent", "sending"]);
        var night = _cpis.Nightly("2026-03-11", Cpis.DoneInAnyCase);
        night.Files.ShouldBe(0);
        night.Decisions.ShouldAllBe(d => d["decision"] == "unchanged");
        _cpis.Query("SELECT status FROM cpis_file ORDER BY file_number").Select(f => f["status"]).ShouldBe(["sent", "sent"]);
        _cpis.CpIs.TakeAndConfirmAll().Count.ShouldBe(2);
    }

    [Fact]
    public void An_answer_to_a_number_not_used_yet_stops_the_night_before_anything_is_sent_until_the_sequence_is_past_it()
    {
        Council();
        _cpis.Nightly("2026-03-10");
        _cpis.CpIs.TakeAndConfirmAll();
        _cpis.CpIs.Acknowledge(7, "CPF02", []);

        // So far ahead no number of ours can be: an alert, no more.
        _cpis.CpIs.Acknowledge(999999999999, "CPF02", []);
        Change(2);

        _cpis.Source.Write();
        _cpis.Run("db", "load", "--from", _cpis.Source.Folder).ShouldExit(0);
        _cpis.Run("nightly", "--as-of", "2026-03-11").ShouldExit(5);
        _cpis.Run("transform", "--as-of", "2026-03-11").ShouldExit(5);
        _cpis.Run("submit", "--as-of", "2026-03-11").ShouldExit(5);
        Outbox().ShouldBeEmpty();
        _cpis.Json(5, "2026-03-11", "status").GetProperty("beyond").GetProperty("answers").EnumerateArray().Single().GetInt64().ShouldBe(7);

        Recover().GetProperty("last_number").GetInt64().ShouldBe(7);
        _cpis.Nightly("2026-03-11", expectedExit: 5).Json.GetProperty("files").EnumerateArray().Single().GetProperty("number").GetInt64().ShouldBe(8);
    }

    [Fact]
    public void A_business_date_far_ahead_by_mistake_is_taken_back_by_an_operators_word()
    {
        Council();
        _cpis.Nightly("2026-03-10");
        _cpis.Nightly("2062-03-10", Cpis.DoneInAnyCase);
        var refused = _cpis.Run("nightly", "--as-of", "2026-03-11");
        refused.ShouldExit(2);
        refused.Error.ShouldContain("2062-03-10");

        // Without a date nothing is taken back.
        _cpis.Run("db", "recover").ShouldExit(0);
        _cpis.Run("nightly", "--as-of", "2026-03-11").ShouldExit(2);

        _cpis.Run("db", "recover", "--as-of", "2026-03-11").ShouldExit(0);
        _cpis.Query("SELECT file_number FROM cpis_file WHERE told_at > '2026-03-12'").ShouldBeEmpty();
        _cpis.Query("SELECT nhs_number FROM cpis_lapse WHERE lapsed_on > '2026-03-12'").ShouldBeEmpty();
        _cpis.CpIs.TakeAndConfirmAll();
        var night = _cpis.Nightly("2026-03-12", Cpis.DoneInAnyCase);
        night.Decisions.Where(d => d["decision"] != "withheld").ShouldAllBe(d => d["decision"] == "unchanged");
    }

    private void ThreeNights(Action<int> after)
    {
        Council();
        _cpis.Nightly("2026-03-10");
        Answer(1);
        after(1);
        Change(2);
        _cpis.Nightly("2026-03-11", Cpis.DoneInAnyCase);
        Answer(2);
        after(2);
        Change(3);
        _cpis.Nightly("2026-03-12", Cpis.DoneInAnyCase);
        after(3);
    }

    private void Council()
    {
        var c = _cpis.Source;
        c.Person("P1", Numbers.Of(1), "One", "Olive Ann", "2018-05-04");
        c.Plan("L1", "P1", "2026-01-15");
        c.Person("P2", Numbers.Of(2), "O'Two-Čech", "Toby", "2012-01-31");
        c.Status("S2", "P2", "C2", "2025-06-01");
        c.Person("P3", Numbers.Of(3), "Three", "Tess", "2020-02-29");
        c.Plan("L3", "P3", "2026-01-20");
        c.Person("P5", Numbers.Of(5), "Five", "Freya", "2016-08-08");
        c.Plan("L5", "P5", "2025-11-01", "2026-02-01");
        c.Person("P9", Numbers.Of(9), "Mother", "Mia", "1995-09-09");
        c.Unborn("P8", "P9", "2026-06-01");
        c.Plan("L8", "P8", "2026-02-20");
    }

    private void Change(int night)
    {
        var c = _cpis.Source;
        switch (night)
        {
            case 2:
                c.Plans["L1"]["end_date"] = "2026-03-10";
                c.People["P2"]["family_name"] = "Newname";
                c.Person("P6", Numbers.Of(6), "Six", "Sam", "2019-09-09");
                c.Plan("L6", "P6", "2026-03-09");
                break;
            case 3:
                c.Plans.Remove("L5");
                c.People["P3"]["nhs_number"] = Numbers.Of(33);
                break;
            default:
                c.People["P8"]["is_unborn"] = "0";
                c.People["P8"]["date_of_birth"] = "2026-03-12";
                c.People["P8"]["nhs_number"] = Numbers.Of(8);
                c.People["P6"]["family_name"] = "Changed";
                break;
        }
    }

    /// <summary>CP-IS takes and answers the file of a night, which sent the same in hl7v3, and somebody looks.</summary>
    private void Answer(int night)
    {
        var transform = Directory.GetFiles(Path.Combine(_cpis.Data, "runs"), $"upload-{night:D6}.xml", SearchOption.AllDirectories).Single();
        if (!File.Exists(Path.Combine(_cpis.Outbox, Path.GetFileName(transform))))
        {
            File.Copy(transform, Path.Combine(_cpis.Outbox, Path.GetFileName(transform)));
        }

        var records = _cpis.CpIs.Take(night);
        foreach (var other in Directory.GetFiles(_cpis.Outbox))
        {
            File.Delete(other);
        }

        _cpis.CpIs.Acknowledge(night, "CPF03", [.. records.Select(r => (r, night == 2 && r.LocalId == "P2" ? "CPR03" : "CPR06"))]);
        _cpis.CpIs.Access(
            (Guid.NewGuid(), $"202603{10 + night}093000+0000", Numbers.Of(9), "P9", night, "Mia", "RMW"),
            (Guid.NewGuid(), $"202603{10 + night}013000+0000", Numbers.Of(2), "P2", night, "Nora", "RXX"));
        if (night == 2)
        {
            _cpis.CpIs.Inactive(Numbers.Of(5), "P5", 1);
            _cpis.CpIs.Put("broken.xml", "<File>");
        }
    }

    private JsonElement Recover(int expectedExit, params string[] options)
    {
        var finished = _cpis.Run(["db", "recover", "--json", .. options]);
        finished.ShouldExit(expectedExit);
        return JsonDocument.Parse(finished.Output).RootElement;
    }

    private JsonElement Recover(params string[] options)
    {
        var finished = _cpis.Run(["db", "recover", "--json", .. options]);
        (finished.ExitCode is 0 or 5).ShouldBeTrue(finished.Error);
        return JsonDocument.Parse(finished.Output).RootElement;
    }

    private IReadOnlyList<string> Snapshot() =>
        [.. new[] { Ledger, Records, Files, Audit, Inactive }.SelectMany(sql => _cpis.Query(sql)).Select(Cells)];

    private static string Cells(IReadOnlyDictionary<string, string> row) => string.Join('|', row.Values);

    private long LastNumber() => long.Parse(
        _cpis.Query("SELECT MAX(n) AS n FROM (SELECT 0 AS n UNION ALL SELECT last_number FROM cpis_sequence UNION ALL SELECT file_number FROM cpis_file) AS used")[0]["n"], CultureInfo.InvariantCulture);

    private IReadOnlyList<string> Outbox() => Directory.Exists(_cpis.Outbox) ? [.. Directory.GetFiles(_cpis.Outbox).Order(StringComparer.Ordinal)] : [];

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
