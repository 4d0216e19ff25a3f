using System.Data.Common;
using CpIs.Domain.Source;

namespace CpIs.Storage.Source;

/// <summary>Something <c>db check</c> found.</summary>
/// <param name="View">The source view, or <c>database</c>.</param>
/// <param name="Text">A sentence for the data team; no cell's content.</param>
/// <param name="IsError">True when a run would stop or set rows aside because of it.</param>
public sealed record SourceFinding(string View, string Text, bool IsError);

/// <summary>Looks whether the source views are as the contract has them (section 4), and whether the login may more than it need.</summary>
public static class SourceCheck
{
    private const int SampleRows = 1000;
    private static readonly string[] Texts = ["nvarchar", "varchar", "nchar", "char"];
    private static readonly string[] Dates = ["date", "datetime2", "datetime", "smalldatetime", .. Texts];
    private static readonly string[] Flags = ["bit", "tinyint", "smallint", "int", "bigint", .. Texts];
    private static readonly string[] Instants = ["datetime2", "datetimeoffset", "datetime", "smalldatetime", .. Texts];

    /// <summary>Checks views, columns and the first rows of each, then rights and settings.</summary>
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

        findings.AddRange(session.Provider.Advice.Select(a => new SourceFinding("database", a, false)));
        findings.AddRange(await AdviceAsync(session, cancellationToken));
        return findings;
    }

    /// <summary>A server that does not tell rights and settings runs nights all the same.</summary>
    private static async Task<IReadOnlyList<SourceFinding>> AdviceAsync(StorageSession session, CancellationToken cancellationToken)
    {
        try
        {
            return [.. Advice(await session.QueryAsync<AdviceRow>("check/advice", null, cancellationToken))];
        }
        catch (StorageException e) when (e.InnerException is DbException error && session.Provider.IsRefused(error))
        {
            return [new("database", $"The server does not tell rights and settings, so that they were not looked at. {session.Provider.Explain(error)}", false)];
        }
    }

    private static IEnumerable<SourceFinding> Advice(IReadOnlyList<AdviceRow> rows)
    {
        var owns = rows.Any(r => r is { Kind: "sysadmin" } or { Kind: "role", Item: "db_owner" });
        foreach (var row in rows)
        {
            switch (row.Kind)
            {
                case "sysadmin":
                    yield return new("database", "The login is a sysadmin of the server: use one that is a member of cpis_engine alone.", false);
                    break;
                case "role":
                    yield return new("database", $"The login is a member of {row.Item}, which allows more than the engine needs: use one that is a member of cpis_engine alone.", false);
                    break;
                case "write" when !owns:
                    yield return new("database", $"The login may write to {row.Item}: the engine only reads it.", false);
                    break;
                case "no-right":
                    yield return new("database", $"The login may not write to {row.Item}: have roles.sql run and the login made a member of cpis_engine.", true);
                    break;
                case "snapshot":
                    yield return new("database", "Neither READ_COMMITTED_SNAPSHOT nor snapshot isolation is on: a night may wait for people at work and they for it. It works all the same; ask the DBA whether one of them can be switched on.", false);
                    break;
                default:
                    break;
            }
        }
    }

    private static async Task<bool> ColumnsAsync(
        StorageSession session, TableLayout layout, List<SourceFinding> findings, CancellationToken cancellationToken)
    {
        IReadOnlyList<ColumnRow> rows;
        try
        {
            rows = await session.QueryAsync<ColumnRow>("source/columns", new { view = layout.View }, cancellationToken);
        }
        catch (StorageSetupException e)
        {
            findings.Add(new(layout.View, $"The view {layout.View} cannot be read. {e.Message}", true));
            return false;
        }

        if (rows.Count == 0)
        {
            var elsewhere = await ElsewhereAsync(session, layout, cancellationToken);
            var hint = elsewhere.Count == 0 ? "" : $" There is one in schema {elsewhere[0]}: it must be in schema cpis.";
            findings.Add(new(layout.View, $"The view {layout.View} is missing.{hint}", true));
            return false;
        }

        var columns = rows.Select(r => r.Name).ToList();
        findings.AddRange(rows
            .Where(r => r.Type.Length > 0 && layout.Columns.Contains(r.Name, StringComparer.OrdinalIgnoreCase) && !TypeOf(r.Name).Allowed.Contains(r.Type, StringComparer.OrdinalIgnoreCase))
            .Select(r => new SourceFinding(
                layout.View, $"The view {layout.View} gives {r.Name} as {r.Type.ToUpperInvariant()}, of which rows cannot be read: it must be {TypeOf(r.Name).Wanted}.", true)));

        var missing = layout.Columns.Except(columns, StringComparer.OrdinalIgnoreCase).ToList();
        findings.AddRange(missing.Select(c => new SourceFinding(layout.View, $"The view {layout.View} has no column {c}.", true)));
        findings.AddRange(columns.Except(layout.Columns, StringComparer.OrdinalIgnoreCase)
            .Select(c => new SourceFinding(layout.View, $"The view {layout.View} has a column {c}, which is not read.", false)));
        return missing.Count == 0;
    }

    private static async Task<IReadOnlyList<string>> ElsewhereAsync(StorageSession session, TableLayout layout, CancellationToken cancellationToken)
    {
        try
        {
            return await session.QueryAsync<string>("check/elsewhere", new { view = layout.View }, cancellationToken);
        }
        catch (StorageException e) when (e.InnerException is DbException error && session.Provider.IsRefused(error))
        {
            return [];
        }
    }

    private static (string Wanted, string[] Allowed) TypeOf(string column) => column.ToLowerInvariant() switch
    {
        "date_of_birth" or "expected_date_of_birth" or "start_date" or "end_date" => ("DATE", Dates),
        "is_unborn" or "held_by_other_authority" or "recorded_in_error" or "is_active" => ("BIT", Flags),
        "changed_at" => ("DATETIME2 in UTC", Instants),
        var name when name.EndsWith("_id", StringComparison.Ordinal) => ("NVARCHAR(64)", Texts),
        _ => ("NVARCHAR(200)", Texts),
    };

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
        catch (StorageSetupException e)
        {
            findings.Add(new(layout.View, $"The view {layout.View} cannot be read. {(e.InnerException ?? e).Message}", true));
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

    private sealed class ColumnRow
    {
        public string Name { get; init; } = "";

        public string Type { get; init; } = "";
    }

    private sealed class AdviceRow
    {
        public string Kind { get; init; } = "";

        public string Item { get; init; } = "";
    }
}
