using System.Globalization;
using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Batch.Ingest;
using CpIs.Batch.Output;
using CpIs.Batch.Steps;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Time;
using CpIs.Domain.Values;
using CpIs.Messages.Inbound;
using CpIs.Storage;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using CpIs.Transport.Folder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace CpIs.Batch.Tests.Ingest;

/// <summary>A council with a database, folders and a clock, on which ingests are run.</summary>
internal sealed class IngestWorld : IDisposable
{
    public const string AccessHeader = "query_id,accessed_at,nhs_number,local_person_id,accessed_by,job_role,organisation_code,organisation_name,upload_file_number\n";
    public const string InactiveHeader = "nhs_number,local_person_id,replacement_nhs_numbers,upload_file_number\n";
    public const string AnswerHeader = "upload_file_number,file_code,record_number,nhs_number,plan_type,record_code,detail\n";

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private int _files;

    private IngestWorld()
    {
        Data = new DataFolder(_folder.File("data"));
        Data.Create();
    }

    public SettableClock Clock { get; } = new() { Now = new DateTimeOffset(2026, 3, 10, 2, 0, 0, TimeSpan.Zero) };

    public DataFolder Data { get; }

    public string Inbox => Data.Inbox;

    public static async Task<IngestWorld> CreateAsync()
    {
        var world = new IngestWorld();
        await new Migrator(world.Database, TimeProvider.System).ApplyAsync(default);
        world.Sql("INSERT INTO care_worker VALUES ('W1', 'Wo Rker', NULL, '1'), ('W2', 'Ma Nager', NULL, '1'), ('W3', 'Le Ft', NULL, '0')");
        return world;
    }

    public Database Database => new("sqlite", $"Data Source={Data.Database}");

    public void Set(string variable, string value) => _variables[variable] = value;

    public void Dispose() => _folder.Dispose();

    /// <summary>Puts a person with a plan into the care database.</summary>
    public void Person(
        string id, string? number, string given = "Alex", string family = "Sample", string? worker = "W1", string? manager = "W2", string? mother = null, bool unborn = false, string? planStart = "2026-01-01")
    {
        Sql(
            "INSERT INTO care_person VALUES (@id, @number, @family, @given, @birth, @unborn, @expected, @mother, @worker, @manager, 'North', NULL)",
            ("id", id), ("number", number), ("family", family), ("given", given), ("birth", unborn ? null : "2018-05-04"), ("unborn", unborn ? "1" : "0"),
            ("expected", unborn ? "2026-05-31" : null), ("mother", mother), ("worker", worker), ("manager", manager));
        if (planStart is not null)
        {
            Sql("INSERT INTO care_plan VALUES (@plan, @id, @start, NULL, '0', '0', NULL)", ("plan", "PL-" + id), ("id", id), ("start", planStart));
        }
    }

    public static Decision Record(string holder, string number, PlanType type, string start = "2026-01-01", string? visibleUntil = null, string[]? children = null, string? deleted = null)
    {
        var record = new UploadRecord(
            new RecordKey(NhsNumber.Parse(number), type, Day(start)),
            new RecordContent(type == PlanType.Ucpp ? Day("2026-05-31") : null, "Sample", "Alex", new DateOnly(2018, 5, 4), holder),
            deleted is null ? null : Day(deleted),
            visibleUntil is null ? type == PlanType.Ucpp && deleted is null ? Day("2026-06-28") : null : Day(visibleUntil),
            false);
        return new Decision(
            holder, type, ["S1"], children ?? [holder], deleted is null ? DecisionKind.New : DecisionKind.Remove, "", record.Key.NhsNumber, record.Key.Start, record.Content.End,
            record.DeleteDate, record.VisibleUntil, record, "", null);
    }

    /// <summary>Hands a file with these records over to the transport.</summary>
    public async Task<SequenceNumber> TellAsync(params Decision[] decisions)
    {
        await using var session = await Database.OpenAsync(default);
        var files = new FileStore(session);
        var runId = $"T{++_files}";
        await new RunStore(session).BeginAsync(new NewRun(runId, "test", DateOnly.FromDateTime(Clock.Now.DateTime), null, false, Clock.Now), default);
        var number = await files.TakeNumberAsync("X99", runId, Clock.Now, default);
        await files.AddAsync(
            [new NewFile(number, "hl7v3", $"upload-{number}.xml", "x", "hash" + number, decisions.Length, $"local-{number}")], decisions.ToAsyncEnumerable(), default);
        await files.MarkSendingAsync(number, Clock.Now, default);
        await files.MarkSentAsync(number, Clock.Now, $"message-{number}", false, default);
        return number;
    }

    /// <summary>Lays a message into the inbox of the folder transport.</summary>
    public void Receive(string name, string content) => Receive(name, System.Text.Encoding.UTF8.GetBytes(content));

    public void Receive(string name, byte[] content)
    {
        Directory.CreateDirectory(Inbox);
        File.WriteAllBytes(Path.Combine(Inbox, name), content);
    }

    /// <summary>Takes what lies in the inbox.</summary>
    public Task<IngestResult> IngestAsync() => IngestAsync(new IngestInput.Waiting(Folder()));

    public FolderTransport Folder() => new(new FolderOptions { Out = Data.Outbox, In = Inbox }, TimeProvider.System);

    public Task<IngestResult> ReplayAsync(long inboundId) => IngestAsync(new IngestInput.Replay(inboundId));

    public async Task<IngestResult> IngestAsync(IngestInput input, CancellationToken cancellationToken = default)
    {
        await using var run = await CouncilRun.BeginAsync(Context(), "ingest-access", null, cancellationToken);
        var result = await new IngestStep(run, input, new InboundReader()).RunAsync(cancellationToken);
        await run.EndAsync(0, result);
        return result;
    }

    public void Sql(string text, params (string Name, string? Value)[] parameters)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue("@" + name, (object?)value ?? DBNull.Value);
        }

        command.ExecuteNonQuery();
    }

    /// <summary>Rows as text, cells joined by a bar; empty for null.</summary>
    public IReadOnlyList<string> Rows(string text)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        }

        return rows;
    }

    /// <summary>Alerts as type, person, recipient kind, recipient and status, in order of id.</summary>
    public IReadOnlyList<string> Alerts(string where = "1 = 1") =>
        Rows($"SELECT alert_type, person_id, recipient_kind, recipient_id, status FROM cpis_alert WHERE {where} ORDER BY alert_id");

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private CommandContext Context()
    {
        var settings = SettingsLoader.Load(null, _folder.Path, _variables);
        var environment = new ProgramEnvironment(TextWriter.Null, TextWriter.Null, false, false, _folder.Path, [], Clock);
        return new CommandContext(
            settings, Data, new RunClock(Clock), false, NullLoggerFactory.Instance, new CommandOutput(TextWriter.Null, TextWriter.Null, false, false, false, true), environment);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Data.Database};Pooling=False");
        connection.Open();
        return connection;
    }
}

/// <summary>A clock that a test sets, and that can fail like a machine.</summary>
internal sealed class SettableClock : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    /// <summary>How often the clock can still be read before the process "dies"; null = for ever.</summary>
    public int? ReadsLeft { get; set; }

    public override DateTimeOffset GetUtcNow()
    {
        if (ReadsLeft is { } left)
        {
            ReadsLeft = left - 1;
            if (left <= 0)
            {
                throw new MachineDiedException();
            }
        }

        return Now;
    }
}

/// <summary>Stands for the death of the process: nothing of the program catches it.</summary>
internal sealed class MachineDiedException : OperationCanceledException;
