using System.Text.Json;
using CpIs.EndToEnd.Tests.Harness;
using CpIs.TestMesh;
using Shouldly;
using static CpIs.EndToEnd.Tests.MeshCouncil;

namespace CpIs.EndToEnd.Tests;

/// <summary>The built program is killed while it speaks to MESH; the next run settles by itself what became of everything.</summary>
public class MeshBreakOffTests
{
    [Theory]
    [InlineData(true, 1, 1)]
    [InlineData(false, 2, 3)]
    public async Task Killed_while_sending_the_next_run_asks_mesh_and_the_file_arrives_exactly_once(bool arrived, int sendings, int asked)
    {
        await using var council = await ReadyAsync();
        var (cpis, mailbox) = (council.Program, council.Mailbox);

        await council.KilledAsync("send", 1, arrived, "nightly", "--as-of", FirstNight);

        mailbox.Delivered.Count.ShouldBe(arrived ? 1 : 0);
        var begun = cpis.Query("SELECT status, local_id, message_id FROM cpis_file").ShouldHaveSingleItem();
        (begun["status"], begun["message_id"]).ShouldBe(("sending", ""));
        council.QuietNight(FirstNight).Files.ShouldBe(0);

        var upload = mailbox.Delivered.ShouldHaveSingleItem();
        (mailbox.Outbox.Count, mailbox.Count("send"), mailbox.Count("track-local")).ShouldBe((1, sendings, asked));
        (upload.LocalId, council.Read(upload).Count).ShouldBe((begun["local_id"], 2));
        var file = cpis.Query("SELECT status, message_id, duplicate_risk FROM cpis_file").ShouldHaveSingleItem();
        (file["status"], file["message_id"], file["duplicate_risk"]).ShouldBe(("sent", upload.Id, "0"));
        council.QuietNight(SecondNight).Files.ShouldBe(0);
        mailbox.Outbox.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Killed_between_two_chunks_and_again_after_the_last_it_goes_on_where_it_was_and_the_file_arrives_exactly_once()
    {
        await using var council = await StartAsync();
        var (cpis, mailbox) = (council.Program, council.Mailbox);
        council.Configure("CHUNKMEGABYTES", "5");
        cpis.Configure("CPIS__PAYLOAD__MAXRECORDSPERFILE", "100000");
        cpis.RunIn(cpis.Root, ["db", "generate", "--children", "6500", "--seed", "1", "--out", "many", "--as-of", FirstNight]).ShouldExit(0);
        cpis.Run("db", "load", "--from", Path.Combine(cpis.Root, "many")).ShouldExit(0);

        await council.KilledAsync("chunk", 1, done: false, "nightly", "--as-of", FirstNight);
        var half = mailbox.Outbox.ShouldHaveSingleItem();
        (half.Status, half.Total, half.Chunks.Count).ShouldBe(("uploading", 2, 1));
        cpis.Query("SELECT message_id FROM cpis_file").ShouldHaveSingleItem()["message_id"].ShouldBe(half.Id);

        // What was begun is completed as it was cut first, whatever the settings say now.
        council.Configure("COMPRESS", "false");
        await council.KilledAsync("chunk", 1, done: true, "submit", "--as-of", FirstNight);
        half.Status.ShouldBe("accepted");

        cpis.Json(0, FirstNight, "submit").GetProperty("sent").GetArrayLength().ShouldBe(1);
        mailbox.Outbox.Count.ShouldBe(1);
        (mailbox.Count("send"), mailbox.Count("chunk")).ShouldBe((1, 2));
        half.Chunks.Values.ShouldAllBe(c => c.Encoding == "gzip");
        var file = cpis.Query("SELECT status, sha256, record_count FROM cpis_file").ShouldHaveSingleItem();
        file["status"].ShouldBe("sent");
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(half.Content())).ShouldBe(file["sha256"]);
        cpis.Query("SELECT state_key FROM cpis_transport_state").ShouldHaveSingleItem()["state_key"].ShouldStartWith("mesh-api/handshake/");
    }

    [Theory]
    [InlineData("download-chunk", 1, true)]
    [InlineData("acknowledge", 1, false)]
    [InlineData("acknowledge", 2, true)]
    public async Task Killed_while_receiving_the_next_run_applies_everything_exactly_once(string call, int nth, bool done)
    {
        await using var council = await ReadyAsync();
        var (cpis, mailbox) = (council.Program, council.Mailbox);
        council.QuietNight(FirstNight);
        council.Confirm(mailbox.Delivered[0]);
        council.Access(Numbers.Of(1), "P1", 1);
        council.Access(Numbers.Of(2), "P2", 1);

        await council.KilledAsync(call, nth, done, "ingest-access", "--as-of", SecondNight);
        var left = mailbox.Inbox.Count(m => m.Status == "accepted");
        left.ShouldBe(call == "acknowledge" ? done ? 1 : 3 : 3);

        cpis.Json(0, SecondNight, "ingest-access").GetProperty("repeated").GetInt32().ShouldBe(0);
        mailbox.Inbox.ShouldAllBe(m => m.Status == "acknowledged");
        council.AcknowledgedTooEarly.ShouldBeEmpty();
        cpis.Query("SELECT access_id FROM cpis_access_audit").Count.ShouldBe(2);
        cpis.Query("SELECT alert_id FROM cpis_alert WHERE alert_type = 'access'").Count.ShouldBe(4);
        cpis.Query("SELECT inbound_id FROM cpis_inbound WHERE status = 'applied'").Count.ShouldBe(3);
        cpis.Query("SELECT outcome FROM cpis_file_record").ShouldAllBe(r => r["outcome"] == "confirmed");
    }

    [Fact]
    public async Task Several_messages_under_one_local_id_raise_an_alert_and_nothing_more_is_sent()
    {
        await using var council = await ReadyAsync();
        var (cpis, mailbox) = (council.Program, council.Mailbox);
        await council.KilledAsync("send", 1, done: true, "nightly", "--as-of", FirstNight);
        var first = mailbox.Outbox.ShouldHaveSingleItem();
        mailbox.Outbox.Add(new MeshMessage { Id = mailbox.NewId(), WorkflowId = first.WorkflowId, LocalId = first.LocalId, FileName = first.FileName });

        cpis.Json(5, FirstNight, "submit");

        mailbox.Count("send").ShouldBe(1);
        var alert = cpis.Query("SELECT recipient_kind, status, description FROM cpis_alert WHERE alert_type = 'acknowledgement-problem'").ShouldHaveSingleItem();
        (alert["recipient_kind"], alert["status"]).ShouldBe(("role", "open"));
        alert["description"].ShouldContain("more than once");
        var file = cpis.Query("SELECT status, duplicate_risk FROM cpis_file").ShouldHaveSingleItem();
        (file["status"], file["duplicate_risk"]).ShouldBe(("sent", "1"));
        var status = cpis.Run("status", "--as-of", FirstNight, "--json");
        status.ShouldExit(5);
        JsonDocument.Parse(status.Output).RootElement.GetRawText().ShouldContain("acknowledgement-problem");
    }

    private static async Task<MeshCouncil> ReadyAsync()
    {
        var council = await StartAsync();
        var cpis = council.Program;
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        return council;
    }
}
