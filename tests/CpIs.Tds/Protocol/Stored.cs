using System.Globalization;

namespace CpIs.Tds.Protocol;

/// <summary>The fixed forms in which dates, times and decimals stand in SQLite, so that text order is their own order.</summary>
internal static class Stored
{
    public const int InstantLength = 27;

    private const string InstantFormat = "yyyy-MM-dd HH:mm:ss.fffffff";

    public static string Date(DateTime value) => value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Instant(DateTime value) => value.ToString(InstantFormat, CultureInfo.InvariantCulture);

    public static string Time(TimeSpan value) => value.ToString("hh\\:mm\\:ss\\.fffffff", CultureInfo.InvariantCulture);

    public static string Offset(DateTimeOffset value) =>
        Instant(value.UtcDateTime) + (value.Offset < TimeSpan.Zero ? '-' : '+') + value.Offset.ToString("hh\\:mm", CultureInfo.InvariantCulture);

    public static string Guid(Guid value) => value.ToString("D").ToUpperInvariant();

    public static string Decimal(decimal value, int scale) =>
        Math.Round(value, Math.Min(scale, 28), MidpointRounding.AwayFromZero).ToString("F" + scale.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public static DateTime ToDate(string text) => DateTime.ParseExact(text.AsSpan(0, 10), "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static DateTime ToInstant(string text) => text.Length == 10
        ? ToDate(text)
        : DateTime.ParseExact(text.AsSpan(0, InstantLength), InstantFormat, CultureInfo.InvariantCulture);

    public static TimeSpan ToTime(string text) => TimeSpan.ParseExact(text, "hh\\:mm\\:ss\\.fffffff", CultureInfo.InvariantCulture);

    public static DateTimeOffset ToOffset(string text)
    {
        var utc = DateTime.SpecifyKind(ToInstant(text), DateTimeKind.Utc);
        var offset = TimeSpan.ParseExact(text.AsSpan(InstantLength + 1), "hh\\:mm", CultureInfo.InvariantCulture);
        return new DateTimeOffset(utc).ToOffset(text[InstantLength] == '-' ? -offset : offset);
    }

    public static decimal ToDecimal(string text) => decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture);

    /// <summary>Rounds a time to so many digits of a second.</summary>
    public static long RoundTicks(long ticks, int scale)
    {
        var unit = (long)Math.Pow(10, 7 - scale);
        return (ticks + (unit / 2)) / unit * unit;
    }

    /// <summary>The nearest value of DATETIME, which counts in 300ths of a second.</summary>
    public static DateTime RoundDateTime(DateTime value)
    {
        var units = Math.Round(value.TimeOfDay.Ticks * 300.0 / TimeSpan.TicksPerSecond, MidpointRounding.AwayFromZero);
        return value.Date.AddTicks((long)Math.Round(units * 10 / 3, MidpointRounding.AwayFromZero) * TimeSpan.TicksPerMillisecond);
    }
}
