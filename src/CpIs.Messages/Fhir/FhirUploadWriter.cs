using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CpIs.Domain.Exchange;
using CpIs.Messages.Fhir.Model;

namespace CpIs.Messages.Fhir;

/// <summary>Writes the Bundle as the records come; some tens of kilobytes are in memory at any time.</summary>
internal sealed class FhirUploadWriter : IUploadWriter
{
    private const int FlushBytes = 64 * 1024;
    private readonly Stream _stream;
    private readonly UploadHeader _header;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * FlushBytes);
    private readonly Utf8JsonWriter _json;
    private int _records;
    private bool _complete;

    public FhirUploadWriter(Stream stream, UploadHeader header)
    {
        _stream = stream;
        _header = header;

        // Readable by a person: indented, and names with an apostrophe or an accent as they are. The file is never put into HTML.
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _json.WriteStartObject();
        _json.WriteString("resourceType", nameof(Bundle));
        _json.WritePropertyName("identifier");
        JsonSerializer.Serialize(_json, UploadMapping.FileIdentifier(header.FileNumber), FhirJson.Default.Identifier);
        _json.WriteString("type", "transaction");
        _json.WriteString("timestamp", FhirTime.Write(header.CreatedAt));
        _json.WriteStartArray("entry");
    }

    /// <inheritdoc />
    public async Task WriteAsync(UploadRecord record, CancellationToken cancellationToken)
    {
        if (_records == _header.RecordCount)
        {
            throw new InvalidOperationException($"The header announced {_header.RecordCount} records.");
        }

        _records++;
        foreach (var entry in UploadMapping.Entries(_header, record))
        {
            JsonSerializer.Serialize(_json, entry, FhirJson.Default.BundleEntry);
        }

        if (_buffer.WrittenCount >= FlushBytes)
        {
            await Flush(cancellationToken);
        }
    }

    /// <inheritdoc />
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (_records != _header.RecordCount || _complete)
        {
            throw new InvalidOperationException($"The header announced {_header.RecordCount} records, {_records} were written.");
        }

        _complete = true;
        _json.WriteEndArray();
        _json.WriteEndObject();
        await _json.FlushAsync(cancellationToken);
        _buffer.Write("\n"u8);
        await Flush(cancellationToken);
        await _stream.FlushAsync(cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _json.DisposeAsync();

    private async Task Flush(CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        _buffer.ResetWrittenCount();
    }
}
