using System.Data;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CpIs.Storage.Providers;

/// <summary>
/// How dates and instants stand in the database. SQLite: TEXT <c>yyyy-MM-dd</c> and <c>yyyy-MM-ddTHH:mm:ss.fffZ</c>. Elsewhere the
/// database's own date type and a UTC time to the millisecond.
/// </summary>
internal static class SqlTypes
{
    public const string DateFormat = "yyyy-MM-dd";
    public const string InstantFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Tells Dapper; safe to repeat.</summary>
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateOnly));
        SqlMapper.RemoveTypeMap(typeof(DateOnly?));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(typeof(DateOnly), new DateHandler());
        SqlMapper.AddTypeHandler(typeof(DateTimeOffset), new InstantHandler());
    }

    public static string ToText(DateOnly date) => date.ToString(DateFormat, CultureInfo.InvariantCulture);

    /// <summary>Cut, not rounded, to the millisecond.</summary>
    public static string ToText(DateTimeOffset instant) => instant.UtcDateTime.ToString(InstantFormat, CultureInfo.InvariantCulture);

    public static DateOnly ToDate(object value) => value switch
    {
        string text => DateOnly.ParseExact(text, DateFormat, CultureInfo.InvariantCulture),
        DateTime time => DateOnly.FromDateTime(time),
        DateOnly date => date,
        _ => throw new InvalidCastException("Not a date column."),
    };

    public static DateTimeOffset ToInstant(object value) => value switch
    {
        string text => DateTimeOffset.ParseExact(text, InstantFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),

        // The database knows no offset: what stands there is UTC whatever kind the client gives it.
        DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
        DateTimeOffset instant => instant.ToUniversalTime(),
        _ => throw new InvalidCastException("Not a column of instants."),
    };

    /// <summary>The value as SQLite stores it.</summary>
    public static object ToSqlite(object? value) => value switch
    {
        null => DBNull.Value,
        DateOnly date => ToText(date),
        DateTimeOffset instant => ToText(instant),
        bool flag => flag ? 1L : 0L,
        _ => value,
    };

    /// <summary>The value as SqlClient takes it in bulk.</summary>
    public static object ToSqlServer(object? value) => value switch
    {
        null => DBNull.Value,
        DateOnly date => date.ToDateTime(TimeOnly.MinValue),
        DateTimeOffset instant => ToUtc(instant),
        _ => value,
    };

    private static DateTime ToUtc(DateTimeOffset instant) => instant.UtcDateTime.AddTicks(-(instant.UtcTicks % TimeSpan.TicksPerMillisecond));

    private sealed class DateHandler : SqlMapper.ITypeHandler
    {
        public void SetValue(IDbDataParameter parameter, object value)
        {
            var date = value as DateOnly?;
            if (parameter is SqliteParameter)
            {
                parameter.Value = date is { } d ? ToText(d) : DBNull.Value;
            }
            else
            {
                parameter.DbType = DbType.Date;
                parameter.Value = ToSqlServer(date);
            }
        }

        public object Parse(Type destinationType, object value) => ToDate(value);
    }

    private sealed class InstantHandler : SqlMapper.ITypeHandler
    {
        public void SetValue(IDbDataParameter parameter, object value)
        {
            var instant = value as DateTimeOffset?;
            if (parameter is SqliteParameter)
            {
                parameter.Value = instant is { } i ? ToText(i) : DBNull.Value;
            }
            else
            {
                parameter.DbType = DbType.DateTime2;
                parameter.Value = ToSqlServer(instant);
            }
        }

        public object Parse(Type destinationType, object value) => ToInstant(value);
    }
}
