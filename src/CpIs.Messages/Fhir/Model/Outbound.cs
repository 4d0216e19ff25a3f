using System.Text.Json.Serialization;

namespace CpIs.Messages.Fhir.Model;

// Of these the elements that are written, no more.

internal sealed record CarePlan : DomainResource
{
    [JsonPropertyOrder(-15)]
    public IReadOnlyList<Resource>? Contained { get; init; }

    public IReadOnlyList<Identifier>? Identifier { get; init; }

    public required CarePlanStatus Status { get; init; }

    public required CarePlanIntent Intent { get; init; }

    public IReadOnlyList<CodeableConcept>? Category { get; init; }

    public required Reference Subject { get; init; }

    public Period? Period { get; init; }

    public Reference? Author { get; init; }

    public IReadOnlyList<Reference>? CareTeam { get; init; }
}

internal sealed record CareTeam : DomainResource
{
    public IReadOnlyList<Identifier>? Identifier { get; init; }

    public CareTeamStatus? Status { get; init; }

    public IReadOnlyList<CodeableConcept>? Category { get; init; }

    public string? Name { get; init; }

    public Reference? Subject { get; init; }

    public Period? Period { get; init; }

    public IReadOnlyList<Reference>? ManagingOrganization { get; init; }

    public IReadOnlyList<ContactPoint>? Telecom { get; init; }
}

internal sealed record Patient : DomainResource
{
    public IReadOnlyList<Identifier>? Identifier { get; init; }

    public IReadOnlyList<HumanName>? Name { get; init; }

    [FhirText(TextKind.Date)]
    public string? BirthDate { get; init; }
}

internal sealed record Provenance : DomainResource
{
    public required IReadOnlyList<Reference> Target { get; init; }

    [FhirText(TextKind.DateTime)]
    [FhirChoice("occurred")]
    public string? OccurredDateTime { get; init; }

    [FhirText(TextKind.Instant)]
    public required string Recorded { get; init; }

    public CodeableConcept? Activity { get; init; }

    public required IReadOnlyList<ProvenanceAgent> Agent { get; init; }
}

internal sealed record ProvenanceAgent : BackboneElement
{
    public required Reference Who { get; init; }
}

/// <summary>The Patient Flag design's head, which points to a CarePlan. Not sent: the contract's upload is CarePlan and CareTeam.</summary>
internal sealed record Flag : DomainResource
{
    [JsonPropertyOrder(-15)]
    public IReadOnlyList<Resource>? Contained { get; init; }

    public IReadOnlyList<Identifier>? Identifier { get; init; }

    public required FlagStatus Status { get; init; }

    public IReadOnlyList<CodeableConcept>? Category { get; init; }

    public required CodeableConcept Code { get; init; }

    public required Reference Subject { get; init; }

    public Period? Period { get; init; }

    public Reference? Author { get; init; }
}

/// <summary>The council as a resource. Not sent: a conditional PUT of it would overwrite what the receiver knows of the council.</summary>
internal sealed record Organization : DomainResource
{
    public IReadOnlyList<Identifier>? Identifier { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<ContactPoint>? Telecom { get; init; }
}
