using System.Text.Json;
using CpIs.Domain.Decisions;
using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Domain.Tests.Rules;

/// <summary>What is shared of a born child: rules S1 to S4, S8, S11, S12, S14 and S15.</summary>
public class SharedTests
{
    private readonly Council _council = new();

    [Fact]
    public void S1_a_born_childs_plan_is_shared_as_CPP()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("CPP ada #1 2016-01-04.. new");
    }

    [Fact]
    public void S1_born_without_a_birth_date_is_details_missing()
    {
        _council.Child("ada", born: null).Plan("p1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("CPP ada #1 2016-01-04.. withheld details-missing:date_of_birth");
    }

    [Fact]
    public void S1_is_unborn_decides_and_not_the_birth_date()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").BornOn("2016-02-01").Plan("p1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new");
    }

    [Theory]
    [InlineData("C1")]
    [InlineData("C2")]
    [InlineData("V2")]
    [InlineData("c2")]
    public void S2_care_orders_and_voluntary_agreements_are_shared_as_LAC(string code)
    {
        _council.Child("ada").Status("s1", code, "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04.. new");
    }

    [Theory]
    [InlineData("E1")]
    [InlineData("D1")]
    [InlineData("V3")]
    [InlineData("V4")]
    [InlineData("L1")]
    [InlineData("L2")]
    [InlineData("L3")]
    [InlineData("J1")]
    [InlineData("J2")]
    [InlineData("J3")]
    [InlineData("C")]
    [InlineData("C22")]
    public void S2_every_other_code_is_withheld(string code)
    {
        _council.Child("ada").Status("s1", code, "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04.. withheld legal-status-not-shared");
    }

    [Fact]
    public void S2_a_placement_order_ends_what_is_shared_although_the_child_stays_looked_after()
    {
        _council.Child("ada").Status("s1", "C2", "2016-01-04").Status("s2", "E1", "2016-02-10");
        _council.Status("s1").EndsOn("2016-02-09");

        _council.Night("2016-03-01").ShouldDecide(
            "LAC ada #1 2016-01-04..2016-02-09 new",
            "LAC ada #1 2016-02-10.. withheld legal-status-not-shared");
    }

    [Fact]
    public void S2_one_withheld_row_is_listed_for_each_source_row()
    {
        _council.Child("ada").Status("s1", "E1", "2016-01-04").Status("s2", "E1", "2016-01-20");

        _council.Night("2016-03-01").ShouldDecide(
            "LAC ada #1 2016-01-04.. withheld legal-status-not-shared",
            "LAC ada #1 2016-01-20.. withheld legal-status-not-shared");
    }

    [Theory]
    [InlineData("2016-02-01", null, "2016-02-01..")]
    [InlineData(null, "2016-02-28", "2016-01-04..2016-02-28")]
    [InlineData("2016-02-01", "2016-02-28", "2016-02-01..2016-02-28")]
    [InlineData("2016-01-04", null, "2016-01-04..")]
    [InlineData("2016-01-03", null, "2016-01-04..")]
    [InlineData("2016-02-01", "2016-02-01", "2016-02-01..2016-02-01")]
    public void S2_only_the_part_of_a_status_inside_the_dates_of_its_code_counts(string? from, string? to, string shared)
    {
        _council.Settings = Sharing(new SharedLegalStatus("E1", Council.DayOrNull(from), Council.DayOrNull(to)));
        _council.Child("ada").Status("s1", "E1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide($"LAC ada #1 {shared} new");
    }

    [Theory]
    [InlineData("2016-02-11", false)]
    [InlineData("2016-02-10", true)]
    public void S2_a_status_that_ended_before_its_code_was_shared_is_withheld(string from, bool shared)
    {
        _council.Settings = Sharing(new SharedLegalStatus("E1", Council.Day(from)));
        _council.Child("ada").Status("s1", "E1", "2016-01-04", "2016-02-10");

        _council.Night("2016-03-01").ShouldDecide(shared
            ? "LAC ada #1 2016-02-10..2016-02-10 new"
            : "LAC ada #1 2016-01-04..2016-02-10 withheld legal-status-not-shared");
    }

    [Theory]
    [InlineData("2016-01-04", true)]
    [InlineData("2016-01-03", false)]
    public void S2_a_status_that_began_after_its_code_ceased_to_be_shared_is_withheld(string to, bool shared)
    {
        _council.Settings = Sharing(new SharedLegalStatus("E1", To: Council.Day(to)));
        _council.Child("ada").Status("s1", "E1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide(shared
            ? "LAC ada #1 2016-01-04..2016-01-04 new"
            : "LAC ada #1 2016-01-04.. withheld legal-status-not-shared");
    }

    [Fact]
    public void S2_a_code_shared_in_two_periods_makes_two_records_of_one_row()
    {
        _council.Settings = Sharing(
            new SharedLegalStatus("E1", Council.Day("2016-01-01"), Council.Day("2016-01-31")), new SharedLegalStatus("E1", Council.Day("2016-02-02")));
        _council.Child("ada").Status("s1", "E1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04..2016-01-31 new", "LAC ada #1 2016-02-02.. new").Confirmed();
        _council.Night("2016-03-02").ShouldSendNothing();
    }

    [Fact]
    public void S2_two_periods_of_a_code_that_adjoin_make_one_record()
    {
        _council.Settings = Sharing(
            new SharedLegalStatus("E1", Council.Day("2016-01-01"), Council.Day("2016-01-31")), new SharedLegalStatus("E1", Council.Day("2016-02-01")));
        _council.Child("ada").Status("s1", "E1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04.. new");
    }

    [Fact]
    public void S2_a_code_taken_off_the_list_from_a_day_on_ends_what_is_held()
    {
        _council.Settings = Sharing(new SharedLegalStatus("E1"));
        _council.Child("ada").Status("s1", "E1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Settings = Sharing(new SharedLegalStatus("E1", To: Council.Day("2016-03-01")));

        _council.Night("2016-03-02").ShouldDecide("LAC ada #1 2016-01-04..2016-03-01 end");
    }

    [Fact]
    public void S3_what_is_told_carries_no_code_and_no_id_of_a_source_row()
    {
        _council.Settings = Sharing(new SharedLegalStatus("QX9"));
        _council.Child("ada").Status("status-77", "QX9", "2016-01-04").Plan("plan-77", "2016-01-05");

        var told = JsonSerializer.Serialize(_council.Night("2016-03-01").Decisions.Select(d => d.Record));

        told.ShouldContain("2016-01-04");
        told.ShouldContain("2016-01-05");
        told.ShouldNotContain("QX9");
        told.ShouldNotContain("status-77");
        told.ShouldNotContain("plan-77");
    }

    [Theory]
    [InlineData("2016-02-01", 0)]
    [InlineData("2016-02-02", 1)]
    [InlineData("2016-02-03", 2)]
    public void S4_statuses_that_overlap_or_adjoin_are_one_record_and_a_gap_of_a_day_or_more_makes_two(string nextStart, int daysAfterTheEnd)
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-02-01").Status("s2", "C2", nextStart);

        string[] expected = daysAfterTheEnd <= 1
            ? ["LAC ada #1 2016-01-04.. new"]
            : ["LAC ada #1 2016-01-04..2016-02-01 new", $"LAC ada #1 {nextStart}.. new"];
        _council.Night("2016-03-01").ShouldDecide(expected);
    }

    [Theory]
    [InlineData("2016-02-29", "2016-03-01", true)]
    [InlineData("2016-02-28", "2016-03-01", false)]
    [InlineData("2015-02-28", "2015-03-01", true)]
    [InlineData("2015-12-31", "2016-01-01", true)]
    [InlineData("2016-03-26", "2016-03-27", true)]
    [InlineData("2016-03-26", "2016-03-28", false)]
    public void S4_the_day_after_is_a_day_of_the_calendar(string ends, string starts, bool one)
    {
        _council.Child("ada").Status("s1", "C1", "2015-01-04", ends).Status("s2", "C2", starts);

        _council.Night("2016-04-01").Decisions.Count.ShouldBe(one ? 1 : 2);
    }

    [Fact]
    public void S4_a_status_inside_another_changes_nothing()
    {
        _council.Child("ada").Status("s1", "C2", "2016-01-04", "2016-03-31").Status("s2", "V2", "2016-02-01", "2016-02-10");

        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04..2016-03-31 new");
    }

    [Fact]
    public void S4_the_end_is_the_latest_and_none_if_any_is_open()
    {
        _council.Child("ada").Status("s1", "C2", "2016-01-04").Status("s2", "V2", "2016-02-01", "2016-02-10");
        _council.Child("ben").Status("s3", "C2", "2016-01-04", "2016-02-05").Status("s4", "V2", "2016-02-01", "2016-02-10");

        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04.. new", "LAC ben #2 2016-01-04..2016-02-10 new");
    }

    [Fact]
    public void S4_a_status_that_is_not_shared_does_not_bridge_a_gap()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "L2", "2016-02-01", "2016-02-05").Status("s3", "C2", "2016-02-06");

        _council.Night("2016-03-01").ShouldDecide(
            "LAC ada #1 2016-01-04..2016-01-31 new",
            "LAC ada #1 2016-02-01..2016-02-05 withheld legal-status-not-shared",
            "LAC ada #1 2016-02-06.. new");
    }

    [Fact]
    public void S4_a_code_change_that_leaves_the_dates_sends_nothing()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Status("s1").EndsOn("2016-03-01");
        _council.Person("ada").Status("s2", "C2", "2016-03-02");

        _council.Night("2016-03-02").ShouldDecide("LAC ada #1 2016-01-04.. unchanged").ShouldSendNothing();
    }

    [Fact]
    public void S4_statuses_of_two_children_are_never_joined()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-02-01");
        _council.Child("ben").Status("s2", "C1", "2016-02-02");

        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04..2016-02-01 new", "LAC ben #2 2016-02-02.. new");
    }

    [Fact]
    public void S4_a_gap_that_opens_between_held_statuses_ends_one_record_and_starts_another()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01");
        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04.. new").Confirmed();

        _council.Status("s2").StartsOn("2016-02-03");

        _council.Night("2016-03-02").ShouldDecide("LAC ada #1 2016-01-04..2016-01-31 end", "LAC ada #1 2016-02-03.. new").Confirmed();
        _council.Night("2016-03-03").ShouldSendNothing();
    }

    [Fact]
    public void S4_a_gap_that_closes_makes_one_record_of_two()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-03");
        _council.Night("2016-03-01").Confirmed();

        _council.Status("s1").EndsOn("2016-02-02");

        _council.Night("2016-03-02").ShouldDecide(
            "LAC ada #1 2016-01-04.. update", "LAC ada #1 2016-02-03.. remove start-date-amended").Confirmed();
        _council.Night("2016-03-03").ShouldDecide("LAC ada #1 2016-01-04.. unchanged");
    }

    [Fact]
    public void S8_a_mother_under_18_may_have_all_three_plan_types_each_its_own_record()
    {
        _council.Mother("mia", born: "2001-06-01").Plan("p1", "2016-01-04").Status("s1", "C2", "2016-01-04");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p2", "2016-01-04");

        var night = _council.Night("2016-03-01").ShouldDecide(
            "CPP mia #1 2016-01-04.. new", "LAC mia #1 2016-01-04.. new", "UCPP mia #1 2016-01-04..2016-06-01 new");

        night.Decisions.Select(d => d.Record!.Key.PlanType).ShouldBe([PlanType.Cpp, PlanType.Lac, PlanType.Ucpp]);
        night.Confirmed();
        _council.Night("2016-03-02").ShouldSendNothing();
    }

    [Fact]
    public void S8_what_ends_one_plan_type_leaves_the_others()
    {
        _council.Child("ada").Plan("p1", "2016-01-04").Status("s1", "C2", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").EndsOn("2016-03-01");

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end", "LAC ada #1 2016-01-04.. unchanged");
    }

    [Fact]
    public void S11_another_councils_plan_is_never_sent()
    {
        _council.Child("ada").Plan("p1", "2016-01-04").Plan("p2", "2016-01-04");
        _council.Plan("p1").OtherAuthority();
        _council.Plan("p2").OtherAuthority();

        _council.Night("2016-03-01").ShouldDecide(
            "CPP ada #1 2016-01-04.. withheld other-authority-plan", "CPP ada #1 2016-01-04.. withheld other-authority-plan");
    }

    [Fact]
    public void S11_another_councils_plan_of_an_unborn_child_is_listed_under_the_mother()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Plan("p1").OtherAuthority();

        _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04.. withheld other-authority-plan");
    }

    [Theory]
    [InlineData("2016-03-01", true)]
    [InlineData("2016-03-02", false)]
    public void S12_a_record_that_starts_after_the_business_date_is_withheld_until_it_comes(string start, bool shared)
    {
        _council.Child("ada").Plan("p1", start);
        _council.Child("ben").Status("s1", "C2", start);
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p2", start);

        var decision = shared ? "new" : "withheld starts-in-future";
        _council.Night("2016-03-01").ShouldDecide(
            $"CPP ada #1 {start}.. {decision}", $"LAC ben #2 {start}.. {decision}", $"UCPP mia #3 {start}..2016-06-01 {decision}").Confirmed();
        _council.Night("2016-03-02").Decisions.ShouldAllBe(d => d.Kind == (shared ? DecisionKind.Unchanged : DecisionKind.New));
    }

    [Fact]
    public void S12_what_counts_is_the_start_after_joining()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-03-10").Status("s2", "C2", "2016-03-11");

        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04.. new");
    }

    [Fact]
    public void S14_plans_with_different_starts_are_separate_records()
    {
        _council.Child("ada").Plan("p1", "2015-09-01", "2016-01-04").Plan("p2", "2016-01-05");

        _council.Night("2016-03-01").ShouldDecide("CPP ada #1 2015-09-01..2016-01-04 new", "CPP ada #1 2016-01-05.. new");
    }

    [Theory]
    [InlineData("2016-02-01", "2016-02-10", "2016-02-10")]
    [InlineData("2016-02-10", "2016-02-01", "2016-02-10")]
    [InlineData("2016-02-01", null, "")]
    [InlineData(null, "2016-02-01", "")]
    public void S14_rows_with_the_same_start_are_one_record(string? firstEnd, string? secondEnd, string end)
    {
        _council.Child("ada").Plan("p1", "2016-01-04", firstEnd).Plan("p2", "2016-01-04", secondEnd);

        var night = _council.Night("2016-03-01").ShouldDecide($"CPP ada #1 2016-01-04..{end} new");

        night.Decisions.Single().SourceIds.ShouldBe(["p1", "p2"]);
    }

    [Fact]
    public void S15_rows_that_contradict_themselves_are_withheld_each_for_itself()
    {
        _council.Child("ada")
            .Plan("p1", null).Plan("p2", "2016-01-04", "2016-01-03")
            .Status("s1", "C2", null).Status("s2", "C2", "2016-01-04", "2016-01-03");

        _council.Night("2016-03-01").ShouldDecide(
            "CPP ada #1 .. withheld dates-inconsistent",
            "CPP ada #1 2016-01-04..2016-01-03 withheld dates-inconsistent",
            "LAC ada #1 .. withheld dates-inconsistent",
            "LAC ada #1 2016-01-04..2016-01-03 withheld dates-inconsistent");
    }

    [Fact]
    public void S15_a_row_that_ends_on_the_day_it_starts_is_good()
    {
        _council.Child("ada").Plan("p1", "2016-01-04", "2016-01-04").Status("s1", "C2", "2016-01-04", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("CPP ada #1 2016-01-04..2016-01-04 new", "LAC ada #1 2016-01-04..2016-01-04 new");
    }

    [Fact]
    public void S15_a_legal_status_of_an_unborn_person_is_withheld()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Status("s1", "C2", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("LAC bump - 2016-01-04.. withheld dates-inconsistent");
    }

    [Fact]
    public void S15_a_row_that_contradicts_itself_is_left_out_of_joining()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-05", "2016-02-01").Status("s3", "V2", "2016-02-06");
        _council.Child("ben").Plan("p1", "2016-01-04", "2016-02-01").Plan("p2", "2016-01-04", "2016-01-01");
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p3", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-10").Plan("p4", "2016-01-02", "2016-01-01");

        _council.Night("2016-03-01").ShouldDecide(
            "LAC ada #1 2016-01-04..2016-01-31 new",
            "LAC ada #1 2016-02-05..2016-02-01 withheld dates-inconsistent",
            "LAC ada #1 2016-02-06.. new",
            "CPP ben #2 2016-01-04..2016-02-01 new",
            "CPP ben #2 2016-01-04..2016-01-01 withheld dates-inconsistent",
            "UCPP mia #3 2016-01-04..2016-06-01 new",
            "UCPP mia #3 2016-01-02..2016-01-01 withheld dates-inconsistent");
    }

    [Fact]
    public void S15_a_row_whose_person_is_not_in_the_source_is_listed_as_CPP_or_LAC_of_its_person()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04").Status("s1", "C2", "2016-01-04").Gone();

        _council.Night("2016-03-01").ShouldDecide(
            "CPP bump - 2016-01-04.. withheld person-missing", "LAC bump - 2016-01-04.. withheld person-missing");
    }

    private static RuleSettings Sharing(params SharedLegalStatus[] codes) => RuleSettings.Default with { SharedLegalStatuses = codes };
}
