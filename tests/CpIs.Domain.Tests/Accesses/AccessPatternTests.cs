using CpIs.Domain.Accesses;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using static CpIs.Domain.Tests.Accesses.Told;

namespace CpIs.Domain.Tests.Accesses;

public class AccessPatternTests
{
    private static PatternAccess At(long id, string day, string? organisation = "RXX01", bool isNew = false, string? name = null) =>
        new(id, Noon(day), "Jo", "Nurse", organisation, name, isNew);

    private static long[] Find(params PatternAccess[] accesses) => [.. AccessPattern.Find(accesses, PatternSettings.Default).Select(a => a.AccessId)];

    [Theory]
    [InlineData("2026-01-30", true)]
    [InlineData("2026-01-31", false)]
    public void A7_three_accesses_in_30_days_first_and_last_included(string third, bool pattern) =>
        Find(At(1, "2026-01-01"), At(2, "2026-01-15"), At(3, third, isNew: true)).ShouldBe(pattern ? [1, 2, 3] : []);

    [Theory]
    [InlineData("2026-01-07", true)]
    [InlineData("2026-01-08", false)]
    public void A7_two_organisations_in_7_days_first_and_last_included(string second, bool pattern) =>
        Find(At(1, "2026-01-01"), At(2, second, "RYY01", isNew: true)).ShouldBe(pattern ? [1, 2] : []);

    [Fact]
    public void A7_two_accesses_at_one_organisation_are_no_pattern() =>
        Find(At(1, "2026-01-01", "RXX01"), At(2, "2026-01-02", " rxx01 ", isNew: true)).ShouldBeEmpty();

    [Fact]
    public void A7_organisations_without_code_are_told_apart_by_name_and_unknown_ones_not_at_all()
    {
        Find(At(1, "2026-01-01", null, name: "North Clinic"), At(2, "2026-01-02", null, true, "South Clinic")).ShouldBe([1, 2]);
        Find(At(1, "2026-01-01", null, name: "North Clinic"), At(2, "2026-01-02", null, true, "NORTH CLINIC")).ShouldBeEmpty();
        Find(At(1, "2026-01-01", null), At(2, "2026-01-02", "RXX01", true)).ShouldBeEmpty();
    }

    [Fact]
    public void A7_again_only_when_a_further_access_falls_in_the_window()
    {
        PatternAccess[] old = [At(1, "2026-01-01"), At(2, "2026-01-02"), At(3, "2026-01-03")];
        Find(old).ShouldBeEmpty();
        Find([.. old, At(4, "2026-01-30", isNew: true)]).ShouldBe([1, 2, 3, 4]);
        Find([.. old, At(4, "2026-01-31", isNew: true)]).ShouldBe([2, 3, 4]);
        Find([.. old, At(4, "2026-02-02", isNew: true)]).ShouldBeEmpty();
    }

    [Fact]
    public void A7_windows_go_by_the_time_of_access_not_by_arrival() =>
        Find(At(3, "2026-01-20"), At(2, "2026-01-10"), At(9, "2026-01-01", isNew: true)).ShouldBe([9, 2, 3]);

    [Fact]
    public void A7_days_are_London_days()
    {
        var late = At(1, "2026-06-01") with { AccessedAt = new DateTimeOffset(2026, 5, 31, 23, 30, 0, TimeSpan.Zero) };
        Find(late, At(2, "2026-06-07", "RYY01", true)).ShouldBe([1, 2]);
        Find(late with { AccessedAt = late.AccessedAt.AddHours(-1) }, At(2, "2026-06-07", "RYY01", true)).ShouldBeEmpty();
    }

    [Fact]
    public void A7_agrees_with_looking_at_every_window()
    {
        var access =
            from day in Gen.Choose(0, 60)
            from organisation in Gen.Elements("A", "B", null)
            from isNew in Gen.Elements(true, false, false)
            select (day, organisation, isNew);
        Prop.ForAll(access.ListOf().ToArbitrary(), list =>
        {
            var accesses = list.Select((a, i) => At(i, new DateOnly(2026, 1, 1).AddDays(a.day).ToString("yyyy-MM-dd"), a.organisation, a.isNew)).ToList();
            var expected = new SortedSet<long>();
            for (var from = -30; from <= 61; from++)
            {
                AddWindow(30, w => w.Count >= 3);
                AddWindow(7, w => w.Select(a => a.OrganisationCode).OfType<string>().Distinct().Count() >= 2);

                void AddWindow(int days, Func<List<PatternAccess>, bool> is_)
                {
                    var start = new DateOnly(2026, 1, 1).AddDays(from);
                    var window = accesses.FindAll(a => DateOnly.FromDateTime(a.AccessedAt.DateTime) >= start && DateOnly.FromDateTime(a.AccessedAt.DateTime) < start.AddDays(days));
                    if (window.Exists(a => a.IsNew) && is_(window))
                    {
                        expected.UnionWith(window.Select(a => a.AccessId));
                    }
                }
            }

            AccessPattern.Find(accesses, PatternSettings.Default).Select(a => a.AccessId).Order().ShouldBe(expected);
        }).QuickCheckThrowOnFailure();
    }
}
