using System.Buffers.Text;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CpIs.Messages.Fhir.Model;

namespace CpIs.Messages.Fhir;

/// <summary>
/// Checks JSON against the model: unknown and missing elements, arrays and single values, JSON types, codes with their letter case, formats,
/// calendar. It finds the first fault, so that what passes can be read into the model without failing.
/// </summary>
internal static class FhirShape
{
    private const string Wrong = "is not of the type that R4 gives it";

    /// <summary>The first fault of a whole value, or null.</summary>
    public static FhirFault? Check(JsonElement json, JsonTypeInfo type, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return new FhirFault(path, "an object is expected");
        }

        if (type.PolymorphismOptions is { } choices)
        {
            var name = ResourceType(json);
            var derived = choices.DerivedTypes.FirstOrDefault(d => string.Equals(d.TypeDiscriminator as string, name, StringComparison.Ordinal)).DerivedType;
            return derived is null
                ? new FhirFault(FhirFault.Child(path, "resourceType"), "missing, or not a resource type that is expected here")
                : Check(json, type.Options.GetTypeInfo(derived), path);
        }

        var isExtension = type.Type == typeof(Extension);
        var isResource = typeof(Resource).IsAssignableFrom(type.Type);
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in json.EnumerateObject())
        {
            var place = FhirFault.Child(path, item.Name);
            if (isResource && item.NameEquals("resourceType"))
            {
                continue;
            }

            if (isExtension && IsExtensionValue(item.Name))
            {
                present.Add("value");
                continue;
            }

            if (Find(type, item.Name) is { } property)
            {
                if (Check(item.Value, property, place) is { } fault)
                {
                    return fault;
                }

                present.Add(item.Name);
            }
            else if (item.Name.StartsWith('_') && Find(type, item.Name[1..]) is { } primitive && IsPrimitive(primitive))
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

        return Missing(type, present, path, isExtension);
    }

    /// <summary>The first fault of one property's value, or null.</summary>
    public static FhirFault? Check(JsonElement json, JsonPropertyInfo property, string path)
    {
        if (property.Name is "modifierExtension" or "implicitRules")
        {
            return new FhirFault(path, "changes the meaning of the content in a way that is not known here");
        }

        // What is typed as bare JSON is passed over by design.
        if (property.PropertyType == typeof(JsonElement?))
        {
            return json.ValueKind == JsonValueKind.Object ? null : new FhirFault(path, "an object is expected");
        }

        var type = property.Options.GetTypeInfo(property.PropertyType);
        if (type.Kind != JsonTypeInfoKind.Enumerable)
        {
            return Item(json, type, property, path);
        }

        if (json.ValueKind != JsonValueKind.Array)
        {
            return new FhirFault(path, "an array is expected");
        }

        var itemType = property.Options.GetTypeInfo(type.ElementType!);
        var index = 0;
        foreach (var item in json.EnumerateArray())
        {
            if (Item(item, itemType, property, FhirFault.Item(path, index++)) is { } fault)
            {
                return fault;
            }
        }

        // An empty list of entries is what an empty notification may look like; elsewhere R4's ban on empty arrays stands.
        return index > 0 || property.Name == "entry" ? null : new FhirFault(path, "an empty array");
    }

    /// <summary>The property of a model type by its JSON name, letter case counting; null where there is none.</summary>
    public static JsonPropertyInfo? Find(JsonTypeInfo type, string name) =>
        type.Properties.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.Ordinal));

    /// <summary>What a resource says it is; null where it says nothing.</summary>
    public static string? ResourceType(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("resourceType", out var type) && type.ValueKind == JsonValueKind.String
            ? type.GetString()
            : null;

    /// <summary>The codes of an enum of the model.</summary>
    public static IEnumerable<string> Codes(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name);

    /// <summary>The primitive type of a text property.</summary>
    public static TextKind KindOf(JsonPropertyInfo property) => Attribute<FhirTextAttribute>(property)?.Kind ?? TextKind.String;

    private static FhirFault? Item(JsonElement json, JsonTypeInfo type, JsonPropertyInfo property, string path)
    {
        if (type.Kind == JsonTypeInfoKind.Object)
        {
            return Check(json, type, path);
        }

        var plain = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        if (plain == typeof(JsonElement))
        {
            return json.ValueKind == JsonValueKind.Object ? null : new FhirFault(path, "an object is expected");
        }

        if (plain == typeof(bool))
        {
            return json.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : new FhirFault(path, Wrong);
        }

        if (plain == typeof(uint))
        {
            return json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number) && number >= 0 ? null : new FhirFault(path, Wrong);
        }

        if (plain == typeof(decimal))
        {
            return json.ValueKind == JsonValueKind.Number && json.TryGetDecimal(out _) ? null : new FhirFault(path, Wrong);
        }

        if (json.ValueKind != JsonValueKind.String)
        {
            return new FhirFault(path, Wrong);
        }

        var text = json.GetString()!;
        if (plain.IsEnum)
        {
            return Codes(plain).Contains(text, StringComparer.Ordinal) ? null : new FhirFault(path, "is not one of the codes that R4 allows here");
        }

        return IsFormed(text, KindOf(property)) ? null : new FhirFault(path, "does not have the format that R4 gives it, or names a date that does not exist");
    }

    private static bool IsFormed(string text, TextKind kind) => kind switch
    {
        TextKind.String => true,
        TextKind.Id => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.'),
        TextKind.Uri => text.Length > 0 && !text.Any(char.IsWhiteSpace),
        TextKind.Code => text.Length > 0 && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1]) && !text.Contains("  ", StringComparison.Ordinal),
        TextKind.Base64 => text.Length > 0 && Base64.IsValid(Encoding.UTF8.GetBytes(text)),
        _ => FhirTime.IsValid(text, kind),
    };

    private static FhirFault? Missing(JsonTypeInfo type, HashSet<string> present, string path, bool isExtension)
    {
        if (present.Count == 0)
        {
            return new FhirFault(path, "an object without content");
        }

        foreach (var property in type.Properties)
        {
            if (property.IsRequired && !present.Contains(property.Name))
            {
                return new FhirFault(FhirFault.Child(path, property.Name), "missing, and R4 requires it");
            }
        }

        foreach (var choice in type.Properties.Where(p => Attribute<FhirChoiceAttribute>(p) is not null).GroupBy(p => Attribute<FhirChoiceAttribute>(p)!.Name, StringComparer.Ordinal))
        {
            var count = choice.Count(p => present.Contains(p.Name));
            if (count > 1 || (count == 0 && Attribute<FhirChoiceAttribute>(choice.First())!.Required))
            {
                return new FhirFault(FhirFault.Child(path, choice.Key), "exactly one type of a choice is expected");
            }
        }

        return isExtension && present.Contains("value") == present.Contains("extension")
            ? new FhirFault(path, "an extension has either a value or extensions")
            : null;
    }

    private static bool IsPrimitive(JsonPropertyInfo property)
    {
        var type = property.Options.GetTypeInfo(property.PropertyType);
        var item = type.Kind == JsonTypeInfoKind.Enumerable ? property.Options.GetTypeInfo(type.ElementType!) : type;
        return item.Kind == JsonTypeInfoKind.None && (Nullable.GetUnderlyingType(item.Type) ?? item.Type) != typeof(JsonElement);
    }

    private static bool IsPrimitiveExtension(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().All(p => p.NameEquals("id") || p.NameEquals("extension")),
        JsonValueKind.Array => json.EnumerateArray().All(i => i.ValueKind == JsonValueKind.Null || (i.ValueKind == JsonValueKind.Object && IsPrimitiveExtension(i))),
        _ => false,
    };

    private static bool IsExtensionValue(string name) =>
        name.AsSpan().TrimStart('_') is var bare && name.Length - bare.Length <= 1 && bare.StartsWith("value", StringComparison.Ordinal)
        && FhirNames.ExtensionValueTypes.Contains(bare["value".Length..].ToString());

    private static T? Attribute<T>(JsonPropertyInfo property)
        where T : Attribute =>
        property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: true) is [T attribute, ..] ? attribute : null;
}
