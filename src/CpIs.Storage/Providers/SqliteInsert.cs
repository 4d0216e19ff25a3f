using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;

namespace CpIs.Storage.Providers;

/// <summary>One prepared INSERT, used again and again. The text is made of a table's and its columns' names alone.</summary>
internal sealed class SqliteInsert : IAsyncDisposable
{
    private readonly SqliteCommand _command;
    private readonly AllocationBudget _budget = new();

    public SqliteInsert(SqliteConnection connection, SqliteTransaction? transaction, BulkTable table)
    {
        _command = connection.CreateCommand();
        _command.Transaction = transaction;
        var columns = new StringBuilder();
        var values = new StringBuilder();
        for (var i = 0; i < table.Columns.Count; i++)
        {
            var parameter = string.Create(CultureInfo.InvariantCulture, $"@p{i}");
            columns.Append(i == 0 ? "" : ", ").Append(table.Columns[i]);
            values.Append(i == 0 ? "" : ", ").Append(parameter);
            _command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        _command.CommandText = $"INSERT INTO {table.Name} ({columns}) VALUES ({values})";
        _command.Prepare();
    }

    /// <param name="row">Values in the order of the columns.</param>
    public void Add(params ReadOnlySpan<object?> row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            _command.Parameters[i].Value = SqlTypes.ToSqlite(row[i]);
        }

        _command.ExecuteNonQuery();
        _budget.Check();
    }

    public ValueTask DisposeAsync() => _command.DisposeAsync();
}
