using System.Globalization;
using System.Text;

namespace CpIs.Tds.Protocol;

/// <summary>Converts values from one T-SQL type to another. A null stays null; a value that does not fit is SQL Server's error.</summary>
internal static class Conversion
{
    private static readonly string[] DateFormats = ["yyyy-MM-dd", "yyyyMMdd", "yyyy/MM/dd", "yyyy.MM.dd"];
    private static readonly string[] TimeFormats = ["HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFFF"];

    /// <summary>Refuses what SQL Server converts only when it is told to, or never.</summary>
    /// <exception cref="SqlError">206 or 257.</exception>
    public static void CheckImplicit(SqlType from, SqlType to)
    {
        if (from.Id == TypeId.Null || to.Id == TypeId.Null || from.Id == to.Id || from.Id == TypeId.Variant || to.Id == TypeId.Variant)
        {
            if (from.Id == TypeId.Variant && to.Id != TypeId.Variant)
            {
                throw new SqlError(257, $"Implicit conversion from data type sql_variant to {to.BaseName} is not allowed. Use the CONVERT function to run this query.");
            }

            return;
        }

        if ((from.IsText && to.IsBinary) || (from.IsTemporal && (to.IsNumber || to.IsBinary)))
        {
            throw new SqlError(257, $"Implicit conversion from data type {from.BaseName} to {to.BaseName} is not allowed. Use the CONVERT function to run this query.");
        }

        CheckExplicit(from, to);
    }

    /// <exception cref="SqlError">206 or 529.</exception>
    public static void CheckExplicit(SqlType from, SqlType to)
    {
        var clash = (from.IsNumber && to.Id is TypeId.Date or TypeId.DateTime2 or TypeId.DateTimeOffset or TypeId.Time)
            || (from.Id is TypeId.Date or TypeId.DateTime2 or TypeId.DateTimeOffset or TypeId.Time && (to.IsNumber || to.Id == TypeId.UniqueIdentifier))
            || (from.Id == TypeId.UniqueIdentifier && (to.IsNumber || to.IsTemporal))
            || (to.Id == TypeId.UniqueIdentifier && (from.IsNumber || from.IsTemporal))
            || (from.Id == TypeId.Date && to.Id == TypeId.Time)
            || (from.Id == TypeId.Time && to.Id == TypeId.Date)
            || (from.IsBinary && to.IsFloating)
            || (from.IsFloating && to.IsBinary);
        if (clash && from.Id != TypeId.Null)
        {
            throw new SqlError(206, $"Operand type clash: {from.BaseName} is incompatible with {to.BaseName}");
        }
    }

    public static void CheckRange(long value, SqlType type)
    {
        var fits = type.Id switch
        {
            TypeId.TinyInt => value is >= 0 and <= 255,
            TypeId.SmallInt => value is >= short.MinValue and <= short.MaxValue,
            TypeId.Int => value is >= int.MinValue and <= int.MaxValue,
            _ => true,
        };
        if (!fits)
        {
            throw new SqlError(8115, $"Arithmetic overflow error converting expression to data type {type.BaseName}.");
        }
    }

    /// <param name="value">As it stands in SQLite.</param>
    /// <param name="from">Its type.</param>
    /// <param name="to">The type wanted.</param>
    /// <param name="style">As CONVERT has it; 0 for the default.</param>
    public static object? Convert(object? value, SqlType from, SqlType to, int style = 0)
    {
        if (value is null or DBNull)
        {
            return null;
        }

        if (from.Id == TypeId.Variant)
        {
            from = value is long ? SqlType.Int : SqlType.NVarChar(4000);
        }

        switch (to.Id)
        {
            case TypeId.Null or TypeId.Variant:
                return value;
            case TypeId.Bit or TypeId.TinyInt or TypeId.SmallInt or TypeId.Int or TypeId.BigInt:
                return ToInteger(value, from, to);
            case TypeId.Decimal or TypeId.Money:
                return ToDecimal(value, from, to);
            case TypeId.Real or TypeId.Float:
                var real = value switch
                {
                    long n => n,
                    double d => d,
                    string s when from.IsDecimal => (double)Stored.ToDecimal(s),
                    string s when double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) => d,
                    _ => throw new SqlError(8114, $"Error converting data type {from.BaseName} to {to.BaseName}."),
                };
                return to.Id == TypeId.Real ? (float)real : real;
            case TypeId.Char or TypeId.VarChar or TypeId.NChar or TypeId.NVarChar:
                return ToText(value, from, to, style);
            case TypeId.Binary or TypeId.VarBinary:
                return ToBinary(value, from, to, style);
            case TypeId.UniqueIdentifier:
                return value switch
                {
                    string s when from.Id == TypeId.UniqueIdentifier || Guid.TryParse(s, out _) => Stored.Guid(Guid.Parse(s)),
                    byte[] b when b.Length == 16 => Stored.Guid(new(b)),
                    _ => throw new SqlError(8169, "Conversion failed when converting from a character string to uniqueidentifier."),
                };
            default:
                return ToTemporal(value, from, to);
        }
    }

    /// <summary>Text in code page 1252, as a literal without N has it: what the code page lacks is a question mark.</summary>
    public static string Ansi(string text) => WireTypes.Ansi.GetString(WireTypes.Ansi.GetBytes(text));

    private static long ToInteger(object value, SqlType from, SqlType to)
    {
        long number;
        switch (value)
        {
            case long n:
                number = n;
                break;
            case double d when Math.Abs(d) < 9.2e18:
                number = (long)d;
                break;
            case string s when from.IsDecimal:
                number = (long)Stored.ToDecimal(s);
                break;
            case string s when from.IsText:
                var text = s.Trim();
                if (to.Id == TypeId.Bit && (text.Equals("true", StringComparison.OrdinalIgnoreCase) || text.Equals("false", StringComparison.OrdinalIgnoreCase)))
                {
                    return text.Equals("true", StringComparison.OrdinalIgnoreCase) ? 1L : 0L;
                }

                if (text.Length == 0)
                {
                    number = 0;
                }
                else if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
                {
                    throw new SqlError(245, $"Conversion failed when converting the {from.BaseName} value '{s}' to data type {to.BaseName}.");
                }

                break;
            case byte[] b:
                number = 0;
                foreach (var part in b.TakeLast(8))
                {
                    number = (number << 8) | part;
                }

                break;
            default:
                throw new SqlError(8115, $"Arithmetic overflow error converting {from.BaseName} to data type {to.BaseName}.");
        }

        if (to.Id == TypeId.Bit)
        {
            return number == 0 ? 0L : 1L;
        }

        CheckRange(number, to);
        return number;
    }

    private static string ToDecimal(object value, SqlType from, SqlType to)
    {
        var scale = to.Id == TypeId.Money ? 4 : to.Scale;
        var precision = to.Id == TypeId.Money ? 19 : to.Precision;
        var number = value switch
        {
            long n => n,
            double d when Math.Abs(d) < 7.9e28 => (decimal)d,
            string s when from.IsDecimal => Stored.ToDecimal(s),
            string s when from.IsText && decimal.TryParse(s.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var d) => d,
            _ => throw new SqlError(8114, $"Error converting data type {from.BaseName} to {to.BaseName}."),
        };
        var text = Stored.Decimal(number, scale);
        var digits = text.TrimStart('-').TrimStart('0').Replace(".", "", StringComparison.Ordinal).Length;
        return digits <= Math.Max(precision, scale)
            ? text
            : throw new SqlError(8115, $"Arithmetic overflow error converting {from.BaseName} to data type {to.BaseName}.");
    }

    private static string ToText(object value, SqlType from, SqlType to, int style)
    {
        var text = value switch
        {
            long n => n.ToString(CultureInfo.InvariantCulture),
            double d => FloatText(d, style),
            byte[] b when style is 1 or 2 => (style == 1 ? "0x" : "") + System.Convert.ToHexString(b),
            byte[] b => to.IsUnicode ? Encoding.Unicode.GetString(b) : WireTypes.Ansi.GetString(b),
            string s when from.IsTemporal => TemporalText(s, from, style),
            string s when from.Id == TypeId.Money => Stored.Decimal(Stored.ToDecimal(s), 2),
            string s => s,
            _ => throw SqlError.Unsupported($"a conversion from {from} to {to}"),
        };
        if (!to.IsUnicode)
        {
            text = Ansi(text);
        }

        if (to.Length != SqlType.Max && text.Length > to.Length)
        {
            if (from.IsNumber)
            {
                throw new SqlError(8115, $"Arithmetic overflow error converting {from.BaseName} to data type {to.BaseName}.");
            }

            text = text[..to.Length];
        }

        return to.Id is TypeId.Char or TypeId.NChar ? text.PadRight(to.Length) : text;
    }

    private static string FloatText(double value, int style) => style is 2 or 3
        ? value.ToString("E16", CultureInfo.InvariantCulture)
        : value.ToString("G6", CultureInfo.InvariantCulture).ToLowerInvariant();

    private static byte[] ToBinary(object value, SqlType from, SqlType to, int style)
    {
        byte[] bytes;
        switch (value)
        {
            case byte[] b:
                bytes = b;
                break;
            case long n:
                bytes = new byte[Math.Max(1, from.MaxLength)];
                for (var i = 0; i < bytes.Length; i++)
                {
                    bytes[^(i + 1)] = (byte)(n >> (8 * i));
                }

                break;
            case string s when style is 1 or 2:
                try
                {
                    bytes = System.Convert.FromHexString(style == 1 && s.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? s[2..] : s);
                }
                catch (FormatException)
                {
                    throw new SqlError(8114, $"Error converting data type {from.BaseName} to {to.BaseName}.");
                }

                break;
            case string s when from.Id == TypeId.UniqueIdentifier:
                bytes = Guid.Parse(s).ToByteArray();
                break;
            case string s when from.IsText:
                bytes = from.IsUnicode ? Encoding.Unicode.GetBytes(s) : WireTypes.Ansi.GetBytes(s);
                break;
            default:
                throw SqlError.Unsupported($"a conversion from {from} to {to}");
        }

        if (to.Length != SqlType.Max && bytes.Length > to.Length)
        {
            bytes = from.IsInteger ? bytes[^to.Length..] : bytes[..to.Length];
        }

        return to.Id == TypeId.Binary && bytes.Length < to.Length ? [.. bytes, .. new byte[to.Length - bytes.Length]] : bytes;
    }

    private static string ToTemporal(object value, SqlType from, SqlType to)
    {
        if (value is not string text)
        {
            throw SqlError.Unsupported($"a conversion from {from} to {to}");
        }

        if (from.IsText)
        {
            return FromText(text, from, to);
        }

        if (to.Id == TypeId.DateTimeOffset)
        {
            var instant = from.Id switch
            {
                TypeId.DateTimeOffset => Stored.ToOffset(text),
                TypeId.Time => new(new DateTime(1900, 1, 1).Add(Stored.ToTime(text)), TimeSpan.Zero),
                _ => new(Stored.ToInstant(text), TimeSpan.Zero),
            };
            return Stored.Offset(new(Stored.RoundTicks(instant.Ticks, to.Scale), instant.Offset));
        }

        var local = from.Id switch
        {
            TypeId.DateTimeOffset => Stored.ToOffset(text).DateTime,
            TypeId.Time => new DateTime(1900, 1, 1).Add(Stored.ToTime(text)),
            _ => Stored.ToInstant(text),
        };
        return Round(local, to);
    }

    private static string Round(DateTime value, SqlType to)
    {
        switch (to.Id)
        {
            case TypeId.Date:
                return Stored.Date(value);
            case TypeId.Time:
                return Stored.Time(new(Stored.RoundTicks(value.TimeOfDay.Ticks, to.Scale) % TimeSpan.TicksPerDay));
            case TypeId.DateTime2:
                return Stored.Instant(new(Math.Min(Stored.RoundTicks(value.Ticks, to.Scale), DateTime.MaxValue.Ticks / (long)Math.Pow(10, 7 - to.Scale) * (long)Math.Pow(10, 7 - to.Scale))));
            case TypeId.DateTime:
                return value.Year >= 1753
                    ? Stored.Instant(Stored.RoundDateTime(value))
                    : throw new SqlError(242, "The conversion of a datetime2 data type to a datetime data type resulted in an out-of-range value.");
            default:
                return value.Year is >= 1900 and < 2079
                    ? Stored.Instant(value.AddSeconds(30).Date.AddMinutes(Math.Floor(value.AddSeconds(30).TimeOfDay.TotalMinutes)))
                    : throw new SqlError(242, "The conversion of a datetime2 data type to a smalldatetime data type resulted in an out-of-range value.");
        }
    }

    private static string FromText(string given, SqlType from, SqlType to)
    {
        var text = given.Trim();
        if (to.Id == TypeId.Time && TryTime(text, out var time))
        {
            return Stored.Time(new(Stored.RoundTicks(time.Ticks, to.Scale) % TimeSpan.TicksPerDay));
        }

        if (text.Length == 0)
        {
            return to.Id == TypeId.DateTimeOffset ? Stored.Offset(new(new DateTime(1900, 1, 1), TimeSpan.Zero)) : Round(new(1900, 1, 1), to);
        }

        var offset = (TimeSpan?)null;
        var rest = text;
        if (rest.EndsWith('Z'))
        {
            (offset, rest) = (TimeSpan.Zero, rest[..^1]);
        }
        else if (rest.Length > 16 && rest[^3] == ':' && rest[^6] is '+' or '-' && TimeSpan.TryParseExact(rest[^5..], "hh\\:mm", CultureInfo.InvariantCulture, out var parsed))
        {
            (offset, rest) = (rest[^6] == '-' ? -parsed : parsed, rest[..^6].TrimEnd());
        }

        var cut = rest.IndexOfAny(['T', ' ']);
        var day = cut < 0 ? rest : rest[..cut];
        var hour = cut < 0 ? "" : rest[(cut + 1)..];
        var clock = TimeSpan.Zero;
        if (!DateTime.TryParseExact(day, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            || (hour.Length > 0 && !TryTime(hour, out clock))
            || (offset is not null && to.Id is TypeId.DateTime or TypeId.SmallDateTime && !text.EndsWith('Z')))
        {
            throw new SqlError(241, "Conversion failed when converting date and/or time from character string.");
        }

        var value = date.Add(clock);
        return to.Id == TypeId.DateTimeOffset
            ? Stored.Offset(new(new DateTime(Stored.RoundTicks(value.Ticks, to.Scale)), offset ?? TimeSpan.Zero))
            : Round(value, to);
    }

    private static bool TryTime(string text, out TimeSpan time)
    {
        var found = DateTime.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.NoCurrentDateDefault, out var value);
        time = value.TimeOfDay;
        return found;
    }

    private static string TemporalText(string text, SqlType from, int style)
    {
        if (from.Id == TypeId.Time)
        {
            return Cut(text, from.Scale);
        }

        if (from.Id == TypeId.DateTimeOffset)
        {
            var value = Stored.ToOffset(text);
            var local = Cut(Stored.Instant(value.DateTime), from.Scale);
            return style switch
            {
                0 or 121 or 20 or 21 or 120 => local + " " + text[Stored.InstantLength..],
                126 => local.Replace(' ', 'T') + text[Stored.InstantLength..],
                127 => Cut(text[..Stored.InstantLength], from.Scale).Replace(' ', 'T') + "Z",
                _ => TemporalText(Stored.Instant(value.DateTime), SqlType.DateTime2(from.Scale), style),
            };
        }

        var instant = Stored.ToInstant(text);
        return style switch
        {
            112 => instant.ToString("yyyyMMdd", CultureInfo.InvariantCulture),
            23 => Stored.Date(instant),
            103 => instant.ToString("dd/MM/yyyy", CultureInfo.InvariantCulture),
            101 => instant.ToString("MM/dd/yyyy", CultureInfo.InvariantCulture),
            104 => instant.ToString("dd.MM.yyyy", CultureInfo.InvariantCulture),
            105 => instant.ToString("dd-MM-yyyy", CultureInfo.InvariantCulture),
            106 => instant.ToString("dd MMM yyyy", CultureInfo.InvariantCulture),
            108 or 8 => instant.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            120 or 20 when from.Id != TypeId.Date => instant.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            _ when from.Id == TypeId.Date && style is 0 or 20 or 21 or 120 or 121 or 126 or 127 => Stored.Date(instant),
            0 when from.Id is TypeId.DateTime or TypeId.SmallDateTime =>
                instant.ToString("MMM d yyyy h:mmtt", CultureInfo.InvariantCulture).Replace(" " + instant.Day.ToString(CultureInfo.InvariantCulture) + " ", instant.Day < 10 ? "  " + instant.Day + " " : " " + instant.Day + " ", StringComparison.Ordinal),
            0 or 21 or 121 or 25 => Cut(text, from.Scale),
            126 => Cut(text, from.Scale).Replace(' ', 'T'),
            127 => Cut(text, from.Scale).Replace(' ', 'T') + "Z",
            _ => throw SqlError.Unsupported($"CONVERT of {from} with style {style}"),
        };
    }

    private static string Cut(string text, int scale)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? text : scale == 0 ? text[..point] : text[..(point + 1 + scale)];
    }
}
