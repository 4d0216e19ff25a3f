using CpIs.Transport;

namespace CpIs.Batch.Ingest;

/// <summary>Where an ingest takes its messages from.</summary>
internal abstract record IngestInput
{
    private IngestInput()
    {
    }

    /// <summary>Everything that waits at the transport, and its reports.</summary>
    public sealed record Waiting(ITransport Transport) : IngestInput;

    /// <summary>A file, or a folder with all below it in order of name; never changed.</summary>
    public sealed record Files(string Path) : IngestInput;

    /// <summary>A stored or quarantined message, again.</summary>
    public sealed record Replay(long InboundId) : IngestInput;

    /// <summary>What is stored and not applied, as if each message were applied when it came: after a recovery.</summary>
    public sealed record Stored : IngestInput;
}
