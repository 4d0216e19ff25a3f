using CpIs.Batch.Output;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CpIs.Files;
using CpIs.Messages;
using CpIs.Messages.Decisions;
using CpIs.Storage.Source;
using CpIs.Storage.Workspaces;

namespace CpIs.Batch.Steps;

/// <summary>What a transform decided and wrote.</summary>
/// <param name="Folder">Where <c>decisions.csv</c> and the payload files lie.</param>
/// <param name="Decisions">How many by decision.</param>
/// <param name="Withheld">How many by reason.</param>
/// <param name="Vanished">Set when removals were held back because too many records vanished (rule U10).</param>
/// <param name="OldestChange">The oldest change that a file of this run tells, UTC (rule U5).</param>
internal sealed record TransformResult(
    string Folder,
    IReadOnlyList<PayloadFile> Files,
    IReadOnlyDictionary<string, long> Decisions,
    IReadOnlyDictionary<string, long> Withheld,
    IReadOnlyList<SetAsideRow> SetAside,
    VanishedRecords? Vanished,
    PassFacts Facts,
    DateTimeOffset? OldestChange)
{
    public long Records => Files.Sum(f => (long)f.RecordCount);
}

/// <summary>Removals that one run would have sent because their rows are gone (rule U10).</summary>
/// <param name="Limit">The most that a run sends without an operator's word.</param>
internal sealed record VanishedRecords(int Removals, int Held, int Limit);

/// <summary>What a transform is given.</summary>
/// <param name="Manifest">Of the extract; null for files made by hand.</param>
/// <param name="ConfirmRemovals">An operator's word that what vanished is gone (rule U10).</param>
/// <param name="Formats">The first is sent, the others lie beside it.</param>
/// <param name="CreatedAt">Creation time of the files.</param>
internal sealed record TransformInput(
    Workspace Workspace,
    ExtractManifest? Manifest,
    bool ConfirmRemovals,
    IReadOnlyList<IUploadFormat> Formats,
    string Folder,
    Authority Authority,
    int MaxRecordsPerFile,
    RuleSettings Rules,
    DateOnly BusinessDate,
    DateTimeOffset Now,
    DateTimeOffset CreatedAt);

/// <summary>
/// Decides everybody and writes what follows: <c>decisions.csv</c> and the payload files. It knows no database: the caller hands out
/// file numbers and records what was written.
/// </summary>
internal static class TransformWork
{
    private const int LeastVanished = 20;
    private const int VanishedPercent = 5;

    /// <param name="nextNumber">Hands out the next file number, which is used up from then on (rule U6); called once a file, in order.</param>
    public static async Task<TransformResult> RunAsync(
        TransformInput input, Func<int, Task<SequenceNumber>> nextNumber, ProgressCounter progress, CancellationToken cancellationToken)
    {
        var workspace = input.Workspace;
        var counts = workspace.Counts();
        progress.Total = counts.Households;
        var context = new DecisionContext(
            input.BusinessDate, input.Now, input.Rules, input.Manifest?.Full == true, counts.HasUnknownPerson, input.ConfirmRemovals);
        var facts = await DecisionPass.RunAsync(workspace, context, progress, cancellationToken);
        var vanished = HoldBackVanished(input, counts);

        DurableFile.CreateFolder(input.Folder);
        await WriteDecisionsAsync(workspace, Path.Combine(input.Folder, "decisions.csv"), cancellationToken);
        var files = await WriteFilesAsync(input, nextNumber, cancellationToken);
        var decided = workspace.CountDecisions();
        return new TransformResult(
            input.Folder,
            files,
            decided.GroupBy(c => DecisionsFile.NameOf(c.Kind), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(c => c.Number), StringComparer.Ordinal),
            decided.Where(c => c.Kind == DecisionKind.Withheld).ToDictionary(c => c.Reason, c => c.Number, StringComparer.Ordinal),
            await workspace.SetAsideAsync(cancellationToken).ToListAsync(cancellationToken),
            vanished,
            facts,
            workspace.OldestChange());
    }

    /// <summary>Rule U10: too many removals of what vanished are not sent, unless an operator has confirmed them.</summary>
    private static VanishedRecords? HoldBackVanished(TransformInput input, WorkspaceCounts counts)
    {
        var vanished = input.ConfirmRemovals ? null : Vanished(input.Workspace, counts, input.Rules);
        if (vanished is not null)
        {
            input.Workspace.WithholdVanished();
        }

        return vanished;
    }

    /// <summary>What would be held back of the decisions in a workspace, of everybody (rule U10); null when it is not too much.</summary>
    public static VanishedRecords? Vanished(Workspace workspace, WorkspaceCounts counts, RuleSettings rules)
    {
        var removals = workspace.CountDecisions()
            .Where(c => c.Kind == DecisionKind.Remove && c.Reason == Reasons.GoneFromSource).Sum(c => c.Number);
        var limit = rules.MaxVanished ?? Math.Max(LeastVanished, counts.HeldRecords * VanishedPercent / 100);

        // With plans and no people at all nothing would be removed (rule S15), and nothing could be told either: a night that ends well would hide it.
        if (workspace.SourceRows.Person == 0 && counts.HeldRecords > 0)
        {
            return new VanishedRecords((int)counts.HeldRecords, (int)counts.HeldRecords, (int)limit);
        }

        return removals == 0 || (removals <= limit && workspace.SourceRows.Plan > 0) ? null : new VanishedRecords((int)removals, (int)counts.HeldRecords, (int)limit);
    }

    private static Task WriteDecisionsAsync(Workspace workspace, string path, CancellationToken cancellationToken) => DurableFile.WriteAsync(
        path,
        async (stream, token) =>
        {
            await using var file = await DecisionsFile.BeginAsync(stream);
            await foreach (var decision in workspace.DecisionsAsync(token))
            {
                await file.WriteAsync(decision);
            }
        },
        cancellationToken);

    private static async Task<IReadOnlyList<PayloadFile>> WriteFilesAsync(
        TransformInput input, Func<int, Task<SequenceNumber>> nextNumber, CancellationToken cancellationToken)
    {
        var sizes = await FilePacking.FilesAsync(input.Workspace.PayloadSizesAsync(cancellationToken), input.MaxRecordsPerFile, cancellationToken);
        var writer = new PayloadFiles(input.Formats, input.Authority, input.CreatedAt, input.Folder);
        var files = new List<PayloadFile>(sizes.Count);
        await using var records = input.Workspace.PayloadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        foreach (var size in sizes)
        {
            var number = await nextNumber(files.Count);
            files.Add(await writer.WriteAsync(number, size, NextAsync(records, size), cancellationToken));
        }

        return files;
    }

    private static async IAsyncEnumerable<UploadRecord> NextAsync(IAsyncEnumerator<Decision> records, int count)
    {
        for (var i = 0; i < count && await records.MoveNextAsync(); i++)
        {
            yield return records.Current.Record!;
        }
    }
}
