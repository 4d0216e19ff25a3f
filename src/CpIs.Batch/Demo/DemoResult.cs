namespace CpIs.Batch.Demo;

/// <summary>What the demo did, for people and as the result of <c>demo --json</c>.</summary>
/// <param name="AccessesMade">Accesses that the stand-in notified.</param>
/// <param name="InactiveMade">Inactive numbers that the stand-in notified.</param>
/// <param name="Held">Records that the stand-in holds at the end.</param>
/// <param name="Accesses">The audit rows; one access of a mother of twins is two.</param>
/// <param name="Alerts">Open alerts.</param>
/// <param name="Example">An alert as it stands in a work tray.</param>
internal sealed record DemoResult(
    string DataDir,
    double Seconds,
    IReadOnlyList<DemoNight> Nights,
    int AccessesMade,
    int InactiveMade,
    long Held,
    IReadOnlyList<DemoAccess> Accesses,
    IReadOnlyList<DemoAlerts> Alerts,
    DemoAlert? Example);

/// <param name="Shared">Records that CP-IS is to show, by plan type: new, updated, ended and unchanged ones.</param>
/// <param name="Told">Records sent, by decision.</param>
/// <param name="FileCodes">What CP-IS answered to the files of this night.</param>
internal sealed record DemoNight(
    DateOnly AsOf,
    string RunId,
    IReadOnlyDictionary<string, int> Shared,
    IReadOnlyDictionary<string, int> Told,
    IReadOnlyList<DemoReason> Removed,
    IReadOnlyList<DemoReason> Withheld,
    IReadOnlyList<string> FileCodes,
    decimal? MatchRate,
    string Decisions,
    IReadOnlyList<string> Files);

/// <summary>A reason, how many records have it, and one person who does.</summary>
internal sealed record DemoReason(string Reason, int Number, string ExamplePersonId);

/// <summary>One row of <c>cpis_access_audit</c>.</summary>
internal sealed record DemoAccess(string? PersonId, DateTimeOffset AccessedAt, string? AccessedBy, string? JobRole, string? OrganisationName);

/// <summary>Open alerts of one type for one recipient.</summary>
internal sealed record DemoAlerts(string AlertType, string RecipientKind, string RecipientId, int Open);

/// <summary>One alert.</summary>
internal sealed record DemoAlert(string RecipientId, string Subject, string Description);
