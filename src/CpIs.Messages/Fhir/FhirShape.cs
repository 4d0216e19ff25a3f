using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CpIs.Messages.Fhir.Model;

namespace CpIs.Messages.Fhir;

/// <summary>
/// What JSON of one type of the model must look like: known and required elements, arrays and single values, JSON types, codes with their letter
/// case, formats, calendar. What passes can be read into the model without failing.
/// </summary>
internal sealed class FhirShape
{
    private const string NotAnObject = "an object is expected";
    private const string NotTheType = "is not of the type that R4 gives it";

    // Derived from the model alone, so it is the same for every caller.
    private static readonly ConcurrentDictionary<Type, FhirShape> Shapes = new();

    private readonly FrozenDictionary<string, FhirElementShape> _elements;
    private readonly IReadOnlyList<FhirElementShape> _required;
    private readonly IReadOnlyList<(FhirChoiceAttribute Choice, IReadOnlyList<string> Names)> _choices;
    private readonly FrozenDictionary<string, JsonTypeInfo>? _derived;
    private readonly bool _isExtension;
    private readonly bool _isResource;

    private FhirShape(JsonTypeInfo type)
    {
        _elements = type.Properties.Select(p => new FhirElementShape(p)).ToFrozenDictionary(e => e.Name, StringComparer.Ordinal);
        _required = [.. type.Properties.Select(p => _elements[p.Name]).Where(e => e.IsRequired)];
        _choices = [.. type.Properties.Select(p => _elements[p.Name]).Where(e => e.Choice is not null).GroupBy(e => e.Choice!.Name, StringComparer.Ordinal)
            .Select(g => (g.First().Choice!, (IReadOnlyList<string>)[.. g.Select(e => e.Name)]))];
        _derived = type.PolymorphismOptions?.DerivedTypes
            .ToFrozenDictionary(d => (string)d.TypeDiscriminator!, d => type.Options.GetTypeInfo(d.DerivedType), StringComparer.Ordinal);
        _isExtension = type.Type == typeof(Extension);
        _isResource = typeof(Resource).IsAssignableFrom(type.Type);
    }

    /// <summary>The shape of a type of the model.</summary>
    public static FhirShape Of(JsonTypeInfo type) => Shapes.GetOrAdd(type.Type, static (_, t) => new FhirShape(t), type);

    /// <summary>What a resource says it is; null where it says nothing.</summary>
    public static string? ResourceType(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("resourceType", out var type) && type.ValueKind == JsonValueKind.String
            ? type.GetString()
            : null;

    /// <summary>An element by its JSON name, letter case counting; null where there is none.</summary>
    public FhirElementShape? Element(string name) => _elements.GetValueOrDefault(name);

    /// <summary>The first fault of an object, or null.</summary>
    /// <param name="path">The JSON path of the object.</param>
    public FhirFault? Check(JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return new FhirFault(path, NotAnObject);
        }

        if (_derived is not null)
        {
            return ResourceType(json) is { } name && _derived.TryGetValue(name, out var type)
                ? Of(type).Check(json, path)
                : new FhirFault(FhirFault.Child(path, "resourceType"), "missing, or not a resource type that is expected here");
        }

        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in json.EnumerateObject())
        {
            if ((_isResource && item.NameEquals("resourceType")) || (_isExtension && IsExtensionValue(item.Name)))
            {
                present.Add(_isExtension ? "value" : item.Name);
                continue;
            }

            var place = FhirFault.Child(path, item.Name);
            if (Element(item.Name) is { } element)
            {
                if (element.Check(item.Value, place) is { } fault)
                {
                    return fault;
                }

                present.Add(item.Name);
            }
            else if (item.Name.StartsWith('_') && Element(item.Name[1..]) is { IsPrimitive: true })
            {
                if (!IsPrimitiveExtension(item.Value))
                {
                    return new FhirFault(place, "only an id and extensions may stand beside a value");
                }
            }
            else
            {
                return new FhirFault(place, "R4 has no such element here");
            }
        }

        return Missing(present, path);
    }

    private FhirFault? Missing(HashSet<string> present, string path)
    {
        if (_required.FirstOrDefault(e => !present.Contains(e.Name)) is { } required)
        {
            return new FhirFault(FhirFault.Child(path, required.Name), "missing, and R4 requires it");
        }

        foreach (var (choice, names) in _choices)
        {
            var count = names.Count(present.Contains);
            if (count > 1 || (count == 0 && choice.Required))
            {
                return new FhirFault(FhirFault.Child(path, choice.Name), "exactly one type of a choice is expected");
            }
        }

        if (present.Count == 0)
        {
            return new FhirFault(path, "an object without content");
        }

        return _isExtension && present.Contains("value") == present.Contains("extension")
            ? new FhirFault(path, "an extension has either a value or extensions")
            : null;
    }

    private static bool IsPrimitiveExtension(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().All(p => p.NameEquals("id") || p.NameEquals("extension")),
        JsonValueKind.Array => json.EnumerateArray().All(i => i.ValueKind == JsonValueKind.Null || (i.ValueKind == JsonValueKind.Object && IsPrimitiveExtension(i))),
        _ => false,
    };

    private static bool IsExtensionValue(string name)
    {
        var bare = name.StartsWith('_') ? name[1..] : name;
        return bare.StartsWith("value", StringComparison.Ordinal) && FhirNames.ExtensionValueTypes.Contains(bare["value".Length..]);
    }

    /// <summary>One element of a type.</summary>
    internal sealed class FhirElementShape
    {
        private readonly JsonPropertyInfo _property;
        private readonly JsonTypeInfo _itemType;
        private readonly bool _isArray;

        public FhirElementShape(JsonPropertyInfo property)
        {
            _property = property;
            var type = property.Options.GetTypeInfo(property.PropertyType);
            _isArray = type.Kind == JsonTypeInfoKind.Enumerable;
            _itemType = _isArray ? property.Options.GetTypeInfo(type.ElementType!) : type;
            var plain = Nullable.GetUnderlyingType(_itemType.Type) ?? _itemType.Type;
            Type = plain;
            Codes = plain.IsEnum
                ? plain.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name)
                    .ToFrozenSet(StringComparer.Ordinal)
                : null;
            Kind = Attribute<FhirTextAttribute>()?.Kind ?? TextKind.String;
            Choice = Attribute<FhirChoiceAttribute>();
        }

        public string Name => _property.Name;

        public bool IsRequired => _property.IsRequired;

        /// <summary>The type of the value, or of an item where it is an array.</summary>
        public Type Type { get; }

        /// <summary>Which primitive type of R4 a text is.</summary>
        public TextKind Kind { get; }

        /// <summary>The codes of an element with a required binding.</summary>
        public FrozenSet<string>? Codes { get; }

        public FhirChoiceAttribute? Choice { get; }

        public bool IsPrimitive => _itemType.Kind != JsonTypeInfoKind.Object && Type != typeof(JsonElement);

        /// <summary>The first fault of the element's value, or null.</summary>
        public FhirFault? Check(JsonElement json, string path)
        {
            if (Name is "modifierExtension" or "implicitRules")
            {
                return new FhirFault(path, "changes the meaning of the content in a way that is not known here");
            }

            if (!_isArray)
            {
                return Item(json, path);
            }

            if (json.ValueKind != JsonValueKind.Array)
            {
                return new FhirFault(path, "an array is expected");
            }

            var index = 0;
            foreach (var item in json.EnumerateArray())
            {
                if (Item(item, FhirFault.Item(path, index++)) is { } fault)
                {
                    return fault;
                }
            }

            return index > 0 ? null : new FhirFault(path, "an empty array");
        }

        private FhirFault? Item(JsonElement json, string path)
        {
            if (_itemType.Kind == JsonTypeInfoKind.Object)
            {
                return Of(_itemType).Check(json, path);
            }

            // What the model has as bare JSON is passed over by design.
            if (Type == typeof(JsonElement))
            {
                return json.ValueKind == JsonValueKind.Object ? null : new FhirFault(path, NotAnObject);
            }

            if (Type == typeof(bool))
            {
                return json.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : new FhirFault(path, NotTheType);
            }

            if (Type == typeof(uint))
            {
                return json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number) && number >= 0 ? null : new FhirFault(path, NotTheType);
            }

            if (Type == typeof(decimal))
            {
                return json.ValueKind == JsonValueKind.Number && json.TryGetDecimal(out _) ? null : new FhirFault(path, NotTheType);
            }

            if (json.ValueKind != JsonValueKind.String)
            {
                return new FhirFault(path, NotTheType);
            }

            var text = json.GetString()!;
            if (Codes is not null)
            {
                return Codes.Contains(text) ? null : new FhirFault(path, "is not one of the codes that R4 allows here");
            }

            return IsFormed(text) ? null : new FhirFault(path, "does not have the format that R4 gives it, or names a date that does not exist");
        }

        private bool IsFormed(string text) => Kind switch
        {
            TextKind.String => true,
            TextKind.Id => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.'),
            TextKind.Uri => text.Length > 0 && !text.Any(char.IsWhiteSpace),
            TextKind.Code => text.Length > 0 && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1]) && !text.Contains("  ", StringComparison.Ordinal),
            TextKind.Base64 => text.Length > 0 && Base64.IsValid(Encoding.UTF8.GetBytes(text)),
            _ => FhirTime.IsValid(text, Kind),
        };

        private T? Attribute<T>()
            where T : Attribute =>
            _property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: true) is [T attribute, ..] ? attribute : null;
    }
}
