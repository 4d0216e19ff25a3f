using CpIs.Messages;
using CpIs.Messages.Fhir;
using CpIs.Messages.Flat;
using CpIs.Messages.Hl7v3;

namespace CpIs.Batch.Steps;

/// <summary>The payload formats by their configured names.</summary>
internal static class Formats
{
    private static readonly IReadOnlyList<IUploadFormat> s_all = [new Hl7v3Format(), new FhirFormat(), new FlatFormat()];

    /// <exception cref="Commands.UsageException">There is no such format.</exception>
    public static IUploadFormat Named(string name) =>
        s_all.FirstOrDefault(f => f.Name == name) ?? throw new Commands.UsageException($"Payload:Formats: {name} is not a format of this program.");
}
