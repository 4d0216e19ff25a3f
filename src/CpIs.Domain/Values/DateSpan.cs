namespace CpIs.Domain.Values;

/// <summary>
/// A span of whole calendar days, both ends included; no end means that it is open. The end is never before the start.
/// Every instance is valid, the default one (a single day, 0001-01-01) too.
/// </summary>
public readonly record struct DateSpan
{
    /// <exception cref="ArgumentException">The end lies before the start.</exception>
    public DateSpan(DateOnly start, DateOnly? end)
    {
        if (end < start)
        {
            throw new ArgumentException("A span cannot end before it starts.", nameof(end));
        }

        Start = start;
        _length = end is { } e ? e.DayNumber - start.DayNumber : Open;
    }

    private const int Open = -1;
    private readonly int _length;

    /// <summary>First day.</summary>
    public DateOnly Start { get; }

    /// <summary>Last day, or null while the span is open.</summary>
    public DateOnly? End => _length == Open ? null : DateOnly.FromDayNumber(Start.DayNumber + _length);

    /// <summary>Makes a span where the dates allow one.</summary>
    public static bool TryCreate(DateOnly? start, DateOnly? end, out DateSpan span)
    {
        var possible = start is not null && !(end < start);
        span = possible ? new DateSpan(start!.Value, end) : default;
        return possible;
    }

    /// <summary>True when the two share a day, or one starts on the day after the other ends (rule S4).</summary>
    public bool Touches(DateSpan other) => StartsBy(other, this) && StartsBy(this, other);

    /// <summary>The smallest span that holds both.</summary>
    public DateSpan Union(DateSpan other) => new(
        Start < other.Start ? Start : other.Start,
        End is { } a && other.End is { } b ? (a > b ? a : b) : null);

    /// <summary>The part of this span inside the other, or null when they share no day.</summary>
    public DateSpan? Intersect(DateSpan other)
    {
        var start = Start > other.Start ? Start : other.Start;
        var end = End is null ? other.End : other.End is null || End < other.End ? End : other.End;
        return TryCreate(start, end, out var span) ? span : null;
    }

    /// <summary>
    /// Joins spans that overlap or adjoin, whatever order they come in (rules S4, S7). No two results touch; they are in order of start.
    /// </summary>
    /// <param name="items">Anything that has a span.</param>
    /// <param name="spanOf">The span of an item.</param>
    public static IReadOnlyList<(DateSpan Span, IReadOnlyList<T> Items)> Join<T>(IEnumerable<T> items, Func<T, DateSpan> spanOf)
    {
        var joined = new List<(DateSpan Span, IReadOnlyList<T> Items)>();
        DateSpan? current = null;
        var members = new List<T>();
        foreach (var item in items.OrderBy(i => spanOf(i).Start))
        {
            var span = spanOf(item);
            if (current is { } open && open.Touches(span))
            {
                current = open.Union(span);
                members.Add(item);
                continue;
            }

            if (current is { } done)
            {
                joined.Add((done, members));
            }

            current = span;
            members = [item];
        }

        if (current is { } last)
        {
            joined.Add((last, members));
        }

        return joined;
    }

    private static bool StartsBy(DateSpan later, DateSpan earlier) =>
        earlier.End is not { } end || later.Start.DayNumber <= end.DayNumber + 1;
}
