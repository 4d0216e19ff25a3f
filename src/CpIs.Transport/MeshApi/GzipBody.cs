using System.IO.Compression;
using System.Security.Cryptography;

namespace CpIs.Transport.MeshApi;

/// <summary>
/// Decompresses a gzip body and tells whether it was whole. The platform's decoder takes a body that was cut off for a short one;
/// so a small member of our own is laid behind it, which only comes out right if everything before it did.
/// </summary>
internal static class GzipBody
{
    private const int BufferSize = 81_920;
    private const int MarkLength = 16;
    private static readonly byte[] Mark = RandomNumberGenerator.GetBytes(MarkLength);
    private static readonly byte[] MarkMember = Compress(Mark);

    /// <exception cref="InvalidDataException">The body is not gzip, is damaged, or was cut off.</exception>
    public static async Task DecodeAsync(Stream body, Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellationToken)
    {
        await using var decoder = new GZipStream(new Followed(body, MarkMember), CompressionMode.Decompress);
        var buffer = new byte[BufferSize];
        var kept = 0;
        int read;
        while ((read = await decoder.ReadAsync(buffer.AsMemory(kept), cancellationToken)) > 0)
        {
            var ready = Math.Max(0, kept + read - MarkLength);
            if (ready > 0)
            {
                await write(buffer.AsMemory(0, ready));
            }

            buffer.AsSpan(ready, kept + read - ready).CopyTo(buffer);
            kept = kept + read - ready;
        }

        if (!buffer.AsSpan(0, kept).SequenceEqual(Mark))
        {
            throw new InvalidDataException("The compressed body is damaged or was cut off.");
        }
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return buffer.ToArray();
    }

    /// <summary>A stream with some bytes laid behind it.</summary>
    private sealed class Followed(Stream first, byte[] then) : Stream
    {
        private int _position = -1;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_position < 0)
            {
                var read = await first.ReadAsync(buffer, cancellationToken);
                if (read > 0 || buffer.IsEmpty)
                {
                    return read;
                }

                _position = 0;
            }

            return Tail(buffer.Span);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_position < 0)
            {
                var read = first.Read(buffer, offset, count);
                if (read > 0 || count == 0)
                {
                    return read;
                }

                _position = 0;
            }

            return Tail(buffer.AsSpan(offset, count));
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Tail(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, then.Length - _position);
            then.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }
    }
}
