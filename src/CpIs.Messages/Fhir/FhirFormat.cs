using CpIs.Domain.Exchange;

namespace CpIs.Messages.Fhir;

/// <summary>Upload files as FHIR R4 transaction Bundles (contract section 5).</summary>
public sealed class FhirFormat : IUploadFormat
{
    /// <inheritdoc />
    public string Name => FhirInbound.Format;

    /// <inheritdoc />
    public string FileExtension => ".json";

    /// <inheritdoc />
    public string ContentType => "application/fhir+json";

    /// <inheritdoc />
    public IUploadWriter Begin(Stream stream, UploadHeader header) => new FhirUploadWriter(stream, header);
}
