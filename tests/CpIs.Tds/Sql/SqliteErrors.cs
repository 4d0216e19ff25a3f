using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CpIs.Tds.Sql;

/// <summary>What SQLite reports, as SQL Server would.</summary>
internal static class SqliteErrors
{
    public static Exception Translate(SqliteException e, Session session, Change? change)
    {
        if (Functions.Raised(e) is { } raised)
        {
            return raised;
        }

        var text = e.Message;
        var database = session.Database.Name;
        var target = change?.Target;
        switch (e.SqliteExtendedErrorCode)
        {
            case raw.SQLITE_CONSTRAINT_NOTNULL:
            {
                var (table, column) = Split(After(text, "failed: "));
                return new SqlError(515, $"Cannot insert the value NULL into column '{column}', table '{database}.{target?.FullName ?? table}'; column does not allow nulls. {Verb(change)} fails.", state: 2);
            }

            case raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_PRIMARYKEY or raw.SQLITE_CONSTRAINT_ROWID:
                return Unique(After(text, "failed: "), session, target);
        }

        switch (e.SqliteErrorCode)
        {
            case raw.SQLITE_BUSY when session.Isolation == Isolation.Snapshot:
                return new SqlError(3960, "Snapshot isolation transaction aborted due to update conflict. You cannot use snapshot isolation to access this table directly or indirectly in this database to update, delete, or insert a row that has been modified or deleted by another transaction. Retry the transaction or change the isolation level for the update/delete statement.", state: 2);
            case raw.SQLITE_FULL:
                return new SqlError(9002, $"The transaction log for database '{database}' is full due to 'LOG_BACKUP'.", 17);
            default:
                return text.Contains("no such table", StringComparison.Ordinal)
                    ? SqlError.InvalidObject(After(text, "no such table: "))
                    : new SqlError(50000, "this stand-in failed: " + text);
        }
    }

    private static SqlError Unique(string what, Session session, Relation? target)
    {
        var relations = target is null ? [.. session.Catalog.Relations.Values] : new[] { target };
        if (what.StartsWith("index '", StringComparison.Ordinal))
        {
            var name = what[7..].TrimEnd('\'');
            foreach (var relation in relations)
            {
                if (relation.Indexes.FirstOrDefault(i => $"{relation.FullName}.{i.Name}".Equals(name, StringComparison.OrdinalIgnoreCase)) is { } index)
                {
                    return Duplicate(relation, index);
                }
            }
        }

        var columns = what.Split(", ").Select(c => Split(c).Column).ToList();
        foreach (var relation in relations)
        {
            var found = relation.Indexes.FirstOrDefault(i => i.IsUnique && i.Columns.Length == columns.Count
                && i.Columns.All(c => columns.Contains(relation.Find(c.Name)!.SqlName, StringComparer.OrdinalIgnoreCase)));
            if (found is not null && (target is not null || what.StartsWith(relation.FullName + ".", StringComparison.OrdinalIgnoreCase)))
            {
                return Duplicate(relation, found);
            }
        }

        return new(2627, $"Violation of UNIQUE KEY constraint. Cannot insert duplicate key in object '{what}'.", 14);
    }

    private static SqlError Duplicate(Relation relation, Index index) => index.IsPrimaryKey || index.IsConstraint
        ? new(2627, $"Violation of {(index.IsPrimaryKey ? "PRIMARY KEY" : "UNIQUE KEY")} constraint '{index.Name}'. Cannot insert duplicate key in object '{relation.FullName}'.", 14)
        : new(2601, $"Cannot insert duplicate key row in object '{relation.FullName}' with unique index '{index.Name}'.", 14);

    private static string After(string text, string mark)
    {
        var at = text.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? text : text[(at + mark.Length)..].TrimEnd('.', '\'');
    }

    private static (string Table, string Column) Split(string name)
    {
        var at = name.LastIndexOf('.');
        return at < 0 ? ("", name) : (name[..at], name[(at + 1)..]);
    }

    private static string Verb(Change? change) => change is null || change.Sql.Contains("INSERT", StringComparison.Ordinal) ? "INSERT" : "UPDATE";
}
