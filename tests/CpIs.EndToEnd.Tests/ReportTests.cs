using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>A council with two nights and something of everything that a report shows.</summary>
public sealed class ReportCouncil : IDisposable
{
    public const string Today = "2026-03-30";

    /// <summary>As a message gives it; the notification is XML, so it is written escaped there.</summary>
    public const string HostileName = "<img src=x onerror=alert(1)> & \"Sons\" Hospital";

    /// <summary>More people without a number than a list shows.</summary>
    public const int WithoutNumber = 60;

    public ReportCouncil()
    {
        Cpis.Source.Person("P1", Numbers.Of(1), "Onefold", "Olive", "2018-05-04");
        Cpis.Source.Plan("L1", "P1", "2026-01-15");
        Cpis.Source.Person("P2", Numbers.Of(2), "Twofold", "Toby", "2012-01-31");
        Cpis.Source.Status("S2", "P2", "C2", "2026-01-15");
        Cpis.Source.Person("P3", Numbers.Of(3), "Threefold", "Tess", "2019-03-01");
        Cpis.Source.Plan("L3", "P3", "2026-01-15");
        Cpis.Source.Person("M4", Numbers.Of(4), "Fourfold", "Mia", "1995-03-01");
        Cpis.Source.Unborn("U4", "M4", "2026-08-01");
        Cpis.Source.Plan("L4", "U4", "2026-01-15");
        for (var i = 0; i < WithoutNumber; i++)
        {
            Cpis.Source.Person($"X{i:D2}", null, "Numberless", $"Nan{i}", "2015-03-01");
            Cpis.Source.Plan($"LX{i:D2}", $"X{i:D2}", "2026-01-15");
        }

        Cpis.Nightly("2026-03-27");
        var told = Cpis.CpIs.Take(1);
        Cpis.CpIs.Acknowledge(1, "CPF03", [.. told.Select(r => (r, r.LocalId == "P3" ? "CPR03" : "CPR06"))]);

        // The clocks go forward on 29 March at 01:00: the first is at half past midnight, the second, an hour later, at half past two.
        Cpis.CpIs.Access(
            (Guid.NewGuid(), "20260329003000+0000", Numbers.Of(1), "P1", 1, "Nora", "Sampleton Walk-in Centre"),
            (Guid.NewGuid(), "20260329013000+0000", Numbers.Of(1), "P1", 1, "Nora", "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;Sons&quot;\u202E"),
            (Guid.NewGuid(), "20260330221500+0000", Numbers.Of(1), "P1", 1, "Nora", "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;Sons&quot;\u202E"));
        Cpis.Nightly(Today, expectedExit: 5);
    }

    public Cpis Cpis { get; } = new();

    public void Dispose() => Cpis.Dispose();
}

/// <summary>What the report's page shows and what it does not, over the built program.</summary>
public class ReportTests(ReportCouncil council) : IClassFixture<ReportCouncil>
{
    private static readonly string[] s_personal = ["Onefold", "Olive", "Threefold", "Numberless", "2018-05-04", "4 May 2018"];

    private Cpis Cpis => council.Cpis;

    [Fact]
    public void A7_K5_the_figures_are_those_of_the_database()
    {
        var report = Write("figures.html");

        Counts(report, "shared").ShouldBe(new Dictionary<string, long> { ["CPP"] = 1, ["LAC"] = 1, ["UCPP"] = 1 }, ignoreOrder: true);
        report.GetProperty("shared_unanswered").GetInt64().ShouldBe(0);
        Counts(report, "withheld")["nhs-number-missing"].ShouldBe(ReportCouncil.WithoutNumber);
        Counts(report, "withheld")["upload-rejected"].ShouldBe(1);
        Counts(report, "missing_numbers").Where(b => b.Value > 0).ShouldHaveSingleItem().ShouldBe(new KeyValuePair<string, long>("3 to 7 days", ReportCouncil.WithoutNumber));
        Counts(report, "rejections").ShouldBe(new Dictionary<string, long> { ["CPR03"] = 1 });
        report.GetProperty("match_rate").GetDecimal().ShouldBe(Math.Round(4m / (4 + ReportCouncil.WithoutNumber), 4));
        report.GetProperty("access_patterns").GetInt32().ShouldBe(1);
        report.GetProperty("needs_operator").GetBoolean().ShouldBeTrue();
        report.GetProperty("identified").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public void Accesses_are_counted_by_service_and_in_London_time_over_the_change_of_the_clocks()
    {
        var report = Write("accesses.html");

        report.GetProperty("accesses").GetInt64().ShouldBe(3);
        Counts(report, "accesses_by_service").ShouldBe(new Dictionary<string, long> { ["Walk-in centre"] = 1, ["Hospital, part not said"] = 2 }, ignoreOrder: true);
        Counts(report, "accesses_by_hour").Where(h => h.Value > 0).Select(h => h.Key).ShouldBe(["00", "02", "23"]);
        Counts(report, "accesses_by_weekday").Where(h => h.Value > 0).ShouldBe([new("monday", 1), new("sunday", 2)]);
    }

    [Fact]
    public void The_page_holds_no_name_birth_date_or_number_and_nothing_from_elsewhere()
    {
        Write("plain.html");
        var page = Page("plain.html");

        s_personal.Where(p => page.Contains(p, StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
        Enumerable.Range(0, 8).Select(Numbers.Of).Where(n => page.Contains(n, StringComparison.Ordinal)).ShouldBeEmpty();
        page.ShouldNotContain("<script", Case.Insensitive);
        Regex.Matches(page, @"<[a-z][^>]*\s(?:src|href|data|action|style)=""(?!#)[^""]*""|url\(|@import", RegexOptions.IgnoreCase).Select(m => m.Value).ShouldBeEmpty();
        page.ShouldContain("default-src 'none'");
        page.ShouldContain("X00");
        page.ShouldContain($"{ReportCouncil.WithoutNumber - 50} people or records more are left out here.");
        Cpis.Query("SELECT * FROM cpis_trail WHERE detail LIKE '%plain.html%'").ShouldBeEmpty();
    }

    [Fact]
    public void Hostile_texts_of_messages_are_text_and_nothing_else()
    {
        Write("hostile.html");
        var page = Page("hostile.html");

        page.ShouldNotContain("<img");
        page.ShouldNotContain("\u202E");
        page.ShouldContain("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;Sons&quot;");
    }

    [Fact]
    public void With_identified_the_page_names_people_says_so_and_is_recorded_with_its_user()
    {
        var report = Write("named.html", "--identified");
        var page = Page("named.html");

        page.ShouldContain("Numberless");
        page.ShouldContain("Threefold");
        page.ShouldContain(Numbers.Of(3));
        page.ShouldContain($"This page shows names, birth dates and NHS numbers.");
        var entry = Cpis.Query("SELECT * FROM cpis_trail WHERE detail LIKE '%named.html%'").ShouldHaveSingleItem();
        entry["os_user"].ShouldBe(Environment.UserName);
        page.ShouldContain($"entry {entry["trail_id"]} of the trail");
        page.ShouldContain(System.Net.WebUtility.HtmlEncode(Environment.UserName));
        report.GetProperty("trail_id").GetInt64().ShouldBe(long.Parse(entry["trail_id"], CultureInfo.InvariantCulture));
        report.GetRawText().ShouldNotContain("Numberless");
        DateTimeOffset.Parse(entry["at"], CultureInfo.InvariantCulture).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromHours(1));
        string.Concat(Directory.GetFiles(Path.Combine(Cpis.Data, "logs")).Select(File.ReadAllText)).ShouldNotContain("Numberless");
    }

    [Fact]
    public void The_same_data_and_date_give_the_same_bytes_and_the_file_is_its_owners_alone()
    {
        Write("one.html");
        Write("two.html");

        File.ReadAllBytes(PathOf("one.html")).ShouldBe(File.ReadAllBytes(PathOf("two.html")));
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(PathOf("one.html")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Directory.GetFiles(Cpis.Root, ".*").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("2026-03-29", "page.html", "--as-of")]
    [InlineData(ReportCouncil.Today, "no-such-folder/page.html", "--out")]
    [InlineData(ReportCouncil.Today, ".", "--out")]
    public void What_cannot_be_done_is_said_and_leaves_no_page(string asOf, string path, string says)
    {
        var refused = Cpis.Run("report", "--out", Path.Combine(Cpis.Root, path), "--as-of", asOf, "--identified");

        refused.ShouldExit(2);
        refused.Error.ShouldContain(says);
        File.Exists(Path.Combine(Cpis.Root, path)).ShouldBeFalse();
        Cpis.Query("SELECT * FROM cpis_trail WHERE detail LIKE '%page.html%'").ShouldBeEmpty();
    }

    [Fact]
    public void Every_plot_has_a_title_a_description_and_its_figures_in_a_table()
    {
        Write("plots.html");
        var page = Page("plots.html");

        var plots = Regex.Matches(page, "<svg[^>]*aria-labelledby=\"(\\S+) (\\S+)\"[^>]*><title id=\"(\\S+)\">[^<]+</title><desc id=\"(\\S+)\">[^<]+</desc>");
        plots.Count.ShouldBe(Regex.Count(page, "<svg"));
        plots.ShouldAllBe(p => p.Groups[1].Value == p.Groups[3].Value && p.Groups[2].Value == p.Groups[4].Value);
        page.ShouldContain("Withheld by reason, every night");
        page.ShouldContain("Match rate, every night");
        Regex.IsMatch(page, @"<th scope=""row"">27 Mar 2026</th>").ShouldBeTrue("the earlier night is in the trend");
        Regex.IsMatch(page, @"<th scope=""row"">28 Mar 2026</th>").ShouldBeFalse("a day without a night is a gap");
    }

    private JsonElement Write(string name, params string[] options) => Cpis.Json(0, ReportCouncil.Today, ["report", "--out", PathOf(name), .. options]);

    private string PathOf(string name) => Path.Combine(Cpis.Root, name);

    private string Page(string name) => File.ReadAllText(PathOf(name));

    private static Dictionary<string, long> Counts(JsonElement report, string property) =>
        report.GetProperty(property).EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt64());
}
