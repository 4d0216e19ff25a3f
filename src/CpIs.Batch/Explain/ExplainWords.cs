using System.Globalization;
using CpIs.Domain.Decisions;
using CpIs.Domain.Explanation;

namespace CpIs.Batch.Explain;

/// <summary>Sentences for people who do not know the engine.</summary>
internal static class ExplainWords
{
    private static readonly Dictionary<string, string> s_states = new(StringComparer.Ordinal)
    {
        ["told"] = "told, and the answer is awaited",
        ["confirmed"] = "CP-IS holds it",
        ["rejected"] = "CP-IS refused it",
        ["failed"] = "its file came to nothing; it is due again",
        ["removal-told"] = "its removal was told, and the answer is awaited",
        ["removal-rejected"] = "CP-IS refused its removal",
        ["removal-failed"] = "the file with its removal came to nothing; it is due again",
        ["removed"] = "taken off CP-IS",
        ["lapsed"] = "over: CP-IS shows it no longer",
    };

    /// <param name="isLost">True when an answer is awaited no longer (rule U9).</param>
    public static string State(string state, bool isLost) => state switch
    {
        "told" when isLost => "told, and not answered in time: it counts as lost",
        "removal-told" when isLost => "its removal was told, and not answered in time: it counts as lost",
        _ => s_states.GetValueOrDefault(state, state),
    };

    public static string PlanName(string planType) => planType switch
    {
        "CPP" => "child protection plan",
        "LAC" => "looked-after status",
        _ => "unborn child's protection plan",
    };

    public static string Day(DateOnly? date, string none = "-") => date?.ToString("d MMMM yyyy", CultureInfo.InvariantCulture) ?? none;

    public static string Span(DateOnly? start, DateOnly? end) => end is null ? $"from {Day(start, "no date")}" : $"from {Day(start, "no date")} to {Day(end)}";

    /// <summary>A decision in one sentence.</summary>
    public static string Why(DecisionExplanation explained)
    {
        var (decision, decisive) = (explained.Decision, explained.Decisive);
        return decision.Reason.Length > 0 && decision.Kind == DecisionKind.Withheld ? $"Not sent. {ReasonWords.Of(decision.Reason)}"
            : decision.Kind == DecisionKind.Remove ? $"Taken off CP-IS. {ReasonWords.Of(decision.Reason)}"
            : $"{decisive.Input} {decisive.Outcome}";
    }

    /// <summary>The answer in a few sentences: what CP-IS was told, and what today's decision is.</summary>
    /// <param name="isInCareData">False when only the history of uploads knows the person.</param>
    public static IEnumerable<string> Summary(PersonExplained person, bool isInCareData)
    {
        if (!isInCareData)
        {
            yield return $"{person.PersonId} is no longer in the care database.";
        }

        if (person.Ledger.Count == 0)
        {
            yield return "CP-IS was never told anything of this person.";
        }

        foreach (var row in person.Ledger)
        {
            yield return $"The {PlanName(row.PlanType)} {Span(row.Start, row.End)}{Whose(person, row.HolderId)}: {row.InWords}.";
        }

        if (person.Decisions.Count == 0)
        {
            yield return isInCareData
                ? "There is no plan and no legal status to decide about, so nothing is sent."
                : "There is nothing left to decide about.";
        }

        foreach (var d in person.Decisions)
        {
            yield return $"Today's decision on the {PlanName(d.PlanType)} {Span(d.Start, d.End)}{Whose(person, d.PersonId)} (rule {d.Rule}): {d.Why}";
        }

        foreach (var waiting in person.Waiting)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"File {waiting.File:D6} with its {PlanName(waiting.PlanType)} ({waiting.Decision}) waits to be sent.");
        }
    }

    private static string Whose(PersonExplained person, string holder) => holder == person.PersonId ? string.Empty : $", under {holder}";
}
