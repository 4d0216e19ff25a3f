using System.Text;
using CpIs.Storage.Providers;
using Microsoft.Data.Sqlite;

namespace CpIs.Storage.Workspaces;

/// <summary>
/// The workspace's file: a SQLite database in one transaction that is never committed. On POSIX it loses its name before any data is in
/// it, so that nothing of it stays, however the process ends.
/// </summary>
internal sealed partial class WorkspaceFile : IAsyncDisposable
{
    private readonly SqliteProvider _provider;
    private readonly SqliteConnection _connection;
    private readonly List<SqliteInsert> _inserts = [];
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    private WorkspaceFile(SqliteProvider provider, SqliteConnection connection)
    {
        _provider = provider;
        _connection = connection;
    }

    public static async Task<WorkspaceFile> CreateAsync(string path, CancellationToken cancellationToken)
    {
        var provider = new SqliteProvider(new SqliteConnectionStringBuilder { DataSource = path }.ToString(), "workspace");
        SqliteConnection? connection = null;
        try
        {
            connection = (SqliteConnection)await provider.OpenAsync(create: true, cancellationToken);

            // SQLite compares text as UTF-8 bytes; ordinal order is that of UTF-16 units.
            connection.CreateFunction("ordinal_key", (string text) => Encoding.BigEndianUnicode.GetBytes(text), isDeterministic: true);
            var file = new WorkspaceFile(provider, connection);
            file.Execute("load/create");
            Reach("created", path);
            if (!OperatingSystem.IsWindows())
            {
                // There is no journal, which SQLite would look for by the name.
                File.Delete(path);
            }

            return file;
        }
        catch
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }

            File.Delete(path);
            throw;
        }
    }

    public void Execute(string name, params ReadOnlySpan<(string Name, object? Value)> parameters) => Prepared(name, parameters).ExecuteNonQuery();

    /// <summary>A cursor over the rows of a statement; several may be open at a time.</summary>
    public Cursor Open(string name, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = Command(name);
        SetParameters(command, parameters);
        return new Cursor(command);
    }

    /// <summary>The first row, read; null when there is none.</summary>
    public T? First<T>(string name, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var reader = Prepared(name, parameters).ExecuteReader();
        return reader.Read() ? read(reader) : default;
    }

    /// <summary>All rows, read; for short lists.</summary>
    public List<T> List<T>(string name, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var reader = Prepared(name, parameters).ExecuteReader();
        var list = new List<T>();
        while (reader.Read())
        {
            list.Add(read(reader));
        }

        return list;
    }

    /// <summary>A prepared INSERT that lives as long as the file.</summary>
    public SqliteInsert Insert(string table, params string[] columns)
    {
        var insert = new SqliteInsert(_connection, null, new BulkTable(table, columns));
        _inserts.Add(insert);
        return insert;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var insert in _inserts)
        {
            await insert.DisposeAsync();
        }

        foreach (var command in _commands.Values)
        {
            await command.DisposeAsync();
        }

        await _connection.DisposeAsync();
        Reach("before-delete", _provider.File);
        if (OperatingSystem.IsWindows())
        {
            File.Delete(_provider.File);
        }
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    static partial void Reach(string point, string path);

    private SqliteCommand Prepared(string name, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(name, out var command))
        {
            command = Command(name);
            _commands.Add(name, command);
        }

        SetParameters(command, parameters);
        return command;
    }

    private SqliteCommand Command(string name)
    {
        var command = _connection.CreateCommand();
        command.CommandText = _provider.Sql.Named(name);
        return command;
    }

    private static void SetParameters(SqliteCommand command, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        command.Parameters.Clear();
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue("@" + name, SqlTypes.ToSqlite(value));
        }
    }

    /// <summary>Rows one after the other. It stands on the first row, or at the end, from the start.</summary>
    internal sealed class Cursor : IDisposable
    {
        private readonly SqliteCommand _command;
        private readonly AllocationBudget _budget = new();

        public Cursor(SqliteCommand command)
        {
            _command = command;
            Row = command.ExecuteReader();
            Next();
        }

        public SqliteDataReader Row { get; }

        public bool AtEnd { get; private set; }

        public void Next()
        {
            AtEnd = !Row.Read();
            _budget.Check();
        }

        public void Dispose()
        {
            Row.Dispose();
            _command.Dispose();
        }
    }
}
