using System.Globalization;
using CpIs.Batch.Steps;
using CpIs.Domain.Decisions;
using CpIs.Domain.Values;
using CpIs.Messages.Decisions;
using CpIs.Storage;
using CpIs.Storage.Ledger;
using CpIs.Storage.Workspaces;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>
/// The work of <c>explain</c>: what is decided for one person today and why, and what CP-IS was told of them. It changes nothing and
/// takes no lock.
/// </summary>
internal static class ExplainHandler
{
    public static async Task<int> RunAsync(CommandContext context, ExplainOptions options, CancellationToken cancellationToken)
    {
        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        var scratch = Directory.CreateTempSubdirectory("cpis-explain-").FullName;
        try
        {
            await using var workspace = await SourceWorkspace.OpenAsync(context, session, scratch, null, cancellationToken);
            var personId = options.Person ?? await PersonOfAsync(workspace, options.NhsNumberFile!, cancellationToken);
            var history = await new LedgerStore(session).HistoryOfPersonAsync(personId, cancellationToken);
            var household = await workspace.HouseholdOfAsync(personId, cancellationToken);
            if (household is null && history.Count == 0 && workspace.FindPerson(personId) is null)
            {
                throw new UsageException("The person is neither in the care database nor in the history of uploads.");
            }

            var decisions = household is null ? [] : Decide(context, workspace, household.Household, personId);
            Tell(context, personId, household?.Household, decisions, history);
            return ExitCodes.Done;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static List<Decision> Decide(CommandContext context, Workspace workspace, Household household, string personId)
    {
        var decided = HouseholdDecider.Decide(household, new DecisionContext(
            context.BusinessDate, context.Clock.GetUtcNow(), context.Settings.Rules(), NothingIsGone: workspace.Counts().HasUnknownPerson));
        return [.. decided.Decisions.Where(d => d.PersonId == personId || d.ChildIds.Contains(personId))];
    }

    private static async Task<string> PersonOfAsync(Workspace workspace, string file, CancellationToken cancellationToken)
    {
        if (!NhsNumber.TryParse(await File.ReadAllTextAsync(file, cancellationToken), out var number))
        {
            throw new UsageException("--nhs-number-file: the file does not hold a valid NHS number.");
        }

        var people = workspace.FindPeople(number);
        return people.Count switch
        {
            1 => people[0].PersonId,
            0 => throw new UsageException("--nhs-number-file: nobody in the care database has this number."),
            _ => throw new UsageException($"--nhs-number-file: {people.Count} people have this number ({string.Join(", ", people.Select(p => p.PersonId))}): use --person."),
        };
    }

    private static void Tell(
        CommandContext context, string personId, Household? household, IReadOnlyList<Decision> decisions, IReadOnlyList<FileRecord> history)
    {
        var told = history.Where(h => h.ToldAt is not null).ToList();
        var result = new
        {
            PersonId = personId,
            AsOf = context.BusinessDate,
            Household = household?.People.Select(p => p.PersonId).ToList() ?? [],
            Decisions = decisions.Select(d => new
            {
                d.PersonId,
                PlanType = d.PlanType.Code,
                d.SourceIds,
                Decision = DecisionsFile.NameOf(d.Kind),
                d.Reason,
                Rule = ReasonTexts.RuleOf(d.Reason),
                Why = ReasonTexts.WordsOf(d),
                d.Start,
                d.End,
                d.VisibleUntil,
            }).ToList(),
            Told = told.Select(h => new
            {
                File = h.FileNumber.Value,
                Record = h.RecordNumber,
                PlanType = h.Record.Key.PlanType.Code,
                h.Record.Key.Start,
                h.Record.Content.End,
                Kind = DecisionsFile.NameOf(h.Kind),
                h.Reason,
                h.ToldAt,
                Outcome = h.Outcome.ToString().ToLowerInvariant(),
                h.AnswerCode,
                h.AnsweredAt,
            }).ToList(),
        };
        context.Output.Result(result, console =>
        {
            console.WriteLine($"Person {personId} on {context.BusinessDate.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}");
            var table = new Table().AddColumns("plan", "from", "to", "decision", "rule", "why");
            foreach (var d in result.Decisions)
            {
                table.AddRow(d.PlanType, Day(d.Start), Day(d.End), d.Decision, d.Rule, Markup.Escape(d.Why));
            }

            console.Write(table);
            if (result.Told.Count == 0)
            {
                console.WriteLine("CP-IS was never told anything of this person.");
                return;
            }

            var toldTable = new Table().AddColumns("told (UTC)", "file", "plan", "from", "to", "what", "answer");
            foreach (var t in result.Told)
            {
                toldTable.AddRow(
                    t.ToldAt!.Value.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), t.File.ToString("D6", CultureInfo.InvariantCulture), t.PlanType,
                    Day(t.Start), Day(t.End), t.Kind, Markup.Escape($"{t.Outcome} {t.AnswerCode}".Trim()));
            }

            console.Write(toldTable);
        });
    }

    private static string Day(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? string.Empty;
}
