using System.Text;
using System.Text.Json;

namespace CpIs.Transport.MeshApi;

/// <summary>What the body of a refusal says, in whichever of its many forms; reading it never fails.</summary>
/// <param name="InternalId">MESH's reference for its service desk.</param>
/// <param name="IsPage">It is a web page, not an answer of MESH.</param>
internal sealed record MeshError(string? Event, string? Code, string? Text, string? InternalId, bool IsPage)
{
    public static MeshError None { get; } = new(null, null, null, null, IsPage: false);

    public static MeshError Parse(ReadOnlyMemory<byte> body)
    {
        var text = Encoding.UTF8.GetString(body.Span).Trim();
        if (text.Length == 0)
        {
            return None;
        }

        if (text.StartsWith('<'))
        {
            return None with { IsPage = true };
        }

        try
        {
            using var json = JsonDocument.Parse(text);
            return Read(json.RootElement) ?? None with { Text = text };
        }
        catch (JsonException)
        {
            return None with { Text = text };
        }
    }

    private static MeshError? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var fields = JsonFields.Of(root);
        var internalId = SafeText.Of(fields.Text("internalid"));
        if (fields.Array("detail") is { } details && details.FirstOrDefault(d => d.ValueKind == JsonValueKind.Object) is { ValueKind: JsonValueKind.Object } first)
        {
            var detail = JsonFields.Of(first);
            return new MeshError(SafeText.Of(detail.Text("event")), SafeText.Of(detail.Text("code")), detail.Text("msg"), internalId, IsPage: false);
        }

        return new MeshError(
            SafeText.Of(fields.Text("errorevent")),
            SafeText.Of(fields.Text("errorcode")),
            fields.Text("errordescription") ?? fields.Text("message") ?? fields.Text("detail"),
            internalId,
            IsPage: false);
    }
}

/// <summary>The members of a JSON object by name without regard to case and underscores: version 1 says <c>messageID</c>, version 2 <c>message_id</c>.</summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.OrdinalIgnoreCase);

    public static JsonFields Of(JsonElement element)
    {
        var fields = new JsonFields();
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                fields._fields.TryAdd(property.Name.Replace("_", "", StringComparison.Ordinal), property.Value);
            }
        }

        return fields;
    }

    /// <summary>A text or number that is not blank, else null.</summary>
    public string? Text(string name)
    {
        var text = _fields.TryGetValue(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            }
            : null;
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }

    public IReadOnlyList<JsonElement>? Array(string name) =>
        _fields.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : null;

    public JsonFields Object(string name) => _fields.TryGetValue(name, out var value) ? Of(value) : new JsonFields();
}
