using CpIs.Domain.Alerts;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;

namespace CpIs.Domain.Acknowledgements;

/// <summary>An upload file as far as an answer to it must be understood.</summary>
/// <param name="Records">Every record of the file, in any order.</param>
/// <param name="FirstAnswer">The answer that stands (rule K3), or null while the file is unanswered.</param>
/// <param name="EarlierUnavailable">For how many files in a row just before this one a record came back with CPF05 (rule K2); the highest of any record.</param>
public sealed record AnsweredFile(
    SequenceNumber FileNumber,
    IReadOnlyList<LedgerEvent> Records,
    FirstAnswer? FirstAnswer = null,
    int EarlierUnavailable = 0);

/// <summary>The answer that stands.</summary>
/// <param name="Fingerprint">What it said (<see cref="AcknowledgementReading.Fingerprint"/>).</param>
/// <param name="IsComplete">False when parts of it could not be read (rule K6): what they said may still be filled in.</param>
public sealed record FirstAnswer(string Fingerprint, bool IsComplete);

/// <summary>What an answer does to its file.</summary>
public enum AnswerEffect
{
    /// <summary>It is the file's first answer, and the verdicts stand (CPF02, CPF03).</summary>
    Answered,

    /// <summary>It is the file's first answer: nothing was loaded, the records are due again (CPF01, CPF04, CPF06, MESH error 15).</summary>
    Refused,

    /// <summary>It is the file's first answer: nothing was loaded, the whole file is due again (CPF05).</summary>
    DueAgain,

    /// <summary>It says nothing that can be relied on: the file stays unanswered, a later answer is its first (rule K2).</summary>
    StaysUnanswered,

    /// <summary>It fills in what could not be read of the first answer; the rest of that stands.</summary>
    FillsIn,

    /// <summary>It says what the first answer said: counted, nothing else (rule K3).</summary>
    SaysTheSame,

    /// <summary>It says something else than the first answer, which stands (rule K3).</summary>
    Contradicts,

    /// <summary>It is about a file that was never told, or names none.</summary>
    NoSuchFile,
}

/// <summary>What an answer says of one record.</summary>
/// <param name="Record">The record as it was told.</param>
/// <param name="Code">Record code, or for a file that came to nothing the file code, verbatim.</param>
public sealed record RecordVerdict(LedgerEvent Record, RecordOutcome Outcome, string Code, string? Display, string? Detail);

/// <summary>A role alert that an answer calls for (rules K2, K3), in words.</summary>
/// <param name="Cause">As in <see cref="AlertDraft.Cause"/>.</param>
public sealed record AnswerAlert(AlertType Type, AlertText Text, string Cause);

/// <summary>An answer understood.</summary>
/// <param name="Verdicts">What becomes of the records, in order of record number; records not listed stay unanswered.</param>
/// <param name="Alerts">For the duty role. Alerts about rejected records are made from the verdicts.</param>
/// <param name="Fingerprint">What it says, independent of format and order: two answers with one fingerprint say the same (rule K3).</param>
public sealed record AcknowledgementReading(
    AnswerEffect Effect,
    IReadOnlyList<RecordVerdict> Verdicts,
    IReadOnlyList<AnswerAlert> Alerts,
    string Fingerprint);
