using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>What cannot be handed over is tried again, holds nothing else up, and after a second night calls somebody.</summary>
public sealed class OutboxTests : IDisposable
{
    private const string Stuck = "SELECT status, recipient_kind, subject FROM cpis_alert WHERE alert_type = 'file-rejected' ORDER BY alert_id";
    private readonly Cpis _cpis = new();

    public void Dispose() => _cpis.Dispose();

    [Fact]
    public void A_file_that_keeps_failing_lets_the_next_pass_and_becomes_one_alert_that_closes_when_it_goes_out()
    {
        _cpis.Configure("CPIS__Payload__MaxRecordsPerFile", "1");
        People(3);
        var obstacle = Path.Combine(_cpis.Outbox, "upload-000002.xml");
        Directory.CreateDirectory(obstacle);

        // The first failure is the next run's business.
        _cpis.Nightly("2026-03-10", expectedExit: 3);
        Sent().ShouldBe("1 3");
        _cpis.Query(Stuck).ShouldBeEmpty();

        // A second night calls the duty role, once, however often it is tried.
        _cpis.Nightly("2026-03-11", expectedExit: 5);
        _cpis.Run("submit", "--as-of", "2026-03-11").ShouldExit(5);
        _cpis.Json(5, "2026-03-11", "status").GetProperty("operator").GetProperty("stuck").GetInt32().ShouldBe(1);
        var alert = _cpis.Query(Stuck).Single();
        alert["status"].ShouldBe("open");
        alert["recipient_kind"].ShouldBe("role");
        alert["subject"].ShouldContain("000002");

        Directory.Delete(obstacle);
        _cpis.Run("submit", "--as-of", "2026-03-11").ShouldExit(0);
        Sent().ShouldBe("1 2 3");
        _cpis.Query(Stuck).Single()["status"].ShouldBe("completed");
        _cpis.CpIs.TakeAndConfirmAll().Count.ShouldBe(3);
        _cpis.Nightly("2026-03-12").Files.ShouldBe(0);
    }

    [Fact]
    public void N4_a_number_corrected_while_the_file_with_the_wrong_one_was_kept_up_is_taken_from_CP_IS_again_once_that_file_has_arrived()
    {
        People(1);
        _cpis.Nightly("2026-03-10");
        _cpis.CpIs.TakeAndConfirmAll();

        // The second file has begun to go out and cannot; the third, with the right number, passes it and is answered.
        var obstacle = Path.Combine(_cpis.Outbox, "upload-000002.xml");
        Directory.CreateDirectory(obstacle);
        _cpis.Source.People["P1"]["family_name"] = "Other";
        _cpis.Nightly("2026-03-11", expectedExit: 3);
        _cpis.Source.People["P1"]["nhs_number"] = Numbers.Of(7);
        _cpis.Nightly("2026-03-12", expectedExit: 5);
        _cpis.CpIs.TakeAndConfirmAll().Count.ShouldBe(2);
        Directory.Delete(obstacle);
        _cpis.Nightly("2026-03-13", Cpis.DoneInAnyCase);
        _cpis.CpIs.TakeAndConfirmAll().Single().Number.ShouldBe(Numbers.Of(1));

        // What came last is what CP-IS holds: the wrong child would stay flagged.
        _cpis.Nightly("2026-03-14", Cpis.DoneInAnyCase).Files.ShouldBe(1);
        var removal = _cpis.CpIs.TakeAndConfirmAll().Single();
        (removal.Number, removal.Delete).ShouldBe((Numbers.Of(1), "2026-03-14"));
        _cpis.Nightly("2026-03-15", Cpis.DoneInAnyCase).Files.ShouldBe(0);
    }

    [Fact]
    public void An_outbox_that_is_down_night_after_night_is_one_alert_although_each_night_makes_a_new_file()
    {
        People(1);
        Directory.CreateDirectory(_cpis.Data);
        File.WriteAllText(_cpis.Outbox, string.Empty);

        _cpis.Nightly("2026-03-10", expectedExit: 3);
        _cpis.Nightly("2026-03-11", expectedExit: 5);
        _cpis.Nightly("2026-03-12", expectedExit: 5);
        Sent().ShouldBeEmpty();
        _cpis.Query(Stuck).Single()["status"].ShouldBe("open");
        Directory.Exists(Path.Combine(_cpis.Data, "archive", "sent")).ShouldBeFalse();

        File.Delete(_cpis.Outbox);
        _cpis.Nightly("2026-03-13").Json.GetProperty("files")[0].GetProperty("status").GetString().ShouldBe("sent");
        _cpis.Query(Stuck).Single()["status"].ShouldBe("completed");
    }

    [Fact]
    public void A_stored_or_quarantined_message_is_applied_again_by_its_id()
    {
        People(1);
        _cpis.Nightly("2026-03-10");
        _cpis.CpIs.TakeAndConfirmAll();
        _cpis.CpIs.Access((Guid.NewGuid(), "20260310231500+0000", Numbers.Of(1), "P1", 1, "Nora", "RXX"));
        _cpis.Nightly("2026-03-11");
        const string Counts = "SELECT (SELECT COUNT(*) FROM cpis_access_audit) AS a, (SELECT COUNT(*) FROM cpis_alert) AS b, (SELECT COUNT(*) FROM cpis_inbound) AS c";
        var before = _cpis.Query(Counts)[0].Values;

        Replay(999).ShouldExit(2);
        Replay(1).ShouldExit(0);
        Replay(2).ShouldExit(0);
        _cpis.Query(Counts)[0].Values.ShouldBe(before);

        // For another council, as long as the configuration says so.
        _cpis.CpIs.OdsCode = "Y88";
        _cpis.CpIs.Access((Guid.NewGuid(), "20260311101500+0000", Numbers.Of(1), "P1", 1, "Nils", "RXX"));
        _cpis.Run("ingest-access", "--as-of", "2026-03-11").ShouldExit(5);
        _cpis.Json(5, "2026-03-11", "status").GetProperty("quarantined")[0].GetProperty("inbound_id").GetInt64().ShouldBe(3);
        Replay(3).ShouldExit(5);
        _cpis.Query("SELECT COUNT(*) AS n FROM cpis_alert WHERE alert_type = 'quarantined'")[0]["n"].ShouldBe("1");
        _cpis.Configure("CPIS__Authority__Code", "999");
        _cpis.Configure("CPIS__Authority__OdsCode", "Y88");
        _cpis.Configure("CPIS__Authority__Name", "COUNCIL");
        _cpis.Configure("CPIS__Authority__OfficePhone", "01632960001");
        _cpis.Configure("CPIS__Authority__EmergencyDutyPhone", "01632960002");
        Replay(3).ShouldExit(0);
        _cpis.Query("SELECT COUNT(*) AS n FROM cpis_access_audit")[0]["n"].ShouldBe("2");
        Directory.GetFiles(Path.Combine(_cpis.Data, "quarantine")).ShouldBeEmpty();

        // Too large to be read, until the limit allows it.
        _cpis.Configure("CPIS__Inbound__MaxMegabytes", "1");
        var large = _cpis.CpIs.Access((Guid.NewGuid(), "20260311111500+0000", Numbers.Of(1), "P1", 1, "Nell", "RXX"));
        File.AppendAllText(large, $"<!--{new string('x', 1 << 20)}-->");
        _cpis.Run("ingest-access", "--as-of", "2026-03-11").ShouldExit(5);
        var refused = Replay(4);
        refused.ShouldExit(2);
        refused.Error.ShouldContain("Inbound:MaxMegabytes");
        _cpis.Configure("CPIS__Inbound__MaxMegabytes", "2");
        Replay(4).ShouldExit(0);
        _cpis.Query("SELECT COUNT(*) AS n FROM cpis_access_audit")[0]["n"].ShouldBe("3");
        _cpis.Run("status", "--as-of", "2026-03-11").Output.ShouldNotContain("--replay");
    }

    private Finished Replay(int inboundId) => _cpis.Run("ingest-access", "--replay", $"{inboundId}", "--as-of", "2026-03-11");

    private string Sent() => string.Join(' ', _cpis.Query("SELECT file_number FROM cpis_file WHERE status = 'sent' ORDER BY 1").Select(f => f["file_number"]));

    private void People(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            _cpis.Source.Person($"P{i}", Numbers.Of(i), "Family", "Given", "2018-05-04");
            _cpis.Source.Plan($"L{i}", $"P{i}", "2026-01-15");
        }
    }
}
