namespace CpIs.Transport.MeshApi;

/// <summary>The requests that MESH knows.</summary>
internal enum MeshCall
{
    Handshake,
    List,
    Look,
    Download,
    Acknowledge,
    Send,
    SendChunk,
    Track,
    Find,
}

internal enum FailureKind
{
    /// <summary>No connection: the server surely saw nothing of it.</summary>
    NotReached,

    /// <summary>The server's certificate was refused by us; it saw nothing of it.</summary>
    Untrusted,

    /// <summary>Time ran out, the connection broke, or the answer cannot be read: the server may have acted on it.</summary>
    NoAnswer,

    /// <summary>The server answered with a status that is not success.</summary>
    Answer,
}

/// <summary>Why a request failed.</summary>
/// <param name="Status">HTTP status of an answer, else 0.</param>
/// <param name="Cause">For a failure without answer, the reason as a phrase.</param>
/// <param name="RetryAfter">How long the server asks us to wait.</param>
/// <param name="ServerTime">The server's clock, UTC, where it told it.</param>
internal sealed record MeshFailure(MeshCall Call, FailureKind Kind, int Status, MeshError Error, string? Cause, TimeSpan? RetryAfter, DateTimeOffset? ServerTime)
{
    /// <summary>MESH's own code, or the HTTP status.</summary>
    public string? Code => Error.Code ?? (Status > 0 ? FormattableString.Invariant($"HTTP {Status}") : null);

    /// <summary>What the operator reads: meaning, what to do, and what a service desk asks for.</summary>
    public string Detail
    {
        get
        {
            var detail = MeshErrors.Explain(this).ToString();
            if (Error.Code is not null)
            {
                detail += $" (MESH code {Error.Code}, HTTP {Status})";
            }

            if (SafeText.Of(Error.Text) is { } text && !Error.IsPage)
            {
                detail += $" MESH says: {text}";
            }

            return Error.InternalId is null ? detail : $"{detail} MESH's reference: {Error.InternalId}.";
        }
    }
}

/// <summary>A request that failed for good, or may not be repeated.</summary>
internal sealed class MeshCallException(MeshFailure failure, Exception? cause = null) : Exception(failure.Detail, cause)
{
    public MeshFailure Failure { get; } = failure;

    /// <summary>The transport as a whole cannot be used.</summary>
    public TransportException ToTransport() => new(Failure.Detail, this);
}
