using System.Text;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Batch.Tests.StandIn;

/// <summary>Accesses and inactive numbers on request.</summary>
public sealed class NotificationTests : IDisposable
{
    private readonly TrialSystem _trial = new();

    public void Dispose() => _trial.Dispose();

    [Fact]
    public async Task Accesses_are_one_notification_of_people_held_with_the_file_that_brought_them_last()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"), TrialSystem.Record(TrialSystem.Number(2), "P2"));
        await _trial.UploadAsync(2, TrialSystem.Record(TrialSystem.Number(2), "P2", PlanType.Lac));

        var result = await _trial.SimulateAsync("--accesses", "40");

        result.GetProperty("accesses").GetInt32().ShouldBe(40);
        var notification = _trial.TakeMessages<AccessNotification>().Single();
        (notification.StatedTotal, notification.QueryCount, notification.BlockCount).ShouldBe((40, 40, 2));
        notification.MadeAt.ShouldBe(_trial.Now);
        notification.Accesses.Select(a => (a.NhsNumber, a.LocalPersonId, a.UploadFileNumber)).Distinct()
            .ShouldBe([(TrialSystem.Number(1), "P1", "000001"), (TrialSystem.Number(2), "P2", "000002")], ignoreOrder: true);
        notification.Accesses.ShouldAllBe(a => a.AccessedAt > _trial.Now.AddHours(-24) && a.AccessedAt <= _trial.Now && a.TimeIsKnown);
        notification.Accesses.Select(a => a.QueryId).Distinct().Count().ShouldBe(40);
        notification.Accesses.ShouldAllBe(a => a.AccessedBy != null && a.JobRole != null && a.OrganisationCode != null && a.OrganisationName != null);
        notification.Accesses.Select(a => a.OrganisationCode).Distinct().Count().ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Only_what_is_shown_on_the_business_date_is_accessed()
    {
        await _trial.UploadAsync(
            1,
            TrialSystem.Record(TrialSystem.Number(1), "LastDay", start: "2024-01-01", end: "2025-03-10"),
            TrialSystem.Record(TrialSystem.Number(2), "DayTooLate", start: "2024-01-01", end: "2025-03-09"),
            TrialSystem.Record(TrialSystem.Number(3), "FirstDay", start: "2026-03-10"),
            TrialSystem.Record(TrialSystem.Number(4), "DayTooEarly", start: "2026-03-11"),
            TrialSystem.Mother(TrialSystem.Number(5), "GraceLastDay", start: "2025-12-01", end: "2026-02-10"),
            TrialSystem.Mother(TrialSystem.Number(6), "GraceOver", start: "2025-12-01", end: "2026-02-09"));

        var result = await _trial.SimulateAsync("--accesses", "200");

        result.GetProperty("held").GetInt32().ShouldBe(6);
        var accesses = _trial.TakeMessages<AccessNotification>().Single().Accesses;
        accesses.Select(a => a.LocalPersonId).Distinct().ShouldBe(["LastDay", "FirstDay", "GraceLastDay"], ignoreOrder: true);
        accesses.Where(a => a.LocalPersonId == "FirstDay").ShouldAllBe(a => a.AccessedAt >= new DateTimeOffset(2026, 3, 10, 0, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task S13_who_has_come_of_age_since_is_held_and_not_shown()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1", born: "2008-03-11"), TrialSystem.Mother(TrialSystem.Number(2), "P2"));
        await _trial.SimulateAsync();

        (await _trial.ShowAsync("2026-03-10")).GetProperty("shown").GetInt32().ShouldBe(2);
        var show = await _trial.ShowAsync("2026-03-11");
        show.GetProperty("shown").GetInt32().ShouldBe(1);
        show.GetProperty("held").GetInt32().ShouldBe(2);
        await _trial.SimulateAsync("--accesses", "20", "--as-of", "2026-03-11");
        _trial.TakeMessages<AccessNotification>().Single().Accesses.ShouldAllBe(a => a.LocalPersonId == "P2");
    }

    [Fact]
    public async Task A7_named_people_are_accessed_as_often_as_they_are_named()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"), TrialSystem.Mother(TrialSystem.Number(2), "P2"), TrialSystem.Record(TrialSystem.Number(3), "P3"));

        var result = await _trial.SimulateAsync("--access-of", "P1", "--access-of", "P2", "--access-of", "P1", "--access-of", "P1");

        result.GetProperty("accesses").GetInt32().ShouldBe(4);
        _trial.TakeMessages<AccessNotification>().Single().Accesses.CountBy(a => a.LocalPersonId!).Select(c => (c.Key, c.Value))
            .ShouldBe([("P1", 3), ("P2", 1)], ignoreOrder: true);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("5")]
    public async Task A10_with_none_asked_for_or_nobody_shown_the_notification_is_empty(string count)
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1", start: count == "0" ? "2026-01-15" : "2026-03-11"));

        await _trial.SimulateAsync("--accesses", count);

        var notification = _trial.TakeMessages<AccessNotification>().Single();
        (notification.StatedTotal, notification.BlockCount).ShouldBe((0, 0));
        notification.RecipientOdsCode.ShouldBe("X99");
    }

    [Fact]
    public async Task Without_the_option_there_is_no_notification()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"));
        await _trial.SimulateAsync();

        _trial.TakeMessages<AccessNotification>().ShouldBeEmpty();
        _trial.TakeMessages<InactiveNotification>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A1_devices_have_an_ASID_and_none_one_or_two_superiors()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"));
        await _trial.SimulateAsync("--accesses", "60", "--device");

        var text = Encoding.UTF8.GetString(_trial.Inbound().Single(m => m.Name.StartsWith("access", StringComparison.Ordinal)).Bytes);
        text.ShouldContain("COCT_TP145104GB01#System");
        text.ShouldNotContain("COCT_TP145102GB01");
        var accesses = _trial.TakeMessages<AccessNotification>().Single().Accesses;
        accesses.ShouldContain(a => a.AccessedBy!.StartsWith("System ", StringComparison.Ordinal) && a.JobRole == null && a.AccessedBy.Length == "System ".Length + 12);
        accesses.ShouldContain(a => a.AccessedBy!.Contains("; "));
        accesses.ShouldContain(a => a.JobRole != null && a.JobRole.Contains("telephone") && !a.AccessedBy!.Contains("; "));
    }

    [Fact]
    public async Task The_same_seed_on_the_same_state_gives_the_same_bytes_and_another_seed_others()
    {
        async Task<string[]> RunAsync(string seed)
        {
            using var trial = new TrialSystem();
            await trial.UploadAsync(1, [.. Enumerable.Range(1, 30).Select(i => TrialSystem.Record(TrialSystem.Number(i), $"P{i}"))]);
            await trial.SimulateAsync("--accesses", "10", "--inactive", "3", "--replacements", "several", "--seed", seed);
            return [.. trial.Inbound().Select(m => m.Name + Encoding.UTF8.GetString(m.Bytes))];
        }

        var first = await RunAsync("7");
        first.Length.ShouldBe(3);
        (await RunAsync("7")).ShouldBe(first);
        (await RunAsync("8")).ShouldNotBe(first);
    }

    [Fact]
    public async Task A3_the_same_request_on_another_night_makes_other_accesses()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"));
        await _trial.SimulateAsync("--accesses", "5");
        await _trial.SimulateAsync("--accesses", "5");

        var notifications = _trial.TakeMessages<AccessNotification>();
        notifications.Count.ShouldBe(2);
        notifications.SelectMany(n => n.Accesses).Select(a => a.QueryId).Distinct().Count().ShouldBe(10);
    }

    [Theory]
    [InlineData("none", 0, "CPR01")]
    [InlineData("one", 1, "CPR05")]
    [InlineData("several", 2, "CPR05")]
    public async Task N3_an_inactive_number_is_held_no_more_and_nothing_is_taken_under_it(string replacements, int count, string code)
    {
        await _trial.UploadAsync(
            1, TrialSystem.Record(TrialSystem.Number(1), "P1"), TrialSystem.Record(TrialSystem.Number(1), "P1", PlanType.Lac), TrialSystem.Record(TrialSystem.Number(2), "P2"));
        var result = await _trial.SimulateAsync("--inactive-of", "P1", "--replacements", replacements);

        result.GetProperty("inactive").GetInt32().ShouldBe(1);
        var number = _trial.TakeMessages<InactiveNotification>().Single().Subjects.Single();
        (number.NhsNumber, number.LocalPersonId, number.UploadFileNumber).ShouldBe((TrialSystem.Number(1), "P1", "000001"));
        number.Replacements.Count.ShouldBe(count);
        number.Replacements.Distinct().Count().ShouldBe(count);
        number.Replacements.ShouldAllBe(r => r.StartsWith("999", StringComparison.Ordinal) && IsValid(r) && r != TrialSystem.Number(1) && r != TrialSystem.Number(2));
        (await _trial.HeldAsync()).ShouldBe(["P2 CPP 2026-01-15"]);

        _trial.TakeMessages<Acknowledgement>();
        await _trial.UploadAsync(2, TrialSystem.Record(TrialSystem.Number(1), "P1", delete: TrialSystem.Day), TrialSystem.Record(TrialSystem.Number(3), "P1"));
        await _trial.SimulateAsync();
        _trial.TakeMessages<Acknowledgement>().Single().Results.Select(r => r.Code).ShouldBe([code, "CPR06"]);
    }

    [Fact]
    public async Task Inactive_numbers_are_of_different_people_and_never_more_than_are_held()
    {
        await _trial.UploadAsync(1, [.. Enumerable.Range(1, 12).Select(i => TrialSystem.Record(TrialSystem.Number(i), $"P{i}"))]);
        await _trial.SimulateAsync("--inactive", "4", "--inactive-of", "P3");
        var first = _trial.TakeMessages<InactiveNotification>().Single().Subjects;
        first.Count.ShouldBe(5);
        first.Select(s => s.LocalPersonId).ShouldContain("P3");
        first.Select(s => s.NhsNumber).Distinct().Count().ShouldBe(5);

        (await _trial.SimulateAsync("--inactive", "100")).GetProperty("inactive").GetInt32().ShouldBe(7);
        _trial.TakeMessages<InactiveNotification>().Single().Subjects.Select(s => s.NhsNumber).ShouldNotContain(n => first.Any(f => f.NhsNumber == n));
        (await _trial.SimulateAsync("--inactive", "1")).GetProperty("inactive").GetInt32().ShouldBe(0);
        _trial.TakeMessages<InactiveNotification>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Accesses_and_inactive_numbers_of_one_run_may_concern_the_same_person()
    {
        await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(1), "P1"));
        await _trial.SimulateAsync("--access-of", "P1", "--inactive-of", "P1");

        _trial.TakeMessages<AccessNotification>().Single().Accesses.Single().NhsNumber.ShouldBe(TrialSystem.Number(1));
        _trial.TakeMessages<InactiveNotification>().Single().Subjects.Single().NhsNumber.ShouldBe(TrialSystem.Number(1));
    }

    [Fact]
    public async Task Show_counts_by_plan_type_and_takes_nothing()
    {
        await _trial.UploadAsync(
            1,
            TrialSystem.Record(TrialSystem.Number(1), "P1"),
            TrialSystem.Record(TrialSystem.Number(2), "P2", start: "2026-03-11"),
            TrialSystem.Mother(TrialSystem.Number(3), "P3"));
        await _trial.SimulateAsync();
        await _trial.UploadAsync(2, TrialSystem.Record(TrialSystem.Number(4), "P4"));

        var show = await _trial.ShowAsync();

        show.GetProperty("by_plan_type").EnumerateArray()
            .Select(c => (c.GetProperty("plan_type").GetString(), c.GetProperty("held").GetInt32(), c.GetProperty("shown").GetInt32()))
            .ShouldBe([("CPP", 2, 1), ("UCPP", 1, 1)], ignoreOrder: true);
        _trial.Waiting.ShouldBe([TrialSystem.UploadName(2)]);
        (await _trial.TryAsync("--show")).Out.ShouldContain("UCPP");
    }

    private static bool IsValid(string number) => NhsNumber.TryParse(number, out _);
}
