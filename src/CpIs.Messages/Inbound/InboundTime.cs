using System.Globalization;
using CpIs.Domain.Time;

namespace CpIs.Messages.Inbound;

/// <summary>A point in time as a message gives it (rule A1).</summary>
/// <param name="Instant">In UTC.</param>
/// <param name="TimeIsKnown">False for a date alone, which stands for 00:00 in London.</param>
internal readonly record struct InboundTime(DateTimeOffset Instant, bool TimeIsKnown)
{
    private const int DateLength = 10;
    private const int MaxFraction = 7;
    private static readonly TimeSpan MaxOffset = TimeSpan.FromHours(14);

    private static readonly string[] ClockFormats =
        ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"];

    /// <summary>
    /// Reads ISO 8601 as CSV files carry it: a date, or date and time (separated by T or a blank, seconds and fraction optional) with an
    /// optional offset.
    /// </summary>
    public static bool TryParseIso(string? text, out InboundTime time)
    {
        time = default;
        var value = text.AsSpan().Trim();
        if (value.Length < DateLength)
        {
            return false;
        }

        var offsetAt = value[DateLength..].IndexOfAny("+-Zz");
        var clock = offsetAt < 0 ? value : value[..(DateLength + offsetAt)];
        var offset = offsetAt < 0 ? [] : value[(DateLength + offsetAt)..];
        if (clock.Length == DateLength)
        {
            return DateTime.TryParseExact(clock, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                && TryCreate(date, hasTime: false, offset, out time);
        }

        if (clock[DateLength] is not ('T' or 't' or ' '))
        {
            return false;
        }

        var normal = string.Concat(clock[..DateLength], "T", WithoutExcessFraction(clock[(DateLength + 1)..]));
        return DateTime.TryParseExact(normal, ClockFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            && !normal.EndsWith('.')
            && TryCreate(at, hasTime: true, offset, out time);
    }

    /// <summary>Joins a clock time with the offset text that followed it; an empty one means Europe/London.</summary>
    public static bool TryCreate(DateTime clock, bool hasTime, ReadOnlySpan<char> offset, out InboundTime time)
    {
        time = default;
        var stated = TimeSpan.Zero;
        if (!offset.IsEmpty && !TryParseOffset(offset, out stated))
        {
            return false;
        }

        // A date names a day in London whatever offset came with it.
        if (!hasTime || offset.IsEmpty)
        {
            time = new InboundTime(London.ToInstant(clock), hasTime);
            return true;
        }

        var utc = clock.Ticks - stated.Ticks;
        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        time = new InboundTime(new DateTimeOffset(utc, TimeSpan.Zero), TimeIsKnown: true);
        return true;
    }

    /// <summary>Cuts a fraction of a second to what a tick can hold.</summary>
    public static ReadOnlySpan<char> WithoutExcessFraction(ReadOnlySpan<char> clock)
    {
        var dot = clock.IndexOf('.');
        return dot >= 0 && clock.Length - dot - 1 > MaxFraction && clock[(dot + 1)..].IndexOfAnyExceptInRange('0', '9') < 0
            ? clock[..(dot + 1 + MaxFraction)]
            : clock;
    }

    private static bool TryParseOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (text is "Z" or "z")
        {
            return true;
        }

        Span<char> digits = stackalloc char[4];
        var parts = text[1..];
        if (parts.Length == 5 && parts[2] == ':')
        {
            parts[..2].CopyTo(digits);
            parts[3..].CopyTo(digits[2..]);
        }
        else if (parts.Length is 2 or 4)
        {
            digits.Fill('0');
            parts.CopyTo(digits);
        }
        else
        {
            return false;
        }

        if (text[0] is not ('+' or '-')
            || !int.TryParse(digits[..2], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(digits[2..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || minutes >= 60)
        {
            return false;
        }

        offset = new TimeSpan(hours, minutes, 0);
        if (offset > MaxOffset)
        {
            return false;
        }

        offset = text[0] == '-' ? -offset : offset;
        return true;
    }
}
