using System.Text.Json;
using CpIs.Messages.Fhir.Model;

namespace CpIs.Messages.Fhir;

/// <summary>
/// What contract section 5 maps, of an AuditEvent that is not as R4 has it. A flaw elsewhere must not hide an access: unknown elements are
/// ignored (rule K6), and a query id is opaque (rule A3).
/// </summary>
internal static class FlawedAuditEvent
{
    /// <summary>The event with its mapped elements alone.</summary>
    /// <param name="entry">The entry of the Bundle that holds it.</param>
    /// <returns>Null where the time is missing, a mapped element is of a wrong type, or something may change the meaning of the whole.</returns>
    public static AuditEvent? Read(JsonElement entry)
    {
        var resource = entry.GetProperty("resource");
        var parts = new Parts();
        var source = parts.Object(resource, "source");
        var audit = new AuditEvent
        {
            Id = parts.Text(resource, "id"),
            Type = new Coding(),
            Recorded = parts.Text(resource, "recorded") ?? "",
            Agent = [.. parts.Items(resource, "agent").Select(agent => new AuditEventAgent
            {
                Requestor = parts.Flag(agent, "requestor"),
                Who = new Reference { Display = parts.Text(parts.Object(agent, "who"), "display") },
                Role = parts.Items(agent, "role").Take(1).Select(role => new CodeableConcept { Text = parts.Text(role, "text") }).ToList() is { Count: > 0 } roles ? roles : null,
            })],
            Source = new AuditEventSource { Observer = parts.Reference(source, "observer") },
            Entity = [.. parts.Items(resource, "entity").Select(entity => new AuditEventEntity { What = parts.Reference(entity, "what") })],
        };
        return parts.AreSound && FhirTime.IsValid(audit.Recorded, TextKind.AccessTime) && !ChangesItsMeaning(entry) ? audit : null;
    }

    private static bool ChangesItsMeaning(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().Any(p => p.Name is "modifierExtension" or "implicitRules" || ChangesItsMeaning(p.Value)),
        JsonValueKind.Array => json.EnumerateArray().Any(ChangesItsMeaning),
        _ => false,
    };

    /// <summary>Elements by name; one that is missing is null, one of another type than R4's spoils the whole.</summary>
    private sealed class Parts
    {
        public bool AreSound { get; private set; } = true;

        public JsonElement? Object(JsonElement? parent, string name) => Of(parent, name, JsonValueKind.Object);

        public string? Text(JsonElement? parent, string name) => Of(parent, name, JsonValueKind.String)?.GetString();

        public bool Flag(JsonElement? parent, string name)
        {
            if (parent?.TryGetProperty(name, out var value) != true)
            {
                return false;
            }

            AreSound &= value.ValueKind is JsonValueKind.True or JsonValueKind.False;
            return value.ValueKind == JsonValueKind.True;
        }

        public List<JsonElement> Items(JsonElement? parent, string name)
        {
            var items = Of(parent, name, JsonValueKind.Array)?.EnumerateArray().ToList() ?? [];
            AreSound &= items.TrueForAll(i => i.ValueKind == JsonValueKind.Object);
            return AreSound ? items : [];
        }

        public Reference Reference(JsonElement? parent, string name)
        {
            var reference = Object(parent, name);
            var identifier = Object(reference, "identifier");
            return new Reference
            {
                Display = Text(reference, "display"),
                Identifier = new Identifier { System = Text(identifier, "system"), Value = Text(identifier, "value") },
            };
        }

        private JsonElement? Of(JsonElement? parent, string name, JsonValueKind kind)
        {
            if (parent?.TryGetProperty(name, out var value) != true)
            {
                return null;
            }

            AreSound &= value.ValueKind == kind;
            return value.ValueKind == kind ? value : null;
        }
    }
}
