using CpIs.Domain.Exchange;

namespace CpIs.Messages.Flat;

/// <summary>The upload as CSV (contract section 5), for councils that feed an integration engine of their own.</summary>
public sealed class FlatFormat : IUploadFormat
{
    internal const string FormatName = "flat";

    /// <inheritdoc />
    public string Name => FormatName;

    /// <inheritdoc />
    public string FileExtension => ".csv";

    /// <inheritdoc />
    public string ContentType => "text/csv";

    /// <inheritdoc />
    /// <remarks>Cells are data and go out as they are, also where a spreadsheet would take one for a formula.</remarks>
    /// <exception cref="ArgumentException">The header announces no records (rule U7).</exception>
    public IUploadWriter Begin(Stream stream, UploadHeader header)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (header.RecordCount < 1)
        {
            throw new ArgumentException("A file without records cannot be sent (rule U7).", nameof(header));
        }

        return new FlatUploadWriter(stream, header);
    }
}
