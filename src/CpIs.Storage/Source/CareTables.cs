using System.Runtime.CompilerServices;
using CpIs.Domain.Source;

namespace CpIs.Storage.Source;

/// <summary>The embedded care tables (contract section 4).</summary>
public static class CareTables
{
    /// <summary>
    /// Replaces all rows of the care tables with those of an extract folder, in one transaction. Cells go in as they are: it is the
    /// extract that judges them. A record that is no row goes in too, with the id that could be read and a mark that the extract will
    /// set it aside by, so that nobody vanishes because of it (rule S16).
    /// </summary>
    /// <param name="session">The embedded database.</param>
    /// <param name="folder">The four CSV files; a manifest is checked if present.</param>
    /// <param name="malformed">Told of each record that is no row.</param>
    /// <returns>Rows by table, malformed ones included.</returns>
    /// <exception cref="ExtractFolderException">A file or a header column is missing, or the manifest does not hold; nothing was changed.</exception>
    /// <exception cref="StorageSetupException">The database has no care tables of its own.</exception>
    public static async Task<IReadOnlyDictionary<SourceTable, long>> LoadAsync(
        StorageSession session, string folder, Action<SetAsideRow> malformed, CancellationToken cancellationToken)
    {
        if (!session.Provider.HasCareTables)
        {
            throw new StorageSetupException("Only the embedded database has care tables to load: on this one the source views belong to the council.");
        }

        var extract = await ExtractFolder.OpenAsync(folder, DateOnly.MaxValue, cancellationToken);
        var counts = new Dictionary<SourceTable, long>();
        await session.InTransactionAsync(
            async () =>
            {
                await session.ExecuteAsync("care/clear", null, cancellationToken);
                foreach (var layout in TableLayout.All)
                {
                    counts[layout.Table] = await session.BulkInsertAsync(layout.CareTable, RowsAsync(extract, layout, malformed, cancellationToken), cancellationToken);
                }
            },
            cancellationToken);
        return counts;
    }

    private static async IAsyncEnumerable<object?[]> RowsAsync(
        ExtractFolder extract, TableLayout layout, Action<SetAsideRow> malformed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var parser = new RowParser(layout, DateOnly.MaxValue, (id, line) => extract.Locate(layout.Table, id, line));
        var row = new object?[layout.Columns.Count];
        await foreach (var (line, cells, problem) in extract.RecordsAsync(layout.File, layout.Columns, cancellationToken))
        {
            if (problem is null)
            {
                cells.CopyTo(row, 0);
            }
            else
            {
                var setAside = parser.Malformed(cells!, line, problem);
                malformed(setAside);
                Array.Clear(row);
                row[0] = setAside.RowId;
                row[layout.Columns.IndexOf(layout.FlagColumn)] = $"cannot be read: {setAside.Where}";
            }

            yield return row;
        }
    }

    private static int IndexOf(this IReadOnlyList<string> columns, string name)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (string.Equals(columns[i], name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        throw new ArgumentException("No such column.", nameof(name));
    }
}
