using CpIs.Domain.Decisions;
using CpIs.Storage.Workspaces;

namespace CpIs.Batch.Steps;

/// <summary>What deciding everybody yielded besides the decisions themselves.</summary>
/// <param name="InScope">People that count for the match rate (rule K5).</param>
/// <param name="Matched">Those of them with a usable number.</param>
/// <param name="Problems">What a standing alert is wanted for.</param>
/// <param name="OpenPast18">Rows still open after the 18th birthday.</param>
/// <param name="Households">How many were decided.</param>
internal sealed record PassFacts(
    int InScope, int Matched, IReadOnlyList<StandingProblem> Problems, IReadOnlyList<(string PersonId, string RowId)> OpenPast18, long Households)
{
    /// <summary>NHS number match rate (rule K5); null when nobody is in scope.</summary>
    public decimal? MatchRate => InScope == 0 ? null : Math.Round((decimal)Matched / InScope, 4);
}

/// <summary>Decides every household of a workspace, one after the other, and leaves the decisions in it.</summary>
internal static class DecisionPass
{
    public static async Task<PassFacts> RunAsync(Workspace workspace, DecisionContext context, Output.ProgressCounter progress, CancellationToken cancellationToken)
    {
        var (inScope, matched, households) = (0, 0, 0L);
        var problems = new List<StandingProblem>();
        var past18 = new List<(string, string)>();
        await foreach (var (number, household) in workspace.HouseholdsAsync(cancellationToken))
        {
            var decided = HouseholdDecider.Decide(household, context);
            workspace.Add(number, decided);
            var facts = ScopeFacts.Of(household, decided, context);
            inScope += facts.InScope;
            matched += facts.Matched;
            problems.AddRange(facts.Problems);
            past18.AddRange(facts.OpenPast18);
            households++;
            progress.Add();
        }

        return new PassFacts(inScope, matched, problems, past18, households);
    }
}
