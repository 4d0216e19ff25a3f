using System.Text.Json;
using CpIs.Domain.Decisions;
using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Domain.Tests.Rules;

/// <summary>Plans of unborn children under their mothers: rules S5 to S7.</summary>
public class UnbornTests
{
    private readonly Council _council = new();

    [Fact]
    public void S5_an_unborn_childs_plan_is_shared_under_the_mothers_number_names_and_birth_date()
    {
        _council.Mother("mia", born: "1990-02-03").Named("Smith", "Mia Rose");
        _council.Unborn("bump", "mia", "2016-06-01").Named("Bump", "Baby").NumberText(Numbers.Text(9)).Plan("p1", "2016-01-04");

        var decision = _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new").Decisions.Single();

        decision.ChildIds.ShouldBe(["bump"]);
        decision.Record!.Key.NhsNumber.ShouldBe(Numbers.Of(1));
        decision.Record.SubjectRole.ShouldBe(SubjectRole.Mother);
        decision.Record.Content.ShouldBe(new(Council.Day("2016-06-01"), "Smith", "Mia", Council.Day("1990-02-03"), "mia"));
    }

    [Fact]
    public void S5_no_data_of_the_unborn_child_is_sent()
    {
        _council.Mother("mia");
        _council.Unborn("bump-77", "mia", "2016-06-01").Named("Bumpfamily", "Bumpname").NumberText(Numbers.Text(9)).Plan("p1", "2016-01-04");

        var told = JsonSerializer.Serialize(_council.Night("2016-03-01").Decisions.Select(d => d.Record));

        told.ShouldContain(Numbers.Text(1));
        told.ShouldNotContain("bump-77");
        told.ShouldNotContain("Bump");
        told.ShouldNotContain(Numbers.Text(9));
    }

    [Theory]
    [InlineData("2016-01-04", null, "2016-06-01", "2016-06-01")]
    [InlineData("2016-01-04", "2016-05-31", "2016-06-01", "2016-05-31")]
    [InlineData("2016-01-04", "2016-06-01", "2016-06-01", "2016-06-01")]
    [InlineData("2016-01-04", "2016-06-02", "2016-06-01", "2016-06-01")]
    [InlineData("2016-02-20", null, "2016-02-19", "2016-02-20")]
    [InlineData("2016-02-20", null, "2016-02-21", "2016-02-21")]
    public void S6_the_end_is_the_earlier_of_the_plans_own_and_the_expected_birth_never_before_the_start(string start, string? end, string expected, string told)
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", expected).Plan("p1", start, end);

        _council.Night("2016-03-01").ShouldDecide($"UCPP mia #1 {start}..{told} new");
    }

    [Theory]
    [InlineData("2016-06-28", null, 28, true)]
    [InlineData("2016-06-29", null, 28, true)]
    [InlineData("2016-06-30", null, 28, false)]
    [InlineData("2016-06-01", "2016-05-04", 28, true)]
    [InlineData("2016-06-02", "2016-05-04", 28, false)]
    [InlineData("2016-06-01", null, 0, true)]
    [InlineData("2016-06-02", null, 0, false)]
    public void S6_it_is_visible_to_28_days_after_its_end_inclusive(string day, string? ownEnd, int graceDays, bool visible)
    {
        _council.Settings = RuleSettings.Default with { UnbornGraceDays = graceDays };
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04", ownEnd);

        var decision = _council.Night(day).Decisions.Single();

        decision.Kind.ShouldBe(visible ? DecisionKind.New : DecisionKind.Withheld);
        decision.Reason.ShouldBe(visible ? Reasons.None : Reasons.RetentionExpired);
        decision.VisibleUntil.ShouldBe(visible ? Council.Day(ownEnd ?? "2016-06-01").AddDays(graceDays) : null);
    }

    [Fact]
    public void S6_what_is_held_lapses_on_the_29th_day_without_anything_being_sent()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Night("2016-06-29").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 unchanged").ShouldLapse();
        _council.Night("2016-06-30").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 withheld retention-expired").ShouldLapse("UCPP #1 2016-01-04");
    }

    [Fact]
    public void S6_a_later_expected_date_after_the_lapse_makes_it_new()
    {
        _council.Mother("mia");
        var bump = _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();
        _council.Night("2016-06-30");

        bump.Expected("2016-06-15");

        _council.Night("2016-07-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-15 new");
    }

    [Fact]
    public void S6_without_an_expected_date_the_row_is_withheld_and_a_standing_alert_wanted()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", null).Plan("p1", "2016-01-04").Plan("p2", "2016-01-04", "2016-02-01");

        var night = _council.Night("2016-03-01").ShouldDecide(
            "UCPP mia #1 2016-01-04.. withheld expected-date-missing", "UCPP mia #1 2016-01-04..2016-02-01 withheld expected-date-missing");

        night.Facts.Problems.ShouldBe([new StandingProblem("bump", Reasons.ExpectedDateMissing, "mia")]);
    }

    [Fact]
    public void S6_the_standing_alert_goes_when_the_date_is_entered()
    {
        _council.Mother("mia");
        var bump = _council.Unborn("bump", "mia", null).Plan("p1", "2016-01-04");
        _council.Night("2016-03-01");

        bump.Expected("2016-06-01");

        _council.Night("2016-03-02").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new").Facts.Problems.ShouldBeEmpty();
    }

    [Fact]
    public void S7_twins_are_one_record_with_the_earliest_start_and_the_latest_end()
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-11");
        _council.Unborn("two", "mia", "2016-06-03").Plan("p2", "2016-01-04", "2016-05-01");

        var decision = _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new").Decisions.Single();

        decision.SourceIds.ShouldBe(["p1", "p2"]);
        decision.ChildIds.ShouldBe(["one", "two"]);
    }

    [Theory]
    [InlineData("2016-02-01", 1)]
    [InlineData("2016-02-02", 1)]
    [InlineData("2016-02-03", 2)]
    public void S7_unborn_plans_that_overlap_or_adjoin_are_one_record_and_a_gap_makes_two(string secondStart, int records)
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04", "2016-02-01");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", secondStart);

        string[] expected = records == 1
            ? ["UCPP mia #1 2016-01-04..2016-06-01 new"]
            : ["UCPP mia #1 2016-01-04..2016-02-01 new", $"UCPP mia #1 {secondStart}..2016-06-01 new"];
        _council.Night("2016-02-10").ShouldDecide(expected);
    }

    [Fact]
    public void S7_plans_of_two_mothers_are_never_joined()
    {
        _council.Mother("mia");
        _council.Mother("nan");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "nan", "2016-06-01").Plan("p2", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new", "UCPP nan #2 2016-01-04..2016-06-01 new");
    }

    [Fact]
    public void S7_two_unborn_children_without_a_mother_are_listed_each_for_itself()
    {
        _council.Unborn("one", null, "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", null, "2016-06-01").Plan("p2", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide(
            "UCPP one - 2016-01-04..2016-06-01 withheld mother-not-linked", "UCPP two - 2016-01-04..2016-06-01 withheld mother-not-linked");
    }

    [Fact]
    public void S7_a_twin_born_meanwhile_still_counts_with_its_birth_date_as_end()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11", "2016-03-01");
        _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new").Confirmed();

        one.IsBorn("2016-05-20", number: 9);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP one #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-05-20 end").Confirmed();
        _council.Night("2016-05-22").ShouldSendNothing();
    }

    [Fact]
    public void S7_the_earliest_start_stays_that_of_the_twin_born_meanwhile()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();

        one.IsBorn("2016-05-20");

        _council.Night("2016-05-21").ShouldDecide(
            "CPP one - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");
    }

    [Fact]
    public void S7_a_twin_born_meanwhile_still_counts_when_its_link_to_the_mother_is_lost()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();

        one.IsBorn("2016-05-20").MotherIs(null);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP one - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");
    }

    [Fact]
    public void S7_a_twin_born_meanwhile_whose_birth_date_is_not_yet_entered_leaves_the_record_as_last_told()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();

        one.IsBorn(null, number: 9);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP one #9 2016-01-04.. withheld details-missing:date_of_birth", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");
    }

    [Fact]
    public void S7_an_older_sister_whose_plan_is_long_over_does_not_count()
    {
        _council.Mother("mia");
        _council.Child("sis", born: "2012-03-01").MotherIs("mia").Plan("p0", "2012-01-04", "2014-01-01");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide(
            "CPP sis #2 2012-03-01..2014-01-01 withheld retention-expired", "UCPP mia #1 2016-01-04..2016-06-01 new");
    }
}
