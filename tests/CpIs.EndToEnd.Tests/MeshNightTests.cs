using System.Text.Json;
using CpIs.EndToEnd.Tests.Harness;
using CpIs.TestMesh;
using Shouldly;
using static CpIs.EndToEnd.Tests.MeshCouncil;

namespace CpIs.EndToEnd.Tests;

/// <summary>Nights of the built program over the MESH API, against a strict server on a real HTTPS socket.</summary>
public class MeshNightTests
{
    [Fact]
    public async Task A_night_sends_over_mesh_the_next_takes_in_every_answer_and_sends_nothing()
    {
        await using var council = await StartAsync();
        var (cpis, mailbox) = (council.Program, council.Mailbox);
        var theirs = mailbox.Deliver("<theirs/>", "SOMEONE_ELSES");

        cpis.Nightly(FirstNight).Summary.ShouldBe(["P1 CPP new", "P2 LAC new"]);

        var upload = mailbox.Delivered.ShouldHaveSingleItem();
        (upload.To, upload.WorkflowId, upload.FileName, upload.ContentType).ShouldBe(("CPIS001", "WF_UPLOAD", "upload-000001.xml", "application/xml"));
        upload.Chunks.ShouldHaveSingleItem().Value.Encoding.ShouldBe("gzip");
        council.Read(upload).Select(r => $"{r.LocalId} {r.Brief}").ShouldBe(["P1 CPP 2026-01-15", "P2 LAC 2025-06-01"]);
        var file = cpis.Query("SELECT status, local_id, message_id FROM cpis_file").ShouldHaveSingleItem();
        (file["status"], file["local_id"], file["message_id"]).ShouldBe(("sent", upload.LocalId, upload.Id));

        // More than a page of messages waits, other people's among them.
        mailbox.LargestPage = 2;
        MeshMessage[] ours =
        [
            council.Access(Numbers.Of(1), "P1", 1), council.Confirm(upload, chunks: 3), council.Access(Numbers.Of(2), "P2", 1),
            council.Inactive(Numbers.Of(2), "P2", 1, Numbers.Of(70)),
        ];
        var alsoTheirs = mailbox.Deliver("<theirs/>", "WF_ACCESS_ACK");
        var second = council.QuietNight(SecondNight);

        second.Files.ShouldBe(0);
        second.Json.GetProperty("accesses").GetInt32().ShouldBe(2);
        mailbox.Delivered.Count.ShouldBe(1);
        ours.ShouldAllBe(m => m.Status == "acknowledged");
        new[] { theirs, alsoTheirs }.ShouldAllBe(m => m.Status == "accepted");
        council.AcknowledgedTooEarly.ShouldBeEmpty();
        cpis.Query("SELECT person_id, accessed_by, organisation_code FROM cpis_access_audit ORDER BY person_id").Select(a => string.Join(' ', a.Values))
            .ShouldBe(["P1 Nora Nurse RXX", "P2 Nora Nurse RXX"]);
        cpis.Query("SELECT alert_type, recipient_id, person_id FROM cpis_alert ORDER BY alert_type, person_id, recipient_id").Select(a => string.Join(' ', a.Values)).ShouldBe(
            ["access M1 P1", "access W1 P1", "access M1 P2", "access W1 P2", "nhs-number-inactive M1 P2", "nhs-number-inactive W1 P2"]);
        cpis.Query("SELECT outcome FROM cpis_file_record").ShouldAllBe(r => r["outcome"] == "confirmed");
        var archived = Directory.GetFiles(Path.Combine(cpis.Data, "archive"), "*", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
        ours.ShouldAllBe(m => archived.Contains(System.Text.Encoding.UTF8.GetString(m.Content())));
        Directory.GetFiles(Path.Combine(cpis.Data, "mesh", "work")).ShouldBeEmpty();

        var third = cpis.Json(0, ThirdNight, "ingest-access");
        (third.GetProperty("messages").GetInt32(), third.GetProperty("other_workflows").GetInt32()).ShouldBe((0, 2));

        // Hands were shaken once for all three processes.
        mailbox.Count("handshake").ShouldBe(1);
        mailbox.Requests.Select(r => r.Headers["Authorization"]).ShouldBeUnique();
    }

    [Fact]
    public async Task K2_a_report_with_code_15_finds_its_file_by_message_id_or_local_id_and_its_records_go_out_again()
    {
        await using var council = await StartAsync();
        var (cpis, mailbox) = (council.Program, council.Mailbox);
        cpis.Nightly(FirstNight);

        mailbox.Report("15", mailbox.Delivered[0].Id, localId: null);
        var second = council.QuietNight(SecondNight, expectedExit: 5);

        second.Json.GetProperty("files")[0].GetProperty("number").GetInt64().ShouldBe(2);
        mailbox.Delivered.Count.ShouldBe(2);
        cpis.Query("SELECT recipient_kind, description FROM cpis_alert WHERE alert_type = 'file-rejected'").ShouldHaveSingleItem()["recipient_kind"].ShouldBe("role");

        // This one lost its workflow and the id of the message; some servers spell headers in lower case.
        mailbox.LowerCaseHeaders = true;
        mailbox.Report("15", linkedMessageId: null, mailbox.Delivered[1].LocalId, workflow: null);
        council.QuietNight(ThirdNight, expectedExit: 5).Files.ShouldBe(1);

        mailbox.Delivered.Select(NumberOf).ShouldBe([1, 2, 3]);
        mailbox.Inbox.ShouldAllBe(m => m.Status == "acknowledged");
        council.AcknowledgedTooEarly.ShouldBeEmpty();
        cpis.Query("SELECT file_number FROM cpis_file WHERE outcome = 'failed' ORDER BY file_number").Select(f => f["file_number"]).ShouldBe(["1", "2"]);
        cpis.Query("SELECT alert_id FROM cpis_alert WHERE alert_type = 'file-rejected'").Count.ShouldBe(2);
    }

    [Fact]
    public async Task K6_what_nobody_can_read_is_quarantined_then_acknowledged_and_a_damaged_message_waits_and_is_told()
    {
        await using var council = await StartAsync();
        var (cpis, mailbox) = (council.Program, council.Mailbox);
        cpis.Nightly(FirstNight);
        council.Confirm(mailbox.Delivered[0]);
        var unreadable = mailbox.Deliver("this is no message of CP-IS", "WF_ACCESS");
        var damaged = mailbox.Deliver("<also/>", "WF_ACCESS", checksum: new string('0', 64));
        var access = council.Access(Numbers.Of(1), "P1", 1);

        var run = cpis.Run("ingest-access", "--as-of", SecondNight, "--json");

        run.ShouldExit(3);
        run.Error.ShouldContain("checksum");
        var result = JsonDocument.Parse(run.Output).RootElement;
        (result.GetProperty("quarantined").GetInt32(), result.GetProperty("accesses").GetInt32(), result.GetProperty("delayed").GetInt32()).ShouldBe((1, 1, 1));
        new[] { unreadable, access }.ShouldAllBe(m => m.Status == "acknowledged");
        damaged.Status.ShouldBe("accepted");
        council.AcknowledgedTooEarly.ShouldBeEmpty();
        Directory.GetFiles(Path.Combine(cpis.Data, "quarantine")).Select(File.ReadAllText).ShouldContain("this is no message of CP-IS");
    }

    [Fact]
    public async Task A_file_that_mesh_refuses_is_told_with_what_to_do_and_goes_out_once_that_is_done()
    {
        await using var council = await StartAsync();
        var (cpis, mailbox) = (council.Program, council.Mailbox);
        mailbox.Recipients.Clear();

        cpis.Nightly(FirstNight, expectedExit: 5);

        cpis.Query("SELECT description FROM cpis_alert WHERE alert_type = 'file-rejected'").ShouldHaveSingleItem()["description"].ShouldContain("Recipient");
        mailbox.Recipients.Add("CPIS001");
        council.QuietNight(SecondNight, expectedExit: 5).Files.ShouldBe(1);
        council.Read(mailbox.Delivered.ShouldHaveSingleItem()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_server_that_is_not_trusted_gets_nothing_and_the_rest_of_the_night_is_done()
    {
        await using var council = await StartAsync();
        await using var stranger = await MeshServer.StartAsync(TestCertificates.WrongAuthority);
        var (cpis, mailbox) = (council.Program, council.Mailbox);
        council.Configure("URL", stranger.Url);

        var night = cpis.Nightly(FirstNight, expectedExit: 3);

        night.Summary.ShouldBe(["P1 CPP new", "P2 LAC new"]);
        night.Json.GetProperty("problems")[0].GetString()!.ShouldContain("TrustedRootsFile");
        council.Configure("URL", council.Server.Url);
        cpis.Json(0, FirstNight, "submit").GetProperty("sent").GetArrayLength().ShouldBe(1);
        mailbox.Delivered.ShouldHaveSingleItem();
    }
}
