using System.Text;
using CpIs.TestMesh;
using CpIs.Transport.MeshApi;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

/// <summary>
/// Servers that differ in what reference mesh-api marks as seen on the sandbox only, or calls optional: with each of them files arrive
/// once and messages come in once.
/// </summary>
public sealed class MeshToleranceTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private const string LongContent = "<upload>0123456789012345678901234567890123456789</upload>";

    private static readonly Dictionary<string, Action<MeshMailbox>> s_differences = new(StringComparer.Ordinal)
    {
        ["none"] = _ => { },
        ["JSON is said to be of version 2"] = m => m.JsonContentType = "application/vnd.mesh.v2+json",
        ["JSON is said to be text"] = m => m.JsonContentType = "text/plain; charset=utf-8",
        ["chunks are answered with the id"] = m => m.ChunkAnswersWithId = true,
        ["tracking without a status"] = m => m.TracksWithoutStatus = true,
        ["206 for the last part too"] = m => m.AlwaysPartial = true,
        ["the count in its own header"] = m => m.Numbering = (_, n) => (null, $"{n}"),
        ["header names in lower case"] = m => m.LowerCaseHeaders = true,
        ["LinkedMsgId"] = m => m.LinkedHeader = "Mex-LinkedMsgId",
        ["LINKEDMSGID"] = m => m.LinkedHeader = "MEX-LINKEDMSGID",
        ["acknowledging twice finds nothing"] = m => m.ForgetsAcknowledged = true,
        ["downloads as they were sent"] = m => m.CompressesDownloads = false,
        ["version 1"] = m => m.OnlyVersion1 = true,
        ["no filter"] = m => m.IgnoresFilter = true,
        ["small pages"] = m => m.LargestPage = 1,
    };

    public static TheoryData<string> Differences => [.. s_differences.Keys];

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task A_server_that_differs_where_it_may_changes_nothing(string difference)
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        s_differences[difference](rig.Mailbox);
        rig.Mailbox.Deliver("abcdefghi", "WF_ACCESS", encoding: "gzip", chunks: 3);
        rig.Mailbox.Deliver("jkl", "WF_RESPONSE");
        rig.Mailbox.Report("14", "M1", "L1");
        rig.Mailbox.Deliver("<theirs/>", "SOMEONE_ELSES");

        // The answers to a first sending and to an acknowledgement are lost.
        rig.Mailbox.Faults = (call, nth) => (call, nth) is ("acknowledge", 1) or ("send", 2) ? new Fault(FaultKind.Reset, AfterCommit: true) : null;
        var sent = await rig.SendAsync(1, LongContent);
        var settled = await rig.SendAsync(2, "<short/>");
        var taken = await rig.TakeAllAsync();

        (sent.Outcome, sent.DuplicateRisk, settled.Outcome, settled.DuplicateRisk).ShouldBe((SendOutcome.Accepted, false, SendOutcome.Accepted, false));
        rig.Mailbox.Delivered.Select(m => Encoding.UTF8.GetString(m.Content())).ShouldBe([LongContent, "<short/>"]);
        rig.Mailbox.Outbox.Count.ShouldBe(2);
        taken.Select(t => t.Content).ShouldBe(["jkl", "abcdefghi", null], ignoreOrder: true);
        taken.Single(t => t.Item.Report is not null).Item.Report!.LinkedMessageId.ShouldBe("M1");
        taken.ShouldAllBe(t => t.Item.Problem == null);
        rig.Mailbox.Inbox.Select(m => m.Status).ShouldBe(["acknowledged", "acknowledged", "acknowledged", "accepted"]);
        rig.Transport.Tally.OtherWorkflows.ShouldBe(1);
        rig.Transport.Tally.Delayed.ShouldBeEmpty();
        (await rig.TakeAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_that_has_more_parts_than_it_said_is_taken_whole()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Numbering = (_, _) => ("1:1", null);
        rig.Mailbox.Deliver("abcdefghi", "WF_ACCESS", chunks: 3);

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("abcdefghi");
    }

    [Fact]
    public async Task Where_every_part_is_said_to_have_another_after_it_and_none_is_counted_the_message_is_not_taken_for_whole()
    {
        await using var rig = new MeshRig(fixture.Server);
        (rig.Mailbox.AlwaysPartial, rig.Mailbox.Numbering) = (true, (_, _) => (null, null));
        rig.Mailbox.Deliver("abcdefghi", "WF_ACCESS", chunks: 3);

        (await rig.TakeAllAsync()).ShouldBeEmpty();

        rig.Transport.Tally.Delayed.ShouldHaveSingleItem().Reason.ShouldContain("missing");
    }

    [Fact]
    public async Task A_chunked_file_of_which_tracking_tells_no_status_stays_open()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        rig.Mailbox.TracksWithoutStatus = true;
        rig.Mailbox.Faults = (call, _) => call == "send" ? new Fault(FaultKind.Reset, AfterCommit: true) : null;

        (await rig.SendAsync(1, LongContent)).Outcome.ShouldBe(SendOutcome.Unknown);

        rig.Mailbox.Faults = null;
        rig.Mailbox.TracksWithoutStatus = false;
        await rig.RestartAsync();
        (await rig.SendAsync(1, LongContent)).Outcome.ShouldBe(SendOutcome.Accepted);
        rig.Mailbox.Outbox.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Every_request_asks_for_version_2_tells_who_we_are_and_ends_without_a_slash()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 20 });
        rig.Mailbox.Deliver("abcdef", "WF_ACCESS", chunks: 2);
        rig.Mailbox.Deliver("<theirs/>", "SOMEONE_ELSES");
        rig.Mailbox.Faults = (call, nth) => (call, nth) is ("send", 1) or ("chunk", 2) ? new Fault(FaultKind.Reset, AfterCommit: true) : null;
        await rig.SendAsync(1, LongContent);
        await rig.TakeAllAsync();

        rig.Mailbox.Requests.Select(r => r.Call).Distinct().Order(StringComparer.Ordinal).ShouldBe(
            ["acknowledge", "chunk", "download", "download-chunk", "handshake", "list", "look", "send", "track", "track-local"]);
        foreach (var request in rig.Mailbox.Requests)
        {
            request.Headers["Accept"].ShouldBe("application/vnd.mesh.v2+json");
            request.Headers["Mex-ClientVersion"].ShouldStartWith("CpIs.Batch==");
            new[] { "Mex-OSName", "Mex-OSVersion", "User-Agent" }.ShouldBeSubsetOf(request.Headers.Keys);
            request.Headers.Keys.ShouldNotContain("Mex-MessageType");
            request.PathAndQuery.ShouldStartWith($"/messageexchange/{rig.Mailbox.Id}");
            request.PathAndQuery.ShouldNotEndWith("/");
        }

        rig.Mailbox.Requests.Single(r => r.Call == "track").PathAndQuery.ShouldEndWith("/outbox/tracking?messageID=" + rig.Mailbox.Outbox[0].Id);
        rig.Mailbox.Requests.Where(r => r.Call == "send").ShouldAllBe(r => r.Headers["Mex-From"] == rig.Mailbox.Id && r.Headers["Mex-Chunk-Range"] == "1:3");
    }

    [Fact]
    public async Task A_workflow_id_is_written_into_the_filter_as_it_must_be_in_an_address()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { WorkflowIds = o.WorkflowIds with { Access = "WF ACCESS&max_results=1" } });
        rig.Mailbox.Deliver("<a/>", "WF ACCESS&max_results=1");

        (await rig.TakeAllAsync()).ShouldHaveSingleItem().Content.ShouldBe("<a/>");

        rig.Mailbox.Requests.Where(r => r.Call == "list").ShouldContain(r => r.PathAndQuery.EndsWith("&workflow_filter=WF%20ACCESS%26max_results%3D1"));
    }

    [Fact]
    public async Task A_lookup_is_read_in_the_form_of_either_version()
    {
        await using var server = await MeshServer.StartAsync();
        await using var rig = new MeshRig(server);
        var client = new MeshApiClient(rig.HttpClients, rig.Options, rig.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        foreach (var version1 in new[] { false, true })
        {
            server.AnswersLookupsAsVersion1 = version1;
            (await client.FindAsync("E08000099", "WF_ACCESS", default)).ShouldBe([rig.Mailbox.Id]);
            (await client.FindAsync("X26", "WF_ACCESS", default)).ShouldBeEmpty();
            (await client.FindByWorkflowAsync("WF_UPLOAD", default)).ShouldBe(["CPIS001"]);
        }
    }
}
