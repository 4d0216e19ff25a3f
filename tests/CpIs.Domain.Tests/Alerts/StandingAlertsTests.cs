using CpIs.Domain.Alerts;
using CpIs.Domain.Decisions;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Domain.Tests.Alerts;

public class StandingAlertsTests
{
    private static readonly DateOnly Day1 = new(2026, 3, 1);
    private static readonly Recipient Worker = new(RecipientKind.Worker, "W1");
    private static readonly Recipient Manager = new(RecipientKind.Manager, "W2");

    /// <summary>Work trays and the care system that completes alerts on them.</summary>
    private sealed class Trays
    {
        private readonly List<(StandingAlert Alert, bool Settled)> _alerts = [];

        public IEnumerable<StandingAlert> All => _alerts.Select(a => a.Alert);

        public IEnumerable<StandingAlert> Open => All.Where(a => a.IsOpen);

        public StandingChanges Run(DateOnly day, params StandingNeed[] needs)
        {
            var changes = StandingAlerts.Compare(needs, _alerts.Where(a => !a.Settled).Select(a => a.Alert), day);
            foreach (var id in changes.Close)
            {
                Set(id, a => a with { IsOpen = false, CompletedOn = day, CompletedByEngine = true });
            }

            foreach (var (id, days) in changes.Refresh)
            {
                Set(id, a => a with { DaysOutstanding = days });
            }

            foreach (var id in changes.Settle)
            {
                var i = _alerts.FindIndex(a => a.Alert.AlertId == id);
                _alerts[i] = (_alerts[i].Alert, true);
            }

            foreach (var raise in changes.Raise)
            {
                _alerts.Add((
                    new StandingAlert(
                        _alerts.Count + 1, raise.Type, raise.PersonId, raise.Recipient.Kind, raise.Recipient.Id, true, day, raise.FirstIssuedOn, null, false, day.DayNumber - raise.FirstIssuedOn.DayNumber),
                    false));
            }

            return changes;
        }

        public void Complete(long id, DateOnly? day) => Set(id, a => a with { IsOpen = false, CompletedOn = day });

        private void Set(long id, Func<StandingAlert, StandingAlert> change)
        {
            var i = _alerts.FindIndex(a => a.Alert.AlertId == id);
            _alerts[i] = (change(_alerts[i].Alert), _alerts[i].Settled);
        }
    }

    private static StandingNeed Missing(params Recipient[] recipients) => new(AlertType.NumberMissing, "P1", recipients);

    private static void ShouldChangeNothing(StandingChanges changes)
    {
        changes.Raise.ShouldBeEmpty();
        changes.Close.ShouldBeEmpty();
        changes.Settle.ShouldBeEmpty();
        changes.Refresh.ShouldBeEmpty();
    }

    [Fact]
    public void A5_one_open_per_person_and_recipient()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(Worker, Manager), Missing(Worker)).Raise.Select(r => r.Recipient).ShouldBe([Worker, Manager]);
        ShouldChangeNothing(trays.Run(Day1, Missing(Worker, Manager)));
    }

    [Fact]
    public void A5_days_outstanding_are_kept_up_while_it_stands()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(Worker));
        trays.Run(Day1.AddDays(3), Missing(Worker)).Refresh.ShouldBe([(1, 3)]);
        ShouldChangeNothing(trays.Run(Day1.AddDays(3), Missing(Worker)));
    }

    [Fact]
    public void A5_completed_while_still_missing_is_back_with_the_next_days_run_and_its_first_date()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(Worker));
        trays.Complete(1, Day1.AddDays(4));
        ShouldChangeNothing(trays.Run(Day1.AddDays(4), Missing(Worker)));

        var back = trays.Run(Day1.AddDays(5), Missing(Worker)).Raise.ShouldHaveSingleItem();
        back.FirstIssuedOn.ShouldBe(Day1);
        trays.Open.ShouldHaveSingleItem().DaysOutstanding.ShouldBe(5);
    }

    [Fact]
    public void A5_completed_twice_still_counts_from_the_first()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(Worker));
        trays.Complete(1, Day1);
        trays.Run(Day1.AddDays(1), Missing(Worker));
        trays.Complete(2, Day1.AddDays(1));
        trays.Run(Day1.AddDays(2), Missing(Worker)).Raise.ShouldHaveSingleItem().FirstIssuedOn.ShouldBe(Day1);
    }

    [Fact]
    public void A5_completed_without_a_date_is_back_on_the_day_after_it_was_issued()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(Worker));
        trays.Complete(1, day: null);
        ShouldChangeNothing(trays.Run(Day1, Missing(Worker)));
        trays.Run(Day1.AddDays(1), Missing(Worker)).Raise.Count.ShouldBe(1);
    }

    [Fact]
    public void A5_the_managers_stays_when_the_worker_completes_theirs()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(Worker, Manager));
        trays.Complete(1, Day1);
        ShouldChangeNothing(trays.Run(Day1, Missing(Worker, Manager)));
        trays.Run(Day1.AddDays(1), Missing(Worker, Manager)).Raise.ShouldHaveSingleItem().Recipient.ShouldBe(Worker);
    }

    [Fact]
    public void A5_entered_or_no_longer_needed_is_closed_by_the_engine()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(Worker, Manager));
        trays.Run(Day1.AddDays(1)).Close.ShouldBe([1, 2]);
        trays.Open.ShouldBeEmpty();
        ShouldChangeNothing(trays.Run(Day1.AddDays(1)));
    }

    [Fact]
    public void A5_missing_again_later_is_a_new_matter()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(Worker));
        trays.Complete(1, Day1.AddDays(1));
        trays.Run(Day1.AddDays(1)).Settle.ShouldBe([1]);
        trays.Run(Day1.AddDays(30), Missing(Worker)).Raise.ShouldHaveSingleItem().FirstIssuedOn.ShouldBe(Day1.AddDays(30));
    }

    [Fact]
    public void A5_a_changed_worker_gets_it_with_the_first_date_and_the_old_one_is_closed()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(Worker, Manager));
        var successor = new Recipient(RecipientKind.Worker, "W9");
        var changes = trays.Run(Day1.AddDays(7), Missing(successor, Manager));
        changes.Close.ShouldBe([1]);
        changes.Raise.ShouldBe([new StandingRaise(AlertType.NumberMissing, "P1", successor, Day1)]);
        ShouldChangeNothing(trays.Run(Day1.AddDays(7), Missing(successor, Manager)));

        // The engine closed the first one, so nobody completed it wrongly and nothing is waited for.
        trays.Run(Day1.AddDays(7), Missing(Worker, Manager)).Raise.ShouldHaveSingleItem().FirstIssuedOn.ShouldBe(Day1);
    }

    [Fact]
    public void A5_A8_a_duty_role_gives_way_to_a_worker()
    {
        var trays = new Trays();
        trays.Run(Day1, Missing(new Recipient(RecipientKind.Role, "Duty", StandIn.Worker)));
        var changes = trays.Run(Day1.AddDays(1), Missing(Worker));
        changes.Close.ShouldBe([1]);
        changes.Raise.ShouldHaveSingleItem().Recipient.ShouldBe(Worker);
    }

    [Theory]
    [InlineData(Reasons.NumberMissing, "nhs-number-missing")]
    [InlineData(Reasons.NumberInvalid, "nhs-number-missing")]
    [InlineData(Reasons.MotherNotLinked, "nhs-number-missing")]
    [InlineData(Reasons.MotherNumberMissing, "nhs-number-missing")]
    [InlineData(Reasons.MotherNumberInvalid, "nhs-number-missing")]
    [InlineData(Reasons.ExpectedDateMissing, "expected-date-missing")]
    [InlineData(Reasons.NumberDuplicate, "nhs-number-duplicate")]
    [InlineData(Reasons.NumberInactive, null)]
    [InlineData(Reasons.StartsInFuture, null)]
    [InlineData("", null)]
    public void A5_S6_N6_reasons_that_call_for_a_standing_alert(string reason, string? type) => StandingAlerts.For(reason)?.Code.ShouldBe(type);

    [Fact]
    public void S6_N6_types_of_one_person_stand_and_fall_by_themselves()
    {
        var trays = new Trays();
        var date = new StandingNeed(AlertType.ExpectedDateMissing, "P1", [Worker]);
        var duplicate = new StandingNeed(AlertType.NumberDuplicate, "P1", [Worker]);
        trays.Run(Day1, Missing(Worker), date, duplicate).Raise.Count.ShouldBe(3);
        trays.Run(Day1, Missing(Worker), duplicate).Close.Count.ShouldBe(1);
        trays.Open.Select(a => a.Type).ShouldBe([AlertType.NumberDuplicate, AlertType.NumberMissing], ignoreOrder: true);
    }

    [Fact]
    public void A5_run_twice_on_one_day_changes_nothing_and_what_should_be_open_is_open_once()
    {
        Recipient[] everybody = [Worker, Manager, new(RecipientKind.Role, "Duty", StandIn.Worker)];
        var need =
            from type in Gen.Elements(AlertType.NumberMissing, AlertType.NumberDuplicate)
            from person in Gen.Elements("P1", "P2")
            from recipients in Gen.SubListOf(everybody)
            select new StandingNeed(type, person, [.. recipients]);
        var night =
            from needs in need.ListOf()
            from days in Gen.Choose(0, 2)
            from completions in Gen.Choose(1, 12).ListOf()
            select (needs.ToArray(), days, completions);

        Prop.ForAll(night.ListOf().ToArbitrary(), nights =>
        {
            var trays = new Trays();
            var day = Day1;
            foreach (var (needs, days, completions) in nights)
            {
                day = day.AddDays(days);
                trays.Run(day, needs);
                ShouldChangeNothing(trays.Run(day, needs));

                var open = trays.Open.Select(a => (a.Type, a.PersonId, a.Kind, a.RecipientId)).ToList();
                open.ShouldBeUnique();
                var wanted = needs.SelectMany(n => n.Recipients.Select(r => (n.Type, n.PersonId, r.Kind, RecipientId: r.Id))).ToHashSet();
                open.ShouldAllBe(a => wanted.Contains(a));

                trays.Run(day.AddDays(1), needs);
                trays.Open.Select(a => (a.Type, a.PersonId, a.Kind, a.RecipientId)).ToHashSet().SetEquals(wanted).ShouldBeTrue();
                day = day.AddDays(1);

                foreach (var id in completions.Where(id => trays.Open.Any(a => a.AlertId == id)).Distinct())
                {
                    trays.Complete(id, day);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithEndSize(15));
    }
}
