using System.Globalization;
using CpIs.Batch.Commands;
using CpIs.CrashEngine;
using CpIs.Domain.Ledger;
using CpIs.EndToEnd.Tests.Harness;
using Microsoft.Data.Sqlite;

namespace CpIs.Model.Tests;

/// <summary>Something is not as the rules say. The message names our own ids only.</summary>
internal sealed class RuleBrokenException(string message) : Exception(message);

/// <summary>
/// A council, its engine (the program itself, with its database and folders) and a CP-IS in memory, to which a history happens. After each
/// run what it did is held against <see cref="Rules"/>.
/// </summary>
internal sealed partial class World : IAsyncDisposable
{
    private const int MaxVanished = 3;

    /// <summary>Where there is no exit code.</summary>
    private const int Dead = 137;
    private static readonly Lazy<string> s_template = new(MakeTemplate);

    private readonly DecidedOnly? _decidedOnly;
    private readonly string _root = string.Empty;
    private readonly CpIsSide _side;
    private readonly SqliteConnection _connection = null!;
    private readonly List<string> _story = [];
    private readonly List<(DateTimeOffset Due, Action Deliver)> _late = [];
    private readonly Dictionary<long, List<Told>> _made = [];
    private readonly Dictionary<long, IReadOnlyList<Uploaded>> _written = [];
    private readonly SortedDictionary<long, DateTimeOffset> _handed = [];
    private readonly HashSet<long> _taken = [];
    private readonly Dictionary<(long File, int Position), string> _refused = [];
    private readonly HashSet<long> _failed = [];
    private readonly Dictionary<long, DateTimeOffset> _answered = [];
    private readonly HashSet<long> _answersRead = [];
    private readonly HashSet<string> _inactive = new(StringComparer.Ordinal);
    private readonly HashSet<string> _runs = new(StringComparer.Ordinal);
    private int _messages;
    private int _newRows;

    /// <param name="decidedOnly">With the rules alone instead of the whole program.</param>
    public World(bool decidedOnly)
    {
        _side = new CpIsSide(Outbox, Inbox);
        Populate();
        if (decidedOnly)
        {
            _decidedOnly = new DecidedOnly(MaxVanished);
            return;
        }

        _root = Directory.CreateTempSubdirectory("cpis-model-").FullName;
        Directory.CreateDirectory(Data);
        File.Copy(s_template.Value, Path.Combine(Data, "cpis.db"));
        _side = new CpIsSide(Outbox, Inbox);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(Data, "cpis.db"), Pooling = false }.ToString());
        _connection.Open();
    }

    public Council Council { get; } = new();

    public CpIsModel CpIs { get; } = new();

    public ModelClock Clock { get; } = new();

    /// <summary>What happened so far, in words.</summary>
    public IReadOnlyList<string> Story => _story;

    private DateOnly Today => Clock.Today;

    private string Data => Path.Combine(_root, "data");

    private string Outbox => Path.Combine(Data, "outbox");

    private string Inbox => Path.Combine(Data, "inbox");

    /// <summary>The files that CP-IS was ever sent, in order.</summary>
    private IEnumerable<Told> History => _handed.Keys.SelectMany(f => _made[f]);

    public async ValueTask DisposeAsync()
    {
        if (_decidedOnly is not null)
        {
            return;
        }

        await _connection.DisposeAsync();
        SqliteConnection.ClearAllPools();
        try
        {
            Directory.Delete(_root, recursive: true);
        }
        catch (IOException)
        {
            // A folder left in the temporary directory fails no test.
        }
    }

    /// <summary>Two mothers, one of them a child herself, with twins and one unborn child; a family of children near every edge.</summary>
    private void Populate()
    {
        Council.Person("mia", Rules.Number(0), "1999-01-01");
        Council.Person("nan", Rules.Number(1), "2009-09-01", manager: "W1");
        Council.Person("one", null, null, mother: "mia", expected: "2026-05-20");
        Council.Person("two", null, null, mother: "mia", expected: "2026-05-20");
        Council.Person("tre", null, null, mother: "nan", expected: "2026-04-02");
        Council.Person("ada", Rules.Number(2), "2018-05-04");
        Council.Person("ben", Rules.Number(3), "2008-04-01", manager: "M2");
        Council.Person("cy", Rules.Number(4), "2016-02-29");
        Council.Plan("p1", "one", "2026-01-12");
        Council.Plan("p2", "two", "2026-02-01");
        Council.Plan("p3", "tre", "2026-02-09");
        Council.Plan("p4", "ada", "2026-01-05");
        Council.Plan("p5", "ada", "2025-03-10", "2025-04-12");
        Council.Plan("p6", "ben", "2026-02-02");
        Council.Plan("p7", "nan", "2026-02-16");
        Council.Status("s1", "ada", "C1", "2026-01-05", "2026-01-31");
        Council.Status("s2", "ada", "C2", "2026-02-01");
        Council.Status("s3", "cy", "V2", "2025-11-03");
        Council.Status("s4", "cy", "C2", "2025-12-01", "2026-03-31");
    }

    /// <summary>Lets one thing happen.</summary>
    public async Task DoAsync(Command command)
    {
        Clock.Now += TimeSpan.FromMinutes(7);
        DeliverLate(Clock.Now);
        var (a, b, c) = (command.A, command.B, command.C);
        switch (command.What)
        {
            case What.Night: await NightAsync([]); break;
            case What.NightAndAnswer: await NightAsync([]); TakeAll(confirm: true); break;
            case What.NightOfOne: await NightAsync(["--person", Pick(Council.People.Keys, a)]); break;
            case What.FullNight: await NightAsync(["--full"]); TakeAll(confirm: true); break;
            case What.ConfirmedNight: await NightAsync(["--confirm-removals"]); break;
            case What.InterruptedNight: await NightAsync([], stopAfter: 1 + a, interrupted: true); break;
            case What.DeadNight: await NightAsync([], stopAfter: 1 + a, interrupted: false); break;
            case What.KilledNight: await NightAsync(c % 8 == 0 ? ["--full"] : [], kill: new Kill(1 + (a * 2) + (b % 2))); break;
            case What.TakeAndConfirm: TakeAll(confirm: true, withRecords: a % 2 == 0); break;
            case What.TakeAndSayNothing: TakeAll(confirm: false); break;
            case What.TakeAndAnswerLate: TakeAll(confirm: true, late: TimeSpan.FromHours(20 * (1 + (a % 5)))); break;
            case What.TakeAndReject: TakeAndReject(a, b, c); break;
            case What.RefuseFile: RefuseFiles(new[] { "CPF05", "CPF05", "CPF01", "CPF04" }[a % 4]); break;
            case What.Lose: Lose(); break;
            case What.Redeliver: Redeliver(); break;
            case What.AnswerAgain: AnswerAgain(a); break;
            case What.Access: Access(a, b, c); break;
            case What.Accesses: Accesses(a, b, c); break;
            case What.AccessAgain: AccessAgain(); break;
            case What.Stranger: Stranger(a); break;
            case What.Inactive: Inactive(a, b); break;
            case What.Days: Pass(1 + (a % 3)); break;
            case What.Months: Pass(new[] { 10, 29, 45, 120, 200, 370 }[a % 6]); break;
            default: Change(command.What, a, b, c); break;
        }
    }

    /// <summary>The rules as of now; <paramref name="held"/> is what CP-IS holds (rule N6).</summary>
    private Rules Now(IEnumerable<Told>? held = null) => new(
        Council, Today, _inactive, (held ?? []).Select(t => (t.Key.Number, t.Content.Holder)),
        plan => History.LastOrDefault(t => t.Key.Type == "UCPP" && !t.IsRemoval && Was(t) && !_letGo.Contains((t.Key, t.File)) && t.Rows.Contains(plan))?.Content.Holder);

    /// <summary>True unless CP-IS has said that it did not take the record.</summary>
    private bool Was(Told told) => !_failed.Contains(told.File) && !_refused.ContainsKey((told.File, told.Position));

    private void Say(string text) => _story.Add(string.Create(CultureInfo.InvariantCulture, $"{Clock.Now:yyyy-MM-dd HH:mm} {text}"));

    private void Broken(string text) => throw new RuleBrokenException(string.Create(CultureInfo.InvariantCulture, $"{Clock.Now:yyyy-MM-dd HH:mm} {text}"));

    private void Pass(int days)
    {
        Clock.Now = new DateTimeOffset(Clock.Now.Date.AddDays(days).AddHours(1), TimeSpan.Zero);
        Say($"It is {days} days later.");
    }

    private static T Pick<T>(IEnumerable<T> all, int n) => all.ElementAt(n % all.Count());

    // ---- The engine.

    private async Task<int> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["CPIS__RULES__MAXVANISHED"] = MaxVanished.ToString(CultureInfo.InvariantCulture),
        };
        var environment = new ProgramEnvironment(output, error, false, false, _root, variables, Clock);
        var code = await CpisProgram.RunAsync([.. arguments, "--data", Data, "--quiet", "--log-level", "warning"], environment, cancellationToken);
        if (code is 2 or 4 || (code == 3 && cancellationToken == default))
        {
            Broken($"the engine ended with {code}: {error} {output}");
        }

        return code;
    }

    /// <summary>Runs a night and looks at all that it did.</summary>
    /// <returns>The number of files that it handed over.</returns>
    private async Task<int> NightAsync(string[] options, int? stopAfter = null, bool interrupted = false, Kill? kill = null)
    {
        if (_decidedOnly is not null)
        {
            return stopAfter is null && kill is null && !options.Contains("--person") ? DecideNight(options.Contains("--full"), options.Contains("--confirm-removals")) : 0;
        }

        Council.WriteTo(_connection);
        using var stop = new CancellationTokenSource();
        if (stopAfter is { } reads)
        {
            Clock.StopAfter(reads, interrupted ? stop : null);
        }

        int code;
        try
        {
            // A token that can be cancelled also tells a stopped run from one that failed.
            CrashPoint.InProcess = kill is null ? null : kill.Reach;
            code = await RunAsync(["nightly", .. options], stopAfter is null && kill is null ? default : stop.Token);
        }
        catch (MachineDiedException) when (kill is not null)
        {
            code = Dead;
        }
        finally
        {
            CrashPoint.InProcess = null;
            Clock.RunOn();
        }

        Say($"night {string.Join(' ', options)}{(stopAfter is null ? string.Empty : $" stopped at {stopAfter} ({(interrupted ? "interrupted" : "dead")})")}{(kill is null ? string.Empty : kill.IsDone ? " killed" : " not killed")}: {code}");
        var isWhole = code is 0 or 5 && kill is not { IsDone: true };
        if (isWhole)
        {
            _answersRead.UnionWith(_answered.Keys);
        }

        var files = LookAtFiles(options.Contains("--full"), options.Contains("--confirm-removals"));
        if (isWhole && !options.Contains("--person"))
        {
            Regroup(Now());
            LetGo();
        }

        LookAtAccesses(isWhole);
        LookAtAlerts(isWhole, isRestricted: options.Contains("--person"));
        return files;
    }

    /// <summary>
    /// CP-IS closes what is an adult's by itself, and the engine lets go of it, with the birth date that the care data has now; also of what
    /// CP-IS shows no longer.
    /// </summary>
    private void LetGo()
    {
        foreach (var told in History.Where(t => t.Key.Type == "UCPP" ? Rules.Until("UCPP", t.Content.End) < Today : Rules.IsAdult(Council.Find(t.Content.Holder)?.Born, Today)))
        {
            _letGo.Add((told.Key, told.File));
        }
    }

    private int DecideNight(bool full, bool confirmed)
    {
        var told = _decidedOnly!.Night(Council, Clock.Now, full, confirmed);
        _answersRead.UnionWith(_answered.Keys);
        Say($"night{(full ? " --full" : string.Empty)}{(confirmed ? " --confirm-removals" : string.Empty)}");
        if (told is var (file, records))
        {
            Look(file, records, Now(), full, confirmed);
            _handed.Add(file, Clock.Now);
        }

        Regroup(Now());
        LetGo();
        LookAtNeeds(_decidedOnly.Needs);
        return told is null ? 0 : 1;
    }

    // ---- CP-IS.

    private IEnumerable<long> Waiting => _decidedOnly?.Waiting ?? _side.Waiting;

    private List<Told> Take(long file)
    {
        var records = _decidedOnly?.Take(file) ?? _side.Take(file);
        if (!_taken.Add(file))
        {
            Broken($"file {file} came to CP-IS a second time");
        }

        if (!records.SequenceEqual(_written[file]))
        {
            Broken($"file {file} is not the one that was written under this number");
        }

        return _made[file];
    }

    /// <summary>Loads what is not to be refused, and looks whether a child became invisible by it.</summary>
    private void Load(List<Told> records, Func<Told, string> codeOf)
    {
        LookForTheInvisible(records);
        foreach (var told in records.Where(t => codeOf(t) == "CPR06"))
        {
            CpIs.Load(told);
        }
    }

    private void TakeAll(bool confirm, bool withRecords = true, TimeSpan? late = null)
    {
        foreach (var file in Waiting)
        {
            var records = Take(file);
            var codes = records.ToDictionary(t => t.Position, t => CpIs.CodeFor(t, Today));
            Load(records, t => codes[t.Position]);
            Say($"CP-IS takes file {file} ({string.Join("; ", records.Select(r => r + (codes[r.Position] == "CPR06" ? string.Empty : " " + codes[r.Position])))}) {(confirm ? late is { } wait ? $"and answers in {wait.TotalHours} hours" : "and answers" : "and says nothing")}");
            if (confirm)
            {
                Answer(file, codes, withRecords, late);
            }
        }
    }

    private void Answer(long file, Dictionary<int, string> codes, bool withRecords = true, TimeSpan? late = null)
    {
        var good = codes.Values.Count(c => c == "CPR06");
        var fileCode = good == codes.Count ? "CPF02" : good == 0 ? "CPF04" : "CPF03";
        var listed = withRecords || good < codes.Count;
        if (late is { } wait)
        {
            _late.Add((Clock.Now + wait, Deliver));
        }
        else
        {
            Deliver();
        }

        void Deliver()
        {
            _answered.TryAdd(file, Clock.Now);
            if (_decidedOnly is not null)
            {
                _decidedOnly.Answer(file, p => fileCode == "CPF04" ? RecordOutcome.Failed : codes[p] == "CPR06" ? RecordOutcome.Confirmed : RecordOutcome.Rejected);
            }
            else
            {
                _side.Acknowledge(file, fileCode, listed ? [.. _written[file].Select((r, i) => (r, codes[i + 1]))] : [], NextName("ack"));
            }

            if (fileCode == "CPF04")
            {
                _failed.Add(file);
                return;
            }

            foreach (var (position, code) in codes.Where(c => c.Value != "CPR06"))
            {
                _refused[(file, position)] = code;
            }
        }
    }

    private void TakeAndReject(int a, int b, int c)
    {
        foreach (var file in Waiting)
        {
            var records = Take(file);
            var code = new[] { "CPR01", "CPR03", "CPR04", "CPR02", "CPR07" }[c % 5];
            var codes = records.ToDictionary(t => t.Position, t => (t.Position + a) % (1 + (b % 3)) == 0 && records.Count > 1 ? code : CpIs.CodeFor(t, Today));
            Load(records, t => codes[t.Position]);
            Say($"CP-IS takes file {file} ({string.Join("; ", records.Select(r => $"{r} {codes[r.Position]}"))})");
            Answer(file, codes);
        }
    }

    private void RefuseFiles(string code)
    {
        foreach (var file in Waiting)
        {
            Take(file);
            Say($"CP-IS refuses file {file} with {code}");
            _answered.TryAdd(file, Clock.Now);
            if (_decidedOnly is not null)
            {
                _decidedOnly.Answer(file, _ => RecordOutcome.Failed);
            }
            else
            {
                _side.Acknowledge(file, code, [], NextName("ack"));
            }

            _failed.Add(file);
        }
    }

    private void Lose()
    {
        foreach (var file in Waiting)
        {
            Take(file);
            Say($"file {file} is lost ({string.Join("; ", _made[file])})");
        }
    }

    /// <summary>Everything that waits in the inbox comes twice, under another name and in another order.</summary>
    private void Redeliver()
    {
        foreach (var path in _decidedOnly is null && Directory.Exists(Inbox) ? Directory.GetFiles(Inbox) : [])
        {
            File.Copy(path, Path.Combine(Inbox, NextName("again")));
            Say("a message is delivered twice");
        }
    }

    /// <summary>CP-IS contradicts itself: the first answer stands (rule K3).</summary>
    private void AnswerAgain(int a)
    {
        if (_answersRead.Count > 0 && _decidedOnly is null)
        {
            var file = Pick(_answersRead, a);
            var code = a % 2 == 0 ? "CPF01" : "CPF02";
            _side.Acknowledge(file, code, code == "CPF01" ? [] : [.. _written[file].Select(r => (r, "CPR06"))], NextName("ack"));
            Say($"CP-IS answers file {file} once more, with {code}");
        }
    }

    private void Inactive(int a, int b)
    {
        var numbers = CpIs.Holds.Keys.Select(k => k.Number).Distinct().Order(StringComparer.Ordinal).ToList();
        if (numbers.Count == 0)
        {
            return;
        }

        var number = Pick(numbers, a);
        var told = CpIs.Holds.Values.First(t => t.Key.Number == number);
        CpIs.MakeInactive(number);
        _inactive.Add(number);
        string[] replacements = (b % 3) switch { 0 => [], 1 => [Rules.Number(40 + a)], _ => [Rules.Number(40 + a), "12"] };
        if (_decidedOnly is not null)
        {
            _decidedOnly.Inactive(number);
        }
        else
        {
            _inactiveUnread.Add(number);
            File.Move(_side.Inactive(number, b % 2 == 0 ? told.Content.Holder : null, told.File, replacements), Path.Combine(Inbox, NextName("inactive")));
        }

        Say($"number #{number[^4..]} of {told.Content.Holder} is inactive");
    }

    private void DeliverLate(DateTimeOffset until)
    {
        foreach (var late in _late.Where(l => l.Due <= until).ToList())
        {
            late.Deliver();
            _late.Remove(late);
            Say("a late answer comes");
        }
    }

    /// <summary>Names are in an order that has nothing to do with the order of making.</summary>
    private string NextName(string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"{(uint)(++_messages * 2654435761L) % 1000:D3}-{kind}-{_messages}.xml");

    private static string MakeTemplate()
    {
        var folder = Directory.CreateTempSubdirectory("cpis-model-template-").FullName;
        var environment = new ProgramEnvironment(TextWriter.Null, TextWriter.Null, false, false, folder, [], TimeProvider.System);
        if (CpisProgram.RunAsync(["db", "init", "--data", folder, "--quiet"], environment, CancellationToken.None).GetAwaiter().GetResult() != 0)
        {
            throw new InvalidOperationException("cpis db init failed.");
        }

        SqliteConnection.ClearAllPools();
        return Path.Combine(folder, "cpis.db");
    }
}
