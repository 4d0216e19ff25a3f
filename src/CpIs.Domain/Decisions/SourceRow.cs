using CpIs.Domain.Source;
using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>How one plan or legal status row stands by itself.</summary>
internal enum RowState
{
    /// <summary>It asks for a record.</summary>
    Good,

    /// <summary>It was never ours to share: recorded in error, another council's plan, a status that is not shared.</summary>
    NotOurs,

    /// <summary>Its data is at fault: what CP-IS holds of it stands (rule U3).</summary>
    Faulted,
}

/// <summary>A plan or legal status row with its person, judged by itself (the row reasons of rule U4).</summary>
internal sealed class SourceRow
{
    private SourceRow(PersonCase person, PlanType planType, string id, DateOnly? start, DateOnly? end, DateTimeOffset? changedAt, string? reason)
    {
        Person = person;
        PlanType = planType;
        Id = id;
        Start = start;
        End = end;
        ChangedAt = changedAt;
        Reason = reason;
    }

    public PersonCase Person { get; }

    /// <summary>CPP or LAC by the row's table, UCPP for a plan of an unborn person.</summary>
    public PlanType PlanType { get; }

    public string Id { get; }

    public DateOnly? Start { get; }

    public DateOnly? End { get; }

    public DateTimeOffset? ChangedAt { get; }

    /// <summary>Null when the row asks for a record.</summary>
    public string? Reason { get; }

    /// <summary>The parts of a legal status in which its code is shared (rule S2); a plan's whole span.</summary>
    public IReadOnlyList<DateSpan> Spans { get; private init; } = [];

    public bool IsLegalStatus => PlanType == PlanType.Lac;

    public RowState State => Reason switch
    {
        null => RowState.Good,
        Reasons.RecordedInError or Reasons.OtherAuthorityPlan or Reasons.LegalStatusNotShared => RowState.NotOurs,
        _ => RowState.Faulted,
    };

    public static SourceRow Of(PersonCase person, Plan plan)
    {
        var unborn = person.Person?.IsUnborn == true;
        var dated = DateSpan.TryCreate(plan.StartDate, plan.EndDate, out var span);
        var reason = plan.RecordedInError ? Reasons.RecordedInError
            : person.Person is null ? Reasons.PersonMissing
            : plan.HeldByOtherAuthority ? Reasons.OtherAuthorityPlan
            : !dated ? Reasons.DatesInconsistent
            : unborn && person.Person.ExpectedDateOfBirth is null ? Reasons.ExpectedDateMissing
            : null;
        return new SourceRow(person, unborn ? PlanType.Ucpp : PlanType.Cpp, plan.PlanId, plan.StartDate, plan.EndDate, plan.ChangedAt, reason)
        {
            Spans = dated ? [span] : [],
        };
    }

    public static SourceRow Of(PersonCase person, LegalStatus status, RuleSettings settings)
    {
        var dated = DateSpan.TryCreate(status.StartDate, status.EndDate, out var span);
        var windows = settings.SharedSpans(status.Code).ToList();
        DateSpan[] parts = dated ? [.. windows.Select(w => span.Intersect(w)).OfType<DateSpan>()] : [];
        var reason = status.RecordedInError ? Reasons.RecordedInError
            : person.Person is null ? Reasons.PersonMissing
            : windows.Count == 0 || (dated && parts.Length == 0) ? Reasons.LegalStatusNotShared
            : !dated || person.Person.IsUnborn ? Reasons.DatesInconsistent
            : null;
        return new SourceRow(person, PlanType.Lac, status.LegalStatusId, status.StartDate, status.EndDate, status.ChangedAt, reason) { Spans = parts };
    }
}
