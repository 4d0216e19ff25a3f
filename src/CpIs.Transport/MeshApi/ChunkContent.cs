using System.IO.Compression;
using System.Net;
using CpIs.Files;

namespace CpIs.Transport.MeshApi;

/// <summary>A stretch of a file as the body of a request, read while it is sent; compressed by itself where asked for.</summary>
internal sealed class ChunkContent : HttpContent
{
    private const int BufferSize = 81_920;
    private readonly string _path;
    private readonly long _offset;
    private readonly long _length;
    private readonly bool _gzip;

    public ChunkContent(string path, long offset, long length, bool gzip)
    {
        _path = path;
        _offset = offset;
        _length = length;
        _gzip = gzip;
        if (gzip)
        {
            Headers.ContentEncoding.Add("gzip");
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (!_gzip)
        {
            await CopyAsync(stream, cancellationToken);
            return;
        }

        await using var compressed = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
        await CopyAsync(compressed, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return !_gzip;
    }

    private async Task CopyAsync(Stream target, CancellationToken cancellationToken)
    {
        await using var file = DurableFile.OpenRead(_path);
        file.Position = _offset;
        var buffer = new byte[BufferSize];
        var left = _length;
        while (left > 0)
        {
            var read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellationToken);
            if (read == 0)
            {
                throw new IOException("The payload file has become shorter.");
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            left -= read;
        }
    }
}
