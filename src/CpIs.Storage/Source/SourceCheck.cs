using System.Data.Common;
using CpIs.Domain.Source;

namespace CpIs.Storage.Source;

/// <summary>Something <c>db check</c> found.</summary>
/// <param name="View">The source view.</param>
/// <param name="Text">A sentence for the data team; no cell's content.</param>
/// <param name="IsError">True when a run would stop or set rows aside because of it.</param>
public sealed record SourceFinding(string View, string Text, bool IsError);

/// <summary>Looks whether the source views are as the contract has them (section 4).</summary>
public static class SourceCheck
{
    private const int SampleRows = 1000;

    /// <summary>Checks views, columns and the first rows of each.</summary>
    /// <returns>Nothing when all is well.</returns>
    public static async Task<IReadOnlyList<SourceFinding>> RunAsync(StorageSession session, DateOnly businessDate, CancellationToken cancellationToken)
    {
        var findings = new List<SourceFinding>();
        foreach (var layout in TableLayout.All)
        {
            if (await ColumnsAsync(session, layout, findings, cancellationToken))
            {
                await SampleAsync(session, layout, businessDate, findings, cancellationToken);
            }
        }

        return findings;
    }

    private static async Task<bool> ColumnsAsync(
        StorageSession session, TableLayout layout, List<SourceFinding> findings, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> columns;
        try
        {
            columns = await session.QueryAsync<string>("source/columns", new { view = layout.View }, cancellationToken);
        }
        catch (DbException e)
        {
            findings.Add(new(layout.View, $"The view {layout.View} cannot be read. {session.Provider.Explain(e)}", true));
            return false;
        }

        if (columns.Count == 0)
        {
            findings.Add(new(layout.View, $"The view {layout.View} is missing.", true));
            return false;
        }

        var missing = layout.Columns.Except(columns, StringComparer.OrdinalIgnoreCase).ToList();
        findings.AddRange(missing.Select(c => new SourceFinding(layout.View, $"The view {layout.View} has no column {c}.", true)));
        findings.AddRange(columns.Except(layout.Columns, StringComparer.OrdinalIgnoreCase)
            .Select(c => new SourceFinding(layout.View, $"The view {layout.View} has a column {c}, which is not read.", false)));
        return missing.Count == 0;
    }

    private static async Task SampleAsync(
        StorageSession session, TableLayout layout, DateOnly businessDate, List<SourceFinding> findings, CancellationToken cancellationToken)
    {
        var reader = new SourceReader(session, businessDate);
        var faults = layout.Table switch
        {
            SourceTable.Person => FaultsAsync(reader.PeopleAsync(cancellationToken)),
            SourceTable.Plan => FaultsAsync(reader.PlansAsync(cancellationToken)),
            SourceTable.LegalStatus => FaultsAsync(reader.LegalStatusesAsync(cancellationToken)),
            _ => FaultsAsync(reader.WorkersAsync(cancellationToken)),
        };
        try
        {
            var (rows, found) = await faults;
            findings.AddRange(found.OrderBy(f => f.Key.Column, StringComparer.Ordinal).ThenBy(f => f.Key.Problem, StringComparer.Ordinal).Select(f => new SourceFinding(
                layout.View,
                FormattableString.Invariant($"The view {layout.View}: {f.Value} of the first {rows} rows cannot be read: {f.Key.Column} is {f.Key.Problem}."),
                true)));
        }
        catch (Exception e) when (e is StorageSetupException or DbException)
        {
            var database = e as DbException ?? e.InnerException as DbException;
            findings.Add(new(layout.View, $"The view {layout.View} cannot be read. {(database is null ? "" : session.Provider.Explain(database))}".Trim(), true));
        }
    }

    private static async Task<(int Rows, Dictionary<(string? Column, string Problem), int> Faults)> FaultsAsync<T>(IAsyncEnumerable<SourceItem<T>> items)
        where T : class
    {
        var rows = 0;
        var faults = new Dictionary<(string? Column, string Problem), int>();
        await foreach (var item in items)
        {
            if (item.SetAside is { } bad)
            {
                var key = (bad.Column, bad.Problem);
                faults[key] = faults.GetValueOrDefault(key) + 1;
            }

            if (++rows == SampleRows)
            {
                break;
            }
        }

        return (rows, faults);
    }
}
