using System.Runtime.CompilerServices;
using CpIs.Domain.Source;

namespace CpIs.Storage.Source;

/// <summary>Reads the four source views (contract section 4), row by row.</summary>
/// <param name="session">Where the views are. One stream at a time.</param>
/// <param name="businessDate">No birth date may lie after it.</param>
public sealed class SourceReader(StorageSession session, DateOnly businessDate) : ISource
{
    /// <exception cref="StorageSetupException">The view is missing or lacks a column.</exception>
    public IAsyncEnumerable<SourceItem<Person>> PeopleAsync(CancellationToken cancellationToken) =>
        ReadAsync(TableLayout.Person, static (p, cells, n) => p.Person(cells, n), cancellationToken);

    /// <exception cref="StorageSetupException">The view is missing or lacks a column.</exception>
    public IAsyncEnumerable<SourceItem<Plan>> PlansAsync(CancellationToken cancellationToken) =>
        ReadAsync(TableLayout.Plan, static (p, cells, n) => p.Plan(cells, n), cancellationToken);

    /// <exception cref="StorageSetupException">The view is missing or lacks a column.</exception>
    public IAsyncEnumerable<SourceItem<LegalStatus>> LegalStatusesAsync(CancellationToken cancellationToken) =>
        ReadAsync(TableLayout.LegalStatus, static (p, cells, n) => p.LegalStatus(cells, n), cancellationToken);

    /// <exception cref="StorageSetupException">The view is missing or lacks a column.</exception>
    public IAsyncEnumerable<SourceItem<Worker>> WorkersAsync(CancellationToken cancellationToken) =>
        ReadAsync(TableLayout.Worker, static (p, cells, n) => p.Worker(cells, n), cancellationToken);

    /// <summary>None: the views are read now.</summary>
    public IAsyncEnumerable<SetAsideRow> SetAsideEarlierAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<SetAsideRow>();

    /// <inheritdoc />
    public string Locate(SourceTable table, string? rowId, long position) => Locate(TableLayout.Of(table), rowId, position);

    private static string Locate(TableLayout layout, string? rowId, long position) => rowId is null
        ? FormattableString.Invariant($"{layout.View} row {position}")
        : $"{layout.View} id {rowId}";

    private async IAsyncEnumerable<SourceItem<T>> ReadAsync<T>(
        TableLayout layout,
        Func<RowParser, object?[], long, SourceItem<T>> parse,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        var parser = new RowParser(layout, businessDate, (id, position) => Locate(layout, id, position));
        await using var rows = session.CellsAsync("source/" + layout.Name, cancellationToken).GetAsyncEnumerator(cancellationToken);
        for (long position = 1; await NextAsync(rows, layout); position++)
        {
            yield return parse(parser, rows.Current, position);
        }
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<object?[]> rows, TableLayout layout)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (StorageSetupException e)
        {
            throw new StorageSetupException($"The source view {layout.View} cannot be read as it should: run cpis db check. {e.Message}", e);
        }
    }
}
