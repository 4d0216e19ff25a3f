using System.Globalization;
using System.Text;

namespace CpIs.Crash.Tests.Harness;

/// <summary>A record as CP-IS received it, cell by cell without file and record number.</summary>
public sealed record Told(string Number, string LocalId, string PlanType, string Start, string? DeleteDate, string Line)
{
    public string Key => $"{Number} {PlanType} {Start}";
}

/// <summary>A file as CP-IS received it.</summary>
public sealed record ToldFile(long Number, IReadOnlyList<Told> Records)
{
    /// <summary>What it says, without its number.</summary>
    public string Content => string.Join('\n', Records.Select(r => r.Line));
}

/// <summary>
/// CP-IS and the way to it, in the test's own words: takes what was delivered, holds what it was told, and answers. What it answers
/// depends on seed, night and content alone, never on the numbers of files.
/// </summary>
public sealed class OtherSide
{
    private readonly string _data;
    private readonly bool _mesh;
    private readonly int _seed;
    private readonly HashSet<long> _seen = [];

    /// <summary>What was answered as loaded: only of that there are accesses.</summary>
    private readonly SortedSet<string> _loaded = new(StringComparer.Ordinal);

    public OtherSide(string data, bool mesh, int seed)
    {
        _data = data;
        _mesh = mesh;
        _seed = seed;
        Out = mesh ? Path.Combine(data, "mesh", "out") : Path.Combine(data, "outbox");
        InName = mesh ? "mesh/in" : "inbox";
        In = Path.Combine(data, InName);
    }

    public string Out { get; }

    public string In { get; }

    /// <summary>The same below the data folder.</summary>
    public string InName { get; }

    /// <summary>
    /// Everything delivered, night by night, those of a night by what they say: a file that could not be sent does not hold up the
    /// next, and its records follow under a later number.
    /// </summary>
    public List<ToldFile> Files { get; } = [];

    public SortedDictionary<string, string> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes every file that can be seen, in order of number; each must be whole and its number new.</summary>
    /// <returns>Numbers of those taken now.</returns>
    public IReadOnlyList<ToldFile> Take()
    {
        if (!Directory.Exists(Out))
        {
            return [];
        }

        var taken = new List<ToldFile>();
        foreach (var path in Directory.GetFiles(Out, _mesh ? "*.ctl" : "*").Where(p => !Path.GetFileName(p).StartsWith('.')).Order(StringComparer.Ordinal))
        {
            var file = Read(_mesh ? Path.ChangeExtension(path, ".dat") : path);
            if (!_seen.Add(file.Number))
            {
                throw new InvalidOperationException($"File {file.Number} was delivered twice.");
            }

            foreach (var record in file.Records)
            {
                if (record.DeleteDate is null)
                {
                    Held[record.Key] = record.Line;
                }
                else
                {
                    Held.Remove(record.Key);
                }
            }

            Files.Add(file);
            taken.Add(file);
            if (_mesh)
            {
                TakeAway(path);
            }
            else
            {
                File.Delete(path);
            }
        }

        return taken;
    }

    /// <summary>A night is over.</summary>
    /// <param name="before">How many files there were before it.</param>
    /// <returns>Its files.</returns>
    public IReadOnlyList<ToldFile> EndNight(int before)
    {
        Files.Sort(before, Files.Count - before, Comparer<ToldFile>.Create((a, b) => string.CompareOrdinal(a.Content, b.Content)));
        return Files[before..];
    }

    /// <summary>What comes in after a night: answers to its files, accesses, and what else happens.</summary>
    public void Answer(int night, IReadOnlyList<ToldFile> files)
    {
        var answers = new List<string>();
        foreach (var file in files)
        {
            switch (Chance("file " + file.Content, night, 0) % 9)
            {
                case 0:
                    // Never answered: its records are told again when it counts as lost.
                    break;
                case 1:
                    answers.Add(Lines("upload_file_number,file_code,record_number,nhs_number,plan_type,record_code,detail", [$"{file.Number:D6},CPF05,,,,,"]));
                    break;
                default:
                    var results = file.Records.Select((r, n) => (Record: r, Number: n + 1, Code: Chance(r.Key, night, 0) % 6 == 0 ? "CPR03" : "CPR06")).ToList();
                    foreach (var (record, _, _) in results.Where(r => r.Code == "CPR06"))
                    {
                        _ = record.DeleteDate is null ? _loaded.Add(record.Key) : _loaded.Remove(record.Key);
                    }

                    var code = results.Exists(r => r.Code != "CPR06") ? "CPF03" : "CPF02";
                    answers.Add(Lines(
                        "upload_file_number,file_code,record_number,nhs_number,plan_type,record_code,detail",
                        results.Select(r => $"{file.Number:D6},{code},{r.Number},{r.Record.Number},{r.Record.PlanType},{r.Code},")));
                    break;
            }
        }

        for (var i = 0; i < answers.Count; i++)
        {
            Put($"n{night}-a{i}.csv", answers[i]);
            if (i == 0)
            {
                Put($"n{night}-z-again.csv", answers[i]);
            }
        }

        var held = _loaded.Select(k => k.Split(' ')).ToList();
        var accesses = held.Where((_, i) => Chance("access", night, i) % 4 == 0).SelectMany((k, i) => new[] { (k[0], Query: $"Q{night}-{i}"), (k[0], Query: $"Q{night}-{i}-b") })
            .Select(a => $"{a.Query},2026-03-{10 + night:D2}T08:15:00Z,{a.Item1},,Jo Nurse,Nurse,R{a.Query.Length},Hospital,{(files.Count > 0 ? files[0].Number : 0):D6}")
            .Append($"Q{night}-nobody,2026-03-{10 + night:D2}T09:00:00Z,9990000018,,Jo Nurse,Nurse,RXX,Hospital,").ToList();
        const string header = "query_id,accessed_at,nhs_number,local_person_id,accessed_by,job_role,organisation_code,organisation_name,upload_file_number";
        Put($"n{night}-b.csv", Lines(header, accesses));
        Put($"n{night}-c-repeats.csv", Lines(header, accesses.Take(3)));
        if (night == 0)
        {
            Put("n0-d.csv", Lines("nhs_number,local_person_id,replacement_nhs_numbers,upload_file_number", held.Skip(2).Take(1).Select(k => $"{k[0]},,{Council.NumberOf(900)},")));
            Put("n0-e.csv", "rubbish");
            Put("n0-f.csv", Lines("upload_file_number,file_code,record_number,nhs_number,plan_type,record_code,detail", ["-1,CPF01,,,,,"]));
        }
    }

    /// <summary>Puts a message where the engine finds it, whole at once.</summary>
    public void Put(string name, string content)
    {
        Directory.CreateDirectory(In);
        var path = Path.Combine(In, _mesh ? Path.ChangeExtension(name, ".dat") : name);
        var temporary = Path.Combine(Path.GetDirectoryName(In)!, "other-side.tmp");
        File.WriteAllText(temporary, content);
        Move(temporary, path);
        if (_mesh)
        {
            File.WriteAllText(temporary, $"<DTSControl><Version>1.0</Version><MessageType>Data</MessageType><From_DTS>CPIS</From_DTS><To_DTS>T77OT001</To_DTS><WorkflowId>WF_IN</WorkflowId><DTSId>{name}</DTSId></DTSControl>");
            Move(temporary, Path.ChangeExtension(path, ".ctl"));
        }
    }

    /// <summary>Older than the time for which a file in the MESH client's folder may still be arriving.</summary>
    private static void Move(string temporary, string path)
    {
        File.SetLastWriteTimeUtc(temporary, new DateTime(2026, 3, 10, 0, 0, 0, DateTimeKind.Utc));
        File.Move(temporary, path);
    }

    private static string Lines(string header, IEnumerable<string> rows) => string.Join("\r\n", rows.Prepend(header)) + "\r\n";

    /// <summary>The MESH client moves a pair that it has sent, and says so.</summary>
    private void TakeAway(string control)
    {
        var sent = Directory.CreateDirectory(Path.Combine(_data, "mesh", "sent")).FullName;
        var data = Path.ChangeExtension(control, ".dat");
        var localId = Path.GetFileNameWithoutExtension(control);
        File.Delete(data);
        var temporary = Path.Combine(_data, "mesh", "other-side.tmp");
        File.WriteAllText(temporary, $"<DTSControl><Version>1.0</Version><MessageType>Data</MessageType><From_DTS>T77OT001</From_DTS><WorkflowId>WF_UP</WorkflowId><LocalId>{localId}</LocalId><DTSId>M{localId}</DTSId><StatusRecord><Event>TRANSFER</Event><Status>SUCCESS</Status><StatusCode>00</StatusCode></StatusRecord></DTSControl>");
        Move(temporary, Path.Combine(sent, localId + ".ctl"));
        File.Delete(control);
    }

    private static ToldFile Read(string path)
    {
        var text = File.ReadAllText(path);
        var lines = text.Split("\r\n");
        if (lines.Length < 3 || lines[^1].Length > 0)
        {
            throw new InvalidOperationException($"{Path.GetFileName(path)} can be seen and is not whole.");
        }

        var records = new List<Told>();
        long number = 0;
        foreach (var line in lines[1..^1])
        {
            var cells = line.Split(',');
            if (cells.Length != 14)
            {
                throw new InvalidOperationException($"{Path.GetFileName(path)} can be seen and has a line that is not whole.");
            }

            number = long.Parse(cells[0], CultureInfo.InvariantCulture);
            records.Add(new Told(cells[4], cells[5], cells[9], cells[10], cells[12].Length == 0 ? null : cells[12], string.Join(',', cells[2..])));
        }

        return new ToldFile(number, records);
    }

    private int Chance(string what, int night, int place)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_seed}|{what}|{night}|{place}")));
        return BitConverter.ToUInt16(hash);
    }
}
