using CpIs.Domain.Exchange;
using CpIs.Domain.Source;
using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>A record that the source rows ask for, before it is compared with what CP-IS holds.</summary>
internal sealed class WantedRecord
{
    public required PlanType PlanType { get; init; }

    /// <summary>Under whose id it is listed: the child's; the mother's for an unborn child's plan, where there is one.</summary>
    public required string PersonId { get; init; }

    /// <summary>Whose number and names it carries; null when that person is not in the source.</summary>
    public required Person? Subject { get; init; }

    public required DateSpan Span { get; init; }

    /// <summary>True for an unborn child's plan that has not ended by itself nor by the birth (rule U4).</summary>
    public bool EndIsForecast { get; init; }

    public required IReadOnlyList<string> SourceIds { get; init; }

    public required IReadOnlyList<string> ChildIds { get; init; }

    /// <summary>When the rows behind it changed, UTC, as far as known; for an unborn child's plan the child's person row too.</summary>
    public required IReadOnlyList<DateTimeOffset> RowChanges { get; init; }

    /// <summary>When the subject's person row changed, UTC, as far as known.</summary>
    public required IReadOnlyList<DateTimeOffset> SubjectChanges { get; init; }

    /// <summary>Why it is not shared because of its dates, or null: the reasons of rule U4 that come before those of the number.</summary>
    public string? DateReason { get; init; }

    /// <summary>Why nothing can be sent under the subject's number, or null.</summary>
    public string? NumberReason { get; init; }

    /// <summary>The subject's valid number, whatever else is wrong; null without one.</summary>
    public NhsNumber? Number { get; init; }

    public string? Reason => DateReason ?? NumberReason;

    public RecordKey? Key => Number is null ? null : new RecordKey(Number, PlanType, Span.Start);

    public RecordContent Content => new(
        Span.End,
        Subject!.FamilyName!.Trim(),
        NumberRules.FirstGivenName(Subject.GivenNames),
        Subject.DateOfBirth!.Value,
        Subject.PersonId);

    public bool SharesSourceWith(IReadOnlyCollection<string> sourceIds) => SourceIds.Any(sourceIds.Contains);
}
