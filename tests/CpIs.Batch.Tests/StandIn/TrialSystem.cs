using System.Globalization;
using System.Text.Json;
using CpIs.Batch.Commands;
using CpIs.Batch.Tests.Commands;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Hl7v3;
using CpIs.Messages.Inbound;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace CpIs.Batch.Tests.StandIn;

/// <summary>A data folder with the two folders between a council and the stand-in, and a clock that stands still.</summary>
internal sealed class TrialSystem : IDisposable
{
    public const string Day = "2026-03-10";

    private readonly TempFolder _folder = new();

    public static Authority Council { get; } = new("X99", "X99", "Sampleshire Council", "01632960001", "01632960002");

    /// <summary>The machine's clock; 02:15 UTC on the business date.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 3, 10, 2, 15, 0, TimeSpan.Zero);

    public List<KeyValuePair<string, string>> Variables { get; } = [];

    public string Data => Path.Combine(_folder.Path, "data");

    public string Outbox => Path.Combine(Data, "outbox");

    public string Inbox => Path.Combine(Data, "inbox");

    public string Root => Path.Combine(Data, "standin");

    public string Taken => Path.Combine(Root, "taken");

    public string Database => Path.Combine(Root, "standin.db");

    public static string UploadName(long number) => $"upload-{new SequenceNumber(number)}.xml";

    /// <summary>The n-th valid NHS number of the range 999 from a place of its own.</summary>
    public static string Number(int n)
    {
        for (var stem = 999_500_000L; ; stem++)
        {
            for (var check = 0; check < 10; check++)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"{stem}{check}");
                if (NhsNumber.TryParse(text, out _) && n-- == 0)
                {
                    return text;
                }
            }
        }
    }

    public static UploadRecord Record(
        string number, string id, PlanType? type = null, string start = "2026-01-15", string? end = null, string? delete = null, string born = "2018-05-04", string family = "Sample") =>
        new(
            new RecordKey(NhsNumber.Parse(number), type ?? PlanType.Cpp, Date(start)),
            new RecordContent(end is null ? null : Date(end), family, "Alex", Date(born), id),
            delete is null ? null : Date(delete),
            VisibleUntil: null,
            EndIsForecast: false);

    public static UploadRecord Mother(string number, string id, string start = "2026-02-20", string end = "2026-06-01") =>
        Record(number, id, PlanType.Ucpp, start, end, born: "1999-01-01");

    public static DateOnly Date(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Puts an upload, as the engine writes it, into the council's Out.</summary>
    public async Task<byte[]> UploadAsync(long number, params IReadOnlyList<UploadRecord> records)
    {
        using var stream = new MemoryStream();
        var header = new UploadHeader(new SequenceNumber(number), Council, Now.AddMinutes(-5), records.Count);
        await using (var writer = new Hl7v3Format().Begin(stream, header))
        {
            foreach (var record in records)
            {
                await writer.WriteAsync(record, CancellationToken.None);
            }

            await writer.CompleteAsync(CancellationToken.None);
        }

        return Put(UploadName(number), stream.ToArray());
    }

    public byte[] Put(string name, byte[] content)
    {
        Directory.CreateDirectory(Outbox);
        File.WriteAllBytes(Path.Combine(Outbox, name), content);
        return content;
    }

    public void Put(string name, string content) => Put(name, System.Text.Encoding.UTF8.GetBytes(content));

    public IReadOnlyList<string> Waiting => Directory.Exists(Outbox) ? [.. Directory.GetFiles(Outbox).Select(f => Path.GetFileName(f)!).Order()] : [];

    public async Task<CliResult> TryAsync(params IEnumerable<string> options)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new ProgramEnvironment(
            output, error, OutIsTerminal: false, ErrorIsTerminal: false, _folder.Path, Variables, new StandingClock(Now));
        List<string> all = ["simulate", .. options];
        if (!all.Contains("--as-of"))
        {
            all.AddRange(["--as-of", Day]);
        }

        var exitCode = await CpisProgram.RunAsync(all, environment, CancellationToken.None);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs the stand-in and reads its JSON result.</summary>
    public async Task<JsonElement> SimulateAsync(params IEnumerable<string> options)
    {
        var result = await TryAsync([.. options, "--json"]);
        result.ExitCode.ShouldBe(0, result.Error);
        return JsonDocument.Parse(result.Out).RootElement;
    }

    /// <summary>Puts one upload in, runs the stand-in, and takes the only answer.</summary>
    public async Task<Acknowledgement> AnswerToAsync(string content, params IEnumerable<string> options)
    {
        Put(UploadName(123), content);
        await SimulateAsync(options);
        return TakeMessages<Acknowledgement>().Single();
    }

    /// <summary>Reads everything in the council's In, of one kind, in order of file names, and takes it away.</summary>
    public IReadOnlyList<T> TakeMessages<T>()
        where T : InboundMessage
    {
        var messages = new List<T>();
        foreach (var (name, bytes) in Inbound())
        {
            var reading = new InboundReader().Read(bytes);
            reading.Problem.ShouldBeNull();
            reading.Format.ShouldBe("hl7v3");
            reading.Message!.Unread.ShouldBeEmpty();
            reading.Message.RecipientOdsCode.ShouldBe(Council.OdsCode);
            if (reading.Message is T message)
            {
                messages.Add(message);
                File.Delete(Path.Combine(Inbox, name));
            }
        }

        return messages;
    }

    public IReadOnlyList<(string Name, byte[] Bytes)> Inbound() =>
        Directory.Exists(Inbox) ? [.. Directory.GetFiles(Inbox).Order(StringComparer.Ordinal).Select(f => (Path.GetFileName(f), File.ReadAllBytes(f)))] : [];

    /// <summary>What is held, as <c>id plan-type start[..end]</c>.</summary>
    public async Task<IReadOnlyList<string>> HeldAsync() =>
        [
            .. (await ShowAsync()).GetProperty("records").EnumerateArray().Select(r =>
                $"{r.GetProperty("local_person_id").GetString()} {r.GetProperty("plan_type").GetString()} {r.GetProperty("start_date").GetString()}"
                + (r.GetProperty("end_date").GetString() is { } end ? ".." + end : string.Empty)).Order(StringComparer.Ordinal),
        ];

    public Task<JsonElement> ShowAsync(string day = Day) => SimulateAsync("--show", "--as-of", day);

    /// <summary>Changes the stand-in's store behind its back, to what a killed run would have left.</summary>
    public void Execute(string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Database, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose() => _folder.Dispose();

    private sealed class StandingClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
