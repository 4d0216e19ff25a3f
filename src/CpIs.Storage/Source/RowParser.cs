using System.Globalization;
using System.Text;
using CpIs.Domain.Source;
using CpIs.Storage.Providers;

namespace CpIs.Storage.Source;

/// <summary>
/// Turns cells into rows of the domain, strictly and in one way for files and views (contract section 3, rule S16). The first fault of
/// a row sets it aside; ids that could be read are kept with it.
/// </summary>
/// <param name="layout">Kind of row.</param>
/// <param name="businessDate">No birth date may lie after it.</param>
/// <param name="locate">Names a row's place from its id and position.</param>
internal sealed class RowParser(TableLayout layout, DateOnly businessDate, Func<string?, long, string> locate)
{
    /// <summary>Longest id, in UTF-16 units: NVARCHAR(64).</summary>
    public const int MaxId = 64;

    /// <summary>Longest text, in UTF-16 units: NVARCHAR(200).</summary>
    public const int MaxText = 200;

    private const string NotADate = "not a calendar date as yyyy-MM-dd";
    private const string NotText = "not a text";
    private const string Missing = "missing";

    // CP-IS takes no other years (interface reference section b).
    private static readonly DateOnly Earliest = new(1900, 1, 1);
    private static readonly DateOnly Latest = new(2099, 12, 31);

    private static readonly string[] InstantFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
        "yyyy-MM-dd'T'HH:mm'Z'",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'+00:00'",
        "yyyy-MM-dd'T'HH:mm'+00:00'",
    ];

    private object?[] _cells = [];
    private int _next;
    private string? _faultColumn;
    private string? _problem;

    public SourceItem<Person> Person(object?[] cells, long position)
    {
        Begin(cells);
        var id = Id(required: true);
        var person = new Person(
            id ?? "",
            Text(),
            Text(),
            Text(),
            BirthDate(),
            Flag(),
            Date(),
            Id(),
            Id(),
            Id(),
            Text(),
            Instant());
        return End(person, id, id, position);
    }

    public SourceItem<Plan> Plan(object?[] cells, long position)
    {
        Begin(cells);
        var id = Id(required: true);
        var personId = Id(required: true);
        return End(new Plan(id ?? "", personId ?? "", Date(), Date(), Flag(), Flag(), Instant()), id, personId, position);
    }

    public SourceItem<LegalStatus> LegalStatus(object?[] cells, long position)
    {
        Begin(cells);
        var id = Id(required: true);
        var personId = Id(required: true);
        return End(new LegalStatus(id ?? "", personId ?? "", Text(required: true) ?? "", Date(), Date(), Flag(), Instant()), id, personId, position);
    }

    public SourceItem<Worker> Worker(object?[] cells, long position)
    {
        Begin(cells);
        var id = Id(required: true);
        return End(new Worker(id ?? "", Text(), Text(), Flag()), id, null, position);
    }

    /// <summary>A record that is no row of this table: wrong number of cells, or bad quoting.</summary>
    /// <param name="cells">The cells, where they could be told apart.</param>
    public SetAsideRow Malformed(IReadOnlyList<string> cells, long position, string problem)
    {
        // Cells may be shifted or cut. Only the first one, with a delimiter after it, is sure to be what it seems.
        _problem = null;
        var id = cells.Count > 1 ? CleanText(cells[0], MaxId) : null;
        return new(layout.Table, locate(id, position), id, layout.Table == SourceTable.Person ? id : null, null, problem);
    }

    private void Begin(object?[] cells)
    {
        _cells = cells;
        _next = 0;
        _faultColumn = null;
        _problem = null;
    }

    private SourceItem<T> End<T>(T row, string? rowId, string? personId, long position)
        where T : class => _problem is null
            ? new(row, null, position)
            : new(null, new SetAsideRow(layout.Table, locate(rowId, position), rowId, personId, _faultColumn, _problem), position);

    private string? Id(bool required = false) => TextCell(MaxId, required);

    private string? Text(bool required = false) => TextCell(MaxText, required);

    private string? TextCell(int max, bool required)
    {
        var cell = _cells[_next++];
        string? text = null;
        var before = _problem;
        if (cell is string given)
        {
            text = CleanText(given, max);
        }
        else if (cell is not null)
        {
            Fault(NotText);
        }

        if (text is null && required && ReferenceEquals(before, _problem))
        {
            Fault(Missing);
        }

        return text;
    }

    /// <returns>The trimmed text; null when it is blank or faulty.</returns>
    private string? CleanText(string given, int max)
    {
        var text = given.Trim();
        if (text.Length > max)
        {
            Fault(string.Create(CultureInfo.InvariantCulture, $"longer than {max} characters"));
            return null;
        }

        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsSurrogate(c) && Rune.TryGetRuneAt(text, i, out _))
            {
                i++;
            }
            else if (char.IsControl(c) || char.IsSurrogate(c) || c is '\uFFFD' or '\uFFFE' or '\uFFFF')
            {
                Fault("holds a control character or bytes that are no text");
                return null;
            }
        }

        return text.Length == 0 ? null : text;
    }

    private DateOnly? BirthDate()
    {
        var date = Date(out var column);
        if (date > businessDate)
        {
            Fault("a birth date after the business date", column);
        }

        return date;
    }

    private DateOnly? Date() => Date(out _);

    private DateOnly? Date(out int column)
    {
        column = _next++;
        DateOnly? date = null;
        switch (_cells[column])
        {
            case null:
                return null;
            case string text when string.IsNullOrWhiteSpace(text):
                return null;
            case string text when DateOnly.TryParseExact(text.AsSpan().Trim(), SqlTypes.DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed):
                date = parsed;
                break;
            case DateOnly typed:
                date = typed;
                break;
            case DateTime typed when typed.TimeOfDay == TimeSpan.Zero:
                date = DateOnly.FromDateTime(typed);
                break;
            default:
                Fault(NotADate, column);
                return null;
        }

        if (date < Earliest || date > Latest)
        {
            Fault("a year outside 1900 to 2099", column);
            return null;
        }

        return date;
    }

    private bool Flag()
    {
        var column = _next++;
        switch (_cells[column])
        {
            case bool flag:
                return flag;
            case long and (0 or 1) or int and (0 or 1) or short and (0 or 1) or byte and (0 or 1):
                return Convert.ToInt64(_cells[column], CultureInfo.InvariantCulture) == 1;
            case string text when text.Trim() is "0" or "1":
                return text.Trim() == "1";
            default:
                Fault("neither 0 nor 1", column);
                return false;
        }
    }

    private DateTimeOffset? Instant()
    {
        var column = _next++;
        switch (_cells[column])
        {
            case null:
                return null;
            case string text when string.IsNullOrWhiteSpace(text):
                return null;
            case string text when DateTimeOffset.TryParseExact(
                text.AsSpan().Trim(), InstantFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed):
                return ToMilliseconds(parsed);
            case DateTime or DateTimeOffset:
                return ToMilliseconds(SqlTypes.ToInstant(_cells[column]!));
            default:
                Fault("not a time in ISO 8601 UTC (yyyy-MM-ddTHH:mm:ssZ)", column);
                return null;
        }
    }

    private static DateTimeOffset ToMilliseconds(DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    private void Fault(string problem) => Fault(problem, _next - 1);

    private void Fault(string problem, int column)
    {
        if (_problem is null)
        {
            _problem = problem;
            _faultColumn = column >= 0 && column < layout.Columns.Count ? layout.Columns[column] : null;
        }
    }
}
