using System.Globalization;
using System.Text.Json;
using CpIs.Batch.Tests.Commands;
using CsvHelper;
using Shouldly;

namespace CpIs.Batch.Tests.StandIn;

/// <summary>
/// One demo for several tests, in an empty folder that was there before, where a council's configuration would lead it elsewhere.
/// </summary>
public sealed class DemoFixture : IAsyncLifetime, IDisposable
{
    private JsonDocument? _json;

    internal Cli Cli { get; } = new();

    internal CliResult Result { get; private set; } = null!;

    public string Elsewhere => Cli.Folder.File("elsewhere");

    public string Data => Cli.Folder.File("demo");

    public JsonElement Json => _json!.RootElement;

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Data);
        Cli.Variables.Add(KeyValuePair.Create("CPIS__TRANSPORT__FOLDER__OUT", Path.Combine(Elsewhere, "out")));
        Cli.Variables.Add(KeyValuePair.Create("CPIS__DATABASE__CONNECTIONSTRING", $"Data Source={Path.Combine(Elsewhere, "council.db")}"));
        Cli.Folder.File("cpis.json", """{ "Rules": { "RetentionMonths": 1 } }""");
        Result = await Cli.RunAsync("demo", "--data", "demo", "--json", "--log-level", "debug");
        _json = JsonDocument.Parse(Result.Out);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _json?.Dispose();
        Cli.Dispose();
    }
}

/// <summary>The demo against what <c>samples/</c> says by hand about its two nights.</summary>
public sealed class DemoTests(DemoFixture demo) : IClassFixture<DemoFixture>, IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Two_nights_come_out_as_the_samples_say_and_the_stand_in_holds_what_was_decided()
    {
        demo.Result.ExitCode.ShouldBe(0, demo.Result.Error);
        var nights = demo.Json.GetProperty("nights").EnumerateArray().ToList();
        demo.Json.GetProperty("data_dir").GetString().ShouldBe(demo.Data);

        ReasonsIn(nights[0]).ShouldBe(ReasonsOf(Expected("council")), ignoreOrder: true);
        nights[0].GetProperty("told").GetProperty("new").GetInt32().ShouldBe(Expected("council").Count(d => d["decision"] == "new"));

        // P1007's number was notified as inactive between the nights: what would have been unchanged is withheld.
        var second = Expected("council-night-two");
        var inactive = second.Where(d => d["person_id"] == "P1007").ToList();
        inactive.Count.ShouldBe(3);
        ReasonsIn(nights[1]).ShouldBe(ReasonsOf(second).Append(("nhs-number-inactive", 3)), ignoreOrder: true);
        foreach (var decision in new[] { "new", "update", "end", "remove" })
        {
            nights[1].GetProperty("told").GetProperty(decision).GetInt32().ShouldBe(second.Count(d => d["decision"] == decision));
        }

        nights.ShouldAllBe(n => n.GetProperty("file_codes").EnumerateArray().Single().GetString() == "CPF02");
        var held = await HeldAsync();
        Csv(nights[1].GetProperty("decisions").GetString()!)
            .Where(d => d["decision"] is "new" or "update" or "end" or "unchanged")
            .Select(d => $"{d["nhs_number"]} {d["plan_type"]} {d["start_date"]}")
            .ShouldBeSubsetOf(held);
        second.Where(d => d["decision"] == "remove").Select(d => $"{d["nhs_number"]} {d["plan_type"]} {d["start_date"]}")
            .Intersect(held).ShouldBeEmpty();
    }

    [Fact]
    public void A7_A4_A6_accesses_a_pattern_and_an_inactive_number_reach_the_work_trays()
    {
        demo.Json.GetProperty("accesses").EnumerateArray().CountBy(a => a.GetProperty("person_id").GetString()!).Select(c => (c.Key, c.Value))
            .ShouldBe([("P1013", 3), ("P1015", 1), ("P1016", 1)], ignoreOrder: true);
        var alerts = demo.Json.GetProperty("alerts").EnumerateArray()
            .Select(a => $"{a.GetProperty("alert_type").GetString()} {a.GetProperty("recipient_kind").GetString()} {a.GetProperty("recipient_id").GetString()}").ToList();
        alerts.ShouldContain("access-pattern worker W02");
        alerts.ShouldContain("access-pattern manager W04");
        alerts.ShouldContain("nhs-number-inactive worker W01");
        alerts.ShouldContain("nhs-number-inactive manager W03");
    }

    [Fact]
    public void No_configuration_of_a_council_is_used()
    {
        Directory.Exists(demo.Elsewhere).ShouldBeFalse();
        File.Exists(Path.Combine(demo.Data, "cpis.db")).ShouldBeTrue();
    }

    [Fact]
    public void No_log_line_holds_a_name_or_an_NHS_number_of_the_sample_council()
    {
        var logs = string.Concat(Directory.GetFiles(Path.Combine(demo.Data, "logs")).Select(File.ReadAllText));
        logs.ShouldNotBeEmpty();
        foreach (var person in Csv(Repository.File("samples", "council", "person.csv")))
        {
            foreach (var column in new[] { "nhs_number", "family_name" })
            {
                if (person[column].Replace(" ", string.Empty) is { Length: > 0 } text)
                {
                    logs.ShouldNotContain(text);
                }
            }
        }
    }

    [Fact]
    public async Task Without_a_folder_it_makes_a_new_one_and_tells_people_counts_reasons_recipients_places_and_next_steps()
    {
        var result = await _cli.RunAsync("demo");

        result.ExitCode.ShouldBe(0, result.Error);
        var data = result.Out.TrimEnd()[(result.Out.TrimEnd().LastIndexOf(": ", StringComparison.Ordinal) + 2)..];
        try
        {
            Path.GetFileName(data).ShouldStartWith("cpis-demo-");
            Path.GetDirectoryName(data).ShouldBe(Path.TrimEndingDirectorySeparator(Path.GetTempPath()));
            Directory.GetFileSystemEntries(_cli.Folder.Path).ShouldBeEmpty();
            foreach (var expected in new[]
                {
                    "UCPP", "nhs-number-missing", "P1017", "mother-not-linked", "ended-late", "access-pattern", "W02",
                    Path.Combine(data, "cpis.db"), "cpis explain --person P1017", "cpis nightly",
                })
            {
                result.Out.ShouldContain(expected);
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task A_folder_with_something_in_it_is_exit_code_2_and_is_not_touched()
    {
        Directory.CreateDirectory(_cli.Folder.File("used"));
        _cli.Folder.File("used/cpis.db", "a council's own");

        var result = await _cli.RunAsync("demo", "--data", "used");

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("empty");
        Directory.GetFileSystemEntries(_cli.Folder.File("used")).ShouldBe([_cli.Folder.File("used/cpis.db")]);
        File.ReadAllText(_cli.Folder.File("used/cpis.db")).ShouldBe("a council's own");
    }

    [Fact]
    public async Task A_business_date_is_exit_code_2()
    {
        var result = await _cli.RunAsync("demo", "--data", "demo", "--as-of", "2026-03-10");

        result.ExitCode.ShouldBe(2);
        Directory.Exists(_cli.Folder.File("demo")).ShouldBeFalse();
    }

    private async Task<IReadOnlyList<string>> HeldAsync()
    {
        var show = await _cli.RunAsync("simulate", "--show", "--json", "--data", demo.Data, "--as-of", "2026-03-11");
        using var json = JsonDocument.Parse(show.Out);
        return
        [
            .. json.RootElement.GetProperty("records").EnumerateArray().Select(r =>
                $"{r.GetProperty("nhs_number").GetString()} {r.GetProperty("plan_type").GetString()} {r.GetProperty("start_date").GetString()}"),
        ];
    }

    private static IEnumerable<(string Reason, int Number)> ReasonsIn(JsonElement night) =>
        night.GetProperty("withheld").EnumerateArray().Select(r => (r.GetProperty("reason").GetString()!, r.GetProperty("number").GetInt32()));

    private static IEnumerable<(string Reason, int Number)> ReasonsOf(IEnumerable<IReadOnlyDictionary<string, string>> decisions) =>
        decisions.Where(d => d["decision"] == "withheld").CountBy(d => d["reason"]).Select(c => (c.Key, c.Value));

    private static List<IReadOnlyDictionary<string, string>> Expected(string folder) => Csv(Repository.File("samples", folder, "expected-decisions.csv"));

    private static List<IReadOnlyDictionary<string, string>> Csv(string path)
    {
        using var text = new StreamReader(path);
        using var csv = new CsvReader(text, CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        var rows = new List<IReadOnlyDictionary<string, string>>();
        while (csv.Read())
        {
            rows.Add(csv.HeaderRecord!.ToDictionary(c => c, c => csv.GetField(c)!));
        }

        return rows;
    }
}
