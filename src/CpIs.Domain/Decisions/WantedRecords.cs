using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>Turns a household's good rows into the records that they ask for (rules S1 to S15).</summary>
internal sealed class WantedRecords
{
    private readonly Household _household;
    private readonly DecisionContext _context;
    private readonly Dictionary<string, PersonCase> _people;

    public WantedRecords(Household household, DecisionContext context)
    {
        _household = household;
        _context = context;
        _people = household.People.ToDictionary(p => p.PersonId, StringComparer.Ordinal);
        Rows = [.. household.People.SelectMany(p =>
            p.Plans.Select(plan => SourceRow.Of(p, plan)).Concat(p.LegalStatuses.Select(s => SourceRow.Of(p, s, context.Settings))))];
    }

    public IReadOnlyList<SourceRow> Rows { get; }

    public PersonCase? Case(string? personId) => personId is not null && _people.TryGetValue(personId, out var found) ? found : null;

    /// <summary>The mother's person row of an unborn or once unborn child; null where none is linked, in the source and readable (rule N2).</summary>
    public Person? MotherOf(PersonCase child) => Case(child.Person?.MotherPersonId)?.Person;

    public IReadOnlyList<WantedRecord> Build() =>
        [.. _household.People.SelectMany(p => ProtectionPlans(p).Concat(LookedAfter(p))), .. UnbornPlans()];

    /// <summary>The last day of an unborn child's plan (rule S6): its own end or, earlier, the expected or actual birth; never before its start.</summary>
    public static DateOnly UnbornEnd(SourceRow row) => LastDayUnborn(row) is var end && end < row.Start!.Value ? row.Start.Value : end;

    /// <summary>The same, even before the plan's start.</summary>
    public static DateOnly LastDayUnborn(SourceRow row)
    {
        var person = row.Person.Person!;
        var birth = person.IsUnborn ? person.ExpectedDateOfBirth!.Value : person.DateOfBirth!.Value;
        return row.End is { } own && own < birth ? own : birth;
    }

    /// <summary>The span of a mother's record that ends with the birth of these children (rule S9).</summary>
    public static DateSpan EndedSpan(DateOnly start, IReadOnlyList<SourceRow> born)
    {
        var end = born.Max(LastDayUnborn);
        return new DateSpan(start, end < start ? start : end);
    }

    /// <summary>A record of given dates under a given subject; date and number reasons are worked out here (rules S6, S10, S12, S13, N1 to N6).</summary>
    public WantedRecord Make(
        PlanType planType, Person? subject, string personId, DateSpan span, IReadOnlyList<SourceRow> rows, bool endIsForecast = false, string? dateReason = null) => new()
        {
            PlanType = planType,
            PersonId = personId,
            Subject = subject,
            Span = span,
            EndIsForecast = endIsForecast,
            SourceIds = [.. rows.Select(r => r.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            ChildIds = [.. rows.Select(r => r.Person.PersonId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            RowChanges = [.. rows.Select(r => r.ChangedAt)
                .Concat(rows.Where(_ => planType == PlanType.Ucpp).Select(r => r.Person.Person?.ChangedAt)).OfType<DateTimeOffset>()],
            SubjectChanges = subject?.ChangedAt is { } changed ? [changed] : [],
            DateReason = dateReason ?? DateReason(planType, subject, span),
            NumberReason = NumberRules.Fault(subject, planType.SubjectRole, _household),
            Number = NumberRules.NumberOf(subject),
        };

    private string? DateReason(PlanType planType, Person? subject, DateSpan span)
    {
        if (planType != PlanType.Ucpp && Visibility.IsAdult(subject?.DateOfBirth, _context.BusinessDate))
        {
            return Reasons.Aged18;
        }

        if (span.Start > _context.BusinessDate)
        {
            return Reasons.StartsInFuture;
        }

        return Visibility.Until(planType, span.End, _context.Settings) < _context.BusinessDate ? Reasons.RetentionExpired : null;
    }

    private IEnumerable<WantedRecord> ProtectionPlans(PersonCase person)
    {
        var born = person.Person?.DateOfBirth;
        var fromBirth = new List<(DateSpan Span, SourceRow Row)>();
        foreach (var sameStart in GoodRows(person, PlanType.Cpp).GroupBy(r => r.Start!.Value))
        {
            var rows = sameStart.ToList();
            var span = rows.Select(r => r.Spans[0]).Aggregate((a, b) => a.Union(b));
            if (span.End < born)
            {
                yield return Make(PlanType.Cpp, person.Person, person.PersonId, span, rows, dateReason: Reasons.EndedBeforeBirth);
                continue;
            }

            var start = span.Start < born ? born.Value : span.Start;
            fromBirth.AddRange(rows.Select(r => (new DateSpan(start, span.End), r)));
        }

        foreach (var sameStart in fromBirth.GroupBy(r => r.Span.Start))
        {
            var span = sameStart.Select(r => r.Span).Aggregate((a, b) => a.Union(b));
            yield return Make(PlanType.Cpp, person.Person, person.PersonId, span, [.. sameStart.Select(r => r.Row)]);
        }
    }

    private IEnumerable<WantedRecord> LookedAfter(PersonCase person)
    {
        var parts = GoodRows(person, PlanType.Lac).SelectMany(r => r.Spans.Select(s => (Span: s, Row: r)));
        foreach (var (span, items) in DateSpan.Join(parts, p => p.Span))
        {
            yield return Make(PlanType.Lac, person.Person, person.PersonId, span, [.. items.Select(i => i.Row)]);
        }
    }

    private IEnumerable<WantedRecord> UnbornPlans()
    {
        // Who lost the link to the mother after the birth still counts in a record that was made of their plan (rule S7).
        var holderBySource = _household.Ledger
            .Where(e => e.Key.PlanType == PlanType.Ucpp)
            .Select(e => e.MayBeHeld(_context.Now, _context.Settings.AcknowledgementWindow))
            .OfType<LedgerEvent>()
            .OrderByDescending(e => e.FileNumber).ThenBy(e => e.HolderId, StringComparer.Ordinal)
            .SelectMany(e => e.SourceIds.Select(id => (Id: id, e.HolderId)))
            .GroupBy(x => x.Id, x => x.HolderId, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);

        var byMother = Rows
            .Where(r => r is { State: RowState.Good, IsLegalStatus: false } && CountsAsUnborn(r))
            .GroupBy(r => MotherKey(r, holderBySource), StringComparer.Ordinal);

        foreach (var ofMother in byMother)
        {
            foreach (var (span, rows) in DateSpan.Join(ofMother, r => new DateSpan(r.Start!.Value, UnbornEnd(r))))
            {
                if (!rows.Any(r => r.PlanType == PlanType.Ucpp))
                {
                    // Never started for a child already born (rule S9); one that is held is followed to its end elsewhere.
                    continue;
                }

                var mother = Case(ofMother.Key)?.Person;
                var unborn = rows.First(r => r.PlanType == PlanType.Ucpp);
                var forecast = rows.Any(r => r.PlanType == PlanType.Ucpp && r.End is null);
                var linked = mother is not null && ofMother.Key != unborn.Person.PersonId;
                yield return Make(PlanType.Ucpp, linked ? mother : null, linked ? ofMother.Key : unborn.Person.PersonId, span, [.. rows], forecast);
            }
        }
    }

    private string MotherKey(SourceRow row, Dictionary<string, string> holderBySource)
    {
        if (MotherOf(row.Person) is { } mother)
        {
            return mother.PersonId;
        }

        return row.PlanType == PlanType.Cpp && holderBySource.TryGetValue(row.Id, out var holder) ? holder : row.Person.PersonId;
    }

    private static bool CountsAsUnborn(SourceRow row) =>
        row.PlanType == PlanType.Ucpp || (row.Person.Person?.DateOfBirth is { } born && row.Start <= born);

    private IEnumerable<SourceRow> GoodRows(PersonCase person, PlanType planType) =>
        Rows.Where(r => ReferenceEquals(r.Person, person) && r.State == RowState.Good && r.PlanType == planType);
}
