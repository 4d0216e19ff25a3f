using CpIs.Batch.Steps;
using CpIs.Domain.Accesses;
using CpIs.Domain.Alerts;
using CpIs.Domain.Exchange;
using CpIs.Storage;
using CpIs.Storage.Inbound;

namespace CpIs.Batch.Ingest;

/// <summary>Makes audit rows and alerts of accesses (rules A1 to A4, A7, A8, A10).</summary>
internal sealed class AccessApplier(CouncilRun run, CareFacts care, AlertDesk desk)
{
    private const int AtOnce = 500;
    private readonly AccessStore _store = new(run.Session);

    /// <summary>True when earlier runs left accesses that match nobody, or that were not looked at for a pattern.</summary>
    public static async Task<bool> HasWorkAsync(StorageSession session, CancellationToken cancellationToken)
    {
        var store = new AccessStore(session);
        return (await store.UnmatchedAsync(0, cancellationToken)).Count > 0 || (await store.PatternPendingAsync(cancellationToken)).Count > 0;
    }

    /// <summary>Applies a notification inside the caller's transaction.</summary>
    public async Task ApplyAsync(AccessNotification notification, InboundHead head, IngestTally tally, CancellationToken cancellationToken)
    {
        if (notification is { BlockCount: 0, QueryCount: 0, StatedTotal: null or 0 })
        {
            tally.EmptyNotifications++;
        }

        if (notification.StatedTotal is { } total && total != notification.BlockCount && total != notification.QueryCount)
        {
            await desk.RaiseToRoleAsync(
                AlertType.CountMismatch,
                AlertWording.CountMismatch(
                    $"access notification {head.InboundId}",
                    $"{total} stated, but {notification.BlockCount} records with {notification.QueryCount} accesses in it"),
                FormattableString.Invariant($"access-counts:{head.InboundId}"),
                head.InboundId,
                tally,
                cancellationToken);
        }

        foreach (var some in notification.Accesses.Chunk(AtOnce))
        {
            var batch = new Batch();
            foreach (var access in some)
            {
                await RecordAsync(access, notification.MadeAt, head, batch, tally, cancellationToken);
            }

            if (batch.Rows.Count > 0)
            {
                await _store.AddAsync(batch.Rows, run.RunId, run.Now, cancellationToken);
                await desk.RaiseAsync(batch.Alerts, head.InboundId, tally, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Tries again to match what matched nobody in earlier runs (rule A4). Each access is a transaction of its own.
    /// </summary>
    public async Task RematchAsync(IngestTally tally, CancellationToken cancellationToken)
    {
        long last = 0;
        while (await _store.UnmatchedAsync(last, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var unmatched in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                last = unmatched.AccessId;
                var match = AccessMatcher.Match(unmatched.Access, await care.FactsAsync(unmatched.Access.NhsNumber, unmatched.Access.LocalPersonId, cancellationToken));
                if (!match.IsNobody)
                {
                    tally.Add(await RematchAsync(unmatched, match, cancellationToken));
                }
            }
        }
    }

    /// <summary>Looks for patterns among the accesses of everybody who has a new one (rule A7). Each person is a transaction of their own.</summary>
    public async Task FindPatternsAsync(IngestTally tally, CancellationToken cancellationToken)
    {
        foreach (var personId in await _store.PatternPendingAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var own = new IngestTally();
            await run.Session.InTransactionAsync(
                async () =>
                {
                    var found = AccessPattern.Find(await _store.OfPersonAsync(personId, cancellationToken), desk.Policy.Pattern);
                    if (found.Count > 0)
                    {
                        var person = care.Person(personId);
                        await desk.RaiseAsync(
                            AlertType.AccessPattern,
                            personId,
                            care.RecipientsOf(person, desk.Policy.DutyRole),
                            AlertWording.Pattern(AlertWording.NameOf(person, personId), found),
                            AlertCause.Pattern(found.Select(a => a.AccessId)),
                            null,
                            own,
                            cancellationToken);
                    }

                    await _store.PatternDoneAsync(personId, cancellationToken);
                },
                cancellationToken);
            tally.Add(own);
        }
    }

    private async Task RecordAsync(Access access, DateTimeOffset? madeAt, InboundHead head, Batch batch, IngestTally tally, CancellationToken cancellationToken)
    {
        var identity = AccessIdentity.Of(access);
        var match = AccessMatcher.Match(access, await care.FactsAsync(access.NhsNumber, access.LocalPersonId, cancellationToken));
        if (match.IsNobody)
        {
            var row = new NewAccess(access, identity, null, head.InboundId, madeAt, head.ReceivedAt);
            if (batch.IsRecordedAsGiven(row) || await _store.IsRecordedAsGivenAsync(identity, access, cancellationToken))
            {
                tally.KnownAccesses++;
                return;
            }

            batch.Add(row);
            tally.Accesses++;
            tally.Unmatched++;
            var text = match.ConflictWith.Count > 0 ? AlertWording.Conflict(access, [], match.ConflictWith) : AlertWording.Unmatched(access);
            batch.Alerts.AddRange(desk.RoleDrafts(AlertType.UnmatchedAccess, text, row.GivenKey));
            return;
        }

        var added = new List<ReachedFile>();
        foreach (var file in match.Files)
        {
            var row = new NewAccess(access, identity, file, head.InboundId, madeAt, head.ReceivedAt);
            if (!batch.IsRecorded(row) && !await _store.IsRecordedAsync(identity, file.PersonId, cancellationToken))
            {
                batch.Add(row);
                added.Add(file);
            }
        }

        if (added.Count == 0)
        {
            tally.KnownAccesses++;
            return;
        }

        tally.Accesses++;
        batch.Alerts.AddRange(Told(access, identity, identity.AsGiven(access.NhsNumber, access.LocalPersonId), match, added));
    }

    private async Task<IngestTally> RematchAsync(UnmatchedAccess unmatched, AccessMatch match, CancellationToken cancellationToken)
    {
        var tally = new IngestTally { Rematched = 1 };
        await run.Session.InTransactionAsync(
            async () =>
            {
                var added = await _store.MatchAsync(unmatched, match.Files, run.Now, cancellationToken);
                await desk.CloseAsync(AlertType.UnmatchedAccess, unmatched.GivenKey, cancellationToken);
                await desk.RaiseAsync([.. Told(unmatched.Access, unmatched.Identity, unmatched.GivenKey, match, added)], unmatched.InboundId, tally, cancellationToken);
            },
            cancellationToken);
        return tally;
    }

    /// <summary>What is told of an access that is new on these files.</summary>
    private IEnumerable<AlertDraft> Told(Access access, AccessIdentity identity, string givenKey, AccessMatch match, IReadOnlyList<ReachedFile> added)
    {
        foreach (var file in added)
        {
            var person = care.Person(file.PersonId);
            foreach (var draft in desk.Drafts(
                AlertType.Access,
                file.PersonId,
                care.RecipientsOf(person, desk.Policy.DutyRole),
                AlertWording.Access(AlertWording.NameOf(person, file.PersonId), file.ThroughMother, access),
                identity.ForChild(file.PersonId)))
            {
                yield return draft;
            }
        }

        if (match.ConflictWith.Count > 0 && added.Count > 0)
        {
            foreach (var draft in desk.RoleDrafts(
                AlertType.UnmatchedAccess, AlertWording.Conflict(access, [.. match.Files.Select(f => f.PersonId)], match.ConflictWith), "conflict:" + givenKey))
            {
                yield return draft;
            }
        }
    }

    /// <summary>Audit rows and alerts of a notification that are written together; what is not written yet counts as recorded.</summary>
    private sealed class Batch
    {
        private readonly HashSet<string> _dedupeKeys = new(StringComparer.Ordinal);
        private readonly HashSet<string> _givenKeys = new(StringComparer.Ordinal);

        public List<NewAccess> Rows { get; } = [];

        public List<AlertDraft> Alerts { get; } = [];

        public bool IsRecorded(NewAccess row) => _dedupeKeys.Contains(row.DedupeKey);

        public bool IsRecordedAsGiven(NewAccess row) => _givenKeys.Contains(row.GivenKey);

        public void Add(NewAccess row)
        {
            Rows.Add(row);
            _dedupeKeys.Add(row.DedupeKey);
            _givenKeys.Add(row.GivenKey);
        }
    }
}
