using System.Xml.Linq;
using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>A lost database is noticed and recovered over MESH too: with the folders of its client, which are evidence of their own, and over its API.</summary>
public class RecoverMeshTests
{
    [Theory]
    [InlineData("flat", 0)]
    [InlineData("hl7v3", 1)]
    public void Over_the_folders_of_a_mesh_client_the_next_night_is_that_of_a_council_that_lost_nothing(string format, int nightsInBackup)
    {
        using var client = new MeshClientSide(format);
        Lost(client.Program, client.Council, nightsInBackup).ShouldBeAs(client.Council.Fourth());
    }

    [Fact]
    public async Task Over_the_mesh_api_the_next_night_is_that_of_a_council_that_lost_nothing()
    {
        await using var mesh = await MeshCouncil.StartAsync();
        var (side, taken, answers) = Side(mesh.Program);
        var council = new LosingCouncil(mesh.Program, side, taken) { Posted = () => Post(answers, (content, workflow) => mesh.Mailbox.Deliver(content, workflow)) };

        var recovered = Lost(mesh.Program, council, nightsInBackup: 1);
        var sent = mesh.Mailbox.Delivered.Select(MeshCouncil.NumberOf).ToList();

        // Each number was sent once, over the loss.
        sent.ShouldBe(sent.Order().Distinct());
        recovered.Files.ShouldBe([sent.Max()]);
        mesh.Mailbox.Inbox.ShouldAllBe(m => m.Status == "acknowledged");
        mesh.Mailbox.Requests.Select(r => r.Headers["Authorization"]).ShouldBeUnique();
        recovered.ShouldBeAs(council.Fourth());
    }

    [Theory]
    [InlineData("out")]
    [InlineData("sent")]
    [InlineData("failed")]
    public void What_lies_in_the_mesh_clients_folders_alone_stops_every_run_and_is_put_back(string folder)
    {
        using var client = new MeshClientSide("hl7v3");
        var (cpis, council) = (client.Program, client.Council);
        client.FirstNightInBackup();
        council.Change(2);
        cpis.Nightly("2026-03-11", Cpis.DoneInAnyCase);
        if (folder != "out")
        {
            client.Transfer(2, folder);
        }

        client.LoseAllButTheClientsFolders();
        cpis.Run("nightly", "--as-of", "2026-03-12").ShouldExit(5);
        cpis.Json(5, "2026-03-12", "status").GetProperty("beyond").GetProperty("files").EnumerateArray().Select(n => n.GetInt64()).ShouldBe([2]);
        client.Files("out").Concat(client.Files("sent")).Concat(client.Files("failed")).Count().ShouldBe(2);

        council.Recover().GetProperty("files").EnumerateArray().Select(n => n.GetInt64()).ShouldBe([2]);
        cpis.Query("SELECT outcome FROM cpis_file WHERE file_number = 2").ShouldHaveSingleItem();
        var night = cpis.Nightly("2026-03-12", Cpis.DoneInAnyCase);
        if (folder == "failed")
        {
            // The client says that it never arrived: it goes out again, under the next number.
            night.Json.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("number").GetInt64()).ShouldBe([3]);
        }
        else
        {
            night.Files.ShouldBe(0);
            night.Decisions.Where(d => d["decision"] != "withheld").ShouldAllBe(d => d["decision"] == "unchanged");
        }
    }

    [Theory]
    [InlineData("answer", "answers")]
    [InlineData("report", "answers")]
    [InlineData("control", "files")]
    public void The_last_trace_of_a_number_at_the_mesh_client_stops_the_night_before_anything_is_sent(string trace, string seenAs)
    {
        using var client = new MeshClientSide("hl7v3");
        var (cpis, council) = (client.Program, client.Council);
        client.FirstNightInBackup();
        council.Change(2);
        cpis.Nightly("2026-03-11", Cpis.DoneInAnyCase);
        var name = client.Transfer(2, "sent");
        client.Forget("sent", name + ".dat");
        if (trace != "control")
        {
            client.Forget("sent", name + ".ctl");
        }

        switch (trace)
        {
            case "answer":
                client.Side.Acknowledge(2, "CPF02", []);
                client.Post();
                break;
            case "report":
                client.Report(name);
                break;
        }

        client.LoseAllButTheClientsFolders();
        council.Change(3);
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        cpis.Run("nightly", "--as-of", "2026-03-12").ShouldExit(5);
        cpis.Json(5, "2026-03-12", "status").GetProperty("beyond").GetProperty(seenAs).EnumerateArray().Select(n => n.GetInt64()).ShouldBe([2]);
        client.Files("out").ShouldBeEmpty();

        // What it told is lost, which is said; its number is not used again, and the night tells what the backup does not know.
        var recovered = council.Recover(5);
        recovered.GetProperty("last_number").GetInt64().ShouldBe(2);
        recovered.GetProperty("not_rebuilt").EnumerateArray().Select(n => n.GetInt64()).ShouldBe([2]);
        cpis.Nightly("2026-03-12", Cpis.DoneInAnyCase).Json.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("number").GetInt64()).ShouldBe([3]);
    }

    /// <summary>Three nights, the database lost and recovered, and the night after; then the data folder is the one that lost nothing.</summary>
    private static FourthNight Lost(Cpis cpis, LosingCouncil council, int nightsInBackup)
    {
        if (nightsInBackup == 0)
        {
            cpis.Run("db", "init").ShouldExit(0);
            council.Backup();
        }

        council.ThreeNights(after: night =>
        {
            if (night == nightsInBackup)
            {
                council.Backup();
            }
        });
        var original = council.Snapshot();
        var sequence = council.LastNumber();
        var aside = council.PutAside();
        council.Restore();
        cpis.Run("nightly", "--as-of", "2026-03-13").ShouldExit(5);

        council.Recover().GetProperty("last_number").GetInt64().ShouldBe(sequence);
        council.Snapshot().ShouldBe(original);
        var recovered = council.Fourth();
        recovered.Files.Min().ShouldBe(sequence + 1);
        council.TakeBack(aside);
        return recovered;
    }

    private static (CpIsSide Side, string Taken, string Answers) Side(Cpis cpis)
    {
        var (taken, answers) = (Path.Combine(cpis.Root, "cp-is-took"), Path.Combine(cpis.Root, "cp-is-wrote"));
        return (new CpIsSide(taken, answers) { OdsCode = "Y12", CouncilName = "OTHERTON COUNCIL" }, taken, answers);
    }

    /// <summary>Hands on what CP-IS wrote, with the workflow of each.</summary>
    private static void Post(string answers, Action<string, string> deliver)
    {
        foreach (var file in Directory.GetFiles(answers).Order(StringComparer.Ordinal))
        {
            var workflow = Path.GetFileName(file).Split('-')[0] switch { "ack" => "WF_RESPONSE", "inactive" => "WF_INACTIVE", _ => "WF_ACCESS" };
            deliver(File.ReadAllText(file), workflow);
            File.Delete(file);
        }
    }

    /// <summary>A council with the folders of a MESH client; the tests do what the client does.</summary>
    private sealed class MeshClientSide : IDisposable
    {
        private readonly string _answers;
        private int _came;

        public MeshClientSide(string format)
        {
            foreach (var (key, value) in new[]
            {
                ("AUTHORITY__CODE", "Y12"), ("AUTHORITY__ODSCODE", "Y12"), ("AUTHORITY__NAME", "OTHERTON COUNCIL"), ("AUTHORITY__EMERGENCYDUTYPHONE", "01632960002"),
                ("TRANSPORT__KIND", "mesh-client"), ("TRANSPORT__MESHCLIENT__MAILBOX", "Y12OT001"), ("TRANSPORT__MESHCLIENT__RECIPIENT", "CPIS001"),
                ("TRANSPORT__MESHCLIENT__SETTLESECONDS", "0"), ("TRANSPORT__MESHCLIENT__WORKFLOWIDS__UPLOAD", "WF_UPLOAD"),
                ("TRANSPORT__MESHCLIENT__WORKFLOWIDS__ACKNOWLEDGEMENT", "WF_RESPONSE"), ("TRANSPORT__MESHCLIENT__WORKFLOWIDS__ACCESS", "WF_ACCESS"),
                ("TRANSPORT__MESHCLIENT__WORKFLOWIDS__INACTIVE", "WF_INACTIVE"), ("PAYLOAD__FORMATS__0", format),
            })
            {
                Program.Configure("CPIS__" + key, value);
            }

            if (format != "hl7v3")
            {
                Program.Configure("CPIS__PAYLOAD__FORMATS__1", "hl7v3");
            }

            (Side, var taken, _answers) = RecoverMeshTests.Side(Program);
            Council = new LosingCouncil(Program, Side, taken) { Taken = number => Transfer(number, "sent"), Posted = Post };
        }

        public Cpis Program { get; } = new();

        public CpIsSide Side { get; }

        public LosingCouncil Council { get; }

        public void FirstNightInBackup()
        {
            Council.People();
            Program.Nightly("2026-03-10");
            Council.Answer(1);
            Program.Json(Cpis.DoneInAnyCase, "2026-03-10", "ingest-access");
            Council.Backup();
        }

        /// <summary>The database is the backup, and the other folders of the council are as they were then.</summary>
        public void LoseAllButTheClientsFolders()
        {
            foreach (var file in new[] { "archive", "runs" }.SelectMany(f => Directory.GetFiles(Path.Combine(Program.Data, f), "upload-000002.*", SearchOption.AllDirectories)))
            {
                File.Delete(file);
            }

            Council.Restore();
        }

        /// <summary>The client moves the pair of a file and writes what became of it. Returns the name of the pair.</summary>
        public string Transfer(long number, string folder)
        {
            var name = Path.GetFileNameWithoutExtension(Files("out").Single(f => f.StartsWith($"{number:D6}-", StringComparison.Ordinal) && f.EndsWith(".ctl", StringComparison.Ordinal)));
            var control = XDocument.Load(PathOf("out", name + ".ctl"));
            control.Root!.Add(new XElement("DTSId", "DTS-" + name));
            control.Root.Add(folder == "failed" ? Status("SEND", "ERROR", "12") : Status("TRANSFER", "SUCCESS", "00"));
            File.Move(PathOf("out", name + ".dat"), PathOf(folder, name + ".dat"));
            control.Save(PathOf(folder, name + ".ctl"));
            File.Delete(PathOf("out", name + ".ctl"));
            return name;
        }

        public void Forget(string folder, string file) => File.Delete(PathOf(folder, file));

        /// <summary>MESH reports, as a lone control file, that CP-IS never collected a file.</summary>
        public void Report(string localId) => new XElement(
            "DTSControl", new XElement("MessageType", "Report"), new XElement("WorkflowId", "WF_UPLOAD"), new XElement("LocalId", localId), Status("SEND", "ERROR", "15"))
            .Save(PathOf("in", "REPORT.ctl"));

        public void Post() => RecoverMeshTests.Post(_answers, (content, workflow) =>
        {
            var name = $"M{++_came:D4}";
            File.WriteAllText(PathOf("in", name + ".dat"), content);
            File.WriteAllText(PathOf("in", name + ".ctl"), $"<DTSControl><MessageType>Data</MessageType><WorkflowId>{workflow}</WorkflowId><DTSId>{name}</DTSId></DTSControl>");
        });

        public IReadOnlyList<string> Files(string folder) => Directory.Exists(PathOf(folder))
            ? [.. Directory.GetFiles(PathOf(folder)).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]
            : [];

        public void Dispose() => Program.Dispose();

        private string PathOf(params string[] names) => Path.Combine([Program.Data, "mesh", .. names]);

        private static XElement Status(string @event, string status, string code) =>
            new("StatusRecord", new XElement("Event", @event), new XElement("Status", status), new XElement("StatusCode", code));
    }
}
