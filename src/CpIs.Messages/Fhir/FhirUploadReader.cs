using System.Text.Json;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Fhir.Model;

namespace CpIs.Messages.Fhir;

/// <summary>An upload file read back.</summary>
/// <param name="Header">The header; the council's code is the one given to the reader, because the file does not carry it.</param>
internal sealed record FhirUpload(UploadHeader Header, IReadOnlyList<UploadRecord> Records);

/// <summary>Reads the Bundles that <see cref="FhirFormat"/> writes, and refuses any other.</summary>
internal static class FhirUploadReader
{
    /// <summary>Reads a file to its end.</summary>
    /// <param name="councilCode">The council's code, part of every record's key: a record whose identifier was not made with it is refused.</param>
    /// <exception cref="FormatException">Not a file that this project writes. The message names the JSON path and no content.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static FhirUpload Read(Stream stream, string councilCode)
    {
        var reading = new Reading(councilCode);
        var fault = new BundleStream(stream) { OnProperty = reading.Property, OnEntry = reading.Entry }.Read();
        return fault is null ? reading.Upload() : throw new FormatException(fault.ToString());
    }

    private sealed class Reading(string councilCode)
    {
        private readonly List<UploadRecord> _records = [];
        private string? _number;
        private string? _type;
        private DateTimeOffset _createdAt;
        private CareTeam? _careTeam;
        private Authority? _authority;

        public FhirFault? Property(string name, JsonElement value)
        {
            var path = FhirFault.Child("$", name);
            if (name == "resourceType")
            {
                return value.ValueKind == JsonValueKind.String && value.ValueEquals(nameof(Bundle)) ? null : new FhirFault(path, "a Bundle is expected");
            }

            if (FhirShape.Of(FhirJson.Default.Bundle).Element(name) is not { } element || element.Check(value, path) is not null)
            {
                return new FhirFault(path, "not as this project writes it");
            }

            switch (name)
            {
                case "identifier":
                    var identifier = value.Deserialize(FhirJson.Default.Identifier)!;
                    _number = identifier.System == FhirSystems.UploadFile ? identifier.Value : null;
                    break;
                case "type":
                    _type = value.GetString();
                    break;
                case "timestamp":
                    _createdAt = FhirTime.ReadAccessTime(value.GetString()!).Instant;
                    break;
            }

            return null;
        }

        public FhirFault? Entry(int index, JsonElement json, FhirFault? fault)
        {
            var path = FhirFault.Item("$.entry", index);
            fault ??= FhirShape.Of(FhirJson.Default.BundleEntry).Check(json, path);
            if (fault is not null)
            {
                return fault;
            }

            var entry = json.Deserialize(FhirJson.Default.BundleEntry)!;
            switch (entry.Resource)
            {
                case CareTeam careTeam when _careTeam is null:
                    _careTeam = careTeam;
                    return null;
                case CarePlan plan when _careTeam is not null:
                    return Record(plan, path);
                default:
                    return new FhirFault($"{path}.resource", "a CareTeam and then its CarePlan are expected");
            }
        }

        public FhirUpload Upload()
        {
            if (_type != "transaction" || !SequenceNumber.TryParse(_number, out var number) || _careTeam is not null || _authority is null)
            {
                throw new FormatException("$: not a transaction Bundle with a file number and at least one record.");
            }

            return new FhirUpload(new UploadHeader(number, _authority, _createdAt, _records.Count), _records);
        }

        private FhirFault? Record(CarePlan plan, string path)
        {
            try
            {
                var record = UploadMapping.Record(plan);
                var authority = UploadMapping.Council(_careTeam!, councilCode);
                _authority ??= authority;
                _careTeam = null;
                _records.Add(record);
                return plan.Identifier?[0].Value != RecordIdentifier.Of(councilCode, record.Key)
                    ? new FhirFault($"{path}.resource.identifier", "not the identifier of this record")
                    : authority != _authority ? new FhirFault(path, "another council than the records before") : null;
            }
            catch (FormatException e)
            {
                return new FhirFault($"{path}.resource", e.Message);
            }
        }
    }
}
