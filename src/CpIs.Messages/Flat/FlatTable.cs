using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace CpIs.Messages.Flat;

/// <summary>
/// A CSV file with a header row (RFC 4180), read row by row. Columns are found by name in any order; a row that does not fit the header
/// says so instead of being guessed at.
/// </summary>
internal sealed class FlatTable : IDisposable
{
    // Longer than any cell of ours; keeps an unclosed quote from swallowing a large file into one string.
    private const int MaxFieldLength = 1_000_000;

    private readonly CsvParser _parser;
    private readonly Dictionary<string, int> _columns;
    private bool _isBadRow;

    private FlatTable(TextReader text)
    {
        _parser = new CsvParser(
            text,
            new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                BadDataFound = _ => _isBadRow = true,
                CountBytes = false,
                DetectDelimiter = false,
                MaxFieldSize = MaxFieldLength,
                Mode = CsvMode.RFC4180,
            },
            leaveOpen: true);
        _columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Reads the header.</summary>
    /// <returns>The table, or null with the reason why it cannot be read.</returns>
    /// <exception cref="CsvHelperException">A cell is too long.</exception>
    public static FlatTable? Open(TextReader text, out string? problem)
    {
        var table = new FlatTable(text);
        problem = table.ReadHeader();
        if (problem is null)
        {
            return table;
        }

        table.Dispose();
        return null;
    }

    public bool Has(string column) => _columns.ContainsKey(column);

    /// <summary>The rows after the header; blank lines are passed over.</summary>
    /// <exception cref="CsvHelperException">A cell is too long.</exception>
    public IEnumerable<FlatRow> Rows()
    {
        while (Next() is { } row)
        {
            yield return row;
        }
    }

    public void Dispose() => _parser.Dispose();

    private string? ReadHeader()
    {
        if (Next() is not { } header || header.Problem is not null)
        {
            return "The first line is not a CSV header.";
        }

        for (var i = 0; i < header.Cells.Count; i++)
        {
            var name = header.Cells[i].Trim();
            if (name.Length > 0 && !_columns.TryAdd(name, i))
            {
                return $"Two columns have the same name (columns {_columns[name] + 1} and {i + 1}).";
            }
        }

        Width = header.Cells.Count;
        return null;
    }

    private int? Width { get; set; }

    private FlatRow? Next()
    {
        _isBadRow = false;
        if (!_parser.Read())
        {
            return null;
        }

        var cells = _parser.Record ?? [];
        var line = _parser.RawRow;
        string? problem = null;
        if (_isBadRow || _parser.RawRecord.AsSpan().Count('"') % 2 != 0)
        {
            problem = "Its quotes are not in order.";
        }
        else if (Width is { } width && cells.Length != width)
        {
            problem = "It does not have as many cells as the header.";
        }

        return new FlatRow(this, line, cells, problem);
    }

    internal readonly record struct FlatRow(FlatTable Table, int Line, IReadOnlyList<string> Cells, string? Problem)
    {
        /// <summary>The place of the row, for people.</summary>
        public string Where => string.Create(CultureInfo.InvariantCulture, $"line {Line}");

        /// <summary>The cell of a column that the table has, as it stands.</summary>
        public string this[string column] => Cells[Table._columns[column]];
    }
}
