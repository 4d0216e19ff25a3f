namespace CpIs.Messages.Hl7v3;

/// <summary>
/// What an element of an upload may hold: which attributes with which values, which children in which order, whether text. Written from
/// reference section b; everything not named is prohibited.
/// </summary>
internal sealed record Shape(string Namespace, string Name)
{
    public IReadOnlyList<ShapeAttribute> Attributes { get; init; } = [];

    public IReadOnlyList<Slot> Slots { get; init; } = [];

    public bool HasText { get; init; }

    public bool IsNillable { get; init; }

    /// <summary>Checks an element and everything inside it.</summary>
    public void Check(XmlPart part, string where, List<UploadFault> faults)
    {
        CheckAttributes(part, where, faults);
        if (!HasText && !string.IsNullOrWhiteSpace(part.Text))
        {
            faults.Add(Malformed(where, "Text is not allowed here."));
        }

        if (IsNillable && part.IsNil)
        {
            if (part.Children.Count > 0)
            {
                faults.Add(Malformed(where, "An element marked nil must be empty."));
            }

            return;
        }

        var cursor = new SlotCursor(Slots, where, faults);
        foreach (var child in part.Children)
        {
            cursor.Take(child)?.Check(child, cursor.Where(child), faults);
        }

        cursor.End();
    }

    public static UploadFault Malformed(string where, string problem) => new(UploadFaultKind.Malformed, where, problem);

    /// <summary>A name out of the file, short enough to show.</summary>
    public static string Shown(string name) => name.Length <= 64 ? name : string.Concat(name.AsSpan(0, 64), "…");

    private void CheckAttributes(XmlPart part, string where, List<UploadFault> faults)
    {
        foreach (var attribute in part.Attributes)
        {
            var known = attribute.Namespace.Length == 0
                ? Attributes.Any(a => a.Name == attribute.LocalName)
                : attribute.Namespace == Wire.SchemaInstance
                    && (attribute.LocalName is "schemaLocation" or "noNamespaceSchemaLocation" || (attribute.LocalName == "nil" && IsNillable));
            if (!known)
            {
                faults.Add(Malformed(where, $"The attribute {Shown(attribute.LocalName)} is not allowed here."));
            }
        }

        foreach (var expected in Attributes)
        {
            var given = part.Attributes.FirstOrDefault(a => a.Namespace.Length == 0 && a.LocalName == expected.Name);
            if (given is null)
            {
                if (expected.IsRequired)
                {
                    faults.Add(Malformed(where, $"The attribute {expected.Name} is missing."));
                }
            }
            else if (!expected.Allows(given.Value))
            {
                faults.Add(Malformed(where, $"The attribute {expected.Name} has a value of a form that is not allowed."));
            }
        }
    }
}

/// <summary>An attribute and the form of its value.</summary>
internal sealed record ShapeAttribute(string Name, Func<string, bool> Allows, bool IsRequired = true);

/// <summary>A place in a sequence: one of several elements, so many times.</summary>
internal sealed record Slot(IReadOnlyList<Shape> Choices, int Min, int Max)
{
    public static Slot One(params IReadOnlyList<Shape> choices) => new(choices, 1, 1);

    public static Slot Optional(Shape shape) => new([shape], 0, 1);

    public static Slot Several(Shape shape, int max = int.MaxValue) => new([shape], 1, max);

    public string Names => string.Join(" or ", Choices.Select(c => c.Name));
}

/// <summary>Follows a strict sequence of children.</summary>
internal sealed class SlotCursor(IReadOnlyList<Slot> slots, string parent, List<UploadFault> faults)
{
    private readonly int[] _counts = new int[slots.Count];
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);
    private int _at;

    /// <summary>Takes the next child.</summary>
    /// <returns>Its shape, or null when it may not stand here.</returns>
    public Shape? Take(XmlPart child)
    {
        var name = Shape.Shown(child.LocalName);
        _seen[name] = _seen.GetValueOrDefault(name) + 1;
        for (var i = 0; i < slots.Count; i++)
        {
            if (slots[i].Choices.FirstOrDefault(c => c.Name == child.LocalName && c.Namespace == child.Namespace) is { } shape)
            {
                return Place(i, shape, child);
            }
        }

        faults.Add(Shape.Malformed(Where(child), "The element is not allowed here."));
        return null;
    }

    /// <summary>Ends the sequence: what is still missing becomes a fault.</summary>
    public void End() => Skip(slots.Count);

    /// <summary>Path of the child taken last.</summary>
    public string Where(XmlPart child)
    {
        var name = Shape.Shown(child.LocalName);
        return $"{parent}/{name}[{_seen[name]}]";
    }

    private Shape? Place(int slot, Shape shape, XmlPart child)
    {
        if (slot < _at)
        {
            faults.Add(Shape.Malformed(Where(child), "The element is out of order."));
            return null;
        }

        Skip(slot);
        if (_counts[slot] == slots[slot].Max)
        {
            faults.Add(Shape.Malformed(Where(child), "The element occurs too often."));
            return null;
        }

        _counts[slot]++;
        return shape;
    }

    private void Skip(int to)
    {
        for (; _at < to; _at++)
        {
            if (_counts[_at] < slots[_at].Min)
            {
                faults.Add(Shape.Malformed(parent, $"The element {slots[_at].Names} is missing."));
            }
        }
    }
}
