using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Domain.Tests.Rules;

/// <summary>What answers and their absence do to what is sent: rules U9 and K1, and the ledger as a fold over history.</summary>
public class AnswerTests
{
    private readonly Council _council = new();

    [Fact]
    public void U9_a_record_without_an_answer_is_not_resent_for_47_hours_59_and_is_lost_at_48()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01", hour: 1);

        _council.Look("2016-03-02", hour: 1).ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
        _council.Look("2016-03-03", hour: 0, minute: 59).ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
        _council.Look("2016-03-03", hour: 1, minute: 0).ShouldDecide("CPP ada #1 2016-01-04.. new");
    }

    [Fact]
    public void U9_the_hours_are_a_setting()
    {
        _council.Settings = RuleSettings.Default with { AcknowledgementWindow = TimeSpan.FromHours(3) };
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01", hour: 1);

        _council.Look("2016-03-01", hour: 3, minute: 59).ShouldSendNothing();
        _council.Look("2016-03-01", hour: 4).ShouldDecide("CPP ada #1 2016-01-04.. new");
    }

    [Fact]
    public void U9_a_removal_without_an_answer_is_not_resent_until_it_is_lost()
    {
        HeldPlan();
        _council.Plan("p1").InError();
        _council.Night("2016-03-02", hour: 1).ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error");

        _council.Look("2016-03-04", hour: 0, minute: 59).ShouldDecide("CPP ada #1 2016-01-04.. withheld recorded-in-error");
        _council.Night("2016-03-04", hour: 1).ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error").Confirmed();
        _council.Night("2016-03-10").ShouldDecide("CPP ada #1 2016-01-04.. withheld recorded-in-error");
    }

    [Fact]
    public void U9_changed_content_is_sent_at_once_although_the_last_is_unanswered()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01", hour: 1);

        _council.Plan("p1").EndsOn("2016-03-01");

        _council.Night("2016-03-01", hour: 5).ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end");
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 unchanged");
    }

    [Fact]
    public void U9_content_changed_there_and_back_while_unanswered_is_sent_again()
    {
        HeldPlan();
        _council.Plan("p1").EndsOn("2016-03-01");
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end");

        _council.Plan("p1").EndsOn(null);

        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. update");
    }

    [Fact]
    public void U9_after_a_loss_the_comparison_is_with_what_was_last_confirmed()
    {
        HeldPlan();
        _council.Plan("p1").EndsOn("2016-03-01");
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end");

        _council.Look("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end");

        _council.Plan("p1").EndsOn(null);
        _council.Look("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
    }

    [Fact]
    public void U9_an_end_that_was_lost_until_its_visibility_was_over_is_ended_late_and_does_not_lapse()
    {
        HeldPlan();
        _council.Plan("p1").EndsOn("2016-03-01");
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end");

        _council.Look("2017-03-01").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end").ShouldLapse();
        _council.Night("2017-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 remove ended-late").ShouldLapse();
    }

    [Fact]
    public void U9_a_lost_record_that_stands_for_a_faulty_row_holds_nothing_back()
    {
        _council.Child("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01");
        _council.Night("2016-03-01").ShouldDecide("LAC ada #1 2016-01-04.. new");

        _council.Status("s1").Unreadable();

        _council.Look("2016-03-02").ShouldDecide("LAC ada #1 2016-01-04.. unchanged");
        _council.Look("2016-03-03").ShouldDecide("LAC ada #1 2016-01-04.. unchanged", "LAC ada #1 2016-02-01.. new");
    }

    [Fact]
    public void U9_after_a_loss_a_record_told_counts_as_held_for_removals()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01");

        _council.Plan("p1").InError();
        _council.Look("2016-03-10").ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error");

        _council.Plan("p1").InError(false).Gone();
        _council.Look("2016-03-10").ShouldDecide("CPP ada #1 2016-01-04.. remove gone-from-source");
    }

    [Fact]
    public void U9_a_refused_or_failed_record_does_not_count_as_held()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Child("ben").Plan("p2", "2016-01-04");
        _council.Night("2016-03-01").Rejected();
        _council.Plan("p1").Gone();
        _council.Plan("p2").InError();

        _council.Night("2016-03-02").ShouldDecide("CPP ben #2 2016-01-04.. withheld recorded-in-error");
    }

    [Fact]
    public void U9_a_failed_file_is_due_again_at_once()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Failed();
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. new").Confirmed();

        _council.Plan("p1").InError();
        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error").Failed();
        _council.Night("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error");
    }

    [Fact]
    public void U9_an_answer_confirms_the_content_of_its_own_file_only()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        var first = _council.Night("2016-03-01");
        _council.Plan("p1").EndsOn("2016-03-01");
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end");

        first.Confirmed();

        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 unchanged");
        _council.Night("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04..2016-03-01 end");
    }

    [Fact]
    public void U9_a_late_answer_to_a_lost_file_counts()
    {
        _council.Child("ada").Plan("p1", "2016-01-04");
        var lost = _council.Night("2016-03-01");
        _council.Look("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. new");

        lost.Confirmed();

        _council.Look("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
    }

    [Fact]
    public void U9_a_record_restored_after_a_removal_that_may_have_arrived_is_new()
    {
        HeldPlan();
        _council.Plan("p1").InError();
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error");

        _council.Plan("p1").InError(false);

        _council.Look("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. new");
        _council.Look("2016-03-20").ShouldDecide("CPP ada #1 2016-01-04.. new");
    }

    [Fact]
    public void U9_a_removal_after_a_restored_record_is_sent_again()
    {
        HeldPlan();
        _council.Plan("p1").InError();
        _council.Night("2016-03-02");
        _council.Plan("p1").InError(false);
        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. new");

        _council.Plan("p1").InError();

        _council.Night("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error");
    }

    [Fact]
    public void K1_a_refused_record_is_withheld_until_its_content_changes()
    {
        var ada = _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Rejected();

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. withheld upload-rejected");
        _council.Night("2016-04-02").ShouldDecide("CPP ada #1 2016-01-04.. withheld upload-rejected");

        ada.WorkerIs("w9");
        _council.Night("2016-04-03").ShouldDecide("CPP ada #1 2016-01-04.. withheld upload-rejected");

        ada.Named("Correct", "Alex");
        _council.Night("2016-04-04").ShouldDecide("CPP ada #1 2016-01-04.. new").Confirmed();
        _council.Night("2016-04-05").ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
    }

    [Fact]
    public void K1_a_refused_change_is_withheld_and_what_was_confirmed_stays_held()
    {
        var ada = HeldPlan();
        ada.Named("Wrong", "Alex");
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. update").Rejected();
        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. withheld upload-rejected");

        ada.Named("Sample", "Alex");
        _council.Look("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04.. unchanged");

        _council.Plan("p1").InError();
        _council.Look("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error");
    }

    [Fact]
    public void K1_another_number_makes_another_record()
    {
        var ada = _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Rejected();

        ada.Number(9);

        _council.Night("2016-03-02").ShouldDecide("CPP ada #9 2016-01-04.. new");
    }

    [Fact]
    public void K1_only_the_refused_record_is_withheld()
    {
        _council.Child("ada").Plan("p1", "2016-01-04").Status("s1", "C2", "2016-01-04");
        _council.Night("2016-03-01").Rejected(PlanType.Lac);

        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. unchanged", "LAC ada #1 2016-01-04.. withheld upload-rejected");
    }

    [Fact]
    public void K1_a_refused_removal_is_withheld_until_its_row_changes()
    {
        HeldPlan();
        _council.Plan("p1").InError();
        _council.Night("2016-03-02").ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error").Rejected();

        var withheld = _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. withheld upload-rejected").Decisions.Single();
        withheld.DeleteDate.ShouldBeNull();
        _council.Night("2016-04-03").ShouldDecide("CPP ada #1 2016-01-04.. withheld upload-rejected");

        _council.Plan("p1").Change(p => p);
        _council.Night("2016-04-04").ShouldDecide("CPP ada #1 2016-01-04.. remove recorded-in-error").Confirmed();
        _council.Night("2016-04-05").ShouldDecide("CPP ada #1 2016-01-04.. withheld recorded-in-error");
    }

    [Fact]
    public void K1_a_refused_removal_is_sent_again_for_another_reason()
    {
        HeldPlan();
        _council.Plan("p1").InError();
        _council.Night("2016-03-02").Rejected();

        _council.Plan("p1").Gone();

        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. remove gone-from-source").Rejected();
        _council.Night("2016-03-04").ShouldDecide("CPP ada #1 2016-01-04.. withheld upload-rejected");
    }

    [Fact]
    public void K1_a_refused_removal_of_a_mothers_record_is_sent_again_when_her_row_changes()
    {
        var mia = _council.Mother("mia");
        _council.Unborn("bump", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").Confirmed();
        mia.Number(9);
        var night = _council.Night("2016-03-02");
        _council.Answer(night.File!.Value, RecordOutcome.Confirmed);
        _council.Answer(night.File.Value, RecordOutcome.Rejected, e => e.IsRemoval);
        _council.Night("2016-03-03").ShouldDecide(
            "UCPP mia #1 2016-01-04..2016-06-01 withheld upload-rejected", "UCPP mia #9 2016-01-04..2016-06-01 unchanged");

        mia.Change(m => m);

        _council.Night("2016-03-04").ShouldDecide(
            "UCPP mia #1 2016-01-04..2016-06-01 remove nhs-number-replaced", "UCPP mia #9 2016-01-04..2016-06-01 unchanged");
    }

    [Fact]
    public void K1_a_record_wanted_again_after_a_refused_removal_is_still_held()
    {
        HeldPlan();
        _council.Plan("p1").InError();
        _council.Night("2016-03-02").Rejected();

        _council.Plan("p1").InError(false);

        _council.Night("2016-03-03").ShouldDecide("CPP ada #1 2016-01-04.. unchanged");
    }

    [Fact]
    public void U1_the_ledger_knows_what_was_last_told_and_what_was_last_confirmed_whatever_the_order_of_its_history()
    {
        LedgerEvent[] history =
        [
            Event(3, RecordOutcome.Unanswered), Event(1, RecordOutcome.Confirmed), Event(2, RecordOutcome.Rejected),
        ];

        var entry = new LedgerEntry(history[0].Key, history);

        entry.Last!.FileNumber.Value.ShouldBe(3);
        entry.Confirmed!.FileNumber.Value.ShouldBe(1);
    }

    [Fact]
    public void S10_what_was_told_up_to_the_lapse_is_forgotten_and_what_came_after_is_not()
    {
        LedgerEvent[] history = [Event(1, RecordOutcome.Confirmed), Event(2, RecordOutcome.Confirmed)];
        var now = Council.At("2016-03-10", 1);

        new LedgerEntry(history[0].Key, history, new SequenceNumber(1)).MayBeHeld(now, TimeSpan.FromHours(48))!.FileNumber.Value.ShouldBe(2);
        var lapsed = new LedgerEntry(history[0].Key, history, new SequenceNumber(2));
        lapsed.Last.ShouldBeNull();
        lapsed.Confirmed.ShouldBeNull();
        lapsed.MayBeHeld(now, TimeSpan.FromHours(48)).ShouldBeNull();
        lapsed.ForComparison(now, TimeSpan.FromHours(48)).ShouldBeNull();
    }

    [Theory]
    [InlineData("C", 1, 1)]
    [InlineData("u", 1, 1)]
    [InlineData("l", null, 1)]
    [InlineData("x", null, null)]
    [InlineData("f", null, null)]
    [InlineData("Cu", 2, 2)]
    [InlineData("Cl", 1, 2)]
    [InlineData("Cx", 1, 1)]
    [InlineData("Cf", 1, 1)]
    [InlineData("Cll", 1, 3)]
    [InlineData("Clx", 1, 2)]
    [InlineData("C-C", null, null)]
    [InlineData("C-u", null, null)]
    [InlineData("C-l", null, 1)]
    [InlineData("C-x", 1, 1)]
    [InlineData("C-f", 1, 1)]
    [InlineData("C-CC", 3, 3)]
    [InlineData("C-Cl", null, 3)]
    [InlineData("C-lu", 3, 3)]
    [InlineData("C-lx", null, 1)]
    [InlineData("C-ux", null, null)]
    public void U9_what_is_compared_and_what_may_be_held_after_each_history(string history, int? compared, int? held)
    {
        // One letter for each file, newest last: C confirmed, u unanswered, l lost, x refused, f failed; after a dash it is a removal.
        var events = new List<LedgerEvent>();
        var now = Council.At("2016-03-10", 1);
        for (var i = 0; i < history.Length; i++)
        {
            var removal = history[i] == '-';
            i += removal ? 1 : 0;
            events.Add(Event(events.Count + 1, history[i] switch
            {
                'C' => RecordOutcome.Confirmed,
                'x' => RecordOutcome.Rejected,
                'f' => RecordOutcome.Failed,
                _ => RecordOutcome.Unanswered,
            }) with
            { IsRemoval = removal, ToldAt = history[i] == 'l' ? now.AddHours(-48) : now.AddHours(-47) });
        }

        var entry = new LedgerEntry(events[0].Key, events);

        // Files after a removal are numbered by position, the removal included.
        ((int?)entry.ForComparison(now, TimeSpan.FromHours(48))?.FileNumber.Value).ShouldBe(compared);
        ((int?)entry.MayBeHeld(now, TimeSpan.FromHours(48))?.FileNumber.Value).ShouldBe(held);
    }

    private static LedgerEvent Event(long file, RecordOutcome outcome) => new(
        new RecordKey(Numbers.Of(1), PlanType.Cpp, Council.Day("2016-01-04")), new SequenceNumber(file), 1, false,
        new RecordContent(null, "Sample", "Alex", Council.Day("2010-05-04"), "ada"), null, null, false, ["p1"], ["ada"], string.Empty,
        Council.At("2016-03-01", 1), outcome, null);

    private Someone HeldPlan()
    {
        var ada = _council.Child("ada").Plan("p1", "2016-01-04");
        _council.Night("2016-03-01").ShouldDecide("CPP ada #1 2016-01-04.. new").Confirmed();
        return ada;
    }
}
