using System.Text.Json.Serialization;

namespace CpIs.Messages.Fhir.Model;

// The data types that the resources beside this file reach. Those below an AuditEvent are complete, because the reader refuses what it does not
// know; of the others the elements that are written.

/// <summary>What every element may have.</summary>
internal abstract record Element
{
    [JsonPropertyOrder(-10)]
    public string? Id { get; init; }

    [JsonPropertyOrder(-9)]
    [JsonPropertyName("extension")]
    public IReadOnlyList<Extension>? Extensions { get; init; }
}

/// <summary>An element defined inside a resource.</summary>
internal abstract record BackboneElement : Element
{
    /// <summary>Extensions that change the meaning: whoever does not know them must not use the element.</summary>
    [JsonPropertyOrder(-8)]
    [JsonPropertyName("modifierExtension")]
    public IReadOnlyList<Extension>? ModifierExtensions { get; init; }
}

/// <summary>An extension. Its value is not looked into: none is known here.</summary>
internal sealed record Extension : Element
{
    [FhirText(TextKind.Uri)]
    public required string Url { get; init; }
}

internal sealed record Coding : Element
{
    [FhirText(TextKind.Uri)]
    public string? System { get; init; }

    public string? Version { get; init; }

    [FhirText(TextKind.Code)]
    public string? Code { get; init; }

    public string? Display { get; init; }

    public bool? UserSelected { get; init; }
}

internal sealed record CodeableConcept : Element
{
    public IReadOnlyList<Coding>? Coding { get; init; }

    public string? Text { get; init; }
}

internal sealed record Identifier : Element
{
    public IdentifierUse? Use { get; init; }

    public CodeableConcept? Type { get; init; }

    [FhirText(TextKind.Uri)]
    public string? System { get; init; }

    public string? Value { get; init; }

    public Period? Period { get; init; }

    public Reference? Assigner { get; init; }
}

internal sealed record Reference : Element
{
    /// <summary>Where the resource is: an address, or <c>#id</c> of a contained one.</summary>
    [JsonPropertyName("reference")]
    public string? Literal { get; init; }

    [FhirText(TextKind.Uri)]
    public string? Type { get; init; }

    public Identifier? Identifier { get; init; }

    public string? Display { get; init; }
}

internal sealed record Period : Element
{
    [FhirText(TextKind.DateTime)]
    public string? Start { get; init; }

    [FhirText(TextKind.DateTime)]
    public string? End { get; init; }
}

internal sealed record ContactPoint : Element
{
    public ContactPointSystem? System { get; init; }

    public string? Value { get; init; }

    public ContactPointUse? Use { get; init; }
}

internal sealed record HumanName : Element
{
    public string? Family { get; init; }

    public IReadOnlyList<string>? Given { get; init; }
}

internal sealed record Meta : Element
{
    [FhirText(TextKind.Id)]
    public string? VersionId { get; init; }

    [FhirText(TextKind.Instant)]
    public string? LastUpdated { get; init; }

    [FhirText(TextKind.Uri)]
    public string? Source { get; init; }

    [FhirText(TextKind.Uri)]
    public IReadOnlyList<string>? Profile { get; init; }

    public IReadOnlyList<Coding>? Security { get; init; }

    public IReadOnlyList<Coding>? Tag { get; init; }
}

internal sealed record Narrative : Element
{
    public required NarrativeStatus Status { get; init; }

    public required string Div { get; init; }
}
