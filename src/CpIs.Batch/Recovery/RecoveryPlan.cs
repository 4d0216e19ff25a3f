using CpIs.Domain.Values;
using CpIs.Storage.Inbound;

namespace CpIs.Batch.Recovery;

/// <summary>What is to be put back into the database.</summary>
/// <param name="Files">Files with their records, in order of number.</param>
/// <param name="Used">Numbers that were used and told nobody anything, or of which it is not known what they told (with the reason).</param>
/// <param name="Concluded">Files that the database thinks are still on their way.</param>
/// <param name="Messages">Messages in order of id.</param>
/// <param name="HighestSeen">The highest file number seen anywhere; null when none was.</param>
/// <param name="Unreadable">What could not be read, below the data folder, with the reason.</param>
internal sealed record RecoveryPlan(
    IReadOnlyList<FoundFile> Files,
    IReadOnlyList<(SequenceNumber Number, string? NotRebuilt)> Used,
    IReadOnlyList<(SequenceNumber Number, DateTimeOffset ToldAt, string? MessageId, bool DuplicateRisk)> Concluded,
    IReadOnlyList<FoundMessage> Messages,
    SequenceNumber? HighestSeen,
    IReadOnlyList<string> Unreadable);

/// <summary>A sent file as found; its records are read again when they are put back, so that memory holds one file.</summary>
/// <param name="Path">Where its bytes lie.</param>
/// <param name="IsDescribed">True when the archive says of it what its bytes do not.</param>
internal sealed record FoundFile(SequenceNumber Number, string Path, bool IsDescribed, int RecordCount);

/// <summary>An inbound message as found.</summary>
/// <param name="Path">Where its copy lies.</param>
internal sealed record FoundMessage(long InboundId, string Path, string Sha256, long Length, string? Report, DateTimeOffset ReceivedAt)
{
    /// <param name="content">The bytes; null for a report, and for a message that is too large to be read.</param>
    public NewInbound ToInbound(byte[]? content) =>
        new("archive", System.IO.Path.GetFileName(Path), System.IO.Path.GetFileName(Path), Sha256, Length, content, Report, StaysWithSender: false, ReceivedAt);
}
