using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CpIs.Batch.StandIn;

/// <summary>Ids that follow from what they stand for: the same for the same, others for others.</summary>
internal static class InventedIds
{
    /// <param name="name">What the id stands for.</param>
    /// <param name="number">Tells ids of one name apart.</param>
    public static Guid Of(string name, long number)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}/{number}")));
        return new Guid(hash.AsSpan(0, 16));
    }
}
