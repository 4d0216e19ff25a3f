using CpIs.Tds.Protocol;

namespace CpIs.Tds.Sql;

internal static class DateParts
{
    public static string Normalise(string part) => part.ToLowerInvariant() switch
    {
        "year" or "yy" or "yyyy" => "year",
        "quarter" or "qq" or "q" => "quarter",
        "month" or "mm" or "m" => "month",
        "dayofyear" or "dy" or "y" => "dayofyear",
        "day" or "dd" or "d" => "day",
        "week" or "wk" or "ww" => "week",
        "weekday" or "dw" or "w" => "weekday",
        "hour" or "hh" => "hour",
        "minute" or "mi" or "n" => "minute",
        "second" or "ss" or "s" => "second",
        "millisecond" or "ms" => "millisecond",
        "microsecond" or "mcs" => "microsecond",
        "nanosecond" or "ns" => "nanosecond",
        "iso_week" or "isowk" or "isoww" => "iso_week",
        "tzoffset" or "tz" => "tzoffset",
        _ => throw new SqlError(155, $"'{part}' is not a recognized datepart option.", 15),
    };

    public static string Add(string part, long n, string value, SqlType type)
    {
        if (type.Id == TypeId.Date && part is "hour" or "minute" or "second" or "millisecond" or "microsecond" or "nanosecond" && type.Id == TypeId.Date)
        {
            throw new SqlError(9810, $"The datepart {part} is not supported by date function dateadd for data type date.");
        }

        try
        {
            switch (type.Id)
            {
                case TypeId.Time:
                    var day = new DateTime(2000, 1, 1).Add(Stored.ToTime(value));
                    return Stored.Time(Add(part, n, day).TimeOfDay);
                case TypeId.DateTimeOffset:
                    var offset = Stored.ToOffset(value);
                    return Stored.Offset(new(Add(part, n, offset.DateTime), offset.Offset));
                case TypeId.Date:
                    return Stored.Date(Add(part, n, Stored.ToDate(value)));
                default:
                    var sum = Add(part, n, Stored.ToInstant(value));
                    return Stored.Instant(type.Id == TypeId.DateTime ? Stored.RoundDateTime(sum) : sum);
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new SqlError(517, $"Adding a value to a '{type.BaseName}' column caused an overflow.");
        }
    }

    public static long Difference(string part, string a, SqlType typeA, string b, SqlType typeB)
    {
        var (x, y) = (Value(a, typeA, true), Value(b, typeB, true));
        return part switch
        {
            "year" => y.Year - x.Year,
            "quarter" => ((y.Year - x.Year) * 4) + ((y.Month - 1) / 3) - ((x.Month - 1) / 3),
            "month" => ((y.Year - x.Year) * 12) + y.Month - x.Month,
            "day" or "dayofyear" => (y.Date - x.Date).Days,
            "week" => ((y.Date.AddDays(-(int)y.DayOfWeek) - x.Date.AddDays(-(int)x.DayOfWeek)).Days) / 7,
            "hour" => (y.Ticks / TimeSpan.TicksPerHour) - (x.Ticks / TimeSpan.TicksPerHour),
            "minute" => (y.Ticks / TimeSpan.TicksPerMinute) - (x.Ticks / TimeSpan.TicksPerMinute),
            "second" => (y.Ticks / TimeSpan.TicksPerSecond) - (x.Ticks / TimeSpan.TicksPerSecond),
            "millisecond" => (y.Ticks / TimeSpan.TicksPerMillisecond) - (x.Ticks / TimeSpan.TicksPerMillisecond),
            "microsecond" => (y.Ticks / 10) - (x.Ticks / 10),
            "nanosecond" => (y.Ticks - x.Ticks) * 100,
            _ => throw SqlError.Unsupported($"DATEDIFF of {part}"),
        };
    }

    public static long Part(string part, string value, SqlType type)
    {
        var x = Value(value, type, false);
        return part switch
        {
            "year" => x.Year,
            "quarter" => ((x.Month - 1) / 3) + 1,
            "month" => x.Month,
            "dayofyear" => x.DayOfYear,
            "day" => x.Day,
            "weekday" => (int)x.DayOfWeek + 1,
            "hour" => x.Hour,
            "minute" => x.Minute,
            "second" => x.Second,
            "millisecond" => x.Millisecond,
            "microsecond" => x.Ticks % TimeSpan.TicksPerSecond / 10,
            "nanosecond" => x.Ticks % TimeSpan.TicksPerSecond * 100,
            "iso_week" => System.Globalization.ISOWeek.GetWeekOfYear(x),
            "tzoffset" => type.Id == TypeId.DateTimeOffset ? (long)Stored.ToOffset(value).Offset.TotalMinutes : 0,
            _ => throw SqlError.Unsupported($"DATEPART of {part}"),
        };
    }

    private static DateTime Add(string part, long n, DateTime value) => part switch
    {
        "year" => value.AddYears((int)n),
        "quarter" => value.AddMonths((int)n * 3),
        "month" => value.AddMonths((int)n),
        "day" or "dayofyear" or "weekday" => value.AddDays(n),
        "week" => value.AddDays(n * 7),
        "hour" => value.AddHours(n),
        "minute" => value.AddMinutes(n),
        "second" => value.AddSeconds(n),
        "millisecond" => value.AddMilliseconds(n),
        "microsecond" => value.AddTicks(n * 10),
        "nanosecond" => value.AddTicks(n / 100),
        _ => throw SqlError.Unsupported($"DATEADD of {part}"),
    };

    private static DateTime Value(string value, SqlType type, bool isUtc) => type.Id switch
    {
        TypeId.Time => new DateTime(1900, 1, 1).Add(Stored.ToTime(value)),
        TypeId.DateTimeOffset => isUtc ? Stored.ToOffset(value).UtcDateTime : Stored.ToOffset(value).DateTime,
        _ => Stored.ToInstant(value),
    };
}
