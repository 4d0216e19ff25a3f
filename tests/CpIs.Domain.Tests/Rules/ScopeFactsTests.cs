using CpIs.Domain.Decisions;
using CpIs.Domain.Tests.Support;
using Shouldly;

namespace CpIs.Domain.Tests.Rules;

/// <summary>The NHS number match rate (rule K5) and what standing alerts are wanted for (rules A5, S6, N6).</summary>
public class ScopeFactsTests
{
    private readonly Council _council = new();

    [Fact]
    public void K5_counts_people_in_scope_and_those_with_a_usable_number()
    {
        _council.Child("good").Plan("p1", "2016-01-04");
        _council.Child("missing").Number(null).Plan("p2", "2016-01-04");
        _council.Child("invalid").NumberText(Numbers.Invalid).Plan("p3", "2016-01-04");
        _council.Child("duplicate").Plan("p4", "2016-01-04");
        _council.TwoPeopleHave(4);
        _council.Child("inactive").Plan("p5", "2016-01-04");
        _council.Inactive(5);

        Rate("2016-03-01").ShouldBe((5, 1));
    }

    [Fact]
    public void K5_other_reasons_to_withhold_do_not_spoil_a_usable_number()
    {
        _council.Child("details").Named(null, "Alex").Plan("p1", "2016-01-04");
        _council.Child("dates").Plan("p2", null);
        _council.Child("future").Plan("p3", "2017-01-04");
        _council.Child("other").Plan("p4", "2016-01-04");
        _council.Plan("p4").OtherAuthority();

        Rate("2016-03-01").ShouldBe((4, 4));
    }

    [Fact]
    public void K5_one_person_counts_once_whatever_the_number_of_plans()
    {
        _council.Child("ada").Plan("p1", "2015-01-04").Plan("p2", "2016-01-04").Status("s1", "C2", "2016-01-04");

        Rate("2016-03-01").ShouldBe((1, 1));
    }

    [Fact]
    public void K5_an_unborn_child_counts_by_its_mothers_number_and_the_mother_not_again()
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-04");
        _council.Unborn("three", null, "2016-06-01").NumberText(Numbers.Text(9)).Plan("p3", "2016-01-04");

        Rate("2016-03-01").ShouldBe((3, 2));
    }

    [Fact]
    public void K5_a_mother_with_a_plan_of_her_own_counts_for_herself()
    {
        _council.Mother("mia", born: "2001-01-01").Plan("p0", "2016-01-04");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");

        Rate("2016-03-01").ShouldBe((2, 2));
    }

    [Fact]
    public void K5_those_withheld_by_age_or_retention_are_left_out()
    {
        _council.Child("adult", born: "1998-03-01").Number(null).Plan("p1", "2016-01-04");
        _council.Child("over").Number(null).Plan("p2", "2014-01-04", "2015-02-28");
        _council.Child("both").Plan("p3", "2014-01-04", "2015-02-28").Plan("p4", "2016-01-04");

        Rate("2016-03-01").ShouldBe((1, 1));
        Rate("2016-02-28").ShouldBe((3, 1));
    }

    [Fact]
    public void K5_one_whose_late_end_is_removed_tonight_is_over_too()
    {
        _council.Child("ada").Plan("p1", "2014-01-04");
        _council.Night("2016-03-01").Confirmed();
        _council.Plan("p1").EndsOn("2015-01-01");

        Rate("2016-03-02").ShouldBe((0, 0));
    }

    [Fact]
    public void K5_nobody_in_scope_counts_for_nothing()
    {
        _council.Child("ada");

        Rate("2016-03-01").ShouldBe((0, 0));
    }

    [Fact]
    public void A5_a_missing_number_is_a_problem_on_the_childs_file()
    {
        _council.Child("ada").Number(null).Plan("p1", "2016-01-04").Status("s1", "C2", "2016-01-04");
        _council.Child("ben").NumberText(Numbers.Invalid).Plan("p2", "2016-01-04");

        _council.Night("2016-03-01").Facts.Problems.ShouldBe(
            [new("ada", Reasons.NumberMissing, null), new("ben", Reasons.NumberInvalid, null)], ignoreOrder: true);
    }

    [Fact]
    public void A5_for_an_unborn_child_the_mothers_record_is_named()
    {
        _council.Mother("mia").Number(null);
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", null, "2016-06-01").Plan("p2", "2016-01-04");

        _council.Night("2016-03-01").Facts.Problems.ShouldBe(
            [new("one", Reasons.MotherNumberMissing, "mia"), new("two", Reasons.MotherNotLinked, null)], ignoreOrder: true);
    }

    [Fact]
    public void A5_no_number_is_missed_of_one_to_whom_an_earlier_reason_applies()
    {
        _council.Child("adult", born: "1998-03-01").Number(null).Plan("p1", "2016-01-04");
        _council.Child("error").Number(null).Plan("p2", "2016-01-04");
        _council.Plan("p2").InError();
        _council.Child("future").Number(null).Plan("p3", "2017-01-04");

        _council.Night("2016-03-01").Facts.Problems.ShouldBeEmpty();
    }

    [Fact]
    public void A5_a_missing_number_is_told_although_the_record_stands_for_a_fault_of_the_twin()
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();
        _council.Plan("p2").Spoiled();
        _council.Person("mia").Number(null);

        _council.Night("2016-03-02").Facts.Problems.ShouldBe([new("one", Reasons.MotherNumberMissing, "mia")]);
    }

    [Fact]
    public void N6_a_number_of_two_people_is_told_although_the_record_stands_for_a_fault_of_the_twin()
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();
        _council.Plan("p2").Spoiled();
        _council.TwoPeopleHave(1);

        _council.Night("2016-03-02").Facts.Problems.ShouldBe([new("one", Reasons.NumberDuplicate, "mia")]);
    }

    private (int InScope, int Matched) Rate(string date)
    {
        var facts = _council.Look(date).Facts;
        return (facts.InScope, facts.Matched);
    }
}
