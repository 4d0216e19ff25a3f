using CpIs.EndToEnd.Tests.Harness;
using CpIs.Messages.Tests.Fhir.Validation;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>The sample council, whose expected decisions were worked out by hand from the rules, through the built program.</summary>
public class SampleCouncilTests
{
    private static readonly string s_samples = Path.Combine(Cpis.RepositoryRoot, "samples");

    [Fact]
    public void Both_nights_of_the_sample_council_are_decided_as_worked_out_by_hand()
    {
        using var cpis = new Cpis();
        Load(cpis, "council");
        var first = new Night(cpis, cpis.Json(5, "2026-03-10", "nightly"));
        Rows(first.Decisions).ShouldBe(Expected("council"));

        cpis.CpIs.TakeAndConfirmAll().Count.ShouldBe(first.Decisions.Count(d => d["decision"] == "new"));
        Load(cpis, "council-night-two");
        var second = new Night(cpis, cpis.Json(5, "2026-03-11", "nightly"));
        Rows(second.Decisions).ShouldBe(Expected("council-night-two"));
    }

    [Fact]
    public void An_offline_replay_of_the_samples_gives_the_same_bytes_each_time_in_every_format()
    {
        using var cpis = new Cpis();
        foreach (var target in new[] { "one", "two" })
        {
            cpis.RunIn(cpis.Root, ["transform", "--offline", "--in", Path.Combine(s_samples, "council"), "--out", target, "--format", "hl7v3,fhir,flat", "--sequence", "7", "--as-of", "2026-03-10"])
                .ShouldExit(5);
        }

        var names = Directory.GetFiles(Path.Combine(cpis.Root, "one")).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        names.ShouldBe(["decisions.csv", "upload-000007.csv", "upload-000007.json", "upload-000007.xml"]);
        foreach (var name in names)
        {
            File.ReadAllBytes(Path.Combine(cpis.Root, "one", name!)).ShouldBe(File.ReadAllBytes(Path.Combine(cpis.Root, "two", name!)), name);
        }

        FhirValidator.Validate(File.ReadAllText(Path.Combine(cpis.Root, "one", "upload-000007.json"))).ShouldBeEmpty();
        Directory.Exists(Path.Combine(cpis.Root, "data", "runs")).ShouldBeFalse();
        File.Exists(cpis.DatabasePath).ShouldBeFalse();
    }

    [Fact]
    public void S3_nothing_that_leaves_or_is_logged_carries_a_legal_status_and_no_log_carries_a_person()
    {
        using var cpis = new Cpis();
        cpis.Configure("CPIS__PAYLOAD__FORMATS__0", "hl7v3");
        cpis.Configure("CPIS__PAYLOAD__FORMATS__1", "fhir");
        cpis.Configure("CPIS__PAYLOAD__FORMATS__2", "flat");
        cpis.Configure("CPIS__LOGGING__LEVEL", "Debug");
        Load(cpis, "council");
        var first = new Night(cpis, cpis.Json(5, "2026-03-10", "nightly"));
        var told = cpis.CpIs.TakeAndConfirmAll();
        cpis.CpIs.Access((Guid.NewGuid(), "20260310221500+0000", told[0].Number, told[0].LocalId, 1, "Nora", "RXX"));
        cpis.CpIs.Inactive(told[1].Number, told[1].LocalId, 1, Numbers.Of(5));
        cpis.CpIs.Put("broken.xml", "<CP-ISAccessToServiceNotification><unfinished>");
        Load(cpis, "council-night-two");
        var second = new Night(cpis, cpis.Json(5, "2026-03-11", "nightly"));

        var files = new[] { first, second }
            .SelectMany(n => Directory.GetFiles(n.Json.GetProperty("transform_dir").GetString()!, "upload-*"))
            .ToDictionary(f => f, File.ReadAllText);
        files.Count.ShouldBe(6);
        files.Where(f => f.Key.EndsWith(".json", StringComparison.Ordinal)).ShouldAllBe(f => FhirValidator.Validate(f.Value).Count == 0);
        var payloads = files.Values.ToList();
        var alerts = cpis.Query("SELECT subject, description FROM cpis_alert").Select(a => a["subject"] + " " + a["description"]).ToList();
        var logs = Directory.GetFiles(Path.Combine(cpis.Data, "logs")).Select(File.ReadAllText).ToList();
        logs.ShouldNotBeEmpty();

        // Codes and ids of legal statuses, and words of orders, categories and placements.
        var statuses = CsvTable.Read(Path.Combine(s_samples, "council", "legal_status.csv"));
        string[] forbidden =
        [
            "legal status", "section 20", "section 31", "section 38", "care order", "accommodat", " placement", "neglect", "emotional abuse",
            .. statuses.Select(s => s["legal_status_id"]),
        ];
        foreach (var text in payloads.Concat(alerts).Concat(logs))
        {
            forbidden.Where(f => text.Contains(f, StringComparison.OrdinalIgnoreCase) && !text.Contains("legal-status-not-shared", StringComparison.Ordinal)).ShouldBeEmpty();
        }

        foreach (var code in statuses.Select(s => s["code"]).Distinct())
        {
            payloads.ShouldAllBe(p => !System.Text.RegularExpressions.Regex.IsMatch(p, $@"[>""/;,]{code}[<""/;,]"));
        }

        var people = CsvTable.Read(Path.Combine(s_samples, "council", "person.csv")).Concat(CsvTable.Read(Path.Combine(s_samples, "council-night-two", "person.csv"))).ToList();
        var secrets = people.SelectMany(p => new[]
        {
            p["nhs_number"].Replace(" ", string.Empty).Replace("-", string.Empty),
            p["family_name"].Length > 3 ? p["family_name"] : string.Empty,
            p["date_of_birth"],
            p["date_of_birth"].Replace("-", string.Empty),
        }).Where(s => s.Length > 3).Distinct().ToList();

        // A baby of the sample council is born on the first business date, which names the runs themselves.
        secrets.RemoveAll(s => s is "2026-03-10" or "20260310");
        secrets.Count.ShouldBeGreaterThan(100);
        foreach (var line in logs.SelectMany(l => l.Split('\n')))
        {
            secrets.Where(s => line.Contains(s, StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty(line);
        }

        var names = Directory.EnumerateFileSystemEntries(cpis.Data, "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();
        secrets.Where(s => names.Exists(n => n!.Contains(s, StringComparison.OrdinalIgnoreCase))).ShouldBeEmpty();
    }

    private static void Load(Cpis cpis, string sample)
    {
        if (!File.Exists(cpis.DatabasePath))
        {
            cpis.Run("db", "init").ShouldExit(0);
        }

        cpis.Run("db", "load", "--from", Path.Combine(s_samples, sample)).ShouldExit(0);
    }

    private static List<string> Expected(string sample) => Rows(CsvTable.Read(Path.Combine(s_samples, sample, "expected-decisions.csv")));

    private static List<string> Rows(IEnumerable<IReadOnlyDictionary<string, string>> rows) => [.. rows.Select(r => string.Join(',', r.Values))];
}
