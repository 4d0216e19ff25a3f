using CpIs.Domain.Decisions;
using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Domain.Tests.Rules;

/// <summary>How long a record is shown: rules S10 and S13.</summary>
public class VisibilityTests
{
    private readonly Council _council = new();

    [Theory]
    [InlineData("2016-01-31", "2017-01-31")]
    [InlineData("2016-02-29", "2017-02-28")]
    [InlineData("2015-02-28", "2016-02-28")]
    [InlineData("2016-12-31", "2017-12-31")]
    [InlineData("2016-06-15", "2017-06-15")]
    public void S10_an_ended_record_is_shown_for_12_calendar_months_inclusive(string end, string last)
    {
        _council.Child("ada").Plan("p1", "2015-01-04", end);
        _council.Child("ben").Status("s1", "C2", "2015-01-04", end);

        _council.Look(last).Decisions.ShouldAllBe(d => d.Kind == DecisionKind.New && d.VisibleUntil == Council.Day(last));
        _council.Look(Council.Day(last).AddDays(1).ToString("yyyy-MM-dd")).Decisions
            .ShouldAllBe(d => d.Kind == DecisionKind.Withheld && d.Reason == Reasons.RetentionExpired && d.VisibleUntil == null);
    }

    [Fact]
    public void S10_ended_31_Jan_2016_is_shown_to_31_Jan_2017_and_lapses_on_1_Feb()
    {
        _council.Child("ada").Plan("p1", "2015-01-04", "2016-01-31");
        _council.Night("2016-03-01").Confirmed();

        _council.Night("2017-01-31").ShouldDecide("CPP ada #1 2015-01-04..2016-01-31 unchanged").ShouldLapse();
        _council.Night("2017-02-01").ShouldDecide("CPP ada #1 2015-01-04..2016-01-31 withheld retention-expired").ShouldLapse("CPP #1 2015-01-04");
        _council.Night("2017-02-02").ShouldDecide("CPP ada #1 2015-01-04..2016-01-31 withheld retention-expired").ShouldLapse();
    }

    [Theory]
    [InlineData(6, "2016-08-31", "2017-02-28")]
    [InlineData(1, "2016-01-31", "2016-02-29")]
    [InlineData(0, "2016-01-31", "2016-01-31")]
    [InlineData(24, "2016-01-31", "2018-01-31")]
    public void S10_the_months_are_a_setting(int months, string end, string last)
    {
        var settings = RuleSettings.Default with { RetentionMonths = months };

        Visibility.Until(PlanType.Cpp, Council.Day(end), settings).ShouldBe(Council.Day(last));
        Visibility.Until(PlanType.Lac, Council.Day(end), settings).ShouldBe(Council.Day(last));
    }

    [Fact]
    public void S10_without_an_end_it_is_shared_without_limit()
    {
        _council.Child("ada", born: "2015-12-01").Plan("p1", "2016-01-04");

        _council.Look("2033-11-30").Decisions.Single().VisibleUntil.ShouldBeNull();
        _council.Look("2033-11-30").ShouldDecide("CPP ada #1 2016-01-04.. new");
    }

    [Fact]
    public void S10_the_last_day_is_that_of_the_month_or_the_same_day_for_every_end() =>
        Always.Holds(from day in Gen.Choose(0, 20_000) from months in Gen.Choose(0, 36) select (Day: new DateOnly(2000, 1, 1).AddDays(day), months), x =>
        {
            var until = Visibility.Until(PlanType.Cpp, x.Day, RuleSettings.Default with { RetentionMonths = x.months })!.Value;
            ((until.Year * 12) + until.Month).ShouldBe((x.Day.Year * 12) + x.Day.Month + x.months);
            until.Day.ShouldBe(Math.Min(x.Day.Day, DateTime.DaysInMonth(until.Year, until.Month)));
        });

    [Fact]
    public void S10_the_end_of_the_calendar_does_not_fail()
    {
        Visibility.Until(PlanType.Cpp, DateOnly.MaxValue, RuleSettings.Default).ShouldBe(DateOnly.MaxValue);
        Visibility.Until(PlanType.Ucpp, DateOnly.MaxValue, RuleSettings.Default).ShouldBe(DateOnly.MaxValue);
        Visibility.Until(PlanType.Cpp, new DateOnly(9998, 12, 31), RuleSettings.Default).ShouldBe(DateOnly.MaxValue);
        Visibility.IsAdult(DateOnly.MaxValue, DateOnly.MaxValue).ShouldBeFalse();
    }

    [Fact]
    public void S10_a_lapsed_record_that_is_open_again_is_new()
    {
        _council.Child("ada").Plan("p1", "2015-01-04", "2015-02-01");
        _council.Night("2016-01-20").Confirmed();
        _council.Night("2016-02-02").ShouldLapse("CPP #1 2015-01-04");

        _council.Plan("p1").EndsOn(null);

        _council.Night("2016-02-03").ShouldDecide("CPP ada #1 2015-01-04.. new").Confirmed();
        _council.Night("2016-02-04").ShouldSendNothing();
    }

    [Fact]
    public void S10_a_record_that_would_lapse_tonight_and_is_open_again_is_new()
    {
        _council.Child("ada").Plan("p1", "2015-01-04", "2015-02-01");
        _council.Night("2016-01-20").Confirmed();

        _council.Plan("p1").EndsOn(null);

        _council.Night("2016-02-02").ShouldDecide("CPP ada #1 2015-01-04.. new").ShouldLapse("CPP #1 2015-01-04").Confirmed();
        _council.Night("2016-02-03").ShouldDecide("CPP ada #1 2015-01-04.. unchanged").ShouldLapse();
    }

    [Theory]
    [InlineData("1998-03-15", "2016-03-14", "2016-03-15")]
    [InlineData("1996-02-29", "2014-02-28", "2014-03-01")]
    [InlineData("2000-02-29", "2018-02-28", "2018-03-01")]
    [InlineData("1998-03-01", "2016-02-29", "2016-03-01")]
    [InlineData("1998-02-28", "2016-02-27", "2016-02-28")]
    public void S13_nothing_is_sent_from_the_18th_birthday_on(string born, string last, string birthday)
    {
        _council.Child("ada", born).Plan("p1", "2013-01-04").Status("s1", "C2", "2013-01-04");

        _council.Look(last).Decisions.ShouldAllBe(d => d.Kind == DecisionKind.New);
        _council.Look(birthday).Decisions.ShouldAllBe(d => d.Kind == DecisionKind.Withheld && d.Reason == Reasons.Aged18);
    }

    [Fact]
    public void S13_adulthood_begins_on_the_18th_birthday_for_every_birth_date() =>
        Always.Holds(Gen.Choose(0, 30_000).Select(n => new DateOnly(1950, 1, 1).AddDays(n)), born =>
        {
            var birthday = born is { Month: 2, Day: 29 } ? new DateOnly(born.Year + 18, 3, 1) : new DateOnly(born.Year + 18, born.Month, born.Day);
            Visibility.IsAdult(born, birthday).ShouldBeTrue();
            Visibility.IsAdult(born, birthday.AddDays(-1)).ShouldBeFalse();
            Visibility.IsAdult(null, birthday).ShouldBeFalse();
        });

    [Fact]
    public void S13_what_is_held_lapses_on_the_birthday_and_no_removal_follows()
    {
        _council.Child("ada", born: "1998-03-15").Plan("p1", "2016-01-04").Status("s1", "C2", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();
        _council.Night("2016-03-14").ShouldLapse();

        _council.Plan("p1").InError();
        _council.Status("s1").StartsOn("2016-01-05");
        _council.Person("ada").Number(9);

        _council.Night("2016-03-15").ShouldDecide(
            "CPP ada #9 2016-01-04.. withheld recorded-in-error", "LAC ada #9 2016-01-05.. withheld aged-18")
            .ShouldLapse("CPP #1 2016-01-04", "LAC #1 2016-01-04");
    }

    [Fact]
    public void S13_one_who_vanished_lapses_by_the_birth_date_last_told()
    {
        _council.Child("ada", born: "1998-03-15").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();
        _council.Person("ada").Gone();
        _council.Plan("p1").Gone();

        _council.Look("2016-03-14").ShouldDecide("CPP ada #1 2016-01-04.. remove gone-from-source");
        _council.Look("2016-03-15").ShouldDecide().ShouldLapse("CPP #1 2016-01-04");
    }

    [Fact]
    public void S13_a_row_still_open_then_is_a_finding()
    {
        _council.Child("ada", born: "1998-03-15")
            .Plan("p1", "2013-01-04").Plan("p2", "2014-01-04", "2014-06-01").Plan("p3", "2015-01-04").Plan("p4", "2015-02-04")
            .Status("s1", "C2", "2013-01-04").Status("s2", "E1", "2013-01-04").Status("s3", "C2", "2013-01-04");
        _council.Plan("p3").InError();
        _council.Plan("p4").OtherAuthority();
        _council.Status("s3").InError();

        _council.Look("2016-03-14").Facts.OpenPast18.ShouldBeEmpty();
        _council.Look("2016-03-15").Facts.OpenPast18.ShouldBe([("ada", "p1"), ("ada", "s1")], ignoreOrder: true);
    }

    [Fact]
    public void S13_a_mothers_age_never_stops_an_unborn_childs_plan()
    {
        _council.Mother("mia", born: "1998-03-15");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Night("2016-03-15").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 unchanged").ShouldLapse();
        _council.Look("2030-01-01").ShouldLapse("UCPP #1 2016-01-04");
    }
}
