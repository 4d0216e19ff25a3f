using System.Globalization;
using System.Text;
using CpIs.TestMesh;
using CpIs.Transport.Tests.Support;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

public sealed class MeshSendTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private const string Content = "<upload>1</upload>";
    private const string LongContent = "<upload>0123456789012345678901234567890123456789</upload>";
    private const string LocalId = "E08000099-000001";

    [Fact]
    public async Task A_file_arrives_whole_with_its_headers()
    {
        await using var rig = new MeshRig(fixture.Server);

        var result = await rig.SendAsync(1, Content);

        result.Outcome.ShouldBe(SendOutcome.Accepted, result.Detail);
        var message = rig.Mailbox.Delivered.ShouldHaveSingleItem();
        message.Id.ShouldBe(result.MessageId);
        Text(message).ShouldBe(Content);
        (message.To, message.WorkflowId, message.LocalId, message.FileName, message.ContentType).ShouldBe(("CPIS001", "WF_UPLOAD", LocalId, "upload-000001.xml", "application/xml"));
        message.Chunks[1].Encoding.ShouldBe("gzip");
        rig.Journal.Calls.ShouldBe([$"begin {LocalId}", $"message {LocalId} {message.Id}"]);
        rig.State.Values.Keys.ShouldHaveSingleItem().ShouldStartWith("mesh-api/handshake/");
    }

    [Fact]
    public async Task The_sending_is_recorded_before_the_first_byte_leaves()
    {
        await using var rig = new MeshRig(fixture.Server);
        var sent = -1;
        rig.Journal.At = point => sent = point == "begin:before" ? rig.Mailbox.Count("send") : sent;

        await rig.SendAsync(1, Content);

        sent.ShouldBe(0);
    }

    [Fact]
    public async Task Compression_and_checksum_follow_the_settings()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { Compress = false, SendChecksum = true });

        await rig.SendAsync(1, Content);

        var message = rig.Mailbox.Delivered.ShouldHaveSingleItem();
        message.Chunks[1].Encoding.ShouldBeNull();
        message.Checksum.ShouldBe("sha256:" + Payloads.Sha256(Content));
        Text(message).ShouldBe(Content);
        rig.Mailbox.Requests.Single(r => r.Call == "send").Headers["Content-Length"].ShouldBe(Content.Length.ToString(CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData(56, 1)]
    [InlineData(55, 2)]
    [InlineData(20, 3)]
    public async Task A_large_file_goes_in_chunks_each_compressed_by_itself(int chunkBytes, int chunks)
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = chunkBytes });
        LongContent.Length.ShouldBeGreaterThanOrEqualTo(56);

        var result = await rig.SendAsync(1, LongContent[..56]);

        result.Outcome.ShouldBe(SendOutcome.Accepted, result.Detail);
        var message = rig.Mailbox.Delivered.ShouldHaveSingleItem();
        message.Chunks.Count.ShouldBe(chunks);
        message.Chunks.Values.ShouldAllBe(c => c.Encoding == "gzip");
        Text(message).ShouldBe(LongContent[..56]);
        rig.Mailbox.Count("chunk").ShouldBe(chunks - 1);
        rig.State.Values.Keys.ShouldHaveSingleItem().ShouldStartWith("mesh-api/handshake/");
    }

    [Fact]
    public async Task The_message_id_is_recorded_before_chunk_2()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        var chunks = -1;
        rig.Journal.At = point => chunks = point == "message:before" ? rig.Mailbox.Count("chunk") : chunks;

        await rig.SendAsync(1, LongContent);

        chunks.ShouldBe(0);
    }

    [Fact]
    public async Task Every_attempt_carries_a_token_of_its_own()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        rig.Mailbox.Faults = (_, nth) => nth == 1 ? Fault.Answer(429) : null;

        (await rig.SendAsync(1, LongContent)).Outcome.ShouldBe(SendOutcome.Accepted);

        var tokens = rig.Mailbox.Requests.Select(r => r.Headers["Authorization"]).ToList();
        tokens.Count.ShouldBe(7);
        tokens.ShouldBeUnique();
    }

    [Fact]
    public async Task Hands_are_shaken_once_in_24_hours_and_a_restart_does_not_forget()
    {
        await using var rig = new MeshRig(fixture.Server);
        await rig.SendAsync(1, Content);
        await rig.ReceiveAsync();
        await rig.RestartAsync();
        rig.Clock.Advance(TimeSpan.FromHours(22.9));
        await rig.SendAsync(2, Content);
        rig.Mailbox.Count("handshake").ShouldBe(1);

        rig.Clock.Advance(TimeSpan.FromHours(0.2));
        await rig.ReceiveAsync();

        rig.Mailbox.Count("handshake").ShouldBe(2);
    }

    [Fact]
    public async Task A_failed_handshake_stops_everything_and_is_tried_again_the_next_time()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "handshake" ? Fault.Answer(403) : null;

        var failure = await Should.ThrowAsync<TransportException>(() => rig.SendAsync(1, Content));
        failure.Message.ShouldContain("refused our identity");
        rig.Mailbox.Count("send").ShouldBe(0);
        rig.Journal.Calls.ShouldBeEmpty();
        rig.Mailbox.Faults = null;

        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);
    }

    public static TheoryData<string, int> UnansweredFaults => new()
    {
        { nameof(FaultKind.Reset), 0 },
        { nameof(FaultKind.ResetInBody), 0 },
        { nameof(FaultKind.Hang), 0 },
        { nameof(FaultKind.Answer), 500 },
        { nameof(FaultKind.Answer), 502 },
        { nameof(FaultKind.Answer), 503 },
        { nameof(FaultKind.Answer), 504 },
        { nameof(FaultKind.Answer), 408 },
    };

    [Theory]
    [MemberData(nameof(UnansweredFaults))]
    public async Task Unknown_outcome_that_did_not_arrive_is_asked_waited_for_asked_again_and_only_then_sent_again(string kind, int status)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("send", 1) ? new Fault(Enum.Parse<FaultKind>(kind), status) : null;

        var result = await rig.SendAsync(1, Content);

        result.ShouldBe(new SendResult(SendOutcome.Accepted, rig.Mailbox.Delivered.ShouldHaveSingleItem().Id));
        Calls(rig).ShouldBe(["handshake", "send", "track-local", "track-local", "send", "track-local"]);
        rig.Clock.Waits.ShouldContain(TimeSpan.FromSeconds(300));
    }

    [Theory]
    [MemberData(nameof(UnansweredFaults))]
    public async Task Unknown_outcome_that_did_arrive_is_found_by_asking_and_never_sent_again(string kind, int status)
    {
        if (kind == nameof(FaultKind.ResetInBody))
        {
            kind = nameof(FaultKind.Truncate);
        }

        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("send", 1) ? new Fault(Enum.Parse<FaultKind>(kind), status, AfterCommit: true) : null;

        var result = await rig.SendAsync(1, Content);

        result.ShouldBe(new SendResult(SendOutcome.Accepted, rig.Mailbox.Delivered.ShouldHaveSingleItem().Id));
        Calls(rig).ShouldBe(["handshake", "send", "track-local"]);
        rig.Journal.Calls[^1].ShouldBe($"message {LocalId} {result.MessageId}");
    }

    [Theory]
    [InlineData("""{"no":"id"}""")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("<html>Thank you</html>")]
    public async Task An_acceptance_without_a_message_id_is_settled_by_asking(string body)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("send", 1) ? Fault.Answer(202, body, afterCommit: true) : null;

        var result = await rig.SendAsync(1, Content);

        result.ShouldBe(new SendResult(SendOutcome.Accepted, rig.Mailbox.Delivered.ShouldHaveSingleItem().Id));
    }

    [Fact]
    public async Task A_file_that_arrives_while_we_wait_is_found_and_not_sent_again()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("send", 1) ? new Fault(FaultKind.HangThenCommit) : null;

        var result = await rig.SendAsync(1, Content);

        result.ShouldBe(new SendResult(SendOutcome.Accepted, rig.Mailbox.Delivered.ShouldHaveSingleItem().Id));
        Calls(rig).ShouldBe(["handshake", "send", "track-local", "track-local"]);
    }

    [Fact]
    public async Task A_first_sending_that_arrives_after_the_second_is_flagged()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("send", 1) ? new Fault(FaultKind.Reset) : null;
        rig.Mailbox.Arriving = call =>
        {
            if (call == "send" && rig.Mailbox.Count("send") == 1)
            {
                rig.Mailbox.Outbox.Add(new MeshMessage { Id = "LATE", LocalId = LocalId });
            }
        };

        var result = await rig.SendAsync(1, Content);

        result.Outcome.ShouldBe(SendOutcome.Accepted);
        result.DuplicateRisk.ShouldBeTrue();
        result.Detail!.ShouldContain(LocalId);
    }

    [Fact]
    public async Task Several_messages_under_our_local_id_raise_a_flag_and_nothing_is_sent()
    {
        await using var rig = new MeshRig(fixture.Server);
        await CrashAsync(rig, "begin:after");
        rig.Mailbox.Outbox.Add(new MeshMessage { Id = "A", LocalId = LocalId });
        rig.Mailbox.Outbox.Add(new MeshMessage { Id = "B", LocalId = LocalId });

        var result = await rig.SendAsync(1, Content);

        (result.Outcome, result.DuplicateRisk).ShouldBe((SendOutcome.Accepted, true));
        rig.Mailbox.Count("send").ShouldBe(0);
    }

    [Fact]
    public async Task Where_tracking_by_local_id_does_not_exist_a_second_sending_is_flagged()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.NoTrackingByLocalId = true;
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("send", 1) ? new Fault(FaultKind.Reset, AfterCommit: true) : null;

        var result = await rig.SendAsync(1, Content);

        (result.Outcome, result.DuplicateRisk).ShouldBe((SendOutcome.Accepted, true));
        rig.Mailbox.Delivered.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(503, null)]
    [InlineData(404, "<html>no such page</html>")]
    [InlineData(200, "<html>maintenance</html>")]
    [InlineData(400, null)]
    public async Task While_asking_gives_no_answer_the_outcome_stays_unknown_and_nothing_is_sent_again(int status, string? body)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call switch
        {
            "send" => new Fault(FaultKind.Reset, AfterCommit: true),
            "track-local" => Fault.Answer(status, body),
            _ => null,
        };

        var result = await rig.SendAsync(1, Content);

        result.Outcome.ShouldBe(SendOutcome.Unknown);
        rig.Mailbox.Count("send").ShouldBe(1);
        rig.Mailbox.Faults = null;
        await rig.RestartAsync();
        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);
        rig.Mailbox.Delivered.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Two_unknown_outcomes_leave_it_to_the_next_run()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "send" ? new Fault(FaultKind.Reset) : null;

        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Unknown);
        rig.Mailbox.Count("send").ShouldBe(2);
        rig.Mailbox.Faults = null;
        await rig.RestartAsync();

        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);
        rig.Mailbox.Delivered.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("begin:before", 0)]
    [InlineData("begin:after", 0)]
    [InlineData("message:before", 1)]
    [InlineData("message:after", 1)]
    public async Task A_crash_at_each_record_is_settled_by_the_next_run(string point, int sentBefore)
    {
        await using var rig = new MeshRig(fixture.Server);
        await CrashAsync(rig, point);
        rig.Mailbox.Count("send").ShouldBe(sentBefore);

        var result = await rig.SendAsync(1, Content);

        result.ShouldBe(new SendResult(SendOutcome.Accepted, rig.Mailbox.Delivered.ShouldHaveSingleItem().Id));
        rig.Mailbox.Count("send").ShouldBe(1);
    }

    [Theory]
    [InlineData("message:before", 20)]
    [InlineData("message:after", 20)]
    [InlineData("message:after", 1000)]
    [InlineData("message:after", 7)]
    public async Task A_half_sent_file_is_completed_by_the_next_run_as_it_was_cut_first(string point, int chunkBytesNow)
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        await CrashAsync(rig, point, LongContent);
        rig.Mailbox.Delivered.ShouldBeEmpty();
        rig.Options = rig.Options with { ChunkBytes = chunkBytesNow, Compress = chunkBytesNow > 10 };
        await rig.RestartAsync();

        var result = await rig.SendAsync(1, LongContent);

        result.Outcome.ShouldBe(SendOutcome.Accepted, result.Detail);
        result.DuplicateRisk.ShouldBeFalse();
        Text(rig.Mailbox.Delivered.ShouldHaveSingleItem()).ShouldBe(LongContent);
        rig.Mailbox.Outbox.Count.ShouldBe(1);
        rig.State.Values.Keys.ShouldHaveSingleItem().ShouldStartWith("mesh-api/handshake/");
    }

    [Theory]
    [MemberData(nameof(UnansweredFaults))]
    public async Task A_chunk_that_gets_no_answer_is_sent_again(string kind, int status)
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("chunk", 1) ? new Fault(Enum.Parse<FaultKind>(kind), status) : null;

        (await rig.SendAsync(1, LongContent + new string('x', 1000))).Outcome.ShouldBe(SendOutcome.Accepted);

        Text(rig.Mailbox.Delivered.ShouldHaveSingleItem()).ShouldBe(LongContent + new string('x', 1000));
    }

    [Theory]
    [InlineData(nameof(FaultKind.Reset), 0)]
    [InlineData(nameof(FaultKind.Hang), 0)]
    [InlineData(nameof(FaultKind.Answer), 502)]
    public async Task A_423_on_the_repeated_last_chunk_is_settled_by_tracking(string kind, int status)
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("chunk", 2) ? new Fault(Enum.Parse<FaultKind>(kind), status, AfterCommit: true) : null;

        var result = await rig.SendAsync(1, LongContent);

        result.ShouldBe(new SendResult(SendOutcome.Accepted, rig.Mailbox.Delivered.ShouldHaveSingleItem().Id));
        Calls(rig)[^2..].ShouldBe(["chunk", "track"]);
    }

    [Fact]
    public async Task A_423_while_mesh_still_waits_for_parts_stays_open()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        rig.Mailbox.Faults = (call, _) => call == "chunk" ? Fault.Answer(423) : null;

        var result = await rig.SendAsync(1, LongContent);

        result.Outcome.ShouldBe(SendOutcome.Unknown);
        result.MessageId.ShouldBe(rig.Mailbox.Outbox[0].Id);
        rig.Mailbox.Count("chunk").ShouldBe(1);
    }

    [Fact]
    public async Task A_chunk_that_never_gets_through_is_left_to_the_next_run()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        rig.Mailbox.Faults = (call, _) => call == "chunk" ? Fault.Answer(503) : null;

        (await rig.SendAsync(1, LongContent)).Outcome.ShouldBe(SendOutcome.Unknown);
        rig.Mailbox.Count("chunk").ShouldBe(4);
        rig.Mailbox.Faults = null;
        await rig.RestartAsync();

        (await rig.SendAsync(1, LongContent)).Outcome.ShouldBe(SendOutcome.Accepted);
        Text(rig.Mailbox.Delivered.ShouldHaveSingleItem()).ShouldBe(LongContent);
    }

    [Theory]
    [InlineData("undeliverable", "14", SendOutcome.Refused)]
    [InlineData("error", "12", SendOutcome.Refused)]
    [InlineData("acknowledged", null, SendOutcome.Accepted)]
    [InlineData("something-new", null, SendOutcome.Unknown)]
    public async Task A_begun_sending_ends_as_tracking_says(string status, string? code, SendOutcome outcome)
    {
        await using var rig = new MeshRig(fixture.Server);
        await CrashAsync(rig, "begin:after");
        rig.Mailbox.Outbox.Add(new MeshMessage { Id = "M1", LocalId = LocalId, Status = status, StatusEvent = "SEND", StatusCode = code, StatusDescription = "text" });

        var result = await rig.SendAsync(1, Content);

        (result.Outcome, result.MessageId, result.Code).ShouldBe((outcome, "M1", code));
        rig.Mailbox.Count("send").ShouldBe(0);
    }

    [Fact]
    public async Task A_message_that_mesh_no_longer_knows_is_for_a_person()
    {
        await using var rig = new MeshRig(fixture.Server);
        await CrashAsync(rig, "message:after");
        rig.Mailbox.Outbox.Clear();

        var result = await rig.SendAsync(1, Content);

        result.Outcome.ShouldBe(SendOutcome.Unknown);
        result.Detail!.ShouldContain("service desk");
        rig.Mailbox.Count("send").ShouldBe(1);
    }

    [Fact]
    public async Task A_changed_missing_or_empty_payload_is_refused_without_a_word_to_mesh()
    {
        await using var rig = new MeshRig(fixture.Server);
        var file = rig.Folder.Payload(1, Content);

        (await rig.Transport.SendAsync(file with { Sha256 = Payloads.Sha256("other") }, rig.Journal, default)).Outcome.ShouldBe(SendOutcome.Refused);
        (await rig.Transport.SendAsync(file with { Path = rig.Folder["nowhere"] }, rig.Journal, default)).Outcome.ShouldBe(SendOutcome.Refused);
        (await rig.Transport.SendAsync(rig.Folder.Payload(2, ""), rig.Journal, default)).Outcome.ShouldBe(SendOutcome.Refused);

        Calls(rig).ShouldBe(["handshake"]);
        rig.Journal.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_server_says_how_long_to_wait_and_is_heard()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, nth) => (call, nth) switch
        {
            ("send", 1) => Wait("7"),
            ("send", 2) => Wait((rig.Clock.GetUtcNow() + TimeSpan.FromSeconds(42)).ToString("R", CultureInfo.InvariantCulture)),
            _ => null,
        };

        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);

        rig.Clock.Waits.Count.ShouldBe(2);
        rig.Clock.Waits[0].ShouldBe(TimeSpan.FromSeconds(7));
        rig.Clock.Waits[1].ShouldBe(TimeSpan.FromSeconds(42), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_wait_that_is_too_long_for_a_run_ends_the_attempts()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "send" ? Wait("301") : null;

        var result = await rig.SendAsync(1, Content);

        result.Outcome.ShouldBe(SendOutcome.NotSent);
        rig.Mailbox.Count("send").ShouldBe(1);
    }

    [Fact]
    public async Task A_busy_server_is_asked_with_growing_waits_and_then_left_alone()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "send" ? Fault.Answer(429) : null;

        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.NotSent);

        rig.Mailbox.Count("send").ShouldBe(4);
        rig.Clock.Waits.Count.ShouldBe(3);
        rig.Clock.Waits.ShouldAllBe(w => w > TimeSpan.Zero && w <= TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Where_nobody_listens_the_transport_stops_and_the_next_run_goes_on()
    {
        await using var rig = new MeshRig(fixture.Server);
        await rig.SendAsync(1, Content);
        var url = rig.Options.Url;
        rig.Options = rig.Options with { Url = "https://127.0.0.1:9" };
        rig.State.Values[$"mesh-api/handshake/{rig.Mailbox.Id}@127.0.0.1:9"] = rig.State.Values.Values.Single();
        await rig.RestartAsync();

        var failure = await Should.ThrowAsync<TransportException>(() => rig.SendAsync(2, Content));

        failure.Message.ShouldContain("could not be reached");
        rig.Options = rig.Options with { Url = url };
        await rig.RestartAsync();
        (await rig.SendAsync(2, Content)).Outcome.ShouldBe(SendOutcome.Accepted);
        rig.Mailbox.Delivered.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Cancelled_in_the_middle_it_stops_and_the_next_run_settles_it()
    {
        await using var rig = new MeshRig(fixture.Server);
        using var stop = new CancellationTokenSource();
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("send", 1) ? new Fault(FaultKind.Hang, AfterCommit: true) : null;
        rig.Mailbox.Arriving = call =>
        {
            if (call == "send")
            {
                stop.Cancel();
            }
        };

        await Should.ThrowAsync<OperationCanceledException>(() => rig.Transport.SendAsync(rig.Folder.Payload(1, Content, rig.Journal), rig.Journal, stop.Token));
        await rig.RestartAsync();
        rig.Mailbox.Arriving = null;

        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);
        rig.Mailbox.Delivered.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_server_of_version_1_is_understood()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        rig.Mailbox.OnlyVersion1 = true;
        rig.Mailbox.Faults = (call, nth) => (call, nth) == ("chunk", 2) ? new Fault(FaultKind.Reset, AfterCommit: true) : null;

        (await rig.SendAsync(1, LongContent)).Outcome.ShouldBe(SendOutcome.Accepted);

        Text(rig.Mailbox.Delivered.ShouldHaveSingleItem()).ShouldBe(LongContent);
    }

    private static string Text(MeshMessage message) => Encoding.UTF8.GetString(message.Content());

    private static List<string> Calls(MeshRig rig) => [.. rig.Mailbox.Requests.Select(r => r.Call)];

    private static Fault Wait(string retryAfter) => Fault.Answer(429) with { Headers = new Dictionary<string, string> { ["Retry-After"] = retryAfter } };

    private static async Task CrashAsync(MeshRig rig, string point, string content = Content)
    {
        rig.Journal.At = at =>
        {
            if (at == point)
            {
                throw new CrashException(point);
            }
        };
        await Should.ThrowAsync<CrashException>(() => rig.SendAsync(1, content));
        rig.Journal.At = null;
        await rig.RestartAsync();
    }
}
