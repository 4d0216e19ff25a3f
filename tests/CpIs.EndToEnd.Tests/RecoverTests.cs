using System.Text.Json;
using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>A database that is older than what was sent and received is noticed, and made as good as new from the archive.</summary>
public sealed class RecoverTests : IDisposable
{
    private readonly Cpis _cpis = new();
    private readonly LosingCouncil _council;

    public RecoverTests() => _council = new LosingCouncil(_cpis, _cpis.CpIs, _cpis.Outbox) { Taken = _ => EmptyOutbox() };

    public void Dispose() => _cpis.Dispose();

    [Theory]
    [InlineData(1, "hl7v3")]
    [InlineData(0, "fhir")]
    [InlineData(0, "flat")]
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
            _council.Backup();
        }

        _council.ThreeNights(after: night =>
        {
            if (night == nightsInBackup)
            {
                _council.Backup();
            }
        });
        var original = _council.Snapshot();
        var sequence = _council.LastNumber();
        var aside = _council.PutAside();

        _council.Restore();

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
        var plan = _council.Recover("--dry-run");
        plan.GetProperty("files").GetArrayLength().ShouldBeGreaterThan(0);
        plan.GetProperty("last_number").GetInt64().ShouldBe(sequence);
        _council.LastNumber().ShouldBeLessThan(sequence);
        _cpis.Run("status").ShouldExit(5);

        // A record lapses again with the next night; until then it stands as last told.
        _council.Recover();
        _council.Snapshot().ShouldBe(original);
        _council.LastNumber().ShouldBe(sequence);
        var alerts = _cpis.Query("SELECT COUNT(*) AS n FROM cpis_alert")[0]["n"];

        // Twice changes nothing.
        var again = _council.Recover();
        again.GetProperty("files").GetArrayLength().ShouldBe(0);
        again.GetProperty("messages").GetArrayLength().ShouldBe(0);
        _council.Snapshot().ShouldBe(original);
        _cpis.Query("SELECT COUNT(*) AS n FROM cpis_alert")[0]["n"].ShouldBe(alerts);

        // The fourth night on both.
        var recovered = _council.Fourth();
        recovered.Files.ShouldNotBeEmpty();
        recovered.Files.Min().ShouldBe(sequence + 1);
        _council.TakeBack(aside);
        recovered.ShouldBeAs(_council.Fourth());
    }

    [Fact]
    public void What_cannot_be_read_is_named_and_left_out_and_the_number_is_never_used_again()
    {
        _cpis.Run("db", "init").ShouldExit(0);
        _council.Backup();
        _council.ThreeNights(after: _ => { });
        var sequence = _council.LastNumber();
        _council.Restore();
        var sent = Path.Combine(_cpis.Data, "archive", "sent");
        File.WriteAllText(Path.Combine(sent, "upload-000001.xml"), "<File>torn");
        foreach (var copy in Directory.GetFiles(_cpis.Data, "upload-000001.*", SearchOption.AllDirectories).Where(f => !f.StartsWith(sent, StringComparison.Ordinal)))
        {
            File.Delete(copy);
        }

        File.WriteAllText(Path.Combine(sent, "upload-000002.about.json"), "{}");
        var result = _council.Recover(5);
        result.GetProperty("unreadable").EnumerateArray().Select(u => u.GetString()!.Split(':')[0]).ShouldBe(
            ["archive/sent/upload-000001.xml", "archive/sent/upload-000002.about.json"], ignoreOrder: true);
        result.GetProperty("not_rebuilt").EnumerateArray().Single().GetInt64().ShouldBe(1);

        // The second file is there, by its bytes alone, with its answer.
        _cpis.Query("SELECT status, outcome FROM cpis_file WHERE file_number = 1").Single()["status"].ShouldBe("void");
        _cpis.Query("SELECT outcome FROM cpis_file WHERE file_number = 2").Single()["outcome"].ShouldNotBeEmpty();
        _council.LastNumber().ShouldBe(sequence);
        _cpis.Nightly("2026-03-13", Cpis.DoneInAnyCase).Json.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("number").GetInt64()).Min().ShouldBe(sequence + 1);
    }

    [Fact]
    public void A_payload_that_lies_in_a_run_folder_alone_is_named_where_the_archive_is_not_whole()
    {
        _council.People();
        _cpis.Nightly("2026-03-10");
        _council.Answer(1);
        _council.Backup();
        _council.Change(2);
        _cpis.Nightly("2026-03-11", Cpis.DoneInAnyCase);
        EmptyOutbox();
        _council.Restore();
        Directory.Delete(Path.Combine(_cpis.Data, "archive"), recursive: true);

        var result = _council.Recover(5);
        result.GetProperty("unreadable").EnumerateArray().Single().GetString()!.ShouldContain("upload-000002.xml");
        _cpis.Query("SELECT status FROM cpis_file WHERE file_number = 2").Single()["status"].ShouldBe("void");
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
        _council.Backup();
        _cpis.Run("submit", "--as-of", "2026-03-10").ShouldExit(0);
        _council.Restore();

        // As if the power had failed before the outcome of the second was written down.
        var about = Path.Combine(_cpis.Data, "archive", "sent", "upload-000002.about.json");
        var told = JsonDocument.Parse(File.ReadAllText(about)).RootElement.GetProperty("told_at").GetRawText();
        File.WriteAllText(about, File.ReadAllText(about).Replace($"\"told_at\": {told}", "\"told_at\": null", StringComparison.Ordinal));

        _cpis.Run("nightly", "--as-of", "2026-03-11").ShouldExit(5);
        _council.Recover().GetProperty("files").GetArrayLength().ShouldBe(2);
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
        _council.People();
        _cpis.Nightly("2026-03-10");
        _cpis.CpIs.TakeAndConfirmAll();
        _cpis.CpIs.Acknowledge(7, "CPF02", []);

        // So far ahead no number of ours can be: an alert, no more.
        _cpis.CpIs.Acknowledge(999999999999, "CPF02", []);
        _council.Change(2);

        _cpis.Source.Write();
        _cpis.Run("db", "load", "--from", _cpis.Source.Folder).ShouldExit(0);
        _cpis.Run("nightly", "--as-of", "2026-03-11").ShouldExit(5);
        _cpis.Run("transform", "--as-of", "2026-03-11").ShouldExit(5);
        _cpis.Run("submit", "--as-of", "2026-03-11").ShouldExit(5);
        Outbox().ShouldBeEmpty();
        _cpis.Json(5, "2026-03-11", "status").GetProperty("beyond").GetProperty("answers").EnumerateArray().Single().GetInt64().ShouldBe(7);

        _council.Recover().GetProperty("last_number").GetInt64().ShouldBe(7);
        _cpis.Nightly("2026-03-11", expectedExit: 5).Json.GetProperty("files").EnumerateArray().Single().GetProperty("number").GetInt64().ShouldBe(8);
    }

    [Fact]
    public void A_business_date_far_ahead_by_mistake_is_taken_back_by_an_operators_word()
    {
        _council.People();
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

    private IReadOnlyList<string> Outbox() => Directory.Exists(_cpis.Outbox) ? [.. Directory.GetFiles(_cpis.Outbox).Order(StringComparer.Ordinal)] : [];

    private void EmptyOutbox()
    {
        foreach (var file in Outbox())
        {
            File.Delete(file);
        }
    }
}
