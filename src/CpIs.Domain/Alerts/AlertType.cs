using System.Diagnostics.CodeAnalysis;

namespace CpIs.Domain.Alerts;

/// <summary>The kinds of alert (contract section 4). Only these instances exist.</summary>
public sealed class AlertType
{
    /// <summary>A record was accessed (rules A1, A2).</summary>
    public static readonly AlertType Access = new("access", isRaisedOnce: true);

    /// <summary>Several accesses that belong together (rule A7).</summary>
    public static readonly AlertType AccessPattern = new("access-pattern", isRaisedOnce: true);

    /// <summary>Standing: no usable NHS number is known (rule A5).</summary>
    public static readonly AlertType NumberMissing = new("nhs-number-missing", isStanding: true);

    /// <summary>CP-IS says that a number is no longer in use (rule A6).</summary>
    public static readonly AlertType NumberInactive = new("nhs-number-inactive");

    /// <summary>Standing: an unborn child's plan without expected date of birth (rule S6).</summary>
    public static readonly AlertType ExpectedDateMissing = new("expected-date-missing", isStanding: true);

    /// <summary>Standing: two people with one number (rule N6).</summary>
    public static readonly AlertType NumberDuplicate = new("nhs-number-duplicate", isStanding: true);

    /// <summary>CP-IS refused a record (rule K1).</summary>
    public static readonly AlertType UploadRejected = new("upload-rejected", isRaisedOnce: true);

    /// <summary>CP-IS or MESH refused a file (rule K2).</summary>
    public static readonly AlertType FileRejected = new("file-rejected", isRaisedOnce: true);

    /// <summary>A file was not answered in time (rules U9, K4).</summary>
    public static readonly AlertType NoAcknowledgement = new("no-acknowledgement", isRaisedOnce: true);

    /// <summary>An answer that does not fit (rules K2, K3).</summary>
    public static readonly AlertType AcknowledgementProblem = new("acknowledgement-problem");

    /// <summary>An access that matches nobody, or whose id and number belong to different people (rule A4).</summary>
    public static readonly AlertType UnmatchedAccess = new("unmatched-access", isRaisedOnce: true);

    /// <summary>Too many records would be removed as gone from the source (rule U10).</summary>
    public static readonly AlertType Vanished = new("vanished");

    /// <summary>Source rows that could not be read (rule S16).</summary>
    public static readonly AlertType BadSourceRow = new("bad-source-row", isRaisedOnce: true);

    /// <summary>An inbound message that was set aside (rules A11, K6).</summary>
    public static readonly AlertType Quarantined = new("quarantined");

    /// <summary>Counts in a message that disagree (rules A10, K3).</summary>
    public static readonly AlertType CountMismatch = new("count-mismatch");

    /// <summary>All types, in the order of the contract.</summary>
    public static readonly IReadOnlyList<AlertType> All =
    [
        Access, AccessPattern, NumberMissing, NumberInactive, ExpectedDateMissing, NumberDuplicate, UploadRejected, FileRejected,
        NoAcknowledgement, AcknowledgementProblem, UnmatchedAccess, Vanished, BadSourceRow, Quarantined, CountMismatch,
    ];

    private AlertType(string code, bool isStanding = false, bool isRaisedOnce = false)
    {
        Code = code;
        IsStanding = isStanding;
        IsRaisedOnce = isRaisedOnce;
    }

    /// <summary>The name in <c>cpis_alert.alert_type</c>.</summary>
    public string Code { get; }

    /// <summary>True when the alert stands as long as its cause does, and comes back when it is completed before (rule A5).</summary>
    public bool IsStanding { get; }

    /// <summary>
    /// True when one cause raises it once and never again, completed or not: its cause is an event. Others have one open alert per cause,
    /// and come again when the cause is met again after that was completed.
    /// </summary>
    public bool IsRaisedOnce { get; }

    /// <summary>Reads a name exactly as it is written in the table.</summary>
    public static bool TryParse([NotNullWhen(true)] string? code, [NotNullWhen(true)] out AlertType? type)
    {
        type = All.FirstOrDefault(t => t.Code == code);
        return type is not null;
    }

    /// <exception cref="FormatException">There is no such type.</exception>
    public static AlertType Parse(string? code) => TryParse(code, out var type) ? type : throw new FormatException("Not an alert type of contract section 4.");

    public override string ToString() => Code;
}
