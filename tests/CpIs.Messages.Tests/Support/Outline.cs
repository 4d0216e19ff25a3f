using System.Xml.Linq;

namespace CpIs.Messages.Tests.Support;

/// <summary>The tree of an XML document as lines: path, then attribute or text. What a file says, without how it is laid out.</summary>
internal static class Outline
{
    public static IReadOnlyList<string> Of(byte[] xml)
    {
        var root = XDocument.Load(new MemoryStream(xml)).Root!;
        root.Name.NamespaceName.ShouldBe("urn:hl7-org:v3");
        var lines = new List<string>();
        Add(root, root.Name.LocalName, lines);
        return lines;
    }

    public static string[] Lines(string expected) =>
        expected.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static void Add(XElement element, string path, List<string> lines)
    {
        var attributes = element.Attributes().Where(a => !a.IsNamespaceDeclaration).ToList();
        lines.AddRange(attributes.Select(a => $"{path} @{a.Name.LocalName}={a.Value}"));
        var children = element.Elements().ToList();
        if (children.Count == 0 && element.Value.Length > 0)
        {
            lines.Add($"{path} = {element.Value}");
        }

        foreach (var child in children)
        {
            var prefix = child.Name.NamespaceName == "NPFIT:HL7:Localisation" ? "npfitlc:" : string.Empty;
            Add(child, $"{path}/{prefix}{child.Name.LocalName}", lines);
        }
    }
}
