using System.Text;

namespace CpIs.Messages.Inbound;

/// <summary>
/// What the first bytes of a message tell: UTF-8 with or without byte order mark and UTF-16 with one are read, everything else is refused
/// with a reason (rule K6). Decoding is strict: bytes that the encoding does not allow throw <see cref="DecoderFallbackException"/>.
/// </summary>
internal sealed class EncodedText
{
    public const string BrokenEncoding = "The bytes do not fit the encoding (UTF-8, or UTF-16 with a byte order mark).";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding Utf16Little = new(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding Utf16Big = new(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true);

    private readonly Stream _stream;
    private readonly long _start;
    private readonly Encoding _encoding;

    private EncodedText(Stream stream, long start, Encoding encoding)
    {
        _stream = stream;
        _start = start;
        _encoding = encoding;
    }

    /// <summary>Looks at the first bytes of a seekable stream.</summary>
    /// <returns>The text, or null with the reason why there is none.</returns>
    public static EncodedText? Open(Stream stream, out string? problem)
    {
        var start = stream.Position;
        Span<byte> buffer = stackalloc byte[4];
        var first = buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        (problem, Encoding? encoding, var mark) = Judge(first);
        return problem is null ? new EncodedText(stream, start + mark, encoding!) : null;
    }

    /// <summary>The text from its beginning. The stream stays open.</summary>
    public TextReader Read()
    {
        _stream.Position = _start;
        return new StreamReader(_stream, _encoding, detectEncodingFromByteOrderMarks: false, bufferSize: -1, leaveOpen: true);
    }

    /// <summary>The text from its beginning as UTF-8 without byte order mark. The stream stays open.</summary>
    public Stream ReadUtf8()
    {
        _stream.Position = _start;
        return _encoding is UTF8Encoding ? _stream : Encoding.CreateTranscodingStream(_stream, _encoding, Utf8, leaveOpen: true);
    }

    private static (string? Problem, Encoding? Encoding, int Mark) Judge(ReadOnlySpan<byte> first) => first switch
    {
        [] => ("The file is empty.", null, 0),
        [(byte)'P', (byte)'K', 3, 4] or [(byte)'P', (byte)'K', 5, 6] or [(byte)'P', (byte)'K', 7, 8] => ("The file is a zip archive.", null, 0),
        [0x1F, 0x8B, ..] => ("The file is compressed with gzip.", null, 0),
        [0xFF, 0xFE, 0, 0] or [0, 0, 0xFE, 0xFF] => (BrokenEncoding, null, 0),
        [0xEF, 0xBB, 0xBF, ..] => (null, Utf8, 3),
        [0xFF, 0xFE, ..] => (null, Utf16Little, 2),
        [0xFE, 0xFF, ..] => (null, Utf16Big, 2),
        [0, 0, ..] or [0] => (BrokenEncoding, null, 0),
        [0, _, ..] or [_, 0, ..] => ("The file is UTF-16 without a byte order mark.", null, 0),
        _ => (null, Utf8, 0),
    };
}
