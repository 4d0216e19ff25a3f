using CpIs.Batch.Explain;
using CpIs.Batch.Steps;
using CpIs.Domain.Values;
using CpIs.Storage;
using CpIs.Storage.Ledger;
using CpIs.Storage.Workspaces;

namespace CpIs.Batch.Commands;

/// <summary>
/// The work of <c>explain</c>: every rule applied to a person with what it saw, and all that CP-IS was told of them and said. It changes
/// nothing and takes no lock, so that it can be asked during a run.
/// </summary>
internal static class ExplainHandler
{
    private const int LongestNumberFile = 4096;

    public static async Task<int> RunAsync(CommandContext context, ExplainOptions options, CancellationToken cancellationToken)
    {
        var number = options.NhsNumberFile is { } file ? await NumberInAsync(file, cancellationToken) : null;
        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        if (context.AsOfGiven)
        {
            await KnownDates.RefuseEarlierAsync(context, session, cancellationToken);
        }

        await using var workspace = await SourceWorkspace.OpenAsync(context, session, context.Data.Runs, null, cancellationToken);
        var explainer = new PersonExplainer(context, session, workspace);
        var people = new List<PersonExplained>();
        foreach (var id in number is null ? [options.Person!] : await PeopleWithAsync(number, workspace, session, cancellationToken))
        {
            if (await explainer.ExplainAsync(id, cancellationToken) is { } explained)
            {
                people.Add(explained);
            }
        }

        if (people.Count == 0)
        {
            throw new UsageException(number is null
                ? "--person: nobody with this id is in the care database or in the history of uploads."
                : "--nhs-number-file: nobody in the care database or in the history of uploads has this number.");
        }

        var result = new ExplainResult(context.BusinessDate, people);
        context.Output.Result(result, console => ExplainView.Show(console, result));
        return ExitCodes.Done;
    }

    private static async Task<NhsNumber> NumberInAsync(string file, CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = new FileInfo(file).Length <= LongestNumberFile ? await File.ReadAllTextAsync(file, cancellationToken) : string.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException("--nhs-number-file: the file cannot be read.");
        }

        return NhsNumber.TryParse(text, out var number)
            ? number
            : throw new UsageException("--nhs-number-file: the file does not hold one valid NHS number, and nothing else.");
    }

    /// <summary>Who has the number now, and who was ever told to CP-IS under it.</summary>
    private static async Task<IReadOnlyList<string>> PeopleWithAsync(NhsNumber number, Workspace workspace, StorageSession session, CancellationToken cancellationToken) =>
    [
        .. workspace.FindPeople(number).Select(p => p.PersonId)
            .Concat((await new LedgerStore(session).HistoryOfNumberAsync(number, cancellationToken)).Select(r => r.Record.Content.LocalPersonId))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];
}
