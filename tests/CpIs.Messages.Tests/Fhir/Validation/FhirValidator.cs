using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace CpIs.Messages.Tests.Fhir.Validation;

/// <summary>
/// Validates JSON against HL7's R4 definitions: names, cardinality, JSON shape, primitive formats, choice types, required bindings, reference
/// targets and invariants. Best-practice warnings (a narrative in every resource) are not errors.
/// </summary>
internal sealed class FhirValidator
{
    private static readonly string[] XhtmlRefused = ["script", "form", "base", "link", "iframe", "object", "frame", "html", "body", "head"];
    private readonly List<FhirIssue> _issues = [];

    public static IReadOnlyList<FhirIssue> Validate(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        return Validate(document.RootElement);
    }

    public static IReadOnlyList<FhirIssue> Validate(JsonElement root)
    {
        var validator = new FhirValidator();
        var node = validator.Resource(root, name: "", rule: null, parent: null, path: null);
        if (node is not null)
        {
            foreach (var element in node.Descendants().Prepend(node))
            {
                validator.Reference(element);
                validator.Invariants(element);
            }
        }

        return validator._issues;
    }

    private FhirNode? Resource(JsonElement json, string name, FhirElementRule? rule, FhirNode? parent, string? path)
    {
        var type = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("resourceType", out var t) && t.ValueKind == JsonValueKind.String
            ? t.GetString()!
            : "";
        if (!FhirDefinitions.R4.Types.TryGetValue(type, out var definition) || !definition.IsResource)
        {
            Add("resource-type", path ?? "", "no such resource type, or not one of those defined here");
            return null;
        }

        var node = new FhirNode(name, path ?? type, type, rule is null ? [definition.Root] : [rule, definition.Root], parent, value: null) { IsResource = true };
        Elements(json, node, definition, definition.Root.Path);
        return node;
    }

    private void Elements(JsonElement json, FhirNode node, FhirType type, string rulePath)
    {
        var rules = type.ElementsBelow(rulePath).ToList();
        var known = new HashSet<string>(StringComparer.Ordinal);
        if (!json.EnumerateObject().Any(p => p.Name != "resourceType"))
        {
            Add("empty", node.Path, "an object without content");
        }

        foreach (var rule in rules)
        {
            // Resource.id, Element.id and xhtml have type codes that are System types; the element's own name tells what they are.
            var variants = rule.IsChoice
                ? rule.Type!.Select(t => (Json: rule.Name + char.ToUpperInvariant(t.Code[0]) + t.Code[1..], Type: t.Code)).ToList()
                : [(rule.Name, SingleType(rule))];
            var present = variants.Where(v => json.TryGetProperty(v.Json, out _) || json.TryGetProperty("_" + v.Json, out _)).ToList();
            foreach (var (jsonName, _) in variants)
            {
                known.Add(jsonName);
                known.Add("_" + jsonName);
            }

            if (present.Count > 1)
            {
                Add("choice", $"{node.Path}.{rule.Name}[x]", "more than one type of a choice");
            }

            if (present.Count == 0 && rule.Min > 0)
            {
                Add("min", $"{node.Path}.{rule.Name}", "required");
            }

            foreach (var (jsonName, typeCode) in present)
            {
                Element(json, node, type, rule, jsonName, typeCode);
            }
        }

        foreach (var property in json.EnumerateObject().Where(p => !known.Contains(p.Name) && !(node.IsResource && p.Name == "resourceType")))
        {
            Add("unknown", $"{node.Path}.{property.Name}", "no such element");
        }
    }

    private static string SingleType(FhirElementRule rule)
    {
        var code = rule.Type is [var only, ..] ? only.Code : "";
        return code.StartsWith("http://hl7.org/fhirpath/System.", StringComparison.Ordinal)
            ? rule.Path is "Resource.id" || rule.Name == "id" && FhirDefinitions.R4.Types.TryGetValue(rule.Path.Split('.')[0], out var t) && t.IsResource && rule.Path.Count(c => c == '.') == 1
                ? "id"
                : rule.Path == "Extension.url" ? "uri" : "string"
            : code;
    }

    private void Element(JsonElement json, FhirNode node, FhirType owner, FhirElementRule rule, string jsonName, string typeCode)
    {
        var path = $"{node.Path}.{jsonName}";
        var has = json.TryGetProperty(jsonName, out var value);
        var hasSibling = json.TryGetProperty("_" + jsonName, out var sibling);
        if (!rule.IsArray)
        {
            if (has && value.ValueKind == JsonValueKind.Array)
            {
                Add("max", path, "at most one is allowed");
                return;
            }

            Item(has ? value : null, hasSibling ? sibling : null, node, owner, rule, typeCode, path);
            return;
        }

        if (has && value.ValueKind != JsonValueKind.Array)
        {
            Add("array", path, "an array is expected");
            return;
        }

        var items = has ? value.GetArrayLength() : sibling.GetArrayLength();
        if (items == 0)
        {
            Add("empty", path, "an array without content");
        }

        if (rule.Max != "*" && items > int.Parse(rule.Max, CultureInfo.InvariantCulture))
        {
            Add("max", path, $"at most {rule.Max} are allowed");
        }

        for (var i = 0; i < items; i++)
        {
            Item(has ? value[i] : null, hasSibling ? sibling[i] : null, node, owner, rule, typeCode, $"{path}[{i}]");
        }
    }

    private void Item(JsonElement? value, JsonElement? sibling, FhirNode parent, FhirType owner, FhirElementRule rule, string typeCode, string path)
    {
        if (value is { ValueKind: JsonValueKind.Null } && sibling is null)
        {
            Add("null", path, "null is not a value");
            return;
        }

        if (rule.ContentReference is { } reference)
        {
            var target = owner.Rule(reference[(reference.IndexOf('#') + 1)..]);
            Complex(value, parent, owner, [rule, target], target.Path, rule.Name, "BackboneElement", path);
            return;
        }

        if (typeCode is "Resource")
        {
            if (Resource(value!.Value, rule.Name, rule, parent, path) is { } resource)
            {
                parent.Children.Add(resource);
            }

            return;
        }

        var type = FhirDefinitions.R4.Types[typeCode];
        if (type.IsPrimitive)
        {
            Primitive(value, sibling, parent, rule, type, path);
            return;
        }

        // A backbone element has its children in the resource's own definition, a data type in its own.
        var inline = typeCode is "BackboneElement" or "Element";
        Complex(value, parent, inline ? owner : type, inline ? [rule] : [rule, type.Root], inline ? rule.Path : type.Root.Path, rule.Name, typeCode, path);
    }

    private void Complex(
        JsonElement? value, FhirNode parent, FhirType owner, IReadOnlyList<FhirElementRule> rules, string rulePath, string name, string type, string path)
    {
        if (value is not { ValueKind: JsonValueKind.Object } json)
        {
            Add("type", path, $"{type} is an object");
            return;
        }

        var node = new FhirNode(name, path, type, rules, parent, value: null);
        parent.Children.Add(node);
        Elements(json, node, owner, rulePath);
    }

    private void Primitive(JsonElement? value, JsonElement? sibling, FhirNode parent, FhirElementRule rule, FhirType type, string path)
    {
        var given = value is { ValueKind: not JsonValueKind.Null } ? value : null;
        var node = new FhirNode(rule.Name, path, type.Name, [rule, type.Root], parent, given);
        parent.Children.Add(node);
        if (sibling is { ValueKind: JsonValueKind.Object } extra)
        {
            Elements(extra, node, FhirDefinitions.R4.Types["Element"], "Element");
        }

        if (given is not { } json)
        {
            return;
        }

        var expected = type.Name switch
        {
            "boolean" => json.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" or "unsignedInt" or "positiveInt" or "decimal" => json.ValueKind == JsonValueKind.Number,
            _ => json.ValueKind == JsonValueKind.String,
        };
        if (!expected)
        {
            Add("type", path, $"not the JSON type of {type.Name}");
            return;
        }

        var text = json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();
        if (text.Length == 0 || type.Pattern?.IsMatch(text) == false || !IsOnTheCalendar(type.Name, text))
        {
            Add("format", path, $"not a {type.Name}");
        }

        if (rule.Binding is { Strength: "required" } binding && Codes(binding) is { } codes && !codes.Contains(text))
        {
            Add("binding", path, $"not in {binding.ValueSet}");
        }
    }

    private static HashSet<string>? Codes(FhirBinding binding) =>
        FhirDefinitions.R4.ValueSets[binding.ValueSet.Split('|')[0]].Codes?.Values.SelectMany(c => c).ToHashSet(StringComparer.Ordinal);

    private static bool IsOnTheCalendar(string type, string text) => type is not ("date" or "dateTime" or "instant") || text.Length < 10
        || DateOnly.TryParseExact(text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private void Reference(FhirNode node)
    {
        var targets = node.Type == "Reference" ? node.Rules[0].Type?.FirstOrDefault(t => t.Code == "Reference")?.TargetProfile : null;
        if (targets is null)
        {
            return;
        }

        var allowed = targets.Select(t => t[(t.LastIndexOf('/') + 1)..]).ToHashSet(StringComparer.Ordinal);
        var named = new List<string>();
        if (node.Text("type") is { } type)
        {
            named.Add(type);
        }

        if (node.Text("reference") is { } reference)
        {
            if (node.Resolve(reference) is { } resource)
            {
                named.Add(resource.Type);
            }
            else if (reference.StartsWith("urn:", StringComparison.Ordinal) && node.Bundle is not null)
            {
                Add("unresolved", node.Path, "no entry has this address");
            }
            else if (Regex.Match(reference, @"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/\S+)?$") is { Success: true } literal)
            {
                named.Add(literal.Groups[1].Value);
            }
        }

        if (!allowed.Contains("Resource") && named.FirstOrDefault(n => !allowed.Contains(n)) is { } wrong)
        {
            Add("target", node.Path, $"{wrong} is not one of {string.Join(", ", allowed)}");
        }
    }

    private void Invariants(FhirNode node)
    {
        foreach (var invariant in node.Rules.SelectMany(r => r.Constraint ?? []).Where(c => c.Severity == "error").DistinctBy(c => c.Key))
        {
            var holds = invariant.Key is "txt-1" or "txt-2"
                ? IsXhtml(node.Value?.GetString())
                : FhirPath.Compile(invariant.Expression!).Holds(node);
            if (!holds)
            {
                Add(invariant.Key, node.Path, invariant.Expression!);
            }
        }
    }

    private static bool IsXhtml(string? div)
    {
        try
        {
            var root = XElement.Parse(div ?? "");
            return root.Name == XName.Get("div", "http://www.w3.org/1999/xhtml")
                && !string.IsNullOrWhiteSpace(root.Value)
                && !root.Descendants().Any(e => XhtmlRefused.Contains(e.Name.LocalName, StringComparer.OrdinalIgnoreCase));
        }
        catch (XmlException)
        {
            return false;
        }
    }

    private void Add(string rule, string path, string detail) => _issues.Add(new FhirIssue(rule, path, detail));
}
