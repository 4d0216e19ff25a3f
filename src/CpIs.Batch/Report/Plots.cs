using System.Globalization;
using CpIs.Domain.Alerts;

namespace CpIs.Batch.Report;

/// <summary>
/// Plots as inline SVG. Widths are percentages and text is not scaled, so that a plot can be read on a narrow screen as well as on a wide
/// one. Each has a title and a description; the figures themselves stand in a table beside it.
/// </summary>
internal sealed class Plots(HtmlText page)
{
    private const int LongestLabel = 60;
    private const int LongestNarrowLabel = 34;
    private const int ColumnsHeight = 130;
    private const int Top = 20;
    private static readonly string[] s_weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    private int _plots;

    /// <summary>One bar for each band, under its label.</summary>
    public void Bars(string title, string description, IReadOnlyList<Band> bands)
    {
        const int RowHeight = 42;
        Begin(title, description, "plot", (RowHeight * bands.Count) + 4);
        var most = Math.Max(1, bands.Max(b => b.Number));
        for (var i = 0; i < bands.Count; i++)
        {
            var y = i * RowHeight;
            var (label, brief) = (ColumnText.Cut(bands[i].Label, LongestLabel), ColumnText.Cut(bands[i].Label, LongestNarrowLabel));
            if (label == brief)
            {
                page.Add($"<text x=\"0\" y=\"{y + 15}\">{label}</text>");
            }
            else
            {
                page.Add($"<text class=\"wide\" x=\"0\" y=\"{y + 15}\">{label}</text><text class=\"tight\" x=\"0\" y=\"{y + 15}\">{brief}</text>");
            }

            page.Add($"<text x=\"100%\" y=\"{y + 15}\" class=\"end\">{bands[i].Number}</text>");
            page.Add($"<rect class=\"track\" x=\"0\" y=\"{y + 22}\" width=\"100%\" height=\"10\"/><rect class=\"bar\" x=\"0\" y=\"{y + 22}\" width=\"{Percent(bands[i].Number, most)}%\" height=\"10\"/>");
        }

        End();
    }

    /// <summary>A column for each day; a day without a night has none.</summary>
    public void Columns(string title, string description, IReadOnlyList<DateOnly> days, IReadOnlyList<long?> numbers)
    {
        Begin(title, description, "plot", ColumnsHeight + Top + 24);
        var most = Math.Max(1, numbers.Max() ?? 1);
        Frame(days, most.ToString(CultureInfo.InvariantCulture), null);
        for (var i = 0; i < days.Count; i++)
        {
            if (numbers[i] is { } number)
            {
                var height = Math.Max(1, (decimal)ColumnsHeight * number / most);
                page.Add($"<rect class=\"bar\" x=\"{At(i, days.Count)}%\" y=\"{Top + ColumnsHeight - height}\" width=\"{74m / days.Count}%\" height=\"{height}\"/>");
            }
        }

        End();
    }

    /// <summary>A line through the days that have a figure, and a floor that it should not fall below.</summary>
    /// <param name="rates">Fractions of one.</param>
    public void Line(string title, string description, IReadOnlyList<DateOnly> days, IReadOnlyList<decimal?> rates, decimal floor)
    {
        Begin(title, description, "plot", ColumnsHeight + Top + 24);
        var least = Math.Min(floor, rates.Min() ?? floor);
        var bottom = Math.Max(0, Math.Floor((least - 0.02m) * 20) / 20);
        decimal Y(decimal rate) => Math.Round(Top + (ColumnsHeight * (1 - rate) / (1 - bottom)), 2);
        Frame(days, "100%", FormattableString.Invariant($"{bottom * 100:0}%"));
        page.Add($"<line class=\"floor\" x1=\"0\" x2=\"100%\" y1=\"{Y(floor)}\" y2=\"{Y(floor)}\"/>");
        int? before = null;
        for (var i = 0; i < days.Count; i++)
        {
            if (rates[i] is not { } rate)
            {
                continue;
            }

            if (before is { } last)
            {
                page.Add($"<line class=\"line\" x1=\"{Middle(last, days.Count)}%\" y1=\"{Y(rates[last]!.Value)}\" x2=\"{Middle(i, days.Count)}%\" y2=\"{Y(rate)}\"/>");
            }

            page.Add($"<circle class=\"{(rate < floor ? "dot low" : "dot")}\" cx=\"{Middle(i, days.Count)}%\" cy=\"{Y(rate)}\" r=\"3\"/>");
            before = i;
        }

        End();
    }

    /// <summary>A small plot of columns for a table's cell.</summary>
    public void Spark(string title, IReadOnlyList<long?> numbers)
    {
        const int Height = 28;
        var given = numbers.OfType<long>().ToList();
        Begin(title, FormattableString.Invariant($"Between {given.DefaultIfEmpty(0).Min()} and {given.DefaultIfEmpty(0).Max()}."), "spark", Height);
        var most = Math.Max(1, given.DefaultIfEmpty(0).Max());
        for (var i = 0; i < numbers.Count; i++)
        {
            if (numbers[i] is { } number and > 0)
            {
                var height = Math.Max(1, Math.Round((decimal)Height * number / most, 2));
                page.Add($"<rect class=\"bar\" x=\"{At(i, numbers.Count)}%\" y=\"{Height - height}\" width=\"{74m / numbers.Count}%\" height=\"{height}\"/>");
            }
        }

        End();
    }

    /// <summary>Weekdays down, hours across, the darker the more.</summary>
    public void Grid(string title, string description, long[][] grid)
    {
        const int RowHeight = 24;
        const decimal Gutter = 13;
        const int Shades = 5;
        Begin(title, description, "plot", (7 * RowHeight) + 26);
        var most = Math.Max(1, grid.Max(d => d.Max()));
        var width = (100 - Gutter) / 24;
        for (var day = 0; day < 7; day++)
        {
            page.Add($"<text x=\"0\" y=\"{(day * RowHeight) + 16}\">{s_weekdays[day]}</text>");
            for (var hour = 0; hour < 24; hour++)
            {
                var shade = grid[day][hour] == 0 ? 0 : 1 + ((grid[day][hour] - 1) * (Shades - 1) / Math.Max(1, most - 1));
                page.Add($"<rect class=\"cell\" fill-opacity=\"{shade / (decimal)Shades}\" x=\"{Gutter + (hour * width)}%\" y=\"{day * RowHeight}\" width=\"{width * 0.9m}%\" height=\"{RowHeight - 3}\"/>");
            }
        }

        for (var hour = 0; hour < 24; hour += 6)
        {
            page.Add($"<text x=\"{Gutter + (hour * width)}%\" y=\"{(7 * RowHeight) + 18}\">{FormattableString.Invariant($"{hour:00}:00")}</text>");
        }

        End();
    }

    private void Frame(IReadOnlyList<DateOnly> days, string top, string? bottom)
    {
        page.Add($"<line class=\"axis\" x1=\"0\" x2=\"100%\" y1=\"{Top + ColumnsHeight}\" y2=\"{Top + ColumnsHeight}\"/><line class=\"axis faint\" x1=\"0\" x2=\"100%\" y1=\"{Top}\" y2=\"{Top}\"/>");
        page.Add($"<text x=\"0\" y=\"{Top - 5}\">{top}</text>");
        if (bottom is not null)
        {
            page.Add($"<text x=\"0\" y=\"{Top + ColumnsHeight - 5}\">{bottom}</text>");
        }

        page.Add($"<text x=\"0\" y=\"{Top + ColumnsHeight + 17}\">{Short(days[0])}</text><text x=\"100%\" y=\"{Top + ColumnsHeight + 17}\" class=\"end\">{Short(days[^1])}</text>");
    }

    private void Begin(string title, string description, string kind, int height)
    {
        var n = ++_plots;
        page.Add($"<svg class=\"{kind}\" role=\"img\" aria-labelledby=\"plot-{n}-title plot-{n}-desc\" width=\"100%\" height=\"{height}\" focusable=\"false\"><title id=\"plot-{n}-title\">{title}</title><desc id=\"plot-{n}-desc\">{description}</desc>");
    }

    private void End() => page.Add($"</svg>");

    private static string Short(DateOnly day) => day.ToString("d MMM", CultureInfo.InvariantCulture);

    private static decimal Percent(long number, long most) => Math.Round(100m * number / most, 2);

    private static decimal At(int index, int count) => Math.Round(100m * index / count, 3);

    private static decimal Middle(int index, int count) => Math.Round(100m * (index + 0.5m) / count, 3);
}
