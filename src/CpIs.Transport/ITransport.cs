using CpIs.Domain.Values;

namespace CpIs.Transport;

/// <summary>A way to and from CP-IS: the MESH API, the folders of a MESH client, or a plain folder.</summary>
public interface ITransport
{
    /// <summary>The kind as configured: <c>folder</c>, <c>mesh-client</c> or <c>mesh-api</c>.</summary>
    string Kind { get; }

    /// <summary>
    /// Sends a file, or settles what became of one whose sending was begun before (<see cref="OutboundFile.Begun"/>); it is never
    /// sent a second time while the first may have arrived.
    /// </summary>
    /// <remarks>When it throws after <see cref="ISendJournal.BeginAsync"/>, the sending stays begun, as after <see cref="SendOutcome.Unknown"/>.</remarks>
    /// <exception cref="ArgumentException">The local id or the file name is not one that every transport can carry.</exception>
    /// <exception cref="TransportException">The transport as a whole does not work (no folder, no connection): no other file need be tried.</exception>
    Task<SendResult> SendAsync(OutboundFile file, ISendJournal journal, CancellationToken cancellationToken);

    /// <summary>Removes what was made ready for sendings that were never begun: their files are void by now, or are made ready anew.</summary>
    /// <param name="begun">Sendings that are begun and not concluded: nothing of theirs is touched.</param>
    /// <exception cref="TransportException">The transport as a whole does not work.</exception>
    Task TidyAsync(IReadOnlyCollection<OutboundFile> begun, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Everything that waits, one item after the other. An item stays with the transport until <see cref="CompleteAsync"/>, so that
    /// a crash shows it again.
    /// </summary>
    /// <exception cref="TransportException">The transport as a whole does not work.</exception>
    IAsyncEnumerable<ReceivedItem> ReceiveAsync(CancellationToken cancellationToken);

    /// <summary>Takes an item from the transport for good (deletes, moves or acknowledges it). Called only after it was stored and committed; safe to repeat.</summary>
    Task CompleteAsync(ReceivedItem item, CancellationToken cancellationToken);

    /// <summary>What the transport reports of files accepted earlier (failed or delivered late), found outside the inbox.</summary>
    IAsyncEnumerable<ReceivedItem> ReportsAsync(CancellationToken cancellationToken);

    /// <summary>What the last <see cref="ReceiveAsync"/> and <see cref="ReportsAsync"/> of this instance left where it was.</summary>
    ReceiveTally Tally => ReceiveTally.None;
}

/// <summary>What was left with the transport, and why.</summary>
/// <param name="OtherWorkflows">Items that belong to workflows which are not configured here; they are for somebody else.</param>
/// <param name="Delayed">Items of ours that could not be taken now; the next run tries again. An operator should know of them.</param>
public sealed record ReceiveTally(int OtherWorkflows, IReadOnlyList<DelayedItem> Delayed)
{
    public static ReceiveTally None { get; } = new(0, []);
}

/// <summary>An item that waits and could not be taken.</summary>
/// <param name="TransportId">As in <see cref="ReceivedItem.TransportId"/>; for folders a path, which is not to be logged.</param>
/// <param name="Reason">A sentence for the operator; no personal data, no secret.</param>
public sealed record DelayedItem(string TransportId, string Reason);

/// <summary>A payload file that is due.</summary>
/// <param name="LocalId">Our own unique id of this sending, kept for all its attempts: 1 to 100 ASCII letters, digits, '-', '_' and '.', a letter or digit first; no personal data.</param>
/// <param name="Path">Where the finished file lies.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of its bytes.</param>
/// <param name="Begun">Set when an earlier run began to send it and did not record the outcome.</param>
public sealed record OutboundFile(
    SequenceNumber FileNumber,
    string LocalId,
    string Path,
    string FileName,
    string ContentType,
    string Sha256,
    BegunSending? Begun);

/// <summary>What is known of a sending that was begun and not concluded.</summary>
/// <param name="BegunAt">When it was begun, UTC.</param>
/// <param name="MessageId">The transport's own id, where it was recorded.</param>
public sealed record BegunSending(DateTimeOffset BegunAt, string? MessageId);

/// <summary>Where a transport records its progress before it goes on, so that a crash leaves no question open. Each call is durable when it returns.</summary>
public interface ISendJournal
{
    /// <summary>Before the first byte leaves.</summary>
    Task BeginAsync(OutboundFile file, CancellationToken cancellationToken);

    /// <summary>As soon as the transport's own id is known, before anything further is sent.</summary>
    Task MessageIdAsync(OutboundFile file, string messageId, CancellationToken cancellationToken);
}

/// <summary>How a sending ended.</summary>
public enum SendOutcome
{
    /// <summary>The transport has it: CP-IS counts as told.</summary>
    Accepted,

    /// <summary>Not taken, and nothing is on its way: try again in a later run.</summary>
    NotSent,

    /// <summary>Refused for good: an operator must act before it is worth another try.</summary>
    Refused,

    /// <summary>It may have arrived: the next run settles it before anything is sent again.</summary>
    Unknown,
}

/// <summary>The outcome of one sending.</summary>
/// <param name="MessageId">The transport's own id, if it gave one.</param>
/// <param name="Code">The transport's code for a failure, if any.</param>
/// <param name="Detail">A sentence for the operator; no personal data, no secret.</param>
/// <param name="DuplicateRisk">True when the file may have been delivered more than once.</param>
public sealed record SendResult(SendOutcome Outcome, string? MessageId = null, string? Code = null, string? Detail = null, bool DuplicateRisk = false);

/// <summary>Something that came in.</summary>
/// <param name="TransportId">The transport's id of it: a MESH message id, or for a folder the file's path below the inbox.</param>
/// <param name="Name">A file name for people; no personal data is expected in it, and it is not logged.</param>
/// <param name="ContentPath">The complete bytes on disk; null for a report without content.</param>
/// <param name="Report">Set when it is the transport's own report on one of our files.</param>
/// <param name="LocalId">Our own id, if the sender quotes it.</param>
/// <param name="WorkflowId">MESH workflow id, if any.</param>
/// <param name="Stamp">The transport's own mark of the state in which it saw the item; opaque, and needed by <see cref="ITransport.CompleteAsync"/>.</param>
/// <param name="Problem">Set when the transport could not make sense of the item: to be quarantined with this reason, then completed. No personal data.</param>
public sealed record ReceivedItem(
    string TransportId,
    string Name,
    string? ContentPath,
    TransportReport? Report,
    string? LocalId = null,
    string? WorkflowId = null,
    string? Stamp = null,
    string? Problem = null);

/// <summary>A transport's report on a file that we sent (reference mesh-api section 7; rule K2 for MESH error 15).</summary>
/// <param name="IsError">True for a failure; a transfer report of a success is only recorded.</param>
/// <param name="Event">For instance SEND or TRANSFER; together with the code it tells what happened.</param>
public sealed record TransportReport(string? LinkedMessageId, string? LocalId, bool IsError, string? Event, string? Code, string? Description);

/// <summary>The transport as a whole cannot be used now. The message says what to do and carries no personal data and no secret.</summary>
public sealed class TransportException : Exception
{
    public TransportException(string message)
        : base(message)
    {
    }

    public TransportException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public TransportException()
    {
    }
}
