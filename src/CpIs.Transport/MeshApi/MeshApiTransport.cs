using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace CpIs.Transport.MeshApi;

/// <summary>Kind <c>mesh-api</c>: NHS's Message Exchange for Social Care and Health over its HTTPS API (reference mesh-api sections 1 to 9).</summary>
/// <remarks>Obtained from a service provider set up with <see cref="MeshApiServices.AddMeshApi"/>.</remarks>
public sealed class MeshApiTransport : ITransport
{
    /// <summary>MESH wants to hear of a mailbox once in 24 hours; a nightly run must not miss that by starting a minute early.</summary>
    private static readonly TimeSpan HandshakeEvery = TimeSpan.FromHours(23);

    private readonly MeshApiOptions _options;
    private readonly MeshApiClient _client;
    private readonly MeshSender _sender;
    private readonly MeshReceiver _receiver;
    private readonly ITransportState _state;
    private readonly TimeProvider _clock;
    private ReceiveCounter _counter = new();

    /// <param name="clock">The clock of the machine, not one set to a business date: tokens carry its time.</param>
    public MeshApiTransport(IHttpClientFactory httpClients, MeshApiOptions options, ITransportState state, TimeProvider clock, ILogger<MeshApiTransport> logger)
    {
        _options = options;
        _state = state;
        _clock = clock;
        _client = new MeshApiClient(httpClients, options, clock, logger);
        _sender = new MeshSender(_client, options, state, clock, logger);
        _receiver = new MeshReceiver(_client, options, logger);
    }

    /// <inheritdoc />
    public string Kind => "mesh-api";

    /// <inheritdoc />
    public ReceiveTally Tally => _counter.ToTally();

    /// <inheritdoc />
    public async Task<SendResult> SendAsync(OutboundFile file, ISendJournal journal, CancellationToken cancellationToken)
    {
        OutboundNames.Check(file);
        await ShakeHandsAsync(cancellationToken);
        return await _sender.SendAsync(file, journal, cancellationToken);
    }

    /// <inheritdoc />
    /// <remarks>MESH asks to be polled no more than once in five minutes; the caller keeps to that.</remarks>
    public async IAsyncEnumerable<ReceivedItem> ReceiveAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _counter = new ReceiveCounter();
        await ShakeHandsAsync(cancellationToken);
        await foreach (var item in _receiver.ReceiveAsync(_counter, cancellationToken))
        {
            yield return item;
        }
    }

    /// <inheritdoc />
    public Task CompleteAsync(ReceivedItem item, CancellationToken cancellationToken) => _receiver.CompleteAsync(item, cancellationToken);

    /// <inheritdoc />
    /// <remarks>MESH's reports come through the inbox, among the items of <see cref="ReceiveAsync"/>.</remarks>
    public IAsyncEnumerable<ReceivedItem> ReportsAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<ReceivedItem>();

    private async Task ShakeHandsAsync(CancellationToken cancellationToken)
    {
        var key = $"mesh-api/handshake/{_options.MailboxId}@{new Uri(_options.Url).Authority}";
        var now = _clock.GetUtcNow();
        if (DateTimeOffset.TryParse(await _state.GetAsync(key, cancellationToken), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var last)
            && last <= now && now - last < HandshakeEvery)
        {
            return;
        }

        try
        {
            await _client.HandshakeAsync(cancellationToken);
        }
        catch (MeshCallException e)
        {
            throw e.ToTransport();
        }

        await _state.SetAsync(key, now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), cancellationToken);
    }
}
