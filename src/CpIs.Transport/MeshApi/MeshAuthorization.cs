using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CpIs.Transport.MeshApi;

/// <summary>The token of one request (reference mesh-api section 3).</summary>
internal static class MeshAuthorization
{
    public const string Scheme = "NHSMESH";

    /// <summary>The header value after the scheme: mailbox, nonce, count, time and signature.</summary>
    /// <param name="mailbox">In capitals.</param>
    /// <param name="at">In the header as UTC minutes; the server refuses what is more than two hours from its own clock.</param>
    public static string Token(string mailbox, string password, string sharedKey, Guid nonce, int nonceCount, DateTimeOffset at)
    {
        var time = at.UtcDateTime.ToString("yyyyMMddHHmm", CultureInfo.InvariantCulture);
        var count = nonceCount.ToString(CultureInfo.InvariantCulture);
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(sharedKey), Encoding.UTF8.GetBytes($"{mailbox}:{nonce:D}:{count}:{password}:{time}"));
        return $"{mailbox}:{nonce:D}:{count}:{time}:{Convert.ToHexStringLower(hash)}";
    }
}
