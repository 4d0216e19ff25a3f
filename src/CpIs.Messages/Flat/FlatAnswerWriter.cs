using System.Globalization;
using CpIs.Domain.Exchange;
using CpIs.Domain.Time;

namespace CpIs.Messages.Flat;

/// <summary>Writes inbound messages as CSV (contract section 5), for samples and tests. Streaming; the stream is left open.</summary>
public static class FlatAnswerWriter
{
    /// <summary>Writes accesses; times in London with offset, a date alone where the time is not known.</summary>
    public static Task WriteAccessesAsync(Stream stream, IAsyncEnumerable<Access> accesses, CancellationToken cancellationToken) =>
        WriteAsync(stream, FlatColumns.Access, accesses, Row, cancellationToken);

    /// <summary>Writes inactive NHS numbers.</summary>
    public static Task WriteInactiveAsync(Stream stream, IAsyncEnumerable<InactiveNumber> numbers, CancellationToken cancellationToken) =>
        WriteAsync(stream, FlatColumns.Inactive, numbers, Row, cancellationToken);

    /// <summary>
    /// Writes an acknowledgement: a row for each file code, then one for each result. The format carries neither counts, nor the display
    /// text of a record code, nor start dates, and at most one plan type for a result.
    /// </summary>
    public static async Task WriteAcknowledgementAsync(
        Stream stream,
        string fileNumber,
        IReadOnlyList<AcknowledgementCode> fileCodes,
        IAsyncEnumerable<RecordResult> results,
        CancellationToken cancellationToken)
    {
        await using var output = new FlatOutput(stream);
        await output.RowAsync(FlatColumns.Acknowledgement);
        foreach (var code in fileCodes)
        {
            await output.RowAsync([fileNumber, code.Code, null, null, null, null, code.Display]);
        }

        var repeated = fileCodes.Count > 0 ? fileCodes[0].Code : null;
        await foreach (var result in results.WithCancellation(cancellationToken))
        {
            await output.RowAsync(
            [
                fileNumber,
                repeated,
                result.RecordNumber?.ToString(CultureInfo.InvariantCulture),
                result.NhsNumber,
                result.PlanTypes is [var type] ? type.Code : null,
                result.Code,
                result.Detail,
            ]);
        }

        await output.FlushAsync(cancellationToken);
    }

    private static async Task WriteAsync<T>(
        Stream stream,
        IReadOnlyList<string> columns,
        IAsyncEnumerable<T> items,
        Func<T, string?[]> row,
        CancellationToken cancellationToken)
    {
        await using var output = new FlatOutput(stream);
        await output.RowAsync(columns);
        await foreach (var item in items.WithCancellation(cancellationToken))
        {
            await output.RowAsync(row(item));
        }

        await output.FlushAsync(cancellationToken);
    }

    private static string?[] Row(Access access) =>
    [
        access.QueryId,
        access.TimeIsKnown
            ? London.At(access.AccessedAt).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture)
            : FlatOutput.Date(London.DateOf(access.AccessedAt)),
        access.NhsNumber,
        access.LocalPersonId,
        access.AccessedBy,
        access.JobRole,
        access.OrganisationCode,
        access.OrganisationName,
        access.UploadFileNumber,
    ];

    private static string?[] Row(InactiveNumber number) =>
    [
        number.NhsNumber,
        number.LocalPersonId,
        string.Join(FlatColumns.Separator, number.Replacements),
        number.UploadFileNumber,
    ];
}
