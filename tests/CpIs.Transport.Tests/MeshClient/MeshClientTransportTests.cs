using System.Xml.Linq;
using CpIs.Transport.MeshClient;
using CpIs.Transport.Tests.Support;
using Shouldly;

namespace CpIs.Transport.Tests.MeshClient;

public sealed class MeshClientTransportTests : IDisposable
{
    private const string Content = "<upload>1</upload>";
    private const string Name = "E08000099-000001";
    private readonly TempFolder _folder = new();
    private readonly TestClock _clock = new();
    private readonly Journal _journal;

    public MeshClientTransportTests() => _journal = new Journal(_clock);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_pair_is_put_into_out_and_nothing_else_is_left()
    {
        (await SendAsync()).Outcome.ShouldBe(SendOutcome.Accepted);

        _folder.Files().ShouldBe([$"out/{Name}.ctl", $"out/{Name}.dat", "runs/upload-000001.xml"]);
        File.ReadAllText(_folder["out", Name + ".dat"]).ShouldBe(Content);
        var control = XDocument.Load(_folder["out", Name + ".ctl"]).Root!;
        control.Elements().ToDictionary(e => e.Name.LocalName, e => e.Value).ShouldBe(new Dictionary<string, string>
        {
            ["Version"] = "1.0",
            ["AddressType"] = "DTS",
            ["MessageType"] = "Data",
            ["WorkflowId"] = "WF_UPLOAD",
            ["To_DTS"] = "CPIS001",
            ["From_DTS"] = "LA0001OT001",
            ["Subject"] = "",
            ["LocalId"] = Name,
            ["Compress"] = "Y",
            ["AllowChunking"] = "Y",
            ["Encrypted"] = "N",
        });
    }

    [Fact]
    public async Task Both_files_are_ready_outside_the_clients_folders_before_the_sending_is_recorded()
    {
        string[] seen = [];
        _journal.At = point => seen = point == "begin:before" ? _folder.Files("cpis-staging") : seen;

        await SendAsync();

        seen.ShouldBe([$"{Name}.ctl", $"{Name}.dat"]);
    }

    [Theory]
    [InlineData("begin:before")]
    [InlineData("begin:after")]
    public async Task Crash_around_the_record_is_healed_by_the_next_run(string point)
    {
        await CrashAsync(point);
        _folder.Files("out").ShouldBeEmpty();

        (await SendAsync()).Outcome.ShouldBe(SendOutcome.Accepted);

        ShouldBeDeliveredOnce();
    }

    [Fact]
    public async Task Crash_between_the_two_renames_is_healed_by_the_next_run()
    {
        await CrashAsync("begin:after");
        File.Move(_folder["cpis-staging", Name + ".dat"], _folder["out", Name + ".dat"]);

        (await SendAsync()).Outcome.ShouldBe(SendOutcome.Accepted);

        ShouldBeDeliveredOnce();
    }

    [Fact]
    public async Task A_data_file_that_the_client_took_away_without_its_control_file_is_put_there_again()
    {
        await CrashAsync("begin:after");
        File.Delete(_folder["cpis-staging", Name + ".dat"]);

        (await SendAsync()).Outcome.ShouldBe(SendOutcome.Accepted);

        ShouldBeDeliveredOnce();
    }

    [Theory]
    [InlineData(".dat")]
    [InlineData(".ctl")]
    public async Task A_half_written_staged_file_is_made_whole_first(string extension)
    {
        await CrashAsync("begin:after");
        File.WriteAllText(_folder["cpis-staging", Name + extension], "<ha");

        (await SendAsync()).Outcome.ShouldBe(SendOutcome.Accepted);

        ShouldBeDeliveredOnce();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Crash_after_the_second_rename_is_settled_as_handed_over(bool takenByTheClient)
    {
        await SendAsync();
        if (takenByTheClient)
        {
            File.Delete(_folder["out", Name + ".dat"]);
            File.Delete(_folder["out", Name + ".ctl"]);
        }

        (await SendAsync()).Outcome.ShouldBe(SendOutcome.Accepted);

        _folder.Files("out").Length.ShouldBe(takenByTheClient ? 0 : 2);
        _folder.Files("cpis-staging").ShouldBeEmpty();
    }

    /// <summary>A run that is killed before the sending is recorded leaves a copy of the upload, which the next night makes anew under another name.</summary>
    [Fact]
    public async Task What_was_made_ready_for_a_file_that_will_never_be_sent_is_removed_and_what_was_begun_stays()
    {
        await CrashAsync("begin:before");
        _folder.Write("begun", "cpis-staging", "E08000099-000002.ctl");
        _folder.Write("half", "cpis-staging", ".E08000099-000002.dat.tmp");
        var all = _folder.Files("cpis-staging");
        all.Length.ShouldBe(4);
        var begun = new OutboundFile(new(2), "E08000099-000002", "x", "upload-000002.xml", "application/xml", "00", new BegunSending(_clock.GetUtcNow(), null));
        await Transport().TidyAsync([begun], default);

        _folder.Files("cpis-staging").ShouldBe([".E08000099-000002.dat.tmp", "E08000099-000002.ctl"]);
    }

    [Fact]
    public async Task A_pair_of_the_same_name_is_never_overwritten()
    {
        _folder.Write("other", "out", Name + ".ctl");

        (await SendAsync()).Outcome.ShouldBe(SendOutcome.Refused);

        _folder.Files("out").ShouldBe([$"{Name}.ctl"]);
        _journal.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_changed_payload_is_refused_and_never_handed_over()
    {
        var file = _folder.Payload(1, Content) with { Sha256 = Payloads.Sha256("other") };

        (await Transport().SendAsync(file, _journal, default)).Outcome.ShouldBe(SendOutcome.Refused);

        _folder.Files("out").ShouldBeEmpty();
        _journal.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Folder_names_follow_the_settings()
    {
        var options = Options() with { Folders = new MeshClientFolders { Out = "OUT", In = "IN", Sent = "SENT", Failed = "FAILED" } };
        Inbound("M1", "WF_ACCESS", folder: "IN");
        var transport = new MeshClientTransport(options, _clock);

        await transport.SendAsync(_folder.Payload(1, Content), _journal, default);

        _folder.Files("OUT").Length.ShouldBe(2);
        (await transport.ReceiveAsync(default).ToListAsync()).ShouldHaveSingleItem().TransportId.ShouldBe("M1");
    }

    [Fact]
    public async Task Messages_of_the_configured_workflows_come_in_and_others_are_left_and_counted()
    {
        Inbound("M1", "WF_ACCESS");
        Inbound("M2", "wf_response");
        Inbound("M3", "SOMEONE_ELSES");
        Inbound("M4", "WF_INACTIVE");
        Inbound("M5", "WF_UPLOAD");
        var transport = Transport();

        var items = await ReceiveAsync(transport);
        await CompleteAllAsync(transport, items);

        items.Select(i => (i.TransportId, i.WorkflowId)).ShouldBe([("M1", "WF_ACCESS"), ("M2", "wf_response"), ("M4", "WF_INACTIVE")]);
        transport.Tally.OtherWorkflows.ShouldBe(2);
        _folder.Files("in").ShouldBe(["M3.ctl", "M3.dat", "M5.ctl", "M5.dat"]);
    }

    [Fact]
    public async Task The_message_id_is_the_control_files_own_and_the_file_name_only_stands_in_for_it()
    {
        Inbound("a", "WF_ACCESS", messageId: "20260301010000000001_000001");
        Inbound("b", "WF_ACCESS", messageId: null);

        (await ReceiveAsync()).Select(i => i.TransportId).ShouldBe(["20260301010000000001_000001", "b"]);
    }

    [Fact]
    public async Task A_message_stays_until_it_is_completed_and_completing_is_safe_to_repeat()
    {
        Inbound("M1", "WF_ACCESS");
        var transport = Transport();
        var item = (await ReceiveAsync(transport)).ShouldHaveSingleItem();
        (await ReceiveAsync()).ShouldHaveSingleItem().ShouldBe(item);
        File.ReadAllText(item.ContentPath!).ShouldBe("content of M1");

        await transport.CompleteAsync(item, default);
        await transport.CompleteAsync(item, default);

        _folder.Files("in").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_removal_that_broke_off_in_the_middle_is_finished_and_never_shows_half_a_pair()
    {
        Inbound("M1", "WF_ACCESS");
        File.Move(_folder["in", "M1.ctl"], _folder["in", ".M1.ctl.done"]);

        (await ReceiveAsync()).ShouldBeEmpty();

        _folder.Files("in").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pair_that_changed_since_it_was_received_is_not_removed()
    {
        Inbound("M1", "WF_ACCESS");
        var transport = Transport();
        var item = (await ReceiveAsync(transport)).ShouldHaveSingleItem();
        Old(_folder.Write("content, longer than before", "in", "M1.dat"), 3600);

        await transport.CompleteAsync(item, default);

        (await ReceiveAsync()).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("ctl")]
    [InlineData("dat")]
    public async Task A_pair_still_being_written_is_left(string growing)
    {
        Inbound("M1", "WF_ACCESS");
        Old(_folder["in", "M1." + growing], 4);

        (await ReceiveAsync()).ShouldBeEmpty();
        Old(_folder["in", "M1." + growing], 5);
        (await ReceiveAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_control_file_without_its_data_waits_then_goes_to_quarantine_and_is_kept()
    {
        Inbound("M1", "WF_ACCESS");
        File.Delete(_folder["in", "M1.dat"]);
        Old(_folder["in", "M1.ctl"], 119 * 60);
        var transport = Transport();
        (await ReceiveAsync(transport)).ShouldBeEmpty();
        transport.Tally.Delayed.ShouldHaveSingleItem().TransportId.ShouldBe("in/M1.ctl");

        Old(_folder["in", "M1.ctl"], 120 * 60);
        var item = (await ReceiveAsync(transport)).ShouldHaveSingleItem();
        item.Problem.ShouldNotBeNull();
        await transport.CompleteAsync(item, default);

        _folder.Files("in").ShouldBeEmpty();
        _folder.Files("cpis-unreadable").ShouldHaveSingleItem().ShouldEndWith("M1.ctl");
    }

    [Theory]
    [InlineData("<DTSControl><MessageType>Data</MessageType>")]
    [InlineData("<!DOCTYPE x [<!ENTITY y 'z'>]><DTSControl><MessageType>Data</MessageType></DTSControl>")]
    [InlineData("<Other/>")]
    [InlineData("")]
    [InlineData("<DTSControl><MessageType>Nonsense</MessageType><WorkflowId>WF_ACCESS</WorkflowId></DTSControl>")]
    public async Task A_control_file_that_cannot_be_read_goes_to_quarantine_with_its_content_and_stops_nothing(string control)
    {
        Old(_folder.Write(control, "in", "M0.ctl"), 3 * 3600);
        Old(_folder.Write("content of M0", "in", "M0.dat"), 3 * 3600);
        Inbound("M1", "WF_ACCESS");
        var transport = Transport();

        var items = await ReceiveAsync(transport);
        await CompleteAllAsync(transport, items);

        items.Select(i => i.Problem is null).ShouldBe([false, true]);
        Path.GetFileName(items[0].ContentPath).ShouldBe("M0.dat");
        _folder.Files("in").ShouldBeEmpty();
        _folder.Files("cpis-unreadable").Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_control_file_is_read_whatever_its_order_case_and_gaps()
    {
        Old(_folder.Write("<dtscontrol><Extra><Deep/></Extra><localid> L1 </localid><WORKFLOWID>WF_ACCESS</WORKFLOWID><MessageType>DATA</MessageType></dtscontrol>", "in", "M1.ctl"), 60);
        Old(_folder.Write("x", "in", "M1.DAT"), 60);

        var item = (await ReceiveAsync()).ShouldHaveSingleItem();

        item.LocalId.ShouldBe("L1");
        item.Problem.ShouldBeNull();
        item.TransportId.ShouldBe("M1");
    }

    [Fact]
    public async Task A_lone_data_file_is_told_once_it_is_old()
    {
        Old(_folder.Write("x", "in", "M1.dat"), 119 * 60);
        Old(_folder.Write("x", "in", "M2.dat"), 120 * 60);
        var transport = Transport();

        (await ReceiveAsync(transport)).ShouldBeEmpty();

        transport.Tally.Delayed.ShouldHaveSingleItem().TransportId.ShouldBe("in/M2.dat");
    }

    [Fact]
    public async Task K2_A_report_that_lies_alone_in_the_inbox_tells_of_our_file()
    {
        Old(_folder.Write(Control("Report", "WF_UPLOAD", "R1", Name, ("SEND", "ERROR", "14", "Message not collected")), "in", "R1.ctl"), 60);
        Old(_folder.Write(Control("Report", "SOMEONE_ELSES", "R2", "theirs", ("SEND", "ERROR", "14", "x")), "in", "R2.ctl"), 60);
        var transport = Transport();

        var item = (await ReceiveAsync(transport)).ShouldHaveSingleItem();
        await transport.CompleteAsync(item, default);

        item.Report.ShouldBe(new TransportReport("R1", Name, true, "SEND", "14", "Message not collected"));
        item.ContentPath.ShouldBeNull();
        transport.Tally.OtherWorkflows.ShouldBe(1);
        _folder.Files("in").ShouldBe(["R2.ctl"]);
    }

    [Fact]
    public async Task What_the_client_did_with_our_files_is_told_once_each_until_completed()
    {
        Outcome("sent", Name, "WF_UPLOAD", "SUCCESS", "00");
        Outcome("sent", "E08000099-000002", "WF_UPLOAD", "success", "0");
        Outcome("failed", "E08000099-000003", "WF_UPLOAD", "ERROR", "12");
        Outcome("failed", "E08000099-000004", "WF_UPLOAD", status: null, code: null);
        Outcome("sent", "THEIRS-1", "SOMEONE_ELSES", "SUCCESS", "00");
        var transport = Transport();

        var reports = await transport.ReportsAsync(default).ToListAsync();
        await CompleteAllAsync(transport, reports);

        reports.Select(r => (r.Report!.LocalId, r.Report.IsError, r.Report.Code)).ShouldBe(
        [
            (Name, false, "00"),
            ("E08000099-000002", false, "0"),
            ("E08000099-000003", true, "12"),
            ("E08000099-000004", true, null),
        ]);
        reports[0].Report!.LinkedMessageId.ShouldBe("id-of-" + Name);
        transport.Tally.OtherWorkflows.ShouldBe(1);
        _folder.Files("sent").ShouldBe(["THEIRS-1.ctl", "THEIRS-1.dat"]);
        _folder.Files("failed").ShouldBeEmpty();
        (await transport.ReportsAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_sent_pair_whose_status_is_an_error_is_an_error_wherever_it_lies()
    {
        Outcome("sent", Name, "WF_UPLOAD", "SUCCESS", "06");

        (await Transport().ReportsAsync(default).ToListAsync()).ShouldHaveSingleItem().Report!.IsError.ShouldBeTrue();
    }

    [Fact]
    public async Task An_upload_that_the_client_does_not_take_is_told()
    {
        await SendAsync();
        var transport = Transport();
        Old(_folder["out", Name + ".ctl"], 119 * 60);
        await transport.ReportsAsync(default).ToListAsync();
        transport.Tally.Delayed.ShouldBeEmpty();

        Old(_folder["out", Name + ".ctl"], 120 * 60);
        await transport.ReportsAsync(default).ToListAsync();

        transport.Tally.Delayed.ShouldHaveSingleItem().Reason.ShouldContain("running");
    }

    [Fact]
    public async Task A_root_that_cannot_be_used_stops_the_transport()
    {
        _folder.Write("a file where the folder should be", "out");
        _folder.Write("a file where the folder should be", "in");

        var send = await Should.ThrowAsync<TransportException>(() => SendAsync());
        var receive = await Should.ThrowAsync<TransportException>(() => ReceiveAsync());

        new[] { send, receive }.ShouldAllBe(e => e.Message.Contains("Transport:MeshClient:Root", StringComparison.Ordinal));
        send.Message.ShouldBeWholeSentences();
        receive.Message.ShouldBeWholeSentences();
    }

    [Fact]
    public async Task An_item_of_another_transport_is_not_touched()
    {
        await Should.ThrowAsync<ArgumentException>(() => Transport().CompleteAsync(new ReceivedItem("x", "x", null, null, Stamp: "../in|1:1+|x.ctl"), default));
        await Should.ThrowAsync<ArgumentException>(() => Transport().CompleteAsync(new ReceivedItem("x", "x", null, null), default));
    }

    [Fact]
    public void No_setting_pretends_to_know_the_national_values()
    {
        new MeshClientOptions().Problems().Select(p => p.Key).ShouldBe(
        [
            "Transport:MeshClient:Root",
            "Transport:MeshClient:Mailbox",
            "Transport:MeshClient:Recipient",
            "Transport:MeshClient:WorkflowIds:Upload",
            "Transport:MeshClient:WorkflowIds:Acknowledgement",
            "Transport:MeshClient:WorkflowIds:Access",
            "Transport:MeshClient:WorkflowIds:Inactive",
        ]);
        Options().Problems().ShouldBeEmpty();
        (Options() with { Folders = new MeshClientFolders { In = "../x", Sent = "OUT" } }).Problems().Select(p => p.Key)
            .ShouldBe(["Transport:MeshClient:Folders:Sent", "Transport:MeshClient:Folders:In"]);
    }

    private MeshClientOptions Options() => new()
    {
        Root = _folder.Root,
        Mailbox = "LA0001OT001",
        Recipient = "CPIS001",
        WorkflowIds = new MeshWorkflows { Upload = "WF_UPLOAD", Acknowledgement = "WF_RESPONSE", Access = "WF_ACCESS", Inactive = "WF_INACTIVE" },
    };

    private MeshClientTransport Transport() => new(Options(), _clock);

    private Task<SendResult> SendAsync() => Transport().SendAsync(_folder.Payload(1, Content, _journal), _journal, default);

    private Task<List<ReceivedItem>> ReceiveAsync(MeshClientTransport? transport = null) => (transport ?? Transport()).ReceiveAsync(default).ToListAsync().AsTask();

    private static async Task CompleteAllAsync(MeshClientTransport transport, IEnumerable<ReceivedItem> items)
    {
        foreach (var item in items)
        {
            await transport.CompleteAsync(item, default);
        }
    }

    private async Task CrashAsync(string point)
    {
        _journal.At = at =>
        {
            if (at == point)
            {
                throw new CrashException(point);
            }
        };
        await Should.ThrowAsync<CrashException>(() => SendAsync());
        _journal.At = null;
    }

    private void ShouldBeDeliveredOnce()
    {
        _folder.Files("out").ShouldBe([$"{Name}.ctl", $"{Name}.dat"]);
        _folder.Files("cpis-staging").ShouldBeEmpty();
        File.ReadAllText(_folder["out", Name + ".dat"]).ShouldBe(Content);
        XDocument.Load(_folder["out", Name + ".ctl"]).Root!.Element("LocalId")!.Value.ShouldBe(Name);
        _journal.Calls.ShouldBe(["begin " + Name]);
    }

    private void Old(string path, int seconds) => File.SetLastWriteTimeUtc(path, _clock.GetUtcNow().UtcDateTime.AddSeconds(-seconds));

    private void Inbound(string name, string workflow, string? messageId = "", string folder = "in")
    {
        Old(_folder.Write("content of " + name, folder, name + ".dat"), 60);
        Old(_folder.Write(Control("Data", workflow, messageId == "" ? name : messageId, null, ("TRANSFER", "SUCCESS", "00", "ok")), folder, name + ".ctl"), 60);
    }

    private void Outcome(string folder, string name, string workflow, string? status, string? code)
    {
        Old(_folder.Write("content of " + name, folder, name + ".dat"), 60);
        Old(_folder.Write(Control("Data", workflow, "id-of-" + name, name, status is null ? null : ("TRANSFER", status, code!, "text")), folder, name + ".ctl"), 60);
    }

    private static string Control(string type, string workflow, string? messageId, string? localId, (string Event, string Status, string Code, string Description)? status) =>
        new XElement(
            "DTSControl",
            new XElement("Version", "1.0"),
            new XElement("MessageType", type),
            new XElement("WorkflowId", workflow),
            localId is null ? null : new XElement("LocalId", localId),
            messageId is null ? null : new XElement("DTSId", messageId),
            status is not { } s
                ? null
                : new XElement(
                    "StatusRecord",
                    new XElement("DateTime", "20260302005900"),
                    new XElement("Event", s.Event),
                    new XElement("Status", s.Status),
                    new XElement("StatusCode", s.Code),
                    new XElement("Description", s.Description))).ToString();
}
