using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Domain.Tests.Properties;

/// <summary>What holds on every night of every history.</summary>
public class DeciderProperties
{
    [Fact]
    public void U1_after_any_history_once_everything_is_answered_one_more_night_sends_nothing() =>
        Always.Holds(History.Steps(40), steps =>
        {
            var history = History.After(steps);
            history.EverythingIsAnswered();
            history.Night(arrives: true).Confirmed();

            history.Night(arrives: true, hour: 5).ShouldSendNothing().ShouldLapse();
        }, tests: 120);

    [Fact]
    public void U1_what_CP_IS_holds_in_the_end_is_what_the_rules_want_but_for_what_stands_or_was_refused() =>
        Always.Holds(History.Steps(40), steps =>
        {
            var history = History.After(steps);
            history.EverythingIsAnswered();
            history.Night(arrives: true).Confirmed();
            var last = history.Night(arrives: true, hour: 5).Confirmed();

            // The same source and nothing held: what the rules want of it.
            var wanted = HouseholdDecider.Decide(last.Household with { Ledger = [] }, last.Context).Decisions
                .Where(d => d.Record is not null).ToDictionary(d => d.Record!.Key);
            var held = history.OnCpis();
            foreach (var (key, decision) in wanted)
            {
                if (StandsOrWasRefused(last, decision.PlanType, decision.SourceIds, key, wanted: true))
                {
                    continue;
                }

                held.ShouldContainKey(key, $"{Night.Line(decision)}\nis wanted and CP-IS has it not");
                held[key].Content.ShouldBe(decision.Record!.Content);
            }

            foreach (var (key, told) in held.Where(h => !wanted.ContainsKey(h.Key) && !last.Household.InactiveNumbers.Contains(h.Key.NhsNumber)))
            {
                if (key.PlanType != PlanType.Ucpp && Visibility.IsAdult(history.Council.Person(told.HolderId).Row.DateOfBirth ?? told.Content.BirthDate, last.Context.BusinessDate))
                {
                    continue;
                }

                StandsOrWasRefused(last, key.PlanType, told.SourceIds, key, wanted: false).ShouldBeTrue($"{Night.Name(key)} is on CP-IS, is not wanted, and nothing says why it stands");
            }
        }, tests: 120);

    [Fact]
    public void U2_no_night_sends_two_records_with_one_key_or_decides_one_record_twice() =>
        EveryNight((_, night) =>
        {
            night.Decisions.Where(d => d.Record is not null).Select(d => d.Record!.Key).ShouldBeUnique();
            night.Decisions.Where(d => d.Kind != DecisionKind.Withheld).Select(d => (d.NhsNumber, d.PlanType, d.Start)).ShouldBeUnique();
        });

    [Fact]
    public void U3_a_removal_always_has_the_business_date_as_delete_date_and_nothing_else_has_one() =>
        EveryNight((_, night) =>
        {
            foreach (var decision in night.Decisions)
            {
                DateOnly? expected = decision.Kind == DecisionKind.Remove ? night.Context.BusinessDate : null;
                decision.DeleteDate.ShouldBe(expected);
                decision.Record?.DeleteDate.ShouldBe(expected);
            }
        });

    [Fact]
    public void U3_a_child_whose_row_has_a_data_fault_is_never_removed() =>
        EveryNight((_, night) =>
        {
            foreach (var removal in night.Decisions.Where(d => d.Kind == DecisionKind.Remove))
            {
                removal.SourceIds.Any(id => HasFault(night.Household, removal.PlanType, id)).ShouldBeFalse(Night.Line(removal));
                if (removal.Reason is Reasons.StartDateAmended or Reasons.NumberReplaced or Reasons.GoneFromSource)
                {
                    night.Decisions.Where(d => d.PlanType == removal.PlanType && d.SourceIds.Intersect(removal.SourceIds).Any())
                        .Where(d => Reasons.IsNumberMissing(d.Reason) || d.Reason == Reasons.NumberDuplicate || d.Reason.StartsWith(Reasons.DetailsMissingPrefix, StringComparison.Ordinal))
                        .ShouldBeEmpty(Night.Line(removal));
                }
            }
        });

    [Fact]
    public void U4_everyone_in_scope_has_a_decision_and_a_reason_only_when_withheld_or_removed() =>
        EveryNight((_, night) =>
        {
            foreach (var person in night.Household.People.Where(p => p.HasRows))
            {
                night.Decisions.Any(d => d.PersonId == person.PersonId || d.ChildIds.Contains(person.PersonId)).ShouldBeTrue(person.PersonId);
            }

            foreach (var decision in night.Decisions)
            {
                (decision.Reason.Length > 0).ShouldBe(decision.Kind is DecisionKind.Withheld or DecisionKind.Remove);
                (decision.Record is null).ShouldBe(decision.Kind is DecisionKind.Withheld or DecisionKind.Unchanged);
            }
        });

    [Fact]
    public void S12_S13_N3_nothing_is_sent_of_the_future_of_adults_or_under_an_inactive_number() =>
        EveryNight((_, night) =>
        {
            foreach (var decision in night.Decisions.Where(d => d.Record is not null))
            {
                var record = decision.Record!;
                record.Key.Start.ShouldBeLessThanOrEqualTo(night.Context.BusinessDate);
                night.Household.InactiveNumbers.ShouldNotContain(record.Key.NhsNumber);
                if (record.DeleteDate is null)
                {
                    (record.VisibleUntil ?? DateOnly.MaxValue).ShouldBeGreaterThanOrEqualTo(night.Context.BusinessDate);
                    night.Household.SharedNumbers.ShouldNotContain(record.Key.NhsNumber);
                    record.Content.FamilyName.ShouldNotBeNullOrWhiteSpace();
                    record.Content.GivenName.ShouldNotBeNullOrWhiteSpace();
                }

                if (record.Key.PlanType != PlanType.Ucpp)
                {
                    var person = night.Household.People.Single(p => p.PersonId == decision.PersonId).Person;
                    Visibility.IsAdult(person?.DateOfBirth, night.Context.BusinessDate).ShouldBeFalse();
                }
            }
        });

    [Fact]
    public void S6_an_unborn_childs_plan_always_has_an_end() =>
        EveryNight((_, night) => night.Decisions.Any(d => d.Record?.Key.PlanType == PlanType.Ucpp && d.Record.Content.End is null).ShouldBeFalse());

    [Fact]
    public void S9_a_mother_is_told_anew_only_for_an_unborn_child_or_in_place_of_a_record_that_is_removed() =>
        EveryNight((_, night) =>
        {
            var unborn = night.Household.People.Where(p => p.Person is { IsUnborn: true }).Select(p => p.PersonId).ToHashSet();
            foreach (var decision in night.Decisions.Where(d => d.Kind == DecisionKind.New && d.PlanType == PlanType.Ucpp && !d.ChildIds.Any(unborn.Contains)))
            {
                var replaced = night.Decisions.Any(d => d.PlanType == PlanType.Ucpp && d.Reason is Reasons.NumberReplaced or Reasons.StartDateAmended && d.SourceIds.Intersect(decision.SourceIds).Any())
                    || night.Decided.Lapsed.Any(k => k.PlanType == PlanType.Ucpp && night.Household.InactiveNumbers.Contains(k.NhsNumber));
                replaced.ShouldBeTrue(Night.Line(decision));
            }
        });

    [Fact]
    public void S9_from_birth_to_the_childs_own_record_there_is_no_night_on_which_CP_IS_shows_neither() =>
        Always.Holds(
            History.Steps(
                25, Happening.NightConfirmed, Happening.NightConfirmed, Happening.NightArrivedButUnanswered, Happening.NightLost, Happening.NightFailed,
                Happening.LateAnswers, Happening.TimePasses, Happening.Number, Happening.NumberShared, Happening.Name, Happening.Birth,
                Happening.PersonUnreadable, Happening.PlanUnreadable, Happening.PlanStart),
            steps =>
            {
                var history = new History();
                history.Night(arrives: true).Confirmed();
                foreach (var step in steps.Where(s => s.What != Happening.PlanStart || !History.StartsInFuture(s)))
                {
                    var before = Shown(history);
                    var day = history.Today;
                    history.Happens(step);
                    if (history.Today == day)
                    {
                        Shown(history).IsSupersetOf(before).ShouldBeTrue($"after {step}");
                    }
                }
            }, tests: 120);

    [Fact]
    public void The_order_of_rows_people_and_ledger_does_not_matter() =>
        Always.Holds(
            (from steps in History.Steps(30).Generator from seed in Gen.Choose(0, int.MaxValue) select (steps, seed)).ToArbitrary(),
            x =>
            {
                var night = History.After(x.steps).Night(arrives: true);
                var random = new Random(x.seed);
                var shuffled = HouseholdDecider.Decide(Shuffled(night.Household, random), night.Context);

                Described(shuffled).ShouldBe(Described(night.Decided));
                shuffled.Lapsed.ToHashSet().SetEquals(night.Decided.Lapsed).ShouldBeTrue();
            }, tests: 60);

    [Fact]
    public void U8_people_who_have_nothing_to_do_with_each_other_are_decided_alike_together_and_apart() =>
        Always.Holds(History.Steps(30), steps =>
        {
            var night = History.After(steps).Night(arrives: true);

            var apart = Units(night.Household, night.Context).Select(unit => HouseholdDecider.Decide(unit, night.Context)).ToList();

            apart.SelectMany(Described).Order(StringComparer.Ordinal).ShouldBe(Described(night.Decided).Order(StringComparer.Ordinal));
            apart.SelectMany(d => d.Lapsed).ToHashSet().SetEquals(night.Decided.Lapsed).ShouldBeTrue();
        }, tests: 60);

    [Fact]
    public void Deciding_again_gives_the_same() =>
        EveryNight((_, night) => Described(HouseholdDecider.Decide(night.Household, night.Context)).ShouldBe(Described(night.Decided)));

    private static void EveryNight(Action<History, Night> holds) =>
        Always.Holds(History.Steps(30), steps =>
        {
            var history = History.After(steps);
            history.Night(arrives: true);
            foreach (var night in history.Nights)
            {
                holds(history, night);
            }
        }, tests: 60);

    /// <summary>The last night says why: withheld with a reason, refused, or left as last told instead of what is wanted.</summary>
    private static bool StandsOrWasRefused(Night last, PlanType planType, IReadOnlyList<string> sourceIds, RecordKey key, bool wanted) =>
        last.Decisions.Any(d => (d.PlanType == PlanType.Lac) == (planType == PlanType.Lac) && d.SourceIds.Intersect(sourceIds).Any()
            && (d.Kind == DecisionKind.Withheld || (d.Kind == DecisionKind.Unchanged && !(wanted && d.SourceIds.SequenceEqual(sourceIds)))))
        || last.Decisions.Any(d => (d.Kind == DecisionKind.Withheld
                // Another row has the same start, and what is held stands for one at fault.
                || (wanted && d.Kind == DecisionKind.Unchanged && !d.SourceIds.Intersect(sourceIds).Any()))
            && (d.NhsNumber, d.PlanType, d.Start) == (key.NhsNumber, key.PlanType, key.Start));

    private static bool HasFault(Household household, PlanType planType, string id)
    {
        var isLegalStatus = planType == PlanType.Lac;
        var table = isLegalStatus ? SourceTable.LegalStatus : SourceTable.Plan;
        return household.People.Any(p => p.SetAside.Any(r => r.Table == table && r.RowId == id)
            || (isLegalStatus
                ? p.LegalStatuses.Any(r => r.LegalStatusId == id && !r.RecordedInError && (p.Person is null || r.StartDate is null || r.EndDate < r.StartDate) && r.Code != "E1")
                : p.Plans.Any(r => r.PlanId == id && !r.RecordedInError
                    && (p.Person is null || (!r.HeldByOtherAuthority
                        && (r.StartDate is null || r.EndDate < r.StartDate || p.Person is { IsUnborn: true, ExpectedDateOfBirth: null }))))));
    }

    /// <summary>The children of whom CP-IS shows a plan, under their own number or their mother's.</summary>
    private static HashSet<string> Shown(History history) =>
        history.OnCpis().Values.Where(e => e.Key.PlanType != PlanType.Lac).SelectMany(e => e.ChildIds).ToHashSet();

    private static List<string> Described(HouseholdDecisions decided) =>
    [
        .. decided.Decisions.Select(d => string.Join(
            '|', Night.Line(d), string.Join(';', d.SourceIds), string.Join(';', d.ChildIds), d.DeleteDate, d.VisibleUntil, d.Record?.Content, d.Cause, d.ChangedAt)),
    ];

    private static Household Shuffled(Household household, Random random) => household with
    {
        People = Mixed(household.People.Select(p => p with
        {
            Plans = Mixed(p.Plans, random), LegalStatuses = Mixed(p.LegalStatuses, random), SetAside = Mixed(p.SetAside, random),
        }), random),
        Ledger = Mixed(household.Ledger, random),
    };

    private static T[] Mixed<T>(IEnumerable<T> items, Random random)
    {
        var mixed = items.ToArray();
        random.Shuffle(mixed);
        return mixed;
    }

    /// <summary>The household split into people who are linked by a mother, a row that moved, or a record made from it.</summary>
    private static IEnumerable<Household> Units(Household household, DecisionContext context)
    {
        var unitOf = household.People.ToDictionary(p => p.PersonId, p => p.PersonId);
        foreach (var person in household.People.Where(p => p.Person?.MotherPersonId is { } mother && unitOf.ContainsKey(mother)))
        {
            Merge(person.PersonId, person.Person!.MotherPersonId!);
        }

        foreach (var people in household.Ledger.Select(PeopleOf))
        {
            people.ForEach(p => Merge(p, people[0]));
        }

        return household.People.GroupBy(p => unitOf[p.PersonId]).Select(unit => household with
        {
            People = [.. unit],
            Ledger = [.. household.Ledger.Where(e => unitOf[PeopleOf(e)[0]] == unit.Key)],
        });

        // What may be held need not be what was told last: every event that a decision can look at links its people.
        List<string> PeopleOf(LedgerEntry entry)
        {
            var told = new[] { entry.Last, entry.Confirmed, entry.MayBeHeld(context.Now, context.Settings.AcknowledgementWindow) }.OfType<LedgerEvent>().ToList();
            return told.Count == 0
                ? [household.People[0].PersonId]
                : [.. told.SelectMany(e => (string[])[e.HolderId, .. e.ChildIds, .. Owners(e)])];
        }

        IEnumerable<string> Owners(LedgerEvent told) => household.People.Where(p => told.Key.PlanType == PlanType.Lac
            ? p.LegalStatuses.Any(r => told.SourceIds.Contains(r.LegalStatusId))
            : p.Plans.Any(r => told.SourceIds.Contains(r.PlanId))).Select(p => p.PersonId);

        void Merge(string one, string other)
        {
            var (from, to) = (unitOf[one], unitOf[other]);
            foreach (var person in household.People.Where(p => unitOf[p.PersonId] == from))
            {
                unitOf[person.PersonId] = to;
            }
        }
    }
}
