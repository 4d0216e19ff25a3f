using System.Globalization;
using CpIs.Domain.Values;

namespace CpIs.Domain.Explanation;

/// <summary>Dates and kinds of plan in words.</summary>
internal static class Words
{
    public static string Day(DateOnly date) => date.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    public static string Day(DateOnly? date, string none) => date is { } day ? Day(day) : none;

    public static string Span(DateOnly? start, DateOnly? end) =>
        $"from {Day(start, "no date")} {(end is { } last ? "to " + Day(last) : "with no end")}";

    public static string PlanName(PlanType type) =>
        type == PlanType.Cpp ? "child protection plan" : type == PlanType.Lac ? "looked-after status" : "unborn child's protection plan";

    public static string List(IEnumerable<string> items) => string.Join(", ", items);
}
