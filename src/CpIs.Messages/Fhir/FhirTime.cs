using System.Globalization;
using System.Text.RegularExpressions;
using CpIs.Domain.Time;
using CpIs.Messages.Fhir.Model;

namespace CpIs.Messages.Fhir;

/// <summary>Dates and times as R4 writes them, on the calendar.</summary>
internal static partial class FhirTime
{
    private const int TickDigits = 7;
    private const int MaxOffsetMinutes = 14 * 60;

    // Room for a fraction of forty digits; a longer text is no time.
    private const int MaxLength = 64;

    /// <summary>True when the text is of the kind and names a day and a time that exist.</summary>
    public static bool IsValid(string text, TextKind kind)
    {
        var match = Match(text);
        if (!match.Success || !TryRead(match, out _))
        {
            return false;
        }

        var hasTime = match.Groups["time"].Success;
        var hasOffset = match.Groups["offset"].Success;
        return kind switch
        {
            TextKind.Date => !hasTime,
            TextKind.DateTime => hasTime == hasOffset,
            TextKind.Instant => hasOffset,
            TextKind.AccessTime => match.Groups["day"].Success,
            _ => false,
        };
    }

    /// <summary>
    /// The instant of an <see cref="TextKind.AccessTime"/> (rule A1): without offset it is London time, without time 00:00 in London.
    /// </summary>
    /// <exception cref="FormatException">The text is not a time of access.</exception>
    public static (DateTimeOffset Instant, bool TimeIsKnown) ReadAccessTime(string text)
    {
        var match = Match(text);
        if (!match.Success || !match.Groups["day"].Success || !TryRead(match, out var instant))
        {
            throw new FormatException("Not a time of access.");
        }

        return (instant, match.Groups["time"].Success);
    }

    /// <summary>An instant to the second, in UTC.</summary>
    public static string Write(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Write(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static Match Match(string text) => text.Length <= MaxLength ? Pattern().Match(text) : System.Text.RegularExpressions.Match.Empty;

    private static bool TryRead(Match match, out DateTimeOffset instant)
    {
        instant = default;
        var year = Number(match, "year");
        var month = match.Groups["month"].Success ? Number(match, "month") : 1;
        var day = match.Groups["day"].Success ? Number(match, "day") : 1;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var clock = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified);
        if (match.Groups["time"].Success)
        {
            // R4 admits a leap second; it counts as the first second of the next minute.
            var (hour, minute, second) = (Number(match, "hour"), Number(match, "minute"), Number(match, "second"));
            var time = new TimeSpan(hour, minute, second) + new TimeSpan(Ticks(match.Groups["fraction"].Value));
            if (hour > 23 || minute > 59 || second > 60 || clock.Ticks + time.Ticks > DateTime.MaxValue.Ticks)
            {
                return false;
            }

            clock += time;
        }

        if (match.Groups["offset"] is not { Success: true, Value: var offset })
        {
            instant = London.ToInstant(clock);
            return true;
        }

        var minutes = offset == "Z" ? 0 : ((Number(match, "offsetHour") * 60) + Number(match, "offsetMinute")) * (offset[0] == '-' ? -1 : 1);
        var ticks = clock.Ticks - TimeSpan.FromMinutes(minutes).Ticks;
        if (Math.Abs(minutes) > MaxOffsetMinutes || (offset != "Z" && Number(match, "offsetMinute") > 59) || ticks < 0 || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        instant = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }

    private static long Ticks(string fraction) =>
        fraction.Length == 0 ? 0 : long.Parse(fraction.PadRight(TickDigits, '0').AsSpan(0, TickDigits), NumberStyles.None, CultureInfo.InvariantCulture);

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"\A(?<year>[0-9]{4})(-(?<month>[0-9]{2})(-(?<day>[0-9]{2})"
        + @"(T(?<time>(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})(\.(?<fraction>[0-9]+))?)"
        + @"(?<offset>Z|[+-](?<offsetHour>[0-9]{2}):(?<offsetMinute>[0-9]{2}))?)?)?)?\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Pattern();
}
