using CpIs.Domain.Exchange;

namespace CpIs.Messages.Hl7v3;

/// <summary>The upload of the national message specification, message 01 (reference section b).</summary>
public sealed class Hl7v3Format : IUploadFormat
{
    /// <inheritdoc />
    public string Name => "hl7v3";

    /// <inheritdoc />
    public string FileExtension => ".xml";

    /// <inheritdoc />
    public string ContentType => "application/xml";

    /// <inheritdoc />
    /// <exception cref="ArgumentException">
    /// The council's data would make every file malformed: a blank ODS code or name, a telephone that is not digits with an optional
    /// leading +, no emergency duty number, or no records. The parameter name says which.
    /// </exception>
    /// <remarks>
    /// Writing a record throws <see cref="ArgumentException"/> when it would make the whole file malformed: a plan date outside 1900 to 2099,
    /// an unborn child's plan without end, a blank name. Nothing of that record is written then.
    /// </remarks>
    public IUploadWriter Begin(Stream stream, UploadHeader header)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Hl7v3UploadWriter.Check(header);
        return new Hl7v3UploadWriter(stream, header);
    }
}
