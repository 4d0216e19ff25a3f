using System.Globalization;

namespace CpIs.Batch.Report;

/// <summary>The result of <c>report</c>: where the page lies, and its figures. No data of people.</summary>
/// <param name="TrailId">The entry in the trail of a page with names; null otherwise.</param>
/// <param name="Shared">Records that CP-IS shows, by plan type.</param>
/// <param name="SharedUnanswered">Those of them whose last word has no answer.</param>
/// <param name="Withheld">By reason, last night.</param>
/// <param name="MissingNumbers">By days outstanding.</param>
/// <param name="Rejections">By code, of the last 60 days.</param>
/// <param name="AccessesByHour">By London hour, from 00 to 23.</param>
internal sealed record ReportSummary(
    string Out,
    int Bytes,
    DateOnly AsOf,
    bool Identified,
    long? TrailId,
    string? RunId,
    IReadOnlyDictionary<string, long> Shared,
    long SharedUnanswered,
    IReadOnlyDictionary<string, long> Changed,
    IReadOnlyDictionary<string, long> Withheld,
    decimal? MatchRate,
    IReadOnlyDictionary<string, long> MissingNumbers,
    IReadOnlyDictionary<string, long> Rejections,
    long Accesses,
    IReadOnlyDictionary<string, long> AccessesByService,
    IReadOnlyDictionary<string, long> AccessesByWeekday,
    IReadOnlyDictionary<string, long> AccessesByHour,
    long AccessesWithoutTime,
    long AccessPatterns,
    IReadOnlyDictionary<string, long> UnansweredFiles,
    bool NeedsOperator)
{
    private static readonly string[] s_weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    public static ReportSummary Of(ReportData data, string path, int bytes) => new(
        path,
        bytes,
        data.AsOf,
        data.Identified is not null,
        data.Identified?.TrailId,
        data.Tonight?.RunId,
        data.Shared.GroupBy(s => s.PlanType.Code, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(s => s.Number), StringComparer.Ordinal),
        data.Shared.Where(s => !s.IsConfirmed).Sum(s => s.Number),
        data.Changes.Sent.GroupBy(s => s.Decision, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(s => s.Number), StringComparer.Ordinal),
        data.Withheld.Reasons.Where(r => r.Latest > 0).ToDictionary(r => r.Reason, r => r.Latest, StringComparer.Ordinal),
        data.MatchRate.Latest?.Rate,
        Dictionary(data.Missing.Bands),
        data.Rejections.ByCode.Items.ToDictionary(c => c.Code ?? string.Empty, c => c.Number, StringComparer.Ordinal),
        data.Accesses.Total,
        Dictionary(data.Accesses.Kinds),
        Enumerable.Range(0, 7).ToDictionary(d => s_weekdays[d], d => data.Accesses.Grid[d].Sum(), StringComparer.Ordinal),
        Enumerable.Range(0, 24).ToDictionary(h => h.ToString("00", CultureInfo.InvariantCulture), h => data.Accesses.Grid.Sum(d => d[h]), StringComparer.Ordinal),
        data.Accesses.WithoutTime,
        data.Patterns.Total,
        Dictionary(data.Unanswered.Bands),
        data.Needs.Any);

    private static Dictionary<string, long> Dictionary(IReadOnlyList<Band> bands) => bands.ToDictionary(b => b.Label, b => b.Number, StringComparer.Ordinal);
}
