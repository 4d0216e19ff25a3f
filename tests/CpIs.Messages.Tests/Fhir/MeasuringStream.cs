namespace CpIs.Messages.Tests.Fhir;

/// <summary>Takes any amount and keeps none of it.</summary>
internal sealed class MeasuringStream : MemoryStream
{
    private long _length;

    public int LargestWrite { get; private set; }

    public override long Length => _length;

    public override void Write(byte[] buffer, int offset, int count) => Count(count);

    public override void Write(ReadOnlySpan<byte> buffer) => Count(buffer.Length);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Count(count);
        return Task.CompletedTask;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Count(buffer.Length);
        return ValueTask.CompletedTask;
    }

    private void Count(int bytes)
    {
        _length += bytes;
        LargestWrite = Math.Max(LargestWrite, bytes);
    }
}
