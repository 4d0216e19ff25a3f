using System.Globalization;
using CpIs.Batch.Commands;
using CpIs.Domain.Alerts;
using CpIs.Domain.Decisions;
using CpIs.Domain.Values;
using CpIs.Messages.Decisions;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Storage.Reconcile;
using CpIs.Storage.Runs;
using CpIs.Storage.Workspaces;

namespace CpIs.Batch.Steps;

/// <summary>What a reconcile found.</summary>
/// <param name="Findings">The first of them; all are in the file.</param>
/// <param name="Counts">How many there are by kind.</param>
internal sealed record ReconcileResult(IReadOnlyList<Finding> Findings, IReadOnlyDictionary<string, long> Counts, decimal? MatchRate, int AlertsRaised);

/// <summary>
/// Reads the source once more, after the fact, and compares it with the ledger (rule K4); keeps the standing alerts right (rules A5, S6,
/// N6); chases files without an answer (rule U9); works out the match rate (rule K5).
/// </summary>
internal sealed class ReconcileStep(CouncilRun run)
{
    /// <summary>A change must be told, and an access be an alert, within a day (rules U5, A9).</summary>
    private const int InTimeHours = 24;

    /// <summary>How far back late ones are listed.</summary>
    private static readonly TimeSpan s_lookBack = TimeSpan.FromDays(7);

    private readonly FileStore _files = new(run.Session);
    private readonly AlertStore _alerts = new(run.Session);
    private readonly RoleAlerts _roleAlerts = new(run);
    private FindingList _findings = null!;
    private int _raised;

    private DateOnly Today => run.Context.BusinessDate;

    /// <param name="people">A restricted run opens and closes standing alerts only for people inside it (rule U8).</param>
    /// <param name="folder">Where <c>findings.csv</c> is written.</param>
    public Task<ReconcileResult> RunAsync(PeopleRange people, string folder, CancellationToken cancellationToken) => run.StepAsync("reconcile", () =>
        run.Context.Output.WithProgressAsync("Reconciling", async progress =>
        {
            await using var workspace = await SourceWorkspace.OpenAsync(run, ExtractStep.RestrictionOf(people), cancellationToken);
            await using var findings = await FindingList.BeginAsync(folder);
            _findings = findings;
            var counts = workspace.Counts();
            progress.Total = counts.Households;
            var context = new DecisionContext(
                Today, run.Now, run.Context.Settings.Rules(), NothingIsGone: counts.HasUnknownPerson);
            var facts = await DecisionPass.RunAsync(workspace, context, progress, cancellationToken);

            await FilesAsync(cancellationToken);
            await RejectedAsync(cancellationToken);
            await StandingAlertsAsync(workspace, facts, people, cancellationToken);
            await DriftAsync(workspace, cancellationToken);
            foreach (var (personId, rowId) in facts.OpenPast18)
            {
                await _findings.AddAsync(new Finding("S13", FindingKinds.OpenPast18, personId, null, rowId, null, "The row is still open after the 18th birthday."));
            }

            await LateAsync(cancellationToken);
            await PastDueAsync(cancellationToken);
            await MatchRateAsync(facts, people);
            await findings.CompleteAsync();
            var result = new ReconcileResult(findings.Kept, findings.Counts, facts.MatchRate, _raised);
            return (result, new StepCounts(facts.Households, _raised, findings.Counts.Values.Sum(), counts.SetAside), (string?)null);
        }));

    private async Task FilesAsync(CancellationToken cancellationToken)
    {
        var window = run.Context.Settings.Rules().AcknowledgementWindow;
        foreach (var file in await _files.UnansweredAsync(run.Now - window, cancellationToken))
        {
            var toldAt = file.ToldAt ?? file.BegunAt ?? file.CreatedAt;
            await _findings.AddAsync(new Finding(
                "U9", FindingKinds.UnansweredFile, null, null, file.Number.ToString(), DaysSince(toldAt),
                string.Create(CultureInfo.InvariantCulture, $"{file.RecordCount} records without an answer; they count as lost and are sent again.")));
            await RaiseAsync(
                AlertType.NoAcknowledgement, AlertWording.NoAcknowledgement(file.Number, file.RecordCount, toldAt, window),
                $"no-acknowledgement:{file.Number}", cancellationToken);
        }

        foreach (var file in await _files.DueAsync(cancellationToken))
        {
            await _findings.AddAsync(new Finding(
                "U9", FindingKinds.UnsentFile, null, null, file.Number.ToString(), DaysSince(file.CreatedAt),
                file.FailureText ?? "Not sent yet."));
        }
    }

    /// <summary>Never negative: a clock that was ahead and has been put right leaves times in the future behind.</summary>
    private int DaysSince(DateTimeOffset time) => Math.Max(0, (int)(run.Now - time).TotalDays);

    private async Task RejectedAsync(CancellationToken cancellationToken)
    {
        await foreach (var record in new LedgerStore(run.Session).RejectedAsync().WithCancellation(cancellationToken))
        {
            await _findings.AddAsync(new Finding(
                "K1", FindingKinds.UploadRejected, record.Record.Content.LocalPersonId, record.Record.Key.PlanType.Code, record.FileNumber.ToString(),
                record.AnsweredAt is { } at ? DaysSince(at) : null, $"Refused with {record.AnswerCode}, and unchanged since."));
        }
    }

    /// <summary>Rules A5, S6, N6, and the list of missing numbers with their days outstanding.</summary>
    private async Task StandingAlertsAsync(Workspace workspace, PassFacts facts, PeopleRange people, CancellationToken cancellationToken)
    {
        var policy = run.Context.Settings.AlertPolicy();
        var problems = facts.Problems
            .Select(p => (Problem: p, Type: StandingAlerts.For(p.Reason)))
            .Where(p => p.Type is not null)
            .GroupBy(p => (p.Type!, p.Problem.ChildId))
            .ToDictionary(g => g.Key, g => g.First().Problem);
        var needs = problems.Keys.Select(k => new StandingNeed(
            k.Item1, k.ChildId, Recipients.Of(workspace.FindPerson(k.ChildId), workspace.FindWorker, policy.DutyRole))).ToList();
        var trays = await _alerts.StandingAsync(cancellationToken);
        if (people.IsRestricted)
        {
            var inside = await InsideAsync(workspace, cancellationToken);
            trays = [.. trays.Where(a => inside.Contains(a.PersonId))];
        }

        var changes = StandingAlerts.Compare(needs, trays, Today);
        _raised += await _alerts.ApplyAsync(
            changes,
            raise => AlertDraft.Create(
                raise.Type, raise.PersonId, raise.Recipient, Word(workspace, problems[(raise.Type, raise.PersonId)]), Cause(raise), Today, policy.DueDays, raise.FirstIssuedOn),
            run.RunId,
            run.Now,
            cancellationToken);

        foreach (var ((type, childId), problem) in problems.Where(p => p.Key.Item1 == AlertType.NumberMissing).OrderBy(p => p.Key.ChildId, StringComparer.Ordinal))
        {
            var first = trays.Where(a => a.Type == type && a.PersonId == childId).Select(a => a.FirstIssuedOn).DefaultIfEmpty(Today).Min();
            await _findings.AddAsync(new Finding(
                "A5", FindingKinds.NumberMissing, childId, null, problem.MotherId, Today.DayNumber - first.DayNumber, problem.Reason));
        }
    }

    private static string Cause(StandingRaise raise) => $"standing:{raise.Type.Code}";

    private static AlertText Word(Workspace workspace, StandingProblem problem)
    {
        var child = workspace.FindPerson(problem.ChildId);
        var name = AlertWording.NameOf(child, problem.ChildId);
        var mother = problem.MotherId is { } id ? workspace.FindPerson(id) : null;
        return problem.Reason switch
        {
            Reasons.ExpectedDateMissing => AlertWording.ExpectedDateMissing(name),
            Reasons.NumberDuplicate => AlertWording.NumberDuplicate(name, problem.MotherId is not null, Others(workspace, problem)),
            _ => AlertWording.NumberMissing(
                name,
                problem.Reason is Reasons.NumberInvalid or Reasons.MotherNumberInvalid,
                child?.IsUnborn != true ? null
                    : mother is null ? new MotherOfUnborn(null, null)
                    : new MotherOfUnborn(mother.PersonId, AlertWording.NameOf(mother, mother.PersonId))),
        };
    }

    private static List<string> Others(Workspace workspace, StandingProblem problem)
    {
        var holder = problem.MotherId ?? problem.ChildId;
        return NhsNumber.TryParse(workspace.FindPerson(holder)?.NhsNumber, out var number)
            ? [.. workspace.FindPeople(number).Select(p => p.PersonId).Where(id => id != holder)]
            : [];
    }

    private static async Task<HashSet<string>> InsideAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var inside = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var household in workspace.HouseholdsAsync(cancellationToken))
        {
            inside.UnionWith(household.Household.People.Select(p => p.PersonId));
        }

        return inside;
    }

    /// <summary>What CP-IS should be told and was not: ledger and source differ.</summary>
    private async Task DriftAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        await foreach (var decision in workspace.PayloadAsync(cancellationToken))
        {
            var hours = TransformSummary.Hours(decision.ChangedAt, run.Now);
            var reason = decision.Reason.Length == 0 ? string.Empty : $" ({decision.Reason})";
            await _findings.AddAsync(new Finding(
                hours > InTimeHours ? "U5" : "K4", FindingKinds.Drift, decision.PersonId, decision.PlanType.Code, string.Join(';', decision.SourceIds),
                hours is { } h ? (int)(h / InTimeHours) : null, $"CP-IS has not been told: {DecisionsFile.NameOf(decision.Kind)}{reason}."));
        }
    }

    private async Task LateAsync(CancellationToken cancellationToken)
    {
        var store = new ReconcileStore(run.Session);
        await foreach (var late in store.LateRecords(run.Now - s_lookBack, InTimeHours).WithCancellation(cancellationToken))
        {
            await _findings.AddAsync(new Finding(
                "U5", FindingKinds.LateChange, late.HolderId, late.PlanType.Code, late.FileNumber.ToString(), (int)(late.ToldAt - late.ChangedAt).TotalDays,
                string.Create(CultureInfo.InvariantCulture, $"Told {(late.ToldAt - late.ChangedAt).TotalHours:F0} hours after the change.")));
        }

        foreach (var late in await new AccessStore(run.Session).LateAsync(run.Now - s_lookBack, run.Now, cancellationToken))
        {
            var hours = ((late.AlertedAt ?? run.Now) - late.MadeAt).TotalHours;
            await _findings.AddAsync(new Finding(
                "A9", FindingKinds.LateAlert, late.PersonId, null, late.AccessId.ToString(CultureInfo.InvariantCulture), (int)(hours / InTimeHours),
                string.Create(CultureInfo.InvariantCulture, $"{(late.AlertedAt is null ? "No alert yet," : "Became an alert")} {hours:F0} hours after CP-IS made the notification.")));
        }
    }

    private async Task PastDueAsync(CancellationToken cancellationToken)
    {
        foreach (var alert in await _alerts.PastDueAsync(Today, cancellationToken))
        {
            await _findings.AddAsync(new Finding(
                "K4", FindingKinds.AlertPastDue, alert.PersonId, null, alert.AlertId.ToString(CultureInfo.InvariantCulture),
                Today.DayNumber - alert.DueOn.DayNumber, $"{alert.Type.Code} is open past its due date."));
        }
    }

    private async Task MatchRateAsync(PassFacts facts, PeopleRange people)
    {
        if (!people.IsRestricted && facts.MatchRate is { } rate && rate < run.Context.Settings.Reconcile.MatchRateFloor)
        {
            await _findings.AddAsync(new Finding(
                "K5", FindingKinds.MatchRate, null, null, null, null,
                string.Create(CultureInfo.InvariantCulture, $"{facts.Matched} of {facts.InScope} people in scope have a usable NHS number ({rate:P1}); the floor is {run.Context.Settings.Reconcile.MatchRateFloor:P0}.")));
        }
    }

    private async Task RaiseAsync(AlertType type, AlertText text, string cause, CancellationToken cancellationToken) =>
        _raised += await _roleAlerts.RaiseAsync(type, text, cause, cancellationToken) ? 1 : 0;
}
