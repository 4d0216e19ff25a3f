using CpIs.Batch.Commands;
using CpIs.Storage;
using CpIs.Storage.Runs;
using CpIs.Storage.Source;
using CpIs.Storage.Workspaces;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Steps;

/// <summary>Copies everyone in scope, or inside the run's range, from the source views into an extract folder (contract section 3).</summary>
internal sealed class ExtractStep(CouncilRun run)
{
    /// <param name="folder">The extract folder to write.</param>
    public Task<ExtractManifest> RunAsync(PeopleRange people, string folder, CancellationToken cancellationToken) => run.StepAsync("extract", () =>
        run.Context.Output.WithProgressAsync("Extracting", async _ =>
        {
            var restriction = RestrictionOf(people);
            await using var workspace = await SourceWorkspace.OpenAsync(run, restriction, cancellationToken);
            var manifest = await workspace.WriteExtractAsync(folder, run.Context.BusinessDate, restriction, people.Full, cancellationToken);
            var counts = workspace.Counts();
            if (people.Person is not null && counts.Households == 0)
            {
                // The id is not repeated: what was typed may be a name or an NHS number.
                run.Context.Log("extract").LogWarning(
                    "--person: nobody in scope has this id{Range}, so nothing is decided for anybody. Check the id; letter case counts",
                    people.From is null && people.To is null ? string.Empty : " and a change in the range of --from and --to");
            }

            await run.Runs.SetSetAsideAsync(run.RunId, workspace.SetAsideAsync(cancellationToken), cancellationToken);
            var read = workspace.SourceRows;
            return (
                manifest,
                new StepCounts(read.Person + read.Plan + read.LegalStatus + read.Worker, manifest.Files.Values.Sum(f => f.Rows), 0, counts.SetAside),
                (string?)null);
        }));

    /// <summary>The range of rule U8 as the storage knows it; null for everyone.</summary>
    public static SourceRestriction? RestrictionOf(PeopleRange people) =>
        people.IsRestricted ? new SourceRestriction(people.From, people.To, people.Person) : null;
}

/// <summary>The council's source views and ledger, joined for one run.</summary>
internal static class SourceWorkspace
{
    /// <param name="restriction">Null for everyone in scope.</param>
    public static Task<Workspace> OpenAsync(CouncilRun run, SourceRestriction? restriction, CancellationToken cancellationToken) =>
        OpenAsync(run.Context, run.Session, run.Folder, restriction, cancellationToken);

    /// <param name="folder">Where the private work file lies until the workspace is disposed of.</param>
    public static async Task<Workspace> OpenAsync(
        CommandContext context, StorageSession session, string folder, SourceRestriction? restriction, CancellationToken cancellationToken)
    {
        var workspace = await Workspace.CreateAsync(folder, cancellationToken);
        try
        {
            await workspace.LoadAsync(new SourceReader(session, context.BusinessDate), cancellationToken);
            await workspace.LoadLedgerAsync(session, context.Clock.GetUtcNow(), context.Settings.Rules().AcknowledgementWindow, cancellationToken);
            await workspace.LinkAsync(restriction, cancellationToken);
            return workspace;
        }
        catch
        {
            await workspace.DisposeAsync();
            throw;
        }
    }
}
