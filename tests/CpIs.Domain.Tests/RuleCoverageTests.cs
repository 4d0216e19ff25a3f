using System.Text.RegularExpressions;
using Shouldly;

namespace CpIs.Domain.Tests;

/// <summary>Every rule has a test, and docs/rules.md says truly where. It reads sources, so that it sees the tests of all projects.</summary>
public partial class RuleCoverageTests
{
    private const string OpenMark = "open";

    /// <summary>Rules without a test yet. To be emptied: a rule that has a test must not stand here.</summary>
    private static readonly string[] OpenRules = ["A2", "A3", "A4", "A6", "A7", "A8", "A9", "A10", "A11", "K2", "K3", "K4", "K6"];

    private static readonly string[] AllRules =
    [
        .. Numbered("S", 16), .. Numbered("N", 6), .. Numbered("U", 10), .. Numbered("A", 11), .. Numbered("K", 6),
    ];

    private static readonly string Root = FindRoot();

    private static readonly Lazy<IReadOnlyList<(string Class, string Method)>> AllTests = new(() => [.. Sources("tests").SelectMany(TestsIn)]);

    private static readonly Lazy<IReadOnlyList<Row>> Table = new(ReadTable);

    public static TheoryData<string> Rules => [.. AllRules];

    [Fact]
    public void There_are_49_rules() => AllRules.Length.ShouldBe(49);

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_has_a_test_that_carries_its_id(string rule)
    {
        var has = AllTests.Value.Any(t => Shows(t.Method, rule));

        has.ShouldBe(!OpenRules.Contains(rule), has ? $"{rule} has tests now: take it from the open ones here and name them in docs/rules.md" : $"{rule} has no test");
    }

    [Fact]
    public void The_table_has_every_rule_once_and_in_order() => Table.Value.Select(r => r.Rule).ShouldBe(AllRules);

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_row_of_the_table_names_types_and_test_classes_that_are_there(string rule)
    {
        var row = Table.Value.Single(r => r.Rule == rule);
        if (OpenRules.Contains(rule))
        {
            row.Tests.ShouldBe([OpenMark]);
            return;
        }

        var declared = Sources("src").SelectMany(file => Declaration().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        row.Types.ShouldNotBeEmpty();
        row.Types.ShouldBeSubsetOf(declared);
        row.Tests.ShouldNotBeEmpty();
        row.Tests.Where(c => !AllTests.Value.Any(t => t.Class == c && Shows(t.Method, rule))).ShouldBeEmpty($"no test of {rule} there");
    }

    [Theory]
    [InlineData("S1_born", "S1", true)]
    [InlineData("S12_S13_N3_nothing", "S13", true)]
    [InlineData("Twice_A3_delivered", "A3", true)]
    [InlineData("S10_ended", "S1", false)]
    [InlineData("KS1_other", "S1", false)]
    [InlineData("Ends_with_S1", "S1", false)]
    public void A_test_shows_the_rules_whose_ids_are_in_its_name(string method, string rule, bool shows) => Shows(method, rule).ShouldBe(shows);

    private static bool Shows(string method, string rule) => $"_{method}".Contains($"_{rule}_", StringComparison.Ordinal);

    private static IEnumerable<string> Numbered(string letter, int count) => Enumerable.Range(1, count).Select(n => letter + n);

    private static IEnumerable<(string Class, string Method)> TestsIn(string file)
    {
        var inClass = string.Empty;
        var attributed = false;
        foreach (var line in File.ReadLines(file))
        {
            if (Declaration().Match(line) is { Success: true } declaration)
            {
                inClass = declaration.Groups[1].Value;
            }

            attributed |= TestAttribute().IsMatch(line);
            if (attributed && Method().Match(line) is { Success: true } method)
            {
                yield return (inClass, method.Groups[1].Value);
                attributed = false;
            }
        }
    }

    private static List<Row> ReadTable() =>
    [
        .. File.ReadLines(Path.Combine(Root, "docs", "rules.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 6 && RuleId().IsMatch(cells[1]))
            .Select(cells => new Row(cells[1], Names(cells[3]), Names(cells[4]))),
    ];

    private static string[] Names(string cell) => [.. cell.Split(',', StringSplitOptions.TrimEntries).Select(n => n.Trim('`'))];

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(Root, f).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CpIs.Batch.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests must run from inside the repository: its sources are read.");
    }

    [GeneratedRegex(@"^\s*\[[^\]]*\b(Fact|Theory|SkippableFact|SkippableTheory)\b")]
    private static partial Regex TestAttribute();

    [GeneratedRegex(@"^\s*public\s+(?:async\s+)?(?:void|Task|ValueTask)\s+(\w+)\s*\(")]
    private static partial Regex Method();

    [GeneratedRegex(@"^[^/\n]*\b(?:class|record|record struct|struct|enum|interface)\s+([A-Z]\w*)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex("^[SNUAK][0-9]+$")]
    private static partial Regex RuleId();

    private sealed record Row(string Rule, string[] Types, string[] Tests);
}
