namespace CpIs.Messages.Fhir.Model;

/// <summary>What a FHIR server answers when something failed.</summary>
internal sealed record OperationOutcome : DomainResource
{
    public required IReadOnlyList<OperationOutcomeIssue> Issue { get; init; }
}

internal sealed record OperationOutcomeIssue : BackboneElement
{
    public required IssueSeverity Severity { get; init; }

    [FhirText(TextKind.Code)]
    public required string Code { get; init; }

    public CodeableConcept? Details { get; init; }

    public string? Diagnostics { get; init; }

    public IReadOnlyList<string>? Location { get; init; }

    public IReadOnlyList<string>? Expression { get; init; }
}
