using CpIs.Batch.Steps;
using CpIs.Domain.Values;
using CpIs.Storage.Report;

namespace CpIs.Batch.Report;

/// <summary>Everything that a report shows. All of it follows from the database, the settings and the business date.</summary>
/// <param name="Days">The days of the trends, oldest first; the last is the business date.</param>
/// <param name="Tonight">The newest run that decided everybody, or null.</param>
/// <param name="IsRunning">True when a run was at work: figures may be of before and after.</param>
/// <param name="Identified">Who people are, and who asked for it; null on a page without names.</param>
internal sealed record ReportData(
    DateOnly AsOf,
    string Council,
    IReadOnlyList<DateOnly> Days,
    ReportRun? Tonight,
    bool IsRunning,
    OperatorNeeds Needs,
    IReadOnlyList<SharedCount> Shared,
    TonightChanges Changes,
    WithheldTrend Withheld,
    MatchRateTrend MatchRate,
    MissingNumbers Missing,
    Rejections Rejections,
    AccessFigures Accesses,
    Capped<PatternCount> Patterns,
    UnansweredFiles Unanswered,
    IdentifiedPeople? Identified);

/// <summary>A list of which only the first are kept.</summary>
/// <param name="Total">How many there are; the others are left out.</param>
internal sealed record Capped<T>(IReadOnlyList<T> Items, long Total)
{
    public long LeftOut => Total - Items.Count;
}

/// <param name="Sent">What the run put into files.</param>
/// <param name="Accesses">Audit rows that it added.</param>
/// <param name="Alerts">Alerts that it raised, by type.</param>
internal sealed record TonightChanges(IReadOnlyList<SentCount> Sent, IReadOnlyList<FileLine> Files, long Accesses, IReadOnlyList<KeyValuePair<string, long>> Alerts);

internal sealed record FileLine(SequenceNumber Number, int Records, string Status);

/// <param name="Reasons">Reasons of the last days, the most frequent tonight first.</param>
/// <param name="Totals">All withheld by day; null on a day without a night.</param>
internal sealed record WithheldTrend(IReadOnlyList<ReasonTrend> Reasons, IReadOnlyList<long?> Totals);

/// <param name="ByDay">Null on a day without a night.</param>
internal sealed record ReasonTrend(string Reason, IReadOnlyList<long?> ByDay)
{
    public long Latest => ByDay.LastOrDefault(n => n is not null) ?? 0;

    public long First => ByDay.FirstOrDefault(n => n is not null) ?? 0;
}

/// <param name="Floor">Below it the run says so (rule K5).</param>
internal sealed record MatchRateTrend(decimal Floor, IReadOnlyList<MatchFigure?> ByDay)
{
    public MatchFigure? Latest => ByDay.LastOrDefault(f => f is not null);
}

internal sealed record MatchFigure(long InScope, long Matched)
{
    public decimal? Rate => InScope == 0 ? null : Math.Round((decimal)Matched / InScope, 4);
}

internal sealed record Band(string Label, long Number);

internal sealed record MissingNumbers(IReadOnlyList<Band> Bands, Capped<MissingNumber> People);

internal sealed record Rejections(Capped<RejectionCount> ByCode, Capped<StandingRejection> Standing);

/// <param name="Grid">By London weekday (0 = Monday) and hour, of accesses whose time is known.</param>
/// <param name="WithoutTime">Accesses of which only the day was told.</param>
/// <param name="WithoutPerson">Audit rows that match nobody yet, of whatever day.</param>
internal sealed record AccessFigures(
    long Total, IReadOnlyList<Band> Kinds, Capped<Band> Organisations, Capped<Band> Roles, long[][] Grid, long WithoutTime, long WithoutPerson);

internal sealed record UnansweredFiles(IReadOnlyList<Band> Bands, Capped<UnansweredFile> Files);

internal sealed record UnansweredFile(SequenceNumber Number, int Records, DateOnly ToldOn, int Days);

internal sealed record IdentifiedPeople(string User, long TrailId, IReadOnlyDictionary<string, Identity> ById)
{
    /// <summary>Never the data: safe in any log.</summary>
    public override string ToString() => $"(trail entry {TrailId})";
}
