using CpIs.Transport.MeshApi;
using CpIs.TestMesh;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

/// <summary>Reference mesh-api section 8, row by row: whether it is tried again, whether an operator is called, and what they read.</summary>
public sealed class MeshErrorTableTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private const string LongContent = "<upload>0123456789012345678901234567890123456789</upload>";

    /// <summary>What a run ends with, seen from outside.</summary>
    public enum End
    {
        Refused,
        NotSent,
        Unknown,
        Stopped,
        PassedOver,
        Delayed,
    }

    /// <summary>Status, code with its event, attempts, end, whether an operator is called, words that they read.</summary>
    public static TheoryData<int, string?, string?, int, End, bool, string> Sending => new()
    {
        { 400, null, null, 1, End.Refused, true, "malformed" },
        { 400, "06", "TRANSFER", 1, End.Refused, true, "malformed" },
        { 400, "08", "SEND", 1, End.Refused, true, "recipient was missing" },
        { 403, null, null, 2, End.Stopped, true, "clock" },
        { 403, "EPL-151", "SEND", 2, End.Stopped, true, "No mailbox matches" },
        { 404, null, null, 1, End.Refused, true, "Url" },
        { 406, null, null, 1, End.Refused, true, "beyond the total" },
        { 410, null, null, 1, End.Refused, true, "no longer there" },
        { 413, null, null, 1, End.Refused, true, "ChunkMegabytes" },
        { 417, null, null, 1, End.Refused, true, "workflow ids" },
        { 417, "02", "COLLECT", 1, End.Refused, true, "missing or empty" },
        { 417, "07", "SEND", 1, End.Refused, true, "Mailbox" },
        { 417, "09", "SEND", 1, End.Refused, true, "version" },
        { 417, "11", "SEND", 1, End.Refused, true, "message type" },
        { 417, "12", "SEND", 1, End.Refused, true, "Recipient" },
        { 417, "14", "SEND", 1, End.Refused, true, "five days" },
        { 417, "15", "", 1, End.Refused, true, "bad CP-IS file" },
        { 417, "16", "SEND", 1, End.Refused, true, "may not send" },
        { 417, "17", "SEND", 1, End.Refused, true, "WorkflowIds" },
        { 417, "18", "SEND", 1, End.Refused, true, "not enabled" },
        { 417, "19", "SEND", 1, End.Refused, true, "expiry" },
        { 417, "20", "RECEIVE", 1, End.Refused, true, "does not exist" },
        { 417, "EPL-150", "SEND", 1, End.Refused, true, "Several mailboxes" },
        { 417, "EPL-152", "SEND", 1, End.Refused, true, "NHS number invalid" },
        { 417, "EPL-153", "SEND", 1, End.Refused, true, "did not find" },
        { 417, "EPL-154", "SEND", 1, End.Refused, true, "did not match" },
        { 417, "InvalidHeaderChunks", "SEND", 1, End.Refused, true, "numbered wrongly" },
        { 417, "Invalid checksum", "SEND", 1, End.Refused, true, "SendChecksum" },
        { 417, "", "", 1, End.Refused, true, "workflow ids" },
        { 417, "42", "SEND", 1, End.Refused, true, "service desk" },
        { 422, null, null, 1, End.Refused, true, "Compress" },
        { 422, "UnsupportedContentEncoding", "SEND", 1, End.Refused, true, "Compress" },
        { 423, null, null, 1, End.Refused, true, "closed the message" },
        { 425, null, null, 4, End.NotSent, false, "come later" },
        { 429, null, null, 4, End.NotSent, false, "come later" },
        { 500, null, null, 2, End.Unknown, false, "sent twice" },
        { 502, null, null, 2, End.Unknown, false, "sent twice" },
        { 503, null, null, 2, End.Unknown, false, "sent twice" },
        { 504, null, null, 2, End.Unknown, false, "sent twice" },
        { 418, null, null, 1, End.Refused, true, "HTTP 418" },
        { 302, null, null, 1, End.Refused, true, "redirects" },
    };

    [Theory]
    [MemberData(nameof(Sending))]
    public async Task A_first_sending(int status, string? code, string? @event, int attempts, End end, bool alert, string words)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "send" ? Refusal(status, code, @event) : null;

        var (happened, called, detail) = await SendAsync(rig, "<upload/>");

        (happened, called, rig.Mailbox.Count("send")).ShouldBe((end, alert, attempts), detail);
        detail.ShouldContain(words);
        if (code is { Length: > 0 } && status != 403)
        {
            detail.ShouldContain(code);
        }
    }

    public static TheoryData<int, string?, string?, int, End, bool, string> Chunks => new()
    {
        { 400, null, null, 1, End.Refused, true, "malformed" },
        { 403, null, null, 2, End.Stopped, true, "clock" },
        { 404, null, null, 1, End.Refused, true, "does not know" },
        { 406, null, null, 1, End.Refused, true, "beyond the total" },
        { 413, null, null, 1, End.Refused, true, "ChunkMegabytes" },
        { 417, "InvalidHeaderChunks", "SEND", 1, End.Refused, true, "numbered wrongly" },
        { 422, null, null, 1, End.Refused, true, "Compress" },
        { 423, null, null, 1, End.Unknown, false, "closed the message" },
        { 425, null, null, 4, End.Unknown, false, "come later" },
        { 429, null, null, 4, End.Unknown, false, "come later" },
        { 500, null, null, 4, End.Unknown, false, "trouble" },
        { 502, null, null, 4, End.Unknown, false, "trouble" },
        { 503, null, null, 4, End.Unknown, false, "trouble" },
        { 504, null, null, 4, End.Unknown, false, "trouble" },
    };

    [Theory]
    [MemberData(nameof(Chunks))]
    public async Task A_later_chunk(int status, string? code, string? @event, int attempts, End end, bool alert, string words)
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkBytes = 30 });
        rig.Mailbox.Faults = (call, _) => call == "chunk" ? Refusal(status, code, @event) : null;

        var (happened, called, detail) = await SendAsync(rig, LongContent);

        (happened, called, rig.Mailbox.Count("chunk")).ShouldBe((end, alert, attempts), detail);
        detail.ShouldContain(words);
    }

    public static TheoryData<string, int, int, End, bool, string> Receiving
    {
        get
        {
            var rows = new TheoryData<string, int, int, End, bool, string>
            {
                { "download", 400, 1, End.Delayed, true, "malformed" },
                { "download", 403, 2, End.Stopped, true, "clock" },
                { "download", 404, 1, End.PassedOver, false, "" },
                { "download", 406, 1, End.Delayed, true, "HTTP 406" },
                { "download", 410, 1, End.PassedOver, false, "" },
                { "download", 413, 1, End.Delayed, true, "HTTP 413" },
                { "download", 417, 1, End.Delayed, true, "HTTP 417" },
                { "download", 422, 1, End.Delayed, true, "HTTP 422" },
                { "download", 423, 1, End.Delayed, true, "HTTP 423" },
            };
            foreach (var status in new[] { 425, 429, 500, 502, 503, 504 })
            {
                var words = status is 425 or 429 ? "come later" : "trouble";
                rows.Add("download", status, 4, End.Delayed, true, words);
                rows.Add("list", status, 4, End.Stopped, true, words);
                rows.Add("acknowledge", status, 4, End.Stopped, true, words);
            }

            rows.Add("list", 400, 1, End.Stopped, true, "malformed");
            rows.Add("list", 403, 2, End.Stopped, true, "clock");
            rows.Add("list", 404, 1, End.Stopped, true, "Mailbox");
            rows.Add("acknowledge", 400, 1, End.Stopped, true, "malformed");
            rows.Add("acknowledge", 403, 2, End.Stopped, true, "clock");
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Receiving))]
    public async Task Receiving_a_message(string call, int status, int attempts, End end, bool alert, string words)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Deliver("<a/>", "WF_ACCESS");
        rig.Mailbox.Faults = (c, _) => c == call ? Fault.Answer(status) : null;

        var (happened, called, detail) = await ReceiveAsync(rig);

        (happened, called, rig.Mailbox.Count(call)).ShouldBe((end, alert, attempts), detail);
        detail.ShouldContain(words);
        rig.Mailbox.Inbox[0].Status.ShouldBe("accepted");
    }

    public static TheoryData<string?, string?, bool, string> Reports => new()
    {
        { "TRANSFER", "00", false, "went well" },
        { null, "0", false, "went well" },
        { "COLLECT", "01", true, "without its control file" },
        { "COLLECT", "02", true, "missing or empty" },
        { "TRANSFER", "03", true, "verify the server" },
        { "TRANSFER", "04", true, "prove our identity" },
        { "TRANSFER", "05", false, "tries again" },
        { "TRANSFER", "06", true, "malformed" },
        { "SEND", "07", true, "authorised" },
        { "SEND", "08", true, "recipient was missing" },
        { "SEND", "12", true, "not registered with MESH" },
        { "SEND", "13", true, "e-mail" },
        { "SEND", "14", true, "not collected" },
        { "send", "14", true, "not collected" },
        { null, "15", true, "bad CP-IS file" },
        { "SEND", "15", true, "bad CP-IS file" },
        { "RECEIVE", "15", true, "look for messages" },
        { "SEND", "16", true, "may not send" },
        { "RECEIVE", "16", true, "verify the server" },
        { "SEND", "17", true, "not registered for a mailbox" },
        { "RECEIVE", "17", true, "prove our identity" },
        { "SEND", "epl-153", true, "did not find" },
        { "SEND", "Message already accepted", false, "no longer available" },
        { "SEND", null, true, "no code" },
        { "SEND", "99", true, "not in its published list" },
    };

    [Theory]
    [MemberData(nameof(Reports))]
    public void A_report(string? @event, string? code, bool needsPerson, string words)
    {
        var advice = MeshErrors.Explain(@event, code);

        advice.NeedsPerson.ShouldBe(needsPerson);
        advice.Meaning.ShouldContain(words);
        advice.ToDo.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(true, "SEND", "15", true)]
    [InlineData(true, null, "15", true)]
    [InlineData(true, "RECEIVE", "15", false)]
    [InlineData(false, "SEND", "15", false)]
    [InlineData(true, "SEND", "14", false)]
    [InlineData(true, "SEND", null, false)]
    public void K2_Only_error_15_of_a_message_is_a_bad_cpis_file(bool isError, string? @event, string? code, bool bad) =>
        MeshErrors.IsBadCpisFile(new TransportReport("M", "L", isError, @event, code, null)).ShouldBe(bad);

    [Theory]
    [InlineData("""{"internal_id":"REF1","detail":[{"event":"SEND","code":"12","msg":"Unregistered"}]}""", "12", "REF1")]
    [InlineData("""{"messageID":"M","errorEvent":"SEND","errorCode":"12","errorDescription":"Unregistered"}""", "12", null)]
    [InlineData("""{"detail":[{"loc":["header","mex-to"],"msg":"field required","type":"missing"}]}""", null, null)]
    [InlineData("""{"internal_id":"REF2","message":"An internal error"}""", null, "REF2")]
    [InlineData("""{"detail":"plain"}""", null, null)]
    [InlineData("""{"detail":[{"event":"SEND","code":12,"msg":null}]}""", "12", null)]
    [InlineData("""[1,2]""", null, null)]
    [InlineData("""{"detail":[""", null, null)]
    [InlineData("<?xml version='1.0'?><error/>", null, null)]
    [InlineData("<html><body>502</body></html>", null, null)]
    [InlineData("Bad things happened", null, null)]
    [InlineData("\u0000\u0001", null, null)]
    [InlineData("", null, null)]
    public async Task Whatever_the_body_of_a_refusal_it_is_read_without_failing(string body, string? code, string? reference)
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "send" ? Fault.Answer(417, body) : null;

        var result = await rig.SendAsync(1, "<upload/>");

        result.Outcome.ShouldBe(SendOutcome.Refused);
        result.Code.ShouldBe(code ?? "HTTP 417");
        if (reference is not null)
        {
            result.Detail!.ShouldContain(reference);
        }
    }

    [Fact]
    public async Task A_page_of_something_in_between_is_named_as_such()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "list" ? Fault.Page(502) : null;

        (await Should.ThrowAsync<TransportException>(() => rig.ReceiveAsync())).Message.ShouldContain("proxy");
    }

    private static Fault Refusal(int status, string? code, string? @event) => code is null ? Fault.Answer(status) : Fault.Code(status, code, @event!);

    private static async Task<(End End, bool Alert, string Detail)> SendAsync(MeshRig rig, string content)
    {
        try
        {
            var result = await rig.SendAsync(1, content);
            var end = result.Outcome switch { SendOutcome.Refused => End.Refused, SendOutcome.NotSent => End.NotSent, _ => End.Unknown };
            return (end, end == End.Refused || result.DuplicateRisk, result.Detail ?? "");
        }
        catch (TransportException e)
        {
            return (End.Stopped, true, e.Message);
        }
    }

    private static async Task<(End End, bool Alert, string Detail)> ReceiveAsync(MeshRig rig)
    {
        try
        {
            (await rig.TakeAllAsync()).ShouldBeEmpty();
            var delayed = rig.Transport.Tally.Delayed;
            return delayed.Count == 0 ? (End.PassedOver, false, "") : (End.Delayed, true, delayed[0].Reason);
        }
        catch (TransportException e)
        {
            return (End.Stopped, true, e.Message);
        }
    }
}
