using System.Globalization;
using CpIs.Batch.Commands;
using Spectre.Console;

namespace CpIs.Batch.Steps;

/// <summary>One payload file in a command's result.</summary>
/// <param name="Status">Where it stands: <c>ready</c>, <c>sent</c>, <c>waiting</c>, <c>refused</c>.</param>
internal sealed record FileSummary(long Number, string Name, string Format, int Records, string Path, string Status);

/// <summary>The result of a transform, for people and as JSON.</summary>
internal sealed record TransformSummary(
    string? RunId,
    DateOnly AsOf,
    IReadOnlyList<FileSummary> Files,
    IReadOnlyDictionary<string, long> Decisions,
    IReadOnlyDictionary<string, long> Withheld,
    int SetAside,
    double? OldestChangeHours,
    decimal? MatchRate,
    string TransformDir)
{
    public static TransformSummary Of(string? runId, CommandContext context, TransformResult result) => new(
        runId,
        context.BusinessDate,
        [.. result.Files.Select(f => new FileSummary(f.Number.Value, System.IO.Path.GetFileName(f.Path), f.Format, f.RecordCount, f.Path, "ready"))],
        result.Decisions,
        result.Withheld,
        result.SetAside.Count,
        Hours(result.OldestChange, context.Clock.GetUtcNow()),
        result.Facts.MatchRate,
        result.Folder);

    /// <summary>Hours from an instant to now, one decimal; never negative.</summary>
    public static double? Hours(DateTimeOffset? since, DateTimeOffset now) => since is { } from ? Math.Max(0, Math.Round((now - from).TotalHours, 1)) : null;

    public void Show(IAnsiConsole console)
    {
        console.Write(CountTable("decision", Decisions));
        if (Withheld.Count > 0)
        {
            console.Write(CountTable("withheld because", Withheld));
        }

        foreach (var file in Files)
        {
            console.WriteLine($"{file.Name}: {file.Records} records, {file.Status}");
        }

        console.WriteLine($"Decisions and payload files: {TransformDir}");
    }

    public static Table CountTable(string title, IEnumerable<KeyValuePair<string, long>> counts)
    {
        var table = new Table().AddColumn(title).AddColumn(new TableColumn("number").RightAligned());
        foreach (var (item, number) in counts.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            table.AddRow(Markup.Escape(item), number.ToString(CultureInfo.InvariantCulture));
        }

        return table;
    }
}
