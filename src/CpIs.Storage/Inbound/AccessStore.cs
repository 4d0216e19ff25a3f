using CpIs.Domain.Accesses;
using CpIs.Domain.Alerts;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Storage.Providers;

namespace CpIs.Storage.Inbound;

/// <summary>An access that matched nobody yet (rule A4).</summary>
/// <param name="Access">As recorded: number and local id as given, other texts cut to their columns. It has no query id; <paramref name="Identity"/> stands for it.</param>
public sealed record UnmatchedAccess(long AccessId, Access Access, AccessIdentity Identity, string GivenKey, long InboundId);

/// <summary>An access to be recorded on a file, or without one.</summary>
/// <param name="File">Null while it matches nobody.</param>
/// <param name="MadeAt">The instant at which CP-IS made the notification, where it says so (rule A9).</param>
/// <param name="ReceivedAt">The instant at which the message was stored.</param>
public sealed record NewAccess(Access Access, AccessIdentity Identity, ReachedFile? File, long InboundId, DateTimeOffset? MadeAt, DateTimeOffset ReceivedAt)
{
    /// <summary>With the number and local id as given (rule A3).</summary>
    public string GivenKey { get; } = Identity.AsGiven(Access.NhsNumber, Access.LocalPersonId);

    /// <summary>No two rows of the audit have the same (rule A3).</summary>
    public string DedupeKey => File is null ? GivenKey : Identity.ForChild(File.PersonId);
}

/// <summary>An access that became an alert more than 24 hours after CP-IS made the notification, or has not become one yet (rule A9).</summary>
/// <param name="PersonId">Null while it matches nobody.</param>
/// <param name="AlertedAt">Null while it matches nobody.</param>
public sealed record LateAccess(long AccessId, string? PersonId, DateTimeOffset MadeAt, DateTimeOffset? AlertedAt);

/// <summary>The CP-IS audit (contract section 4, <c>cpis_access_audit</c>).</summary>
public sealed class AccessStore(StorageSession session)
{
    private static readonly TimeSpan InTime = TimeSpan.FromHours(24);

    private static readonly BulkTable Audit = new(
        "cpis_access_audit",
        "person_id", "nhs_number", "accessed_at", "accessed_by", "job_role", "organisation_code", "organisation_name", "upload_file_number", "query_id",
        "received_at", "time_is_known", "through_mother", "query_key", "given_key", "dedupe_key", "given_number", "given_local_id", "made_at", "inbound_id",
        "recorded_by_run", "matched_at", "pattern_pending");

    /// <summary>True when the access is on this child's file already (rule A3).</summary>
    public async Task<bool> IsRecordedAsync(AccessIdentity identity, string personId, CancellationToken cancellationToken) =>
        await session.ScalarAsync<long>("access/is_recorded", new { key = identity.ForChild(personId) }, cancellationToken) > 0;

    /// <summary>True when the access was recorded with this number and local id as given, whomever it was matched to (rule A3).</summary>
    public async Task<bool> IsRecordedAsGivenAsync(AccessIdentity identity, Access access, CancellationToken cancellationToken) =>
        await session.ScalarAsync<long>("access/is_recorded_as_given", new { key = identity.AsGiven(access.NhsNumber, access.LocalPersonId) }, cancellationToken) > 0;

    /// <summary>Records accesses, in bulk, in the order given: all of them or none (rule A1).</summary>
    /// <param name="now">The instant at which those on a file count as matched (rule A9).</param>
    /// <exception cref="StorageException">The database failed, or the audit has one of them already (rule A3).</exception>
    public Task AddAsync(IEnumerable<NewAccess> accesses, string runId, DateTimeOffset now, CancellationToken cancellationToken) =>
        session.BulkInsertAsync(Audit, accesses.Select(a => Row(a, runId, now)).ToAsyncEnumerable(), cancellationToken);

    /// <summary>Accesses that match nobody yet, in order of their ids; at most 500 at a time.</summary>
    /// <param name="after">The last id seen, 0 for the first.</param>
    public async Task<IReadOnlyList<UnmatchedAccess>> UnmatchedAsync(long after, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<UnmatchedRow>("access/unmatched", new { after }, cancellationToken)).Select(r => new UnmatchedAccess(
            r.AccessId,
            new Access(
                null, r.AccessedAt, r.TimeIsKnown, r.GivenNumber, r.GivenLocalId, r.AccessedBy, r.JobRole, r.OrganisationCode, r.OrganisationName, r.UploadFileNumber),
            new AccessIdentity(r.QueryKey),
            r.GivenKey,
            r.InboundId)),
    ];

    /// <summary>
    /// Puts an unmatched access on the files it belongs to (rule A4): the first file that does not have it keeps the access id, each
    /// other gets a row of its own. If all have it already, the unmatched row was the same access twice and goes.
    /// </summary>
    /// <returns>The files on which it is new.</returns>
    public Task<IReadOnlyList<ReachedFile>> MatchAsync(UnmatchedAccess unmatched, IReadOnlyList<ReachedFile> files, DateTimeOffset now, CancellationToken cancellationToken) =>
        session.InRepeatableTransactionAsync<IReadOnlyList<ReachedFile>>(
            async () =>
            {
                var added = new List<ReachedFile>();
                foreach (var file in files)
                {
                    if (await IsRecordedAsync(unmatched.Identity, file.PersonId, cancellationToken))
                    {
                        continue;
                    }

                    await session.ExecuteAsync(
                        added.Count == 0 ? "access/match" : "access/copy",
                        new { accessId = unmatched.AccessId, personId = file.PersonId, throughMother = file.ThroughMother, dedupeKey = unmatched.Identity.ForChild(file.PersonId), now },
                        cancellationToken);
                    added.Add(file);
                }

                if (added.Count == 0)
                {
                    await session.ExecuteAsync("access/remove_unmatched", new { accessId = unmatched.AccessId }, cancellationToken);
                }

                return added;
            },
            cancellationToken);

    /// <summary>People with accesses that no run has looked at for a pattern (rule A7).</summary>
    public Task<IReadOnlyList<string>> PatternPendingAsync(CancellationToken cancellationToken) =>
        session.QueryAsync<string>("access/pattern_pending", null, cancellationToken);

    /// <summary>Every access on a person's file, in order of time.</summary>
    public async Task<IReadOnlyList<PatternAccess>> OfPersonAsync(string personId, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<PatternRow>("access/of_person", new { personId }, cancellationToken)).Select(r => new PatternAccess(
            r.AccessId, r.AccessedAt, r.AccessedBy, r.JobRole, r.OrganisationCode, r.OrganisationName, r.IsNew)),
    ];

    /// <summary>Notes that a person's accesses were looked at for a pattern. Belongs into one transaction with the alerts.</summary>
    public Task PatternDoneAsync(string personId, CancellationToken cancellationToken) =>
        session.ExecuteAsync("access/pattern_done", new { personId }, cancellationToken);

    /// <summary>Accesses that were late (rule A9), in order of their ids.</summary>
    /// <param name="since">Only those received then or later.</param>
    /// <param name="now">An access that matches nobody is late by how long it has waited until now.</param>
    public async Task<IReadOnlyList<LateAccess>> LateAsync(DateTimeOffset since, DateTimeOffset now, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync<LateRow>("access/made_since", new { since }, cancellationToken))
            .Where(r => (r.MatchedAt ?? now) - r.MadeAt > InTime)
            .Select(r => new LateAccess(r.AccessId, r.PersonId, r.MadeAt, r.MatchedAt)),
    ];

    private static object?[] Row(NewAccess a, string runId, DateTimeOffset now) =>
    [
        a.File?.PersonId,
        NhsNumber.TryParse(a.Access.NhsNumber, out var number) ? number.Value : ColumnText.ForColumn(a.Access.NhsNumber),
        a.Access.AccessedAt,
        ColumnText.ForColumn(a.Access.AccessedBy),
        ColumnText.ForColumn(a.Access.JobRole),
        ColumnText.ForColumn(a.Access.OrganisationCode),
        ColumnText.ForColumn(a.Access.OrganisationName),
        ColumnText.ForColumn(a.Access.UploadFileNumber),
        ColumnText.ForColumn(a.Access.QueryId),
        a.ReceivedAt,
        a.Access.TimeIsKnown,
        a.File?.ThroughMother ?? false,
        a.Identity.QueryKey,
        a.GivenKey,
        a.DedupeKey,
        a.Access.NhsNumber,
        a.Access.LocalPersonId,
        a.MadeAt,
        a.InboundId,
        runId,
        a.File is null ? null : now,
        a.File is not null,
    ];

    private sealed class LateRow
    {
        public long AccessId { get; init; }

        public string? PersonId { get; init; }

        public DateTimeOffset MadeAt { get; init; }

        public DateTimeOffset? MatchedAt { get; init; }
    }

    private sealed class UnmatchedRow
    {
        public long AccessId { get; init; }

        public DateTimeOffset AccessedAt { get; init; }

        public bool TimeIsKnown { get; init; }

        public string? GivenNumber { get; init; }

        public string? GivenLocalId { get; init; }

        public string? AccessedBy { get; init; }

        public string? JobRole { get; init; }

        public string? OrganisationCode { get; init; }

        public string? OrganisationName { get; init; }

        public string? UploadFileNumber { get; init; }

        public string QueryKey { get; init; } = string.Empty;

        public string GivenKey { get; init; } = string.Empty;

        public long InboundId { get; init; }
    }

    private sealed class PatternRow
    {
        public long AccessId { get; init; }

        public DateTimeOffset AccessedAt { get; init; }

        public string? AccessedBy { get; init; }

        public string? JobRole { get; init; }

        public string? OrganisationCode { get; init; }

        public string? OrganisationName { get; init; }

        public bool IsNew { get; init; }
    }
}
