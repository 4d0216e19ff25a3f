using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace CpIs.Schedule.Tests.Harness;

/// <summary>A folder of one test with councils in it, and the built program run there as processes.</summary>
internal sealed class Rig : IDisposable
{
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "cpis.dll");
    private readonly List<Node> _nodes = [];
    private DateTimeOffset? _soon;

    public string Root { get; } = Directory.CreateTempSubdirectory("cpis-schedule-").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public string Path_(params string[] parts) => Path.Combine([Root, .. parts]);

    public string Write(string name, string content)
    {
        var path = Path_(name.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>A job file whose time is a moment of today, in UTC.</summary>
    public void JobAt(string name, DateTimeOffset time, string command = "nightly", string more = "") => Write(
        $"jobs/{name}.json",
        string.Create(CultureInfo.InvariantCulture, $$"""{ "Name": "{{name}}", "Cron": "{{time.Second}} {{time.Minute}} {{time.Hour}} {{time.Day}} {{time.Month}} ?", "TimeZone": "UTC", "Command": "{{command}}", "Options": [ "--quiet" ]{{more}} }"""));

    /// <summary>A job of every minute, for the first time in some seconds: a machine that is too slow for that meets the next minute.</summary>
    public void JobSoon(string name, string command = "nightly") => Write(
        $"jobs/{name}.json",
        string.Create(CultureInfo.InvariantCulture, $$"""{ "Name": "{{name}}", "Cron": "{{Soon.Second}} * * * * ?", "Command": "{{command}}", "Options": [ "--quiet" ], "MisfirePolicy": "run-once" }"""));

    /// <summary>Runs a command to its end.</summary>
    public (int ExitCode, string Out, string Error) Run(params string[] arguments)
    {
        using var process = Process.Start(StartInfo(arguments))!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"cpis {arguments[0]} did not end.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Starts the program and leaves it running.</summary>
    public Node Start(params string[] arguments)
    {
        var node = new Node(Process.Start(StartInfo(arguments))!);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Makes a data folder with the sample council in it.</summary>
    public void CreateCouncil(string data)
    {
        Run("db", "init", "--data", data, "--quiet").ExitCode.ShouldBe(0);
        Run("db", "load", "--data", data, "--from", Repository.File("samples", "council"), "--quiet").ExitCode.ShouldBe(0);
    }

    /// <summary>Rows of a council's database, every value as text.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Query(string data, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(data, "cpis.db"), Pooling = false, Mode = SqliteOpenMode.ReadWrite }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<IReadOnlyDictionary<string, string>>();
        while (reader.Read())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(
                reader.GetName, i => reader.IsDBNull(i) ? string.Empty : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture)!));
        }

        return rows;
    }

    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Runs(string data, string command = "nightly") =>
        Query(data, $"SELECT run_id, status, exit_code, as_of, started_at FROM cpis_run WHERE command = '{command}' ORDER BY run_number");

    /// <summary>Looks again and again until something is true.</summary>
    public static async Task UntilAsync(Func<bool> isTrue, TimeSpan deadline, Func<string> what)
    {
        var clock = Stopwatch.StartNew();
        while (!isTrue())
        {
            if (clock.Elapsed > deadline)
            {
                throw new TimeoutException(what());
            }

            await Task.Delay(50);
        }
    }

    public void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.Dispose();
        }

        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // A folder left in the temporary directory fails no test.
        }
    }

    /// <summary>The same for all jobs of one test.</summary>
    private DateTimeOffset Soon => _soon ??= DateTimeOffset.UtcNow.AddSeconds(10);

    private ProcessStartInfo StartInfo(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [s_program, .. arguments])
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}

/// <summary>A program that goes on running; ended with all its processes at the end of the test.</summary>
internal sealed class Node : IDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();

    public Node(Process process)
    {
        Process = process;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Process Process { get; }

    public string Said => string.Join('\n', _lines);

    /// <summary>Waits until it has said that it runs.</summary>
    public async Task StartedAsync()
    {
        await Rig.UntilAsync(
            () => Process.HasExited || Said.Contains("Stop with Ctrl-C", StringComparison.Ordinal), TimeSpan.FromSeconds(60), () => $"The scheduler did not start: {Said}");
        Process.HasExited.ShouldBeFalse(Said);
    }

    /// <summary>Asks it to stop, as systemd does, and waits for its end.</summary>
    public async Task<int> StopAsync(string signal = "TERM")
    {
        using (var kill = Process.Start("kill", [$"-{signal}", Process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return Process.ExitCode;
    }

    public void Dispose()
    {
        try
        {
            Process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }

        Process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is not null)
        {
            _lines.Enqueue(e.Data);
        }
    }
}

/// <summary>Where the repository's own files lie.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(folder, "CpIs.Batch.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder;
    }
}
