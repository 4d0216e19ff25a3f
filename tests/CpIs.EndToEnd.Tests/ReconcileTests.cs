using System.Text.Json;
using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>What reconcile finds, over the built program.</summary>
public class ReconcileTests
{
    [Fact]
    public void K4_reconcile_lists_what_is_outstanding_and_writes_it_as_csv()
    {
        using var cpis = new Cpis();
        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04", changed: "2026-03-10T00:00:00Z");
        cpis.Source.Plan("L1", "P1", "2026-01-15", changed: "2026-03-10T00:00:00Z");
        cpis.Source.Person("P2", null, "Two", "Toby", "2012-01-31");
        cpis.Source.Plan("L2", "P2", "2026-01-15");
        cpis.Source.Person("P3", Numbers.Of(3), "Three", "Tess", "2008-03-01");
        cpis.Source.Plan("L3", "P3", "2026-01-15");
        cpis.Source.Person("P4", Numbers.Of(4), "Four", "Finn", "2019-03-01");
        cpis.Source.Plan("L4", "P4", "2026-01-15");
        cpis.Nightly("2026-03-10");
        var file = cpis.CpIs.Waiting.Single();
        var told = cpis.CpIs.Take(file);

        // Only the refused one is answered: the file as a whole is, and the other record is not.
        cpis.CpIs.Acknowledge(file, "CPF03", [(told.Single(r => r.LocalId == "P4"), "CPR01")]);
        cpis.Json(5, "2026-03-11", "ingest-access");
        cpis.Source.Plans["L1"]["end_date"] = "2026-03-11";
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);

        var found = cpis.Json(5, "2026-03-13", "reconcile", "--out", Path.Combine(cpis.Root, "found"));
        var kinds = Kinds(found);
        kinds.ShouldContain(("upload-rejected", "P4"));
        kinds.ShouldContain(("nhs-number-missing", "P2"));
        kinds.ShouldContain(("open-past-18", "P3"));
        kinds.ShouldContain(("drift", "P1"));
        kinds.ShouldContain(("alert-past-due", "P2"));
        kinds.ShouldNotContain(("alert-past-due", "P4"));
        kinds.ShouldNotContain(("drift", "P4"));
        found.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("kind").GetString() == "nhs-number-missing")
            .GetProperty("days").GetInt32().ShouldBe(3);
        CsvTable.Read(Path.Combine(cpis.Root, "found", "findings.csv")).Count.ShouldBe(kinds.Count);
    }

    [Fact]
    public void K4_U9_a_file_without_an_answer_is_listed_after_the_window_and_not_before()
    {
        using var cpis = new Cpis();
        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Nightly("2026-03-10");
        Kinds(cpis.Json(0, "2026-03-11", "reconcile")).ShouldNotContain(k => k.Kind == "unanswered-file");
        Kinds(cpis.Json(5, "2026-03-13", "reconcile")).ShouldContain(k => k.Kind == "unanswered-file");
        cpis.Query("SELECT alert_id FROM cpis_alert WHERE alert_type = 'no-acknowledgement'").Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("2026-03-10", false)]
    [InlineData("2026-03-12", true)]
    public void A9_an_access_that_became_an_alert_a_day_after_its_notification_is_flagged(string takenIn, bool late)
    {
        using var cpis = new Cpis();
        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Nightly("2026-03-10");
        cpis.CpIs.TakeAndConfirmAll();

        // The notification says that it was made on 10 March at 05:00.
        cpis.CpIs.Access((Guid.NewGuid(), "20260310043000+0000", Numbers.Of(1), "P1", 1, "Nora", "RXX"));
        cpis.Json(0, takenIn, "ingest-access");
        Kinds(cpis.Json(0, takenIn, "reconcile")).Contains(("late-alert", "P1")).ShouldBe(late);
    }

    [Theory]
    [InlineData(20, false)]
    [InlineData(19, true)]
    public void K5_a_match_rate_below_95_percent_is_said(int people, bool said)
    {
        using var cpis = new Cpis();
        for (var i = 1; i <= people; i++)
        {
            cpis.Source.Person($"P{i}", i == 1 ? null : Numbers.Of(i), "Family", "Given", "2018-05-04");
            cpis.Source.Plan($"L{i}", $"P{i}", "2026-01-15");
        }

        var night = cpis.Nightly("2026-03-10");
        night.Json.GetProperty("match_rate").GetDecimal().ShouldBe(Math.Round((people - 1m) / people, 4));
        Kinds(night.Json).Exists(k => k.Kind == "match-rate").ShouldBe(said);
    }

    private static List<(string Kind, string? Person)> Kinds(JsonElement result) =>
    [
        .. result.GetProperty("findings").EnumerateArray().Select(f => (f.GetProperty("kind").GetString()!, f.GetProperty("person_id").GetString())),
    ];
}
