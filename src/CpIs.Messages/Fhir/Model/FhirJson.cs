using System.Text.Json.Serialization;

namespace CpIs.Messages.Fhir.Model;

/// <summary>How the model is written as JSON and read from it. Its metadata is also what <see cref="FhirShape"/> checks documents against.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    AllowOutOfOrderMetadataProperties = true,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Bundle))]
[JsonSerializable(typeof(AuditEvent))]
[JsonSerializable(typeof(OperationOutcome))]
internal sealed partial class FhirJson : JsonSerializerContext;
