namespace CpIs.TestMesh;

/// <summary>A request as the server saw it.</summary>
/// <param name="Call">For instance <c>send</c>, <c>chunk</c>, <c>list</c>, <c>track-local</c>.</param>
public sealed record SeenRequest(string Call, string Method, string PathAndQuery, IReadOnlyDictionary<string, string> Headers);

/// <summary>What goes wrong with a request.</summary>
/// <param name="AfterCommit">The server has done what was asked before it goes wrong.</param>
public sealed record Fault(FaultKind Kind, int Status = 0, string? Body = null, bool AfterCommit = false, IReadOnlyDictionary<string, string>? Headers = null, string ContentType = "application/json")
{
    public static Fault Answer(int status, string? body = null, bool afterCommit = false) => new(FaultKind.Answer, status, body, afterCommit);

    public static Fault Code(int status, string code, string @event = "SEND", string text = "refused") =>
        Answer(status, $$"""{"internal_id":"20260302_REF","detail":[{"event":"{{@event}}","code":"{{code}}","msg":"{{text}}"}]}""");

    public static Fault Page(int status) => new(FaultKind.Answer, status, "<html><body>Bad gateway</body></html>", ContentType: "text/html");
}

public enum FaultKind
{
    /// <summary>Another answer than the right one.</summary>
    Answer,

    /// <summary>The connection is reset without an answer.</summary>
    Reset,

    /// <summary>The connection is reset in the middle of the request's body.</summary>
    ResetInBody,

    /// <summary>No answer comes until the client gives up.</summary>
    Hang,

    /// <summary>As <see cref="Hang"/>, and the server acts on it only after so many further requests as the status says, at least one.</summary>
    HangThenCommit,

    /// <summary>The answer's body breaks off.</summary>
    Truncate,

    /// <summary>A bit of the answer's body is turned over.</summary>
    Corrupt,
}

/// <summary>A mailbox of the server, with what happened to it.</summary>
public sealed class MeshMailbox(string id, string password, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly List<SeenRequest> _requests = [];
    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
    private readonly List<(int Requests, Func<Task> Act)> _late = [];
    private TaskCompletionSource _idle = Done();
    private int _inFlight;
    private int _number;

    public string Id { get; } = id;

    public string Password { get; } = password;

    /// <summary>The organisation whose mailbox it is.</summary>
    public string OdsCode { get; set; } = "E08000099";

    /// <summary>Left out when mailboxes are searched by workflow alone.</summary>
    public bool IsUnlistedByWorkflow { get; set; }

    /// <summary>The server's clock is the test's, so that hours can pass.</summary>
    public TimeProvider Clock { get; } = clock;

    public TimeSpan ClockOffset { get; set; }

    /// <summary>Called while a request gets no answer: a clock of the test's own is put past the client's limit.</summary>
    public Action? Hanging { get; set; }

    /// <summary>Waiting and past messages for us, oldest first.</summary>
    public List<MeshMessage> Inbox { get; } = [];

    /// <summary>What we sent.</summary>
    public List<MeshMessage> Outbox { get; } = [];

    public HashSet<string> Recipients { get; } = new(StringComparer.Ordinal) { "CPIS001" };

    public HashSet<string> SendWorkflows { get; } = new(StringComparer.Ordinal) { "WF_UPLOAD" };

    /// <summary>Chooses what goes wrong with a request, by call and by how many of its kind came before.</summary>
    public Func<string, int, Fault?>? Faults { get; set; }

    /// <summary>Told of each acknowledgement, before it counts.</summary>
    public Action<string>? Acknowledging { get; set; }

    /// <summary>Told of each request before it is looked at.</summary>
    public Action<string>? Arriving { get; set; }

    /// <summary>Told of each request once the server has done what it asks, before the answer goes out.</summary>
    public Action<string>? Acted { get; set; }

    /// <summary>Answers as version 1 whatever is asked for: no links, no filter, other names.</summary>
    public bool OnlyVersion1 { get; set; }

    public bool IgnoresFilter { get; set; }

    /// <summary>Forgets the deprecated tracking by local id.</summary>
    public bool NoTrackingByLocalId { get; set; }

    /// <summary>Smaller pages than were asked for.</summary>
    public int LargestPage { get; set; } = int.MaxValue;

    /// <summary>Writes response header names in lower case.</summary>
    public bool LowerCaseHeaders { get; set; }

    /// <summary>How the parts of a download are numbered: the headers <c>Mex-Chunk-Range</c> and <c>Mex-Total-Chunks</c>.</summary>
    public Func<int, int, (string? Range, string? Total)> Numbering { get; set; } = (chunk, total) => (FormattableString.Invariant($"{chunk}:{total}"), null);

    /// <summary>Answers every part of a download with 206, the last one too.</summary>
    public bool AlwaysPartial { get; set; }

    /// <summary>What the answers of the API say that they are.</summary>
    public string JsonContentType { get; set; } = "application/json";

    /// <summary>Answers later chunks with the message id, as the published specification shows, and not with null.</summary>
    public bool ChunkAnswersWithId { get; set; }

    /// <summary>Leaves out of tracking what may be left out.</summary>
    public bool TracksWithoutStatus { get; set; }

    /// <summary>A second acknowledgement of a message finds nothing.</summary>
    public bool ForgetsAcknowledged { get; set; }

    /// <summary>How the header is spelt that links a report to the message that it is about.</summary>
    public string LinkedHeader { get; set; } = "Mex-LinkedMsgID";

    /// <summary>Compresses downloads whatever the sender did, where the client allows it.</summary>
    public bool CompressesDownloads { get; set; } = true;

    public IReadOnlyList<SeenRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    public IReadOnlyList<MeshMessage> Delivered => [.. Outbox.Where(m => m.Status is "accepted" or "acknowledged")];

    public int Count(string call) => Requests.Count(r => r.Call == call);

    public int Note(SeenRequest request)
    {
        lock (_lock)
        {
            _requests.Add(request);
            return _requests.Count(r => r.Call == request.Call);
        }
    }

    /// <summary>Whether this token is seen for the first time.</summary>
    public bool TakeToken(string token)
    {
        lock (_lock)
        {
            return _tokens.Add(token);
        }
    }

    /// <summary>Completes when the server is done with every request that it began.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return _idle.Task;
        }
    }

    public void Enter()
    {
        lock (_lock)
        {
            if (_inFlight++ == 0)
            {
                _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            if (--_inFlight == 0)
            {
                _idle.SetResult();
            }
        }
    }

    /// <summary>Does something once so many further requests have been answered.</summary>
    public void ActLater(int requests, Func<Task> act)
    {
        lock (_lock)
        {
            _late.Add((requests, act));
        }
    }

    /// <summary>Does what is due after this request.</summary>
    public async Task ActLateAsync()
    {
        List<(int Requests, Func<Task> Act)> all;
        lock (_lock)
        {
            all = [.. _late.Select(l => (l.Requests - 1, l.Act))];
            _late.Clear();
            _late.AddRange(all.Where(l => l.Requests > 0));
        }

        foreach (var (_, act) in all.Where(l => l.Requests <= 0))
        {
            await act();
        }
    }

    public string NewId()
    {
        lock (_lock)
        {
            return FormattableString.Invariant($"{Clock.GetUtcNow():yyyyMMddHHmmssfff}{++_number:D6}_{Id.GetHashCode(StringComparison.Ordinal) & 0xFFFFFF:X6}");
        }
    }

    /// <summary>Puts a message for us into the inbox.</summary>
    public MeshMessage Deliver(string content, string workflow, string? localId = null, string? checksum = null, string? encoding = null, int chunks = 1)
    {
        var message = new MeshMessage
        {
            Id = NewId(), To = Id, WorkflowId = workflow, LocalId = localId, Checksum = checksum, FileName = "message.xml", Total = chunks,
        };
        var bytes = System.Text.Encoding.UTF8.GetBytes(content);
        var size = (bytes.Length + chunks - 1) / chunks;
        for (var k = 0; k < chunks; k++)
        {
            var part = bytes.Skip(k * size).Take(size).ToArray();
            message.Chunks[k + 1] = new StoredChunk(encoding == "gzip" ? Gzip(part) : part, null, encoding);
        }

        Inbox.Add(message);
        return message;
    }

    /// <summary>Puts a report of MESH on a message of ours into the inbox.</summary>
    public MeshMessage Report(string code, string? linkedMessageId, string? localId, string? workflow = "WF_UPLOAD")
    {
        var message = new MeshMessage
        {
            Id = NewId(),
            From = "",
            To = Id,
            WorkflowId = workflow,
            MessageType = "REPORT",
            LinkedMessageId = linkedMessageId,
            LocalId = localId,
            StatusEvent = "SEND",
            StatusCode = code,
            StatusDescription = "Not delivered",
            Total = 0,
        };
        Inbox.Add(message);
        return message;
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(buffer, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return buffer.ToArray();
    }
}
