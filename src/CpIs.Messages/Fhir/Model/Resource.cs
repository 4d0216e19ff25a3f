using System.Text.Json.Serialization;

namespace CpIs.Messages.Fhir.Model;

/// <summary>What every resource may have.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "resourceType")]
[JsonDerivedType(typeof(AuditEvent), nameof(AuditEvent))]
[JsonDerivedType(typeof(CarePlan), nameof(CarePlan))]
[JsonDerivedType(typeof(CareTeam), nameof(CareTeam))]
[JsonDerivedType(typeof(Flag), nameof(Flag))]
[JsonDerivedType(typeof(OperationOutcome), nameof(OperationOutcome))]
[JsonDerivedType(typeof(Organization), nameof(Organization))]
[JsonDerivedType(typeof(Patient), nameof(Patient))]
[JsonDerivedType(typeof(Provenance), nameof(Provenance))]
internal abstract record Resource
{
    [JsonPropertyOrder(-20)]
    [FhirText(TextKind.Id)]
    public string? Id { get; init; }

    [JsonPropertyOrder(-19)]
    public Meta? Meta { get; init; }

    /// <summary>Rules that change the meaning: whoever does not know them must not use the resource.</summary>
    [JsonPropertyOrder(-18)]
    [FhirText(TextKind.Uri)]
    public string? ImplicitRules { get; init; }

    [JsonPropertyOrder(-17)]
    [FhirText(TextKind.Code)]
    public string? Language { get; init; }
}

/// <summary>A resource that is not an envelope. What it contains stands in each type, typed where it is written, opaque where it is read.</summary>
internal abstract record DomainResource : Resource
{
    [JsonPropertyOrder(-16)]
    public Narrative? Text { get; init; }

    [JsonPropertyOrder(-14)]
    [JsonPropertyName("extension")]
    public IReadOnlyList<Extension>? Extensions { get; init; }

    /// <inheritdoc cref="BackboneElement.ModifierExtensions" />
    [JsonPropertyOrder(-13)]
    [JsonPropertyName("modifierExtension")]
    public IReadOnlyList<Extension>? ModifierExtensions { get; init; }
}
