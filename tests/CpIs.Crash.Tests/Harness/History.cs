using System.Globalization;

namespace CpIs.Crash.Tests.Harness;

/// <summary>What befalls one run of a night.</summary>
/// <param name="Point">The point, <c>NAME#K</c>; null for a kill from outside.</param>
/// <param name="Fault">The fault at the point; null to be killed there.</param>
/// <param name="After">When the signal from outside comes.</param>
/// <param name="Signal">Which it is.</param>
public sealed record Blow(string? Point, string? Fault = null, TimeSpan After = default, int Signal = Engine.SigKill)
{
    public override string ToString() => Point is null
        ? string.Create(CultureInfo.InvariantCulture, $"signal {Signal} after {After.TotalMilliseconds} ms")
        : Fault is null ? Point : $"{Point}:{Fault}";
}

/// <summary>What befalls a history.</summary>
/// <param name="Nights">The blows of each night, one after the other; when a run ends well the night is over.</param>
/// <param name="TakeAtOnce">CP-IS takes what it can see after each blow, not only when the night is over.</param>
public sealed record Misfortune(IReadOnlyList<IReadOnlyList<Blow>> Nights, bool TakeAtOnce)
{
    public static Misfortune None { get; } = new([[], [], []], TakeAtOnce: false);

    public override string ToString() =>
        string.Join("; ", Nights.Select((n, i) => $"night {i + 1}: {string.Join(", then ", n)}")) + (TakeAtOnce ? " (taken at once)" : "");
}

/// <summary>How a history ended.</summary>
/// <param name="Struck">The blows that came about, with the night.</param>
/// <param name="Missed">Those whose point was not met.</param>
/// <param name="Points">The points of each night, where they were recorded.</param>
/// <param name="Problems">Everything that must not be.</param>
public sealed record Ending(
    IReadOnlyList<string> State,
    IReadOnlyList<int> ExitCodes,
    IReadOnlyList<(int Night, Blow Blow)> Struck,
    IReadOnlyList<(int Night, Blow Blow)> Missed,
    IReadOnlyList<IReadOnlyList<string>> Points,
    IReadOnlyList<string> Problems);

/// <summary>Three nights of an invented council on a data folder of their own.</summary>
public sealed class History : IDisposable
{
    /// <summary>The last is so late that what was not answered counts as lost (rule U9).</summary>
    public static readonly IReadOnlyList<DateOnly> Days = [new(2026, 3, 10), new(2026, 3, 11), new(2026, 3, 15)];

    private const string Settings = """
        {
          "Authority": { "Code": "T77", "OdsCode": "T77", "Name": "Test Council", "OfficePhone": "01632960001", "EmergencyDutyPhone": "01632960002" },
          "Payload": { "Formats": [ "flat", "hl7v3" ], "MaxRecordsPerFile": 5 },
          "Transport": {
            "Kind": "KIND",
            "MeshClient": { "Root": "mesh", "Mailbox": "T77OT001", "Recipient": "CPIS",
              "WorkflowIds": { "Upload": "WF_UP", "Acknowledgement": "WF_IN", "Access": "WF_IN", "Inactive": "WF_IN" } }
          }
        }
        """;

    private const int MostReruns = 4;
    private readonly string _root = Directory.CreateTempSubdirectory("cpis-crash-").FullName;
    private readonly IReadOnlyList<CareData> _nights;
    private readonly bool _mesh;
    private readonly int _seed;

    private History(int seed, bool mesh)
    {
        _nights = new Council(seed).Nights(Days);
        (_seed, _mesh) = (seed, mesh);
        Engine = new Engine(_root);
        Directory.CreateDirectory(Engine.Data);
        File.WriteAllText(Path.Combine(_root, "cpis.json"), Settings.Replace("KIND", mesh ? "mesh-client" : "folder", StringComparison.Ordinal));
        Database = new Database(Path.Combine(Engine.Data, "cpis.db"));
        CpIs = new OtherSide(Engine.Data, mesh, seed);
    }

    public Engine Engine { get; }

    public Database Database { get; }

    public OtherSide CpIs { get; }

    /// <summary>A council before its first night.</summary>
    public static async Task<History> CreateAsync(int seed, bool mesh = false)
    {
        var history = new History(seed, mesh);
        var ended = await history.Engine.RunAsync(null, "db", "init", "--quiet");
        if (ended.ExitCode != 0)
        {
            throw new InvalidOperationException(ended.Error);
        }

        return history;
    }

    /// <summary>Lives through the three nights.</summary>
    /// <param name="record">Lists the points met, which takes longer.</param>
    public static async Task<Ending> LiveAsync(int seed, bool mesh, Misfortune misfortune, bool record = false)
    {
        using var history = await CreateAsync(seed, mesh);
        return await history.LiveAsync(misfortune, record);
    }

    /// <summary>The same council once more, as its data folder is now, on a folder of its own.</summary>
    public History Copy()
    {
        var copy = new History(_seed, _mesh);
        foreach (var folder in Directory.EnumerateDirectories(Engine.Data, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(copy.Engine.Data, Path.GetRelativePath(Engine.Data, folder)));
        }

        foreach (var file in Directory.EnumerateFiles(Engine.Data, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            File.Copy(file, Path.Combine(copy.Engine.Data, Path.GetRelativePath(Engine.Data, file)));
        }

        return copy;
    }

    public void LoadNight(int night) => Database.Load(_nights[night]);

    public static string DayOf(int night) => Days[night].ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public Task<Ended> NightlyAsync(int night, IReadOnlyDictionary<string, string>? environment = null) =>
        Engine.RunAsync(environment, "nightly", "--as-of", DayOf(night), "--quiet");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private async Task<Ending> LiveAsync(Misfortune misfortune, bool record)
    {
        var (exitCodes, points, problems) = (new List<int>(), new List<IReadOnlyList<string>>(), new List<string>());
        var (struck, missed) = (new List<(int, Blow)>(), new List<(int, Blow)>());
        for (var night = 0; night < Days.Count; night++)
        {
            LoadNight(night);
            var delivered = CpIs.Files.Count;
            Ended? ended = null;
            foreach (var blow in misfortune.Nights[night])
            {
                bool came;
                (ended, came) = await StrikeAsync(night, blow);
                (came ? struck : missed).Add((night, blow));
                if (!came)
                {
                    problems.AddRange(Unless(ended.ExitCode is 0 or 5, $"night {night + 1}, {blow}: exit code {ended.ExitCode}: {ended.Error}"));
                    break;
                }

                if (misfortune.TakeAtOnce)
                {
                    CpIs.Take();
                }

                problems.AddRange(EndState.Faults(Database, CpIs, Engine.Data, runEnded: false).Select(f => $"night {night + 1}, after {blow}: {f}"));
                if (blow.Fault is not null && ended.ExitCode is 0 or 5)
                {
                    // The run could do without: the night is over.
                    break;
                }

                problems.AddRange(Unless(blow.Fault is null || ended.ExitCode == 3, $"night {night + 1}, {blow}: exit code {ended.ExitCode}: {ended.Error}"));
                ended = null;
            }

            var list = Path.Combine(_root, "points");
            File.Delete(list);
            for (var i = 0; ended?.ExitCode is not (0 or 5) && i < MostReruns; i++)
            {
                ended = await NightlyAsync(night, record ? Engine.With("CPIS_CRASH_RECORD", list) : null);
                problems.AddRange(Unless(ended.ExitCode is 0 or 5, $"night {night + 1}, run again: exit code {ended.ExitCode}: {ended.Error}"));
            }

            CpIs.Take();
            exitCodes.Add(ended!.ExitCode);
            points.Add(record ? await File.ReadAllLinesAsync(list) : []);
            problems.AddRange(EndState.Faults(Database, CpIs, Engine.Data, runEnded: true).Select(f => $"after night {night + 1}: {f}"));
            var files = CpIs.EndNight(delivered);
            if (night < Days.Count - 1)
            {
                CpIs.Answer(night, files);
            }
        }

        return new Ending(EndState.Of(Database, CpIs, Engine.Data), exitCodes, struck, missed, points, problems);
    }

    /// <returns>How the run ended, and whether the blow came about: a signal may come before the program has said what it does with it.</returns>
    private async Task<(Ended Ended, bool Came)> StrikeAsync(int night, Blow blow)
    {
        if (blow.Fault is not null)
        {
            var met = Path.Combine(_root, "fault-met");
            File.Delete(met);
            return (await NightlyAsync(night, new Dictionary<string, string> { ["CPIS_FAULT_AT"] = $"{blow.Point}:{blow.Fault}", ["CPIS_FAULT_MET"] = met }), File.Exists(met));
        }

        if (blow.Point is not null)
        {
            var ended = await NightlyAsync(night, Engine.With("CPIS_CRASH_AT", blow.Point));
            return (ended, ended.WasKilled);
        }

        using var running = Engine.Start(null, "nightly", "--as-of", DayOf(night), "--quiet");
        await Task.WhenAny(running.EndAsync(), Task.Delay(blow.After));
        running.Signal(blow.Signal);
        var stopped = await running.EndAsync();
        return (stopped, stopped.ExitCode == 128 + blow.Signal || (blow.Signal != Engine.SigKill && stopped.ExitCode == 130));
    }

    private static IEnumerable<string> Unless(bool condition, string problem) => condition ? [] : [problem];
}
