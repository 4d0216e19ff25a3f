using System.Text.Json;
using CpIs.Domain.Exchange;
using CpIs.Messages.Fhir.Model;

namespace CpIs.Messages.Fhir;

/// <summary>
/// Reads access notifications in FHIR: a Bundle of AuditEvent (contract section 5). Beyond R4 it takes what the rules ask for in every format:
/// an access time without offset or without time (rule A1) and blank texts; and, because a harmless flaw must not hide an access,
/// a total in any type of Bundle and an empty list of entries. Of an entry with another flaw the access is taken where it can be told, and
/// the flaw is named (<see cref="FlawedAuditEvent"/>).
/// </summary>
internal static class FhirInbound
{
    /// <summary>The name of the format in <see cref="InboundReading"/>.</summary>
    public const string Format = "fhir";

    /// <summary>Reads one message.</summary>
    /// <param name="stream">The message, from its first byte. It is left open.</param>
    /// <returns>The accesses, entries that cannot be read named by their JSON path (rule K6), or the problem with the message as a whole.</returns>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static InboundReading Read(Stream stream)
    {
        var reading = new Reading();
        var fault = new BundleStream(stream) { OnProperty = reading.Property, OnEntry = reading.Entry }.Read() ?? reading.Refusal();
        return fault is null ? new InboundReading(Format, reading.Notification(), null) : new InboundReading(Format, null, fault.ToString());
    }

    private sealed class Reading
    {
        private readonly List<Access> _accesses = [];
        private readonly List<UnreadPart> _unread = [];
        private readonly HashSet<string> _properties = new(StringComparer.Ordinal);
        private bool _isOutcome;
        private int? _total;
        private int _auditEvents;
        private int _others;
        private FhirFault? _firstFault;

        public FhirFault? Property(string name, JsonElement value)
        {
            _properties.Add(name);
            var path = FhirFault.Child("$", name);
            if (name == "resourceType")
            {
                return IsBundle(value, path);
            }

            if (_isOutcome)
            {
                return name == "issue" ? Outcome(value, path) : null;
            }

            if (FhirShape.Of(FhirJson.Default.Bundle).Element(name) is not { } element)
            {
                return Unread(new FhirFault(path, "R4 has no such element here"));
            }

            if (element.Check(value, path) is { } fault)
            {
                return name == "implicitRules" ? fault : Unread(fault);
            }

            _total = name == "total" ? value.GetInt32() : _total;
            return null;
        }

        public FhirFault? Entry(int index, JsonElement json, FhirFault? fault)
        {
            var path = FhirFault.Item("$.entry", index);
            var resource = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("resource", out var r) ? r : default;
            var type = FhirShape.ResourceType(resource);
            var isAuditEvent = type == nameof(AuditEvent);
            _auditEvents += isAuditEvent ? 1 : 0;
            if (fault is not null)
            {
                return Unread(fault);
            }

            if (type is null || !FhirNames.ResourceTypes.Contains(type))
            {
                return Unread(new FhirFault($"{path}.resource.resourceType", "missing, or not a resource type of R4"));
            }

            if (!isAuditEvent)
            {
                _others++;
                return null;
            }

            var wrong = FhirShape.Of(FhirJson.Default.BundleEntry).Check(json, path);
            var audit = wrong is null ? resource.Deserialize(FhirJson.Default.AuditEvent) : FlawedAuditEvent.Read(json);
            var (access, ambiguous) = audit is null ? (null, null) : Map(audit, $"{path}.resource");
            if (access is not null)
            {
                _accesses.Add(access);
            }

            return wrong is null
                ? ambiguous is null ? null : Unread(ambiguous)
                : Unread(access is null ? wrong : wrong with { Problem = wrong.Problem + "; the access was applied all the same" });
        }

        /// <summary>Why a message that could be read to its end is refused all the same.</summary>
        public FhirFault? Refusal()
        {
            if (!_properties.Contains("resourceType"))
            {
                return new FhirFault("$.resourceType", "missing, and R4 requires it");
            }

            if (_isOutcome)
            {
                return new FhirFault("$.issue", "missing, and R4 requires it");
            }

            if (!_properties.Contains("type"))
            {
                Unread(new FhirFault("$.type", "missing, and R4 requires it"));
            }

            // A flawed Bundle without an access may be one whose accesses went unseen: it is not taken for an empty notification.
            if (_auditEvents == 0 && _firstFault is not null)
            {
                return _firstFault;
            }

            return _auditEvents == 0 && _others > 0 ? new FhirFault("$.entry", "resources, but no AuditEvent among them") : null;
        }

        public AccessNotification Notification() => new(RecipientOdsCode: null, _total, _auditEvents, _auditEvents, _accesses, _unread);

        private FhirFault? IsBundle(JsonElement value, string path)
        {
            var type = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            _isOutcome = type == nameof(OperationOutcome);
            return type switch
            {
                nameof(Bundle) or nameof(OperationOutcome) => null,
                not null when FhirNames.ResourceTypes.Contains(type) => new FhirFault(path, $"a Bundle is expected, not {type}"),
                _ => new FhirFault(path, "a Bundle is expected"),
            };
        }

        private static FhirFault Outcome(JsonElement value, string path) =>
            FhirShape.Of(FhirJson.Default.OperationOutcome).Element("issue")!.Check(value, path)
            ?? new FhirFault("$", $"not a Bundle but an OperationOutcome: the sender reports {value[0].GetProperty("severity").GetString()}");

        private FhirFault? Unread(FhirFault fault)
        {
            _firstFault ??= fault;
            _unread.Add(new UnreadPart(fault.Path, fault.Problem));
            return null;
        }

        private static (Access? Access, FhirFault? Fault) Map(AuditEvent audit, string path)
        {
            var identifiers = (audit.Entity ?? []).Select(e => e.What?.Identifier).OfType<Identifier>()
                .Where(i => !string.IsNullOrWhiteSpace(i.Value)).ToLookup(i => i.System, i => i.Value, StringComparer.Ordinal);
            string[] systems = [FhirSystems.NhsNumber, FhirSystems.LocalPersonId, FhirSystems.UploadFile];
            if (systems.FirstOrDefault(s => identifiers[s].Distinct(StringComparer.Ordinal).Skip(1).Any()) is not null)
            {
                return (null, new FhirFault($"{path}.entity", "two different identifiers of one kind: whose record it was cannot be told"));
            }

            var (at, timeIsKnown) = FhirTime.ReadAccessTime(audit.Recorded);
            var requestors = audit.Agent.Where(a => a.Requestor).ToList();
            var observer = audit.Source.Observer;
            return (new Access(
                Given(audit.Id),
                at,
                timeIsKnown,
                identifiers[FhirSystems.NhsNumber].FirstOrDefault(),
                identifiers[FhirSystems.LocalPersonId].FirstOrDefault(),
                Joined(requestors.Select(a => a.Who?.Display)),
                Joined(requestors.Select(a => a.Role?[0].Text)),
                observer.Identifier is { System: FhirSystems.OdsCode } organisation ? Given(organisation.Value) : null,
                Given(observer.Display),
                identifiers[FhirSystems.UploadFile].FirstOrDefault()), null);
        }

        private static string? Joined(IEnumerable<string?> texts) => Given(string.Join("; ", texts.Where(t => !string.IsNullOrWhiteSpace(t))));

        private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
    }
}
