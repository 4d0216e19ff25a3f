using System.Globalization;
using System.Text;
using CsvHelper;

namespace CpIs.Messages.Flat;

/// <summary>Writes rows of CSV (RFC 4180): UTF-8 without byte order mark, CRLF, quotes where needed. The stream is left open.</summary>
internal sealed class FlatOutput : IAsyncDisposable
{
    private readonly StreamWriter _text;
    private readonly CsvWriter _csv;

    public FlatOutput(Stream stream)
    {
        _text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        _csv = new CsvWriter(_text, CultureInfo.InvariantCulture, leaveOpen: true);
    }

    public async Task RowAsync(IEnumerable<string?> cells)
    {
        foreach (var cell in cells)
        {
            _csv.WriteField(cell);
        }

        await _csv.NextRecordAsync();
    }

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _csv.FlushAsync();
        await _text.FlushAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _csv.DisposeAsync();
        await _text.DisposeAsync();
    }

    public static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string? Date(DateOnly? date) => date is { } d ? Date(d) : null;
}
