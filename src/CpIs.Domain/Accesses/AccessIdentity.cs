using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;

namespace CpIs.Domain.Accesses;

/// <summary>
/// What makes an access unique (rule A3): its query and the child. Keys are lower-case hexadecimal SHA-256, so that they are short,
/// opaque and safe to write anywhere.
/// </summary>
/// <param name="QueryKey">The query: its id without surrounding blanks and letter case, or without an id what is known of the access.</param>
public sealed record AccessIdentity(string QueryKey)
{
    /// <summary>The identity of an access as it came.</summary>
    public static AccessIdentity Of(Access access)
    {
        var queryId = access.QueryId?.Trim();
        return new AccessIdentity(string.IsNullOrEmpty(queryId)
            ? Hash(
                "access",
                access.AccessedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                Number(access.NhsNumber),
                Text(access.LocalPersonId),
                Text(access.AccessedBy),
                Organisation(access))
            : Hash("query", queryId.ToUpperInvariant()));
    }

    /// <summary>The key of this access on one child's file.</summary>
    public string ForChild(string personId) => Hash(QueryKey, "child", personId);

    /// <summary>The key while nobody is matched: number and local id as given stand for the child. A valid number counts without its spaces and hyphens.</summary>
    public string AsGiven(string? nhsNumber, string? localPersonId) => Hash(QueryKey, "given", Number(nhsNumber), Text(localPersonId));

    private static string Organisation(Access access)
    {
        var code = Text(access.OrganisationCode);
        return code.Length > 0 ? code.ToUpperInvariant() : Text(access.OrganisationName);
    }

    private static string Number(string? given) => NhsNumber.TryParse(given, out var number) ? number.Value : Text(given);

    private static string Text(string? given) => given?.Trim() ?? string.Empty;

    private static string Hash(params ReadOnlySpan<string> parts)
    {
        var joined = new StringBuilder();
        foreach (var part in parts)
        {
            // The length in front keeps ("ab", "c") and ("a", "bc") apart.
            joined.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part};");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(joined.ToString())));
    }
}
