using System.Data.Common;
using System.Globalization;
using System.Text;
using CpIs.Files;
using Microsoft.Data.SqlClient;

namespace CpIs.Batch.Logging;

/// <summary>
/// Describes an exception without repeating data. Messages of libraries often quote what they could not read (a cell, a key value),
/// so only our own messages and those of the file system, which name paths, are kept; of the others the type and the stack remain.
/// </summary>
internal static class SafeExceptionText
{
    /// <summary>One line: what went wrong.</summary>
    public static string Summary(Exception exception) => exception switch
    {
        _ when IsOurs(exception) => exception.Message,
        _ when FileFault.Is(exception) => FileFault.InWords(exception),
        SqlException server => string.Create(CultureInfo.InvariantCulture, $"SQL Server error {server.Number}, class {server.Class}, state {server.State}, line {server.LineNumber}."),
        DbException database => string.Create(CultureInfo.InvariantCulture, $"Database error {database.GetType().Name} {database.ErrorCode}."),
        _ => $"Unexpected error ({exception.GetType().Name}).",
    };

    /// <summary>All of it, with inner exceptions and stacks, for the log file.</summary>
    public static string Full(Exception exception)
    {
        var text = new StringBuilder();
        for (var e = exception; e is not null; e = e.InnerException)
        {
            text.Append(e == exception ? string.Empty : "Caused by ").Append(e.GetType().FullName).Append(": ").AppendLine(Summary(e)).AppendLine(e.StackTrace);
        }

        return text.ToString().TrimEnd();
    }

    private static bool IsOurs(Exception exception) =>
        exception.GetType().Namespace is { } name && (name == "CpIs" || name.StartsWith("CpIs.", StringComparison.Ordinal));
}
