using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;

namespace CpIs.Storage.Ledger;

/// <summary>Where an upload file stands.</summary>
public enum FileStatus
{
    /// <summary>Its number is used up and nothing was sent (rule U6).</summary>
    Void,

    /// <summary>Complete and due.</summary>
    Ready,

    /// <summary>Sending was begun and its outcome is not known; it counts as told from then on.</summary>
    Sending,

    /// <summary>The transport accepted it.</summary>
    Sent,
}

/// <summary>How long a record waits to be told.</summary>
/// <param name="First">The first file that should have told it.</param>
/// <param name="Since">When that was made, UTC.</param>
/// <param name="Tries">Files made for it since, this one included.</param>
public sealed record WaitingSince(SequenceNumber First, DateTimeOffset Since, int Tries);

/// <summary>A file number that was handed out.</summary>
/// <param name="Attempts">How often sending was begun; 0 = nothing of it ever left.</param>
/// <param name="IsNotRebuilt">True when it was seen in use and what it said could not be found again.</param>
public sealed record UsedNumber(SequenceNumber Number, int Attempts, bool IsNotRebuilt);

/// <summary>Where a record's history ended before it was told anew in a file.</summary>
/// <param name="On">Business date.</param>
public sealed record EarlierLapse(int RecordNumber, SequenceNumber AfterFile, DateOnly On);

/// <summary>A file as the archive tells of it. Times are UTC.</summary>
/// <param name="File">What was written; its path as the caller wants to find it.</param>
/// <param name="ToldAt">Null when its sending was begun and not concluded.</param>
/// <param name="IsArchived">False when the archive folder is still to be told of it.</param>
/// <param name="Lapses">Ends of earlier histories of its records.</param>
public sealed record RestoredFile(
    NewFile File,
    DateTimeOffset CreatedAt,
    DateTimeOffset BegunAt,
    DateTimeOffset? ToldAt,
    string? MessageId,
    int Attempts,
    bool DuplicateRisk,
    bool IsArchived,
    IReadOnlyList<EarlierLapse> Lapses);

/// <summary>What the answer to a file did to its records.</summary>
public enum FileOutcome
{
    /// <summary>All of them are confirmed.</summary>
    Confirmed,

    /// <summary>Each as the answer says; those not listed stay unanswered (rule K2).</summary>
    ByRecord,

    /// <summary>The file came to nothing: all of them are due again.</summary>
    Failed,
}

/// <summary>A payload file that was written and is to become due.</summary>
/// <param name="Number">Handed out by <see cref="FileStore.TakeNumberAsync"/>.</param>
/// <param name="Path">Where the finished file lies, as the caller wants to find it again.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of its bytes.</param>
/// <param name="LocalId">Our own unique id of the sending; no personal data.</param>
public sealed record NewFile(SequenceNumber Number, string Format, string FileName, string Path, string Sha256, int RecordCount, string LocalId);

/// <summary>An upload file as stored. Times are UTC.</summary>
/// <param name="RunId">The run that made it.</param>
/// <param name="Format">Null, as the next four are, for a number that was handed out and lost.</param>
/// <param name="BegunAt">When its last sending began.</param>
/// <param name="ToldAt">When the transport accepted it.</param>
/// <param name="Attempts">How often sending was begun.</param>
/// <param name="FailureText">Why it is not sent, in the transport's words.</param>
/// <param name="IsRefused">True when an operator must act before another attempt is worth it.</param>
/// <param name="DuplicateRisk">True when it may have been delivered more than once.</param>
/// <param name="AnswerCodes">File codes of the first answer, verbatim.</param>
/// <param name="AnswerSource">Our id of the message that answered it.</param>
public sealed record StoredFile(
    SequenceNumber Number,
    string AuthorityCode,
    string? RunId,
    string? Format,
    string? FileName,
    string? Path,
    string? Sha256,
    string? LocalId,
    int RecordCount,
    FileStatus Status,
    string? MessageId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? BegunAt,
    DateTimeOffset? ToldAt,
    int Attempts,
    string? FailureCode,
    string? FailureText,
    bool IsRefused,
    bool DuplicateRisk,
    DateTimeOffset? AnsweredAt,
    IReadOnlyList<AcknowledgementCode> AnswerCodes,
    string? AnswerSource,
    FileOutcome? Outcome);

/// <summary>One record of one file as stored, told or not. Times are UTC.</summary>
/// <param name="Reason">Reason of a removal, else empty (rule U4).</param>
/// <param name="ChangedAt">The change in the care database that it tells, where known (rule U5).</param>
/// <param name="ToldAt">Null until its file is being sent.</param>
/// <param name="AnswerCode">Record code, or file code where the whole file failed, verbatim.</param>
public sealed record FileRecord(
    SequenceNumber FileNumber,
    int RecordNumber,
    UploadRecord Record,
    DecisionKind Kind,
    string Reason,
    IReadOnlyList<string> SourceIds,
    IReadOnlyList<string> ChildIds,
    string Cause,
    DateTimeOffset? ChangedAt,
    DateTimeOffset? ToldAt,
    RecordOutcome Outcome,
    string? AnswerCode,
    string? AnswerDisplay,
    string? AnswerDetail,
    DateTimeOffset? AnsweredAt)
{
    /// <summary>The record as a piece of ledger history.</summary>
    /// <exception cref="InvalidOperationException">It was never told.</exception>
    public LedgerEvent ToEvent() => new(
        Record.Key,
        FileNumber,
        RecordNumber,
        Record.DeleteDate is not null,
        Record.Content,
        Record.DeleteDate,
        Record.VisibleUntil,
        Record.EndIsForecast,
        SourceIds,
        ChildIds,
        Cause,
        ToldAt ?? throw new InvalidOperationException("A record that was never told is no history."),
        Outcome,
        Outcome == RecordOutcome.Rejected ? AnswerCode : null);
}

/// <summary>What a file's answer says of one record.</summary>
public sealed record RecordAnswer(int RecordNumber, RecordOutcome Outcome, string? Code, string? Display, string? Detail);

/// <summary>The first answer to a file, understood (rules K1, K2).</summary>
/// <param name="Source">Our id of the message, for people who look it up.</param>
/// <param name="Records">Used with <see cref="FileOutcome.ByRecord"/> alone.</param>
public sealed record FileAnswer(
    SequenceNumber FileNumber,
    DateTimeOffset AnsweredAt,
    string? Source,
    IReadOnlyList<AcknowledgementCode> Codes,
    FileOutcome Outcome,
    IReadOnlyList<RecordAnswer> Records);

/// <summary>What became of applying an answer.</summary>
public enum AnswerResult
{
    /// <summary>It is now the file's answer.</summary>
    Applied,

    /// <summary>The file had one before, which stands (rule K3).</summary>
    AlreadyAnswered,

    /// <summary>There is no such file, or its sending was never begun: nothing was changed.</summary>
    NotTold,
}

/// <summary>A row of the ledger for people to read.</summary>
/// <param name="State"><c>told</c>, <c>confirmed</c>, <c>rejected</c>, <c>failed</c>, the same with <c>removal-</c> before it, <c>removed</c> or <c>lapsed</c>.</param>
/// <param name="LastFile">The file that told it last.</param>
/// <param name="ConfirmedFile">The last file confirmed for it.</param>
public sealed record LedgerRow(
    RecordKey Key,
    string HolderId,
    string State,
    SequenceNumber LastFile,
    SequenceNumber? ConfirmedFile,
    SequenceNumber? LapsedAfterFile,
    DateOnly? LapsedOn);
