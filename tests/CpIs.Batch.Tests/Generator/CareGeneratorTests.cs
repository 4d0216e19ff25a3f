using System.Security.Cryptography;
using System.Text.Json;
using CpIs.Batch.Tests.Commands;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Batch.Tests.Generator;

public sealed class CareGeneratorTests : IDisposable
{
    private const string AsOf = "2026-03-10";
    private static readonly DateOnly s_today = new(2026, 3, 10);
    private static readonly string[] s_files = ["person.csv", "plan.csv", "legal_status.csv", "worker.csv", "manifest.json"];
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task The_same_number_seed_and_date_give_the_same_bytes()
    {
        var first = await GenerateAsync(300, 7, "a");
        var second = await GenerateAsync(300, 7, "b");

        foreach (var file in s_files)
        {
            (await File.ReadAllBytesAsync(Path.Combine(first, file))).ShouldBe(await File.ReadAllBytesAsync(Path.Combine(second, file)), file);
        }
    }

    [Fact]
    public async Task Another_seed_or_date_gives_other_people_and_rows()
    {
        var people = await File.ReadAllTextAsync(Path.Combine(await GenerateAsync(300, 7, "a"), "person.csv"));
        (await File.ReadAllTextAsync(Path.Combine(await GenerateAsync(300, 8, "b"), "person.csv"))).ShouldNotBe(people);

        (await _cli.RunAsync("db", "generate", "--children", "300", "--seed", "7", "--out", "c", "--as-of", "2026-03-11")).ExitCode.ShouldBe(0);
        (await File.ReadAllTextAsync(_cli.Folder.File("c/person.csv"))).ShouldNotBe(people);
    }

    [Fact]
    public async Task The_manifest_counts_rows_and_holds_the_hash_of_each_file()
    {
        var folder = await GenerateAsync(50, 1, "a");

        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "manifest.json")));
        manifest.RootElement.GetProperty("as_of").GetString().ShouldBe(AsOf);
        var files = manifest.RootElement.GetProperty("files");
        foreach (var name in s_files[..4])
        {
            var file = files.GetProperty(name);
            file.GetProperty("rows").GetInt32().ShouldBe(CareRows.Read(folder, name).Count);
            file.GetProperty("sha256").GetString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(folder, name)))));
        }

        CareRows.Read(folder, "set_aside.csv").ShouldBeEmpty();
    }

    [Fact]
    public async Task With_json_the_result_is_one_object()
    {
        var result = await _cli.RunAsync("db", "generate", "--children", "5", "--seed", "1", "--out", "a", "--as-of", AsOf, "--json");

        using var json = JsonDocument.Parse(result.Out);
        json.RootElement.GetProperty("as_of").GetString().ShouldBe(AsOf);
        json.RootElement.GetProperty("files").GetProperty("person.csv").GetProperty("rows").GetInt32().ShouldBeGreaterThanOrEqualTo(5);
        Directory.Exists(_cli.Folder.File("data")).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(200)]
    [InlineData(1000)]
    public async Task There_are_as_many_children_as_asked_for(int children)
    {
        var rows = CareRows.Of(await GenerateAsync(children, 3, "a"));

        // Every child has a plan or a status; mothers have neither, unless they are children themselves. Some rows speak of nobody.
        var withRows = rows.Plans.Select(p => p.PersonId).Concat(rows.Statuses.Select(s => s.PersonId)).Where(rows.ById.ContainsKey).Distinct();
        withRows.Count().ShouldBe(children);
        rows.Workers.Count.ShouldBeGreaterThanOrEqualTo(10);
    }

    [Fact]
    public async Task Every_number_is_from_the_999_range_and_none_is_given_twice_but_on_purpose()
    {
        var rows = CareRows.Of(await GenerateAsync(3000, 5, "a"));

        var valid = rows.People.Where(CareRows.HasUsableNumber).Select(p => NhsNumber.Parse(p.NhsNumber).Value).ToList();
        valid.ShouldAllBe(n => n.StartsWith("999", StringComparison.Ordinal));
        valid.GroupBy(n => n).Count(g => g.Count() > 1).ShouldBe(2);
        rows.People.Where(p => p.NhsNumber is not null).ShouldAllBe(p => p.NhsNumber!.StartsWith("999") || p.NhsNumber == "0000000000");

        // The national bar is 95% (rule K5).
        var born = rows.People.Where(p => !p.IsUnborn).ToList();
        ((double)born.Count(CareRows.HasUsableNumber) / born.Count).ShouldBeInRange(0.95, 0.995);
    }

    [Fact]
    public async Task Rows_are_as_a_care_system_would_hold_them()
    {
        var rows = CareRows.Of(await GenerateAsync(3000, 5, "a"));

        rows.People.Select(p => p.PersonId).ShouldBeUnique();
        rows.Plans.Select(p => p.PlanId).Concat(rows.Statuses.Select(s => s.LegalStatusId)).ShouldBeUnique();
        rows.People.ShouldAllBe(p => p.DateOfBirth == null || p.DateOfBirth <= s_today);
        rows.Statuses.ShouldAllBe(s => s.EndDate == null || s.EndDate >= s.StartDate);
        rows.Plans.Select(p => p.ChangedAt).Concat(rows.Statuses.Select(s => s.ChangedAt)).Concat(rows.People.Select(p => p.ChangedAt))
            .ShouldAllBe(t => t < new DateTimeOffset(2026, 3, 10, 0, 0, 0, TimeSpan.Zero));
        rows.Workers.ShouldContain(w => !w.IsActive);
        rows.People.ShouldContain(p => p.FamilyName != null && p.FamilyName.Contains('\''));
        rows.People.ShouldContain(p => p.FamilyName != null && p.FamilyName.Contains('-'));
        rows.People.ShouldContain(p => p.GivenNames != null && p.GivenNames.Any(char.IsSurrogate));
        rows.People.ShouldContain(p => p.GivenNames != null && p.GivenNames.Any(c => c > '\u007f' && c < '\ud800'));
        rows.People.ShouldContain(p => !p.IsUnborn && rows.MotherOf(p) != null);
    }

    [Theory]
    [InlineData(200, 1)]
    [InlineData(200, 2)]
    [InlineData(1000, 7)]
    public async Task From_200_children_on_every_case_of_rules_sections_1_and_2_occurs(int children, int seed)
    {
        var rows = CareRows.Of(await GenerateAsync(children, seed, "a"));
        var missing = Cases(rows).Where(c => !c.Occurs).Select(c => c.Name);

        missing.ShouldBeEmpty();
    }

    [Fact]
    public async Task Bad_rows_come_on_request_only_and_every_kind_of_them()
    {
        var good = await GenerateAsync(40, 1, "a");
        (await _cli.RunAsync("db", "generate", "--children", "40", "--seed", "1", "--out", "b", "--as-of", AsOf, "--bad-rows", "12")).ExitCode.ShouldBe(0);
        var bad = _cli.Folder.File("b");

        int CountOf(string folder, string file) => CareRows.Read(folder, file).Count;
        s_files[..4].Sum(f => CountOf(bad, f) - CountOf(good, f)).ShouldBe(12);
        foreach (var file in s_files[..4])
        {
            CountOf(bad, file).ShouldBeGreaterThan(CountOf(good, file), file);
        }

        CareRows.Read(bad, "plan.csv").ShouldContain(r => r["start_date"] == "31/02/2025");
        CareRows.Read(bad, "plan.csv").ShouldContain(r => r["plan_id"] == null);
        CareRows.Read(bad, "plan.csv").Where(r => r["plan_id"] is not null).GroupBy(r => r["plan_id"]).Count(g => g.Count() > 1).ShouldBe(1);
        (await File.ReadAllLinesAsync(Path.Combine(bad, "plan.csv"))).ShouldContain(l => l.Count(c => c == ',') == 1);
        CareRows.Read(bad, "plan.csv").ShouldContain(r => r["held_by_other_authority"] == "maybe");
        CareRows.Read(bad, "person.csv").ShouldContain(r => r["family_name"] != null && r["family_name"]!.Length > 200);
        CareRows.Read(bad, "person.csv").ShouldContain(r => string.CompareOrdinal(r["date_of_birth"], AsOf) > 0);
        CareRows.Read(bad, "legal_status.csv").ShouldContain(r => r["person_id"] == null);
    }

    [Fact]
    public async Task More_children_than_numbers_is_a_clear_error_and_leaves_nothing()
    {
        var result = await _cli.RunAsync("db", "generate", "--children", "1000000", "--seed", "1", "--out", "a");

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("NHS numbers");
        Directory.Exists(_cli.Folder.File("a")).ShouldBeFalse();
    }

    [Fact]
    public async Task An_interrupted_run_leaves_no_file_and_an_earlier_one_as_it_was()
    {
        var folder = await GenerateAsync(20, 1, "a");
        var before = await File.ReadAllTextAsync(Path.Combine(folder, "manifest.json"));
        using var interruption = new CancellationTokenSource();
        var running = Task.Run(() => _cli.RunAsync(interruption.Token, "db", "generate", "--children", "800000", "--seed", "2", "--out", "a"));
        while (Directory.GetDirectories(_cli.Folder.Path).Length == 1 && !running.IsCompleted)
        {
            await Task.Yield();
        }

        await interruption.CancelAsync();

        (await running).ExitCode.ShouldBe(130);
        (await File.ReadAllTextAsync(Path.Combine(folder, "manifest.json"))).ShouldBe(before);
        Directory.GetDirectories(_cli.Folder.Path).ShouldBe([folder]);
    }

    private static IEnumerable<(string Name, bool Occurs)> Cases(CareRows rows)
    {
        bool Born(Person p) => !p.IsUnborn;
        bool Shared(LegalStatus s) => s is { Code: "C1" or "C2" or "V2", RecordedInError: false };
        IEnumerable<(LegalStatus First, LegalStatus Next)> Pairs() =>
            from first in rows.Statuses.Where(Shared)
            from next in rows.Statuses.Where(Shared)
            where first.PersonId == next.PersonId && first.LegalStatusId != next.LegalStatusId && next.StartDate > first.StartDate
            select (first, next);
        bool Gap(int days) => Pairs().Any(p => p.First.EndDate is { } end && p.Next.StartDate == end.AddDays(days + 1));
        IEnumerable<(Person Child, Plan Plan)> Unborn() =>
            from child in rows.People.Where(p => p.IsUnborn) from plan in rows.PlansOf(child) select (child, plan);
        Person? PersonOf(Plan plan) => rows.ById.GetValueOrDefault(plan.PersonId);

        yield return ("S1 born with plan", rows.Plans.Any(p => PersonOf(p) is { IsUnborn: false }));
        yield return ("S1 born without birth date", rows.People.Any(p => Born(p) && p.DateOfBirth is null && rows.PlansOf(p).Any()));
        foreach (var code in new[] { "V3", "V4", "E1", "J1" })
        {
            yield return ($"S2 {code}", rows.Statuses.Any(s => s.Code == code));
        }

        foreach (var code in new[] { "C1", "C2", "V2" })
        {
            yield return ($"S2 {code}", rows.Statuses.Any(s => s.Code == code && s.EndDate is null));
        }

        yield return ("S4 gap of no day", Gap(0));
        yield return ("S4 gap of a day", Gap(1));
        yield return ("S4 gap of two days", Gap(2));
        yield return ("S4 a day in common", Gap(-1));
        yield return ("S5 with mother", Unborn().Any(u => rows.MotherOf(u.Child) is { } m && CareRows.HasUsableNumber(m) && u.Child.ExpectedDateOfBirth > s_today));
        yield return ("S6 own end before EDD", Unborn().Any(u => u.Plan.EndDate < u.Child.ExpectedDateOfBirth));
        yield return ("S6 last visible day", Unborn().Any(u => u.Plan.EndDate is null && u.Child.ExpectedDateOfBirth == s_today.AddDays(-28)));
        yield return ("S6 day after", Unborn().Any(u => u.Plan.EndDate is null && u.Child.ExpectedDateOfBirth == s_today.AddDays(-29)));
        yield return ("S6 no EDD", Unborn().Any(u => u.Child.ExpectedDateOfBirth is null));
        yield return ("S6 EDD before the start", Unborn().Any(u => u.Child.ExpectedDateOfBirth < u.Plan.StartDate));
        yield return ("S7 twins", Unborn().GroupBy(u => u.Child.MotherPersonId).Any(g => g.Key is not null && g.Count() == 2 && g.Select(u => u.Plan.StartDate).Distinct().Count() == 2));
        yield return ("S8 mother under 18 with a plan", Unborn().Any(u => rows.MotherOf(u.Child) is { } m && m.DateOfBirth > s_today.AddYears(-18) && rows.PlansOf(m).Any() && rows.StatusesOf(m).Any()));
        yield return ("S8 plan and status", rows.People.Any(p => Born(p) && rows.PlansOf(p).Any() && rows.StatusesOf(p).Any(Shared)));
        yield return ("S9 plan goes on after birth", rows.Plans.Any(p => PersonOf(p) is { IsUnborn: false } c && p.StartDate < c.DateOfBirth && p.EndDate is null));
        yield return ("S9 plan ended before birth", rows.Plans.Any(p => PersonOf(p) is { IsUnborn: false } c && p.EndDate < c.DateOfBirth));
        yield return ("S9 one twin born, without number", rows.People.Any(p => Born(p) && p.NhsNumber is null && p.MotherPersonId is not null && rows.People.Any(t => t.IsUnborn && t.MotherPersonId == p.MotherPersonId)));
        yield return ("S10 last visible day", rows.Plans.Any(p => p.EndDate == s_today.AddMonths(-12)));
        yield return ("S10 day after", rows.Plans.Any(p => p.EndDate == s_today.AddMonths(-12).AddDays(-1)));
        yield return ("S10 status long ended", rows.Statuses.Any(s => Shared(s) && s.EndDate < s_today.AddMonths(-12)));
        yield return ("S11", rows.Plans.Any(p => p.HeldByOtherAuthority));
        yield return ("S12 tomorrow", rows.Plans.Any(p => p.StartDate == s_today.AddDays(1)));
        yield return ("S13 18 today", rows.People.Any(p => p.DateOfBirth == s_today.AddYears(-18) && rows.StatusesOf(p).Any()));
        yield return ("S13 18 tomorrow", rows.People.Any(p => p.DateOfBirth == s_today.AddYears(-18).AddDays(1) && rows.StatusesOf(p).Any()));
        yield return ("S14 two starts", rows.Plans.GroupBy(p => p.PersonId).Any(g => g.Select(p => p.StartDate).Distinct().Count() > 1));
        yield return ("S14 one start, two rows", rows.Plans.GroupBy(p => (p.PersonId, p.StartDate)).Any(g => g.Count() > 1));
        yield return ("S15 no start", rows.Plans.Any(p => p.StartDate is null));
        yield return ("S15 end before start", rows.Plans.Any(p => p.EndDate < p.StartDate));
        yield return ("S15 status of an unborn", rows.Statuses.Any(s => rows.ById.GetValueOrDefault(s.PersonId) is { IsUnborn: true }));
        yield return ("S15 person missing", rows.Plans.Any(p => PersonOf(p) is null));
        yield return ("N1 wrong check digit", rows.People.Any(p => p.NhsNumber?.Length == 10 && !CareRows.HasUsableNumber(p)));
        yield return ("N1 nine digits", rows.People.Any(p => p.NhsNumber?.Length == 9));
        yield return ("N1 one digit ten times", rows.People.Any(p => p.NhsNumber == "9999999999"));
        yield return ("N1 spaces or hyphens", rows.People.Any(p => p.NhsNumber?.Length == 12 && CareRows.HasUsableNumber(p)));
        yield return ("N2 missing", rows.Plans.Any(p => PersonOf(p) is { IsUnborn: false, NhsNumber: null }));
        yield return ("N2 no mother", Unborn().Any(u => u.Child.MotherPersonId is null));
        yield return ("N2 mother not in the source", Unborn().Any(u => u.Child.MotherPersonId is not null && rows.MotherOf(u.Child) is null));
        yield return ("N2 mother without number", Unborn().Any(u => rows.MotherOf(u.Child) is { NhsNumber: null }));
        yield return ("N2 mother with an invalid number", Unborn().Any(u => rows.MotherOf(u.Child) is { NhsNumber: not null } m && !CareRows.HasUsableNumber(m)));
        yield return ("N5 no family name", rows.People.Any(p => Born(p) && p.FamilyName is null));
        yield return ("N5 two missing", rows.People.Any(p => Born(p) && p.GivenNames is null && p.DateOfBirth is null));
        yield return ("N5 mother's birth date missing", Unborn().Any(u => rows.MotherOf(u.Child) is { DateOfBirth: null }));
        yield return ("N5 several given names", rows.People.Any(p => p.GivenNames is not null && p.GivenNames.Contains(' ')));
        var twice = rows.People.Where(CareRows.HasUsableNumber).GroupBy(p => NhsNumber.Parse(p.NhsNumber)).Where(g => g.Count() > 1).ToList();
        yield return ("N6 two children", twice.Any(g => g.All(p => rows.PlansOf(p).Any())));
        yield return ("N6 a mother and a child", twice.Any(g => g.Any(p => !rows.PlansOf(p).Any()) && g.Any(p => rows.PlansOf(p).Any())));
        yield return ("U3 plan in error", rows.Plans.Any(p => p.RecordedInError));
        yield return ("U3 status in error", rows.Statuses.Any(s => s.RecordedInError));
        yield return ("A8 nobody allocated", rows.People.Any(p => Born(p) && rows.PlansOf(p).Any() && p is { WorkerId: null, ManagerId: null, Team: null }));
        yield return ("A8 worker inactive", rows.Workers.Where(w => !w.IsActive).Any(w => rows.People.Any(p => p.WorkerId == w.WorkerId)));
        yield return ("A8 manager unknown", rows.People.Any(p => p.ManagerId is not null && rows.Workers.All(w => w.WorkerId != p.ManagerId)));
    }

    private async Task<string> GenerateAsync(int children, int seed, string folder)
    {
        var result = await _cli.RunAsync("db", "generate", "--children", $"{children}", "--seed", $"{seed}", "--out", folder, "--as-of", AsOf);
        result.Error.ShouldBeEmpty();
        result.ExitCode.ShouldBe(0);
        return _cli.Folder.File(folder);
    }
}
