using CpIs.Batch.Commands;
using CpIs.Batch.Steps;
using CpIs.Domain.Decisions;
using CpIs.Domain.Explanation;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CpIs.Messages.Decisions;
using CpIs.Storage;
using CpIs.Storage.Ledger;
using CpIs.Storage.Report;
using CpIs.Storage.Workspaces;

namespace CpIs.Batch.Explain;

/// <summary>Gathers what is known of a person and says how it was decided. It only reads.</summary>
internal sealed class PersonExplainer(CommandContext context, StorageSession session, Workspace workspace)
{
    private readonly LedgerStore _ledger = new(session);
    private readonly FileStore _files = new(session);
    private readonly PersonStore _people = new(session);
    private VanishedRecords? _vanished;
    private bool _everybodyDecided;

    /// <summary>Explains a person; null when neither the care database nor the history of uploads knows them.</summary>
    public async Task<PersonExplained?> ExplainAsync(string personId, CancellationToken cancellationToken)
    {
        var numbered = await workspace.HouseholdOfAsync(personId, cancellationToken);
        var own = await _ledger.HistoryOfPersonAsync(personId, cancellationToken);
        var person = workspace.FindPerson(personId);
        if (numbered is null && own.Count == 0 && person is null)
        {
            return null;
        }

        var household = numbered?.Household;
        var explained = household is null ? new HouseholdExplanation([], [], []) : await DecideAsync(household, cancellationToken);
        var decisions = Concerning(explained.Decisions, personId);
        var together = TogetherWith(personId, person, household, decisions, own);
        var history = await HistoryAsync(personId, own, together, cancellationToken);
        var accesses = await OfEachAsync(personId, together, _people.AccessesAsync, a => a.ThroughMother, a => (a.AccessedAt, a.AccessId), cancellationToken);
        var alerts = await OfEachAsync(personId, UnbornOf(household, together), _people.AlertsAsync, _ => true, a => (a.RaisedAt, a.AlertId), cancellationToken);
        List<string> shownIds = [personId, .. together];
        var source = Source(shownIds, household, person, decisions, personId);
        var ledger = await LedgerAsync(shownIds, history, cancellationToken);
        var files = await FilesAsync(history, cancellationToken);
        var waiting = await _people.WaitingAsync(personId, cancellationToken);
        var lapsed = explained.Lapsed.Where(l => history.Any(h => h.Record.Key == l.Key)).Select(l => Shown(l.Step)).ToList();
        var rules = explained.General.Where(s => s.Concerns is "household" or "this run" || shownIds.Exists(id => s.Concerns == $"person {id}")).Select(Shown).ToList();
        var inactive = await InactiveAsync(person, cancellationToken);
        var result = new PersonExplained(
            personId,
            [],
            together,
            source,
            rules,
            [.. decisions.Select(Shown)],
            lapsed,
            ledger,
            [.. waiting.Select(w => new WaitingShown(w.FileNumber.Value, w.RecordNumber, w.PlanType.Code, w.Start, w.End, w.Decision, w.Reason, w.CreatedAt, w.FailureText))],
            files,
            [.. accesses.Select(a => new AccessShown(
                a.AccessId, a.PersonId, a.AccessedAt, a.TimeIsKnown, a.AccessedBy, a.JobRole, a.OrganisationCode, a.OrganisationName, a.UploadFileNumber, a.ThroughMother))],
            [.. alerts.Select(a => new AlertShown(
                a.AlertId, a.Type, a.PersonId, a.RecipientKind, a.RecipientId, a.RaisedAt, a.DueOn, a.Subject, a.Status, a.CompletedAt, a.CompletedBy, a.FirstIssuedOn, a.DaysOutstanding))],
            []);
        return result with { Summary = [.. ExplainWords.Summary(result, person is not null || household is not null)], Timeline = Timeline.Of(result, inactive) };
    }

    private async Task<HouseholdExplanation> DecideAsync(Household household, CancellationToken cancellationToken)
    {
        var counts = workspace.Counts();
        var rules = context.Settings.Rules();
        var decisionContext = new DecisionContext(context.BusinessDate, context.Clock.GetUtcNow(), rules, NothingIsGone: counts.HasUnknownPerson);
        var decided = HouseholdDecider.Decide(household, decisionContext);
        if (decided.Decisions.Any(IsGone))
        {
            // Whether it goes out hangs on everybody else (rule U10), as in a night.
            if (!_everybodyDecided)
            {
                await DecisionPass.RunAsync(workspace, decisionContext, new Output.ProgressCounter(), cancellationToken);
                _vanished = TransformWork.Vanished(workspace, counts, rules);
                _everybodyDecided = true;
            }

            if (_vanished is not null)
            {
                decided = decided with
                {
                    Decisions = [.. decided.Decisions.Select(d => IsGone(d) ? d with { Kind = DecisionKind.Withheld, Record = null, DeleteDate = null, VisibleUntil = null } : d)],
                };
            }
        }

        return HouseholdExplainer.Explain(household, decisionContext, decided);
    }

    private static bool IsGone(Decision decision) => decision is { Kind: DecisionKind.Remove, Reason: Reasons.GoneFromSource };

    /// <summary>The decisions about a person, and those about the same plans under somebody else: a mother's record and her child's own.</summary>
    private static List<DecisionExplanation> Concerning(IReadOnlyList<DecisionExplanation> all, string personId)
    {
        var own = all.Where(e => e.Decision.PersonId == personId || e.Decision.ChildIds.Contains(personId)).ToList();
        var plans = own.Where(e => e.Decision.PlanType != PlanType.Lac).SelectMany(e => e.Decision.SourceIds).ToHashSet(StringComparer.Ordinal);
        return [.. all.Where(e => own.Contains(e) || (e.Decision.PlanType != PlanType.Lac && e.Decision.SourceIds.Any(plans.Contains)))];
    }

    /// <summary>Only who has a part in these records: of the rest of a household nothing is shown.</summary>
    private static List<string> TogetherWith(
        string personId, Person? person, Household? household, IReadOnlyList<DecisionExplanation> decisions, IReadOnlyList<FileRecord> own)
    {
        var known = household?.People.Select(p => p.PersonId).ToHashSet(StringComparer.Ordinal) ?? [];
        var ids = decisions.SelectMany(e => e.Decision.ChildIds.Append(e.Decision.PersonId))
            .Concat(person is { IsUnborn: true, MotherPersonId: { } mother } ? [mother] : [])
            .Concat(own.Where(r => r.Record.Key.PlanType == PlanType.Ucpp).SelectMany(r => r.ChildIds.Append(r.Record.Content.LocalPersonId)));
        return [.. ids.Where(id => id != personId && known.Contains(id)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static List<string> UnbornOf(Household? household, List<string> together) =>
        together.FindAll(id => household!.People.Any(p => p.PersonId == id && p.Person is { IsUnborn: true }));

    private async Task<IReadOnlyList<FileRecord>> HistoryAsync(
        string personId, IReadOnlyList<FileRecord> own, IReadOnlyList<string> together, CancellationToken cancellationToken)
    {
        var plans = own.Where(r => r.Record.Key.PlanType != PlanType.Lac).SelectMany(r => r.SourceIds).ToHashSet(StringComparer.Ordinal);
        var all = own.ToList();
        foreach (var other in together)
        {
            all.AddRange((await _ledger.HistoryOfPersonAsync(other, cancellationToken))
                .Where(r => r.Record.Key.PlanType != PlanType.Lac && r.SourceIds.Any(plans.Contains)));
        }

        return [.. all.DistinctBy(r => (r.FileNumber, r.RecordNumber)).OrderBy(r => r.FileNumber).ThenBy(r => r.RecordNumber)];
    }

    private static async Task<List<T>> OfEachAsync<T, TKey>(
        string personId, IReadOnlyList<string> others, Func<string, CancellationToken, Task<IReadOnlyList<T>>> read, Func<T, bool> ofOthers, Func<T, TKey> order,
        CancellationToken cancellationToken)
    {
        var all = (await read(personId, cancellationToken)).ToList();
        foreach (var other in others)
        {
            all.AddRange((await read(other, cancellationToken)).Where(ofOthers));
        }

        return [.. all.OrderBy(order)];
    }

    private SourceShown Source(
        IReadOnlyList<string> ids, Household? household, Person? person, IReadOnlyList<DecisionExplanation> decisions, string personId)
    {
        var cases = household?.People.Where(p => ids.Contains(p.PersonId)).ToList()
            ?? (person is null ? [] : [new PersonCase(person.PersonId, person, [], [], [])]);
        var plans = decisions.Where(e => e.Decision.PlanType != PlanType.Lac).SelectMany(e => e.Decision.SourceIds).ToHashSet(StringComparer.Ordinal);
        return new SourceShown(
            [.. cases.Select(c => c.Person).OfType<Person>().Select(p => new PersonShown(
                p.PersonId, p.NhsNumber, p.FamilyName, p.GivenNames, p.DateOfBirth, p.IsUnborn, p.ExpectedDateOfBirth, p.MotherPersonId,
                p.WorkerId, WorkerName(p.WorkerId), p.ManagerId, WorkerName(p.ManagerId), p.Team, p.ChangedAt))],
            [.. cases.SelectMany(c => c.Plans.Where(p => c.PersonId == personId || plans.Contains(p.PlanId))).Select(p => new PlanShown(
                p.PlanId, p.PersonId, p.StartDate, p.EndDate, p.HeldByOtherAuthority, p.RecordedInError, p.ChangedAt))],
            [.. cases.Where(c => c.PersonId == personId).SelectMany(c => c.LegalStatuses).Select(s => new LegalStatusShown(
                s.LegalStatusId, s.PersonId, s.Code, s.StartDate, s.EndDate, s.RecordedInError, s.ChangedAt))],
            [.. cases.SelectMany(c => c.SetAside).Select(r => new SetAsideShown(
                r.Table == SourceTable.LegalStatus ? "legal_status" : r.Table.ToString().ToLowerInvariant(), r.Where, r.RowId, r.Column, r.Problem))]);
    }

    private string? WorkerName(string? id) => id is null ? null : workspace.FindWorker(id)?.Name;

    private async Task<List<LedgerShown>> LedgerAsync(IReadOnlyList<string> ids, IReadOnlyList<FileRecord> history, CancellationToken cancellationToken)
    {
        var rows = new List<LedgerShown>();
        var keys = history.Select(h => h.Record.Key).ToHashSet();
        foreach (var id in ids)
        {
            foreach (var row in (await _ledger.RowsOfPersonAsync(id, cancellationToken)).Where(r => keys.Remove(r.Key)))
            {
                var last = history.Last(h => h.Record.Key == row.Key);
                var isLost = context.Clock.GetUtcNow() - last.ToldAt >= context.Settings.Rules().AcknowledgementWindow;
                rows.Add(new LedgerShown(
                    row.HolderId, row.Key.PlanType.Code, row.Key.Start, last.Record.Content.End, row.State, ExplainWords.State(row.State, isLost), row.LastFile.Value, row.ConfirmedFile?.Value, row.LapsedOn));
            }
        }

        return [.. rows.OrderBy(r => r.Start).ThenBy(r => r.PlanType, StringComparer.Ordinal)];
    }

    private async Task<List<FileShown>> FilesAsync(IReadOnlyList<FileRecord> history, CancellationToken cancellationToken)
    {
        var files = new List<FileShown>();
        foreach (var records in history.GroupBy(h => h.FileNumber).OrderBy(g => g.Key))
        {
            var file = await _files.FindAsync(records.Key, cancellationToken);
            var answers = await _people.AnswersAsync(records.Key, cancellationToken);
            files.Add(new FileShown(
                records.Key.Value,
                file?.Status.ToString().ToLowerInvariant() ?? string.Empty,
                records.First().ToldAt,
                [.. records.Select(r => new ToldShown(
                    r.RecordNumber, r.Record.Content.LocalPersonId, r.Record.Key.PlanType.Code, r.Record.Key.Start, r.Record.Content.End, r.Record.DeleteDate,
                    DecisionsFile.NameOf(r.Kind), r.Reason, r.Outcome.ToString().ToLowerInvariant(), r.AnswerCode,
                    string.Join("; ", new[] { r.AnswerDisplay, r.AnswerDetail }.OfType<string>()), r.AnsweredAt))],
                [.. answers.Select(a => new AnswerShown(a.Codes, a.Effect, a.AnsweredAt))]));
        }

        return files;
    }

    private async Task<InactiveNumberNotice?> InactiveAsync(Person? person, CancellationToken cancellationToken) =>
        NhsNumber.TryParse(person?.NhsNumber, out var number) ? await _people.InactiveAsync(number, cancellationToken) : null;

    private static RuleShown Shown(RuleStep step) => new(step.Rule, step.Concerns, step.Input, step.Outcome, step.IsDecisive);

    private static DecisionShown Shown(DecisionExplanation explained)
    {
        var d = explained.Decision;
        return new DecisionShown(
            d.PersonId, d.PlanType.Code, d.SourceIds, d.ChildIds, DecisionsFile.NameOf(d.Kind), d.Reason, explained.Decisive.Rule, ExplainWords.Why(explained),
            d.NhsNumber?.Value, d.Start, d.End, d.DeleteDate, d.VisibleUntil, [.. explained.Steps.Select(Shown)]);
    }
}
