using CpIs.Domain.Decisions;
using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Domain.Tests.Rules;

/// <summary>Birth (rule S9), night by night: there is never a night on which neither the mother's record nor the child's is visible.</summary>
public class BirthTests
{
    private readonly Council _council = new();

    [Fact]
    public void S9_the_mothers_record_ends_in_the_same_file_as_the_child_gets_its_own()
    {
        var bump = HeldUnbornPlan();

        bump.IsBorn("2016-05-20", number: 9);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-05-20 end").Confirmed();
        _council.Night("2016-05-22").ShouldDecide(
            "CPP bump #9 2016-05-20.. unchanged", "UCPP mia #1 2016-01-04..2016-05-20 unchanged");
        _council.Night("2016-06-17").ShouldLapse();
        _council.Night("2016-06-18").ShouldDecide("CPP bump #9 2016-05-20.. unchanged").ShouldLapse("UCPP #1 2016-01-04");
        _council.Night("2016-06-19").ShouldDecide("CPP bump #9 2016-05-20.. unchanged").ShouldLapse();
    }

    [Theory]
    [InlineData("2016-05-19", null, "2016-05-20")]
    [InlineData("2016-05-20", null, "2016-05-20")]
    [InlineData("2016-05-21", null, "2016-05-21")]
    [InlineData("2016-01-04", "2016-05-20", "2016-05-20")]
    [InlineData("2016-01-04", "2016-05-21", "2016-05-20")]
    public void S9_the_own_record_starts_at_the_later_of_plan_start_and_birth(string planStart, string? planEnd, string start)
    {
        _council.Child("ada", born: "2016-05-20").Plan("p1", planStart, planEnd);

        _council.Night("2016-06-01").ShouldDecide($"CPP ada #1 {start}..{planEnd} new");
    }

    [Fact]
    public void S9_a_plan_that_ended_before_the_birth_gives_none()
    {
        _council.Child("ada", born: "2016-05-20").Plan("p1", "2016-01-04", "2016-05-19");

        _council.Night("2016-06-01").ShouldDecide("CPP ada #1 2016-01-04..2016-05-19 withheld ended-before-birth");
    }

    [Fact]
    public void S9_plans_that_all_began_before_the_birth_are_one_record_from_it()
    {
        _council.Child("ada", born: "2016-05-20").Plan("p1", "2016-01-04", "2016-05-25").Plan("p2", "2016-02-01").Plan("p3", "2016-01-08", "2016-02-02");

        _council.Night("2016-06-01").ShouldDecide(
            "CPP ada #1 2016-05-20.. new", "CPP ada #1 2016-01-08..2016-02-02 withheld ended-before-birth");
    }

    [Fact]
    public void S9_a_baby_without_a_number_stays_visible_under_the_mother_until_it_has_one()
    {
        var bump = HeldUnbornPlan();

        bump.IsBorn("2016-05-20");
        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");

        bump.Number(9);
        _council.Night("2016-05-24").ShouldDecide(
            "CPP bump #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-05-20 end").Confirmed();
        _council.Night("2016-05-25").ShouldSendNothing();
    }

    [Theory]
    [InlineData("no number")]
    [InlineData("invalid number")]
    [InlineData("duplicate number")]
    [InlineData("inactive number")]
    [InlineData("no name")]
    [InlineData("no birth date")]
    [InlineData("spoiled plan")]
    [InlineData("unreadable plan")]
    [InlineData("unreadable person")]
    [InlineData("person gone")]
    public void S9_for_whatever_reason_the_child_is_withheld_the_mothers_record_stays_as_last_told(string why)
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20", number: 9);
        switch (why)
        {
            case "no number": bump.Number(null); break;
            case "invalid number": bump.NumberText(Numbers.Invalid); break;
            case "duplicate number": _council.TwoPeopleHave(9); break;
            case "inactive number": _council.Inactive(9); break;
            case "no name": bump.Named("Sample", null); break;
            case "no birth date": bump.BornOn(null); break;
            case "spoiled plan": _council.Plan("p1").Spoiled(); break;
            case "unreadable plan": _council.Plan("p1").Unreadable(); break;
            case "unreadable person": bump.Unreadable(); break;
            default: bump.Gone(); break;
        }

        var night = _council.Night("2016-05-21").ShouldSendNothing().ShouldLapse();

        night.Decisions.ShouldNotContain(d => d.Kind == DecisionKind.Remove);
        _council.Night("2016-06-29").ShouldLapse();
        _council.Night("2016-06-30").ShouldSendNothing().ShouldLapse("UCPP #1 2016-01-04");
    }

    [Fact]
    public void S9_the_mothers_changed_name_is_not_told_while_she_waits_for_the_childs_own_record()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20");

        _council.Person("mia").Named("Other", "Mia");

        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");
    }

    [Fact]
    public void S9_twins_the_mothers_record_ends_with_the_last_of_them()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        var two = _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        one.IsBorn("2016-05-20", number: 9);
        _council.Night("2016-05-21").ShouldDecide(
            "CPP one #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-06-01 unchanged").Confirmed();

        two.IsBorn("2016-05-21");
        _council.Night("2016-05-22").ShouldDecide(
            "CPP one #9 2016-05-20.. unchanged", "CPP two - 2016-05-21.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");

        two.Number(10);
        _council.Night("2016-05-23").ShouldDecide(
            "CPP one #9 2016-05-20.. unchanged", "CPP two #10 2016-05-21.. new", "UCPP mia #1 2016-01-04..2016-05-21 end").Confirmed();
        _council.Night("2016-05-24").ShouldSendNothing();
    }

    [Fact]
    public void S9_a_twin_whose_plan_ended_before_the_birth_is_not_waited_for()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        var two = _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-04", "2016-05-01");
        _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new").Confirmed();

        one.IsBorn("2016-05-20", number: 9);
        two.IsBorn("2016-05-20");

        _council.Night("2016-05-21").ShouldDecide(
            "CPP one #9 2016-05-20.. new",
            "CPP two - 2016-01-04..2016-05-01 withheld ended-before-birth",
            "UCPP mia #1 2016-01-04..2016-05-20 end");
    }

    [Fact]
    public void S9_an_only_child_whose_plan_ended_before_the_birth_leaves_the_mothers_record_to_lapse()
    {
        var bump = HeldUnbornPlan();
        _council.Plan("p1").EndsOn("2016-05-10");
        _council.Night("2016-05-11").ShouldDecide("UCPP mia #1 2016-01-04..2016-05-10 end").Confirmed();

        bump.IsBorn("2016-05-20");

        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump - 2016-01-04..2016-05-10 withheld ended-before-birth", "UCPP mia #1 2016-01-04..2016-05-10 unchanged");
        _council.Night("2016-06-07").ShouldLapse();
        _council.Night("2016-06-08").ShouldSendNothing().ShouldLapse("UCPP #1 2016-01-04");
    }

    [Fact]
    public void S9_a_mother_is_never_told_of_a_child_already_born()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04").IsBorn("2016-05-20");

        _council.Night("2016-05-21").ShouldDecide("CPP bump - 2016-05-20.. withheld nhs-number-missing");
    }

    [Fact]
    public void S9_a_mother_whose_record_was_refused_is_not_told_again_after_the_birth()
    {
        _council.Mother("mia");
        var bump = _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Rejected();

        bump.IsBorn("2016-05-20");

        _council.Night("2016-05-21").ShouldDecide("CPP bump - 2016-05-20.. withheld nhs-number-missing");
    }

    [Fact]
    public void S9_a_lost_file_brings_both_records_again_in_one_file()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20", number: 9);
        _council.Night("2016-05-21");

        _council.Night("2016-05-22").ShouldDecide("CPP bump #9 2016-05-20.. unchanged", "UCPP mia #1 2016-01-04..2016-05-20 unchanged");
        _council.Night("2016-05-23").ShouldDecide("CPP bump #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-05-20 end").Confirmed();
        _council.Night("2016-05-24").ShouldSendNothing();
    }

    [Fact]
    public void S9_a_failed_file_brings_both_records_again_in_one_file()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20", number: 9);
        _council.Night("2016-05-21").Failed();

        _council.Night("2016-05-22").ShouldDecide("CPP bump #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-05-20 end");
    }

    [Fact]
    public void S9_a_record_told_and_never_answered_counts_as_held_and_is_ended()
    {
        _council.Mother("mia");
        var bump = _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-05-01");

        bump.IsBorn("2016-05-20");
        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");

        bump.Number(9);
        _council.Night("2016-05-22").ShouldDecide("CPP bump #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-05-20 end");
        _council.Night("2016-05-23").ShouldSendNothing();
        _council.Night("2016-05-24").ShouldDecide("CPP bump #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-05-20 end").Confirmed();
        _council.Night("2016-05-25").ShouldSendNothing();
    }

    [Fact]
    public void S9_when_only_the_childs_record_is_refused_the_mothers_stays_as_last_told()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20", number: 9);
        _council.Night("2016-05-21").Rejected(PlanType.Cpp);

        _council.Night("2016-05-22").ShouldDecide(
            "CPP bump #9 2016-05-20.. withheld upload-rejected", "UCPP mia #1 2016-01-04..2016-05-20 unchanged");
    }

    [Fact]
    public void S9_a_mothers_number_changed_while_she_waits_moves_her_record_as_last_told()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20");
        _council.Night("2016-05-21").ShouldSendNothing();

        _council.Person("mia").Number(8);
        _council.Night("2016-05-22").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced",
            "UCPP mia #8 2016-01-04..2016-06-01 new").Confirmed();
        _council.Night("2016-05-23").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #8 2016-01-04..2016-06-01 unchanged");

        bump.Number(9);
        _council.Night("2016-05-24").ShouldDecide(
            "CPP bump #9 2016-05-20.. new", "UCPP mia #8 2016-01-04..2016-05-20 end").Confirmed();
        _council.Night("2016-05-25").ShouldSendNothing();
    }

    [Fact]
    public void S9_a_mothers_number_changed_on_the_night_of_the_childs_own_record_only_removes_hers()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20", number: 9);
        _council.Person("mia").Number(8);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced").Confirmed();
        _council.Night("2016-05-22").ShouldDecide("CPP bump #9 2016-05-20.. unchanged");
    }

    [Fact]
    public void S9_a_mothers_number_changed_twice_with_the_first_change_lost_leaves_one_record()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20");
        _council.Person("mia").Number(7);
        _council.Night("2016-05-22").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced",
            "UCPP mia #7 2016-01-04..2016-06-01 new");

        _council.Person("mia").Number(8);
        _council.Night("2016-05-24").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced",
            "UCPP mia #7 2016-01-04..2016-06-01 remove nhs-number-replaced",
            "UCPP mia #8 2016-01-04..2016-06-01 new").Confirmed();
        _council.Night("2016-05-25").ShouldSendNothing();
    }

    [Fact]
    public void S9_a_lost_move_to_the_mothers_new_number_is_told_again_whole()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20");
        _council.Person("mia").Number(8);
        _council.Night("2016-05-22");

        _council.Night("2016-05-23").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #8 2016-01-04..2016-06-01 unchanged");
        _council.Night("2016-05-24").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced",
            "UCPP mia #8 2016-01-04..2016-06-01 new").Confirmed();
        _council.Night("2016-05-25").ShouldSendNothing();
    }

    [Fact]
    public void S9_a_move_lost_before_the_birth_is_told_again_whole_after_it()
    {
        var bump = HeldUnbornPlan();
        _council.Person("mia").Number(8);
        _council.Night("2016-05-19").ShouldDecide(
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced", "UCPP mia #8 2016-01-04..2016-06-01 new");

        bump.IsBorn("2016-05-20");

        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced",
            "UCPP mia #8 2016-01-04..2016-06-01 new");
    }

    [Fact]
    public void S9_a_start_amended_before_the_birth_in_a_lost_file_leaves_one_record()
    {
        var bump = HeldUnbornPlan();
        _council.Plan("p1").StartsOn("2016-01-11");
        _council.Night("2016-05-19").ShouldDecide(
            "UCPP mia #1 2016-01-04..2016-06-01 remove start-date-amended", "UCPP mia #1 2016-01-11..2016-06-01 new");

        bump.IsBorn("2016-05-20", number: 9);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump #9 2016-05-20.. new",
            "UCPP mia #1 2016-01-04..2016-06-01 remove start-date-amended",
            "UCPP mia #1 2016-01-11..2016-05-20 end").Confirmed();
        _council.Night("2016-05-22").ShouldSendNothing();
    }

    [Fact]
    public void S9_a_mothers_number_that_became_inactive_lets_her_record_lapse()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20", number: 9);
        _council.Inactive(1);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-06-01 unchanged").ShouldLapse();
        _council.Night("2016-06-30").ShouldLapse("UCPP #1 2016-01-04");
    }

    [Fact]
    public void S9_a_waiting_mother_with_an_inactive_number_is_told_under_the_next_without_a_removal()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20");
        _council.Inactive(1);
        _council.Person("mia").Number(8);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #8 2016-01-04..2016-06-01 new").ShouldLapse("UCPP #1 2016-01-04");
    }

    [Fact]
    public void S9_a_birth_that_reaches_us_when_the_mothers_record_should_be_over_removes_it()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-01", number: 9);

        _council.Night("2016-05-30").ShouldDecide(
            "CPP bump #9 2016-05-01.. new", "UCPP mia #1 2016-01-04..2016-05-01 remove ended-late").Confirmed();
        _council.Night("2016-05-31").ShouldDecide("CPP bump #9 2016-05-01.. unchanged");
    }

    [Fact]
    public void S9_a_birth_that_reaches_us_on_the_last_day_of_its_visibility_ends_it()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-01", number: 9);

        _council.Night("2016-05-29").ShouldDecide("CPP bump #9 2016-05-01.. new", "UCPP mia #1 2016-01-04..2016-05-01 end");
    }

    [Fact]
    public void S9_errors_are_excepted_from_waiting()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20");
        _council.Plan("p1").InError();

        _council.Night("2016-05-21").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 remove recorded-in-error");
    }

    [Fact]
    public void S9_another_councils_plan_is_excepted_from_waiting()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20");
        _council.Plan("p1").OtherAuthority();

        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump - 2016-01-04.. withheld other-authority-plan", "UCPP mia #1 2016-01-04..2016-06-01 remove other-authority-plan");
    }

    [Fact]
    public void S9_a_twin_recorded_in_error_is_not_waited_for()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        one.IsBorn("2016-05-20", number: 9);
        _council.Plan("p2").InError();

        _council.Night("2016-05-21").ShouldDecide(
            "CPP one #9 2016-05-20.. new",
            "UCPP mia #1 2016-01-04..2016-05-20 end",
            "UCPP mia #1 2016-01-04.. withheld recorded-in-error");
    }

    [Fact]
    public void S9_a_twin_whose_row_cannot_be_read_keeps_the_mothers_record_as_last_told()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();
        one.IsBorn("2016-05-20", number: 9);

        _council.Plan("p2").Unreadable();
        _council.Look("2016-05-21").ShouldDecide("CPP one #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");

        _council.Plan("p2").Unreadable(withoutId: true);
        _council.Look("2016-05-21").ShouldDecide("CPP one #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");

        _council.Plan("p2").Unreadable(false).Gone();
        _council.Look("2016-05-21", nothingIsGone: true).ShouldDecide("CPP one #9 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");
    }

    [Fact]
    public void S9_a_birth_date_lost_after_the_birth_leaves_both_records_as_they_are()
    {
        _council.Mother("mia");
        var bump = _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-05-20");
        _council.Night("2016-05-20").Confirmed();
        bump.IsBorn("2016-05-20", number: 9);
        _council.Night("2016-05-21").ShouldDecide(
            "CPP bump #9 2016-05-20.. new", "UCPP mia #1 2016-05-20..2016-05-20 end").Confirmed();

        bump.BornOn(null);

        _council.Night("2016-05-22").ShouldDecide(
            "CPP bump #9 2016-05-20.. withheld details-missing:date_of_birth", "UCPP mia #1 2016-05-20..2016-05-20 unchanged");
    }

    [Fact]
    public void S9_a_baby_without_its_own_record_stays_visible_when_its_twins_plan_no_longer_joins()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();

        one.IsBorn("2016-05-20");
        _council.Plan("p2").StartsOn("2016-05-22");
        _council.Night("2016-05-23").ShouldDecide(
            "CPP one - 2016-05-20.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 unchanged",
            "UCPP mia #1 2016-05-22..2016-06-01 new").Confirmed();

        one.Number(9);
        _council.Night("2016-05-24").ShouldDecide(
            "CPP one #9 2016-05-20.. new",
            "UCPP mia #1 2016-01-04..2016-06-01 remove start-date-amended",
            "UCPP mia #1 2016-05-22..2016-06-01 unchanged").Confirmed();
        _council.Night("2016-05-25").ShouldSendNothing();
    }

    [Fact]
    public void S9_a_baby_without_its_own_record_stays_visible_when_its_twin_is_linked_to_another_mother()
    {
        _council.Mother("mia");
        _council.Mother("nan");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        var two = _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();

        one.IsBorn("2016-05-20");
        two.MotherIs("nan");

        _council.Night("2016-05-21").ShouldDecide(
            "CPP one - 2016-05-20.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 unchanged",
            "UCPP nan #2 2016-01-11..2016-06-01 new");
    }

    [Fact]
    public void S9_a_baby_without_its_own_record_stays_visible_when_its_born_twin_was_linked_to_another_mother()
    {
        _council.Mother("mia");
        _council.Mother("nan");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();

        _council.Person("two").IsBorn("2016-05-20");
        _council.Person("one").MotherIs("nan").IsBorn("2016-05-20", number: 9);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP one #9 2016-05-20.. new", "CPP two - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged").Confirmed();
        _council.Person("two").Number(10);
        _council.Night("2016-05-22").ShouldDecide(
            "CPP one #9 2016-05-20.. unchanged", "CPP two #10 2016-05-20.. new", "UCPP mia #1 2016-01-04..2016-05-20 end");
    }

    [Fact]
    public void S9_the_mothers_record_ends_with_the_birth_even_when_the_plan_now_starts_after_it()
    {
        var bump = HeldUnbornPlan();

        bump.IsBorn("2016-05-20", number: 9);
        _council.Plan("p1").StartsOn("2016-05-24");

        _council.Night("2016-05-25").ShouldDecide("CPP bump #9 2016-05-24.. new", "UCPP mia #1 2016-01-04..2016-05-20 end");
    }

    [Fact]
    public void S9_a_twin_without_a_birth_date_is_still_waited_for_after_the_record_was_lost_and_told_again()
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01");

        _council.Person("two").IsBorn(null, number: 10);
        _council.Night("2016-03-04").ShouldDecide(
            "UCPP mia #1 2016-01-04..2016-06-01 new", "CPP two #10 2016-01-11.. withheld details-missing:date_of_birth").Confirmed();
        _council.Person("one").IsBorn("2016-03-04", number: 9);

        _council.Night("2016-03-05").ShouldDecide(
            "CPP one #9 2016-03-04.. new", "UCPP mia #1 2016-01-04..2016-06-01 unchanged", "CPP two #10 2016-01-11.. withheld details-missing:date_of_birth");
    }

    [Theory]
    [InlineData("2016-01-08")]
    [InlineData("2016-04-30")]
    public void S9_a_baby_without_its_own_record_stays_visible_when_its_unborn_twins_plan_ends_before_its_own_began(string end)
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-05-02");
        _council.Night("2016-05-10").Confirmed();

        _council.Person("two").IsBorn("2016-05-20");
        _council.Plan("p1").EndsOn(end);

        _council.Night("2016-05-21").ShouldDecide("CPP two - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged").Confirmed();
        _council.Person("two").Number(9);
        _council.Night("2016-05-22").Lines.ShouldContain("CPP two #9 2016-05-20.. new");
        _council.Look("2016-05-23").Lines.ShouldNotContain("UCPP mia #1 2016-01-04..2016-06-01 unchanged");
    }

    [Fact]
    public void S9_a_baby_that_lost_its_mother_stays_visible_when_its_born_twin_was_linked_to_another()
    {
        _council.Mother("mia");
        _council.Mother("nan");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();

        _council.Person("two").MotherIs(null).IsBorn("2016-05-20");
        _council.Person("one").MotherIs("nan").IsBorn("2016-05-20", number: 9);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP one #9 2016-05-20.. new", "CPP two - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");
    }

    [Fact]
    public void S9_a_mother_is_not_told_anew_for_a_born_twin_while_the_other_keeps_the_first_mothers_record_standing()
    {
        _council.Mother("mia");
        _council.Mother("nan");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();

        _council.Person("two").MotherIs("nan").IsBorn("2016-05-20");
        _council.Person("mia").Gone();

        _council.Night("2016-05-21").ShouldSendNothing();
    }

    [Fact]
    public void S9_a_birth_taken_back_moves_the_plan_back_to_the_mother()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20", number: 9);
        _council.Night("2016-05-21").Confirmed();

        bump.IsUnbornAgain();

        _council.Night("2016-05-22").ShouldDecide(
            "CPP bump #9 2016-05-20.. remove nhs-number-replaced", "UCPP mia #1 2016-01-04..2016-06-01 update").Confirmed();
        _council.Night("2016-05-23").ShouldSendNothing();
    }

    [Fact]
    public void S9_a_later_plan_of_a_born_child_does_not_take_the_place_of_the_mothers_record()
    {
        var bump = HeldUnbornPlan();
        bump.IsBorn("2016-05-20");
        _council.Plan("p1").StartsOn("2016-05-21");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-04");

        var night = _council.Night("2016-05-22");

        night.Decisions.Where(d => d.Record is not null).Select(d => d.Record!.Key).ShouldBeUnique();
        night.Decisions.Count(d => d.PlanType == PlanType.Ucpp).ShouldBe(1);
    }

    /// <summary>Mia (number 1) expects on 1 June 2016; the plan p1 from 4 January is held and confirmed.</summary>
    [Fact]
    public void S9_U9_a_mothers_record_that_would_be_over_waits_until_a_twins_own_record_of_an_earlier_file_is_confirmed()
    {
        var (one, two) = HeldTwins();
        two.IsBorn("2016-05-01", number: 10);
        var first = _council.Night("2016-05-30").ShouldDecide("CPP two #10 2016-05-01.. new", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");
        one.IsBorn("2016-05-01", number: 9);

        _council.Night("2016-05-31").ShouldDecide(
            "CPP one #9 2016-05-01.. new", "CPP two #10 2016-05-01.. unchanged", "UCPP mia #1 2016-01-04..2016-06-01 unchanged").Confirmed();

        first.Confirmed();
        _council.Night("2016-06-01").ShouldDecide(
            "CPP one #9 2016-05-01.. unchanged", "CPP two #10 2016-05-01.. unchanged", "UCPP mia #1 2016-01-04..2016-05-01 remove ended-late").Confirmed();
        _council.Night("2016-06-02").ShouldSendNothing();
    }

    [Theory]
    [InlineData("2016-05-31", "2016-05-05", "UCPP mia #1 2016-01-04..2016-06-01 unchanged")]
    [InlineData("2016-05-31", "2016-05-06", "UCPP mia #1 2016-01-04..2016-05-06 end")]
    public void S9_U9_an_end_that_hides_the_record_before_a_lost_file_would_be_noticed_waits_too(string night, string born, string decision)
    {
        var (one, two) = HeldTwins();
        two.IsBorn(born, number: 10);
        _council.Night("2016-05-30");
        one.IsBorn(born, number: 9);

        _council.Night(night).ShouldDecide($"CPP one #9 {born}.. new", $"CPP two #10 {born}.. unchanged", decision);
    }

    [Fact]
    public void S9_U9_a_lost_own_record_is_told_again_in_the_file_that_takes_the_mothers_away()
    {
        var (one, two) = HeldTwins();
        two.IsBorn("2016-05-01", number: 10);
        _council.Night("2016-05-30");
        one.IsBorn("2016-05-01", number: 9);
        _council.Night("2016-05-31").Confirmed();

        _council.Night("2016-06-01").ShouldDecide(
            "CPP one #9 2016-05-01.. unchanged", "CPP two #10 2016-05-01.. new", "UCPP mia #1 2016-01-04..2016-05-01 remove ended-late");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void S9_N4_U9_a_mothers_new_number_is_told_until_a_twins_own_record_of_an_earlier_file_is_confirmed(bool confirmed)
    {
        var (one, two) = HeldTwins();
        two.IsBorn("2016-05-20", number: 10);
        var first = _council.Night("2016-05-21");
        if (confirmed)
        {
            first.Confirmed();
        }

        one.IsBorn("2016-05-21", number: 9);
        _council.Person("mia").Number(8);

        _council.Night("2016-05-22").ShouldDecide(
        [
            "CPP one #9 2016-05-21.. new", "CPP two #10 2016-05-20.. unchanged", "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced",
            .. confirmed ? Array.Empty<string>() : ["UCPP mia #8 2016-01-04..2016-06-01 new"],
        ]).Confirmed();
        first.Confirmed();
        _council.Night("2016-05-23").ShouldDecide(
            ["CPP one #9 2016-05-21.. unchanged", "CPP two #10 2016-05-20.. unchanged", .. confirmed ? Array.Empty<string>() : ["UCPP mia #8 2016-01-04..2016-05-21 end"]]);
    }

    [Theory]
    [InlineData(true, "UCPP mia #1 2016-01-04..2016-06-01 remove start-date-amended")]
    [InlineData(false, "UCPP mia #1 2016-01-04..2016-06-01 unchanged")]
    public void S9_U9_a_mothers_record_is_not_replaced_in_reliance_on_a_twins_own_that_is_not_confirmed(bool confirmed, string decision)
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();
        one.IsBorn("2016-05-20", number: 9);
        var night = _council.Night("2016-05-21");
        if (confirmed)
        {
            night.Confirmed();
        }

        _council.Plan("p2").StartsOn("2016-05-22");

        _council.Night("2016-05-22").ShouldDecide("CPP one #9 2016-05-20.. unchanged", decision, "UCPP mia #1 2016-05-22..2016-06-01 new");
    }

    [Fact]
    public void S9_N4_U9_a_lost_move_into_the_record_of_another_child_is_told_again_as_the_record_of_both()
    {
        _council.Mother("mia");
        _council.Mother("nan");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-11", "2016-03-10");
        _council.Unborn("two", "nan", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-02-25").ShouldDecide("UCPP mia #1 2016-01-11..2016-03-10 new", "UCPP nan #2 2016-01-11..2016-06-01 new").Confirmed();
        _council.Person("two").IsBorn("2016-02-01", number: 9).MotherIs("mia");
        _council.Plan("p2").StartsOn("2016-04-01");
        string[] told =
        [
            "CPP two #9 2016-04-01.. withheld starts-in-future", "UCPP mia #1 2016-01-11..2016-06-01 update", "UCPP nan #2 2016-01-11..2016-06-01 remove nhs-number-replaced",
        ];

        _council.Night("2016-02-25", hour: 5).ShouldDecide(told);
        _council.Night("2016-02-28").ShouldDecide(told).Confirmed();
        _council.Night("2016-02-29").ShouldDecide("CPP two #9 2016-04-01.. withheld starts-in-future", "UCPP mia #1 2016-01-11..2016-06-01 unchanged")
            .Decisions.Single(d => d.PlanType == PlanType.Ucpp).SourceIds.ShouldBe(["p1", "p2"]);
    }

    [Theory]
    [InlineData(true, "UCPP nan #2 2016-02-01..2016-04-02 remove nhs-number-replaced")]
    [InlineData(false, "UCPP nan #2 2016-02-01..2016-04-02 unchanged")]
    public void N4_U9_a_child_linked_to_another_mother_whose_record_is_not_yet_confirmed_stays_with_the_first(bool confirmed, string decision)
    {
        _council.Mother("mia");
        _council.Mother("nan");
        _council.Unborn("two", "nan", "2016-04-02").Plan("p2", "2016-02-01");
        _council.Night("2016-02-29").Confirmed();
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        var night = _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new", "UCPP nan #2 2016-02-01..2016-04-02 unchanged");
        if (confirmed)
        {
            night.Confirmed();
        }

        _council.Person("two").MotherIs("mia");

        _council.Night("2016-03-02").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 unchanged", decision);
    }

    [Fact]
    public void S9_N4_a_born_twin_without_a_record_of_its_own_goes_with_the_mothers_to_her_new_number()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        var two = _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();
        two.IsBorn("2016-01-23");
        _council.Person("mia").Number(8);

        _council.Night("2016-05-21").ShouldDecide(
            "CPP two - 2016-02-01.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced",
            "UCPP mia #8 2016-01-04..2016-06-01 new").Confirmed().Decisions.Single(d => d.Kind == DecisionKind.New).SourceIds.ShouldBe(["p1", "p2"]);
        _council.Person("mia").Named("Other", "Mia");
        _council.Night("2016-05-22").Confirmed().Decisions.Single(d => d.Kind == DecisionKind.Update).SourceIds.ShouldBe(["p1", "p2"]);

        one.IsBorn("2016-05-22", number: 9);
        _council.Night("2016-05-23").ShouldDecide(
            "CPP one #9 2016-05-22.. new", "CPP two - 2016-02-01.. withheld nhs-number-missing", "UCPP mia #8 2016-01-04..2016-06-01 unchanged").Confirmed();

        two.Number(10);
        _council.Night("2016-05-24").ShouldDecide(
            "CPP one #9 2016-05-22.. unchanged", "CPP two #10 2016-02-01.. new", "UCPP mia #8 2016-01-04..2016-05-22 end");
    }

    [Fact]
    public void S9_N4_a_move_to_the_mothers_new_number_does_not_end_what_shows_a_born_twin_sooner()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        var two = _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();
        two.IsBorn("2016-01-23");
        _council.Person("mia").Number(8);
        one.Expected("2016-05-25");

        _council.Night("2016-05-21").ShouldDecide(
            "CPP two - 2016-02-01.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced",
            "UCPP mia #8 2016-01-04..2016-06-01 new").Confirmed();
        _council.Night("2016-05-22").ShouldSendNothing();
    }

    [Theory]
    [InlineData(null, "UCPP mia #1 2016-01-04..2016-06-01 unchanged")]
    [InlineData(10, "UCPP mia #1 2016-01-04..2016-03-01 remove ended-late")]
    public void S7_S9_twins_whose_record_is_over_leave_it_until_the_born_one_has_its_own(int? number, string decision)
    {
        var (_, two) = HeldTwins();
        _council.Plan("p1").EndsOn("2016-02-01");
        two.IsBorn("2016-03-01", number: number);

        _council.Night("2016-03-30").ShouldDecide(
            [$"CPP two {(number is null ? "-" : "#10")} 2016-03-01.. {(number is null ? "withheld nhs-number-missing" : "new")}", decision]);
    }

    [Theory]
    [InlineData(null, "UCPP mia #1 2016-01-11..2016-06-01 unchanged")]
    [InlineData(10, "UCPP mia #1 2016-01-11..2016-03-01 remove ended-late")]
    public void S7_S9_twins_whose_record_is_over_and_began_otherwise_leave_it_until_the_born_one_has_its_own(int? number, string decision)
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-11");
        var two = _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-18");
        _council.Night("2016-02-25").Confirmed();
        _council.Plan("p1").StartsOn("2016-01-04").EndsOn("2016-02-01");
        two.IsBorn("2016-03-01", number: number);

        _council.Night("2016-03-30").Lines.ShouldContain(decision);
    }

    [Fact]
    public void S9_a_child_that_joined_the_record_without_changing_it_is_waited_for()
    {
        _council.Mother("mia");
        _council.Mother("nan");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "nan", "2016-04-02").Plan("p2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();
        _council.Person("two").MotherIs("mia");
        _council.Night("2016-03-02").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 unchanged", "UCPP nan #2 2016-02-01..2016-04-02 remove nhs-number-replaced").Confirmed();

        _council.Person("one").IsBorn("2016-03-20", number: 9);
        _council.Person("two").IsBorn("2016-03-20");

        _council.Night("2016-03-21").ShouldDecide(
            "CPP one #9 2016-03-20.. new", "CPP two - 2016-03-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");
    }

    [Theory]
    [InlineData("2017-05-19", null)]
    [InlineData("2017-05-20", "CPP ada #1 2016-05-20..2016-05-20 remove ended-late")]
    public void S9_U3_a_held_plan_found_to_have_ended_before_the_birth_is_left_until_that_end_is_over(string night, string? decision)
    {
        _council.Child("ada", born: "2016-05-20").Plan("p1", "2016-01-04");
        _council.Night("2016-06-01").ShouldDecide("CPP ada #1 2016-05-20.. new").Confirmed();

        _council.Plan("p1").EndsOn("2016-05-19");

        var told = _council.Night(night).ShouldLapse().Decisions.Where(d => d.Record is not null).Select(Night.Line);
        told.ShouldBe(decision is null ? [] : [decision]);
    }

    /// <summary>Twins, both unborn, whose record is held.</summary>
    private (Someone One, Someone Two) HeldTwins()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        var two = _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-04");
        _council.Night("2016-02-25").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new").Confirmed();
        return (one, two);
    }

    private Someone HeldUnbornPlan()
    {
        _council.Mother("mia");
        var bump = _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 new").Confirmed();
        return bump;
    }
}
