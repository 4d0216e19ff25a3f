using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CpIs.Messages.Tests.Fhir;

/// <summary>One change to a JSON document: <c>path = json</c> sets, <c>- path</c> removes, <c>path &gt; name</c> renames.</summary>
internal static class Edits
{
    public static void Apply(JsonNode root, string edit)
    {
        if (edit.StartsWith("- ", StringComparison.Ordinal))
        {
            var (parent, name) = Locate(root, edit[2..]);
            parent.Remove(name).ShouldExist(edit);
        }
        else if (Regex.Match(edit, @"^(\S+) = (.*)$", RegexOptions.Singleline) is { Success: true } set)
        {
            var item = Regex.Match(set.Groups[1].Value, @"^(.*)\[(\d+)\]$");
            var (parent, name) = Locate(root, item.Success ? item.Groups[1].Value : set.Groups[1].Value);
            var value = JsonNode.Parse(set.Groups[2].Value);
            if (item.Success)
            {
                parent[name]![int.Parse(item.Groups[2].Value, CultureInfo.InvariantCulture)] = value;
            }
            else
            {
                parent[name] = value;
            }
        }
        else if (Regex.Match(edit, @"^(\S+) > (\S+)$") is { Success: true } rename)
        {
            var (parent, name) = Locate(root, rename.Groups[1].Value);
            var value = parent[name];
            parent.Remove(name).ShouldExist(edit);
            parent[rename.Groups[2].Value] = value;
        }
        else
        {
            throw new ArgumentException($"Not an edit: {edit}", nameof(edit));
        }
    }

    private static (JsonObject Parent, string Name) Locate(JsonNode root, string path)
    {
        var steps = path.Split('.');
        var node = root;
        foreach (var step in steps[..^1])
        {
            var match = Regex.Match(step, @"^(\w+)(?:\[(\d+)\])?$");
            node = node[match.Groups[1].Value] ?? throw new ArgumentException($"No such place: {path}", nameof(path));
            if (match.Groups[2].Success)
            {
                node = node[int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)]!;
            }
        }

        return (node.AsObject(), steps[^1]);
    }

    private static void ShouldExist(this bool found, string edit)
    {
        if (!found)
        {
            throw new ArgumentException($"Nothing to edit: {edit}", nameof(edit));
        }
    }
}
