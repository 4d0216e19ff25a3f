using System.Text.Json;
using CpIs.Files;

namespace CpIs.Transport.MeshApi;

/// <summary>Reads what the server answers, with limits on size.</summary>
internal static class MeshAnswer
{
    private const int LargestJson = 4 * 1024 * 1024;
    private const int LargestError = 64 * 1024;
    private const int BufferSize = 81_920;

    /// <summary>An answer that is not success, with whatever can be made of its body.</summary>
    public static async Task<MeshFailure> RefusalAsync(MeshCall call, HttpResponseMessage response, TimeProvider clock, CancellationToken cancellationToken)
    {
        var error = MeshError.None;
        try
        {
            error = MeshError.Parse(await BytesAsync(response, LargestError, cancellationToken));
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException)
        {
            // The status came whole; a body that breaks off takes nothing from it.
        }

        var wait = response.Headers.RetryAfter;
        var retryAfter = wait?.Delta ?? (wait?.Date is { } date ? date - clock.GetUtcNow() : null);
        return new MeshFailure(
            call,
            FailureKind.Answer,
            (int)response.StatusCode,
            error,
            Cause: null,
            retryAfter < TimeSpan.Zero ? TimeSpan.Zero : retryAfter,
            response.Headers.Date);
    }

    /// <exception cref="JsonException">The body is not JSON.</exception>
    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var json = JsonDocument.Parse(await BytesAsync(response, LargestJson, cancellationToken));
        return json.RootElement.Clone();
    }

    /// <summary>Writes the decoded body to a file.</summary>
    /// <returns>The encoding, when it is one that we cannot decode; the bytes are then written as they came.</returns>
    /// <exception cref="InvalidDataException">A compressed body is damaged or was cut off.</exception>
    /// <exception cref="MessageTooLargeException">The file would grow beyond the limit.</exception>
    /// <exception cref="TransportException">The file cannot be written.</exception>
    public static async Task<string?> BodyAsync(HttpResponseMessage response, FileStream target, long largest, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var encodings = response.Content.Headers.ContentEncoding.Where(e => !IsIdentity(e)).ToList();
        if (encodings.Count == 1 && IsGzip(encodings[0]))
        {
            await GzipBody.DecodeAsync(body, WriteAsync, cancellationToken);
            return null;
        }

        var buffer = new byte[BufferSize];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await WriteAsync(buffer.AsMemory(0, read));
        }

        return encodings.Count == 0 ? null : SafeText.Of(string.Join(", ", encodings));

        async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            if (target.Position + bytes.Length > largest)
            {
                throw new MessageTooLargeException();
            }

            try
            {
                await target.WriteAsync(bytes, cancellationToken);
            }
            catch (Exception e) when (FileFault.Is(e))
            {
                throw new TransportException($"{MeshApiOptions.Section}{nameof(MeshApiOptions.WorkFolder)} cannot be written. {FileFault.InWords(e)} Check the space left and its rights.", e);
            }
        }
    }

    /// <summary>The mailbox ids of a lookup, in the form of either version.</summary>
    public static async Task<IReadOnlyList<string>> MailboxesAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var results = JsonFields.Of(await JsonAsync(response, cancellationToken)).Array("results") ?? [];
        return [.. results.Select(JsonFields.Of).Select(r => r.Text("mailboxid") ?? r.Text("address")).OfType<string>()];
    }

    private static async Task<ReadOnlyMemory<byte>> BytesAsync(HttpResponseMessage response, int largest, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var bytes = new MemoryStream();
        if (response.Content.Headers.ContentEncoding.Any(IsGzip))
        {
            await GzipBody.DecodeAsync(body, Keep, cancellationToken);
        }
        else
        {
            var buffer = new byte[BufferSize];
            int read;
            while ((read = await body.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await Keep(buffer.AsMemory(0, read));
            }
        }

        return bytes.ToArray();

        ValueTask Keep(ReadOnlyMemory<byte> more)
        {
            if (bytes.Length + more.Length > largest)
            {
                throw new InvalidDataException("The answer is larger than any of MESH's.");
            }

            bytes.Write(more.Span);
            return ValueTask.CompletedTask;
        }
    }

    private static bool IsIdentity(string encoding) => string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase);

    private static bool IsGzip(string encoding) =>
        string.Equals(encoding, "gzip", StringComparison.OrdinalIgnoreCase) || string.Equals(encoding, "x-gzip", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A message is larger than the settings allow.</summary>
internal sealed class MessageTooLargeException : Exception;

/// <summary>One page of the inbox.</summary>
/// <param name="Next">Path and query of the page that follows, or null.</param>
internal sealed record InboxPage(IReadOnlyList<string> Ids, string? Next)
{
    /// <exception cref="JsonException">It is no page of an inbox.</exception>
    public static InboxPage Of(JsonElement json, Uri server)
    {
        var fields = JsonFields.Of(json);
        var messages = fields.Array("messages") ?? throw new JsonException("The answer lists no messages.");
        var next = fields.Object("links").Text("next");
        if (next is null)
        {
            return new InboxPage(IdsOf(messages), null);
        }

        // A token goes to our server only, whatever a link says.
        return Uri.TryCreate(server, next, out var link) && link.Scheme == server.Scheme && link.Authority == server.Authority
            ? new InboxPage(IdsOf(messages), link.PathAndQuery)
            : throw new JsonException("The link to the next page leads elsewhere.");
    }

    private static List<string> IdsOf(IReadOnlyList<JsonElement> messages) =>
        [.. messages.Select(m => m.ValueKind == JsonValueKind.String ? m.GetString() : JsonFields.Of(m).Text("messageid")).OfType<string>().Where(id => id.Length > 0)];
}

/// <summary>A downloaded part of a message.</summary>
/// <param name="MoreFollow">The server says that it is not the last.</param>
/// <param name="Wanted">False when the headers showed that it is not for us; then nothing was read.</param>
/// <param name="UnknownEncoding">An encoding that we cannot decode.</param>
internal sealed record MessagePart(MexHeaders Headers, bool MoreFollow, bool Wanted, string? UnknownEncoding);

/// <summary>What tracking tells of a message.</summary>
/// <param name="Status">In lower case: uploading, accepted, acknowledged, undeliverable or error; null if it says none.</param>
internal sealed record Tracked(string MessageId, string? Status, string? Event, string? Code, string? Description)
{
    /// <summary>MESH has the whole message.</summary>
    public bool IsAccepted => Status is "accepted" or "acknowledged";

    public bool IsUploading => Status is "uploading";

    /// <summary>Any member but the id may be missing.</summary>
    public bool SaysNoStatus => Status is null;

    public bool IsFailed => Status is "undeliverable" or "error";

    /// <exception cref="JsonException">It names no message.</exception>
    public static Tracked Of(JsonElement json)
    {
        var fields = JsonFields.Of(json);
        return new Tracked(
            IdOf(json) ?? throw new JsonException("The answer names no message id."),
            fields.Text("status")?.ToLowerInvariant(),
            SafeText.Of(fields.Text("statusevent")),
            SafeText.Of(fields.Text("statuscode")),
            SafeText.Of(fields.Text("statusdescription") ?? fields.Text("failurediagnostic")));
    }

    public static string? IdOf(JsonElement json)
    {
        var fields = JsonFields.Of(json);
        return fields.Text("messageid") ?? fields.Text("dtsid");
    }
}

/// <summary>What tracking tells under a local id: at most one message, or that there are several.</summary>
internal sealed record TrackedByLocalId(Tracked? Message, bool Several);
