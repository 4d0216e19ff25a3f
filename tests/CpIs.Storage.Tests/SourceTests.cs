using System.Security.Cryptography;
using System.Text;
using CpIs.Domain.Source;
using CpIs.Storage.Source;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Storage.Tests;

public sealed class SourceTests : IDisposable
{
    private static readonly DateOnly Today = new(2026, 3, 10);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task S16_db_load_keeps_cells_as_they_are_and_the_views_set_the_bad_ones_aside()
    {
        Write("person", "P1,9990000018,Sample, Alex ,2020-01-01,0,,,,,,", "P2,,,,2026-02-30,0,,,,,,", "P3,,,,,maybe,,,,,,", "\"P4,,,,,0,,,,,,", "P5,,,", "P6,,O\u0007,,,0,,,,,,");
        Write("plan", "PL1,P1,2026-01-01,,0,0,", "PL2,P1", ",P1,,,0,0,", "PL3,,,,0,0,");
        Write("legal_status", "LS1,P1,C2,2026-01-01,,0,2026-01-01T00:00:00Z");
        Write("worker", "W1,Pat,,1", "W1,Pat,,1");

        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        var malformed = new List<SetAsideRow>();
        var counts = await CareTables.LoadAsync(session, _folder.Root, malformed.Add, default);
        counts.ShouldBe(new Dictionary<SourceTable, long> { [SourceTable.Person] = 6, [SourceTable.Plan] = 4, [SourceTable.LegalStatus] = 1, [SourceTable.Worker] = 2 });
        malformed.Select(m => (m.Table, m.Where, m.RowId, m.PersonId)).ShouldBe(
        [
            (SourceTable.Person, "person.csv line 5", null, null),
            (SourceTable.Person, "person.csv line 6", "P5", "P5"),
            (SourceTable.Plan, "plan.csv line 3", "PL2", null),
        ]);

        var reader = new SourceReader(session, Today);
        var people = await reader.PeopleAsync(default).ToListAsync();
        people.Where(p => p.Row is not null).ShouldHaveSingleItem().Row.ShouldBe(
            new Person("P1", "9990000018", "Sample", "Alex", new DateOnly(2020, 1, 1), false, null, null, null, null, null, null));
        people.Where(p => p.SetAside is not null).Select(p => (p.SetAside!.RowId, p.SetAside.Column)).ShouldBe(
            [("P2", "date_of_birth"), ("P3", "is_unborn"), (null, "person_id"), ("P5", "is_unborn"), ("P6", "family_name")]);
        var plans = await reader.PlansAsync(default).ToListAsync();
        plans.Where(p => p.SetAside is not null).Select(p => (p.SetAside!.RowId, p.SetAside.PersonId, p.SetAside.Column)).ShouldBe(
            [("PL2", null, "person_id"), (null, "P1", "plan_id"), ("PL3", null, "person_id")]);
        (await reader.LegalStatusesAsync(default).ToListAsync()).ShouldHaveSingleItem().Row.ShouldNotBeNull();
        (await reader.WorkersAsync(default).ToListAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Db_load_replaces_everything_or_nothing()
    {
        WriteAll();
        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        await CareTables.LoadAsync(session, _folder.Root, _ => { }, default);
        await CareTables.LoadAsync(session, _folder.Root, _ => { }, default);
        (await CountAsync(session)).ShouldBe(1);

        Write("plan");
        File.WriteAllText(_folder.At("worker.csv"), "worker_id,name,is_active\n");
        var error = await Should.ThrowAsync<ExtractFolderException>(() => CareTables.LoadAsync(session, _folder.Root, _ => { }, default));
        (error.File, error.Column).ShouldBe(("worker.csv", "email"));
        (await CountAsync(session)).ShouldBe(1);

        File.Delete(_folder.At("worker.csv"));
        error = await Should.ThrowAsync<ExtractFolderException>(() => CareTables.LoadAsync(session, _folder.Root, _ => { }, default));
        (error.File, error.Column).ShouldBe(("worker.csv", null));
        (await CountAsync(session)).ShouldBe(1);

        static Task<long> CountAsync(StorageSession session) => Dapper.SqlMapper.ExecuteScalarAsync<long>(session.Connection, "SELECT COUNT(*) FROM care_plan");
    }

    [Fact]
    public async Task Columns_go_by_name_in_any_order_and_unknown_ones_are_passed_over()
    {
        WriteAll();
        File.WriteAllText(_folder.At("worker.csv"), "is_active, email ,shoe_size,worker_id,name\n1,,44,W9,Pat\n");
        var folder = await ExtractFolder.OpenAsync(_folder.Root, Today, default);
        (await folder.WorkersAsync(default).ToListAsync()).ShouldHaveSingleItem().Row.ShouldBe(new Worker("W9", "Pat", null, true));
    }

    [Theory]
    [InlineData("", "no header row", null)]
    [InlineData("worker_id,name,email\n", "no column is_active", "is_active")]
    [InlineData("worker_id,name,email,is_active,name\n", "more than once", "name")]
    [InlineData("\"worker_id,name,email,is_active\n", "cannot be read", null)]
    [InlineData("w\0o\0r\0k\0e\0r\0", "no column worker_id", "worker_id")]
    public async Task A_header_that_cannot_be_used_is_named(string content, string problem, string? column)
    {
        WriteAll();
        File.WriteAllText(_folder.At("worker.csv"), content);
        var error = await Should.ThrowAsync<ExtractFolderException>(() => ExtractFolder.OpenAsync(_folder.Root, Today, default));
        error.Message.ShouldContain(problem);
        (error.File, error.Column).ShouldBe(("worker.csv", column));
    }

    [Fact]
    public async Task A_missing_folder_is_named() =>
        (await Should.ThrowAsync<ExtractFolderException>(() => ExtractFolder.OpenAsync(_folder.At("none"), Today, default))).Message.ShouldContain("none");

    [Fact]
    public async Task A_manifest_must_hold()
    {
        WriteAll();
        var hash = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(_folder.At("plan.csv"))));
        string Manifest(string rows, string sha) =>
            "{\"as_of\":\"2026-03-10\",\"full\":false,\"files\":{\"plan.csv\":{\"rows\":" + rows + ",\"sha256\":" + sha + "}}}";

        File.WriteAllText(_folder.At("manifest.json"), Manifest("1", $"\"{hash}\""));
        var folder = await ExtractFolder.OpenAsync(_folder.Root, Today, default);
        folder.Manifest!.AsOf.ShouldBe(Today);
        (await folder.PlansAsync(default).ToListAsync()).Count.ShouldBe(1);

        File.WriteAllText(_folder.At("manifest.json"), Manifest("2", "null"));
        folder = await ExtractFolder.OpenAsync(_folder.Root, Today, default);
        (await Should.ThrowAsync<ExtractFolderException>(() => folder.PlansAsync(default).ToListAsync().AsTask())).File.ShouldBe("plan.csv");

        File.WriteAllText(_folder.At("manifest.json"), Manifest("1", "\"" + new string('0', 64) + "\""));
        (await Should.ThrowAsync<ExtractFolderException>(() => ExtractFolder.OpenAsync(_folder.Root, Today, default))).Message.ShouldContain("SHA-256");

        File.WriteAllText(_folder.At("manifest.json"), "{\"as_of\":\"Sample\"}");
        var error = await Should.ThrowAsync<ExtractFolderException>(() => ExtractFolder.OpenAsync(_folder.Root, Today, default));
        error.File.ShouldBe("manifest.json");
        error.ToString().ShouldNotContain("Sample");
    }

    [Fact]
    public async Task What_is_written_is_read_again_whole()
    {
        var path = _folder.At("out/extract");
        var setAside = new SetAsideRow(SourceTable.LegalStatus, "cpis_source_legal_status id LS9", "LS9", null, "code", "missing");
        ExtractManifest written;
        await using (var writer = ExtractFolderWriter.Create(path))
        {
            writer.Add(new Worker("W1", "Pat \"the\" O'Neil, senior", null, true));
            writer.Add(setAside);
            written = await writer.CompleteAsync(ExtractManifest.Plain(Today) with
            {
                Restriction = new(new(2026, 3, 1), null, null),
                Full = true,
                ViewRows = new(4, 3, 2, 1),
                PersonsWithoutRows = ["P7"],
                NumbersClaimedElsewhere = ["P1"],
                HeldNumbersClaimedElsewhere = ["P2"],
            });
        }

        var folder = await ExtractFolder.OpenAsync(path, Today, default);
        folder.Manifest!.ToJson().ShouldBe(written.ToJson());
        folder.Manifest.HeldNumbersClaimedElsewhere.ShouldBe(["P2"]);
        folder.Manifest.Restriction.ShouldBe(new(new(2026, 3, 1), null, null));
        folder.Manifest!.Files["worker.csv"].Rows.ShouldBe(1);
        (await folder.WorkersAsync(default).ToListAsync()).ShouldHaveSingleItem().Row!.Name.ShouldBe("Pat \"the\" O'Neil, senior");
        (await folder.PeopleAsync(default).ToListAsync()).ShouldBeEmpty();
        (await folder.SetAsideEarlierAsync(default).ToListAsync()).ShouldHaveSingleItem().ShouldBe(setAside);
        Directory.GetFileSystemEntries(_folder.At("out")).ShouldBe([path]);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Path.Combine(path, "person.csv")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task No_half_extract_is_ever_visible()
    {
        var path = _folder.At("extract");
        await WriteWorkerAsync(path, "W1");
        await using (var writer = ExtractFolderWriter.Create(path))
        {
            writer.Add(new Worker("W2", null, null, true));
        }

        (await OnlyWorkerAsync(path)).ShouldBe("W1");

        // What a killed process left is cleared away.
        var left = ExtractFolderWriter.Create(path);
        left.Add(new Worker("W3", null, null, true));
        await WriteWorkerAsync(path, "W4");
        (await OnlyWorkerAsync(path)).ShouldBe("W4");
        Directory.GetFileSystemEntries(_folder.Root).ShouldBe([path]);
    }

    [Fact]
    public async Task A_folder_of_other_files_is_not_overwritten()
    {
        WriteAll();
        Should.Throw<ExtractFolderException>(() => ExtractFolderWriter.Create(_folder.Root));
        Directory.CreateDirectory(_folder.At("empty"));
        await WriteWorkerAsync(_folder.At("empty"), "W1");
        File.WriteAllText(_folder.At("empty/notes.txt"), "");
        Should.Throw<ExtractFolderException>(() => ExtractFolderWriter.Create(_folder.At("empty")));
    }

    [Fact]
    public void Rows_of_any_content_survive_writing_and_reading()
    {
        var text = Gen.Elements("a", "Ł", "𠮷", "\"", ",", "'", ";", "=1+1", " ", "-", "é").NonEmptyListOf().Select(l => string.Concat(l).Trim()).Where(t => t.Length is > 0 and <= 64);
        var optional = Gen.OneOf(text.Select(t => (string?)t), Gen.Constant<string?>(null));
        var date = Gen.OneOf(Gen.Choose(0, 40_000).Select(n => (DateOnly?)new DateOnly(1900, 1, 1).AddDays(n)), Gen.Constant<DateOnly?>(null));
        var flag = Gen.Elements(true, false);
        var instant = Gen.OneOf(Gen.Choose(0, int.MaxValue).Select(n => (DateTimeOffset?)DateTimeOffset.UnixEpoch.AddMilliseconds(n * 1009L)), Gen.Constant<DateTimeOffset?>(null));
        var person = from id in text from a in optional from b in optional from c in optional from d in date from f in flag from e in date from m in optional from w in optional from g in optional from t in optional from i in instant
                     select new Person(id, a, b, c, d, f, e, m, w, g, t, i);
        var plan = from id in text from p in text from s in date from e in date from a in flag from b in flag from i in instant select new Plan(id, p, s, e, a, b, i);
        var status = from id in text from p in text from c in text from s in date from e in date from b in flag from i in instant select new LegalStatus(id, p, c, s, e, b, i);
        var all = from people in person.ListOf() from plans in plan.ListOf() from statuses in status.ListOf() select (people, plans, statuses);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll(all.ToArbitrary(), x =>
        {
            var (people, plans, statuses) = x;
            return Task.Run(async () =>
            {
                var path = _folder.At("round");
                await using (var writer = ExtractFolderWriter.Create(path))
                {
                    people.ToList().ForEach(writer.Add);
                    plans.ToList().ForEach(writer.Add);
                    statuses.ToList().ForEach(writer.Add);
                    await writer.CompleteAsync(ExtractManifest.Plain(Today));
                }

                var folder = await ExtractFolder.OpenAsync(path, new DateOnly(2099, 12, 31), default);
                return (await folder.PeopleAsync(default).Select(p => p.Row).ToListAsync()).SequenceEqual(people)
                    && (await folder.PlansAsync(default).Select(p => p.Row).ToListAsync()).SequenceEqual(plans)
                    && (await folder.LegalStatusesAsync(default).Select(p => p.Row).ToListAsync()).SequenceEqual(statuses);
            }).GetAwaiter().GetResult();
        }));
    }

    [Fact]
    public async Task Db_check_is_silent_when_all_is_well()
    {
        WriteAll();
        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        await CareTables.LoadAsync(session, _folder.Root, _ => { }, default);
        (await SourceCheck.RunAsync(session, Today, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Db_check_names_views_columns_and_cells_that_do_not_fit()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var session = await database.OpenAsync(default);
        await session.ExecuteTextAsync(
            """
            DROP VIEW cpis_source_person;
            DROP VIEW cpis_source_plan; CREATE VIEW cpis_source_plan AS SELECT plan_id, person_id, start_date, end_date, recorded_in_error, changed_at, 1 AS extra FROM care_plan;
            DROP VIEW cpis_source_legal_status; CREATE VIEW cpis_source_legal_status AS SELECT * FROM gone;
            DROP VIEW cpis_source_worker; CREATE VIEW cpis_source_worker AS SELECT 1 AS worker_id, name, email, is_active FROM care_worker;
            INSERT INTO care_worker VALUES ('W1', 'Pat', NULL, '1'), ('W2', 'Jo', NULL, '1');
            """,
            default);
        var findings = await SourceCheck.RunAsync(session, Today, default);
        findings.Where(f => f.IsError).Select(f => f.Text).ShouldBe(
        [
            "The view cpis_source_person is missing.",
            "The view cpis_source_plan has no column held_by_other_authority.",
            "The view cpis_source_legal_status cannot be read. The database reported error 1 (1).",
            "The view cpis_source_worker: 2 of the first 2 rows cannot be read: worker_id is not a text.",
        ]);
        findings.Single(f => !f.IsError).Text.ShouldContain("extra");

        var reader = new SourceReader(session, Today);
        (await Should.ThrowAsync<StorageSetupException>(() => reader.PeopleAsync(default).ToListAsync().AsTask())).Message.ShouldContain("cpis db check");
    }

    private static async Task WriteWorkerAsync(string path, string id)
    {
        await using var writer = ExtractFolderWriter.Create(path);
        writer.Add(new Worker(id, null, null, true));
        await writer.CompleteAsync(ExtractManifest.Plain(Today));
    }

    private static async Task<string> OnlyWorkerAsync(string path) =>
        (await (await ExtractFolder.OpenAsync(path, Today, default)).WorkersAsync(default).ToListAsync()).ShouldHaveSingleItem().Row!.WorkerId;

    private void WriteAll()
    {
        Write("person", "P1,9990000018,Sample,Alex,2020-01-01,0,,,,,,");
        Write("plan", "PL1,P1,2026-01-01,,0,0,");
        Write("legal_status");
        Write("worker");
    }

    private void Write(string table, params string[] rows)
    {
        var layout = TableLayout.All.Single(t => t.Name == table);
        File.WriteAllText(_folder.At(layout.File), string.Join(',', layout.Columns) + "\n" + string.Concat(rows.Select(r => r + "\n")), Encoding.UTF8);
    }
}
