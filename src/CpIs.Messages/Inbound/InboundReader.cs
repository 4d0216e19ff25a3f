using System.Text;
using CpIs.Messages.Flat;
using CpIs.Messages.Hl7v3;

namespace CpIs.Messages.Inbound;

/// <summary>
/// Reads what CP-IS sends, whatever format it comes in (contract section 5; rule K6). The format is told by the content, never by a file
/// name. Nothing in the bytes makes it throw: what cannot be read whole comes back as a problem, what cannot be read in part as
/// <see cref="Domain.Exchange.UnreadPart"/>s of the message.
/// </summary>
public sealed class InboundReader
{
    /// <summary>Elements may be nested this deep, the root counted.</summary>
    public const int MaxDepth = 64;

    /// <summary>Longest XML document, in characters. The limit on what is read at all is the caller's (<c>Inbound:MaxMegabytes</c>).</summary>
    public const long MaxCharacters = 256L * 1024 * 1024;

    private readonly Func<Stream, InboundReading>? _fhir;

    public InboundReader()
        : this(Fhir.FhirInbound.Read)
    {
    }

    /// <param name="fhir">Reads a JSON message from UTF-8 without byte order mark.</param>
    internal InboundReader(Func<Stream, InboundReading>? fhir) => _fhir = fhir;

    /// <summary>Reads one message.</summary>
    public InboundReading Read(byte[] bytes) => Read(new MemoryStream(bytes, writable: false));

    /// <summary>Reads one message from the stream's present position. The stream is left open.</summary>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public InboundReading Read(Stream stream)
    {
        if (!stream.CanSeek)
        {
            var copy = new MemoryStream();
            stream.CopyTo(copy);
            copy.Position = 0;
            stream = copy;
        }

        if (EncodedText.Open(stream, out var problem) is not { } text)
        {
            return new InboundReading(null, null, problem);
        }

        try
        {
            return Read(text);
        }
        catch (DecoderFallbackException)
        {
            return new InboundReading(null, null, EncodedText.BrokenEncoding);
        }
    }

    private InboundReading Read(EncodedText text)
    {
        using var reader = text.Read();
        return SkipBlanks(reader) switch
        {
            null => new InboundReading(null, null, "The file is empty."),
            '<' => Hl7v3InboundReader.Read(reader, () => HasDoctype(text)),
            '{' or '[' => ReadJson(text),
            _ => FlatInboundReader.Read(reader),
        };
    }

    private InboundReading ReadJson(EncodedText text)
    {
        if (_fhir is null)
        {
            return new InboundReading("fhir", null, "JSON messages are not read here.");
        }

        return _fhir(text.ReadUtf8());
    }

    private static bool HasDoctype(EncodedText text)
    {
        using var reader = text.Read();
        return XmlProlog.HasDoctype(reader);
    }

    // Leaves the reader before the first character that is not blank.
    private static char? SkipBlanks(TextReader reader)
    {
        int next;
        while ((next = reader.Peek()) >= 0 && char.IsWhiteSpace((char)next))
        {
            _ = reader.Read();
        }

        return next < 0 ? null : (char)next;
    }
}
