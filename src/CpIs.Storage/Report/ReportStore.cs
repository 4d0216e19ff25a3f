using CpIs.Domain.Values;

namespace CpIs.Storage.Report;

/// <summary>How many records CP-IS shows, by what it was told and answered.</summary>
/// <param name="IsEnded">True for a plan that has ended and is still shown.</param>
/// <param name="IsConfirmed">False while the last word has no answer.</param>
public sealed record SharedCount(PlanType PlanType, bool IsEnded, bool IsConfirmed, long Number);

/// <summary>A run as a report looks at it.</summary>
/// <param name="HasDecided">True when it decided everybody, or everybody inside its restriction.</param>
public sealed record ReportRun(string RunId, DateOnly AsOf, string Command, bool IsRestricted, string Status, int? ExitCode, bool HasDecided);

/// <summary>One figure of one run.</summary>
public sealed record RunFigure(string RunId, string Item, long Number);

/// <summary>Records that a run put into files, alike in plan type, decision and reason.</summary>
public sealed record SentCount(PlanType PlanType, string Decision, string Reason, long Number);

/// <summary>Somebody whose NHS number is missing (rule A5).</summary>
/// <param name="Since">The first alert's day.</param>
/// <param name="IsOpen">False when all its alerts were completed although the number is still missing.</param>
public sealed record MissingNumber(string PersonId, DateOnly Since, bool IsOpen);

/// <summary>Rejections with one record code (rule K1).</summary>
/// <param name="Number">Since the day asked for, and those that stand.</param>
/// <param name="Standing">Those of them that CP-IS has not been told otherwise since.</param>
public sealed record RejectionCount(string? Code, long Number, long Standing);

/// <summary>A record whose last word from CP-IS is a rejection.</summary>
public sealed record StandingRejection(string PersonId, PlanType PlanType, DateOnly Start, long FileNumber, string? Code, DateTimeOffset? AnsweredAt);

/// <summary>Accesses by who looked; one access that reaches several files counts once.</summary>
public sealed record OrganisationCount(string? Code, string? Name, string? JobRole, long Number);

/// <summary>Accesses in one hour.</summary>
/// <param name="Hour">Its beginning, UTC.</param>
/// <param name="TimeIsKnown">False for accesses of which only the day was told.</param>
public sealed record HourCount(DateTimeOffset Hour, bool TimeIsKnown, long Number);

/// <summary>Somebody whose accesses made a pattern (rule A7).</summary>
/// <param name="On">The newest alert's day.</param>
/// <param name="Accesses">In the days asked for.</param>
public sealed record PatternCount(string PersonId, DateOnly On, long Accesses, long Organisations);

/// <summary>Who somebody is, as the source says it.</summary>
public sealed record Identity(string? NhsNumber, string? FamilyName, string? GivenNames, string? DateOfBirth)
{
    /// <summary>Never the data: safe in any log.</summary>
    public override string ToString() => "(identity)";
}

/// <summary>The figures of a report. It only reads, but for the trail.</summary>
public sealed class ReportStore(StorageSession session)
{
    /// <summary>What CP-IS shows on a day.</summary>
    public async Task<IReadOnlyList<SharedCount>> SharedAsync(DateOnly businessDate, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<SharedRow>("report/shared", new { businessDate }, cancellationToken))
            .Select(r => new SharedCount(PlanType.Parse(r.PlanType), r.IsEnded, r.IsConfirmed, r.Number)),
    ];

    /// <summary>Runs with a business date between two days, both included, oldest first.</summary>
    public async Task<IReadOnlyList<ReportRun>> RunsAsync(DateOnly from, DateOnly businessDate, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<RunRow>("report/runs", new { from, businessDate }, cancellationToken))
            .Select(r => new ReportRun(r.RunId, r.AsOf, r.Command, r.Restriction is not null, r.Status, r.ExitCode, r.HasDecided)),
    ];

    /// <summary>Figures of one kind of those runs.</summary>
    public async Task<IReadOnlyList<RunFigure>> FiguresAsync(string kind, DateOnly from, DateOnly businessDate, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<CountRow>("report/count", new { kind, from, businessDate }, cancellationToken)).Select(r => new RunFigure(r.RunId, r.Item, r.Number)),
    ];

    /// <summary>What a run put into files that were not voided.</summary>
    public async Task<IReadOnlyList<SentCount>> SentByAsync(string runId, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<SentRow>("report/sent-by-run", new { runId }, cancellationToken))
            .Select(r => new SentCount(PlanType.Parse(r.PlanType), r.Decision, r.Reason, r.Number)),
    ];

    /// <summary>Audit rows that a run added.</summary>
    public Task<long> AccessesByAsync(string runId, CancellationToken cancellationToken) =>
        session.ScalarAsync<long>("report/accesses-by-run", new { runId }, cancellationToken);

    /// <summary>People whose number is missing, the longest first; one by one.</summary>
    public IAsyncEnumerable<MissingNumber> NumbersMissing() =>
        session.StreamAsync<MissingRow>("report/numbers-missing", null).Select(r => new MissingNumber(r.PersonId, r.FirstIssuedOn, r.IsOpen));

    /// <summary>Rejections by code, the most frequent first.</summary>
    public async Task<IReadOnlyList<RejectionCount>> RejectionsAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<RejectionRow>("report/rejections", new { since }, cancellationToken)).Select(r => new RejectionCount(r.AnswerCode, r.Number, r.Standing)),
    ];

    /// <summary>Records that stand rejected, the oldest first; one by one.</summary>
    public IAsyncEnumerable<StandingRejection> StandingRejections() =>
        session.StreamAsync<StandingRow>("report/standing-rejections", null).Select(r => new StandingRejection(
            r.LocalPersonId, PlanType.Parse(r.PlanType), r.StartDate, r.FileNumber, r.AnswerCode, r.AnsweredAt));

    /// <summary>Accesses in a span of time by who looked; one by one.</summary>
    public IAsyncEnumerable<OrganisationCount> AccessesByOrganisation(DateTimeOffset from, DateTimeOffset before) =>
        session.StreamAsync<OrganisationRow>("report/accesses-by-organisation", new { from, before })
            .Select(r => new OrganisationCount(r.OrganisationCode, r.OrganisationName, r.JobRole, r.Number));

    /// <summary>Accesses in a span of time by hour; one by one.</summary>
    public IAsyncEnumerable<HourCount> AccessesByHour(DateTimeOffset from, DateTimeOffset before) =>
        session.StreamAsync<HourRow>("report/accesses-by-hour", new { from, before }).Select(r => new HourCount(r.Hour, r.TimeIsKnown, r.Number));

    /// <summary>Accesses that match nobody yet (rule A4).</summary>
    public Task<long> AccessesWithoutPersonAsync(CancellationToken cancellationToken) =>
        session.ScalarAsync<long>("report/accesses-without-person", null, cancellationToken);

    /// <summary>People whose accesses made a pattern, the newest first; one by one.</summary>
    /// <param name="issuedFrom">First day of an alert that counts.</param>
    /// <param name="from">First instant of the accesses that are counted.</param>
    /// <param name="before">The instant after the last.</param>
    public IAsyncEnumerable<PatternCount> Patterns(DateOnly issuedFrom, DateOnly businessDate, DateTimeOffset from, DateTimeOffset before) =>
        session.StreamAsync<PatternRow>("report/patterns", new { issuedFrom, businessDate, from, before })
            .Select(r => new PatternCount(r.PersonId, r.IssuedOn, r.Accesses, r.Organisations));

    /// <summary>Who somebody is; null when the source has no row. What cannot be read stands as it is.</summary>
    public async Task<Identity?> IdentityAsync(string personId, CancellationToken cancellationToken) =>
        await session.FirstOrDefaultAsync<IdentityRow>("report/identity", new { personId }, cancellationToken) is { } row
            ? new Identity(row.NhsNumber, row.FamilyName, row.GivenNames, row.DateOfBirth)
            : null;

    /// <summary>Notes who asked for names and numbers.</summary>
    /// <param name="at">UTC.</param>
    /// <param name="osUser">Name of the operating system's user.</param>
    /// <param name="detail">What was asked for; no data of people.</param>
    /// <returns>The entry's number.</returns>
    public Task<long> AddToTrailAsync(DateTimeOffset at, string osUser, string machine, string command, string detail, CancellationToken cancellationToken) =>
        session.ScalarAsync<long>("report/add-trail", new { at, osUser, machine, command, detail }, cancellationToken);

    private sealed class SharedRow
    {
        public string PlanType { get; init; } = "";

        public bool IsEnded { get; init; }

        public bool IsConfirmed { get; init; }

        public long Number { get; init; }
    }

    private sealed class RunRow
    {
        public string RunId { get; init; } = "";

        public DateOnly AsOf { get; init; }

        public string Command { get; init; } = "";

        public string? Restriction { get; init; }

        public string Status { get; init; } = "";

        public int? ExitCode { get; init; }

        public bool HasDecided { get; init; }
    }

    private sealed class CountRow
    {
        public string RunId { get; init; } = "";

        public string Item { get; init; } = "";

        public long Number { get; init; }
    }

    private sealed class SentRow
    {
        public string PlanType { get; init; } = "";

        public string Decision { get; init; } = "";

        public string Reason { get; init; } = "";

        public long Number { get; init; }
    }

    private sealed class MissingRow
    {
        public string PersonId { get; init; } = "";

        public DateOnly FirstIssuedOn { get; init; }

        public bool IsOpen { get; init; }
    }

    private sealed class RejectionRow
    {
        public string? AnswerCode { get; init; }

        public long Number { get; init; }

        public long Standing { get; init; }
    }

    private sealed class StandingRow
    {
        public string LocalPersonId { get; init; } = "";

        public string PlanType { get; init; } = "";

        public DateOnly StartDate { get; init; }

        public long FileNumber { get; init; }

        public string? AnswerCode { get; init; }

        public DateTimeOffset? AnsweredAt { get; init; }
    }

    private sealed class OrganisationRow
    {
        public string? OrganisationCode { get; init; }

        public string? OrganisationName { get; init; }

        public string? JobRole { get; init; }

        public long Number { get; init; }
    }

    private sealed class HourRow
    {
        public DateTimeOffset Hour { get; init; }

        public bool TimeIsKnown { get; init; }

        public long Number { get; init; }
    }

    private sealed class PatternRow
    {
        public string PersonId { get; init; } = "";

        public DateOnly IssuedOn { get; init; }

        public long Accesses { get; init; }

        public long Organisations { get; init; }
    }

    private sealed class IdentityRow
    {
        public string? NhsNumber { get; init; }

        public string? FamilyName { get; init; }

        public string? GivenNames { get; init; }

        public string? DateOfBirth { get; init; }
    }
}
