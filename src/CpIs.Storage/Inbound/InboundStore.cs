namespace CpIs.Storage.Inbound;

/// <summary>What a stored message turned out to be.</summary>
public enum InboundKind
{
    Acknowledgement,
    Inactive,
    Access,
    TransportReport,
}

/// <summary>How far a stored message has come.</summary>
public enum InboundStatus
{
    /// <summary>Kept, nothing made of it yet.</summary>
    Stored,

    /// <summary>Applied, in whole or in the parts that could be read.</summary>
    Applied,

    /// <summary>Set aside as a whole (rules A11, K6).</summary>
    Quarantined,
}

/// <summary>A message as it came.</summary>
/// <param name="Transport">Kind of transport, or <c>file</c>.</param>
/// <param name="TransportId">The transport's id of it.</param>
/// <param name="Name">A file name for people.</param>
/// <param name="Sha256">Lower-case hexadecimal hash of the bytes; of the report where there are none.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Content">The bytes; null for a report without content and for a file that is too large to be read.</param>
/// <param name="Report">The transport's report on one of our files, as JSON; null for a message.</param>
/// <param name="StaysWithSender">False when nobody has to be told that it arrived, so that each arrival is a delivery of its own.</param>
public sealed record NewInbound(
    string Transport,
    string TransportId,
    string Name,
    string Sha256,
    long Length,
    byte[]? Content,
    string? Report,
    bool StaysWithSender,
    DateTimeOffset ReceivedAt);

/// <summary>What became of a message that came.</summary>
/// <param name="IsNew">True when these bytes had never come before.</param>
/// <param name="IsRepetition">True when they had come before, and this is another delivery (rule K3).</param>
/// <param name="IsFiled">True when its copy for people is in place.</param>
public sealed record StoredInbound(long InboundId, bool IsNew, bool IsRepetition, InboundStatus Status, bool IsFiled);

/// <summary>A stored message without its content.</summary>
/// <param name="IsUnread">True when it was too large: its bytes lie in the quarantine folder alone.</param>
/// <param name="Deliveries">How often it came.</param>
public sealed record InboundHead(
    long InboundId,
    string Sha256,
    long Length,
    string? Report,
    string? Format,
    InboundKind? Kind,
    InboundStatus Status,
    DateTimeOffset ReceivedAt,
    bool IsUnread,
    int Deliveries);

/// <summary>Why a message or a part of it lies in quarantine.</summary>
public sealed record QuarantineReason(bool IsWhole, string Reason);

/// <summary>Every inbound message whole, with its hash, and how far it has come (rules K3, K6).</summary>
public sealed class InboundStore(StorageSession session)
{
    /// <summary>Keeps a message, or counts it when its bytes are kept already (rule K3). One transaction.</summary>
    public Task<StoredInbound> StoreAsync(NewInbound message, string runId, CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
        async () =>
        {
            var known = await session.FirstOrDefaultAsync<FoundRow>("inbound/find", new { sha256 = message.Sha256 }, cancellationToken);
            var inboundId = known?.InboundId ?? await session.ScalarAsync<long>(
                "inbound/add",
                new
                {
                    sha256 = message.Sha256,
                    length = message.Length,
                    content = message.Content,
                    report = message.Report,
                    kind = message.Report is null ? null : Text(InboundKind.TransportReport),
                    receivedAt = message.ReceivedAt,
                    runId,
                },
                cancellationToken);

            var isShownAgain = message.StaysWithSender && await session.ScalarAsync<long>(
                "inbound/open_delivery", new { inboundId, transport = message.Transport, transportId = message.TransportId }, cancellationToken) > 0;
            if (!isShownAgain)
            {
                await session.ExecuteAsync(
                    "inbound/add_delivery",
                    new { inboundId, transport = message.Transport, transportId = message.TransportId, name = message.Name, receivedAt = message.ReceivedAt, runId, isCompleted = !message.StaysWithSender },
                    cancellationToken);
            }

            return new StoredInbound(
                inboundId,
                IsNew: known is null,
                IsRepetition: known is not null && !isShownAgain,
                known is null ? InboundStatus.Stored : Enum.Parse<InboundStatus>(known.Status, ignoreCase: true),
                known?.IsFiled ?? false);
        },
        cancellationToken);

    /// <summary>Puts a message back that the database has lost, as stored and not applied, under its old id where that is free.</summary>
    /// <returns>Its id; null when its bytes are known, and nothing was changed.</returns>
    public Task<long?> RestoreAsync(NewInbound message, long inboundId, string runId, CancellationToken cancellationToken) => session.InTransactionAsync(
        async () =>
        {
            if (await FindByHashAsync(message.Sha256, cancellationToken) is not null)
            {
                return (long?)null;
            }

            if (await FindAsync(inboundId, cancellationToken) is not null)
            {
                return (await StoreAsync(message, runId, cancellationToken)).InboundId;
            }

            await session.ExecuteAsync(
                "inbound/restore",
                new
                {
                    inboundId,
                    sha256 = message.Sha256,
                    length = message.Length,
                    content = message.Content,
                    report = message.Report,
                    kind = message.Report is null ? null : Text(InboundKind.TransportReport),
                    receivedAt = message.ReceivedAt,
                    runId,
                },
                cancellationToken);
            await session.ExecuteAsync(
                "inbound/add_delivery",
                new { inboundId, transport = message.Transport, transportId = message.TransportId, name = message.Name, receivedAt = message.ReceivedAt, runId, isCompleted = true },
                cancellationToken);
            return inboundId;
        },
        cancellationToken);

    /// <summary>The id of the message with these bytes, or null.</summary>
    public async Task<long?> FindByHashAsync(string sha256, CancellationToken cancellationToken) =>
        (await session.FirstOrDefaultAsync<FoundRow>("inbound/find", new { sha256 }, cancellationToken))?.InboundId;

    /// <summary>The highest id; 0 when nothing ever came.</summary>
    public async Task<long> NewestAsync(CancellationToken cancellationToken) => await session.ScalarAsync<long?>("inbound/newest", null, cancellationToken) ?? 0;

    /// <summary>Remembers that the transport let go of an item.</summary>
    public Task CompletedAsync(long inboundId, string transport, string transportId, CancellationToken cancellationToken) =>
        session.ExecuteAsync("inbound/complete_delivery", new { inboundId, transport, transportId }, cancellationToken);

    /// <summary>Messages of which nothing has been made yet, and quarantined ones that an operator has released, in order of arrival.</summary>
    public Task<IReadOnlyList<long>> PendingAsync(CancellationToken cancellationToken) =>
        session.QueryAsync<long>("inbound/pending", null, cancellationToken);

    /// <summary>A message without its content, or null.</summary>
    public async Task<InboundHead?> FindAsync(long inboundId, CancellationToken cancellationToken)
    {
        var row = await session.FirstOrDefaultAsync<HeadRow>("inbound/get", new { inboundId }, cancellationToken);
        return row is null
            ? null
            : new InboundHead(
                row.InboundId,
                row.Sha256,
                row.Length,
                row.Report,
                row.Format,
                ParseKind(row.Kind),
                Enum.Parse<InboundStatus>(row.Status, ignoreCase: true),
                row.ReceivedAt,
                row.IsUnread,
                (int)row.Deliveries);
    }

    /// <summary>The bytes as received; null where none are kept.</summary>
    public Task<byte[]?> ContentAsync(long inboundId, CancellationToken cancellationToken) =>
        session.ScalarAsync<byte[]>("inbound/content", new { inboundId }, cancellationToken);

    /// <summary>Keeps the bytes of a message that was too large when it came.</summary>
    public Task RestoreContentAsync(long inboundId, byte[] content, CancellationToken cancellationToken) =>
        session.ExecuteAsync("inbound/restore_content", new { inboundId, content }, cancellationToken);

    /// <summary>Notes what the content turned out to be.</summary>
    public Task ClassifyAsync(long inboundId, string? format, InboundKind? kind, CancellationToken cancellationToken) =>
        session.ExecuteAsync("inbound/classify", new { inboundId, format, kind = Text(kind) }, cancellationToken);

    /// <summary>Marks a message as applied; what lay in quarantine of it is resolved. Belongs into the transaction that applied it.</summary>
    public async Task AppliedAsync(long inboundId, string runId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync("inbound/resolve_quarantine", new { inboundId, now }, cancellationToken);
        await session.ExecuteAsync("inbound/applied", new { inboundId, runId, now }, cancellationToken);
    }

    /// <summary>Notes the parts of an applied message that could not be read (rule K6).</summary>
    public Task AddUnreadPartsAsync(long inboundId, string reason, string runId, DateTimeOffset now, CancellationToken cancellationToken) =>
        session.ExecuteAsync("inbound/add_quarantine", new { inboundId, isWhole = false, reason, runId, now }, cancellationToken);

    /// <summary>Sets a message aside as a whole. Belongs into one transaction with its alert.</summary>
    public async Task QuarantineAsync(long inboundId, string reason, string runId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync("inbound/resolve_quarantine", new { inboundId, now }, cancellationToken);
        await session.ExecuteAsync("inbound/add_quarantine", new { inboundId, isWhole = true, reason, runId, now }, cancellationToken);
        await session.ExecuteAsync("inbound/quarantined", new { inboundId }, cancellationToken);
    }

    /// <summary>Lets a quarantined message be read again (rule K3).</summary>
    /// <returns>False when there is no such message in quarantine.</returns>
    public async Task<bool> ReleaseAsync(long inboundId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync("inbound/release", new { inboundId }, cancellationToken) > 0;

    /// <summary>Why a message lies in quarantine at present; empty when it does not.</summary>
    public async Task<IReadOnlyList<QuarantineReason>> QuarantineReasonsAsync(long inboundId, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<ReasonRow>("inbound/open_quarantine", new { inboundId }, cancellationToken)).Select(r => new QuarantineReason(r.IsWhole, r.Reason)),
    ];

    /// <summary>Messages of which something lies in quarantine at present, and whether it is all of them.</summary>
    public async Task<IReadOnlyList<(long InboundId, bool IsWhole)>> InQuarantineAsync(CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync<QuarantineRow>("inbound/in_quarantine", null, cancellationToken)).Select(r => (r.InboundId, r.IsWhole))];

    /// <summary>Messages whose copies for people in the archive and quarantine folders are not in place yet.</summary>
    public Task<IReadOnlyList<long>> UnfiledAsync(CancellationToken cancellationToken) =>
        session.QueryAsync<long>("inbound/unfiled", null, cancellationToken);

    /// <summary>Notes that the copies are in place.</summary>
    public Task FiledAsync(long inboundId, CancellationToken cancellationToken) =>
        session.ExecuteAsync("inbound/filed", new { inboundId }, cancellationToken);

    private static string? Text(InboundKind? kind) => kind switch
    {
        null => null,
        InboundKind.TransportReport => "transport-report",
        _ => kind.Value.ToString().ToLowerInvariant(),
    };

    private static InboundKind? ParseKind(string? text) =>
        text is null ? null : Enum.GetValues<InboundKind>().First(k => Text(k) == text);

    private sealed class FoundRow
    {
        public long InboundId { get; init; }

        public string Status { get; init; } = string.Empty;

        public bool IsFiled { get; init; }
    }

    private sealed class HeadRow
    {
        public long InboundId { get; init; }

        public string Sha256 { get; init; } = string.Empty;

        public long Length { get; init; }

        public string? Report { get; init; }

        public string? Format { get; init; }

        public string? Kind { get; init; }

        public string Status { get; init; } = string.Empty;

        public DateTimeOffset ReceivedAt { get; init; }

        public bool IsUnread { get; init; }

        public long Deliveries { get; init; }
    }

    private sealed class QuarantineRow
    {
        public long InboundId { get; init; }

        public bool IsWhole { get; init; }
    }

    private sealed class ReasonRow
    {
        public bool IsWhole { get; init; }

        public string Reason { get; init; } = string.Empty;
    }
}
