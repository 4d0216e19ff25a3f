using System.Globalization;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;

namespace CpIs.Messages.Flat;

internal sealed class FlatUploadWriter(Stream stream, UploadHeader header) : IUploadWriter
{
    private readonly FlatOutput _output = new(stream);
    private readonly UploadTally _tally = new(header.RecordCount);

    public async Task WriteAsync(UploadRecord record, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var number = _tally.Add();
        if (number == 1)
        {
            await _output.RowAsync(FlatColumns.Upload);
        }

        await _output.RowAsync(
        [
            header.FileNumber.ToString(),
            number.ToString(CultureInfo.InvariantCulture),
            header.Authority.OdsCode,
            record.SubjectRole == SubjectRole.Mother ? FlatColumns.Mother : FlatColumns.Child,
            record.Key.NhsNumber.Value,
            record.Content.LocalPersonId,
            record.Content.FamilyName,
            record.Content.GivenName,
            FlatOutput.Date(record.Content.BirthDate),
            record.Key.PlanType.Code,
            FlatOutput.Date(record.Key.Start),
            FlatOutput.Date(record.Content.End),
            FlatOutput.Date(record.DeleteDate),
            FlatOutput.Date(record.VisibleUntil),
        ]);
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        _tally.Complete();
        await _output.FlushAsync(cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _output.DisposeAsync();
}
