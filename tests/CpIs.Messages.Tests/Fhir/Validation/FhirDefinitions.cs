using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace CpIs.Messages.Tests.Fhir.Validation;

/// <summary>HL7's R4 definitions, as far as the trimmed copy goes (see Definitions/README.md).</summary>
internal sealed class FhirDefinitions
{
    private static readonly Lazy<FhirDefinitions> Loaded = new(Load);

    private FhirDefinitions(
        IReadOnlyDictionary<string, FhirType> types, IReadOnlyDictionary<string, FhirValueSet> valueSets, IReadOnlySet<string> resourceTypes)
    {
        Types = types;
        ValueSets = valueSets;
        ResourceTypes = resourceTypes;
    }

    public static FhirDefinitions R4 => Loaded.Value;

    /// <summary>By name; only the types that the trimmed copy holds.</summary>
    public IReadOnlyDictionary<string, FhirType> Types { get; }

    /// <summary>By canonical address without version. A value set without codes is too large to list.</summary>
    public IReadOnlyDictionary<string, FhirValueSet> ValueSets { get; }

    /// <summary>The names of all resource types of R4.</summary>
    public IReadOnlySet<string> ResourceTypes { get; }

    private static FhirDefinitions Load()
    {
        var file = Path.Combine(Repository.Root, "tests", "CpIs.Messages.Tests", "Fhir", "Definitions", "r4-trimmed.json");
        using var stream = File.OpenRead(file);
        var content = JsonSerializer.Deserialize<DefinitionFile>(stream, JsonSerializerOptions.Web)!;
        return new FhirDefinitions(
            content.StructureDefinitions.ToDictionary(s => s.Name, s => new FhirType(s)),
            content.ValueSets.ToDictionary(v => v.Url),
            content.ResourceTypes.ToHashSet());
    }

    private sealed record DefinitionFile(
        IReadOnlyList<FhirStructure> StructureDefinitions, IReadOnlyList<FhirValueSet> ValueSets, IReadOnlyList<string> ResourceTypes);
}

internal sealed record FhirStructure(string Name, string Kind, bool Abstract, string Type, IReadOnlyList<FhirElementRule> Element);

internal sealed record FhirElementRule(
    string Path,
    int Min,
    string Max,
    string? ContentReference,
    IReadOnlyList<FhirTypeRule>? Type,
    IReadOnlyList<FhirInvariant>? Constraint,
    FhirBinding? Binding)
{
    [JsonIgnore]
    public bool IsChoice => Path.EndsWith("[x]", StringComparison.Ordinal);

    /// <summary>The element's name without the choice mark.</summary>
    [JsonIgnore]
    public string Name => Path[(Path.LastIndexOf('.') + 1)..].Replace("[x]", "", StringComparison.Ordinal);

    [JsonIgnore]
    public bool IsArray => Max != "1";
}

internal sealed record FhirTypeRule(string Code, IReadOnlyList<string>? TargetProfile, IReadOnlyList<FhirTypeExtension>? Extension);

internal sealed record FhirTypeExtension(string Url, string ValueString);

internal sealed record FhirInvariant(string Key, string Severity, string? Expression);

internal sealed record FhirBinding(string Strength, string ValueSet);

internal sealed record FhirValueSet(string Url, IReadOnlyDictionary<string, IReadOnlyList<string>>? Codes);

/// <summary>A resource or data type: its own rule and the rules of the elements below it.</summary>
internal sealed class FhirType
{
    private readonly FhirStructure _structure;
    private readonly ILookup<string, FhirElementRule> _children;

    public FhirType(FhirStructure structure)
    {
        _structure = structure;
        Root = structure.Element[0];
        _children = structure.Element.Skip(1).ToLookup(e => e.Path[..e.Path.LastIndexOf('.')]);

        // The regular expression of a primitive stands on its value element.
        var pattern = IsPrimitive
            ? structure.Element.FirstOrDefault(e => e.Path == $"{structure.Name}.value")?.Type?[0].Extension?[0].ValueString
            : null;
        Pattern = pattern is null ? null : new Regex($"^(?:{pattern})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
    }

    public string Name => _structure.Name;

    public bool IsPrimitive => _structure.Kind == "primitive-type";

    public bool IsResource => _structure.Kind == "resource";

    public FhirElementRule Root { get; }

    public IReadOnlyList<FhirElementRule> Elements => _structure.Element;

    public Regex? Pattern { get; }

    public IEnumerable<FhirElementRule> ElementsBelow(string path) => _children[path];

    public FhirElementRule Rule(string path) => _structure.Element.First(e => e.Path == path);
}
