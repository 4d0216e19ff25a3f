using System.Globalization;
using CpIs.Batch.Recovery;
using CpIs.Batch.Steps;
using CpIs.Storage;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>status</c>: looks and changes nothing; takes no lock, so that it can be asked during a run.</summary>
internal static class StatusHandler
{
    private const int RunsShown = 7;

    public static async Task<int> RunAsync(CommandContext context, StatusOptions options, CancellationToken cancellationToken)
    {
        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        if (context.AsOfGiven)
        {
            await KnownDates.RefuseEarlierAsync(context, session, cancellationToken);
        }

        var now = context.Clock.GetUtcNow();
        var runs = await new RunStore(session).LatestAsync(RunsShown, cancellationToken);
        var files = new FileStore(session);
        var due = await files.DueAsync(cancellationToken);
        var unanswered = await files.UnansweredAsync(now, cancellationToken);
        var open = await new AlertStore(session).OpenAsync(cancellationToken);
        var needs = await OperatorNeeds.ReadAsync(session, now, cancellationToken);
        var quarantined = await new InboundStore(session).InQuarantineAsync(cancellationToken);
        var beyond = await BeyondLedger.LookAsync(context, session, withAnswers: true, cancellationToken);
        var window = TimeSpan.FromHours(context.Settings.Reconcile.AcknowledgementHours);
        var status = new
        {
            AsOf = context.BusinessDate,
            Runs = runs.Select(r => new { r.RunId, r.Command, r.AsOf, Status = r.Status.ToString().ToLowerInvariant(), r.ExitCode, r.StartedAt, r.EndedAt }).ToList(),
            Due = due.Select(f => new { Number = f.Number.Value, f.RecordCount, Refused = f.IsRefused, f.FailureText }).ToList(),
            Unanswered = unanswered.Select(f => new { Number = f.Number.Value, f.RecordCount, f.ToldAt, Lost = now - f.ToldAt >= window }).ToList(),
            OldestUnsentHours = TransformSummary.Hours(await files.OldestUntoldChangeAsync(cancellationToken), now),
            MatchRate = await MatchRateAsync(session, context.BusinessDate, cancellationToken),
            Ledger = await new LedgerStore(session).CountByStateAsync(cancellationToken),
            OpenAlerts = open.GroupBy(a => a.Type.Code, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(a => a.Number), StringComparer.Ordinal),
            Operator = needs,
            Quarantined = quarantined.Select(m => new { m.InboundId, Whole = m.IsWhole }).ToList(),
            Beyond = new
            {
                Files = beyond.Files.Select(n => n.Value).ToList(),
                beyond.Messages,
                Answers = beyond.Answers.Select(n => n.Value).ToList(),
                Problem = beyond.Any ? beyond.InWords : null,
            },
        };
        context.Output.Result(status, console =>
        {
            var table = new Table().AddColumns("run", "command", "business date", "status", "exit code");
            foreach (var run in status.Runs)
            {
                table.AddRow(
                    Markup.Escape(run.RunId), run.Command, run.AsOf.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), run.Status,
                    run.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? string.Empty);
            }

            console.Write(table);
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"Files due: {status.Due.Count}. Files without an answer: {status.Unanswered.Count}, of which lost: {status.Unanswered.Count(f => f.Lost)}."));
            if (status.OldestUnsentHours is { } hours)
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Oldest unsent change: {hours:F0} hours."));
            }

            console.WriteLine(ReconcileHandler.MatchRateLine(status.MatchRate));
            Counts(console, "open alerts", status.OpenAlerts.Select(a => KeyValuePair.Create(a.Key, (long)a.Value)));
            Counts(console, "ledger", status.Ledger);
            if (beyond.Any)
            {
                console.WriteLine(beyond.InWords);
            }

            console.WriteLine(needs.Any || beyond.Any ? "Something needs an operator:" : "Nothing needs an operator.");
            foreach (var (type, number) in needs.RoleAlerts)
            {
                console.WriteLine($"  {number} open role alerts: {type}");
            }

            foreach (var message in quarantined)
            {
                console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"  message {message.InboundId} in quarantine{(message.IsWhole ? string.Empty : " in part")}: cpis ingest-access --replay {message.InboundId}"));
            }

            if (needs.Rejected > 0)
            {
                console.WriteLine($"  {needs.Rejected} records refused by CP-IS and unchanged since");
            }

            if (needs.Refused > 0)
            {
                console.WriteLine($"  {needs.Refused} files refused by the transport");
            }

            if (needs.Stuck > 0)
            {
                console.WriteLine($"  {needs.Stuck} files that the transport has not taken for long");
            }

            if (beyond.Any)
            {
                console.WriteLine("  a database that is older than what was sent and received");
            }
        });
        return needs.Any || beyond.Any ? ExitCodes.NeedsOperator : ExitCodes.Done;
    }

    private static void Counts(IAnsiConsole console, string title, IEnumerable<KeyValuePair<string, long>> counts)
    {
        var list = counts.ToList();
        if (list.Count > 0)
        {
            console.Write(TransformSummary.CountTable(title, list));
        }
    }

    /// <summary>The match rate of the latest transform of the past year (rule K5).</summary>
    private static async Task<decimal?> MatchRateAsync(StorageSession session, DateOnly today, CancellationToken cancellationToken)
    {
        var counts = await new RunStore(session).CountsAsync("match-rate", today.AddYears(-1), cancellationToken);
        var latest = counts.Count > 0 ? counts[^1] : null;
        if (latest is null)
        {
            return null;
        }

        var figures = counts.Where(c => c.RunId == latest.RunId).ToDictionary(c => c.Item, c => c.Number, StringComparer.Ordinal);
        return figures.GetValueOrDefault("in-scope") is var inScope and > 0 ? Math.Round((decimal)figures.GetValueOrDefault("matched") / inScope, 4) : null;
    }
}
