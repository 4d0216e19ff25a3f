using System.Text.Json;
using CpIs.EndToEnd.Tests.Harness;
using CpIs.Storage;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>What explain tells, over the built program.</summary>
public class ExplainTests
{
    private static readonly string[] s_kinds = ["care-record", "told", "answered", "access", "alert"];

    [Fact]
    public void A_person_is_explained_with_every_rule_and_all_that_happened_in_order_of_time()
    {
        using var cpis = new Cpis();
        cpis.Source.Person("P1", Numbers.Of(1), "Onefold", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Source.Status("S1", "P1", "E1", "2026-01-15");
        cpis.Nightly("2026-03-10");
        cpis.CpIs.TakeAndConfirmAll();
        cpis.CpIs.Access((Guid.NewGuid(), "20260310083000+0000", Numbers.Of(1), "P1", 1, "Nora", "RXX"));
        cpis.Json(0, "2026-03-11", "ingest-access");
        var before = Dump(cpis);

        var person = cpis.Json(0, "2026-03-11", "explain", "--person", "P1").GetProperty("people").EnumerateArray().ShouldHaveSingleItem();

        var decisions = person.GetProperty("decisions").EnumerateArray().ToList();
        decisions.Select(d => $"{Text(d, "plan_type")} {Text(d, "decision")} {Text(d, "reason")} {Text(d, "rule")}")
            .ShouldBe(["CPP unchanged  U4", "LAC withheld legal-status-not-shared S2"]);
        foreach (var decision in decisions)
        {
            var rules = decision.GetProperty("rules").EnumerateArray().ToList();
            rules.Count(r => r.GetProperty("decisive").GetBoolean()).ShouldBe(1);
            rules.ShouldAllBe(r => Text(r, "input").Length > 0 && Text(r, "outcome").Length > 0);
        }

        var plan = decisions[0].GetProperty("rules").EnumerateArray().Select(r => Text(r, "rule")).ToList();
        new[] { "U3", "S15", "S11", "S1", "S14", "S13", "S12", "S10", "N2", "N1", "N6", "N3", "N5", "U2", "U9", "U1", "U4" }.ShouldBeSubsetOf(plan);
        Text(person.GetProperty("source").GetProperty("people")[0], "family_name").ShouldBe("Onefold");
        Text(person.GetProperty("ledger")[0], "state").ShouldBe("confirmed");
        Text(person.GetProperty("files")[0].GetProperty("records")[0], "answer_code").ShouldBe("CPR06");
        person.GetProperty("accesses").GetArrayLength().ShouldBe(1);
        var timeline = person.GetProperty("timeline").EnumerateArray().ToList();
        timeline.Select(e => e.GetProperty("at").GetDateTimeOffset()).ShouldBeInOrder();
        s_kinds.ShouldBeSubsetOf(timeline.Select(e => Text(e, "kind")));

        var told = cpis.Run("explain", "--person", "P1", "--as-of", "2026-03-11");
        told.ShouldExit(0);
        told.Output.ShouldContain("The child protection plan from 15 January 2026: CP-IS holds it.");
        told.Output.ShouldContain("This status is not one of those that are shared.");
        told.Output.ShouldContain("Nora Nurse");
        Dump(cpis).ShouldBe(before);
        Logs(cpis).ShouldNotContain("Onefold");
        Logs(cpis).ShouldNotContain(Numbers.Of(1));
    }

    [Fact]
    public void S9_mother_and_child_are_explained_together_and_a_sibling_is_left_out()
    {
        using var cpis = new Cpis();
        cpis.Source.Person("M", Numbers.Of(1), "Mother", "Mia", "1995-05-04");
        cpis.Source.Unborn("U", "M", "2026-06-01");
        cpis.Source.Plan("L1", "U", "2026-01-15");
        cpis.Source.Person("SIB", Numbers.Of(2), "Sibling", "Sid", "2015-05-04")["mother_person_id"] = "M";
        cpis.Source.Plan("L2", "SIB", "2026-01-15");
        cpis.Nightly("2026-03-10");

        foreach (var id in new[] { "M", "U" })
        {
            var person = cpis.Json(0, "2026-03-10", "explain", "--person", id).GetProperty("people")[0];
            var decision = person.GetProperty("decisions").EnumerateArray().ShouldHaveSingleItem();
            Text(decision, "plan_type").ShouldBe("UCPP");
            Text(decision, "person_id").ShouldBe("M");
            person.GetProperty("together").EnumerateArray().Select(t => t.GetString()).ShouldBe([id == "M" ? "U" : "M"]);
            person.GetProperty("source").GetProperty("plans").EnumerateArray().Select(p => Text(p, "plan_id")).ShouldBe(["L1"]);
            person.GetProperty("ledger").GetArrayLength().ShouldBe(1);
            person.GetRawText().ShouldNotContain("Sibling");
        }
    }

    [Fact]
    public void N6_everybody_with_a_number_is_explained_and_no_number_is_said_on_an_error()
    {
        using var cpis = new Cpis();
        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Source.Person("P2", Numbers.Of(2), "Two", "Toby", "2019-05-04");
        cpis.Source.Plan("L2", "P2", "2026-01-15");
        cpis.Nightly("2026-03-10");
        cpis.Source.People["P2"]["nhs_number"] = Numbers.Of(1);
        cpis.Nightly("2026-03-11");
        var file = Path.Combine(cpis.Root, "number.txt");

        File.WriteAllText(file, $"{Numbers.Of(1)[..3]} {Numbers.Of(1)[3..6]} {Numbers.Of(1)[6..]}\n");
        Ids(cpis.Json(0, "2026-03-11", "explain", "--nhs-number-file", file)).ShouldBe(["P1", "P2"]);

        // Nobody has it in the care database now, but CP-IS was told of P2 under it.
        File.WriteAllText(file, Numbers.Of(2));
        Ids(cpis.Json(0, "2026-03-11", "explain", "--nhs-number-file", file)).ShouldBe(["P2"]);

        foreach (var (text, says) in new[] { (Numbers.Of(7), "nobody"), ($"{Numbers.Of(1)}\n{Numbers.Of(2)}", "one valid NHS number"), ("12345", "one valid NHS number") })
        {
            File.WriteAllText(file, text);
            var refused = cpis.Run("explain", "--nhs-number-file", file, "--json");
            refused.ShouldExit(2);
            refused.Error.ShouldContain(says);
            foreach (var word in text.Split('\n'))
            {
                $"{refused.Error}{refused.Output}{Logs(cpis)}".ShouldNotContain(word);
            }
        }

        cpis.Run("explain", "--person", "NOBODY").ShouldExit(2);
    }

    [Fact]
    public async Task Explain_works_while_another_run_holds_the_lock()
    {
        using var cpis = new Cpis();
        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Nightly("2026-03-10");
        await using var held = await RunLock.TakeAsync(cpis.OpenDatabase(), "another", TimeProvider.System, default);

        cpis.Run("reconcile", "--as-of", "2026-03-10").ShouldExit(4);
        cpis.Json(0, "2026-03-10", "explain", "--person", "P1").GetProperty("people")[0].GetProperty("waiting").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("0", "withheld", "U10")]
    [InlineData("1", "remove", "U3")]
    public void U10_a_removal_is_explained_as_a_night_would_decide_it(string limit, string decision, string rule)
    {
        using var cpis = new Cpis();
        cpis.Configure("CPIS__RULES__MAXVANISHED", limit);
        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        cpis.Source.Person("P2", Numbers.Of(2), "Two", "Toby", "2019-05-04");
        cpis.Source.Plan("L2", "P2", "2026-01-15");
        cpis.Nightly("2026-03-10");
        cpis.Source.Plans.Remove("L1");
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);

        var explained = cpis.Json(0, "2026-03-11", "explain", "--person", "P1").GetProperty("people")[0].GetProperty("decisions")[0];

        (Text(explained, "decision"), Text(explained, "reason"), Text(explained, "rule")).ShouldBe((decision, "gone-from-source", rule));
    }

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString() ?? string.Empty;

    private static IEnumerable<string?> Ids(JsonElement result) => result.GetProperty("people").EnumerateArray().Select(p => p.GetProperty("person_id").GetString());

    private static string Logs(Cpis cpis) => string.Concat(Directory.GetFiles(Path.Combine(cpis.Data, "logs")).Select(File.ReadAllText));

    /// <summary>Every row of every table.</summary>
    private static string Dump(Cpis cpis) => string.Join('\n', cpis.Query(cpis.IsOnServer
            ? "SELECT name FROM sys.tables WHERE schema_id = SCHEMA_ID('cpis') ORDER BY name"
            : "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'cpis%' ORDER BY name")
        .SelectMany(t => cpis.Query($"SELECT '{t["name"]}' AS \"table\", * FROM {t["name"]}").Select(r => string.Join('|', r.Values))));
}
