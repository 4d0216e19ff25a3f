using System.Globalization;
using Microsoft.Data.Sqlite;

namespace CpIs.Crash.Tests.Harness;

/// <summary>The council's database as the tests see it.</summary>
public sealed class Database(string path)
{
    public string Path { get; } = path;

    /// <summary>Replaces the care data, as the care system would: in one transaction.</summary>
    public void Load(CareData care)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction();
        foreach (var (table, rows) in new[] { ("care_person", care.People), ("care_plan", care.Plans), ("care_legal_status", care.Statuses), ("care_worker", care.Workers) })
        {
            using var delete = connection.CreateCommand();
            delete.CommandText = "DELETE FROM " + table;
            delete.ExecuteNonQuery();
            foreach (var row in rows)
            {
                using var insert = connection.CreateCommand();
                insert.CommandText = $"INSERT INTO {table} VALUES ({string.Join(", ", row.Select((_, i) => "@p" + i.ToString(CultureInfo.InvariantCulture)))})";
                for (var i = 0; i < row.Length; i++)
                {
                    insert.Parameters.AddWithValue("@p" + i.ToString(CultureInfo.InvariantCulture), (object?)row[i] ?? DBNull.Value);
                }

                insert.ExecuteNonQuery();
            }
        }

        transaction.Commit();
    }

    /// <summary>Rows as text, cell by cell; null as <c>-</c>.</summary>
    public IReadOnlyList<string[]> Rows(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "-" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture)!)]);
        }

        return rows;
    }

    /// <summary>Keeps everybody else from writing until it is disposed of.</summary>
    public IDisposable LockForWriting()
    {
        var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
