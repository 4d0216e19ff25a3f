using System.Globalization;
using CpIs.Domain.Time;
using CpIs.Messages.Inbound;

namespace CpIs.Messages.Hl7v3;

/// <summary>The date and time forms of the message specification (reference section b).</summary>
internal static class Hl7Time
{
    /// <summary>Plan dates may lie in these years only; anything else makes the whole file malformed.</summary>
    public const int MinPlanYear = 1900;

    /// <inheritdoc cref="MinPlanYear" />
    public const int MaxPlanYear = 2099;

    private const int DateDigits = 8;
    private const int SecondDigits = 14;

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>A plan date: exactly twelve digits, the time 0000, no offset.</summary>
    public static string PlanDate(DateOnly date) => date.ToString("yyyyMMdd'0000'", Culture);

    /// <summary>A plain date: eight digits.</summary>
    public static string Date(DateOnly date) => date.ToString("yyyyMMdd", Culture);

    /// <summary>Whole seconds of London time, with London's offset at that moment.</summary>
    public static string Instant(DateTimeOffset instant)
    {
        // London is never behind UTC.
        var london = London.At(instant);
        return string.Create(Culture, $"{london:yyyyMMddHHmmss}+{london.Offset:hhmm}");
    }

    /// <summary>Reads the date of a plan or birth: eight digits, or twelve or fourteen whose time is dropped.</summary>
    public static bool TryParseDate(string? text, out DateOnly date)
    {
        date = default;
        if (text is not { Length: DateDigits or 12 or SecondDigits } || !TryParse(text, out _))
        {
            return false;
        }

        return DateOnly.TryParseExact(text.AsSpan(0, DateDigits), "yyyyMMdd", Culture, DateTimeStyles.None, out date);
    }

    /// <summary>
    /// Reads a point in time: at least the day, then as much of hour, minute, second and fraction as there is, then an offset
    /// (none: Europe/London, rule A1).
    /// </summary>
    public static bool TryParse(string? text, out InboundTime time)
    {
        time = default;
        var value = text.AsSpan().Trim();
        var offsetAt = value.IndexOfAny("+-Zz");
        var clock = offsetAt < 0 ? value : value[..offsetAt];
        var offset = offsetAt < 0 ? [] : value[offsetAt..];
        if (clock.IndexOf('.') is var dot and >= 0)
        {
            if (dot != SecondDigits || clock.Length == dot + 1)
            {
                return false;
            }

            clock = InboundTime.WithoutExcessFraction(clock);
        }

        var format = clock.Length switch
        {
            DateDigits => "yyyyMMdd",
            10 => "yyyyMMddHH",
            12 => "yyyyMMddHHmm",
            SecondDigits => "yyyyMMddHHmmss",
            > SecondDigits => "yyyyMMddHHmmss.FFFFFFF",
            _ => null,
        };
        return format is not null
            && AreDigits(clock[..Math.Min(clock.Length, SecondDigits)])
            && (clock.Length <= SecondDigits || AreDigits(clock[(SecondDigits + 1)..]))
            && DateTime.TryParseExact(clock, format, Culture, DateTimeStyles.None, out var at)
            && InboundTime.TryCreate(at, hasTime: clock.Length > DateDigits, offset, out time);
    }

    /// <summary>
    /// True for the form that the specification allows for a point in time: digits truncated from the right, an offset once hours are
    /// present and only then. Says nothing of the calendar.
    /// </summary>
    public static bool HasTimestampForm(string text)
    {
        var value = text.AsSpan();
        var offsetAt = value.IndexOfAny('+', '-');
        var clock = offsetAt < 0 ? value : value[..offsetAt];
        var offset = offsetAt < 0 ? [] : value[(offsetAt + 1)..];
        return AreDigits(clock)
            && AreDigits(offset)
            && (clock.Length is 4 or 6 or DateDigits ? offsetAt < 0 : clock.Length is 10 or 12 or SecondDigits && offset.Length == 4);
    }

    /// <summary>True for the form of a plan date: twelve digits, years 1900 to 2099. Says nothing of the calendar.</summary>
    public static bool HasPlanDateForm(string text) =>
        text.Length == 12 && AreDigits(text) && (text.StartsWith("19", StringComparison.Ordinal) || text.StartsWith("20", StringComparison.Ordinal));

    private static bool AreDigits(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;
}
