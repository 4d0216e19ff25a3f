using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace CpIs.TestMesh;

/// <summary>
/// A MESH server on a loopback socket, written from reference mesh-api sections 2 to 8. It is strict where the reference is certain,
/// and each mailbox can be told what goes wrong.
/// </summary>
public sealed partial class MeshServer : IAsyncDisposable
{
    private const long InMemory = 256 * 1024;
    private const long LargestRequest = 100_000_000;
    private const string NationalOdsCode = "X26";
    private readonly ConcurrentDictionary<string, MeshMailbox> _mailboxes = new(StringComparer.Ordinal);
    private readonly string _folder = Directory.CreateTempSubdirectory("cpis-mesh-").FullName;
    private WebApplication? _application;
    private int _mailboxNumber;
    private int _fileNumber;

    public static string SharedKey => "shared-key-4Zq/8+x";

    public string Url { get; private set; } = "";

    /// <summary>The lookups that were made, as paths.</summary>
    public ConcurrentQueue<string> Lookups { get; } = new();

    public bool AnswersLookupsAsVersion1 { get; set; }

    /// <param name="protocols">The only versions of TLS that it speaks.</param>
    public static async Task<MeshServer> StartAsync(X509Certificate2? certificate = null, SslProtocols protocols = SslProtocols.Tls12 | SslProtocols.Tls13)
    {
        var server = new MeshServer();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate ?? TestCertificates.Server;
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.SslProtocols = protocols;
                https.OnAuthenticate = (_, tls) => tls.CertificateChainPolicy = TestCertificates.Trust();
            }));
        });
        server._application = builder.Build();
        server._application.Run(server.HandleAsync);
        await server._application.StartAsync();
        server.Url = server._application.Urls.Single();
        return server;
    }

    public MeshMailbox AddMailbox(TimeProvider clock)
    {
        var id = FormattableString.Invariant($"LA{Interlocked.Increment(ref _mailboxNumber):D4}OT001");
        return _mailboxes.GetOrAdd(id, new MeshMailbox(id, "pass:word-" + id, clock));
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.StopAsync(new CancellationToken(canceled: true));
            await _application.DisposeAsync();
        }

        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A leftover in the system's temporary folder fails no test.
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        var segments = context.Request.Path.Value!.Split('/').Skip(1).ToArray();
        if (segments[0] != "messageexchange" || segments.Length < 2)
        {
            context.Response.StatusCode = 404;
            return;
        }

        if (segments[^1].Length == 0)
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = context.Request.Path.Value.TrimEnd('/');
            return;
        }

        if (segments[1] is "endpointlookup" or "workflowsearch")
        {
            await Lookup(segments, !AnswersLookupsAsVersion1 && context.Request.Headers.Accept == "application/vnd.mesh.v2+json").WriteAsync(context, null);
            return;
        }

        if (!_mailboxes.TryGetValue(segments[1].ToUpperInvariant(), out var mailbox))
        {
            await Reply.Error(403, "EPL-151", "SEND", "No mailbox matched").WriteAsync(context, null);
            return;
        }

        mailbox.Enter();
        try
        {
            await HandleAsync(context, mailbox, segments[2..]);
        }
        finally
        {
            mailbox.Leave();
        }
    }

    private async Task HandleAsync(HttpContext context, MeshMailbox mailbox, string[] path)
    {
        var call = CallOf(context.Request.Method, path);
        mailbox.Arriving?.Invoke(call);
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var nth = mailbox.Note(new SeenRequest(call, context.Request.Method, context.Request.Path + context.Request.QueryString, headers));
        var fault = mailbox.Faults?.Invoke(call, nth);
        var refusal = Authorise(mailbox, headers);

        if (fault is { Kind: FaultKind.ResetInBody })
        {
            var some = new byte[512];
            _ = await context.Request.Body.ReadAtLeastAsync(some, 200, throwOnEndOfStream: false);
            context.Abort();
            return;
        }

        var late = fault is { Kind: FaultKind.HangThenCommit };
        var acts = fault is null or { AfterCommit: true } or { Kind: FaultKind.Truncate or FaultKind.Corrupt } || late;
        var body = context.Request.Method == "POST" ? await StoreAsync(context) : null;
        var query = context.Request.Query.ToDictionary(StringComparer.Ordinal);
        Task<Reply> ActAsync() => Task.FromResult(refusal ?? Act(mailbox, call, path, query, headers, body));
        var reply = acts && !late ? await ActAsync() : null;
        if (reply is not null && refusal is null)
        {
            mailbox.Acted?.Invoke(call);
        }

        await mailbox.ActLateAsync();
        if (late)
        {
            mailbox.ActLater(Math.Max(1, fault!.Status), ActAsync);
        }

        context.Response.Headers.Date = (mailbox.Clock.GetUtcNow() + mailbox.ClockOffset).ToString("R", CultureInfo.InvariantCulture);
        switch (fault?.Kind)
        {
            case FaultKind.Reset:
                context.Abort();
                break;
            case FaultKind.Hang or FaultKind.HangThenCommit:
                mailbox.Hanging?.Invoke();
                await UntilGone(context);
                break;
            case FaultKind.Answer:
                foreach (var (name, value) in fault.Headers ?? new Dictionary<string, string>())
                {
                    context.Response.Headers[name] = value;
                }

                context.Response.StatusCode = fault.Status;
                if (fault.Body is not null && context.Request.Method != "HEAD")
                {
                    context.Response.ContentType = fault.ContentType;
                    await context.Response.WriteAsync(fault.Body);
                }

                break;
            default:
                await reply!.WriteAsync(context, mailbox, fault?.Kind);
                break;
        }
    }

    private static async Task UntilGone(HttpContext context)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private static string CallOf(string method, string[] path) => (method, path) switch
    {
        ("POST" or "GET", []) => "handshake",
        ("GET", ["inbox"]) => "list",
        ("GET", ["count"]) => "count",
        ("HEAD", ["inbox", _]) => "look",
        ("GET", ["inbox", _]) => "download",
        ("GET", ["inbox", _, _]) => "download-chunk",
        ("PUT", ["inbox", _, "status", "acknowledged"]) => "acknowledge",
        ("POST", ["outbox"]) => "send",
        ("POST", ["outbox", _, _]) => "chunk",
        ("GET", ["outbox", "tracking"]) => "track",
        ("GET", ["outbox", "tracking", _]) => "track-local",
        _ => "unknown",
    };

    private static Reply? Authorise(MeshMailbox mailbox, Dictionary<string, string> headers)
    {
        var match = AuthorizationHeader().Match(headers.GetValueOrDefault("Authorization", ""));
        if (!match.Success || match.Groups["mailbox"].Value != mailbox.Id)
        {
            return Reply.Error(403, "", "", "Error reading from Authorization header");
        }

        var (nonce, count, time) = (match.Groups["nonce"].Value, match.Groups["count"].Value, match.Groups["time"].Value);
        var key = Encoding.UTF8.GetBytes(SharedKey);
        var hash = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{mailbox.Id}:{nonce}:{count}:{mailbox.Password}:{time}")));
        if (!string.Equals(hash, match.Groups["hash"].Value, StringComparison.OrdinalIgnoreCase))
        {
            return Reply.Error(403, "", "", "Invalid Authentication Token");
        }

        if (!DateTimeOffset.TryParseExact(time, "yyyyMMddHHmm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            || (mailbox.Clock.GetUtcNow() + mailbox.ClockOffset - at).Duration() > TimeSpan.FromHours(2))
        {
            return Reply.Error(403, "", "", "Invalid Authentication Token");
        }

        return mailbox.TakeToken(nonce + ":" + count) ? null : Reply.Error(403, "", "", "Error Duplicated Authentication Token");
    }

    [GeneratedRegex(@"\ANHSMESH (?<mailbox>[^: ]+):(?<nonce>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(?<count>[0-9]+):(?<time>[0-9]{12}):(?<hash>[0-9a-f]{64})\z", RegexOptions.IgnoreCase)]
    private static partial Regex AuthorizationHeader();

    private static Reply Act(MeshMailbox mailbox, string call, string[] path, Dictionary<string, StringValues> query, Dictionary<string, string> headers, StoredBody? body)
    {
        var accept = headers.GetValueOrDefault("Accept", "");
        if (accept.Contains("vnd.mesh", StringComparison.Ordinal) && accept is not ("application/vnd.mesh.v2+json" or "application/vnd.mesh.v1+json"))
        {
            return Reply.Error(400, "", "", "bad Accept");
        }

        var v2 = accept == "application/vnd.mesh.v2+json" && !mailbox.OnlyVersion1;
        switch (call)
        {
            case "handshake":
                return new[] { "Mex-ClientVersion", "Mex-OSName", "Mex-OSVersion" }.All(headers.ContainsKey)
                    ? v2 ? Reply.Empty(200) : Reply.Json(200, new { mailboxId = mailbox.Id })
                    : Reply.Json(400, new { detail = new[] { new { loc = new[] { "header", "Mex-ClientVersion" }, msg = "field required", type = "value_error.missing" } } });
            case "list":
                return List(mailbox, query, v2);
            case "look" or "download" or "download-chunk":
                return Download(mailbox, call, path, headers, v2);
            case "acknowledge":
                var waiting = mailbox.Inbox.Find(m => m.Id.Equals(path[1], StringComparison.OrdinalIgnoreCase));
                if (waiting is null)
                {
                    return Reply.Error(404, "20", "RECEIVE", "Message does not exist");
                }

                if (waiting.Status == "acknowledged" && mailbox.ForgetsAcknowledged)
                {
                    return Reply.Error(410, "", "RECEIVE", "Message no longer available");
                }

                mailbox.Acknowledging?.Invoke(waiting.Id);
                waiting.Status = "acknowledged";
                return v2 ? Reply.Empty(200) : Reply.Json(200, new { messageId = waiting.Id });
            case "send":
                return Send(mailbox, headers, body!, v2);
            case "chunk":
                return Chunk(mailbox, path, headers, body!, v2);
            case "track":
                return query.TryGetValue("messageID", out var messageId)
                    ? mailbox.Outbox.Find(m => m.Id == messageId) is { } tracked ? Track(mailbox, tracked, v2) : Reply.Error(404, "", "", "")
                    : Reply.Json(400, new { detail = new[] { new { loc = new[] { "query", "messageID" }, msg = "field required", type = "value_error.missing" } } });
            case "track-local":
                var found = mailbox.NoTrackingByLocalId ? [] : mailbox.Outbox.Where(m => m.LocalId == path[2]).ToList();
                return found.Count switch
                {
                    0 => Reply.Error(404, "", "", ""),
                    1 => Track(mailbox, found[0], v2: false),
                    _ => Reply.Json(300, new { internal_id = "REF300", message = "several" }),
                };
            default:
                return Reply.Error(404, "", "", "");
        }
    }

    private static Reply List(MeshMailbox mailbox, Dictionary<string, StringValues> query, bool v2)
    {
        var max = query.TryGetValue("max_results", out var wanted) && int.TryParse(wanted, CultureInfo.InvariantCulture, out var number) ? number : 500;
        if (max is < 10 or > 5000)
        {
            return Reply.Error(400, "", "", "max_results");
        }

        var filter = query.TryGetValue("workflow_filter", out var given) ? given.ToString() : null;
        if (filter is { Length: < 2 or > 255 })
        {
            return Reply.Error(400, "", "", "workflow_filter");
        }

        var waiting = mailbox.Inbox.Where(m => m.Status == "accepted" && (!v2 || mailbox.IgnoresFilter || Matches(m.WorkflowId ?? "", filter))).Select(m => m.Id).ToList();
        if (!v2)
        {
            return Reply.Json(200, new { messages = waiting.Take(Math.Min(500, mailbox.LargestPage)) });
        }

        var from = 0;
        if (query.TryGetValue("continue_from", out var mark))
        {
            var last = Encoding.ASCII.GetString(Convert.FromBase64String(mark.ToString())).Trim();
            from = waiting.FindIndex(id => string.CompareOrdinal(id, last) > 0) is var i && i < 0 ? waiting.Count : i;
        }

        var page = waiting.Skip(from).Take(Math.Min(max, mailbox.LargestPage)).ToList();
        var links = new Dictionary<string, string> { ["self"] = $"/messageexchange/{mailbox.Id}/inbox" };
        if (from + page.Count < waiting.Count)
        {
            var next = Uri.EscapeDataString(Convert.ToBase64String(Encoding.ASCII.GetBytes(page[^1].PadRight(30))));
            links["next"] = $"/messageexchange/{mailbox.Id}/inbox?max_results={max}&continue_from={next}" + (filter is null ? "" : "&workflow_filter=" + Uri.EscapeDataString(filter));
        }

        return Reply.Json(200, new { messages = page, links, approx_inbox_count = waiting.Count });
    }

    private static bool Matches(string workflow, string? filter)
    {
        if (string.IsNullOrEmpty(filter))
        {
            return true;
        }

        var not = filter.StartsWith('!');
        var text = not ? filter[1..] : filter;
        var matches = text switch
        {
            ['*', .. var inner, '*'] => workflow.Contains(inner, StringComparison.Ordinal),
            [.. var start, '*'] => workflow.StartsWith(start, StringComparison.Ordinal),
            _ => workflow == text,
        };
        return matches != not;
    }

    private static Reply Download(MeshMailbox mailbox, string call, string[] path, Dictionary<string, string> requestHeaders, bool v2)
    {
        var message = mailbox.Inbox.Find(m => m.Id.Equals(path[1], StringComparison.OrdinalIgnoreCase));
        if (message is null)
        {
            return Reply.Error(404, "20", "RECEIVE", "Message does not exist");
        }

        if (message.Status != "accepted")
        {
            return Reply.Error(410, "Message already accepted", "SEND", "Message no longer available for download");
        }

        var chunk = call == "download-chunk" ? int.Parse(path[2], CultureInfo.InvariantCulture) : 1;
        var headers = new Dictionary<string, string?>
        {
            ["Mex-MessageID"] = message.Id,
            ["Mex-From"] = message.From,
            ["Mex-To"] = message.To,
            ["Mex-WorkflowID"] = message.WorkflowId,
            ["Mex-MessageType"] = message.MessageType,
            ["Mex-FileName"] = message.FileName ?? message.Id + ".dat",
            ["Mex-LocalID"] = message.LocalId,
            [mailbox.LinkedHeader] = message.LinkedMessageId,
            ["Mex-Content-Checksum"] = message.Checksum,
            ["Mex-AddressType"] = "ALL",
            ["Mex-Version"] = "1.0",
            ["Mex-StatusCode"] = message.IsReport ? message.StatusCode : "00",
            ["Mex-StatusEvent"] = message.IsReport ? message.StatusEvent : "TRANSFER",
            ["Mex-StatusSuccess"] = message.IsReport ? "ERROR" : "SUCCESS",
            ["Mex-StatusDescription"] = message.IsReport ? message.StatusDescription : "Transferred to recipient mailbox",
            ["Mex-Chunk-Range"] = message.IsReport ? "1:0" : call == "look" ? $"{message.Total}:{message.Total}" : mailbox.Numbering(chunk, message.Total).Range,
            ["Mex-Total-Chunks"] = message.IsReport ? null : mailbox.Numbering(chunk, message.Total).Total,
        };
        if (call == "look" || message.IsReport)
        {
            return new Reply(200, headers, null);
        }

        if (!message.Chunks.TryGetValue(chunk, out var stored))
        {
            return Reply.Error(404, "20", "RECEIVE", "Message does not exist");
        }

        var takesGzip = requestHeaders.GetValueOrDefault("Accept-Encoding", "").Contains("gzip", StringComparison.Ordinal);
        var (content, encoding) = (stored.Encoding, takesGzip) switch
        {
            ("gzip", true) => ((Func<Stream>)stored.Open, "gzip"),
            ("gzip", false) => (stored.OpenDecoded, null),
            (_, true) when v2 && mailbox.CompressesDownloads => (() => new MemoryStream(MeshMailbox.Gzip(ReadAll(stored.Open()))), "gzip"),
            _ => (stored.Open, (string?)null),
        };
        headers["Mex-Content-Compressed"] = encoding is null ? null : "Y";
        headers["Content-Encoding"] = message.ClaimedEncoding ?? encoding;
        return new Reply(chunk < message.Total || mailbox.AlwaysPartial ? 206 : 200, headers, content);
    }

    private static byte[] ReadAll(Stream stream)
    {
        using (stream)
        using (var all = new MemoryStream())
        {
            stream.CopyTo(all);
            return all.ToArray();
        }
    }

    private static Reply Send(MeshMailbox mailbox, Dictionary<string, string> headers, StoredBody body, bool v2)
    {
        var to = headers.GetValueOrDefault("Mex-To", "");
        var workflow = headers.GetValueOrDefault("Mex-WorkflowID", "");
        var checksum = headers.GetValueOrDefault("Mex-Content-Checksum", "");
        var (error, chunk, total) = Range(headers.GetValueOrDefault("Mex-Chunk-Range"), 1);
        if (headers.Values.Any(v => v.Any(c => c < 0x20)) || headers.ContainsKey("Mex-MessageType") || workflow.Length is 0 or > 300 || headers.GetValueOrDefault("Mex-LocalID", "").Length > 300)
        {
            return Reply.Error(400, "06", "TRANSFER", "Malformed control file");
        }

        return (to, headers.GetValueOrDefault("Mex-From"), body) switch
        {
            ("", _, _) => Reply.Error(400, "08", "SEND", "TO_DTS missing"),
            (_, { } from, _) when from != mailbox.Id => Reply.Error(417, "07", "SEND", "Invalid From Address"),
            _ when !mailbox.Recipients.Contains(to) => Reply.Error(417, "12", "SEND", "Unregistered to address"),
            _ when !mailbox.SendWorkflows.Contains(workflow) => Reply.Error(417, "17", "SEND", "Workflow ID not registered for mailbox"),
            _ when checksum.Any(c => !char.IsAsciiLetterOrDigit(c) && !char.IsWhiteSpace(c) && c is not (':' or '-' or '/')) => Reply.Error(417, "Invalid checksum", "SEND", "Invalid checksum"),
            _ when body.Encoding is not (null or "gzip") => Reply.Error(422, "UnsupportedContentEncoding", "SEND", "Unsupported content encoding"),
            _ when error => Reply.Error(417, "InvalidHeaderChunks", "SEND", "Invalid chunk values"),
            (_, _, { Length: 0 }) => Reply.Error(417, "02", "COLLECT", "Data file is missing or inaccessible."),
            (_, _, { Length: > LargestRequest }) => Reply.Empty(413),
            _ => Accept(),
        };

        Reply Accept()
        {
            var message = new MeshMessage
            {
                Id = mailbox.NewId(),
                From = mailbox.Id,
                To = to,
                WorkflowId = workflow,
                LocalId = headers.GetValueOrDefault("Mex-LocalID"),
                FileName = headers.GetValueOrDefault("Mex-FileName"),
                ContentType = headers.GetValueOrDefault("Content-Type"),
                Checksum = checksum,
                Total = total,
                Status = total == 1 ? "accepted" : "uploading",
            };
            message.Chunks[chunk] = body.Chunk;
            mailbox.Outbox.Add(message);
            return v2 ? Reply.Json(202, new { message_id = message.Id }) : Reply.Json(202, new { messageID = message.Id });
        }
    }

    private static Reply Chunk(MeshMailbox mailbox, string[] path, Dictionary<string, string> headers, StoredBody body, bool v2)
    {
        var (error, chunk, total) = Range(headers.GetValueOrDefault("Mex-Chunk-Range"), int.Parse(path[2], CultureInfo.InvariantCulture));
        var message = mailbox.Outbox.Find(m => m.Id.Equals(path[1], StringComparison.OrdinalIgnoreCase));
        if (error)
        {
            return Reply.Error(417, "InvalidHeaderChunks", "SEND", "Invalid chunk values");
        }

        if (message is null)
        {
            return Reply.Error(404, "", "", "");
        }

        if (message.Status != "uploading")
        {
            return Reply.Json(423, new { internal_id = "REF423", message = "locked" });
        }

        if (chunk > message.Total)
        {
            return Reply.Empty(406);
        }

        // Out of order, with another total, in another encoding or of another type: none of it is allowed.
        if (total != message.Total || chunk > message.Chunks.Count + 1 || body.Encoding != message.Chunks[1].Encoding || headers.GetValueOrDefault("Content-Type") != "application/octet-stream")
        {
            return Reply.Error(417, "", "SEND", "cannot change content encoding");
        }

        if (body.Length is 0 or > LargestRequest)
        {
            return body.Length == 0 ? Reply.Error(417, "02", "COLLECT", "Data file is missing or inaccessible.") : Reply.Empty(413);
        }

        message.Chunks[chunk] = body.Chunk;
        if (chunk == message.Total)
        {
            message.Status = "accepted";
        }

        return v2 && mailbox.ChunkAnswersWithId ? Reply.Json(202, new { message_id = message.Id })
            : v2 ? new Reply(202, [], () => new MemoryStream("null"u8.ToArray()))
            : Reply.Empty(202);
    }

    private static (bool Error, int Chunk, int Total) Range(string? header, int chunkOfUrl)
    {
        if (header is null)
        {
            return (chunkOfUrl != 1, 1, 1);
        }

        var parts = header.Split(':');
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var chunk) && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var total)
            && chunk > 0 && chunk == chunkOfUrl && chunk <= Math.Max(total, chunkOfUrl)
            ? (false, chunk, total)
            : (true, 0, 0);
    }

    private static Reply Track(MeshMailbox mailbox, MeshMessage message, bool v2) => mailbox.TracksWithoutStatus
        ? v2 ? Reply.Json(200, new { message_id = message.Id }) : Reply.Json(200, new { messageId = message.Id })
        : v2
        ? Reply.Json(200, new
        {
            message_id = message.Id, local_id = message.LocalId, workflow_id = message.WorkflowId, status_success = true, status = message.Status, upload_timestamp = "2026-03-02T01:00:00.000",
            status_event = message.StatusEvent, status_code = message.StatusCode, status_description = message.StatusDescription,
        })
        : Reply.Json(200, new
        {
            addressType = "ALL", dtsId = message.Id, messageId = message.Id, localId = message.LocalId, status = char.ToUpperInvariant(message.Status[0]) + message.Status[1..], uploadTimestamp = "20260302010000",
            statusEvent = message.StatusEvent, statusCode = message.StatusCode, failureDiagnostic = message.StatusDescription,
        });

    /// <summary>By organisation and workflow, or by workflow alone; no match is an empty list.</summary>
    private Reply Lookup(string[] segments, bool v2)
    {
        var workflow = segments[^1];
        var organisation = segments[1] == "endpointlookup" ? segments[2] : null;
        Lookups.Enqueue(string.Join('/', segments[1..]));
        var found = new List<(string Id, string Name)>();
        foreach (var mailbox in _mailboxes.Values.OrderBy(m => m.Id, StringComparer.Ordinal))
        {
            if (mailbox.SendWorkflows.Contains(workflow) && organisation is null or NationalOdsCode)
            {
                found.AddRange(mailbox.Recipients.Select(r => (r, "CP-IS")));
            }
            else if (workflow is "WF_RESPONSE" or "WF_ACCESS" or "WF_INACTIVE" && (organisation is null ? !mailbox.IsUnlistedByWorkflow : organisation == mailbox.OdsCode))
            {
                found.Add((mailbox.Id, "Council"));
            }
        }

        return v2
            ? Reply.Json(200, new { results = found.Distinct().Select(f => new { mailbox_id = f.Id, mailbox_name = f.Name }) })
            : Reply.Json(200, new { query_id = "Q1", results = found.Distinct().Select(f => new { address = f.Id, description = f.Name, endpoint_type = "MESH" }) });
    }

    private async Task<StoredBody> StoreAsync(HttpContext context)
    {
        var encoding = context.Request.Headers.ContentEncoding.ToString();
        encoding = encoding.Length == 0 ? null : encoding;
        using var memory = new MemoryStream();
        FileStream? file = null;
        try
        {
            var buffer = new byte[65_536];
            long length = 0;
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer)) > 0)
            {
                length += read;
                if (file is null && length > InMemory)
                {
                    file = File.Create(Path.Combine(_folder, FormattableString.Invariant($"chunk-{Interlocked.Increment(ref _fileNumber)}")));
                    memory.WriteTo(file);
                    memory.SetLength(0);
                }

                await ((Stream?)file ?? memory).WriteAsync(buffer.AsMemory(0, read));
            }

            return new StoredBody(new StoredChunk(file is null ? memory.ToArray() : null, file?.Name, encoding), length, encoding);
        }
        finally
        {
            if (file is not null)
            {
                await file.DisposeAsync();
            }
        }
    }

    private sealed record StoredBody(StoredChunk Chunk, long Length, string? Encoding);

    /// <summary>An answer that is ready and may still go wrong on its way.</summary>
    private sealed record Reply(int Status, Dictionary<string, string?> Headers, Func<Stream>? Body)
    {
        private const int MostBytesToDamage = 1_000_000;

        public static Reply Empty(int status) => new(status, [], null);

        public static Reply Json(int status, object value) =>
            new(status, new Dictionary<string, string?> { ["Content-Type"] = "application/json" }, () => new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(value)));

        public static Reply Error(int status, string code, string @event, string text) =>
            Json(status, new { internal_id = "REF" + status, detail = new[] { new { @event, code, msg = text } } });

        public async Task WriteAsync(HttpContext context, MeshMailbox? mailbox, FaultKind? fault = null)
        {
            context.Response.StatusCode = Status;
            foreach (var (name, value) in Headers)
            {
                if (!string.IsNullOrEmpty(value))
                {
                    context.Response.Headers[mailbox?.LowerCaseHeaders == true ? name.ToLowerInvariant() : name] =
                        mailbox is not null && value == "application/json" ? mailbox.JsonContentType : value;
                }
            }

            if (Body is null || context.Request.Method == "HEAD")
            {
                return;
            }

            await using var body = Body();
            context.Response.ContentLength = body.Length;
            if (fault is null || body.Length is 0 or > MostBytesToDamage)
            {
                await body.CopyToAsync(context.Response.Body);
                return;
            }

            var bytes = new byte[body.Length];
            await body.ReadExactlyAsync(bytes);
            if (fault == FaultKind.Corrupt)
            {
                bytes[bytes.Length / 2] ^= 0x10;
                await context.Response.Body.WriteAsync(bytes);
                return;
            }

            await context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
        }
    }
}
