using System.Globalization;
using System.Security.Cryptography;
using CpIs.Tds.Protocol;
using Microsoft.Data.Sqlite;

namespace CpIs.Tds.Sql;

/// <summary>The functions that the translated text calls. An error leaves SQLite as text and is an error again on the other side.</summary>
internal static class Functions
{
    private const string Mark = "\u0001tsql:";

    public static void Register(SqliteConnection connection, Session session)
    {
        var types = session.Server;
        void Define(string name, Func<object?[], object?> body, bool isPure = true) => connection.CreateFunction(
            name,
            (object?[] args) =>
            {
                try
                {
                    for (var i = 0; i < args.Length; i++)
                    {
                        args[i] = args[i] is DBNull ? null : args[i];
                    }

                    return body(args);
                }
                catch (SqlError e)
                {
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{Mark}{e.Number}:{e.Severity}:{e.State}:{e.Message}"), e);
                }
            },
            isPure);

        Define("t_conv", a => Conversion.Convert(a[0], types.TypeOf(a[1]), types.TypeOf(a[2]), (int)(long)a[3]!));
        Define("t_try", a =>
        {
            try
            {
                return Conversion.Convert(a[0], types.TypeOf(a[1]), types.TypeOf(a[2]), (int)(long)a[3]!);
            }
            catch (SqlError)
            {
                return null;
            }
        });
        Define("t_store", a => Store(a[0], types.TypeOf(a[1]), types.TypeOf(a[2]), (string)a[3]!, (string)a[4]!));
        Define("t_like", a => a[0] is string s && a[1] is string p ? Collations.Like(s, p, a[2] is string { Length: 1 } e ? e[0] : null, (string)a[3]!) ? 1L : 0L : null);
        Define("t_len", a => a[0] is string s ? (long)s.TrimEnd(' ').Length : null);
        Define("t_datalength", a => a[0] is null ? null : DataLength(a[0]!, types.TypeOf(a[1])));
        Define("t_text", a => a[1] is string s ? TextFunction((string)a[0]!, s) : null);
        Define("t_substring", a => a[1] is long start && a[2] is long length ? Substring(a[0], start, length) : null);
        Define("t_left", a => a[0] is string s && a[1] is long n ? n < 0 ? throw new SqlError(537, "Invalid length parameter passed to the LEFT or SUBSTRING function.") : s[..(int)Math.Min(n, s.Length)] : null);
        Define("t_right", a => a[0] is string s && a[1] is long n ? n < 0 ? throw new SqlError(536, "Invalid length parameter passed to the RIGHT function.") : s[^(int)Math.Min(n, s.Length)..] : null);
        Define("t_replace", a => a[0] is string s && a[1] is string x && a[2] is string y ? Replace(s, x, y, (string)a[3]!) : null);
        Define("t_stuff", a => a[0] is string s && a[1] is long i && a[2] is long n && i >= 1 && i <= s.Length && n >= 0
            ? s[..(int)(i - 1)] + (a[3] as string) + s[(int)Math.Min(s.Length, i - 1 + n)..] : null);
        Define("t_replicate", a => a[0] is string s && a[1] is >= 0L and long n ? string.Concat(Enumerable.Repeat(s, (int)Math.Min(n, s.Length == 0 ? 0 : 8000 / s.Length))) : null);
        Define("t_charindex", a => a[0] is string x && a[1] is string s && a[2] is long from ? CharIndex(x, s, (int)Math.Max(1, from), (string)a[3]!) : null);
        Define("t_concat_ws", a => string.Join((string?)a[0] ?? "", a.Skip(1).Where(v => v is not null)));
        Define("t_char", a => a[0] is long n ? ((char)n).ToString() : null);
        Define("t_code", a => a[0] is string { Length: > 0 } s ? a[1] is 1L ? WireTypes.Ansi.GetBytes(s[..1])[0] : (long)s[0] : null);
        Define("t_bytes", a => a[0] is byte[] x && a[1] is byte[] y ? x.Concat(y).ToArray() : null);
        Define("t_math", a => a[1] is null ? null : Mathematics((string)a[0]!, a[1]!, (int)(long)a[2]!, types.TypeOf(a[3])));
        Define("t_dec", a => a[1] is string x && a[2] is string y ? Decimals((string)a[0]!, Stored.ToDecimal(x), Stored.ToDecimal(y), (int)(long)a[3]!) : null);
        Define("t_div", a => Divide(a[0], a[1], (x, y) => x / y, (x, y) => x / y));
        Define("t_mod", a => Divide(a[0], a[1], (x, y) => x % y, (x, y) => x % y));
        Define("t_dateadd", a => a[1] is long n && a[2] is string s ? DateParts.Add((string)a[0]!, n, s, types.TypeOf(a[3])) : null);
        Define("t_datediff", a => a[1] is string x && a[3] is string y ? DateParts.Difference((string)a[0]!, x, types.TypeOf(a[2]), y, types.TypeOf(a[4])) : null);
        Define("t_datepart", a => a[1] is string s ? DateParts.Part((string)a[0]!, s, types.TypeOf(a[2])) : null);
        Define("t_eomonth", a => a[0] is string s && a[1] is long n ? Stored.Date(EndOfMonth(Stored.ToDate(s).AddMonths((int)n))) : null);
        Define("t_dateparts", a => a[0] is long y && a[1] is long m && a[2] is long d ? FromParts((int)y, (int)m, (int)d) : null);
        Define("t_offset", a => a[1] is string s && a[2] is string o ? Offset((string)a[0]!, s, o) : null);
        Define("t_zone", a => a[0] is string s && a[2] is string z ? AtTimeZone(s, types.TypeOf(a[1]), z) : null);
        Define("t_hash", a => a[0] is string n && a[1] is not null ? Hash(n, (byte[])Conversion.Convert(a[1], types.TypeOf(a[2]), SqlType.VarBinary(SqlType.Max))!) : null);
        Define("t_guid", _ => Stored.Guid(Guid.NewGuid()), isPure: false);
        Define("t_session", a => session.Value((string)a[0]!), isPure: false);
        Define("t_meta", a => Metadata.Call(session, (string)a[0]!, a[1..]), isPure: false);
        Define(
            "t_fail",
            a => throw (a[0] is 512L
                ? new SqlError(512, "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.")
                : SqlError.Unsupported("an error in an expression")),
            isPure: false);
        connection.CreateAggregate("t_sum", (decimal?)null, (decimal? sum, string? value) => value is null ? sum : (sum ?? 0) + Stored.ToDecimal(value), sum => sum?.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The error that a function raised inside SQLite, if it was one.</summary>
    public static SqlError? Raised(SqliteException e)
    {
        var at = e.Message.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var parts = e.Message[(at + Mark.Length)..].Split(':', 4);
        var text = parts[3].EndsWith("'.", StringComparison.Ordinal) ? parts[3][..^2] : parts[3];
        return new(int.Parse(parts[0], CultureInfo.InvariantCulture), text, byte.Parse(parts[1], CultureInfo.InvariantCulture), byte.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    /// <summary>The text of an error that SQLite itself raises, as a literal.</summary>
    public static string Literal(int number, string message) => Translator.Text(string.Create(CultureInfo.InvariantCulture, $"{Mark}{number}:16:0:{message}"));

    /// <summary>A value as a column takes it.</summary>
    /// <exception cref="SqlError">2628 for text or bytes that are too long, or a conversion's own.</exception>
    public static object? Store(object? value, SqlType from, SqlType to, string table, string column)
    {
        if (value is null or DBNull)
        {
            return null;
        }

        if (to.Length != SqlType.Max && ((from.IsText && to.IsText) || (from.IsBinary && to.IsBinary)))
        {
            var length = value is string s ? s.TrimEnd(' ').Length : ((byte[])value).Length;
            if (length > to.Length)
            {
                var shown = value is string text ? text[..to.Length] : "";
                throw new SqlError(2628, $"String or binary data would be truncated in table '{table}', column '{column}'. Truncated value: '{shown}'.");
            }
        }

        return Conversion.Convert(value, from, to);
    }

    private static long DataLength(object value, SqlType type) => value switch
    {
        string s when type.IsText => type.IsUnicode ? s.Length * 2 : WireTypes.Ansi.GetByteCount(s),
        byte[] b => b.Length,
        _ => type.MaxLength,
    };

    private static string TextFunction(string name, string s) => name switch
    {
        "UPPER" => s.ToUpperInvariant(),
        "LOWER" => s.ToLowerInvariant(),
        "LTRIM" => s.TrimStart(' '),
        "RTRIM" => s.TrimEnd(' '),
        "TRIM" => s.Trim(' '),
        "QUOTENAME" => "[" + s.Replace("]", "]]", StringComparison.Ordinal) + "]",
        _ => new string([.. s.Reverse()]),
    };

    private static object? Substring(object? value, long start, long length)
    {
        if (length < 0)
        {
            throw new SqlError(537, "Invalid length parameter passed to the LEFT or SUBSTRING function.");
        }

        var total = value switch { string s => s.Length, byte[] b => b.Length, _ => 0 };
        var from = (int)Math.Clamp(start - 1, 0, total);
        var to = (int)Math.Clamp(start - 1 + length, from, total);
        return value switch { string s => s[from..to], byte[] b => b[from..to], _ => null };
    }

    private static StringComparison Comparison(string kind) =>
        kind.Contains("_CI", StringComparison.Ordinal) ? StringComparison.InvariantCultureIgnoreCase : kind == "T_BIN2" ? StringComparison.Ordinal : StringComparison.InvariantCulture;

    private static string Replace(string s, string find, string by, string kind) => find.Length == 0 ? s : s.Replace(find, by, Comparison(kind));

    private static long CharIndex(string find, string s, int from, string kind) =>
        from > s.Length || find.Length == 0 ? 0 : s.IndexOf(find, from - 1, Comparison(kind)) + 1;

    private static object Mathematics(string name, object value, int digits, SqlType type)
    {
        switch (value)
        {
            case long n:
                return name switch
                {
                    "ABS" => Math.Abs(n),
                    "SIGN" => (long)Math.Sign(n),
                    "ROUND" when digits < 0 => (long)(Math.Round(n / Math.Pow(10, -digits), MidpointRounding.AwayFromZero) * Math.Pow(10, -digits)),
                    _ => n,
                };
            case double d:
                return name switch
                {
                    "ABS" => Math.Abs(d),
                    "SIGN" => (double)Math.Sign(d),
                    "FLOOR" => Math.Floor(d),
                    "CEILING" => Math.Ceiling(d),
                    _ => Math.Round(d, Math.Clamp(digits, 0, 15), MidpointRounding.AwayFromZero),
                };
            default:
                var m = Stored.ToDecimal((string)value);
                return Stored.Decimal(
                    name switch
                    {
                        "ABS" => Math.Abs(m),
                        "SIGN" => Math.Sign(m),
                        "FLOOR" => Math.Floor(m),
                        "CEILING" => Math.Ceiling(m),
                        _ => Math.Round(m, Math.Clamp(digits, 0, 28), MidpointRounding.AwayFromZero),
                    },
                    type.Scale);
        }
    }

    private static string Decimals(string op, decimal x, decimal y, int scale)
    {
        try
        {
            return Stored.Decimal(
                op switch
                {
                    "+" => x + y,
                    "-" => x - y,
                    "*" => x * y,
                    "/" => y == 0 ? throw Zero() : x / y,
                    _ => y == 0 ? throw Zero() : x % y,
                },
                scale);
        }
        catch (OverflowException)
        {
            throw new SqlError(8115, "Arithmetic overflow error converting expression to data type numeric.");
        }
    }

    private static SqlError Zero() => new(8134, "Divide by zero error encountered.");

    private static object? Divide(object? a, object? b, Func<long, long, long> whole, Func<double, double, double> real)
    {
        if (a is null || b is null)
        {
            return null;
        }

        if (a is long x && b is long y)
        {
            return y == 0 ? throw Zero() : whole(x, y);
        }

        var divisor = Convert.ToDouble(b, CultureInfo.InvariantCulture);
        return divisor == 0 ? throw Zero() : real(Convert.ToDouble(a, CultureInfo.InvariantCulture), divisor);
    }

    private static DateTime EndOfMonth(DateTime date) => new(date.Year, date.Month, DateTime.DaysInMonth(date.Year, date.Month));

    private static string FromParts(int year, int month, int day) =>
        year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)
            ? Stored.Date(new(year, month, day))
            : throw new SqlError(289, "Cannot construct data type date, some of the arguments have values which are not valid.");

    private static string Offset(string name, string value, string offset)
    {
        if (offset.Length != 6 || !TimeSpan.TryParseExact(offset[1..], "hh\\:mm", CultureInfo.InvariantCulture, out var span))
        {
            throw new SqlError(9812, "The timezone provided to builtin function is invalid.");
        }

        span = offset[0] == '-' ? -span : span;
        return Stored.Offset(name == "SWITCHOFFSET" ? Stored.ToOffset(value).ToOffset(span) : new(Stored.ToInstant(value), span));
    }

    private static string AtTimeZone(string value, SqlType type, string name)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
        {
            throw new SqlError(9820, $"The time zone parameter '{name}' provided to AT TIME ZONE clause is invalid.");
        }

        if (type.Id == TypeId.DateTimeOffset)
        {
            return Stored.Offset(TimeZoneInfo.ConvertTime(Stored.ToOffset(value), zone));
        }

        // A time that the clocks skip is taken as before the change, one that they show twice as the later, standard one.
        var local = DateTime.SpecifyKind(Stored.ToInstant(value), DateTimeKind.Unspecified);
        return Stored.Offset(zone.IsInvalidTime(local)
            ? TimeZoneInfo.ConvertTime(new DateTimeOffset(local, zone.BaseUtcOffset), zone)
            : new(local, zone.GetUtcOffset(local)));
    }

    private static byte[] Hash(string name, byte[] data) => name.ToUpperInvariant() switch
    {
        "SHA2_256" => SHA256.HashData(data),
        "SHA2_512" => SHA512.HashData(data),
        _ => throw SqlError.Unsupported($"HASHBYTES of {name}"),
    };
}
