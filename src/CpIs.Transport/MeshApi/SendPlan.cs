using System.Globalization;

namespace CpIs.Transport.MeshApi;

/// <summary>How a file is cut: chunks of the bytes as they are, each compressed by itself.</summary>
internal sealed record SendPlan(long Length, long ChunkBytes, bool Gzip)
{
    public int Count => (int)Math.Max(1, (Length + ChunkBytes - 1) / ChunkBytes);

    public string Range(int chunk) => string.Create(CultureInfo.InvariantCulture, $"{chunk}:{Count}");

    public HttpContent Content(string path, int chunk)
    {
        var offset = (chunk - 1) * ChunkBytes;
        return new ChunkContent(path, offset, Math.Min(ChunkBytes, Length - offset), Gzip);
    }

    /// <summary>To be remembered from run to run: chunks that follow must be cut and encoded as the first was.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ChunkBytes};{(Gzip ? "gzip" : "identity")}");

    public static SendPlan? Parse(string? text, long length) =>
        text?.Split(';') is [var bytes, "gzip" or "identity"] && long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0
            ? new SendPlan(length, size, text.EndsWith(";gzip", StringComparison.Ordinal))
            : null;
}
