using CpIs.Domain.Exchange;
using CpIs.Domain.Values;

namespace CpIs.Domain.Ledger;

/// <summary>What became of one record of one file.</summary>
public enum RecordOutcome
{
    /// <summary>Told, no answer yet; lost once the acknowledgement window has passed (rule U9).</summary>
    Unanswered,

    /// <summary>CP-IS confirmed it (rule K1, CPR06).</summary>
    Confirmed,

    /// <summary>CP-IS refused this record (rule K1).</summary>
    Rejected,

    /// <summary>The file as a whole came to nothing (rule K2): the record is due again.</summary>
    Failed,
}

/// <summary>One record of one file that CP-IS was told, with what became of it: the unit of history that is kept for ever (rule U6).</summary>
/// <param name="RecordNumber">Position in the file, from 1.</param>
/// <param name="IsRemoval">True when it carried a delete date (rule U3).</param>
/// <param name="SourceIds">Plan or legal status ids that it was made of, ordinal order.</param>
/// <param name="ChildIds">Whose plan it is: the children for an unborn child's plan, else the holder alone; ordinal order.</param>
/// <param name="Cause">Fingerprint of a removal's cause; a rejected removal is due again when it changes (rule K1). Empty otherwise.</param>
/// <param name="ToldAt">When the transport accepted it, UTC.</param>
/// <param name="RejectionCode">The record code of a rejection, verbatim.</param>
public sealed record LedgerEvent(
    RecordKey Key,
    SequenceNumber FileNumber,
    int RecordNumber,
    bool IsRemoval,
    RecordContent Content,
    DateOnly? DeleteDate,
    DateOnly? VisibleUntil,
    bool EndIsForecast,
    IReadOnlyList<string> SourceIds,
    IReadOnlyList<string> ChildIds,
    string Cause,
    DateTimeOffset ToldAt,
    RecordOutcome Outcome,
    string? RejectionCode)
{
    /// <summary>The person whose number the record stands under: the child, or the mother of an unborn child.</summary>
    public string HolderId => Content.LocalPersonId;
}

/// <summary>
/// What CP-IS was last told and last confirmed of one record (rule U1), as a fold over its history. It never changes;
/// a new event makes a new entry.
/// </summary>
public sealed class LedgerEntry
{
    private readonly LedgerEvent[] _newestFirst;

    /// <param name="key">The record's key.</param>
    /// <param name="events">Its history in any order; events up to <paramref name="lapsedAfter"/> are ignored.</param>
    /// <param name="lapsedAfter">The file after which the entry lapsed (rules S10, S13), or null.</param>
    public LedgerEntry(RecordKey key, IEnumerable<LedgerEvent> events, SequenceNumber? lapsedAfter = null)
    {
        Key = key;
        _newestFirst = [.. events.Where(e => lapsedAfter is not { } lapsed || e.FileNumber > lapsed).OrderByDescending(e => e.FileNumber)];
    }

    /// <summary>The record's key.</summary>
    public RecordKey Key { get; }

    /// <summary>What CP-IS was told last, whatever became of it; null once lapsed.</summary>
    public LedgerEvent? Last => _newestFirst.Length > 0 ? _newestFirst[0] : null;

    /// <summary>The newest confirmed event, or null.</summary>
    public LedgerEvent? Confirmed => Array.Find(_newestFirst, e => e.Outcome == RecordOutcome.Confirmed);

    /// <summary>True when CP-IS has confirmed the record, and was told nothing since that may have taken it away.</summary>
    public bool IsSurelyHeld =>
        Array.Find(_newestFirst, e => e.Outcome == RecordOutcome.Confirmed || (e.IsRemoval && e.Outcome == RecordOutcome.Unanswered)) is { IsRemoval: false };

    /// <summary>
    /// What the wanted content is compared with (rule U9): the last told and not refused; what was lost is passed over, back to what
    /// was last confirmed. A removal that may have reached CP-IS always means "not held", so that a record wanted again is sent.
    /// </summary>
    public LedgerEvent? ForComparison(DateTimeOffset now, TimeSpan acknowledgementWindow)
    {
        foreach (var e in _newestFirst)
        {
            if (e.Outcome is RecordOutcome.Rejected or RecordOutcome.Failed)
            {
                continue;
            }

            if (e.IsRemoval)
            {
                return null;
            }

            if (e.Outcome == RecordOutcome.Confirmed || !IsLost(e, now, acknowledgementWindow))
            {
                return e;
            }
        }

        return null;
    }

    /// <summary>
    /// What CP-IS may hold (rule U9, for removals and S9): a record told and not answered counts as held, a removal counts
    /// until it is lost.
    /// </summary>
    public LedgerEvent? MayBeHeld(DateTimeOffset now, TimeSpan acknowledgementWindow)
    {
        foreach (var e in _newestFirst)
        {
            switch (e.Outcome)
            {
                case RecordOutcome.Rejected or RecordOutcome.Failed:
                    continue;
                case RecordOutcome.Unanswered when e.IsRemoval && IsLost(e, now, acknowledgementWindow):
                    continue;
                default:
                    return e.IsRemoval ? null : e;
            }
        }

        return null;
    }

    private static bool IsLost(LedgerEvent e, DateTimeOffset now, TimeSpan window) =>
        e.Outcome == RecordOutcome.Unanswered && now - e.ToldAt >= window;
}
