using CpIs.Domain.Decisions;
using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Domain.Tests.Rules;

/// <summary>What is sent and when: rules U1 to U5, U7, U8 and U10 as far as one household decides them.</summary>
public class SendingTests
{
    private readonly Council _council = new();

    [Fact]
    public void U1_nothing_is_sent_twice_without_cause()
    {
        HeldPlan();

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. unchanged").ShouldSendNothing();
        _council.Night("2016-12-02").ShouldSendNothing();
    }

    [Theory]
    [InlineData("family name")]
    [InlineData("family name's letter case")]
    [InlineData("first given name")]
    [InlineData("birth date")]
    public void U1_a_difference_in_names_or_birth_date_is_an_update(string what)
    {
        var ada = HeldPlan();
        ada.Change(p => what switch
        {
            "family name" => p with { FamilyName = "Other" },
            "family name's letter case" => p with { FamilyName = "SAMPLE" },
            "first given name" => p with { GivenNames = "Sam Jo" },
            _ => p with { DateOfBirth = Council.Day("2010-05-05") },
        });

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. update").Confirmed();
        _council.Night("2016-03-03").ShouldSendNothing();
    }

    [Theory]
    [InlineData("worker, manager and team")]
    [InlineData("further given names")]
    [InlineData("blanks around names")]
    [InlineData("the source row's id")]
    [InlineData("time of change")]
    public void U1_any_other_difference_sends_nothing(string what)
    {
        var ada = HeldPlan();
        switch (what)
        {
            case "worker, manager and team": ada.Change(p => p with { WorkerId = "w9", ManagerId = "m9", Team = "t9" }); break;
            case "further given names": ada.Named("Sample", "Alex Sam Robin"); break;
            case "blanks around names": ada.Named(" Sample ", "  Alex Jo "); break;
            case "time of change": ada.ChangedAt(null); break;
            default:
                _council.Plan("p1").Gone();
                ada.Plan("p2", "2016-01-04");
                break;
        }

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
    }

    [Fact]
    public void U1_the_local_person_id_is_compared()
    {
        HeldPlan();
        _council.Person("ada").Gone();
        _council.Child("ada2").Number(1);

        _council.Plan("p1").BelongsTo("ada2");

        _council.Night("2016-03-02").ShouldDecide("CPP ada2 #1 2016-01-04.. update").Decisions.Single().Record!.Content.LocalPersonId.ShouldBe("ada2");
    }

    [Fact]
    public void U1_everyone_in_scope_has_a_decision_also_who_has_only_rows_that_are_not_shared()
    {
        _council.Child("ada").Status("s1", "E1", "2016-01-04");
        _council.Child("ben").Plan("p1", "2016-01-04");
        _council.Plan("p1").InError();
        _council.Child("cat");

        _council.Night("2016-03-01").ShouldDecide(
            "LAC ada #1 2016-01-04.. withheld legal-status-not-shared", "CPP ben #2 2016-01-04.. withheld recorded-in-error");
    }

    [Fact]
    public void U2_an_amended_start_is_a_removal_and_a_new_record_in_one_file()
    {
        HeldPlan();
        _council.Plan("p1").StartsOn("2016-01-11");

        _council.Night("2016-03-02").ShouldDecide(
            "CPP ada #1 2016-01-04.. remove start-date-amended", "CPP ada #1 2016-01-11.. new").Confirmed();
        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-11.. unchanged");
    }

    [Fact]
    public void U2_an_amended_start_of_joined_statuses_too()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();

        _council.Status("s1").StartsOn("2015-12-14");

        _council.Night("2016-03-02").ShouldDecide(
            "LAC ada #1 2016-01-04.. remove start-date-amended", "LAC ada #1 2015-12-14.. new");
    }

    [Fact]
    public void U2_an_amended_start_of_an_unborn_childs_plan_too()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").StartsOn("2016-01-11");

        _council.Night("2016-03-02").ShouldDecide(
            "UCPP mia #1 2016-01-04..2016-06-01 remove start-date-amended", "UCPP mia #1 2016-01-11..2016-06-01 new");
    }

    [Fact]
    public void U2_an_amended_birth_date_amends_the_start_of_a_plan_from_birth()
    {
        _council.Child("ada", born: "2016-02-20").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Person("ada").BornOn("2016-02-21");

        _council.Night("2016-03-02").ShouldDecide(
            "CPP ada #1 2016-02-20.. remove start-date-amended", "CPP ada #1 2016-02-21.. new");
    }

    [Fact]
    public void U2_two_plans_that_swap_their_starts_keep_both_records()
    {
        _council.Child("ada").Plan("p1", "2016-01-04", "2016-01-20").Plan("p2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").Change(p => p with { StartDate = Council.Day("2016-02-01"), EndDate = null });
        _council.Plan("p2").Change(p => p with { StartDate = Council.Day("2016-01-04"), EndDate = Council.Day("2016-01-20") });

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-01-20 unchanged", "CPP ada #1 2016-02-01.. unchanged");
    }

    [Fact]
    public void U3_a_normal_closure_sends_start_and_end_and_no_delete_date()
    {
        HeldPlan();
        _council.Plan("p1").EndsOn("2016-03-01");

        var decision = _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end").Decisions.Single();

        decision.DeleteDate.ShouldBeNull();
        decision.Record!.DeleteDate.ShouldBeNull();
        decision.Record.VisibleUntil.ShouldBe(Council.Day("2017-03-01"));
        decision.Cause.ShouldBeEmpty();
    }

    [Fact]
    public void U3_a_removal_has_the_business_date_as_delete_date_and_is_else_as_last_told()
    {
        HeldPlan();
        _council.Person("ada").Named("Other", "Sam");
        _council.Plan("p1").InError().EndsOn("2016-02-20");

        var decision = _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error").Decisions.Single();

        decision.DeleteDate.ShouldBe(Council.Day("2016-03-02"));
        decision.VisibleUntil.ShouldBeNull();
        decision.Record!.DeleteDate.ShouldBe(Council.Day("2016-03-02"));
        decision.Record.Key.Start.ShouldBe(Council.Day("2016-01-04"));
        decision.Record.Content.FamilyName.ShouldBe("Sample");
        decision.Record.Content.GivenName.ShouldBe("Alex");
        decision.Record.Content.End.ShouldBeNull();
    }

    [Theory]
    [InlineData("p1", "CPP")]
    [InlineData("s1", "LAC")]
    [InlineData("p2", "UCPP")]
    public void U3_recorded_in_error_is_removed(string row, string type)
    {
        EverythingHeld();
        if (row == "s1") { _council.Status(row).InError(); } else { _council.Plan(row).InError(); }

        ShouldRemoveOnly(type, Reasons.RecordedInError, Reasons.None);
    }

    [Theory]
    [InlineData("p1", "CPP")]
    [InlineData("s1", "LAC")]
    [InlineData("p2", "UCPP")]
    public void U3_what_is_gone_from_the_source_is_removed(string row, string type)
    {
        EverythingHeld();
        if (row == "s1") { _council.Status(row).Gone(); } else { _council.Plan(row).Gone(); }

        ShouldRemoveOnly(type, Reasons.GoneFromSource, Reasons.None);
    }

    [Theory]
    [InlineData("p1", "CPP")]
    [InlineData("p2", "UCPP")]
    public void U3_another_councils_plan_proved_so_later_is_removed(string row, string type)
    {
        EverythingHeld();
        _council.Plan(row).OtherAuthority();

        ShouldRemoveOnly(type, Reasons.OtherAuthorityPlan, Reasons.OtherAuthorityPlan);
    }

    [Fact]
    public void U3_a_status_proved_not_to_be_shared_is_removed()
    {
        EverythingHeld();
        _council.Status("s1").CodeIs("E1");

        ShouldRemoveOnly("LAC", Reasons.LegalStatusNotShared, Reasons.LegalStatusNotShared);
    }

    [Fact]
    public void U3_a_status_moved_out_of_the_dates_of_its_code_is_removed()
    {
        EverythingHeld();
        _council.Settings = RuleSettings.Default with { SharedLegalStatuses = [new("C2", To: Council.Day("2016-01-03"))] };

        ShouldRemoveOnly("LAC", Reasons.LegalStatusNotShared, Reasons.LegalStatusNotShared);
    }

    [Fact]
    public void U3_one_status_of_several_that_is_not_shared_only_shortens_the_record()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();

        _council.Status("s2").CodeIs("E1");

        _council.Night("2016-03-02").ShouldDecide(
            "LAC ada #1 2016-01-04..2016-01-31 end", "LAC ada #1 2016-02-01.. withheld legal-status-not-shared");
    }

    [Theory]
    [InlineData("2015-03-02", true)]
    [InlineData("2015-03-01", false)]
    public void U3_an_end_that_reaches_us_when_its_visibility_is_over_is_removed_with_that_end(string end, bool stillVisible)
    {
        _council.Child("ada").Plan("p1", "2015-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").EndsOn(end);

        var night = _council.Night("2016-03-02").ShouldDecide(stillVisible
            ? $"CPP ada #1 2015-01-04..{end} end"
            : $"CPP ada #1 2015-01-04..{end} remove ended-late");
        night.Decisions.Single().Record!.Content.End.ShouldBe(Council.Day(end));
        night.Decisions.Single().Record!.DeleteDate.ShouldBe(stillVisible ? null : Council.Day("2016-03-02"));
        night.Confirmed();
        _council.Night("2016-03-03").ShouldSendNothing();
    }

    [Fact]
    public void U3_an_end_that_CP_IS_was_told_in_time_is_never_ended_late()
    {
        _council.Child("ada").Plan("p1", "2015-01-04", "2015-03-01");
        _council.Night("2016-03-01").Confirmed();

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2015-01-04..2015-03-01 withheld retention-expired").ShouldLapse("CPP #1 2015-01-04");
    }

    [Fact]
    public void U3_an_earlier_end_found_late_is_ended_late_while_CP_IS_still_shows_the_record()
    {
        _council.Child("ada").Plan("p1", "2015-01-04", "2015-12-31");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").EndsOn("2015-02-01");

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2015-01-04..2015-02-01 remove ended-late");
    }

    [Fact]
    public void U3_an_end_found_late_together_with_another_start_or_number_is_ended_late()
    {
        _council.Child("ada").Plan("p1", "2015-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").StartsOn("2014-01-04").EndsOn("2015-02-01");
        _council.Look("2016-03-02").ShouldDecide(
            "CPP ada #1 2015-01-04..2015-02-01 remove ended-late", "CPP ada #1 2014-01-04..2015-02-01 withheld retention-expired");

        _council.Person("ada").Number(9);
        _council.Look("2016-03-02").ShouldDecide(
            "CPP ada #1 2015-01-04..2015-02-01 remove ended-late", "CPP ada #9 2014-01-04..2015-02-01 withheld retention-expired");

        _council.Plan("p1").EndsOn("2014-06-01");
        var removal = _council.Look("2016-03-02").Decisions.Single(d => d.Kind == DecisionKind.Remove);
        removal.End.ShouldBe(Council.Day("2015-01-04"), "an end before the start could not be sent");
    }

    [Fact]
    public void U3_an_expected_date_put_right_too_late_is_ended_late()
    {
        _council.Mother("mia");
        var bump = _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        bump.Expected("2016-03-01");
        _council.Look("2016-03-29").ShouldDecide("UCPP mia #1 2016-01-04..2016-03-01 update");
        _council.Look("2016-03-30").ShouldDecide("UCPP mia #1 2016-01-04..2016-03-01 remove ended-late");
    }

    [Theory]
    [InlineData("invalid number", "withheld nhs-number-invalid")]
    [InlineData("no number", "withheld nhs-number-missing")]
    [InlineData("inactive number", "withheld nhs-number-inactive")]
    [InlineData("duplicate number", "withheld nhs-number-duplicate")]
    [InlineData("no name", "withheld details-missing:given_names")]
    [InlineData("no birth date", "withheld details-missing:date_of_birth")]
    [InlineData("no start", "withheld dates-inconsistent")]
    [InlineData("end before start", "withheld dates-inconsistent")]
    [InlineData("person gone", "withheld person-missing")]
    [InlineData("row unreadable", "unchanged")]
    [InlineData("row and id unreadable", "unchanged")]
    [InlineData("person unreadable", "unchanged")]
    public void U3_a_held_record_whose_row_has_a_data_fault_stands(string fault, string decision)
    {
        var ada = HeldPlan();
        ada.Status("s1", "C2", "2016-01-04");
        _council.Night("2016-03-02").Confirmed();

        switch (fault)
        {
            case "invalid number": ada.NumberText(Numbers.Invalid); break;
            case "no number": ada.Number(null); break;
            case "inactive number": _council.Inactive(1); break;
            case "duplicate number": _council.TwoPeopleHave(1); break;
            case "no name": ada.Named("Sample", null); break;
            case "no birth date": ada.BornOn(null); break;
            case "no start": _council.Plan("p1").StartsOn(null); _council.Status("s1").StartsOn(null); break;
            case "end before start": _council.Plan("p1").Spoiled(); _council.Status("s1").Spoiled(); break;
            case "person gone": ada.Gone(); break;
            case "row unreadable": _council.Plan("p1").Unreadable(); _council.Status("s1").Unreadable(); break;
            case "row and id unreadable": _council.Plan("p1").Unreadable(withoutId: true); _council.Status("s1").Unreadable(withoutId: true); break;
            default: ada.Unreadable(); break;
        }

        var night = _council.Night("2016-03-03").ShouldSendNothing().ShouldLapse();

        night.Decisions.Count.ShouldBe(2);
        night.Decisions.ShouldAllBe(d => d.Kind != DecisionKind.Remove && $"{d.Kind.ToString().ToLowerInvariant()} {d.Reason}".Trim() == decision);
    }

    [Theory]
    [InlineData("invalid number", "withheld mother-nhs-number-invalid")]
    [InlineData("no number", "withheld mother-nhs-number-missing")]
    [InlineData("not linked", "withheld mother-not-linked")]
    [InlineData("mother gone", "withheld mother-not-linked")]
    [InlineData("no name", "withheld details-missing:given_names")]
    [InlineData("no expected date", "withheld expected-date-missing")]
    [InlineData("end before start", "withheld dates-inconsistent")]
    [InlineData("person gone", "withheld person-missing")]
    [InlineData("row unreadable", "unchanged")]
    [InlineData("row and id unreadable", "unchanged")]
    [InlineData("person unreadable", "unchanged")]
    public void U3_a_held_record_of_an_unborn_child_whose_row_has_a_data_fault_stands(string fault, string decision)
    {
        var mia = _council.Mother("mia");
        var bump = _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        switch (fault)
        {
            case "invalid number": mia.NumberText(Numbers.Invalid); break;
            case "no number": mia.Number(null); break;
            case "not linked": bump.MotherIs(null); break;
            case "mother gone": mia.Gone(); break;
            case "no name": mia.Named("Sample", null); break;
            case "no expected date": bump.Expected(null); break;
            case "end before start": _council.Plan("p1").Spoiled(); break;
            case "person gone": bump.Gone(); break;
            case "row unreadable": _council.Plan("p1").Unreadable(); break;
            case "row and id unreadable": _council.Plan("p1").Unreadable(withoutId: true); break;
            default: bump.Unreadable(); break;
        }

        var night = _council.Night("2016-03-02").ShouldSendNothing().ShouldLapse();

        var only = night.Decisions.ShouldHaveSingleItem();
        $"{only.Kind.ToString().ToLowerInvariant()} {only.Reason}".Trim().ShouldBe(decision);
    }

    [Theory]
    [InlineData("end before start", true)]
    [InlineData("row unreadable", false)]
    [InlineData("row and id unreadable", false)]
    public void U3_a_record_of_several_rows_one_of_them_faulty_is_unchanged_as_last_told(string fault, bool listed)
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();

        _council.Status("s2").EndsOn("2016-03-01");
        _ = fault switch
        {
            "end before start" => _council.Status("s1").Spoiled(),
            "row unreadable" => _council.Status("s1").Unreadable(),
            _ => _council.Status("s1").Unreadable(withoutId: true),
        };

        string[] row = listed ? ["LAC ada #1 2016-01-04..2016-01-03 withheld dates-inconsistent"] : [];
        _council.Night("2016-03-02").ShouldDecide(["LAC ada #1 2016-01-04.. unchanged", .. row]);
    }

    [Fact]
    public void U3_twins_one_of_them_without_an_expected_date_are_unchanged_as_last_told()
    {
        _council.Mother("mia");
        var one = _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        _council.Night("2016-03-01").Confirmed();

        one.Expected(null);

        _council.Night("2016-03-02").ShouldDecide(
            "UCPP mia #1 2016-01-04..2016-06-01 unchanged", "UCPP mia #1 2016-01-04.. withheld expected-date-missing");
    }

    [Fact]
    public void U3_a_part_of_a_record_that_cannot_be_told_by_itself_keeps_the_whole_from_being_removed()
    {
        var ada = _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();
        _council.Status("s2").StartsOn("2016-04-21");
        ada.BornOn(null);

        _council.Look("2017-02-01").ShouldSendNothing().Lines.ShouldContain("LAC ada #1 2016-01-04.. unchanged");

        ada.BornOn("2010-05-04");
        _council.Look("2017-02-01").ShouldDecide("LAC ada #1 2016-01-04..2016-01-31 remove ended-late", "LAC ada #1 2016-04-21.. new");
    }

    [Theory]
    [InlineData("2016-02-02", "2016-03-01", "UCPP mia #1 2016-01-04..2016-06-01 unchanged")]
    [InlineData("2016-02-02", "2016-03-02", "UCPP mia #1 2016-01-04..2016-06-01 remove start-date-amended")]
    public void U3_a_twin_whose_plan_is_over_holds_nothing_back_for_its_lost_mother(string end, string night, string decision)
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-02-01");
        _council.Night("2016-02-25").Confirmed();
        _council.Plan("p1").EndsOn(end);
        _council.Person("one").MotherIs(null);

        _council.Night(night).Lines.ShouldContain(decision);
    }

    [Theory]
    [InlineData("number")]
    [InlineData("details")]
    [InlineData("spoiled")]
    [InlineData("unreadable")]
    public void U3_a_row_that_took_the_place_of_another_is_the_records_own_when_it_is_spoiled(string fault)
    {
        var ada = HeldPlan();
        ada.Plan("p8", "2016-01-04");
        _council.Plan("p1").Gone();
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
        switch (fault)
        {
            case "number": ada.Number(null); break;
            case "details": ada.Named("Sample", null); break;
            case "spoiled": _council.Plan("p8").Spoiled(); break;
            default: _council.Plan("p8").Unreadable(); break;
        }

        _council.Night("2016-03-03").ShouldSendNothing().ShouldLapse();
    }

    [Fact]
    public void U3_a_row_that_left_a_record_as_it_was_is_no_longer_of_it()
    {
        var ada = HeldPlan();
        ada.Plan("p8", "2016-01-04");
        _council.Night("2016-03-02").Decided.Regrouped.Single().SourceIds.ShouldBe(["p1", "p8"]);
        _council.Night("2016-03-03").Decided.Regrouped.ShouldBeEmpty();

        _council.Plan("p8").StartsOn("2016-02-01");
        _council.Night("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04.. unchanged", "CPP ada #1 2016-02-01.. new").Confirmed().Decided.Regrouped.Single().SourceIds.ShouldBe(["p1"]);

        _council.Plan("p1").Gone();
        _council.Night("2016-03-05").ShouldDecide("CPP ada #1 2016-01-04.. remove gone-from-source", "CPP ada #1 2016-02-01.. unchanged");
    }

    [Fact]
    public void U3_a_record_that_stands_for_a_faulty_row_keeps_its_neighbour_standing_too()
    {
        _council.Child("ada")
            .Status("s1", "C1", "2015-09-01", "2015-10-31").Status("s2", "C2", "2015-11-01", "2015-12-31").Status("s3", "C2", "2016-02-01");
        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2015-09-01..2015-12-31 new", "LAC ada #1 2016-02-01.. new").Confirmed();

        _council.Status("s1").Spoiled();
        _council.Status("s2").EndsOn("2016-01-31");

        _council.Night("2016-03-02").ShouldDecide(
            "LAC ada #1 2015-09-01..2015-12-31 unchanged",
            "LAC ada #1 2015-09-01..2015-08-31 withheld dates-inconsistent",
            "LAC ada #1 2016-02-01.. unchanged");
    }

    [Theory]
    [InlineData("2016-02-10", "unchanged", "")]
    [InlineData(null, "unchanged", "")]
    public void U3_another_row_with_the_same_start_does_not_end_what_stands_for_a_faulty_one(string? otherEnd, string decision, string end)
    {
        HeldPlan();
        _council.Plan("p1").Unreadable();
        _council.Person("ada").Plan("p2", "2016-01-04", otherEnd);

        _council.Night("2016-03-02").ShouldDecide($"CPP ada #1 2016-01-04..{end} {decision}");
    }

    [Fact]
    public void U3_another_row_with_the_same_start_may_reopen_what_stands_for_a_faulty_one()
    {
        _council.Child("ada").Plan("p1", "2016-01-04", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").Spoiled();
        _council.Person("ada").Plan("p2", "2016-01-04");

        _council.Night("2016-03-02").ShouldDecide(
            "CPP ada #1 2016-01-04.. update", "CPP ada #1 2016-01-04..2016-01-03 withheld dates-inconsistent");
    }

    [Fact]
    public void U3_a_fault_put_right_is_compared_as_before()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();
        _council.Status("s1").Spoiled();
        _council.Status("s2").EndsOn("2016-03-01");
        _council.Night("2016-03-02").ShouldSendNothing();

        _council.Status("s1").EndsOn("2016-01-31");

        _council.Night("2016-03-03").ShouldDecide("LAC ada #1 2016-01-04..2016-03-01 end");
    }

    [Fact]
    public void U3_a_spoiled_row_beside_an_independent_record_does_not_hold_it_back()
    {
        _council.Child("ada").Plan("p1", "2015-09-01", "2015-12-31").Plan("p2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").Spoiled();
        _council.Plan("p2").EndsOn("2016-03-01");

        _council.Night("2016-03-02").ShouldDecide(
            "CPP ada #1 2015-09-01..2015-08-31 withheld dates-inconsistent", "CPP ada #1 2016-02-01..2016-03-01 end");
    }

    [Fact]
    public void S16_a_row_that_cannot_be_read_is_not_gone_and_what_is_held_for_its_person_stands()
    {
        var ada = HeldPlan();
        ada.Status("s1", "C2", "2016-01-04");
        _council.Night("2016-03-02").Confirmed();

        _council.Plan("p1").Gone();
        _council.Status("s1").Unreadable();

        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. unchanged", "LAC ada #1 2016-01-04.. unchanged");
    }

    [Fact]
    public void S16_a_row_whose_person_cannot_be_read_either_stops_every_removal_as_gone()
    {
        HeldPlan();
        _council.Plan("p1").Gone();

        _council.Night("2016-03-02", nothingIsGone: true).ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. remove gone-from-source");
    }

    [Fact]
    public void S16_other_removals_go_out_beside_it()
    {
        HeldPlan();
        _council.Plan("p1").InError();

        _council.Night("2016-03-02", nothingIsGone: true).ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error");
    }

    [Fact]
    public void S16_a_person_row_that_cannot_be_read_and_nothing_held_is_person_missing()
    {
        _council.Child("ada").Plan("p1", "2016-01-04").Unreadable();

        _council.Night("2016-03-01").ShouldDecide("CPP ada - 2016-01-04.. withheld person-missing");
    }

    [Fact]
    public void S16_a_new_row_that_cannot_be_read_does_not_hold_back_the_others()
    {
        var ada = HeldPlan();
        ada.Plan("p2", "2016-02-01");
        _council.Plan("p2").Unreadable();
        _council.Plan("p1").EndsOn("2016-03-01");

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end");
    }

    [Fact]
    public void S16_a_mother_whose_row_cannot_be_read_keeps_her_record()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Person("mia").Unreadable();

        _council.Night("2016-03-02").ShouldSendNothing().ShouldLapse().Decisions.ShouldHaveSingleItem();
    }

    [Fact]
    public void U4_new_is_what_is_not_held_also_when_it_has_an_end()
    {
        _council.Child("ada").Plan("p1", "2016-01-04", "2016-02-01");

        _council.Night("2016-03-01").ShouldDecide("CPP ada #1 2016-01-04..2016-02-01 new");
    }

    [Fact]
    public void U4_end_is_what_was_held_without_closure_and_is_now_closed()
    {
        HeldPlan();
        _council.Plan("p1").EndsOn("2016-03-01");
        _council.Person("ada").Named("Other", "Sam");

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end");
    }

    [Fact]
    public void U4_update_is_any_other_difference_another_end_or_none_again()
    {
        HeldPlan();
        _council.Plan("p1").EndsOn("2016-03-01");
        _council.Night("2016-03-02").Confirmed();

        _council.Plan("p1").EndsOn("2016-02-28");
        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04..2016-02-28 update").Confirmed();

        _council.Plan("p1").EndsOn(null);
        _council.Night("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04.. update");
    }

    [Fact]
    public void U4_the_expected_date_of_birth_is_only_a_forecast()
    {
        _council.Mother("mia");
        var bump = _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        bump.Expected("2016-06-05");
        _council.Night("2016-03-02").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-05 update").Confirmed();

        _council.Plan("p1").EndsOn("2016-03-02");
        _council.Night("2016-03-03").ShouldDecide("UCPP mia #1 2016-01-04..2016-03-02 end").Confirmed();

        _council.Plan("p1").EndsOn("2016-03-01");
        _council.Night("2016-03-04").ShouldDecide("UCPP mia #1 2016-01-04..2016-03-01 update").Confirmed();

        _council.Plan("p1").EndsOn(null);
        _council.Night("2016-03-05").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-05 update");
    }

    [Fact]
    public void U4_twins_are_closed_when_the_last_of_them_is()
    {
        _council.Mother("mia");
        _council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Unborn("two", "mia", "2016-06-03").Plan("p2", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p2").EndsOn("2016-03-01");
        _council.Night("2016-03-02").ShouldDecide("UCPP mia #1 2016-01-04..2016-06-01 update").Confirmed();

        _council.Plan("p1").EndsOn("2016-03-02");
        _council.Night("2016-03-03").ShouldDecide("UCPP mia #1 2016-01-04..2016-03-02 end");
    }

    [Fact]
    public void U4_a_removed_record_wanted_again_is_new()
    {
        HeldPlan();
        _council.Plan("p1").InError();
        _council.Night("2016-03-02").Confirmed();

        _council.Plan("p1").InError(false);

        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. new");
    }

    [Fact]
    public void U4_in_error_and_never_held_or_already_removed_is_withheld()
    {
        HeldPlan();
        _council.Person("ada").Plan("p2", "2016-02-01");
        _council.Plan("p2").InError();
        _council.Plan("p1").InError();

        _council.Night("2016-03-02").ShouldDecide(
            "CPP ada #1 2016-01-04.. remove recorded-in-error", "CPP ada #1 2016-02-01.. withheld recorded-in-error");
        _council.Night("2016-03-03").ShouldDecide(
            "CPP ada #1 2016-01-04.. withheld recorded-in-error", "CPP ada #1 2016-02-01.. withheld recorded-in-error");
    }

    [Fact]
    public void U4_an_errors_row_is_listed_beside_a_removal_that_is_not_its_alone()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01");
        _council.Night("2016-03-01").Confirmed();

        _council.Status("s1").InError();
        _council.Look("2016-03-02").ShouldDecide(
            "LAC ada #1 2016-01-04.. remove start-date-amended",
            "LAC ada #1 2016-01-04..2016-01-31 withheld recorded-in-error",
            "LAC ada #1 2016-02-01.. new");

        _council.Status("s2").InError();
        _council.Look("2016-03-02").ShouldDecide(
            "LAC ada #1 2016-01-04.. remove recorded-in-error",
            "LAC ada #1 2016-01-04..2016-01-31 withheld recorded-in-error",
            "LAC ada #1 2016-02-01.. withheld recorded-in-error");
    }

    [Fact]
    public void U4_a_removal_of_rows_with_several_reasons_has_the_first()
    {
        _council.Child("ada").Plan("p1", "2016-01-04").Plan("p2", "2016-01-04").Plan("p3", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").OtherAuthority();
        _council.Plan("p2").InError();
        _council.Plan("p3").Gone();

        _council.Night("2016-03-02").ShouldDecide(
            "CPP ada #1 2016-01-04.. remove recorded-in-error",
            "CPP ada #1 2016-01-04.. withheld other-authority-plan",
            "CPP ada #1 2016-01-04.. withheld recorded-in-error");
    }

    [Fact]
    public void U4_a_removal_whose_rows_are_partly_gone_has_the_rows_own_reason()
    {
        _council.Child("ada").Plan("p1", "2016-01-04").Plan("p2", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        _council.Plan("p1").OtherAuthority();
        _council.Plan("p2").Gone();

        _council.Night("2016-03-02").ShouldDecide(
            "CPP ada #1 2016-01-04.. remove other-authority-plan", "CPP ada #1 2016-01-04.. withheld other-authority-plan");
    }

    [Fact]
    public void U4_decisions_come_in_order_of_person_plan_type_and_start()
    {
        _council.Child("ben").Plan("p1", "2016-02-01").Plan("p2", "2016-01-04").Status("s1", "C2", "2015-01-04");
        _council.Child("Ada").Status("s2", "C2", "2016-02-01").Plan("p3", "2016-02-01");
        _council.Child("ada").Plan("p4", "2016-02-01");

        _council.Night("2016-03-01").Lines.ShouldBe(
        [
            "CPP Ada #2 2016-02-01.. new", "LAC Ada #2 2016-02-01.. new", "CPP ada #3 2016-02-01.. new",
            "CPP ben #1 2016-01-04.. new", "CPP ben #1 2016-02-01.. new", "LAC ben #1 2015-01-04.. new",
        ]);
    }

    [Fact]
    public void U4_withheld_and_removed_rows_have_no_visible_until()
    {
        _council.Child("ada").Plan("p1", "2016-01-04", "2016-02-01").Plan("p2", "2016-02-02", "2016-02-10");
        _council.Night("2016-03-01").Confirmed();
        _council.Plan("p1").InError();
        _council.Plan("p2").OtherAuthority();

        _council.Night("2016-03-02").Decisions.ShouldAllBe(d => d.VisibleUntil == null);
    }

    [Fact]
    public void U5_the_change_told_is_the_oldest_since_CP_IS_was_last_told()
    {
        HeldPlan();
        _council.Plan("p1").EndsOn("2016-03-01").ChangedAt(Council.At("2016-03-01", 15));
        _council.Night("2016-03-02").Of("p1").ChangedAt.ShouldBe(Council.At("2016-03-01", 15));
    }

    [Fact]
    public void U5_a_change_that_sent_nothing_is_not_what_a_later_one_tells()
    {
        var ada = HeldPlan();
        ada.WorkerIs("w9").ChangedAt(Council.At("2016-03-05", 9));
        _council.Night("2016-03-06").ShouldSendNothing();

        _council.Plan("p1").EndsOn("2016-03-20").ChangedAt(Council.At("2016-03-20", 15));
        _council.Look("2016-03-21").Of("p1").ChangedAt.ShouldBe(Council.At("2016-03-20", 15));

        _council.Plan("p1").EndsOn(null).ChangedAt(Council.At("2016-03-20", 16));
        ada.Named("Other", "Alex").ChangedAt(Council.At("2016-03-20", 17));
        _council.Look("2016-03-21").Of("p1").ChangedAt.ShouldBe(Council.At("2016-03-20", 17));
    }

    [Fact]
    public void U5_a_new_record_tells_the_last_change_that_it_needed()
    {
        var ada = _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Plan("p1").ChangedAt(Council.At("2016-02-01", 9));
        ada.ChangedAt(Council.At("2016-02-29", 9));

        _council.Look("2016-03-01").Of("p1").ChangedAt.ShouldBe(Council.At("2016-02-29", 9));
    }

    [Fact]
    public void U5_a_record_that_had_to_wait_for_its_start_is_told_from_that_day()
    {
        _council.Child("ada").Plan("p1", "2016-07-01").ChangedAt(Council.At("2016-06-01", 9));
        _council.Plan("p1").ChangedAt(Council.At("2016-06-01", 9));

        _council.Look("2016-07-01").Of("p1").ChangedAt.ShouldBe(Council.At("2016-06-30", 23), "London midnight in summer");
    }

    [Fact]
    public void U5_a_removal_tells_the_change_that_caused_it()
    {
        HeldPlan();
        _council.Plan("p1").InError().ChangedAt(Council.At("2016-03-01", 15));
        _council.Look("2016-03-02").Of("p1").ChangedAt.ShouldBe(Council.At("2016-03-01", 15));

        _council.Plan("p1").InError(false).ChangedAt(Council.At("2015-01-01", 9));
        _council.Person("ada").Number(9).ChangedAt(Council.At("2016-03-01", 16));
        _council.Look("2016-03-02").Decisions.ShouldAllBe(d => d.ChangedAt == Council.At("2016-03-01", 16));
    }

    [Fact]
    public void U5_a_full_run_tells_no_change_where_there_is_none()
    {
        HeldPlan();

        _council.Look("2016-03-10", full: true).ShouldDecide("CPP ada #1 2016-01-04.. update").Of("p1").ChangedAt.ShouldBeNull();
    }

    [Fact]
    public void U7_a_mother_and_her_child_are_decided_together()
    {
        _council.Mother("mia").Plan("p0", "2016-01-04");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();
        _council.Person("bump").IsBorn("2016-05-20", number: 9);

        var night = _council.Night("2016-05-21");

        night.Decisions.Where(d => d.Record is not null).Select(d => d.PersonId).ShouldBe(["bump", "mia"]);
    }

    [Fact]
    public void U7_a_household_with_nothing_to_tell_has_no_record_to_send()
    {
        HeldPlan();

        _council.Night("2016-03-02").File.ShouldBeNull();
    }

    [Fact]
    public void U8_full_resends_everything_that_should_be_held_as_update_answered_or_not()
    {
        _council.Child("ada").Plan("p1", "2016-01-04").Status("s1", "C2", "2016-01-04", "2016-02-01");
        _council.Night("2016-03-01").Rejected(PlanType.Lac);
        _council.Child("ben").Plan("p2", "2016-01-04");
        _council.Night("2016-03-02");
        _council.Child("cat").Plan("p3", "2016-01-04");

        _council.Night("2016-03-02", hour: 5, full: true).ShouldDecide(
            "CPP ada #1 2016-01-04.. update",
            "LAC ada #1 2016-01-04..2016-02-01 withheld upload-rejected",
            "CPP ben #2 2016-01-04.. update",
            "CPP cat #3 2016-01-04.. new");
    }

    [Fact]
    public void U8_full_resends_what_is_left_as_last_told_and_not_what_is_over()
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Child("ada").Plan("p2", "2015-01-04", "2015-06-01");
        _council.Night("2016-03-01").Confirmed();
        _council.Person("bump").IsBorn("2016-05-20");

        _council.Night("2016-06-20", full: true).ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing",
            "UCPP mia #1 2016-01-04..2016-06-01 update",
            "CPP ada #2 2015-01-04..2015-06-01 withheld retention-expired");
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("inactive")]
    [InlineData("duplicate")]
    public void U8_full_resends_nothing_of_a_waiting_mother_that_could_not_be_sent(string why)
    {
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();
        switch (why)
        {
            case "refused": _council.Night("2016-03-02", full: true).Rejected(); break;
            case "inactive": _council.Inactive(1); break;
            default: _council.TwoPeopleHave(1); break;
        }

        _council.Person("bump").IsBorn("2016-05-20");

        _council.Night("2016-05-21", full: true).ShouldDecide(
            "CPP bump - 2016-05-20.. withheld nhs-number-missing", "UCPP mia #1 2016-01-04..2016-06-01 unchanged");
    }

    [Fact]
    public void U10_what_vanished_is_told_apart_by_its_reason_so_that_a_run_can_count_it()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Child("ben").Plan("p2", "2016-01-04");
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p3", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();

        foreach (var person in _council.People)
        {
            person.Gone();
        }

        foreach (var plan in _council.Plans)
        {
            plan.Gone();
        }

        _council.Night("2016-03-02").ShouldDecide(
            "CPP ada #1 2016-01-04.. remove gone-from-source",
            "CPP ben #2 2016-01-04.. remove gone-from-source",
            "UCPP mia #3 2016-01-04..2016-06-01 remove gone-from-source");
    }

    private Someone HeldPlan()
    {
        var ada = _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").ShouldDecide("CPP ada #1 2016-01-04.. new").Confirmed();
        return ada;
    }

    /// <summary>Ada has a plan (p1) and a status (s1), Mia expects a child with a plan (p2); all are held and confirmed.</summary>
    private void EverythingHeld()
    {
        _council.Child("ada").Plan("p1", "2016-01-04").Status("s1", "C2", "2016-01-04");
        _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p2", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();
    }

    /// <summary>One record is removed, its row listed besides where a reason for it is given, and nothing further is ever sent.</summary>
    private void ShouldRemoveOnly(string type, string reason, string rowReason)
    {
        var night = _council.Night("2016-03-02");

        var sent = night.Decisions.Where(d => d.Record is not null).ShouldHaveSingleItem();
        (sent.PlanType.Code, sent.Kind, sent.Reason).ShouldBe((type, DecisionKind.Remove, reason));
        night.Decisions.Where(d => d.Kind == DecisionKind.Withheld).Select(d => d.Reason).ShouldBe(rowReason.Length > 0 ? [rowReason] : []);
        night.Decisions.Count(d => d.Kind == DecisionKind.Unchanged).ShouldBe(2);
        night.Confirmed();
        _council.Night("2016-03-03").ShouldSendNothing();
    }
}
