using CpIs.Domain.Values;

namespace CpIs.Storage.Report;

/// <summary>An access on somebody's file. Times are UTC; texts as in the audit.</summary>
/// <param name="TimeIsKnown">False where only the day was told.</param>
/// <param name="ThroughMother">True when the record that was accessed hangs on the mother (rule S5).</param>
public sealed record FileAccess(
    long AccessId, string PersonId, DateTimeOffset AccessedAt, bool TimeIsKnown, string? AccessedBy, string? JobRole, string? OrganisationCode,
    string? OrganisationName, string? UploadFileNumber, DateTimeOffset ReceivedAt, bool ThroughMother)
{
    /// <summary>Never the data: safe in any log.</summary>
    public override string ToString() => $"(access {AccessId})";
}

/// <summary>An alert on somebody's file.</summary>
/// <param name="RaisedAt">UTC.</param>
/// <param name="CompletedAt">As the care system wrote it; null while open.</param>
public sealed record FileAlert(
    long AlertId, string Type, string PersonId, string RecipientKind, string RecipientId, DateTimeOffset RaisedAt, DateOnly DueOn, string Subject,
    string Status, string? CompletedAt, string? CompletedBy, DateOnly FirstIssuedOn, int DaysOutstanding)
{
    /// <summary>Never the data: safe in any log.</summary>
    public override string ToString() => $"({Type} alert {AlertId})";
}

/// <summary>What CP-IS said of a number that is no longer in use. Times are UTC.</summary>
/// <param name="Replacements">As given.</param>
public sealed record InactiveNumberNotice(IReadOnlyList<string> Replacements, DateTimeOffset FirstNotifiedAt, DateTimeOffset LastNotifiedAt)
{
    /// <summary>Never the data: safe in any log.</summary>
    public override string ToString() => "(inactive number)";
}

/// <summary>An answer to a file, also one that changed nothing (rule K3).</summary>
/// <param name="Codes">File codes as given, separated by <c>;</c>.</param>
/// <param name="Effect">Name of a <see cref="Domain.Acknowledgements.AnswerEffect"/>.</param>
public sealed record FileAnswerNote(string Codes, string Effect, DateTimeOffset AnsweredAt);

/// <summary>A record of somebody in a file that waits to be sent.</summary>
/// <param name="FailureText">Why it was not sent, in the transport's words.</param>
public sealed record WaitingRecord(
    SequenceNumber FileNumber, int RecordNumber, PlanType PlanType, DateOnly Start, DateOnly? End, string Decision, string Reason, DateTimeOffset CreatedAt, string? FailureText);

/// <summary>What is known of one person besides source and ledger. It only reads.</summary>
public sealed class PersonStore(StorageSession session)
{
    /// <summary>Every access on a person's file, in order of time.</summary>
    public async Task<IReadOnlyList<FileAccess>> AccessesAsync(string personId, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<AccessRow>("report/accesses-of-person", new { personId }, cancellationToken)).Select(r => new FileAccess(
            r.AccessId, r.PersonId, r.AccessedAt, r.TimeIsKnown, r.AccessedBy, r.JobRole, r.OrganisationCode, r.OrganisationName, r.UploadFileNumber, r.ReceivedAt, r.ThroughMother)),
    ];

    /// <summary>Every alert on a person's file, in order of time.</summary>
    public async Task<IReadOnlyList<FileAlert>> AlertsAsync(string personId, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<AlertRow>("report/alerts-of-person", new { personId }, cancellationToken)).Select(r => new FileAlert(
            r.AlertId, r.AlertType, r.PersonId, r.RecipientKind, r.RecipientId, r.RaisedAt, r.DueOn, r.Subject, r.Status, r.CompletedAt, r.CompletedBy, r.FirstIssuedOn, (int)r.DaysOutstanding)),
    ];

    /// <summary>What CP-IS said of a number; null when it never said that it is inactive.</summary>
    public async Task<InactiveNumberNotice?> InactiveAsync(NhsNumber number, CancellationToken cancellationToken) =>
        await session.FirstOrDefaultAsync<InactiveRow>("report/inactive-number", new { number = number.Value }, cancellationToken) is { } row
            ? new InactiveNumberNotice(row.Replacements.Split(';', StringSplitOptions.RemoveEmptyEntries), row.FirstNotifiedAt, row.LastNotifiedAt)
            : null;

    /// <summary>Every answer to a file, in the order applied.</summary>
    public async Task<IReadOnlyList<FileAnswerNote>> AnswersAsync(SequenceNumber file, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<AnswerRow>("report/answers-of-file", new { number = file.Value }, cancellationToken))
            .Select(r => new FileAnswerNote(r.Codes, r.Effect, r.AnsweredAt)),
    ];

    /// <summary>The records of a person, as holder or as child, in files that wait to be sent.</summary>
    public async Task<IReadOnlyList<WaitingRecord>> WaitingAsync(string personId, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<WaitingRow>("report/waiting-of-person", new { personId }, cancellationToken)).Select(r => new WaitingRecord(
            new SequenceNumber(r.FileNumber), (int)r.RecordNumber, PlanType.Parse(r.PlanType), r.StartDate, r.EndDate, r.Decision, r.Reason, r.CreatedAt, r.FailureText)),
    ];

    private sealed class AccessRow
    {
        public long AccessId { get; init; }

        public string PersonId { get; init; } = "";

        public DateTimeOffset AccessedAt { get; init; }

        public bool TimeIsKnown { get; init; }

        public string? AccessedBy { get; init; }

        public string? JobRole { get; init; }

        public string? OrganisationCode { get; init; }

        public string? OrganisationName { get; init; }

        public string? UploadFileNumber { get; init; }

        public DateTimeOffset ReceivedAt { get; init; }

        public bool ThroughMother { get; init; }
    }

    private sealed class AlertRow
    {
        public long AlertId { get; init; }

        public string AlertType { get; init; } = "";

        public string PersonId { get; init; } = "";

        public string RecipientKind { get; init; } = "";

        public string RecipientId { get; init; } = "";

        public DateTimeOffset RaisedAt { get; init; }

        public DateOnly DueOn { get; init; }

        public string Subject { get; init; } = "";

        public string Status { get; init; } = "";

        public string? CompletedAt { get; init; }

        public string? CompletedBy { get; init; }

        public DateOnly FirstIssuedOn { get; init; }

        public long DaysOutstanding { get; init; }
    }

    private sealed class InactiveRow
    {
        public string Replacements { get; init; } = "";

        public DateTimeOffset FirstNotifiedAt { get; init; }

        public DateTimeOffset LastNotifiedAt { get; init; }
    }

    private sealed class AnswerRow
    {
        public string Codes { get; init; } = "";

        public string Effect { get; init; } = "";

        public DateTimeOffset AnsweredAt { get; init; }
    }

    private sealed class WaitingRow
    {
        public long FileNumber { get; init; }

        public long RecordNumber { get; init; }

        public string PlanType { get; init; } = "";

        public DateOnly StartDate { get; init; }

        public DateOnly? EndDate { get; init; }

        public string Decision { get; init; } = "";

        public string Reason { get; init; } = "";

        public DateTimeOffset CreatedAt { get; init; }

        public string? FailureText { get; init; }
    }
}
