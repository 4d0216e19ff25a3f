using CpIs.Domain.Source;

namespace CpIs.Storage.Source;

/// <summary>A row that was read, or one that was set aside: one of the two is null.</summary>
/// <param name="Position">Line of a file, or number of the row in the order read.</param>
public readonly record struct SourceItem<T>(T? Row, SetAsideRow? SetAside, long Position)
    where T : class;

/// <summary>Where care data is read from: the source views, or an extract folder. Rows come one by one and none is kept.</summary>
/// <remarks>Two rows with one id are both yielded; only who has seen all of them can set them aside.</remarks>
public interface ISource
{
    /// <summary>Every person row.</summary>
    IAsyncEnumerable<SourceItem<Person>> PeopleAsync(CancellationToken cancellationToken);

    /// <summary>Every plan row.</summary>
    IAsyncEnumerable<SourceItem<Plan>> PlansAsync(CancellationToken cancellationToken);

    /// <summary>Every legal status row.</summary>
    IAsyncEnumerable<SourceItem<LegalStatus>> LegalStatusesAsync(CancellationToken cancellationToken);

    /// <summary>Every worker row.</summary>
    IAsyncEnumerable<SourceItem<Worker>> WorkersAsync(CancellationToken cancellationToken);

    /// <summary>Rows that were set aside when the data was extracted.</summary>
    IAsyncEnumerable<SetAsideRow> SetAsideEarlierAsync(CancellationToken cancellationToken);

    /// <summary>Names the place of a row for people: file and line, or view and id.</summary>
    string Locate(SourceTable table, string? rowId, long position);
}
