using System.Xml.Linq;
using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>Nights of the built program over the folders of a MESH client; the tests do what the client does.</summary>
public class MeshClientNightTests
{
    [Fact]
    public void A_night_hands_a_pair_to_the_client_the_next_takes_in_what_came_and_sends_nothing()
    {
        using var cpis = Council();
        cpis.Nightly("2026-03-10");

        var name = Path.GetFileNameWithoutExtension(Files(cpis, "out")[0]);
        Files(cpis, "out").ShouldBe([name + ".ctl", name + ".dat"]);
        var control = XDocument.Load(PathOf(cpis, "out", name + ".ctl")).Root!;
        (control.Element("WorkflowId")!.Value, control.Element("To_DTS")!.Value, control.Element("From_DTS")!.Value, control.Element("LocalId")!.Value)
            .ShouldBe(("WF_UPLOAD", "CPIS001", "Y12OT001", name));
        var side = new CpIsSide(Path.Combine(cpis.Root, "side"), Path.Combine(cpis.Root, "answers")) { OdsCode = "Y12" };
        Directory.CreateDirectory(Path.Combine(cpis.Root, "side"));
        File.Copy(PathOf(cpis, "out", name + ".dat"), Path.Combine(cpis.Root, "side", "upload-000001.xml"));
        var records = side.Read(1);
        records.Select(r => $"{r.LocalId} {r.Brief}").ShouldBe(["P1 CPP 2026-01-15"]);

        Transferred(cpis, "sent", name, "TRANSFER", "SUCCESS", "00");
        var answer = File.ReadAllText(side.Acknowledge(1, "CPF02", [(records[0], "CPR06")]));
        var access = File.ReadAllText(side.Access((Guid.NewGuid(), "20260310231500+0000", Numbers.Of(1), "P1", 1, "Nora", "RXX")));
        Incoming(cpis, "M1", "WF_RESPONSE", answer);
        Incoming(cpis, "M2", "WF_ACCESS", access);
        Incoming(cpis, "M3", "SOMEONE_ELSES", "<theirs/>");
        var second = new Night(cpis, cpis.Json(0, "2026-03-11", "nightly"));

        second.Files.ShouldBe(0);
        Files(cpis, "in").ShouldBe(["M3.ctl", "M3.dat"]);
        new[] { "out", "sent", "failed", "cpis-staging" }.SelectMany(f => Files(cpis, f)).ShouldBeEmpty();
        var archived = Directory.GetFiles(Path.Combine(cpis.Data, "archive"), "*", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
        new[] { answer, access }.ShouldBeSubsetOf(archived);
        cpis.Query("SELECT person_id FROM cpis_access_audit").ShouldHaveSingleItem()["person_id"].ShouldBe("P1");
        cpis.Query("SELECT outcome FROM cpis_file_record").ShouldHaveSingleItem()["outcome"].ShouldBe("confirmed");
    }

    [Fact]
    public void K2_what_the_client_could_not_send_and_what_cp_is_could_not_take_goes_out_again()
    {
        using var cpis = Council();
        cpis.Nightly("2026-03-10");
        Transferred(cpis, "failed", Path.GetFileNameWithoutExtension(Files(cpis, "out")[0]), "SEND", "ERROR", "12");

        cpis.Json(5, "2026-03-11", "nightly");
        var second = Path.GetFileNameWithoutExtension(Files(cpis, "out")[0]);
        Transferred(cpis, "sent", second, "TRANSFER", "SUCCESS", "00");
        File.WriteAllText(
            PathOf(cpis, "in", "R1.ctl"),
            $"<DTSControl><MessageType>Report</MessageType><WorkflowId>WF_UPLOAD</WorkflowId><LocalId>{second}</LocalId><StatusRecord><Event>SEND</Event><Status>ERROR</Status><StatusCode>15</StatusCode></StatusRecord></DTSControl>");
        cpis.Json(5, "2026-03-12", "nightly");

        new[] { "in", "sent", "failed" }.SelectMany(f => Files(cpis, f)).ShouldBeEmpty();
        Files(cpis, "out").Length.ShouldBe(2);
        cpis.Query("SELECT file_number FROM cpis_file WHERE outcome = 'failed' ORDER BY file_number").Select(f => f["file_number"]).ShouldBe(["1", "2"]);
        cpis.Query("SELECT alert_id FROM cpis_alert WHERE alert_type = 'file-rejected'").Count.ShouldBe(2);
    }

    [Fact]
    public async Task Killed_while_it_hands_a_pair_over_the_next_run_leaves_exactly_one()
    {
        using var cpis = Council();
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        using (var process = cpis.Start("nightly", "--as-of", "2026-03-10"))
        {
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            SpinWait.SpinUntil(() => process.HasExited || Files(cpis, "cpis-staging").Length > 0 || Files(cpis, "out").Length > 0, TimeSpan.FromMinutes(3)).ShouldBeTrue();
            process.Kill();
            await process.WaitForExitAsync();
            await Task.WhenAll(output, error);
        }

        cpis.Json(0, "2026-03-10", "nightly");

        var pair = Files(cpis, "out");
        pair.Select(Path.GetExtension).ShouldBe([".ctl", ".dat"]);
        var file = cpis.Query("SELECT local_id, sha256 FROM cpis_file WHERE status = 'sent'").ShouldHaveSingleItem();
        pair[1].ShouldBe(file["local_id"] + ".dat");
        Files(cpis, "cpis-staging").ShouldNotContain(f => f.StartsWith(file["local_id"]));
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(PathOf(cpis, "out", pair[1])))).ShouldBe(file["sha256"]);
    }

    private static Cpis Council()
    {
        var cpis = new Cpis();
        foreach (var (key, value) in new[]
        {
            ("AUTHORITY__CODE", "Y12"), ("AUTHORITY__ODSCODE", "Y12"), ("AUTHORITY__NAME", "OTHERTON COUNCIL"), ("AUTHORITY__EMERGENCYDUTYPHONE", "01632960002"),
            ("TRANSPORT__KIND", "mesh-client"), ("TRANSPORT__MESHCLIENT__MAILBOX", "Y12OT001"), ("TRANSPORT__MESHCLIENT__RECIPIENT", "CPIS001"),
            ("TRANSPORT__MESHCLIENT__SETTLESECONDS", "0"), ("TRANSPORT__MESHCLIENT__WORKFLOWIDS__UPLOAD", "WF_UPLOAD"),
            ("TRANSPORT__MESHCLIENT__WORKFLOWIDS__ACKNOWLEDGEMENT", "WF_RESPONSE"), ("TRANSPORT__MESHCLIENT__WORKFLOWIDS__ACCESS", "WF_ACCESS"),
            ("TRANSPORT__MESHCLIENT__WORKFLOWIDS__INACTIVE", "WF_INACTIVE"),
        })
        {
            cpis.Configure("CPIS__" + key, value);
        }

        cpis.Source.Person("P1", Numbers.Of(1), "One", "Olive", "2018-05-04");
        cpis.Source.Plan("L1", "P1", "2026-01-15");
        return cpis;
    }

    /// <summary>The client moves a pair and writes into its control file what became of it.</summary>
    private static void Transferred(Cpis cpis, string folder, string name, string @event, string status, string code)
    {
        var control = XDocument.Load(PathOf(cpis, "out", name + ".ctl"));
        control.Root!.Add(new XElement("DTSId", "DTS-" + name));
        control.Root.Add(new XElement("StatusRecord", new XElement("Event", @event), new XElement("Status", status), new XElement("StatusCode", code)));
        File.Move(PathOf(cpis, "out", name + ".dat"), PathOf(cpis, folder, name + ".dat"));
        control.Save(PathOf(cpis, folder, name + ".ctl"));
        File.Delete(PathOf(cpis, "out", name + ".ctl"));
    }

    private static void Incoming(Cpis cpis, string name, string workflow, string content)
    {
        File.WriteAllText(PathOf(cpis, "in", name + ".dat"), content);
        File.WriteAllText(
            PathOf(cpis, "in", name + ".ctl"), $"<DTSControl><MessageType>Data</MessageType><WorkflowId>{workflow}</WorkflowId><DTSId>{name}</DTSId></DTSControl>");
    }

    private static string PathOf(Cpis cpis, string folder, string file)
    {
        Directory.CreateDirectory(Path.Combine(cpis.Data, "mesh", folder));
        return Path.Combine(cpis.Data, "mesh", folder, file);
    }

    private static string[] Files(Cpis cpis, string folder)
    {
        var path = Path.Combine(cpis.Data, "mesh", folder);
        return Directory.Exists(path) ? [.. Directory.GetFiles(path).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)] : [];
    }
}
