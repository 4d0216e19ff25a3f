using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>A legal status code that is shared (rule S2), and when.</summary>
/// <param name="Code">SSDA903 code, compared without letter case.</param>
/// <param name="From">First day that counts, or null.</param>
/// <param name="To">Last day that counts, or null.</param>
public sealed record SharedLegalStatus(string Code, DateOnly? From = null, DateOnly? To = null);

/// <summary>What a council may set in the rules.</summary>
/// <param name="RetentionMonths">Calendar months for which an ended record stays visible (rule S10).</param>
/// <param name="UnbornGraceDays">Days for which an unborn child's plan stays visible after its end (rule S6).</param>
/// <param name="MaxVanished">Most removals as gone-from-source in one run (rule U10); null = the larger of 20 and 5% of those held.</param>
/// <param name="AcknowledgementWindow">How long an answer is awaited before a file counts as lost (rule U9).</param>
public sealed record RuleSettings(
    IReadOnlyList<SharedLegalStatus> SharedLegalStatuses,
    int RetentionMonths,
    int UnbornGraceDays,
    int? MaxVanished,
    TimeSpan AcknowledgementWindow)
{
    /// <summary>The values of rules.md: C1, C2 and V2; 12 months; 28 days; 48 hours.</summary>
    public static RuleSettings Default { get; } =
        new([new("C1"), new("C2"), new("V2")], RetentionMonths: 12, UnbornGraceDays: 28, MaxVanished: null, TimeSpan.FromHours(48));

    /// <summary>The spans in which a legal status code is shared; none when it is not (rule S2).</summary>
    public IEnumerable<DateSpan> SharedSpans(string code)
    {
        foreach (var shared in SharedLegalStatuses)
        {
            if (string.Equals(shared.Code.Trim(), code.Trim(), StringComparison.OrdinalIgnoreCase)
                && DateSpan.TryCreate(shared.From ?? DateOnly.MinValue, shared.To, out var span))
            {
                yield return span;
            }
        }
    }
}
