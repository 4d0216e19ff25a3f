using System.Data.Common;
using CpIs.Domain.Source;

namespace CpIs.Storage.Workspaces;

/// <summary>How values stand in the workspace: dates as day numbers, instants as UTC ticks, flags as 0 and 1.</summary>
internal static class Cells
{
    public static object? Of(DateOnly? date) => date?.DayNumber;

    public static object? Of(DateTimeOffset? instant) => instant?.UtcTicks;

    public static string? Text(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static DateOnly Day(this DbDataReader row, int column) => DateOnly.FromDayNumber(row.GetInt32(column));

    public static DateOnly? DayOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.Day(column);

    public static DateTimeOffset Time(this DbDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    public static DateTimeOffset? TimeOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    public static bool Flag(this DbDataReader row, int column) => row.GetInt64(column) != 0;

    /// <summary>Person columns from <paramref name="at"/> on, without the id.</summary>
    public static Person Person(this DbDataReader row, string personId, int at) => new(
        personId,
        row.Text(at),
        row.Text(at + 1),
        row.Text(at + 2),
        row.DayOrNull(at + 3),
        row.Flag(at + 4),
        row.DayOrNull(at + 5),
        row.Text(at + 6),
        row.Text(at + 7),
        row.Text(at + 8),
        row.Text(at + 9),
        row.TimeOrNull(at + 10));

    public static Plan Plan(this DbDataReader row, int at) => new(
        row.GetString(at), row.GetString(at + 1), row.DayOrNull(at + 2), row.DayOrNull(at + 3), row.Flag(at + 4), row.Flag(at + 5), row.TimeOrNull(at + 6));

    public static LegalStatus LegalStatus(this DbDataReader row, int at) => new(
        row.GetString(at), row.GetString(at + 1), row.GetString(at + 2), row.DayOrNull(at + 3), row.DayOrNull(at + 4), row.Flag(at + 5), row.TimeOrNull(at + 6));

    public static Worker Worker(this DbDataReader row, int at) => new(row.GetString(at), row.Text(at + 1), row.Text(at + 2), row.Flag(at + 3));

    public static SetAsideRow SetAside(this DbDataReader row, int at) => new(
        (SourceTable)row.GetInt32(at), row.GetString(at + 1), row.Text(at + 2), row.Text(at + 3), row.Text(at + 4), row.GetString(at + 5));
}
