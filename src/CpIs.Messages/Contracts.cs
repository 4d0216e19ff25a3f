using CpIs.Domain.Exchange;

namespace CpIs.Messages;

/// <summary>Writes one upload file, record by record: nothing of it is kept in memory. The stream is left open.</summary>
public interface IUploadWriter : IAsyncDisposable
{
    /// <summary>Adds a record. Records are numbered from 1 in the order in which they are written.</summary>
    /// <exception cref="InvalidOperationException">More records than the header announced.</exception>
    Task WriteAsync(UploadRecord record, CancellationToken cancellationToken);

    /// <summary>Ends the file and flushes it to the stream.</summary>
    /// <exception cref="InvalidOperationException">Fewer records than the header announced.</exception>
    Task CompleteAsync(CancellationToken cancellationToken);
}

/// <summary>A payload format.</summary>
public interface IUploadFormat
{
    /// <summary>The name as configured: <c>hl7v3</c>, <c>fhir</c> or <c>flat</c>.</summary>
    string Name { get; }

    /// <summary>With the dot: <c>.xml</c>, <c>.json</c>, <c>.csv</c>.</summary>
    string FileExtension { get; }

    /// <summary>MIME type for the transport.</summary>
    string ContentType { get; }

    /// <summary>Begins a file on the stream.</summary>
    IUploadWriter Begin(Stream stream, UploadHeader header);
}

/// <summary>What became of inbound bytes.</summary>
/// <param name="Format">hl7v3, flat or fhir, where it could be told.</param>
/// <param name="Message">The message, or null when it is to be quarantined whole (rule K6).</param>
/// <param name="Problem">Why it is quarantined, in words that repeat no data; null with a message.</param>
public sealed record InboundReading(string? Format, InboundMessage? Message, string? Problem);
