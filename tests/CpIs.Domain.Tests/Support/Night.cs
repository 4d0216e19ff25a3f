using System.Globalization;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Domain.Tests.Support;

/// <summary>One night: what was decided, and what CP-IS answered.</summary>
internal sealed class Night(Council council, Household household, DecisionContext context, HouseholdDecisions decided)
{
    public HouseholdDecisions Decided { get; } = decided;

    public Household Household { get; } = household;

    public DecisionContext Context { get; } = context;

    public IReadOnlyList<Decision> Decisions => Decided.Decisions;

    public DateTimeOffset Now => Context.Now;

    /// <summary>The file that was sent; null when nothing was.</summary>
    public SequenceNumber? File { get; set; }

    public ScopeFacts Facts => ScopeFacts.Of(Household, Decided, Context);

    /// <summary>The decisions as lines, such as <c>CPP ada #1 2016-01-04.. new</c>: type, person, number, dates, decision, reason.</summary>
    public IReadOnlyList<string> Lines => [.. Decisions.Select(Line)];

    /// <summary>The decisions are exactly these, in whatever order.</summary>
    public Night ShouldDecide(params string[] lines)
    {
        Lines.ShouldBe(lines, ignoreOrder: true, customMessage: "all that was decided:\n" + string.Join('\n', Lines));
        return this;
    }

    /// <summary>Nothing goes to CP-IS.</summary>
    public Night ShouldSendNothing()
    {
        Decisions.Where(d => d.Record is not null).Select(Line).ShouldBeEmpty();
        return this;
    }

    /// <summary>These ledger entries, and no others, end without anything being sent.</summary>
    public Night ShouldLapse(params string[] keys)
    {
        Decided.Lapsed.Select(Name).ShouldBe(keys, ignoreOrder: true);
        return this;
    }

    /// <summary>The only decision made of a source row.</summary>
    public Decision Of(string sourceId) => Decisions.Single(d => d.SourceIds.Contains(sourceId));

    /// <summary>CP-IS confirms the whole file.</summary>
    public Night Confirmed()
    {
        Answer(RecordOutcome.Confirmed, _ => true);
        return this;
    }

    /// <summary>CP-IS refuses the records of some plan types (all when none is named) and confirms the others.</summary>
    public Night Rejected(params PlanType[] planTypes)
    {
        Answer(RecordOutcome.Confirmed, _ => true);
        Answer(RecordOutcome.Rejected, e => planTypes.Length == 0 || planTypes.Contains(e.Key.PlanType));
        return this;
    }

    /// <summary>The file as a whole comes to nothing.</summary>
    public Night Failed()
    {
        Answer(RecordOutcome.Failed, _ => true);
        return this;
    }

    public static string Name(RecordKey key) => $"{key.PlanType} {Numbers.NameOf(key.NhsNumber)} {Date(key.Start)}";

    public static string Line(Decision d)
    {
        var line = $"{d.PlanType} {d.PersonId} {Numbers.NameOf(d.NhsNumber)} {Date(d.Start)}..{Date(d.End)} {d.Kind.ToString().ToLowerInvariant()} {d.Reason}";
        return line.TrimEnd();
    }

    private static string Date(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? string.Empty;

    private void Answer(RecordOutcome outcome, Func<LedgerEvent, bool> which)
    {
        if (File is { } file)
        {
            council.Answer(file, outcome, which);
        }
    }
}
