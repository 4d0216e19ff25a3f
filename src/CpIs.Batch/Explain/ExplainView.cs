using System.Globalization;
using CpIs.Domain.Alerts;
using CpIs.Domain.Time;
using Spectre.Console;

namespace CpIs.Batch.Explain;

/// <summary>Shows an explanation on a console.</summary>
internal static class ExplainView
{
    public static void Show(IAnsiConsole console, ExplainResult result)
    {
        foreach (var person in result.People)
        {
            Show(console, person, result.AsOf);
        }
    }

    private static void Show(IAnsiConsole console, PersonExplained person, DateOnly asOf)
    {
        Say(console, $"Person {person.PersonId} on {ExplainWords.Day(asOf)}");
        if (person.Together.Count > 0)
        {
            Say(console, $"Explained together with {string.Join(", ", person.Together)}: their records belong together.");
        }

        console.WriteLine();
        foreach (var sentence in person.Summary)
        {
            Say(console, $"- {sentence}");
        }

        console.WriteLine();
        ShowSource(console, person.Source);
        if (person.Rules.Count > 0)
        {
            Say(console, "Rules on people");
            ShowRules(console, person.Rules);
        }

        foreach (var decision in person.Decisions)
        {
            Say(console, $"{Upper(ExplainWords.PlanName(decision.PlanType))} of {string.Join(", ", decision.ChildIds)} {ExplainWords.Span(decision.Start, decision.End)}: {decision.Decision}{(decision.Reason.Length > 0 ? ", " + decision.Reason : string.Empty)}");
            ShowRules(console, decision.Rules);
        }

        if (person.Lapsed.Count > 0)
        {
            Say(console, "Records that end without anything being sent");
            ShowRules(console, person.Lapsed);
        }

        ShowLedger(console, person);
        ShowTimeline(console, person);
    }

    private static void ShowSource(IAnsiConsole console, SourceShown source)
    {
        Say(console, "In the care database");
        var table = new Table().AddColumns("row", "id", "what it says", "last changed");
        foreach (var p in source.People)
        {
            var who = p.IsUnborn
                ? $"unborn, expected {ExplainWords.Day(p.ExpectedDateOfBirth, "(no date)")}, mother {p.MotherPersonId ?? "(not linked)"}"
                : $"{p.FamilyName ?? "(no family name)"}, {p.GivenNames ?? "(no given name)"}, born {ExplainWords.Day(p.DateOfBirth, "(no date)")}, NHS number {p.NhsNumber ?? "(none)"}";
            Row(table, "person", p.PersonId, $"{who}; worker {Named(p.WorkerId, p.Worker)}, manager {Named(p.ManagerId, p.Manager)}", When(p.ChangedAt));
        }

        foreach (var p in source.Plans)
        {
            Row(table, "plan", p.PlanId, $"{p.PersonId}, {ExplainWords.Span(p.StartDate, p.EndDate)}{(p.HeldByOtherAuthority ? ", held for another council" : string.Empty)}{(p.RecordedInError ? ", recorded in error" : string.Empty)}", When(p.ChangedAt));
        }

        foreach (var s in source.LegalStatuses)
        {
            Row(table, "legal status", s.LegalStatusId, $"{s.PersonId}, {s.Code}, {ExplainWords.Span(s.StartDate, s.EndDate)}{(s.RecordedInError ? ", recorded in error" : string.Empty)}", When(s.ChangedAt));
        }

        foreach (var r in source.SetAside)
        {
            Row(table, r.Table, r.RowId ?? string.Empty, $"cannot be read: {r.Column} {r.Problem} ({r.Where})", string.Empty);
        }

        if (table.Rows.Count == 0)
        {
            Row(table, "none", string.Empty, string.Empty, string.Empty);
        }

        console.Write(table);
    }

    private static void ShowRules(IAnsiConsole console, IReadOnlyList<RuleShown> rules)
    {
        var table = new Table().AddColumns("", "rule", "applied to", "what it saw", "outcome");
        foreach (var r in rules)
        {
            Row(table, r.Decisive ? ">>" : string.Empty, r.Rule, r.Concerns, r.Input, r.Outcome);
        }

        console.Write(table);
    }

    private static void ShowLedger(IAnsiConsole console, PersonExplained person)
    {
        if (person.Ledger.Count == 0)
        {
            return;
        }

        Say(console, "What CP-IS was told (the ledger)");
        var table = new Table().AddColumns("plan", "under", "from", "to", "state", "last file", "confirmed file");
        foreach (var l in person.Ledger)
        {
            Row(table, l.PlanType, l.HolderId, ExplainWords.Day(l.Start), ExplainWords.Day(l.End), $"{l.State}: {l.InWords}", Number(l.LastFile), l.ConfirmedFile is { } c ? Number(c) : string.Empty);
        }

        console.Write(table);
    }

    private static void ShowTimeline(IAnsiConsole console, PersonExplained person)
    {
        if (person.Timeline.Count == 0)
        {
            return;
        }

        Say(console, "What happened, in order (London time)");
        var table = new Table().AddColumns("when", "what", "");
        foreach (var e in person.Timeline)
        {
            Row(table, e.TimeIsKnown ? When(e.At) : ExplainWords.Day(London.DateOf(e.At)), e.Kind, e.Text);
        }

        console.Write(table);
        console.WriteLine();
    }

    // Texts come from elsewhere: nothing of them may steer the terminal.
    private static void Row(Table table, params string[] cells) => table.AddRow([.. cells.Select(c => Markup.Escape(ColumnText.Clean(c)))]);

    private static void Say(IAnsiConsole console, string text) => console.WriteLine(ColumnText.Clean(text));

    private static string When(DateTimeOffset? at) => at is { } instant ? London.At(instant).ToString("d MMM yyyy HH:mm", CultureInfo.InvariantCulture) : string.Empty;

    private static string Number(long file) => file.ToString("D6", CultureInfo.InvariantCulture);

    private static string Named(string? id, string? name) => id is null ? "(none)" : name is null ? id : $"{id} {name}";

    private static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
