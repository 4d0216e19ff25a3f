using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>Nights of a small council, one after the other, over the built program, a real database and real folders.</summary>
public class TwoNightsTests
{
    private const string FirstNight = "2026-03-10";
    private const string SecondNight = "2026-03-11";

    [Fact]
    public void A_first_night_tells_everyone_who_is_shared_and_a_quiet_second_night_sends_nothing_U1()
    {
        using var cpis = Council();

        var first = cpis.Nightly(FirstNight);
        first.Summary.ShouldBe(
        [
            "P1 CPP new", "P2 LAC new", "P3 CPP withheld:nhs-number-missing", "P4 LAC withheld:legal-status-not-shared", "P5 CPP new", "P5 LAC new", "P9 UCPP new",
        ]);
        var told = cpis.CpIs.TakeAndConfirmAll();
        told.Select(r => r.Brief).ShouldBe(
            ["CPP 2026-01-15", "LAC 2025-06-01", "CPP 2025-11-01..2026-02-01", "LAC 2026-02-01", "UCPP 2026-02-20..2026-06-01"], ignoreOrder: true);
        told.Single(r => r.PlanType == "UCPP").Family.ShouldBe("Mother");

        var second = cpis.Nightly(SecondNight);
        second.Files.ShouldBe(0);
        second.Decisions.Where(d => d["decision"] != "withheld").ShouldAllBe(d => d["decision"] == "unchanged");
        cpis.CpIs.Waiting.ShouldBeEmpty();
    }

    [Fact]
    public void Changes_between_nights_are_sent_and_nothing_else()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();

        cpis.Source.Plans["L1"]["end_date"] = "2026-03-10";
        cpis.Source.Plans["L1"]["changed_at"] = "2026-03-10T15:00:00Z";
        cpis.Source.People["P2"]["family_name"] = "Newname";
        cpis.Source.People["P2"]["changed_at"] = "2026-03-10T15:00:00Z";
        cpis.Source.Plans["L5"]["recorded_in_error"] = "1";
        cpis.Source.People["P3"]["nhs_number"] = Numbers.Of(3);

        var second = cpis.Nightly(SecondNight);
        second.Of("P1", "CPP")["decision"].ShouldBe("end");
        second.Of("P2", "LAC")["decision"].ShouldBe("update");
        second.Of("P3", "CPP")["decision"].ShouldBe("new");
        second.Of("P5", "CPP")["decision"].ShouldBe("remove");
        second.Of("P5", "CPP")["reason"].ShouldBe("recorded-in-error");
        second.Of("P5", "CPP")["delete_date"].ShouldBe(SecondNight);
        cpis.CpIs.TakeAndConfirmAll().Select(r => r.Brief).ShouldBe(
            ["CPP 2026-01-15..2026-03-10", "LAC 2025-06-01", "CPP 2026-01-20", "CPP 2025-11-01..2026-02-01 removed"], ignoreOrder: true);
        cpis.Nightly("2026-03-12").Files.ShouldBe(0);
    }

    [Fact]
    public void U9_a_lost_acknowledgement_is_waited_for_and_then_the_record_is_sent_again_under_a_new_number_U6()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        var file = cpis.CpIs.Waiting.Single();
        cpis.CpIs.Take(file);

        cpis.Nightly(SecondNight).Files.ShouldBe(0);
        var third = cpis.Nightly("2026-03-13", expectedExit: 5);
        third.Files.ShouldBe(1);
        cpis.CpIs.Waiting.Single().ShouldBe(file + 1);
        third.Decisions.Where(d => d["decision"] != "withheld").ShouldAllBe(d => d["decision"] == "new");
        cpis.Query("SELECT alert_type FROM cpis_alert WHERE status = 'open' AND alert_type = 'no-acknowledgement'").Count.ShouldBe(1);
    }

    [Fact]
    public void K1_a_rejected_record_is_withheld_with_an_alert_until_it_is_corrected()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        var file = cpis.CpIs.Waiting.Single();
        var records = cpis.CpIs.Take(file);
        cpis.CpIs.Acknowledge(file, "CPF03", [.. records.Select(r => (r, r.LocalId == "P1" ? "CPR03" : "CPR06"))]);

        var second = cpis.Nightly(SecondNight, expectedExit: 5);
        second.Of("P1", "CPP")["reason"].ShouldBe("upload-rejected");
        second.Files.ShouldBe(0);
        cpis.Query("SELECT recipient_kind, recipient_id FROM cpis_alert WHERE alert_type = 'upload-rejected' AND person_id = 'P1' ORDER BY recipient_kind")
            .Select(a => a["recipient_kind"] + " " + a["recipient_id"]).ShouldBe(["manager M1", "worker W1"]);

        cpis.Source.People["P1"]["family_name"] = "Corrected";
        var third = cpis.Nightly("2026-03-12");
        third.Of("P1", "CPP")["decision"].ShouldBe("new");
        cpis.CpIs.TakeAndConfirmAll().Single().Family.ShouldBe("Corrected");
        cpis.Nightly("2026-03-13").Of("P1", "CPP")["decision"].ShouldBe("unchanged");
    }

    [Fact]
    public void S9_after_the_birth_the_mothers_record_ends_in_the_file_that_brings_the_childs_own()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();

        var baby = cpis.Source.People["P8"];
        baby["is_unborn"] = "0";
        baby["date_of_birth"] = "2026-03-10";
        var second = cpis.Nightly(SecondNight);
        second.Of("P8", "CPP")["reason"].ShouldBe("nhs-number-missing");
        second.Of("P9", "UCPP")["decision"].ShouldBe("unchanged");
        second.Files.ShouldBe(0);

        baby["nhs_number"] = Numbers.Of(8);
        baby["given_names"] = "Bonny";
        var third = cpis.Nightly("2026-03-12");
        third.Files.ShouldBe(1);
        cpis.CpIs.TakeAndConfirmAll().Select(r => r.Brief).ShouldBe(["CPP 2026-03-10", "UCPP 2026-02-20..2026-03-10"], ignoreOrder: true);
        cpis.Nightly("2026-03-13").Files.ShouldBe(0);
    }

    [Fact]
    public void U3_a_plan_that_was_entered_anew_stands_when_its_childs_number_is_lost()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();
        cpis.Source.Plans.Remove("L1", out var plan);
        plan!["plan_id"] = "L1-anew";
        cpis.Source.Plans["L1-anew"] = plan;
        var second = cpis.Nightly(SecondNight);
        second.Of("P1", "CPP")["decision"].ShouldBe("unchanged");
        second.Files.ShouldBe(0);

        cpis.Source.People["P1"]["nhs_number"] = null;

        var third = cpis.Nightly("2026-03-12");
        third.Of("P1", "CPP")["reason"].ShouldBe("nhs-number-missing");
        third.Files.ShouldBe(0);
    }

    [Fact]
    public void N4_a_changed_number_brings_a_new_record_and_a_removal_of_the_old_in_one_file()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();

        cpis.Source.People["P1"]["nhs_number"] = Numbers.Of(77);
        var second = cpis.Nightly(SecondNight);
        second.Files.ShouldBe(1);
        cpis.CpIs.TakeAndConfirmAll().Select(r => $"{r.Number} {r.Brief}").ShouldBe(
            [$"{Numbers.Of(1)} CPP 2026-01-15 removed", $"{Numbers.Of(77)} CPP 2026-01-15"], ignoreOrder: true);
        second.Decisions.Single(d => d["decision"] == "remove")["reason"].ShouldBe("nhs-number-replaced");
    }

    [Fact]
    public void N3_A6_an_inactive_number_is_withheld_until_the_care_database_holds_another()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();
        cpis.CpIs.Inactive(Numbers.Of(1), "P1", 1, Numbers.Of(91));

        var second = cpis.Nightly(SecondNight);
        second.Of("P1", "CPP")["reason"].ShouldBe("nhs-number-inactive");
        var alerts = cpis.Query("SELECT recipient_id, description FROM cpis_alert WHERE alert_type = 'nhs-number-inactive'");
        alerts.Select(a => a["recipient_id"]).ShouldBe(["M1", "W1"], ignoreOrder: true);
        alerts.ShouldAllBe(a => a["description"].Contains(Numbers.Of(91)));

        cpis.Source.People["P1"]["nhs_number"] = Numbers.Of(91);
        cpis.Nightly("2026-03-12").Of("P1", "CPP")["decision"].ShouldBe("new");
        cpis.CpIs.TakeAndConfirmAll().Select(r => r.Number).ShouldBe([Numbers.Of(91)]);
    }

    [Fact]
    public void A1_A3_an_access_becomes_an_audit_row_and_two_alerts_once_however_often_it_comes()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();

        var query = Guid.NewGuid();
        var file = cpis.CpIs.Access((query, "20260310231500+0000", Numbers.Of(1), "P1", 1, "Nora", "RXX"));
        var content = File.ReadAllText(file);
        cpis.Nightly(SecondNight).Json.GetProperty("accesses").GetInt32().ShouldBe(1);
        cpis.CpIs.Put("again.xml", content);
        cpis.CpIs.Put("again-differently.xml", content.Replace("<pertinentInformation>", "<pertinentInformation >"));
        cpis.Nightly("2026-03-12").Json.GetProperty("accesses").GetInt32().ShouldBe(0);

        var audit = cpis.Query("SELECT * FROM cpis_access_audit").Single();
        audit["person_id"].ShouldBe("P1");
        audit["nhs_number"].ShouldBe(Numbers.Of(1));
        audit["accessed_at"].ShouldStartWith("2026-03-10T23:15:00");
        audit["accessed_by"].ShouldBe("Nora Nurse");
        audit["organisation_code"].ShouldBe("RXX");
        cpis.Query("SELECT recipient_kind, recipient_id, person_id FROM cpis_alert WHERE alert_type = 'access'")
            .Select(a => $"{a["recipient_kind"]} {a["recipient_id"]} {a["person_id"]}").ShouldBe(["worker W1 P1", "manager M1 P1"], ignoreOrder: true);
    }

    [Fact]
    public void A4_an_access_under_the_mothers_number_reaches_the_unborn_childs_file()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();
        cpis.CpIs.Access((Guid.NewGuid(), "20260311093000+0000", Numbers.Of(9), "P9", 1, "Mia", "RMW"));

        cpis.Nightly("2026-03-12");
        cpis.Query("SELECT person_id FROM cpis_access_audit").Single()["person_id"].ShouldBe("P8");
    }

    [Fact]
    public void U8_a_restricted_run_decides_and_removes_nobody_outside_it()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();

        cpis.Source.Plans.Remove("L1");
        cpis.Source.Plans["L5"]["end_date"] = "2026-02-02";
        cpis.Source.Plans["L5"]["changed_at"] = "2026-03-10T12:00:00Z";
        var person = cpis.Nightly(SecondNight, 0, "--person", "P5");
        person.Decisions.Select(d => d["person_id"]).Distinct().ShouldBe(["P5"]);
        cpis.CpIs.TakeAndConfirmAll().Select(r => r.Brief).ShouldBe(["CPP 2025-11-01..2026-02-02"]);

        cpis.Source.Plans["L5"]["end_date"] = "2026-02-03";
        cpis.Nightly(SecondNight, 0, "--from", "2026-03-11", "--to", "2026-03-12").Decisions.ShouldBeEmpty();
        var range = cpis.Nightly(SecondNight, 0, "--from", "2026-03-10", "--to", "2026-03-10");
        range.Decisions.Select(d => d["person_id"]).Distinct().ShouldBe(["P5"]);

        cpis.Nightly("2026-03-12").Decisions.Single(d => d["decision"] == "remove")["reason"].ShouldBe("gone-from-source");
    }

    [Fact]
    public void U10_an_empty_view_removes_nobody_until_an_operator_confirms()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();

        cpis.Source.Plans.Clear();
        var second = cpis.Nightly(SecondNight, expectedExit: 5);
        second.Files.ShouldBe(0);
        second.Decisions.Where(d => d["reason"] == "gone-from-source").ShouldAllBe(d => d["decision"] == "withheld");
        cpis.Query("SELECT recipient_kind FROM cpis_alert WHERE alert_type = 'vanished'").Single()["recipient_kind"].ShouldBe("role");

        var third = cpis.Nightly("2026-03-12", 5, "--confirm-removals");
        third.Decisions.Count(d => d["decision"] == "remove").ShouldBe(3);
        cpis.CpIs.TakeAndConfirmAll().ShouldAllBe(r => r.Delete == "2026-03-12");
    }

    [Fact]
    public void U10_people_missing_as_a_whole_are_told_although_their_plans_are_there_and_what_is_held_stands()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();

        var people = cpis.Source.People.ToList();
        cpis.Source.People.Clear();
        var second = cpis.Nightly(SecondNight, expectedExit: 5);
        second.Files.ShouldBe(0);
        second.Decisions.ShouldAllBe(d => d["decision"] == "withheld");
        cpis.Query("SELECT recipient_kind FROM cpis_alert WHERE alert_type = 'vanished'").Single()["recipient_kind"].ShouldBe("role");

        people.ForEach(p => cpis.Source.People.Add(p.Key, p.Value));
        cpis.Execute("UPDATE cpis_alert SET status = 'completed', completed_at = '2026-03-11T09:00:00.000Z', completed_by = 'W1' WHERE alert_type = 'vanished'");
        cpis.Nightly("2026-03-12").Decisions.ShouldNotContain(d => d["decision"] == "remove" || d["decision"] == "new");
    }

    [Fact]
    public void S16_a_bad_row_is_set_aside_with_one_alert_and_never_makes_a_child_vanish()
    {
        using var cpis = Council();
        cpis.Nightly(FirstNight);
        cpis.CpIs.TakeAndConfirmAll();

        cpis.Source.Plans["L1"]["start_date"] = "2026-02-30";
        cpis.Source.People["P2"]["is_unborn"] = "maybe";
        var second = cpis.Nightly(SecondNight, expectedExit: 5);
        second.Files.ShouldBe(0);
        second.Of("P1", "CPP")["decision"].ShouldBe("unchanged");
        second.Of("P2", "LAC")["decision"].ShouldBe("unchanged");
        cpis.Query("SELECT alert_id FROM cpis_alert WHERE alert_type = 'bad-source-row'").Count.ShouldBe(1);
    }

    /// <summary>P1 CPP; P2 LAC; P3 CPP without number; P4 with a status that is not shared; P5 an ended CPP and a LAC; P8 unborn, her mother P9.</summary>
    private static Cpis Council()
    {
        var cpis = new Cpis();
        var c = cpis.Source;
        c.Person("P1", Numbers.Of(1), "One", "Olive Ann", "2018-05-04");
        c.Plan("L1", "P1", "2026-01-15");
        c.Person("P2", Numbers.Of(2), "Two", "Toby", "2012-01-31");
        c.Status("S2", "P2", "C2", "2025-06-01");
        c.Person("P3", null, "Three", "Tess", "2020-02-29");
        c.Plan("L3", "P3", "2026-01-20");
        c.Person("P4", Numbers.Of(4), "Four", "Finn", "2015-07-07");
        c.Status("S4", "P4", "E1", "2025-06-01");
        c.Person("P5", Numbers.Of(5), "Five", "Freya", "2016-08-08");
        c.Plan("L5", "P5", "2025-11-01", "2026-02-01");
        c.Status("S5", "P5", "V2", "2026-02-01");
        c.Unborn("P8", "P9", "2026-06-01");
        c.Plan("L8", "P8", "2026-02-20");
        c.Person("P9", Numbers.Of(9), "Mother", "Mona", "1999-01-01");
        return cpis;
    }
}
