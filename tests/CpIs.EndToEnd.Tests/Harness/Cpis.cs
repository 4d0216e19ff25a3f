using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CpIs.Storage;
using Microsoft.Data.Sqlite;

namespace CpIs.EndToEnd.Tests.Harness;

/// <summary>The built program, run as a process on a data folder of its own that is deleted at the end.</summary>
public sealed class Cpis : IDisposable
{
    /// <summary>In place of an expected exit code: 0 or 5, where it is not what a test is about whether an operator is needed.</summary>
    public const int DoneInAnyCase = -1;

    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "cpis.dll");
    private readonly Dictionary<string, string> _environment = [];

    private readonly CouncilServer? _server;
    private bool _isReady;

    /// <param name="embedded">True where a test is about the embedded database itself, whatever server is named.</param>
    /// <param name="server">A SQL Server to use; without it that which CPIS_TEST_SQLSERVER names, and else the embedded database.</param>
    public Cpis(bool embedded = false, string? server = null)
    {
        server ??= embedded ? null : Environment.GetEnvironmentVariable(CouncilServer.Variable);
        if (!string.IsNullOrWhiteSpace(server))
        {
            _server = new CouncilServer(server);
            Configure("CPIS__Database__Provider", "sqlserver");
            Configure("CPIS__Database__ConnectionString", _server.ConnectionString);
        }

        Root = Directory.CreateTempSubdirectory("cpis-e2e-").FullName;
        Data = Path.Combine(Root, "data");
        Source = new CouncilFiles(Path.Combine(Root, "source"));
        CpIs = new CpIsSide(Outbox, Inbox);
    }

    public string Root { get; }

    public string Data { get; }

    public string Outbox => Path.Combine(Data, "outbox");

    public string Inbox => Path.Combine(Data, "inbox");

    public string DatabasePath => Path.Combine(Data, "cpis.db");

    /// <summary>The council's care data, as the files that <c>db load</c> takes.</summary>
    public CouncilFiles Source { get; }

    /// <summary>The other side of the folder transport.</summary>
    public CpIsSide CpIs { get; }

    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Sets a configuration key for all further runs, as <c>CPIS__SECTION__KEY</c>.</summary>
    public void Configure(string key, string value) => _environment[key] = value;

    /// <summary>Of the council's database, when a SQL Server holds it.</summary>
    public string ServerConnectionString => _server?.ConnectionString ?? throw new InvalidOperationException("The database is embedded.");

    /// <summary>True when a SQL Server holds the council's database.</summary>
    public bool IsOnServer => _server is not null;

    /// <summary>The council's database, for what a test does in the program's place.</summary>
    public Database OpenDatabase() => IsOnServer ? new Database("sqlserver", ServerConnectionString) : new Database("sqlite", $"Data Source={DatabasePath}");

    /// <summary>Runs a command to its end. On SQL Server the council itself loads its tables.</summary>
    public Finished Run(params string[] arguments)
    {
        if (_server is not null && arguments is ["db", "load", "--from", var folder])
        {
            if (!_isReady)
            {
                // As db load itself does with the embedded database.
                RunIn(Root, ["db", "init", "--data", Data]).ShouldExit(0);
                _isReady = true;
            }

            _server.Load(folder);
            return new Finished(0, string.Empty, string.Empty, string.Join(' ', arguments));
        }

        return RunIn(Root, [.. arguments, "--data", Data]);
    }

    /// <summary>Runs a command on a business date and reads its JSON result.</summary>
    public JsonElement Json(int expectedExit, string asOf, params string[] arguments)
    {
        var finished = Run([.. arguments, "--as-of", asOf, "--json"]);
        if (expectedExit != DoneInAnyCase || finished.ExitCode is not (0 or 5))
        {
            finished.ShouldExit(expectedExit);
        }

        return JsonDocument.Parse(finished.Output).RootElement;
    }

    /// <summary>Loads the council's files and runs a night.</summary>
    public Night Nightly(string asOf, int expectedExit = 0, params string[] options)
    {
        Source.Write();
        Run("db", "load", "--from", Source.Folder).ShouldExit(0);
        return new Night(this, Json(expectedExit, asOf, ["nightly", .. options]));
    }

    public Process Start(params string[] arguments) => Process.Start(StartInfo(Root, [.. arguments, "--data", Data]))!;

    public Finished RunIn(string folder, string[] arguments)
    {
        using var process = Process.Start(StartInfo(folder, arguments))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"cpis {arguments[0]} did not end.");
        }

        return new Finished(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult(), string.Join(' ', arguments));
    }

    /// <summary>Reads rows of the council's database, every value as text (null as an empty one).</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Query(string sql)
    {
        if (_server is not null)
        {
            return _server.Query(sql);
        }

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = DatabasePath, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<IReadOnlyDictionary<string, string>>();
        while (reader.Read())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(
                reader.GetName,
                i => reader.IsDBNull(i) ? string.Empty : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture)!));
        }

        return rows;
    }

    public void Execute(string sql)
    {
        if (_server is not null)
        {
            _server.Execute(sql);
            return;
        }

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = DatabasePath, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _server?.Dispose();
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // A folder left in the temporary directory fails no test.
        }
    }

    /// <summary>A time column a day later, as this database says it.</summary>
    public string DayAfter(string column) => IsOnServer ? $"DATEADD(DAY, 1, {column})" : $"strftime('%Y-%m-%dT%H:%M:%fZ', {column}, '+1 day')";

    /// <summary>Keeps the database as it is now under a name.</summary>
    public void BackUp(string name)
    {
        if (_server is not null)
        {
            _server.BackUp(name);
            return;
        }

        using var from = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        using var to = new SqliteConnection($"Data Source={BackupPath(name)};Pooling=False");
        from.Open();
        to.Open();
        from.BackupDatabase(to);
    }

    /// <summary>Makes the database what it was when it was backed up; on a server the engine's tables, since the council's are its own.</summary>
    public void Restore(string name)
    {
        if (_server is not null)
        {
            _server.Restore(name);
            return;
        }

        foreach (var file in Directory.GetFiles(Data, "cpis.db*"))
        {
            File.Delete(file);
        }

        File.Copy(BackupPath(name), DatabasePath);
    }

    private string BackupPath(string name) => Path.Combine(Root, name + "-backup.db");

    private ProcessStartInfo StartInfo(string folder, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [s_program, .. arguments])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (key, value) in _environment)
        {
            start.Environment[key] = value;
        }

        return start;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CpIs.Batch.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}

/// <summary>A process that has ended.</summary>
public sealed record Finished(int ExitCode, string Output, string Error, string Command)
{
    public void ShouldExit(int expected)
    {
        if (ExitCode != expected)
        {
            Assert.Fail($"cpis {Command}\nended with {ExitCode}, not {expected}.\n{Error}\n{Output}");
        }
    }
}

/// <summary>The result of <c>nightly --json</c>, with its decisions.</summary>
public sealed class Night
{
    public Night(Cpis cpis, JsonElement json)
    {
        Json = json;
        var folder = json.GetProperty("transform_dir").GetString()!;
        Decisions = CsvTable.Read(Path.Combine(Path.IsPathRooted(folder) ? folder : Path.Combine(cpis.Root, folder), "decisions.csv"));
    }

    public JsonElement Json { get; }

    public IReadOnlyList<IReadOnlyDictionary<string, string>> Decisions { get; }

    public int Files => Json.GetProperty("files").GetArrayLength();

    /// <summary>All decisions as <c>person plan-type decision[:reason]</c>, in file order.</summary>
    public IReadOnlyList<string> Summary =>
        [.. Decisions.Select(d => $"{d["person_id"]} {d["plan_type"]} {d["decision"]}{(d["reason"].Length > 0 ? ":" + d["reason"] : string.Empty)}")];

    public IReadOnlyDictionary<string, string> Of(string person, string planType) =>
        Decisions.Single(d => d["person_id"] == person && d["plan_type"] == planType);
}
