using System.Text.Json;

namespace CpIs.Messages.Fhir.Model;

internal sealed record Bundle : Resource
{
    public Identifier? Identifier { get; init; }

    public required BundleType Type { get; init; }

    [FhirText(TextKind.Instant)]
    public string? Timestamp { get; init; }

    public uint? Total { get; init; }

    public IReadOnlyList<BundleLink>? Link { get; init; }

    public IReadOnlyList<BundleEntry>? Entry { get; init; }

    public JsonElement? Signature { get; init; }
}

internal sealed record BundleLink : BackboneElement
{
    public required string Relation { get; init; }

    [FhirText(TextKind.Uri)]
    public required string Url { get; init; }
}

internal sealed record BundleEntry : BackboneElement
{
    public IReadOnlyList<BundleLink>? Link { get; init; }

    [FhirText(TextKind.Uri)]
    public string? FullUrl { get; init; }

    public Resource? Resource { get; init; }

    public BundleSearch? Search { get; init; }

    public BundleRequest? Request { get; init; }

    public BundleResponse? Response { get; init; }
}

internal sealed record BundleSearch : BackboneElement
{
    public SearchEntryMode? Mode { get; init; }

    public decimal? Score { get; init; }
}

internal sealed record BundleRequest : BackboneElement
{
    public required HttpVerb Method { get; init; }

    [FhirText(TextKind.Uri)]
    public required string Url { get; init; }

    public string? IfNoneMatch { get; init; }

    [FhirText(TextKind.Instant)]
    public string? IfModifiedSince { get; init; }

    public string? IfMatch { get; init; }

    public string? IfNoneExist { get; init; }
}

internal sealed record BundleResponse : BackboneElement
{
    public required string Status { get; init; }

    [FhirText(TextKind.Uri)]
    public string? Location { get; init; }

    public string? Etag { get; init; }

    [FhirText(TextKind.Instant)]
    public string? LastModified { get; init; }

    public JsonElement? Outcome { get; init; }
}
