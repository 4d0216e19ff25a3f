using System.Text.Json;

namespace CpIs.Messages.Tests.Fhir.Validation;

/// <summary>One element of a document, with the rule that it stands under.</summary>
internal sealed class FhirNode(string name, string path, string type, IReadOnlyList<FhirElementRule> rules, FhirNode? parent, JsonElement? value)
{
    /// <summary>Name in the definitions: a choice has it without its type.</summary>
    public string Name { get; } = name;

    /// <summary>Place in the document, such as <c>Bundle.entry[1].resource.status</c>.</summary>
    public string Path { get; } = path;

    public string Type { get; } = type;

    /// <summary>The rule of the place and the rule of the type, where they differ.</summary>
    public IReadOnlyList<FhirElementRule> Rules { get; } = rules;

    public FhirNode? Parent { get; } = parent;

    /// <summary>The value of a primitive; null for anything else and for a primitive that has only extensions.</summary>
    public JsonElement? Value { get; } = value;

    public List<FhirNode> Children { get; } = [];

    public bool IsResource { get; init; }

    /// <summary>The resource that the element stands in; itself for a resource.</summary>
    public FhirNode Resource => IsResource || Parent is null ? this : Parent.Resource;

    /// <summary>As <see cref="Resource"/>, but for a contained resource the one around it.</summary>
    public FhirNode RootResource => Resource is { Name: "contained", Parent: { } container } ? container.RootResource : Resource;

    /// <summary>The Bundle at the top, where there is one.</summary>
    public FhirNode? Bundle
    {
        get
        {
            var top = this;
            while (top.Parent is not null)
            {
                top = top.Parent;
            }

            return top.Type == "Bundle" ? top : null;
        }
    }

    public IEnumerable<FhirNode> Named(string name) => Children.Where(c => c.Name == name);

    public string? Text(string name) => Named(name).FirstOrDefault()?.Value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public IEnumerable<FhirNode> Descendants() => Children.SelectMany(c => c.Descendants().Prepend(c));

    /// <summary>The resource that a Reference points to, where it is in the document.</summary>
    public FhirNode? Resolve(string reference)
    {
        if (reference.StartsWith('#'))
        {
            return reference.Length == 1 ? RootResource : RootResource.Named("contained").FirstOrDefault(c => c.Text("id") == reference[1..]);
        }

        return Bundle?.Named("entry").FirstOrDefault(e => e.Text("fullUrl") == reference)?.Named("resource").FirstOrDefault();
    }
}

/// <summary>An error in a document.</summary>
/// <param name="Rule">The kind of error, or the key of the invariant that does not hold.</param>
internal sealed record FhirIssue(string Rule, string Path, string Detail);
