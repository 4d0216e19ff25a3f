using CpIs.Transport.MeshApi;
using CpIs.TestMesh;
using CpIs.Transport.Tests.Support;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

public sealed class MeshReceiveTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    [Fact]
    public async Task Messages_of_every_configured_workflow_come_in_and_leave_the_inbox_once_completed()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Deliver("<ack/>", "WF_RESPONSE", localId: "L1");
        rig.Mailbox.Deliver("<access/>", "WF_ACCESS");
        rig.Mailbox.Deliver("<inactive/>", "WF_INACTIVE");

        var taken = await rig.TakeAllAsync();

        taken.Select(t => (t.Content, t.Item.WorkflowId, t.Item.LocalId, t.Item.Problem)).ShouldBe(
            [("<ack/>", "WF_RESPONSE", "L1", null), ("<access/>", "WF_ACCESS", null, null), ("<inactive/>", "WF_INACTIVE", null, null)]);
        taken.Select(t => t.Item.TransportId).ShouldBe(rig.Mailbox.Inbox.Select(m => m.Id));
        taken[0].Item.Name.ShouldBe("message.xml");
        rig.Mailbox.Inbox.ShouldAllBe(m => m.Status == "acknowledged");
        rig.Folder.Files("work").ShouldBeEmpty();
        (await rig.ReceiveAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_acknowledged_until_it_is_completed_and_a_restart_shows_it_again()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Deliver("<access/>", "WF_ACCESS");

        var first = (await rig.ReceiveAsync()).ShouldHaveSingleItem();
        await rig.RestartAsync();
        var second = (await rig.ReceiveAsync()).ShouldHaveSingleItem();

        rig.Mailbox.Count("acknowledge").ShouldBe(0);
        second.ShouldBe(first);
        File.ReadAllText(second.ContentPath!).ShouldBe("<access/>");
        await rig.Transport.CompleteAsync(second, default);
        await rig.Transport.CompleteAsync(second, default);
        rig.Mailbox.Inbox[0].Status.ShouldBe("acknowledged");
    }

    [Fact]
    public async Task What_an_earlier_run_left_in_the_work_folder_is_removed()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Folder.Write("half", "work", "OLD.mesh");
        rig.Folder.Write("not ours", "work", "other.txt");

        await rig.ReceiveAsync();

        rig.Folder.Files("work").ShouldBe(["other.txt"]);
    }

    [Theory]
    [InlineData(1, null, true)]
    [InlineData(1, "gzip", true)]
    [InlineData(3, null, true)]
    [InlineData(3, "gzip", true)]
    [InlineData(3, null, false)]
    [InlineData(3, "gzip", false)]
    public async Task Each_chunk_is_decoded_by_its_own_encoding(int chunks, string? encoding, bool serverCompresses)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.CompressesDownloads = serverCompresses;
        var content = string.Join(',', Enumerable.Range(0, 500));
        rig.Mailbox.Deliver(content, "WF_ACCESS", encoding: encoding, chunks: chunks, checksum: "sha256:" + Payloads.Sha256(content));

        var taken = await rig.TakeAllAsync();

        taken.ShouldHaveSingleItem().Content.ShouldBe(content);
        rig.Mailbox.Count("download-chunk").ShouldBe(chunks - 1);
    }

    [Theory]
    [InlineData("k:n", null)]
    [InlineData(null, "n")]
    [InlineData("n:n", null)]
    [InlineData(" k : n ", null)]
    [InlineData(null, null)]
    [InlineData("nonsense", "n")]
    public async Task The_number_of_parts_is_found_however_it_is_told(string? range, string? total)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Numbering = (chunk, of) => (range is "nonsense" ? range : range?.Replace("k", $"{chunk}").Replace("n", $"{of}"), total?.Replace("n", $"{of}"));
        rig.Mailbox.Deliver("abcdefghi", "WF_ACCESS", chunks: 3);
        rig.Mailbox.Deliver("jkl", "WF_ACCESS");

        (await rig.TakeAllAsync()).Select(t => t.Content).ShouldBe(["abcdefghi", "jkl"]);

        rig.Mailbox.Count("download-chunk").ShouldBe(2);
    }

    [Fact]
    public async Task A_message_whose_parts_are_numbered_differently_is_not_taken_for_whole()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Numbering = (chunk, of) => ($"{chunk}:{(chunk == 1 ? of : of - 1)}", null);
        var message = rig.Mailbox.Deliver("abcdefghi", "WF_ACCESS", chunks: 3);

        (await rig.TakeAllAsync()).ShouldBeEmpty();

        message.Status.ShouldBe("accepted");
        rig.Transport.Tally.Delayed.ShouldHaveSingleItem().Reason.ShouldContain("parts");
    }

    [Fact]
    public async Task A_message_with_a_part_missing_is_never_taken_for_whole()
    {
        await using var rig = new MeshRig(fixture.Server);
        var message = rig.Mailbox.Deliver("abcdefghi", "WF_ACCESS", chunks: 3);
        message.Chunks.Remove(3);

        (await rig.TakeAllAsync()).ShouldBeEmpty();

        message.Status.ShouldBe("accepted");
        rig.Transport.Tally.Delayed.ShouldHaveSingleItem().TransportId.ShouldBe(message.Id);
    }

    [Fact]
    public async Task Chunks_of_different_encodings_make_one_message()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.CompressesDownloads = false;
        var message = rig.Mailbox.Deliver("abcdef", "WF_ACCESS", chunks: 2);
        message.Chunks[2] = new StoredChunk(MeshMailbox.Gzip("def"u8.ToArray()), null, "gzip");

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("abcdef");
    }

    [Fact]
    public async Task Messages_of_other_workflows_are_left_alone_and_counted()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Deliver("<theirs/>", "SOMEONE_ELSES");
        rig.Mailbox.Deliver("<ours/>", "WF_ACCESS");
        rig.Mailbox.Deliver("<theirs/>", "WF_ACCESS_ACK");
        rig.Mailbox.Deliver("<not for us to read/>", "WF_UPLOAD");

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("<ours/>");

        rig.Transport.Tally.OtherWorkflows.ShouldBe(3);
        rig.Mailbox.Inbox.Count(m => m.Status == "accepted").ShouldBe(3);
    }

    [Fact]
    public async Task A_server_that_ignores_the_filter_changes_nothing()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.IgnoresFilter = true;
        rig.Mailbox.Deliver("<theirs/>", "SOMEONE_ELSES");
        rig.Mailbox.Deliver("<ours/>", "WF_INACTIVE");

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("<ours/>");

        rig.Transport.Tally.OtherWorkflows.ShouldBe(1);
        rig.Mailbox.Inbox[0].Status.ShouldBe("accepted");
    }

    [Fact]
    public async Task The_inbox_is_drained_page_after_page_by_the_links_as_they_are()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.LargestPage = 3;
        for (var i = 0; i < 10; i++)
        {
            rig.Mailbox.Deliver($"<a n='{i}'/>", "WF_ACCESS");
            rig.Mailbox.Deliver("<theirs/>", "SOMEONE_ELSES");
        }

        var taken = await rig.TakeAllAsync();

        taken.Select(t => t.Content).ShouldBe(Enumerable.Range(0, 10).Select(i => (string?)$"<a n='{i}'/>"));
        rig.Mailbox.Requests.Where(r => r.Call == "list").ShouldContain(r => r.PathAndQuery.Contains("continue_from=") && r.PathAndQuery.Contains("workflow_filter=WF_ACCESS"));
    }

    [Fact]
    public async Task A_page_that_is_empty_under_the_filter_and_leads_on_is_followed()
    {
        await using var rig = new MeshRig(fixture.Server);
        var waiting = rig.Mailbox.Deliver("<a/>", "WF_ACCESS");
        var next = $"/messageexchange/{rig.Mailbox.Id}/inbox?continue_from=abcdefghijklmnopqrstuvwxyz";
        rig.Mailbox.Faults = (call, nth) => (call, nth) switch
        {
            ("list", 1) => Fault.Answer(200, $$$"""{"messages":[],"links":{"next":"{{{next}}}"}}"""),
            ("list", 2) => Fault.Answer(200, $$"""{"messages":["{{waiting.Id}}"]}"""),
            _ => null,
        };

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("<a/>");

        rig.Mailbox.Requests.Where(r => r.Call == "list").ElementAt(1).PathAndQuery.ShouldBe(next);
    }

    [Fact]
    public async Task A_link_that_leads_elsewhere_or_in_a_circle_is_not_followed()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "list" ? Fault.Answer(200, """{"messages":[],"links":{"next":"https://elsewhere.test/messageexchange/x"}}""") : null;
        (await Should.ThrowAsync<TransportException>(() => rig.ReceiveAsync())).Message.ShouldContain("cannot be read");

        rig.Mailbox.Faults = (call, _) => call == "list" ? Fault.Answer(200, $$$"""{"messages":[],"links":{"next":"/messageexchange/{{{rig.Mailbox.Id}}}/inbox?continue_from=round"}}""") : null;
        (await rig.ReceiveAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_of_version_1_with_full_pages_is_listed_again_until_nothing_is_left()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.OnlyVersion1 = true;
        for (var i = 0; i < 501; i++)
        {
            rig.Mailbox.Deliver("<a/>", "WF_ACCESS");
        }

        var completed = 0;
        await foreach (var item in rig.Transport.ReceiveAsync(default))
        {
            await rig.Transport.CompleteAsync(item, default);
            completed++;
        }

        completed.ShouldBe(501);
        rig.Mailbox.Inbox.ShouldAllBe(m => m.Status == "acknowledged");
    }

    [Fact]
    public async Task Headers_are_read_whatever_their_case()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.LowerCaseHeaders = true;
        rig.Mailbox.Deliver("abcdef", "WF_ACCESS", chunks: 3, localId: "L9");
        rig.Mailbox.Report("14", "M1", "L1");

        var taken = await rig.TakeAllAsync();

        taken.Select(t => (t.Content, t.Item.LocalId)).ShouldBe([("abcdef", "L9"), (null, "L1")]);
        taken[1].Item.Report!.Code.ShouldBe("14");
    }

    [Theory]
    [InlineData("WF_UPLOAD", 1)]
    [InlineData(null, 1)]
    [InlineData("WF_ACCESS", 1)]
    [InlineData("SOMEONE_ELSES", 0)]
    public async Task K2_A_report_is_told_with_what_it_is_about_and_acknowledged(string? workflow, int taken)
    {
        await using var rig = new MeshRig(fixture.Server);
        var report = rig.Mailbox.Report("15", "M1", "E08000099-000001", workflow);

        var items = await rig.TakeAllAsync();

        items.Count.ShouldBe(taken);
        report.Status.ShouldBe(taken == 1 ? "acknowledged" : "accepted");
        if (taken == 1)
        {
            items[0].Item.TransportId.ShouldBe(report.Id);
            items[0].Item.ContentPath.ShouldBeNull();
            items[0].Item.Report.ShouldBe(new TransportReport("M1", "E08000099-000001", true, "SEND", "15", "Not delivered"));
            MeshErrors.IsBadCpisFile(items[0].Item.Report!).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_report_that_tells_almost_nothing_is_still_told()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Inbox.Add(new MeshMessage { Id = rig.Mailbox.NewId(), MessageType = "REPORT", Total = 0 });
        rig.Mailbox.Inbox.Add(new MeshMessage { Id = rig.Mailbox.NewId(), MessageType = null, LinkedMessageId = "M7", Total = 0 });

        var items = await rig.TakeAllAsync();

        items.Select(i => i.Item.Report!.LinkedMessageId).ShouldBe([null, "M7"]);
        items.ShouldAllBe(i => i.Item.Report!.IsError);
    }

    [Fact]
    public async Task An_encoding_or_type_that_nobody_understands_goes_to_quarantine_as_it_came()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.CompressesDownloads = false;
        var encoded = new MeshMessage { Id = rig.Mailbox.NewId(), WorkflowId = "WF_ACCESS", ClaimedEncoding = "br" };
        encoded.Chunks[1] = new StoredChunk("raw"u8.ToArray(), null, null);
        var odd = new MeshMessage { Id = rig.Mailbox.NewId(), WorkflowId = "WF_ACCESS", MessageType = "MYSTERY" };
        odd.Chunks[1] = new StoredChunk("odd"u8.ToArray(), null, null);
        rig.Mailbox.Inbox.AddRange([encoded, odd]);

        var items = await rig.TakeAllAsync();

        items.Select(i => i.Content).ShouldBe(["raw", "odd"]);
        items[0].Item.Problem!.ShouldContain("br");
        items[1].Item.Problem!.ShouldContain("DATA");
        rig.Mailbox.Inbox.ShouldAllBe(m => m.Status == "acknowledged");
    }

    public static TheoryData<string, string, int> PassingFaults
    {
        get
        {
            var faults = new TheoryData<string, string, int>();
            foreach (var call in new[] { "handshake", "list", "download", "download-chunk", "acknowledge", "look" })
            {
                foreach (var status in new[] { 403, 408, 425, 429, 500, 502, 503, 504 })
                {
                    faults.Add(call, nameof(FaultKind.Answer), status);
                }

                faults.Add(call, nameof(FaultKind.Reset), 0);
                faults.Add(call, nameof(FaultKind.Hang), 0);
                if (call is "list" or "download" or "download-chunk")
                {
                    faults.Add(call, nameof(FaultKind.Truncate), 0);
                }

                if (call is "download" or "download-chunk")
                {
                    faults.Add(call, nameof(FaultKind.Corrupt), 0);
                }
            }

            return faults;
        }
    }

    [Theory]
    [MemberData(nameof(PassingFaults))]
    public async Task A_fault_that_passes_is_got_over_within_the_run(string call, string kind, int status)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Deliver("<theirs/>", "SOMEONE_ELSES");
        rig.Mailbox.Deliver("abcdefghijklmnopqrstuvwxyz", "WF_ACCESS", chunks: 2, encoding: "gzip");
        rig.Mailbox.Faults = (c, nth) => (c, nth) == (call, 1) ? new Fault(Enum.Parse<FaultKind>(kind), status) : null;

        var taken = await rig.TakeAllAsync();

        taken.ShouldHaveSingleItem().Content.ShouldBe("abcdefghijklmnopqrstuvwxyz");
        rig.Mailbox.Inbox[1].Status.ShouldBe("acknowledged");
        rig.Transport.Tally.Delayed.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(nameof(FaultKind.Truncate), 0)]
    [InlineData(nameof(FaultKind.Corrupt), 0)]
    [InlineData(nameof(FaultKind.Answer), 500)]
    [InlineData(nameof(FaultKind.Reset), 0)]
    public async Task A_message_that_cannot_be_had_does_not_stop_the_others_is_told_and_is_not_acknowledged(string kind, int status)
    {
        await using var rig = new MeshRig(fixture.Server);
        var bad = rig.Mailbox.Deliver("abcdefghijklmnopqrstuvwxyz", "WF_ACCESS", encoding: "gzip");
        rig.Mailbox.Deliver("<good/>", "WF_ACCESS");
        rig.Mailbox.Faults = (call, nth) => call == "download" && nth <= 4 ? new Fault(Enum.Parse<FaultKind>(kind), status) : null;

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("<good/>");

        bad.Status.ShouldBe("accepted");
        rig.Transport.Tally.Delayed.ShouldHaveSingleItem().TransportId.ShouldBe(bad.Id);
        rig.Folder.Files("work").ShouldBeEmpty();
        rig.Mailbox.Faults = null;
        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("abcdefghijklmnopqrstuvwxyz");
    }

    [Fact]
    public async Task A_work_folder_that_cannot_be_used_stops_the_transport_and_every_message_stays_with_mesh()
    {
        await using var rig = new MeshRig(fixture.Server);
        var message = rig.Mailbox.Deliver("<a/>", "WF_ACCESS");
        rig.Folder.Write("a file where the folder should be", "work");

        var problem = (await Should.ThrowAsync<TransportException>(() => rig.ReceiveAsync())).Message;

        problem.ShouldContain("WorkFolder");
        problem.ShouldBeWholeSentences();
        message.Status.ShouldBe("accepted");
    }

    [Fact]
    public async Task A_server_that_gives_no_message_at_all_stops_the_transport()
    {
        await using var rig = new MeshRig(fixture.Server);
        for (var i = 0; i < 5; i++)
        {
            rig.Mailbox.Deliver("<a/>", "WF_ACCESS");
        }

        rig.Mailbox.Faults = (call, _) => call == "download" ? Fault.Answer(503) : null;

        await Should.ThrowAsync<TransportException>(() => rig.ReceiveAsync());

        rig.Mailbox.Count("download").ShouldBe(3 * 4);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_message_that_went_meanwhile_is_passed_over(int status)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Deliver("<gone/>", "WF_ACCESS");
        rig.Mailbox.Deliver("<there/>", "WF_ACCESS");
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("download", 1) ? Fault.Answer(status) : null;

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("<there/>");

        rig.Transport.Tally.Delayed.ShouldBeEmpty();
        rig.Mailbox.Count("download").ShouldBe(2);
    }

    [Theory]
    [InlineData("sha256:{0}", true)]
    [InlineData("SHA-256 {0}", true)]
    [InlineData("{0}", true)]
    [InlineData("sha256:0000000000000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("md5:00000000000000000000000000000000", false)]
    [InlineData("crc32:00000000", true)]
    [InlineData("as agreed", true)]
    public async Task A_checksum_that_can_be_compared_must_match_before_anything_is_acknowledged(string checksum, bool taken)
    {
        await using var rig = new MeshRig(fixture.Server);
        var message = rig.Mailbox.Deliver("abc", "WF_ACCESS", checksum: string.Format(System.Globalization.CultureInfo.InvariantCulture, checksum, Payloads.Sha256("abc")));

        (await rig.TakeAllAsync()).Count.ShouldBe(taken ? 1 : 0);

        message.Status.ShouldBe(taken ? "acknowledged" : "accepted");
        rig.Transport.Tally.Delayed.Count.ShouldBe(taken ? 0 : 1);
        rig.Mailbox.Count("download").ShouldBe(taken ? 1 : 2);
    }

    [Fact]
    public async Task Bytes_damaged_on_the_way_are_fetched_again_when_the_checksum_tells()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.CompressesDownloads = false;
        rig.Mailbox.Deliver("abc", "WF_ACCESS", checksum: Payloads.Sha256("abc"));
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("download", 1) ? new Fault(FaultKind.Corrupt) : null;

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("abc");
    }

    [Fact]
    public async Task A_sender_known_to_give_wrong_checksums_can_be_put_up_with()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { VerifyChecksum = false });
        rig.Mailbox.Deliver("abc", "WF_ACCESS", checksum: Payloads.Sha256("other"));

        (await rig.TakeAllAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_beyond_the_limit_stays_with_mesh_and_is_told()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { MaxMessageMegabytes = 1 });
        rig.Mailbox.Deliver(new string('a', 1024 * 1024), "WF_ACCESS");
        var large = rig.Mailbox.Deliver(new string('a', (1024 * 1024) + 1), "WF_ACCESS");

        (await rig.TakeAllAsync()).Count.ShouldBe(1);

        rig.Transport.Tally.Delayed.ShouldHaveSingleItem().TransportId.ShouldBe(large.Id);
        rig.Folder.Files("work").ShouldBeEmpty();
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Completing_what_mesh_no_longer_has_is_well(int status)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Deliver("<a/>", "WF_ACCESS");
        rig.Mailbox.Faults = (call, _) => call == "acknowledge" ? Fault.Answer(status) : null;

        (await rig.TakeAllAsync()).Count.ShouldBe(1);

        rig.Folder.Files("work").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_whose_acknowledgement_was_lost_is_shown_again_if_mesh_did_not_take_it()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Deliver("<a/>", "WF_ACCESS");
        rig.Mailbox.Faults = (call, _) => call == "acknowledge" ? new Fault(FaultKind.Reset) : null;
        await Should.ThrowAsync<TransportException>(() => rig.TakeAllAsync());
        rig.Mailbox.Faults = null;
        await rig.RestartAsync();

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("<a/>");
    }

    [Fact]
    public async Task A_hostile_message_id_stays_within_the_work_folder()
    {
        await using var rig = new MeshRig(fixture.Server);
        var message = new MeshMessage { Id = "..%2F..%2FEVIL", WorkflowId = "WF_ACCESS", FileName = "../../evil.xml" };
        message.Chunks[1] = new StoredChunk("x"u8.ToArray(), null, null);
        rig.Mailbox.Inbox.Add(message);
        rig.Mailbox.Faults = (call, _) => call is "download" ? Fault.Answer(200, "x") with { Headers = new Dictionary<string, string> { ["Mex-WorkflowID"] = "WF_ACCESS", ["Mex-FileName"] = "../../evil.xml" } } : null;

        var item = (await rig.ReceiveAsync()).ShouldHaveSingleItem();

        Path.GetDirectoryName(item.ContentPath).ShouldBe(rig.Folder["work"]);
        item.Name.ShouldBe("evil.xml");
    }

    [Fact]
    public async Task Cancelled_while_receiving_it_stops()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Deliver("<a/>", "WF_ACCESS");
        rig.Mailbox.Deliver("<b/>", "WF_ACCESS");
        using var stop = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var item in rig.Transport.ReceiveAsync(stop.Token))
            {
                item.TransportId.ShouldBe(rig.Mailbox.Inbox[0].Id);
                await stop.CancelAsync();
            }
        });

        rig.Mailbox.Inbox.ShouldAllBe(m => m.Status == "accepted");
    }
}
