using System.Text.Json;
using System.Text.Json.Serialization;

namespace CpIs.Messages.Fhir.Model;

/// <summary>An access to a record; complete, because the reader refuses what it does not know.</summary>
internal sealed record AuditEvent : DomainResource
{
    [JsonPropertyOrder(-15)]
    public IReadOnlyList<JsonElement>? Contained { get; init; }

    public required Coding Type { get; init; }

    public IReadOnlyList<Coding>? Subtype { get; init; }

    public AuditEventAction? Action { get; init; }

    public Period? Period { get; init; }

    [FhirText(TextKind.AccessTime)]
    public required string Recorded { get; init; }

    public AuditEventOutcome? Outcome { get; init; }

    public string? OutcomeDesc { get; init; }

    public IReadOnlyList<CodeableConcept>? PurposeOfEvent { get; init; }

    public required IReadOnlyList<AuditEventAgent> Agent { get; init; }

    public required AuditEventSource Source { get; init; }

    public IReadOnlyList<AuditEventEntity>? Entity { get; init; }
}

internal sealed record AuditEventAgent : BackboneElement
{
    public CodeableConcept? Type { get; init; }

    public IReadOnlyList<CodeableConcept>? Role { get; init; }

    public Reference? Who { get; init; }

    public string? AltId { get; init; }

    public string? Name { get; init; }

    public required bool Requestor { get; init; }

    public Reference? Location { get; init; }

    [FhirText(TextKind.Uri)]
    public IReadOnlyList<string>? Policy { get; init; }

    public Coding? Media { get; init; }

    public AuditEventNetwork? Network { get; init; }

    public IReadOnlyList<CodeableConcept>? PurposeOfUse { get; init; }
}

internal sealed record AuditEventNetwork : BackboneElement
{
    public string? Address { get; init; }

    public NetworkType? Type { get; init; }
}

internal sealed record AuditEventSource : BackboneElement
{
    public string? Site { get; init; }

    public required Reference Observer { get; init; }

    public IReadOnlyList<Coding>? Type { get; init; }
}

internal sealed record AuditEventEntity : BackboneElement
{
    public Reference? What { get; init; }

    public Coding? Type { get; init; }

    public Coding? Role { get; init; }

    public Coding? Lifecycle { get; init; }

    public IReadOnlyList<Coding>? SecurityLabel { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    [FhirText(TextKind.Base64)]
    public string? Query { get; init; }

    public IReadOnlyList<AuditEventDetail>? Detail { get; init; }
}

internal sealed record AuditEventDetail : BackboneElement
{
    public required string Type { get; init; }

    [FhirChoice("value", Required = true)]
    public string? ValueString { get; init; }

    [FhirText(TextKind.Base64)]
    [FhirChoice("value", Required = true)]
    public string? ValueBase64Binary { get; init; }
}
