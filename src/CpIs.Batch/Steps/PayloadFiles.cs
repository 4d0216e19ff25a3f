using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Files;
using CpIs.Messages;

namespace CpIs.Batch.Steps;

/// <summary>A payload file as written: the first configured format is the one that is sent.</summary>
/// <param name="Path">The finished file.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of its bytes.</param>
internal sealed record PayloadFile(SequenceNumber Number, string Format, string ContentType, string Path, string Sha256, int RecordCount);

/// <summary>Writes upload files, each in every format asked for, side by side in one pass over its records (contract section 5).</summary>
internal sealed partial class PayloadFiles(IReadOnlyList<IUploadFormat> formats, Authority authority, DateTimeOffset createdAt, string folder)
{
    /// <summary>Writes one file number. Nothing is visible under a final name before all formats are complete.</summary>
    /// <param name="records">Exactly <paramref name="count"/> records.</param>
    /// <returns>The file in the format that is sent.</returns>
    public async Task<PayloadFile> WriteAsync(
        SequenceNumber number, int count, IAsyncEnumerable<UploadRecord> records, CancellationToken cancellationToken)
    {
        var header = new UploadHeader(number, authority, createdAt, count);
        var open = new List<OpenFile>();
        try
        {
            foreach (var format in formats)
            {
                open.Add(new OpenFile(format, header, Path.Combine(folder, $"upload-{number}{format.FileExtension}")));
            }

            Reach("begun");
            await foreach (var record in records.WithCancellation(cancellationToken))
            {
                foreach (var file in open)
                {
                    await file.Writer.WriteAsync(record, cancellationToken);
                }
            }

            Reach("written");

            // The file that is sent comes last: once it is there, all of them are.
            foreach (var file in Enumerable.Reverse(open))
            {
                await file.FinishAsync(cancellationToken);
            }

            var sent = open[0];
            return new PayloadFile(number, sent.Format.Name, sent.Format.ContentType, sent.Path, sent.Sha256, count);
        }
        finally
        {
            foreach (var file in open)
            {
                await file.DisposeAsync();
            }
        }
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    static partial void Reach(string point);

    private sealed class OpenFile : IAsyncDisposable
    {
        private const int BufferSize = 1 << 16;
        private readonly string _temporary;
        private readonly FileStream _stream;
        private bool _finished;

        public OpenFile(IUploadFormat format, UploadHeader header, string path)
        {
            Format = format;
            Path = path;
            _temporary = DurableFile.TemporaryPathOf(path);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = BufferSize };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            _stream = new FileStream(_temporary, options);
            Writer = format.Begin(_stream, header);
        }

        public IUploadFormat Format { get; }

        public string Path { get; }

        public IUploadWriter Writer { get; }

        public string Sha256 { get; private set; } = string.Empty;

        public async Task FinishAsync(CancellationToken cancellationToken)
        {
            await Writer.CompleteAsync(cancellationToken);
            await Writer.DisposeAsync();
            await _stream.FlushAsync(cancellationToken);
            _stream.Flush(flushToDisk: true);
            await _stream.DisposeAsync();
            Sha256 = await DurableFile.HashAsync(_temporary, cancellationToken);
            DurableFile.Rename(_temporary, Path, replace: true);
            _finished = true;
        }

        public async ValueTask DisposeAsync()
        {
            if (_finished)
            {
                return;
            }

            // On a full disk what is left in the buffers cannot be written either.
            try
            {
                await Writer.DisposeAsync();
                await _stream.DisposeAsync();
            }
            finally
            {
                File.Delete(_temporary);
            }
        }
    }
}
