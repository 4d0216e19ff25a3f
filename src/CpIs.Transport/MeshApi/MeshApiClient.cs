using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace CpIs.Transport.MeshApi;

/// <summary>
/// The calls of the MESH API, each repeated as far as sections 7 and 8 of the reference allow. All throw
/// <see cref="MeshCallException"/> when there is no success, and <see cref="TransportException"/> when secrets or the disk fail.
/// </summary>
internal sealed class MeshApiClient
{
    public const string HttpClientName = "mesh-api";
    public const int PageSize = 500;
    private const int Retries = 3;
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);
    private static readonly ResiliencePropertyKey<Attempts> AttemptsKey = new("cpis-mesh-attempts");

    private readonly IHttpClientFactory _factory;
    private readonly MeshApiOptions _options;
    private readonly MeshRequest _request;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _pipeline;

    public MeshApiClient(IHttpClientFactory factory, MeshApiOptions options, TimeProvider clock, ILogger logger)
    {
        _factory = factory;
        _options = options;
        _request = new MeshRequest(options);
        _clock = clock;
        _logger = logger;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is MeshCallException e && MayRetry(e.Failure, args.Context.Properties.GetValue(AttemptsKey, new Attempts()))),
                MaxRetryAttempts = Retries,
                Delay = TimeSpan.FromMilliseconds(500),
                MaxDelay = TimeSpan.FromSeconds(30),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                DelayGenerator = args => ValueTask.FromResult(DelayOf(((MeshCallException)args.Outcome.Exception!).Failure)),
            })
            .Build();
    }

    /// <summary>Tells MESH that we are there and proves that it lets us in.</summary>
    /// <returns>The server's clock, UTC, if it told it.</returns>
    public Task<DateTimeOffset?> HandshakeAsync(CancellationToken cancellationToken) =>
        CallAsync(MeshCall.Handshake, () => _request.Mailbox(HttpMethod.Post, []), (response, _) => Task.FromResult(response.Headers.Date), cancellationToken);

    /// <summary>A page of waiting message ids.</summary>
    /// <param name="workflow">Only of this workflow, or null for all.</param>
    /// <param name="next">The link that the page before gave, or null for the first.</param>
    public Task<InboxPage> ListAsync(string? workflow, string? next, CancellationToken cancellationToken)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"?max_results={PageSize}");
        if (workflow is not null)
        {
            query += "&workflow_filter=" + Uri.EscapeDataString(workflow);
        }

        return CallAsync(
            MeshCall.List,
            () => next is null ? _request.Mailbox(HttpMethod.Get, ["inbox"], query) : _request.At(HttpMethod.Get, next),
            async (response, token) => InboxPage.Of(await MeshAnswer.JsonAsync(response, token), _request.Base),
            cancellationToken);
    }

    /// <summary>What a message is, without its content.</summary>
    public Task<MexHeaders> LookAsync(string messageId, CancellationToken cancellationToken) =>
        CallAsync(MeshCall.Look, () => _request.Mailbox(HttpMethod.Head, ["inbox", messageId]), (response, _) => Task.FromResult(MexHeaders.Of(response)), cancellationToken);

    /// <summary>One part of a message, decoded by its own encoding and written behind what the target holds.</summary>
    /// <param name="wanted">Looks at the headers first; if it says no, nothing is read.</param>
    public Task<MessagePart> DownloadAsync(string messageId, int part, FileStream target, Func<MexHeaders, bool> wanted, CancellationToken cancellationToken)
    {
        var start = target.Position;
        string[] path = part == 1 ? ["inbox", messageId] : ["inbox", messageId, part.ToString(CultureInfo.InvariantCulture)];
        return CallAsync(
            MeshCall.Download,
            () =>
            {
                var request = _request.Mailbox(HttpMethod.Get, path);
                request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
                return request;
            },
            async (response, token) =>
            {
                var headers = MexHeaders.Of(response);
                var moreFollow = response.StatusCode == HttpStatusCode.PartialContent;
                if (!wanted(headers))
                {
                    return new MessagePart(headers, moreFollow, Wanted: false, UnknownEncoding: null);
                }

                target.SetLength(start);
                target.Position = start;
                var unknown = await MeshAnswer.BodyAsync(response, target, _options.MaxMessageBytes, token);
                return new MessagePart(headers, moreFollow, Wanted: true, unknown);
            },
            cancellationToken);
    }

    /// <summary>Tells MESH that a message is stored here. Safe to repeat.</summary>
    public Task AcknowledgeAsync(string messageId, CancellationToken cancellationToken) =>
        CallAsync(MeshCall.Acknowledge, () => _request.Mailbox(HttpMethod.Put, ["inbox", messageId, "status", "acknowledged"]), (_, _) => Task.FromResult(true), cancellationToken);

    /// <summary>Sends a file, or the first of its chunks. Not safe to repeat.</summary>
    /// <returns>MESH's id of the message.</returns>
    public Task<string> SendAsync(OutboundFile file, SendPlan plan, CancellationToken cancellationToken) => CallAsync(
        MeshCall.Send,
        () =>
        {
            var request = _request.Mailbox(HttpMethod.Post, ["outbox"]);
            MeshRequest.Add(request, "Mex-From", _options.MailboxId);
            MeshRequest.Add(request, "Mex-To", _options.Recipient.Trim());
            MeshRequest.Add(request, "Mex-WorkflowID", _options.WorkflowIds.Upload.Trim());
            MeshRequest.Add(request, "Mex-LocalID", file.LocalId);
            MeshRequest.Add(request, "Mex-FileName", file.FileName);
            if (_options.SendChecksum)
            {
                MeshRequest.Add(request, "Mex-Content-Checksum", "sha256:" + file.Sha256);
            }

            request.Content = plan.Content(file.Path, 1);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(file.ContentType);
            if (plan.Count > 1)
            {
                MeshRequest.Add(request, "Mex-Chunk-Range", plan.Range(1));
            }

            return request;
        },
        async (response, token) => Tracked.IdOf(await MeshAnswer.JsonAsync(response, token)) ?? throw new JsonException("The answer names no message id."),
        cancellationToken);

    /// <summary>Sends chunk 2 or a later one. Safe to repeat until the last is taken.</summary>
    public Task SendChunkAsync(OutboundFile file, SendPlan plan, string messageId, int chunk, CancellationToken cancellationToken) => CallAsync(
        MeshCall.SendChunk,
        () =>
        {
            var request = _request.Mailbox(HttpMethod.Post, ["outbox", messageId, chunk.ToString(CultureInfo.InvariantCulture)]);
            MeshRequest.Add(request, "Mex-Chunk-Range", plan.Range(chunk));
            request.Content = plan.Content(file.Path, chunk);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            return request;
        },
        (_, _) => Task.FromResult(true),
        cancellationToken);

    /// <summary>What MESH knows of a message; null if it does not know it.</summary>
    public async Task<Tracked?> TrackAsync(string messageId, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(
                MeshCall.Track,
                () => _request.Mailbox(HttpMethod.Get, ["outbox", "tracking"], "?messageID=" + Uri.EscapeDataString(messageId)),
                async (response, token) => Tracked.Of(await MeshAnswer.JsonAsync(response, token)),
                cancellationToken);
        }
        catch (MeshCallException e) when (IsUnknown(e.Failure))
        {
            return null;
        }
    }

    /// <summary>What MESH knows under a local id: nothing, one message, or several.</summary>
    public async Task<TrackedByLocalId> TrackByLocalIdAsync(string localId, CancellationToken cancellationToken)
    {
        try
        {
            return new TrackedByLocalId(
                await CallAsync(
                    MeshCall.Track,
                    () => _request.Mailbox(HttpMethod.Get, ["outbox", "tracking", localId]),
                    async (response, token) => Tracked.Of(await MeshAnswer.JsonAsync(response, token)),
                    cancellationToken),
                Several: false);
        }
        catch (MeshCallException e) when (e.Failure is { Status: 300, Error.IsPage: false })
        {
            return new TrackedByLocalId(null, Several: true);
        }
        catch (MeshCallException e) when (IsUnknown(e.Failure))
        {
            return new TrackedByLocalId(null, Several: false);
        }
    }

    /// <summary>The mailboxes of an organisation for a workflow.</summary>
    public Task<IReadOnlyList<string>> FindAsync(string odsCode, string workflow, CancellationToken cancellationToken) =>
        CallAsync(MeshCall.Find, () => _request.Directory("endpointlookup", odsCode, workflow), MeshAnswer.MailboxesAsync, cancellationToken);

    /// <summary>The mailboxes that receive a workflow.</summary>
    public Task<IReadOnlyList<string>> FindByWorkflowAsync(string workflow, CancellationToken cancellationToken) =>
        CallAsync(MeshCall.Find, () => _request.Directory("workflowsearch", workflow), MeshAnswer.MailboxesAsync, cancellationToken);

    /// <summary>A web page with status 404 comes from something in between, and says nothing about the message.</summary>
    private static bool IsUnknown(MeshFailure failure) => failure is { Status: 404, Error.IsPage: false };

    private static bool MayRetry(MeshFailure failure, Attempts attempts) => MeshErrors.RetryOf(failure) switch
    {
        MeshRetry.Backoff => failure.RetryAfter is null || failure.RetryAfter <= LongestRetryAfter,
        MeshRetry.FreshTokenOnce => attempts.TakeFreshToken(),
        _ => false,
    };

    private static TimeSpan? DelayOf(MeshFailure failure) =>
        MeshErrors.RetryOf(failure) == MeshRetry.FreshTokenOnce ? TimeSpan.Zero : failure.RetryAfter;

    private async Task<T> CallAsync<T>(
        MeshCall call,
        Func<HttpRequestMessage> request,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(AttemptsKey, new Attempts());
        try
        {
            return await _pipeline.ExecuteAsync(
                static async (context, state) => await state.Client.AttemptAsync(state.Call, state.Request, state.Read, context.CancellationToken),
                context,
                (Client: this, Call: call, Request: request, Read: read));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async Task<T> AttemptAsync<T>(
        MeshCall call,
        Func<HttpRequestMessage> request,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_options.TimeoutSeconds), _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var started = _clock.GetTimestamp();
        try
        {
            using var client = _factory.CreateClient(HttpClientName);
            using var message = request();
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw new MeshCallException(await MeshAnswer.RefusalAsync(call, response, _clock, both.Token));
            }

            var result = await read(response, both.Token);
            _logger.LogDebug("MESH {Call}: HTTP {Status} in {Milliseconds} ms.", call, (int)response.StatusCode, _clock.GetElapsedTime(started).TotalMilliseconds);
            return result;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && FailureOf(call, e, limit.IsCancellationRequested) is { } failure)
        {
            _logger.LogDebug(
                "MESH {Call} failed in {Milliseconds} ms: {Kind}, HTTP {Status}, code {Code}, MESH's reference {InternalId}. {Cause}",
                call, _clock.GetElapsedTime(started).TotalMilliseconds, failure.Kind, failure.Status, failure.Error.Code, failure.Error.InternalId, failure.Cause ?? SafeText.Of(failure.Error.Text));
            throw e as MeshCallException ?? new MeshCallException(failure, e);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OperationCanceledException)
        {
            throw new OperationCanceledException("The call was broken off.", e, cancellationToken);
        }
    }

    /// <summary>The failure that an exception stands for; null if it is none of the network's.</summary>
    private static MeshFailure? FailureOf(MeshCall call, Exception exception, bool timeIsUp)
    {
        if (exception is MeshCallException refused)
        {
            return refused.Failure;
        }

        (FailureKind Kind, string Cause)? failure = exception switch
        {
            OperationCanceledException when timeIsUp => (FailureKind.NoAnswer, "time ran out"),

            // The only other clock is that of making a connection.
            OperationCanceledException => (FailureKind.NotReached, "no connection within the time allowed"),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: AuthenticationException e } => (FailureKind.Untrusted, Distrust(e)),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => (FailureKind.NotReached, "the secure connection was not agreed; is the client certificate the one that MESH issued?"),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => (FailureKind.NotReached, "its name is not known here"),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => (FailureKind.NotReached, "the connection was refused or did not come about"),
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => (FailureKind.NotReached, "the proxy did not let us through"),
            HttpRequestException or IOException => (FailureKind.NoAnswer, "the connection broke"),
            InvalidDataException => (FailureKind.NoAnswer, "the compressed content was damaged or cut off"),
            JsonException => (FailureKind.NoAnswer, "its answer cannot be read"),
            _ => null,
        };
        return failure is { } known ? new MeshFailure(call, known.Kind, 0, MeshError.None, known.Cause, null, null) : null;
    }

    private static string Distrust(AuthenticationException exception)
    {
        if (exception.Message.Contains("NameMismatch", StringComparison.Ordinal))
        {
            return "it is not for this host name";
        }

        return exception.Message.Contains("NotTimeValid", StringComparison.Ordinal)
            ? "it has expired or is not valid yet"
            : "it does not come from a trusted root";
    }

    /// <summary>What one call has used up over its attempts.</summary>
    private sealed class Attempts
    {
        private bool _freshTokenTaken;

        public bool TakeFreshToken()
        {
            var first = !_freshTokenTaken;
            _freshTokenTaken = true;
            return first;
        }
    }
}
