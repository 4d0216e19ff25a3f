using System.Diagnostics;
using CpIs.Transport.Files;
using CpIs.Transport.Folder;
using CpIs.Transport.Tests.Support;
using Shouldly;

namespace CpIs.Transport.Tests.Folder;

public sealed class FolderTransportTests : IDisposable
{
    private const string Content = "<upload>1</upload>";
    private readonly TempFolder _folder = new();
    private readonly TestClock _clock = new();
    private readonly Journal _journal;

    public FolderTransportTests() => _journal = new Journal(_clock);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_is_put_whole_under_its_name_and_nothing_else_is_left()
    {
        var result = await SendAsync(1, Content);

        result.Outcome.ShouldBe(SendOutcome.Accepted);
        _folder.Files("out").ShouldBe(["upload-000001.xml"]);
        File.ReadAllText(_folder["out", "upload-000001.xml"]).ShouldBe(Content);
    }

    [Fact]
    public async Task The_sending_is_recorded_before_the_file_can_be_seen_and_after_its_bytes_are_safe()
    {
        string[] seen = [];
        _journal.At = point =>
        {
            if (point == "begin:before")
            {
                seen = _folder.Files("out");
                File.ReadAllText(_folder["out", ".upload-000001.xml.tmp"]).ShouldBe(Content);
            }
        };

        await SendAsync(1, Content);

        seen.ShouldBe([".upload-000001.xml.tmp"]);
    }

    [Fact]
    public async Task Crash_before_the_record_was_made_sends_once()
    {
        await CrashAsync("begin:before");
        _journal.BegunOf("E08000099-000001").ShouldBeNull();
        _folder.Files("out").ShouldBe([".upload-000001.xml.tmp"]);

        (await SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);

        _folder.Files("out").ShouldBe(["upload-000001.xml"]);
    }

    [Fact]
    public async Task What_was_made_ready_and_never_begun_is_removed_and_what_was_begun_or_is_not_ours_stays()
    {
        Directory.CreateDirectory(_folder["out"]);
        string[] others = [".hidden", ".upload-000001.part", "upload-000004.xml", ".upload-x.xml.tmp"];
        string[] ours = [".upload-000002.xml.tmp", ".upload-000003.xml.tmp", "..upload-000003.xml.tmp.tmp"];
        foreach (var name in ours.Concat(others))
        {
            File.WriteAllText(_folder["out", name], Content);
        }

        var begun = new OutboundFile(new(2), "E08000099-000002", "x", "upload-000002.xml", "application/xml", "00", new BegunSending(_clock.GetUtcNow(), null));
        await new FolderTransport(new FolderOptions { Out = _folder["out"], In = _folder["in"] }, _clock).TidyAsync([begun], default);

        _folder.Files("out").ShouldBe([".upload-000002.xml.tmp", .. others], ignoreOrder: true);
    }

    [Fact]
    public async Task Crash_after_the_record_and_before_the_rename_delivers_it_in_the_next_run()
    {
        await CrashAsync("begin:after");
        _journal.BegunOf("E08000099-000001").ShouldNotBeNull();

        (await SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);

        _folder.Files("out").ShouldBe(["upload-000001.xml"]);
        File.ReadAllText(_folder["out", "upload-000001.xml"]).ShouldBe(Content);
        _journal.Calls.ShouldBe(["begin E08000099-000001"]);
    }

    [Fact]
    public async Task Crash_after_the_rename_is_settled_as_delivered()
    {
        await SendAsync(1, Content);

        (await SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);

        _folder.Files("out").ShouldBe(["upload-000001.xml"]);
    }

    [Fact]
    public async Task Crash_after_the_rename_is_settled_as_delivered_even_when_the_receiver_has_taken_it()
    {
        await SendAsync(1, Content);
        File.Delete(_folder["out", "upload-000001.xml"]);

        (await SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);

        _folder.Files("out").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("<upl")]
    [InlineData("<upload>1</uplooad>")]
    public async Task An_incomplete_temporary_file_is_rewritten_before_it_is_delivered(string damaged)
    {
        await CrashAsync("begin:after");
        File.WriteAllText(_folder["out", ".upload-000001.xml.tmp"], damaged);

        (await SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);

        _folder.Files("out").ShouldBe(["upload-000001.xml"]);
        File.ReadAllText(_folder["out", "upload-000001.xml"]).ShouldBe(Content);
    }

    [Fact]
    public async Task A_payload_whose_bytes_changed_since_it_was_made_is_refused_and_never_seen()
    {
        var file = _folder.Payload(1, Content) with { Sha256 = Payloads.Sha256("other") };

        (await Transport().SendAsync(file, _journal, default)).Outcome.ShouldBe(SendOutcome.Refused);

        _folder.Files("out").ShouldBeEmpty();
        _journal.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_payload_that_is_gone_is_refused()
    {
        var file = _folder.Payload(1, Content);
        File.Delete(file.Path);

        (await Transport().SendAsync(file, _journal, default)).Outcome.ShouldBe(SendOutcome.Refused);

        _journal.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_file_of_the_same_name_is_never_overwritten()
    {
        _folder.Write("other", "out", "upload-000001.xml");

        var result = await SendAsync(1, Content);

        result.Outcome.ShouldBe(SendOutcome.Refused);
        File.ReadAllText(_folder["out", "upload-000001.xml"]).ShouldBe("other");
    }

    [Theory]
    [InlineData("../upload.xml")]
    [InlineData(".upload.xml")]
    [InlineData("a/b.xml")]
    [InlineData("")]
    [InlineData("upload 1.xml")]
    public async Task A_name_that_could_leave_the_folder_or_hide_is_a_programming_error(string name)
    {
        var file = _folder.Payload(1, Content) with { FileName = name };

        await Should.ThrowAsync<ArgumentException>(() => Transport().SendAsync(file, _journal, default));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_stops_the_transport()
    {
        _folder.Write("a file where the folder should be", "out");
        _folder.Write("a file where the folder should be", "in");

        var send = await Should.ThrowAsync<TransportException>(() => SendAsync(1, Content));
        var receive = await Should.ThrowAsync<TransportException>(() => ReceiveAsync());

        send.Message.ShouldContain("Transport:Folder:Out");
        receive.Message.ShouldContain("Transport:Folder:In");
        send.Message.ShouldBeWholeSentences();
        receive.Message.ShouldBeWholeSentences();
    }

    [Fact]
    public async Task Missing_folders_are_made_for_the_owner_only()
    {
        await SendAsync(1, Content);
        (await ReceiveAsync()).ShouldBeEmpty();

        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(_folder["out"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.GetUnixFileMode(_folder["in"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.GetUnixFileMode(_folder["out", "upload-000001.xml"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task Waiting_files_come_in_ordinal_order_from_subfolders_too_without_hidden_and_temporary_ones()
    {
        foreach (var name in new[] { "b.xml", "B.xml", "a/z.xml", "a.xml", ".hidden.xml", "half.tmp", "half.TMP", ".git/x.xml", "a/.y.xml.tmp" })
        {
            _folder.Write(name, ["in", .. name.Split('/')]);
        }

        var items = await ReceiveAsync();

        items.Select(i => i.TransportId).ShouldBe(["B.xml", "a.xml", "a/z.xml", "b.xml"]);
        items[2].Name.ShouldBe("z.xml");
        items[2].ContentPath.ShouldBe(_folder["in", "a", "z.xml"]);
        items.ShouldAllBe(i => i.Report == null && i.Problem == null);
    }

    [Fact]
    public async Task An_item_stays_until_it_is_completed_and_completing_is_safe_to_repeat()
    {
        _folder.Write("1", "in", "a.xml");
        var transport = Transport();
        var item = (await ReceiveAsync(transport)).ShouldHaveSingleItem();
        (await ReceiveAsync(transport)).ShouldHaveSingleItem().ShouldBe(item);

        await transport.CompleteAsync(item, default);
        await transport.CompleteAsync(item, default);

        _folder.Files("in").ShouldBeEmpty();
        (await ReceiveAsync(transport)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_changed_since_it_was_received_is_not_deleted()
    {
        var path = _folder.Write("first", "in", "a.xml");
        File.SetLastWriteTimeUtc(path, _clock.GetUtcNow().UtcDateTime);
        var transport = Transport();
        var item = (await ReceiveAsync(transport)).ShouldHaveSingleItem();

        File.WriteAllText(path, "other");
        await transport.CompleteAsync(item, default);

        File.ReadAllText(path).ShouldBe("other");
    }

    [Theory]
    [InlineData(30, 29, false)]
    [InlineData(30, 30, true)]
    [InlineData(30, -29, false)]
    [InlineData(30, -3600, true)]
    [InlineData(0, -1, true)]
    public async Task A_file_still_growing_is_left_until_it_has_settled(int settle, int age, bool taken)
    {
        var path = _folder.Write("x", "in", "a.xml");
        File.SetLastWriteTimeUtc(path, _clock.GetUtcNow().UtcDateTime.AddSeconds(-age));

        (await ReceiveAsync(Transport(settle))).Count.ShouldBe(taken ? 1 : 0);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_does_not_stop_the_others_and_is_told()
    {
        _folder.Write("x", "in", "a.xml");
        _folder.Write("x", "in", "b.xml");
        using var writer = new FileStream(_folder["in", "a.xml"], FileMode.Open, FileAccess.Write, FileShare.None);
        var transport = Transport();

        var items = await ReceiveAsync(transport);

        items.ShouldHaveSingleItem().TransportId.ShouldBe("b.xml");
        transport.Tally.Delayed.ShouldHaveSingleItem().TransportId.ShouldBe("a.xml");
    }

    [Fact]
    public async Task A_pipe_is_told_and_never_waited_for()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _folder.Write("x", "in", "b.xml");
        _folder.Write(string.Empty, "in", "c.xml");
        using (var made = Process.Start("mkfifo", [_folder["in", "a.xml"]]))
        {
            await made.WaitForExitAsync();
        }

        var transport = Transport();

        var items = await Task.Run(() => ReceiveAsync(transport)).WaitAsync(TimeSpan.FromSeconds(30));

        items.Select(i => i.TransportId).ShouldBe(["b.xml", "c.xml"]);
        transport.Tally.Delayed.ShouldHaveSingleItem().TransportId.ShouldBe("a.xml");
    }

    [Fact]
    public async Task A_subfolder_that_cannot_be_listed_does_not_stop_the_others_and_is_told()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // Root may list every folder, but not one whose path is longer than the system allows.
        string[] deep = [.. Enumerable.Repeat(new string('d', 200), 12)];
        var upper = Directory.CreateDirectory(_folder[["in", "sub", .. deep]]).FullName;
        Directory.CreateDirectory(_folder[["apart", .. deep]]);
        _folder.Write("x", "in", "b.xml");
        _folder.Write("x", "in", "other", "d.xml");
        Directory.Move(_folder["apart"], Path.Combine(upper, "apart"));
        try
        {
            var transport = Transport();

            var items = await ReceiveAsync(transport);

            items.Select(i => i.TransportId).ShouldBe(["b.xml", "other/d.xml"]);
            var delayed = transport.Tally.Delayed.ShouldHaveSingleItem();
            delayed.TransportId.ShouldStartWith("sub/");
            delayed.Reason.ShouldBeWholeSentences();
        }
        finally
        {
            Directory.Move(Path.Combine(upper, "apart"), _folder["apart"]);
        }
    }

    [Theory]
    [InlineData("../a.xml")]
    [InlineData("/etc/hostname")]
    public async Task Completing_never_reaches_outside_the_inbox(string id)
    {
        var outside = _folder.Write("x", "a.xml");

        await Should.ThrowAsync<ArgumentException>(() => Transport().CompleteAsync(new ReceivedItem(id, "a.xml", null, null, Stamp: FileStamp.Of(new FileInfo(outside))), default));

        File.Exists(outside).ShouldBeTrue();
    }

    [Theory]
    [InlineData("", "in", 0, "Transport:Folder:Out")]
    [InlineData("out", "", 0, "Transport:Folder:In")]
    [InlineData("x", "./x", 0, "Transport:Folder:In")]
    [InlineData("x/out", "x/", 0, "Transport:Folder:In")]
    [InlineData("out", "in", -1, "Transport:Folder:SettleSeconds")]
    public void Settings_that_cannot_work_name_their_key(string outFolder, string inFolder, int settle, string key) =>
        new FolderOptions { Out = outFolder, In = inFolder, SettleSeconds = settle }.Problems().ShouldHaveSingleItem().Key.ShouldBe(key);

    [Fact]
    public void Folders_beside_each_other_and_an_inbox_below_the_outbox_can_be_used()
    {
        new FolderOptions { Out = "x/out", In = "x/outer" }.Problems().ShouldBeEmpty();
        new FolderOptions { Out = "x", In = "x/in" }.Problems().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_journal_that_fails_is_not_blamed_on_the_folder()
    {
        _journal.At = _ => throw new IOException("the database's disk is full");

        await Should.ThrowAsync<IOException>(() => SendAsync(1, Content));
    }

    private FolderTransport Transport(int settle = 0) =>
        new(new FolderOptions { Out = _folder["out"], In = _folder["in"], SettleSeconds = settle }, _clock);

    private Task<SendResult> SendAsync(long number, string content) =>
        Transport().SendAsync(_folder.Payload(number, content, _journal), _journal, default);

    private async Task CrashAsync(string point)
    {
        _journal.At = at =>
        {
            if (at == point)
            {
                throw new CrashException(point);
            }
        };
        await Should.ThrowAsync<CrashException>(() => SendAsync(1, Content));
        _journal.At = null;
    }

    private Task<List<ReceivedItem>> ReceiveAsync(FolderTransport? transport = null) => (transport ?? Transport()).ReceiveAsync(default).ToListAsync().AsTask();
}
