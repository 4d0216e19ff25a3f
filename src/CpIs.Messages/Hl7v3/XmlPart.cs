using System.Globalization;
using System.Text;

namespace CpIs.Messages.Hl7v3;

/// <summary>One element of a message with what is inside it: small, and quick whatever the sender put in.</summary>
internal sealed class XmlPart(string localName, string ns)
{
    private List<XmlPart>? _children;
    private List<Attribute>? _attributes;
    private StringBuilder? _text;

    public string LocalName { get; } = localName;

    public string Namespace { get; } = ns;

    public IReadOnlyList<XmlPart> Children => _children ?? [];

    public IReadOnlyList<Attribute> Attributes => _attributes ?? [];

    /// <summary>The text directly inside.</summary>
    public string Text => _text?.ToString() ?? string.Empty;

    /// <summary>True when <c>xsi:nil</c> says that the element has no value.</summary>
    public bool IsNil => Attributes.Any(a => a is { Namespace: Wire.SchemaInstance, LocalName: "nil" } && a.Value.Trim() is "true" or "1");

    public void Add(XmlPart child) => (_children ??= []).Add(child);

    public void Add(Attribute attribute) => (_attributes ??= []).Add(attribute);

    public void AddText(string text) => (_text ??= new StringBuilder()).Append(text);

    /// <summary>Children of the message namespace with this name.</summary>
    public IEnumerable<XmlPart> All(string localName) => Children.Where(c => c.Is(localName));

    /// <summary>The first child of the message namespace with this name.</summary>
    public XmlPart? Child(string localName) => All(localName).FirstOrDefault();

    /// <summary>The element found by following first children.</summary>
    public XmlPart? At(params ReadOnlySpan<string> path)
    {
        var part = this;
        foreach (var name in path)
        {
            part = part?.Child(name);
        }

        return part;
    }

    /// <summary>An attribute without namespace; null where it is missing or blank.</summary>
    public string? Value(string attribute)
    {
        var value = Attributes.FirstOrDefault(a => a.Namespace.Length == 0 && a.LocalName == attribute)?.Value;
        return string.IsNullOrWhiteSpace(value) ? null : value;
    }

    /// <summary>A whole number in an attribute.</summary>
    public int? Number(string attribute) =>
        int.TryParse(Value(attribute), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var n) ? n : null;

    public bool Is(string localName) => LocalName == localName && Namespace == Wire.Namespace;

    internal sealed record Attribute(string Namespace, string LocalName, string Value);
}
