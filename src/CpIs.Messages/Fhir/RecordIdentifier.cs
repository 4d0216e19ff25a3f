using System.Security.Cryptography;
using System.Text;
using CpIs.Domain.Exchange;

namespace CpIs.Messages.Fhir;

/// <summary>
/// The business identifier of a record: a UUID made from its key (rule U2), so that the same record has the same one in every file, and no NHS
/// number stands in an address that servers log. It is opaque, not secret: who knows the key can make it too.
/// </summary>
internal static class RecordIdentifier
{
    // The name space of these identifiers (RFC 9562, section 6.6). It never changes: every record would become a new one.
    private static readonly Guid Namespace = new("7d6f3a52-9c1e-4b0a-8f57-31c4e2d0a6b8");

    /// <summary>The identifier of the record, as a <c>urn:uuid:</c> address.</summary>
    /// <param name="councilCode">The council's code, part of the key.</param>
    public static string Of(string councilCode, RecordKey key) => Make("record", councilCode, key);

    /// <summary>
    /// The address of one of the record's resources inside a Bundle. It is never the identifier: a server replaces the addresses of entries by the
    /// places it gave them, and one that replaces texts would spoil the identifier with it.
    /// </summary>
    /// <param name="resourceType">CarePlan or CareTeam.</param>
    public static string OfEntry(string resourceType, string councilCode, RecordKey key) => Make(resourceType, councilCode, key);

    // A name-based UUID of version 8 with SHA-256 (RFC 9562, appendix B.2). The parts before the council's code have fixed alphabets without
    // the separator, and the code comes last, so no two keys give one name.
    private static string Make(string kind, string councilCode, RecordKey key)
    {
        var name = Encoding.UTF8.GetBytes($"{kind}|{key.PlanType.Code}|{FhirTime.Write(key.Start)}|{key.NhsNumber.Value}|{councilCode}");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. Namespace.ToByteArray(bigEndian: true), .. name], hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return $"urn:uuid:{new Guid(hash[..16], bigEndian: true):D}";
    }
}
