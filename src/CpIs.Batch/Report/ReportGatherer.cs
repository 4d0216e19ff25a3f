using CpIs.Batch.Commands;
using CpIs.Batch.Steps;
using CpIs.Domain.Alerts;
using CpIs.Domain.Time;
using CpIs.Storage;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Report;

namespace CpIs.Batch.Report;

/// <summary>Reads what a report shows. Ages are whole London days up to the business date, so that the same data gives the same page.</summary>
internal sealed class ReportGatherer(CommandContext context, StorageSession session)
{
    /// <summary>Days of the trends, the business date included.</summary>
    public const int TrendDays = 60;

    /// <summary>So many lines of a list are shown.</summary>
    public const int MostListed = 50;

    private const int PatternDays = 30;
    private const int MostNamed = 15;
    private const int DayHours = 24;
    private static readonly (int From, string Label)[] s_outstanding =
        [(0, "up to 2 days"), (3, "3 to 7 days"), (8, "8 to 14 days"), (15, "15 to 28 days"), (29, "29 to 90 days"), (91, "more than 90 days")];

    private static readonly (int From, string Label)[] s_unanswered = [(0, "today or yesterday"), (2, "2 to 3 days"), (4, "4 to 7 days"), (8, "more than 7 days")];

    private readonly ReportStore _store = new(session);

    private DateOnly Today => context.BusinessDate;

    private DateOnly FirstDay => Today.AddDays(1 - TrendDays);

    public async Task<ReportData> GatherAsync(CancellationToken cancellationToken)
    {
        var runs = await _store.RunsAsync(FirstDay, Today, cancellationToken);
        var nights = runs.Where(r => r is { HasDecided: true, IsRestricted: false }).GroupBy(r => r.AsOf).ToDictionary(g => g.Key, g => g.Last());
        var tonight = runs.LastOrDefault(r => r is { HasDecided: true, IsRestricted: false });
        List<DateOnly> days = [.. Enumerable.Range(0, TrendDays).Select(FirstDay.AddDays)];
        return new ReportData(
            Today,
            context.Settings.Authority.Name,
            days,
            tonight,
            runs.Any(r => r.Status == "running"),
            await OperatorNeeds.ReadAsync(session, London.StartOf(Today.AddDays(1)), cancellationToken),
            await _store.SharedAsync(Today, cancellationToken),
            await ChangesAsync(tonight, cancellationToken),
            await WithheldAsync(days, nights, cancellationToken),
            await MatchRateAsync(days, nights, cancellationToken),
            await MissingAsync(cancellationToken),
            await RejectionsAsync(cancellationToken),
            await AccessesAsync(cancellationToken),
            await CapAsync(_store.Patterns(Today.AddDays(1 - PatternDays), Today, London.StartOf(Today.AddDays(1 - PatternDays)), London.StartOf(Today.AddDays(1))), cancellationToken),
            await UnansweredAsync(cancellationToken),
            null);
    }

    /// <summary>Who the people are whom the page lists; only they are looked up.</summary>
    public async Task<IReadOnlyDictionary<string, Identity>> IdentitiesAsync(ReportData data, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, Identity>(StringComparer.Ordinal);
        var listed = data.Missing.People.Items.Select(p => p.PersonId)
            .Concat(data.Rejections.Standing.Items.Select(p => p.PersonId)).Concat(data.Patterns.Items.Select(p => p.PersonId));
        foreach (var id in listed.Distinct(StringComparer.Ordinal))
        {
            if (await _store.IdentityAsync(id, cancellationToken) is { } identity)
            {
                found.Add(id, identity);
            }
        }

        return found;
    }

    private async Task<TonightChanges> ChangesAsync(ReportRun? tonight, CancellationToken cancellationToken)
    {
        if (tonight is null)
        {
            return new TonightChanges([], [], 0, []);
        }

        var files = await new FileStore(session).OfRunAsync(tonight.RunId, cancellationToken);
        var alerts = await new AlertStore(session).RaisedByAsync(tonight.RunId, cancellationToken);
        return new TonightChanges(
            await _store.SentByAsync(tonight.RunId, cancellationToken),
            [.. files.Where(f => f.RecordCount > 0).Select(f => new FileLine(f.Number, f.RecordCount, StatusOf(f)))],
            await _store.AccessesByAsync(tonight.RunId, cancellationToken),
            [.. alerts.GroupBy(a => a.Type.Code, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => KeyValuePair.Create(g.Key, g.Sum(a => (long)a.Number)))]);
    }

    private static string StatusOf(StoredFile file) => file switch
    {
        { Status: FileStatus.Void } => "replaced by a later file, never sent",
        { IsRefused: true } => "refused by the transport",
        { Status: FileStatus.Ready } => "waits to be sent",
        { Status: FileStatus.Sending } => "was being sent, outcome not known",
        { AnsweredAt: null } => "sent, no answer yet",
        { Outcome: FileOutcome.Confirmed } => "confirmed",
        { Outcome: FileOutcome.Failed } => "came to nothing, due again",
        _ => "answered record by record",
    };

    private async Task<WithheldTrend> WithheldAsync(List<DateOnly> days, Dictionary<DateOnly, ReportRun> nights, CancellationToken cancellationToken)
    {
        var byRun = (await _store.FiguresAsync("withheld", FirstDay, Today, cancellationToken)).ToLookup(f => f.RunId, StringComparer.Ordinal);
        var byDay = days.ConvertAll(d => nights.TryGetValue(d, out var run)
            ? byRun[run.RunId].ToDictionary(f => f.Item, f => f.Number, StringComparer.Ordinal)
            : null);
        var reasons = byDay.OfType<Dictionary<string, long>>().SelectMany(d => d.Keys).Distinct(StringComparer.Ordinal)
            .Select(reason => new ReasonTrend(reason, byDay.ConvertAll(d => d is null ? (long?)null : d.GetValueOrDefault(reason))))
            .OrderByDescending(r => r.Latest).ThenBy(r => r.Reason, StringComparer.Ordinal).ToList();
        return new WithheldTrend(reasons, byDay.ConvertAll(d => d?.Values.Sum()));
    }

    private async Task<MatchRateTrend> MatchRateAsync(List<DateOnly> days, Dictionary<DateOnly, ReportRun> nights, CancellationToken cancellationToken)
    {
        var byRun = (await _store.FiguresAsync("match-rate", FirstDay, Today, cancellationToken)).ToLookup(f => f.RunId, StringComparer.Ordinal);
        return new MatchRateTrend(context.Settings.Reconcile.MatchRateFloor, days.ConvertAll(d =>
        {
            var figures = nights.TryGetValue(d, out var run) ? byRun[run.RunId].ToDictionary(f => f.Item, f => f.Number, StringComparer.Ordinal) : null;
            return figures is null ? null : new MatchFigure(figures.GetValueOrDefault("in-scope"), figures.GetValueOrDefault("matched"));
        }));
    }

    private async Task<MissingNumbers> MissingAsync(CancellationToken cancellationToken)
    {
        var bands = new long[s_outstanding.Length];
        var people = await CapAsync(Counted(_store.NumbersMissing()), cancellationToken);
        return new MissingNumbers(BandsOf(s_outstanding, bands), people);

        async IAsyncEnumerable<MissingNumber> Counted(IAsyncEnumerable<MissingNumber> all)
        {
            await foreach (var person in all)
            {
                bands[BandOf(s_outstanding, Today.DayNumber - person.Since.DayNumber)]++;
                yield return person;
            }
        }
    }

    private async Task<Rejections> RejectionsAsync(CancellationToken cancellationToken)
    {
        var codes = await _store.RejectionsAsync(London.StartOf(FirstDay), cancellationToken);
        return new Rejections(
            new Capped<RejectionCount>([.. codes.Take(MostNamed)], codes.Count),
            await CapAsync(_store.StandingRejections(), cancellationToken));
    }

    private async Task<AccessFigures> AccessesAsync(CancellationToken cancellationToken)
    {
        var (from, before) = (London.StartOf(FirstDay), London.StartOf(Today.AddDays(1)));
        var kinds = new Dictionary<string, long>(StringComparer.Ordinal);
        var organisations = new Dictionary<string, long>(StringComparer.Ordinal);
        var roles = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var row in _store.AccessesByOrganisation(from, before).WithCancellation(cancellationToken))
        {
            Add(kinds, ServiceKinds.Of(row.Name), row.Number);
            Add(organisations, (Clean(row.Name), Clean(row.Code)) switch
            {
                ({ Length: > 0 } name, { Length: > 0 } code) => $"{name} ({code})",
                ({ Length: > 0 } name, _) => name,
                (_, { Length: > 0 } code) => code,
                _ => "not given",
            }, row.Number);
            Add(roles, Clean(row.JobRole) is { Length: > 0 } role ? role : "not given", row.Number);
        }

        var grid = Enumerable.Range(0, 7).Select(_ => new long[DayHours]).ToArray();
        var withoutTime = 0L;
        await foreach (var row in _store.AccessesByHour(from, before).WithCancellation(cancellationToken))
        {
            if (row.TimeIsKnown)
            {
                var clock = London.At(row.Hour);
                grid[((int)clock.DayOfWeek + 6) % 7][clock.Hour] += row.Number;
            }
            else
            {
                withoutTime += row.Number;
            }
        }

        return new AccessFigures(
            kinds.Values.Sum(), Ordered(kinds), Cap(Ordered(organisations)), Cap(Ordered(roles)), grid, withoutTime, await _store.AccessesWithoutPersonAsync(cancellationToken));
    }

    private async Task<UnansweredFiles> UnansweredAsync(CancellationToken cancellationToken)
    {
        var bands = new long[s_unanswered.Length];
        var files = (await new FileStore(session).UnansweredAsync(London.StartOf(Today.AddDays(1)), cancellationToken)).Select(f =>
        {
            var toldOn = London.DateOf(f.ToldAt ?? f.BegunAt ?? f.CreatedAt);
            var days = Today.DayNumber - toldOn.DayNumber;
            bands[BandOf(s_unanswered, days)]++;
            return new UnansweredFile(f.Number, f.RecordCount, toldOn, days);
        }).ToList();
        return new UnansweredFiles(BandsOf(s_unanswered, bands), new Capped<UnansweredFile>([.. files.Take(MostListed)], files.Count));
    }

    private static async Task<Capped<T>> CapAsync<T>(IAsyncEnumerable<T> all, CancellationToken cancellationToken)
    {
        var kept = new List<T>();
        var total = 0L;
        await foreach (var item in all.WithCancellation(cancellationToken))
        {
            total++;
            if (kept.Count < MostListed)
            {
                kept.Add(item);
            }
        }

        return new Capped<T>(kept, total);
    }

    private static Capped<Band> Cap(List<Band> all) => new([.. all.Take(MostNamed)], all.Count);

    private static List<Band> Ordered(Dictionary<string, long> counts) =>
        [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => new Band(c.Key, c.Value))];

    private static void Add(Dictionary<string, long> counts, string item, long number) => counts[item] = counts.GetValueOrDefault(item) + number;

    private static string Clean(string? text) => ColumnText.Clean(text);

    private static int BandOf((int From, string Label)[] bands, int days) => Array.FindLastIndex(bands, b => b.From <= Math.Max(0, days));

    private static List<Band> BandsOf((int From, string Label)[] bands, long[] numbers) => [.. bands.Select((b, i) => new Band(b.Label, numbers[i]))];
}
