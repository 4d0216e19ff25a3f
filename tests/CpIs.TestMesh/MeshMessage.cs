using System.IO.Compression;

namespace CpIs.TestMesh;

/// <summary>A chunk as it was sent, in memory while it is small.</summary>
public sealed record StoredChunk(byte[]? Bytes, string? File, string? Encoding)
{
    public Stream Open() => Bytes is not null ? new MemoryStream(Bytes, writable: false) : System.IO.File.OpenRead(File!);

    public Stream OpenDecoded() => Encoding == "gzip" ? new GZipStream(Open(), CompressionMode.Decompress) : Open();
}

/// <summary>A message in the server, in either direction.</summary>
public sealed class MeshMessage
{
    public required string Id { get; init; }

    public string From { get; init; } = "CPIS001";

    public string To { get; init; } = "";

    public string? WorkflowId { get; init; }

    public string? LocalId { get; init; }

    public string? FileName { get; init; }

    public string? Checksum { get; init; }

    public string? ContentType { get; init; }

    public string? MessageType { get; init; } = "DATA";

    public string? LinkedMessageId { get; init; }

    public string? StatusEvent { get; init; }

    public string? StatusCode { get; init; }

    public string? StatusDescription { get; init; }

    /// <summary>A content encoding that the server gives whatever the bytes are.</summary>
    public string? ClaimedEncoding { get; init; }

    public int Total { get; init; } = 1;

    /// <summary>In lower case: uploading, accepted, acknowledged, undeliverable, error.</summary>
    public string Status { get; set; } = "accepted";

    public SortedDictionary<int, StoredChunk> Chunks { get; } = [];

    public bool IsReport => MessageType == "REPORT" || (MessageType is null && LinkedMessageId is not null);

    public byte[] Content()
    {
        using var all = new MemoryStream();
        foreach (var chunk in Chunks.Values)
        {
            using var stream = chunk.OpenDecoded();
            stream.CopyTo(all);
        }

        return all.ToArray();
    }
}
