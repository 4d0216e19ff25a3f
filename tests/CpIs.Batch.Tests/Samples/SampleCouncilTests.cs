using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using CpIs.Batch.Configuration;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Batch.Tests.Samples;

/// <summary>What can be said of the samples without the engine: they are well-formed, and the expected decisions agree with the rows.</summary>
public sealed class SampleCouncilTests
{
    private const string NightOne = "council";
    private const string NightTwo = "council-night-two";
    private static readonly string[] s_invalidOnPurpose = ["P1037", "P2044"];

    private static readonly string[] s_reasons =
    [
        "recorded-in-error", "person-missing", "other-authority-plan", "legal-status-not-shared", "dates-inconsistent", "ended-before-birth",
        "aged-18", "expected-date-missing", "starts-in-future", "retention-expired", "mother-not-linked", "nhs-number-missing",
        "nhs-number-invalid", "mother-nhs-number-missing", "mother-nhs-number-invalid", "nhs-number-duplicate", "nhs-number-inactive",
        "details-missing", "upload-rejected", "ended-late", "nhs-number-replaced", "start-date-amended", "gone-from-source",
    ];

    [Theory]
    [InlineData(NightOne, "2026-03-10")]
    [InlineData(NightTwo, "2026-03-11")]
    public void The_manifest_agrees_with_the_files(string night, string asOf)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Folder(night, "manifest.json")));
        manifest.RootElement.GetProperty("files").EnumerateObject().Count().ShouldBe(4);
        manifest.RootElement.GetProperty("as_of").GetString().ShouldBe(asOf);
        foreach (var file in manifest.RootElement.GetProperty("files").EnumerateObject())
        {
            var name = file.Name;
            file.Value.GetProperty("rows").GetInt32().ShouldBe(CareRows.Read(Folder(night), name).Count);
            file.Value.GetProperty("sha256").GetString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Folder(night, name)))), name);
        }
    }

    [Theory]
    [InlineData(NightOne)]
    [InlineData(NightTwo)]
    public void N1_every_number_is_valid_and_from_the_999_range_but_the_two_that_are_wrong_on_purpose(string night)
    {
        foreach (var row in CareRows.Read(Folder(night), "person.csv").Where(r => r["nhs_number"] is not null))
        {
            row["nhs_number"]!.ShouldStartWith("999");
            NhsNumber.TryParse(row["nhs_number"], out _).ShouldBe(!s_invalidOnPurpose.Contains(row["person_id"]), row["person_id"]);
        }
    }

    [Fact]
    public void The_table_in_the_readme_names_every_person_and_every_rule_that_a_nights_data_can_show()
    {
        var readme = File.ReadAllText(Repository.File("samples", "README.md"));
        foreach (var person in CareRows.Read(Folder(NightTwo), "person.csv"))
        {
            readme.ShouldContain(person["person_id"]!);
        }

        string[] rules = [.. Enumerable.Range(1, 16).Select(i => $"S{i}"), .. Enumerable.Range(1, 6).Select(i => $"N{i}"), "U1", "U2", "U3", "U4", "U10"];
        foreach (var rule in rules)
        {
            Regex.IsMatch(readme, $@"\b{rule}\b").ShouldBeTrue(rule);
        }
    }

    [Theory]
    [InlineData(NightOne, "2026-03-10")]
    [InlineData(NightTwo, "2026-03-11")]
    public void Expected_decisions_agree_with_the_rows_they_speak_of(string night, string asOf)
    {
        var people = CareRows.Read(Folder(night), "person.csv").ToDictionary(r => r["person_id"]!);
        // A removal of what is gone names the row that is gone.
        var plans = CareRows.Read(Folder(night), "plan.csv");
        var gone = CareRows.Read(Folder(NightOne), "plan.csv").ExceptBy(plans.Select(r => r["plan_id"]), r => r["plan_id"]);
        var owners = plans.Concat(gone).Select(r => (Id: r["plan_id"]!, Owner: r["person_id"]!, Type: "CPP"))
            .Concat(CareRows.Read(Folder(night), "legal_status.csv").Select(r => (Id: r["legal_status_id"]!, Owner: r["person_id"]!, Type: "LAC")))
            .ToDictionary(r => r.Id);
        var decisions = CareRows.Read(Folder(night), "expected-decisions.csv");

        foreach (var d in decisions)
        {
            var label = $"{d["person_id"]} {d["plan_type"]} {d["start_date"]} {d["decision"]}";
            d["subject_role"].ShouldBe(d["plan_type"] == "UCPP" ? "mother" : "child", label);
            var isSilent = d["decision"] is "withheld" or "remove";
            (d["reason"] is not null).ShouldBe(isSilent, label);
            (d["reason"] is null || s_reasons.Contains(d["reason"]!.Split(':')[0])).ShouldBeTrue(label);
            d["delete_date"].ShouldBe(d["decision"] == "remove" ? asOf : null, label);
            d["visible_until"].ShouldBe(isSilent ? null : VisibleUntil(d["plan_type"]!, d["end_date"]), label);
            if (d["nhs_number"] is { } number)
            {
                NhsNumber.TryParse(number, out _).ShouldBeTrue(label);
            }

            foreach (var id in (d["source_ids"] ?? string.Empty).Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                var (_, owner, type) = owners[id];
                var mother = people.GetValueOrDefault(owner)?["mother_person_id"];
                d["person_id"].ShouldBeOneOf([owner, mother], label);
                type.ShouldBe(d["plan_type"] == "LAC" ? "LAC" : "CPP", label);
            }

            if (d["decision"] is "new" or "update" or "end" or "unchanged")
            {
                NhsNumber.Parse(people[d["person_id"]!]["nhs_number"]).Value.ShouldBe(d["nhs_number"], label);
            }
        }

        // Whatever can be read has a decision (rule U4); the row that cannot be read (rule S16) has none.
        var spokenOf = decisions.SelectMany(d => (d["source_ids"] ?? string.Empty).Split(';')).ToHashSet(StringComparer.Ordinal);
        owners.Keys.Where(id => !spokenOf.Contains(id)).ShouldBe(["CP146"]);
        decisions.Select(d => (d["person_id"], d["plan_type"], d["start_date"]))
            .ShouldBe(decisions.OrderBy(d => d["person_id"], StringComparer.Ordinal).ThenBy(d => d["plan_type"], StringComparer.Ordinal)
                .ThenBy(d => d["start_date"] ?? string.Empty, StringComparer.Ordinal).Select(d => (d["person_id"], d["plan_type"], d["start_date"])));
    }

    [Fact]
    public void Night_two_holds_every_kind_of_decision()
    {
        var kinds = CareRows.Read(Folder(NightTwo), "expected-decisions.csv").Select(d => d["decision"]).Distinct();
        kinds.ShouldBe(["new", "remove", "withheld", "unchanged", "update", "end"], ignoreOrder: true);

        var removals = CareRows.Read(Folder(NightTwo), "expected-decisions.csv").Where(d => d["decision"] == "remove").Select(d => d["reason"]);
        removals.ShouldBe(
            ["nhs-number-replaced", "gone-from-source", "legal-status-not-shared", "other-authority-plan", "ended-late", "start-date-amended", "recorded-in-error"],
            ignoreOrder: true);
    }

    [Theory]
    [InlineData("person.csv", "person_id")]
    [InlineData("plan.csv", "plan_id")]
    [InlineData("legal_status.csv", "legal_status_id")]
    public void U5_what_differs_on_night_two_was_changed_on_the_day_between(string file, string key)
    {
        var before = CareRows.Read(Folder(NightOne), file).ToDictionary(r => r[key]!);
        foreach (var row in CareRows.Read(Folder(NightTwo), file))
        {
            var isChanged = !before.TryGetValue(row[key]!, out var old) || !old.OrderBy(c => c.Key).SequenceEqual(row.OrderBy(c => c.Key));
            row["changed_at"]!.StartsWith("2026-03-10T", StringComparison.Ordinal).ShouldBe(isChanged, row[key]);
        }
    }

    [Fact]
    public void The_sample_configuration_is_the_defaults_and_names_every_key()
    {
        var path = Repository.File("samples", "cpis.json");
        var sample = SettingsLoader.Load(path, Path.GetTempPath(), []);
        var defaults = SettingsLoader.Load(null, Directory.CreateTempSubdirectory("cpis-test-").FullName, []);

        (sample with { Source = null, IsSampleAuthority = true, Rules = defaults.Rules, Payload = defaults.Payload, Schedule = defaults.Schedule }).ShouldBe(defaults);
        sample.Rules.SharedLegalStatuses.ShouldBe(defaults.Rules.SharedLegalStatuses);
        (sample.Rules with { SharedLegalStatuses = defaults.Rules.SharedLegalStatuses }).ShouldBe(defaults.Rules);
        sample.Payload.Formats.ShouldBe(defaults.Payload.Formats);
        sample.Schedule.Councils.ShouldBeEmpty();
        (sample.Schedule with { Councils = defaults.Schedule.Councils }).ShouldBe(defaults.Schedule);

        var text = File.ReadAllText(path);
        foreach (var key in SettingsLoader.Keys())
        {
            var name = key.Split(':').Last(part => !part.All(char.IsAsciiDigit));
            if (name is not ("Password" or "SharedKey" or "ClientCertificatePassword"))
            {
                text.ShouldContain($"\"{name}\"", customMessage: key);
            }
        }
    }

    private static string? VisibleUntil(string planType, string? end)
    {
        if (end is null)
        {
            return null;
        }

        var date = DateOnly.ParseExact(end, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        return (planType == "UCPP" ? date.AddDays(28) : date.AddMonths(12)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private static string Folder(params string[] parts) => Repository.File(["samples", .. parts]);
}
