using CpIs.Domain.Decisions;
using CpIs.Domain.Tests.Support;
using Shouldly;

namespace CpIs.Domain.Tests.Rules;

/// <summary>NHS numbers and details: rules N1 to N6. What makes a number valid is in NhsNumberTests.</summary>
public class NumberTests
{
    private readonly Council _council = new();

    [Fact]
    public void N1_a_number_is_read_with_its_spaces_and_hyphens()
    {
        _council.Child("ada").NumberText(" 999-000 0018 ").Plan("p1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("CPP ada #1 2016-01-04.. new");
    }

    [Theory]
    [InlineData("9990000019")]
    [InlineData("999000001")]
    [InlineData("1111111111")]
    [InlineData("unknown")]
    [InlineData("-")]
    public void N1_what_is_no_number_is_withheld_as_invalid(string text)
    {
        _council.Child("ada").NumberText(text).Plan("p1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("CPP ada - 2016-01-04.. withheld nhs-number-invalid");
    }

    [Fact]
    public void N1_writing_the_number_otherwise_changes_nothing()
    {
        var ada = _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        ada.NumberText("999 000 0018");

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void N2_no_number_is_missing(string? text)
    {
        _council.Child("ada").NumberText(text).Plan("p1", "2016-01-04").Status("s1", "C2", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide(
            "CPP ada - 2016-01-04.. withheld nhs-number-missing", "LAC ada - 2016-01-04.. withheld nhs-number-missing");
    }

    [Theory]
    [InlineData(null, "mother-nhs-number-missing")]
    [InlineData("", "mother-nhs-number-missing")]
    [InlineData("9990000019", "mother-nhs-number-invalid")]
    public void N2_for_an_unborn_child_the_mothers_number_counts(string? text, string reason)
    {
        _council.Mother("mia").NumberText(text);
        _council.Unborn("bump", "mia", "2016-06-01").NumberText(Numbers.Text(9)).Plan("p1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide($"UCPP mia - 2016-01-04..2016-06-01 withheld {reason}");
    }

    [Fact]
    public void N2_a_mother_who_is_not_linked_or_not_in_the_source_is_mother_not_linked()
    {
        _council.Unborn("one", null, "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "nobody", "2016-06-01").Plan("p2", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide(
            "UCPP one - 2016-01-04..2016-06-01 withheld mother-not-linked", "UCPP two - 2016-01-04..2016-06-01 withheld mother-not-linked");
    }

    [Fact]
    public void N2_a_child_cannot_be_its_own_mother()
    {
        _council.Unborn("bump", "bump", "2016-06-01").NumberText(Numbers.Text(9)).Plan("p1", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide("UCPP bump - 2016-01-04..2016-06-01 withheld mother-not-linked");
    }

    [Fact]
    public void N3_an_inactive_number_is_withheld_until_the_care_database_holds_another()
    {
        var ada = _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Inactive(1);
        _council.Night("2016-03-01").ShouldDecide("CPP ada #1 2016-01-04.. withheld nhs-number-inactive");

        ada.Number(9);

        _council.Night("2016-03-02").ShouldDecide("CPP ada #9 2016-01-04.. new");
    }

    [Fact]
    public void N3_a_mothers_inactive_number_too()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Inactive(1);

        _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 withheld nhs-number-inactive");
    }

    [Fact]
    public void N3_what_is_held_under_an_inactive_number_stands_and_no_end_of_it_is_sent()
    {
        HeldPlan();
        _council.Inactive(1);
        _council.Plan("p1").EndsOn("2016-03-01");

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 withheld nhs-number-inactive").ShouldLapse();
    }

    [Fact]
    public void N3_no_removal_is_sent_under_an_inactive_number()
    {
        HeldPlan();
        _council.Inactive(1);
        _council.Plan("p1").InError();

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. withheld recorded-in-error").ShouldSendNothing();
    }

    [Fact]
    public void N3_no_removal_is_sent_when_the_inactive_number_is_replaced()
    {
        HeldPlan();
        _council.Inactive(1);
        _council.Person("ada").Number(9);

        _council.Night("2016-03-02").ShouldDecide("CPP ada #9 2016-01-04.. new").ShouldLapse("CPP #1 2016-01-04").Confirmed();
        _council.Night("2016-03-03").ShouldDecide("CPP ada #9 2016-01-04.. unchanged").ShouldLapse();
    }

    [Fact]
    public void N3_a_full_run_sends_nothing_under_an_inactive_number()
    {
        HeldPlan();
        _council.Inactive(1);

        _council.Night("2016-03-02", full: true).ShouldDecide("CPP ada #1 2016-01-04.. withheld nhs-number-inactive");
    }

    [Fact]
    public void N4_a_changed_number_brings_a_new_record_and_a_removal_of_the_old_in_one_file()
    {
        HeldPlan();
        _council.Person("ada").Status("s1", "C2", "2016-02-01");
        _council.Night("2016-03-02").Confirmed();

        _council.Person("ada").Number(9);

        var night = _council.Night("2016-03-03").ShouldDecide(
            "CPP ada #1 2016-01-04.. remove nhs-number-replaced",
            "CPP ada #9 2016-01-04.. new",
            "LAC ada #1 2016-02-01.. remove nhs-number-replaced",
            "LAC ada #9 2016-02-01.. new");
        night.Decisions.Where(d => d.Kind == DecisionKind.Remove).ShouldAllBe(d => d.DeleteDate == Council.Day("2016-03-03"));
        night.Confirmed();
        _council.Night("2016-03-04").ShouldDecide("CPP ada #9 2016-01-04.. unchanged", "LAC ada #9 2016-02-01.. unchanged");
    }

    [Fact]
    public void N4_a_mothers_changed_number_moves_her_record()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Person("mia").Number(9);

        _council.Night("2016-03-02").ShouldDecide(
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced", "UCPP mia #9 2016-01-04..2016-06-01 new").Confirmed();
        _council.Night("2016-03-03").ShouldSendNothing();
    }

    [Fact]
    public void N4_a_mother_linked_anew_moves_the_record_to_her()
    {
        _council.Mother("mia");
        _council.Mother("nan");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Person("bump").MotherIs("nan");

        _council.Night("2016-03-02").ShouldDecide(
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced", "UCPP nan #2 2016-01-04..2016-06-01 new").Confirmed();
        _council.Night("2016-03-03").ShouldSendNothing();
    }

    [Fact]
    public void N4_back_to_the_first_number_makes_that_record_new_again()
    {
        HeldPlan();
        _council.Person("ada").Number(9);
        _council.Night("2016-03-02").Confirmed();

        _council.Person("ada").Number(1);

        _council.Night("2016-03-03").ShouldDecide(
            "CPP ada #1 2016-01-04.. new", "CPP ada #9 2016-01-04.. remove nhs-number-replaced").Confirmed();
        _council.Night("2016-03-04").ShouldSendNothing();
    }

    [Theory]
    [InlineData(null, "-", "nhs-number-missing")]
    [InlineData("9990000019", "-", "nhs-number-invalid")]
    public void N4_a_number_that_is_spoiled_and_not_replaced_leaves_what_is_held(string? text, string shown, string reason)
    {
        HeldPlan();
        _council.Person("ada").NumberText(text);

        _council.Night("2016-03-02").ShouldDecide($"CPP ada {shown} 2016-01-04.. withheld {reason}").ShouldLapse();
    }

    [Fact]
    public void N4_a_new_number_that_is_itself_inactive_or_a_duplicate_leaves_what_is_held()
    {
        HeldPlan();
        _council.Person("ada").Number(9);

        _council.Inactive(9);
        _council.Look("2016-03-02").ShouldDecide("CPP ada #9 2016-01-04.. withheld nhs-number-inactive").ShouldLapse();

        _council.TwoPeopleHave(9);
        _council.Look("2016-03-02").ShouldDecide("CPP ada #9 2016-01-04.. withheld nhs-number-duplicate").ShouldLapse();
    }

    [Fact]
    public void N4_both_numbers_inactive_leaves_what_is_held()
    {
        HeldPlan();
        _council.Person("ada").Number(9);
        _council.Inactive(1).Inactive(9);

        _council.Night("2016-03-02").ShouldDecide("CPP ada #9 2016-01-04.. withheld nhs-number-inactive").ShouldLapse();
    }

    [Fact]
    public void N4_a_number_changed_together_with_the_start_is_a_replaced_number()
    {
        HeldPlan();
        _council.Person("ada").Number(9);
        _council.Plan("p1").StartsOn("2016-01-05");

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. remove nhs-number-replaced", "CPP ada #9 2016-01-05.. new");
    }

    [Fact]
    public void N4_a_plan_that_moves_to_another_persons_file_moves_to_that_number()
    {
        HeldPlan();
        _council.Child("ben");

        _council.Plan("p1").BelongsTo("ben");

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. remove nhs-number-replaced", "CPP ben #2 2016-01-04.. new").Confirmed();
        _council.Night("2016-03-03").ShouldSendNothing();
    }

    [Theory]
    [InlineData(null, "Alex", "2010-05-04", "family_name")]
    [InlineData("  ", "Alex", "2010-05-04", "family_name")]
    [InlineData("Sample", null, "2010-05-04", "given_names")]
    [InlineData("Sample", "  ", "2010-05-04", "given_names")]
    [InlineData("Sample", "Alex", null, "date_of_birth")]
    [InlineData(null, null, "2010-05-04", "family_name+given_names")]
    [InlineData(null, "Alex", null, "family_name+date_of_birth")]
    [InlineData("Sample", null, null, "given_names+date_of_birth")]
    [InlineData(null, null, null, "family_name+given_names+date_of_birth")]
    public void N5_names_and_birth_date_are_required_and_those_missing_are_named_in_order(string? family, string? given, string? born, string missing)
    {
        _council.Child("ada", born).Named(family, given).Plan("p1", "2016-01-04");
        _council.Mother("mia").Named(family, given).BornOn(born);
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p2", "2016-01-04");

        _council.Night("2016-03-01").ShouldDecide(
            $"CPP ada #1 2016-01-04.. withheld details-missing:{missing}", $"UCPP mia #2 2016-01-04..2016-06-01 withheld details-missing:{missing}");
    }

    [Theory]
    [InlineData("Alex", "Alex")]
    [InlineData("Alex Jo", "Alex")]
    [InlineData(" Alex  Jo ", "Alex")]
    [InlineData("Alex-Jo Sam", "Alex-Jo")]
    [InlineData("alex", "alex")]
    public void N5_the_first_given_name_is_the_text_up_to_the_first_space(string given, string sent)
    {
        _council.Child("ada").Named(" de la Sample ", given).Plan("p1", "2016-01-04");

        var content = _council.Night("2016-03-01").Decisions.Single().Record!.Content;

        content.GivenName.ShouldBe(sent);
        content.FamilyName.ShouldBe("de la Sample");
    }

    [Fact]
    public void N6_two_people_with_one_number_are_both_withheld_and_an_alert_stands_on_the_file_of_each()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Child("ben").Number(1).Status("s1", "C2", "2016-01-04");
        _council.TwoPeopleHave(1);

        var night = _council.Night("2016-03-01").ShouldDecide(
            "CPP ada #1 2016-01-04.. withheld nhs-number-duplicate", "LAC ben #1 2016-01-04.. withheld nhs-number-duplicate");

        night.Facts.Problems.ShouldBe(
            [new StandingProblem("ada", Reasons.NumberDuplicate, null), new StandingProblem("ben", Reasons.NumberDuplicate, null)], ignoreOrder: true);
    }

    [Fact]
    public void N6_a_mothers_duplicate_number_is_an_alert_on_the_file_of_each_unborn_child()
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-04");
        _council.TwoPeopleHave(1);

        var night = _council.Night("2016-03-01").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 withheld nhs-number-duplicate");

        night.Facts.Problems.ShouldBe(
            [new StandingProblem("one", Reasons.NumberDuplicate, "mia"), new StandingProblem("two", Reasons.NumberDuplicate, "mia")], ignoreOrder: true);
    }

    [Fact]
    public void N6_an_alert_about_the_mothers_number_is_not_for_a_twin_already_born()
    {
        var mia = _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-04");
        one.IsBorn("2016-05-20", number: 9);
        _council.TwoPeopleHave(1);

        _council.Look("2016-05-21").Facts.Problems.ShouldBe([new StandingProblem("two", Reasons.NumberDuplicate, "mia")]);

        mia.Number(null);
        _council.Look("2016-05-21").Facts.Problems.ShouldBe([new StandingProblem("two", Reasons.MotherNumberMissing, "mia")]);
    }

    [Fact]
    public void N6_what_CP_IS_holds_stands_whatever_else_would_be_done_to_it()
    {
        HeldPlan();
        _council.TwoPeopleHave(1);

        _council.Look("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. withheld nhs-number-duplicate").ShouldLapse();

        _council.Plan("p1").StartsOn("2016-01-11");
        _council.Look("2016-03-02").ShouldDecide("CPP ada #1 2016-01-11.. withheld nhs-number-duplicate").ShouldLapse();

        _council.Plan("p1").StartsOn("2015-01-05").EndsOn("2015-02-01");
        _council.Look("2016-03-02").ShouldDecide("CPP ada #1 2015-01-05..2015-02-01 withheld retention-expired").ShouldLapse();

        _council.Plan("p1").StartsOn("2016-01-04").EndsOn(null);
        _council.Look("2016-03-02", full: true).ShouldSendNothing().ShouldLapse();
    }

    [Fact]
    public void N6_an_end_that_reached_us_too_late_removes_nothing_under_a_shared_number()
    {
        _council.Child("ada").Plan("p1", "2014-01-04");
        _council.Night("2016-03-01").Confirmed();
        _council.Plan("p1").EndsOn("2014-06-01");
        _council.TwoPeopleHave(1);

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2014-01-04..2014-06-01 withheld retention-expired").ShouldLapse();
    }

    [Fact]
    public void N6_what_a_vanished_holder_had_stands_until_an_operator_confirms()
    {
        HeldPlan();
        _council.Person("ada").Gone();
        _council.Plan("p1").Gone();
        _council.TwoPeopleHave(1);

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. withheld nhs-number-duplicate").ShouldLapse();
        _council.Night("2016-03-03", confirmRemovals: true).ShouldDecide("CPP ada #1 2016-01-04.. remove gone-from-source");
    }

    [Fact]
    public void N6_a_duplicate_put_right_is_sent_on_the_next_night()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.TwoPeopleHave(1);
        _council.Night("2016-03-01").ShouldSendNothing();

        _council.TwoPeopleHave(1, yes: false);

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. new").Facts.Problems.ShouldBeEmpty();
    }

    [Fact]
    public void N6_a_number_that_passed_to_somebody_else_is_removed_from_its_former_holder()
    {
        HeldPlan();
        _council.Person("ada").Number(9);
        _council.Child("ben").Number(1).Plan("p2", "2016-02-01");
        _council.TwoPeopleHave(1);

        _council.Night("2016-03-02").ShouldDecide(
            "CPP ada #1 2016-01-04.. remove nhs-number-replaced", "CPP ada #9 2016-01-04.. new",
            "CPP ben #1 2016-02-01.. withheld nhs-number-duplicate").Confirmed();

        _council.TwoPeopleHave(1, yes: false);
        _council.Night("2016-03-03").ShouldDecide("CPP ada #9 2016-01-04.. unchanged", "CPP ben #1 2016-02-01.. new");
    }

    /// <summary>Ada (number 1) with a plan from 4 January 2016, held and confirmed.</summary>
    private void HeldPlan()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();
    }

    [Fact]
    public void N2_of_twins_one_that_lost_the_link_to_its_mother_keeps_the_record_of_both_as_last_told()
    {
        Twins();
        _council.Night("2016-03-01").Confirmed();

        _council.Person("two").MotherIs(null);
        _council.Person("mia").Named("Other", "Mia");
        _council.Night("2016-03-02").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 unchanged").Facts.Problems.ShouldBe([new("two", Reasons.MotherNotLinked, null)]);

        _council.Plan("p1").InError();
        _council.Night("2016-03-03").ShouldSendNothing();
    }

    [Fact]
    public void N3_what_is_held_under_an_inactive_number_does_not_wait_for_a_twins_fault_when_the_next_number_is_known()
    {
        Twins();
        _council.Night("2016-03-01").Confirmed();

        _council.Inactive(1);
        _council.Person("mia").Number(9);
        _council.Plan("p2").Spoiled();

        _council.Night("2016-03-02").ShouldDecide(
            "UCPP mia #9 2016-01-04..2016-06-01 new", "UCPP mia #9 2016-01-11..2016-01-10 withheld dates-inconsistent").ShouldLapse("UCPP #1 2016-01-04");
    }

    private void Twins()
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
    }
}
